using NodaTime;

namespace Parley.Server.Hosting;

/// <summary>Everything that can be set from outside. Names and defaults are the outside contract's.</summary>
public sealed class ParleyOptions
{
    public const int UsualCallsPerKeyPerMinute = 600;

    /// <summary>What the world calls this server: builds redirect URIs and links; never the Host header.</summary>
    public required string PublicUrl { get; init; }
    public required string DataDirectory { get; init; }
    public required DatabaseOptions Database { get; init; }
    public required SecretsOptions Secrets { get; init; }
    public required BootstrapOptions Bootstrap { get; init; }
    public required MailOptions Mail { get; init; }
    public required ProvisioningOptions Provisioning { get; init; }
    public ConnectionOptions Connections { get; init; } = ConnectionOptions.Default;
    public UsageOptions Usage { get; init; } = UsageOptions.Default;
    public WebhookOptions Webhooks { get; init; } = WebhookOptions.Default;
    public AuditOptions Audit { get; init; } = AuditOptions.Default;
    public required bool RateLimitsEnabled { get; init; }

    /// <summary>Calls an API key may make in a minute, as many at once; 0: any number.</summary>
    public int CallsPerKeyPerMinute { get; init; }
    public required DemoOptions Demo { get; init; }

    /// <summary>The public origin without a trailing slash.</summary>
    public string Origin => PublicUrl.TrimEnd('/');
}

public enum DatabaseProvider
{
    Sqlite,
    Postgres,
}

public sealed record DatabaseOptions(DatabaseProvider Provider, string? ConnectionString);

/// <summary>Base 64 of 32 bytes, or null: then the key file in the data directory. <see cref="ToString"/> hides it.</summary>
public sealed record SecretsOptions(string? MasterKey)
{
    public override string ToString() => "SecretsOptions { … }";
}

/// <summary>First owner and first key of an empty database, for starts nobody attends.</summary>
public sealed record BootstrapOptions(string? Email, string? Password, string? ApiKey)
{
    public override string ToString() => $"BootstrapOptions {{ Email = {Email} }}";
}

public enum SmtpSecurity
{
    None,
    StartTls,
}

public sealed record SmtpOptions(string Host, int Port, string? User, string? Password, SmtpSecurity Security)
{
    public override string ToString() => $"SmtpOptions {{ {Host}:{Port} }}";
}

/// <param name="Smtp">Null: mails wait and a warning shows.</param>
/// <param name="WaitForLink">How long the confirmation waits for the join link before it leaves with the door alone.</param>
public sealed record MailOptions(string From, SmtpOptions? Smtp, Duration WaitForLink);

/// <param name="HttpTimeout">Bound on one call to a provider.</param>
/// <param name="SettleTime">From the send of a call whose outcome is unknown until the provider is asked what it did.</param>
/// <param name="SweepTimes">After an unknown outcome, when to look again for late effects.</param>
/// <param name="AnswerWait">How long a request waits for its meeting before it answers 202.</param>
public sealed record ProvisioningOptions(
    Duration HttpTimeout,
    Duration SettleTime,
    IReadOnlyList<Duration> SweepTimes,
    Duration AnswerWait
)
{
    /// <summary>How often every live connection's meetings are listed, give or take a tenth; zero: only when something needs a listing.</summary>
    public Duration ListInterval { get; init; } = Duration.FromMinutes(5);

    /// <summary>How often the ledger is looked at for work nobody rang for: other processes' plans, when their ring was lost.</summary>
    public Duration LookInterval { get; init; } = Duration.FromMilliseconds(500);

    /// <summary>Of a provider's daily creates and updates per host, the percentage strangers' bookings may use; the rest is the organizer's.</summary>
    public int PublicShare { get; init; } = 60;
}

/// <param name="Lifetime">How long a consent lasts before a person must renew it; null: as the provider's descriptor says.</param>
/// <param name="KeepAliveAfter">A refresh token that was not used for this long is used once, so that its grant does not lapse.</param>
public sealed record ConnectionOptions(Duration? Lifetime, Duration KeepAliveAfter)
{
    /// <summary>Well inside the thirty days that are the shortest life of an idle refresh token a provider was seen to give.</summary>
    public static readonly ConnectionOptions Default = new(null, Duration.FromDays(20));
}

/// <param name="LookbackDays">How far back the first aggregation run of an account reads.</param>
public sealed record UsageOptions(int LookbackDays)
{
    public static readonly UsageOptions Default = new(90);
}

/// <param name="AllowedNetworks">Networks besides the public internet that events may be delivered to (CIDR), over plain http as well.</param>
public sealed record WebhookOptions(IReadOnlyList<System.Net.IPNetwork> AllowedNetworks)
{
    public static readonly WebhookOptions Default = new([]);
}

/// <param name="RetentionDays">Entries older than this are removed.</param>
public sealed record AuditOptions(int RetentionDays)
{
    public static readonly AuditOptions Default = new(365);
}

/// <summary>Set by the executable when the sandbox runs beside the server.</summary>
/// <param name="Enabled">Every page says "Demo — no real meetings"; a missing master key is made.</param>
/// <param name="SandboxUrl">Shown as a link.</param>
/// <param name="ProviderApps">Clients the sandbox knows, registered in the first workspace so that Connect works at once.</param>
public sealed record DemoOptions(bool Enabled, string? SandboxUrl, IReadOnlyList<DemoProviderApp> ProviderApps)
{
    public static readonly DemoOptions Off = new(false, null, []);

    /// <summary>The sandbox's CRM, which the button can be tried in; null: there is none.</summary>
    public DemoCrm? Crm { get; init; }
}

/// <param name="Url">Its first page.</param>
/// <param name="WebhookUrl">Where it takes events.</param>
/// <param name="Connect">Hands it Parley's origin, a publishable key and the secret its events are signed with.</param>
public sealed record DemoCrm(string Url, string WebhookUrl, Action<string, string, string> Connect);

public sealed record DemoProviderApp(string Provider, string ClientId, string ClientSecret)
{
    /// <summary><c>organizer</c> or <c>account</c>.</summary>
    public string Purpose { get; init; } = "organizer";

    public override string ToString() => $"DemoProviderApp {{ {Provider}, {ClientId} }}";
}
