using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Parley.Sandbox;
using Parley.Server;
using Parley.Server.Hosting;

namespace Parley;

/// <summary>
/// The sandbox in the server's own process, on its own origin. What it offers (addresses, mail server, OAuth client) becomes the default
/// of the server's configuration; whatever an operator set wins.
/// </summary>
internal static class SandboxBeside
{
    /// <returns>Null when <c>Sandbox__Enabled</c> is not true.</returns>
    /// <exception cref="StartupException">Its port is taken or its settings are wrong.</exception>
    public static async Task<SandboxHost?> StartAsync(ConfigurationManager configuration, string publicOrigin)
    {
        if (!bool.TryParse(configuration["Sandbox:Enabled"], out var enabled) || !enabled)
        {
            return null;
        }

        var sandbox = await StartAsync(
            configuration,
            [$"{publicOrigin}/oauth/gotomeeting/callback"],
            [$"{publicOrigin}/oauth/zoom/callback"],
            $"{publicOrigin}/webhooks/zoom"
        );
        configuration.Sources.Insert(
            0,
            new MemoryConfigurationSource { InitialData = Defaults(sandbox, configuration) }
        );
        return sandbox;
    }

    /// <summary>The sandbox by itself.</summary>
    /// <param name="webhookUrl">Where the Zoom twin delivers its events, unless <c>Sandbox__WebhookUrl</c> says another; null: nowhere.</param>
    public static async Task<SandboxHost> StartAsync(
        IConfiguration configuration,
        IReadOnlyList<string> redirectUris,
        IReadOnlyList<string> zoomRedirectUris,
        string? webhookUrl = null
    )
    {
        try
        {
            return await SandboxHost.StartAsync(
                new SandboxOptions
                {
                    Url = configuration["Sandbox:Url"] ?? "http://localhost:5081",
                    Expose = bool.TryParse(configuration["Sandbox:Expose"], out var expose) && expose,
                    SmtpPort = int.TryParse(
                        configuration["Sandbox:SmtpPort"],
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var port
                    )
                        ? port
                        : 0,
                    DataDirectory = Path.Combine(Path.GetFullPath(configuration["DataDirectory"] ?? "data"), "sandbox"),
                    RedirectUris = redirectUris,
                    RateLimitPerSecond = RateLimit(configuration["Sandbox:RateLimitPerSecond"]),
                    ZoomRedirectUris = zoomRedirectUris,
                    ZoomWebhookUrl = configuration["Sandbox:WebhookUrl"] ?? webhookUrl,
                }
            );
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            throw new StartupException($"The sandbox cannot start: {exception.Message}", exception);
        }
    }

    // As the real service unless told otherwise; 0 takes any number.
    private static int? RateLimit(string? text) =>
        string.IsNullOrWhiteSpace(text) ? new SandboxOptions().RateLimitPerSecond
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var calls)
            ? calls == 0 ? null
                : calls
        : throw new ArgumentException(
            $"Sandbox:RateLimitPerSecond must be a whole number, not {text}; 0 for no limit.",
            nameof(text)
        );

    public static DemoOptions Demo(SandboxHost? sandbox) =>
        sandbox is null
            ? DemoOptions.Off
            : new DemoOptions(
                true,
                sandbox.Url,
                [
                    new DemoProviderApp("gotomeeting", sandbox.ClientId, sandbox.ClientSecret),
                    .. sandbox.ZoomApps.Select(app => new DemoProviderApp("zoom", app.ClientId, app.ClientSecret)
                    {
                        Purpose = app.Purpose,
                    }),
                ]
            )
            {
                Crm = new DemoCrm(sandbox.CrmUrl, sandbox.CrmWebhookUrl, sandbox.ConnectCrm),
            };

    private static Dictionary<string, string?> Defaults(SandboxHost sandbox, ConfigurationManager configuration)
    {
        var defaults = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Providers:GoToMeeting:AuthorizeUrl"] = $"{sandbox.Url}/goto/oauth/authorize",
            ["Providers:GoToMeeting:TokenUrl"] = $"{sandbox.Url}/goto/oauth/token",
            ["Providers:GoToMeeting:RevokeUrl"] = $"{sandbox.Url}/goto/oauth/revoke",
            ["Providers:GoToMeeting:ApiBaseUrl"] = $"{sandbox.Url}/goto/G2M/rest",
            ["Providers:GoToMeeting:AdminBaseUrl"] = $"{sandbox.Url}/goto/admin/rest/v1",
            ["Providers:GoToMeeting:ScimBaseUrl"] = $"{sandbox.Url}/goto/identity/v1",
            ["Providers:GoToMeeting:JoinHosts"] = sandbox.Url,
            ["Providers:GoToMeeting:JoinUrlTemplate"] = $"{sandbox.Url}/join/{{id}}",
            ["Providers:Zoom:AuthorizeUrl"] = $"{sandbox.Url}/zoom/oauth/authorize",
            ["Providers:Zoom:TokenUrl"] = $"{sandbox.Url}/zoom/oauth/token",
            ["Providers:Zoom:RevokeUrl"] = $"{sandbox.Url}/zoom/oauth/revoke",
            ["Providers:Zoom:ApiBaseUrl"] = $"{sandbox.Url}/zoom/v2",
            ["Providers:Zoom:JoinHosts"] = sandbox.Url,
            ["Providers:Zoom:WebhookSecretToken"] = sandbox
                .ZoomApps.FirstOrDefault(app => app.Purpose == "organizer")
                ?.WebhookSecret,
        };
        // The pretend CRM takes events on this machine, where they otherwise never go.
        if (new Uri(sandbox.Url).IsLoopback)
        {
            defaults["Webhooks:AllowedNetworks"] = "127.0.0.0/8,::1/128";
        }

        // All of the mail server's settings or none: an operator's host must not meet the sandbox's port.
        if (string.IsNullOrWhiteSpace(configuration["Mail:Smtp:Host"]))
        {
            defaults["Mail:Smtp:Host"] = "127.0.0.1";
            defaults["Mail:Smtp:Port"] = sandbox.SmtpPort.ToString(CultureInfo.InvariantCulture);
        }

        return defaults;
    }
}
