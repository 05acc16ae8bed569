using System.Globalization;
using Microsoft.Extensions.Configuration;
using NodaTime;

namespace Parley.Server.Hosting;

/// <summary>Reads <see cref="ParleyOptions"/> from configuration, collecting every mistake before it refuses to start.</summary>
internal sealed class OptionsReader(IConfiguration configuration)
{
    private readonly List<string> _mistakes = [];

    /// <exception cref="StartupException">Names every setting that is wrong and what it should look like.</exception>
    public ParleyOptions Read(DemoOptions demo)
    {
        var provider =
            Choice("Database:Provider", "sqlite", "postgres") == 1
                ? DatabaseProvider.Postgres
                : DatabaseProvider.Sqlite;
        var connectionString = Text("Database:ConnectionString");
        if (provider == DatabaseProvider.Postgres && connectionString is null)
        {
            _mistakes.Add("Database__ConnectionString: needed with Database__Provider=postgres");
        }

        var options = new ParleyOptions
        {
            PublicUrl = Origin("PublicUrl", Text("Urls")?.Split(';')[0] ?? "http://127.0.0.1:5080"),
            DataDirectory = Path.GetFullPath(Text("DataDirectory") ?? "data"),
            Database = new DatabaseOptions(provider, connectionString),
            Secrets = new SecretsOptions(Text("Secrets:MasterKey")),
            Bootstrap = new BootstrapOptions(
                Text("Bootstrap:Email"),
                Text("Bootstrap:Password"),
                Text("Bootstrap:ApiKey")
            ),
            Mail = new MailOptions(
                Text("Mail:From") ?? "Parley <parley@localhost>",
                Smtp(),
                Span("Mail:WaitForLink", Duration.FromMinutes(2))
            ),
            Provisioning = new ProvisioningOptions(
                Span("Provisioning:HttpTimeout", Duration.FromSeconds(10)),
                Span("Provisioning:SettleTime", Duration.FromSeconds(15)),
                Spans(
                    "Provisioning:SweepTimes",
                    [Duration.FromMinutes(1), Duration.FromMinutes(10), Duration.FromHours(1), Duration.FromHours(24)]
                ),
                Span("Provisioning:AnswerWait", Duration.FromSeconds(8))
            )
            {
                ListInterval = Span("Provisioning:ListInterval", Duration.FromMinutes(5)),
                LookInterval = Span("Provisioning:LookInterval", Duration.FromMilliseconds(500)),
                PublicShare = Number("Provisioning:PublicShare", 60, 1, 100),
            },
            Connections = new ConnectionOptions(
                Text("Connections:Lifetime") is null ? null : PositiveSpan("Connections:Lifetime", Duration.Zero),
                PositiveSpan("Connections:KeepAliveAfter", ConnectionOptions.Default.KeepAliveAfter)
            ),
            Webhooks = new WebhookOptions(Networks("Webhooks:AllowedNetworks")),
            Usage = new UsageOptions(Number("Usage:LookbackDays", UsageOptions.Default.LookbackDays, 1, 3660)),
            Audit = new AuditOptions(Number("Audit:RetentionDays", AuditOptions.Default.RetentionDays, 1, 36500)),
            RateLimitsEnabled = Truth("RateLimits:Enabled", true),
            // What was set holds; what was not goes with the rest.
            CallsPerKeyPerMinute = Number(
                "RateLimits:PerKeyPerMinute",
                Truth("RateLimits:Enabled", true) ? ParleyOptions.UsualCallsPerKeyPerMinute : 0,
                0,
                60_000
            ),
            Demo = demo,
        };
        return _mistakes.Count == 0
            ? options
            : throw new StartupException("The configuration is wrong:\n  " + string.Join("\n  ", _mistakes));
    }

    private SmtpOptions? Smtp()
    {
        var host = Text("Mail:Smtp:Host");
        if (host is null)
        {
            return null;
        }

        var security =
            Choice("Mail:Smtp:Security", "none", "starttls") == 1 ? SmtpSecurity.StartTls : SmtpSecurity.None;
        return new SmtpOptions(
            host,
            Number("Mail:Smtp:Port", 25, 1, 65535),
            Text("Mail:Smtp:User"),
            Text("Mail:Smtp:Password"),
            security
        );
    }

    private string? Text(string key) =>
        string.IsNullOrWhiteSpace(configuration[key]) ? null : configuration[key]!.Trim();

    private void Wrong(string key, string expected) =>
        _mistakes.Add($"{key.Replace(":", "__", StringComparison.Ordinal)}: {expected}");

    private string Origin(string key, string otherwise)
    {
        var text = Text(key) ?? otherwise.Replace("*", "localhost", StringComparison.Ordinal);
        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https")
            || uri.AbsolutePath != "/"
            || uri.Query.Length > 0
        )
        {
            Wrong(key, $"an origin such as https://meet.example.org, without a path; got '{text}'");
        }

        return text.TrimEnd('/');
    }

    private List<System.Net.IPNetwork> Networks(string key)
    {
        var networks = new List<System.Net.IPNetwork>();
        foreach (var part in (Text(key) ?? "").Split([',', ' ', ';'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (System.Net.IPNetwork.TryParse(part, out var network))
            {
                networks.Add(network);
            }
            else
            {
                Wrong(key, $"networks such as 10.0.0.0/8, separated by commas; got '{part}'");
            }
        }

        return networks;
    }

    private int Choice(string key, params string[] choices)
    {
        var text = Text(key);
        var index = text is null
            ? 0
            : Array.FindIndex(choices, choice => choice.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (index < 0)
        {
            Wrong(key, $"one of {string.Join(", ", choices)}; got '{text}'");
        }

        return index;
    }

    private bool Truth(string key, bool otherwise)
    {
        var text = Text(key);
        if (text is null)
        {
            return otherwise;
        }

        if (!bool.TryParse(text, out var truth))
        {
            Wrong(key, $"true or false; got '{text}'");
        }

        return truth;
    }

    private int Number(string key, int otherwise, int least, int most)
    {
        var text = Text(key);
        if (text is null)
        {
            return otherwise;
        }

        if (
            !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number < least
            || number > most
        )
        {
            Wrong(key, $"a number from {least} to {most}; got '{text}'");
        }

        return number;
    }

    private Duration Span(string key, Duration otherwise)
    {
        var text = Text(key);
        return text is null ? otherwise : Parse(key, text);
    }

    private Duration PositiveSpan(string key, Duration otherwise)
    {
        var span = Span(key, otherwise);
        if (span == Duration.Zero && Text(key) is { } text)
        {
            Wrong(key, $"a span longer than nothing, such as 20.00:00:00 for twenty days; got '{text}'");
        }

        return span;
    }

    private IReadOnlyList<Duration> Spans(string key, IReadOnlyList<Duration> otherwise)
    {
        var children = configuration.GetSection(key).GetChildren().Select(child => child.Value).ToList();
        var texts =
            children.Count > 0 ? children : Text(key)?.Split(',', StringSplitOptions.TrimEntries).ToList<string?>();
        return texts is null ? otherwise : texts.Select(text => Parse(key, text ?? "")).Order().ToList();
    }

    private Duration Parse(string key, string text)
    {
        if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) && span >= TimeSpan.Zero)
        {
            return Duration.FromTimeSpan(span);
        }

        Wrong(key, $"a span such as 00:00:10; got '{text}'");
        return Duration.Zero;
    }
}
