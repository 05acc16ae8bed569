using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections.Diagnosis;

/// <summary>"Test app": what can be found out about an OAuth client without a person at the provider's page.</summary>
public sealed class AppChecks(Db db, ProviderApps apps, IHttpClientFactory clients, IClock clock)
{
    internal const string HttpClientName = "provider-app-check";

    // Tokens end and signatures are judged by the clock; minutes do harm, seconds do not.
    private static readonly Duration ClockTolerance = Duration.FromMinutes(2);

    public async Task<Answer<CheckReport>> TestAsync(
        string workspaceId,
        ProviderRegistration registration,
        string purpose,
        CancellationToken cancellationToken
    )
    {
        var name = registration.Provider.Descriptor.Name;
        var redirectUri = apps.RedirectUri(registration.Id);
        var (row, app) = await OpenAsync(workspaceId, registration.Id, purpose, cancellationToken);
        if (row is null)
        {
            return CheckReport.Of([NotSetUp(name, redirectUri)]);
        }

        if (app is null)
        {
            return CheckReport.Of([
                Check.Failed(
                    "secret",
                    "The stored client secret does not open where it lies.",
                    "Enter the client secret again."
                ),
            ]);
        }

        if (row.IsServerToServer)
        {
            return CheckReport.Of([
                Check.Passed("app", $"The server-to-server app {app.ClientId} is entered."),
                await AccountTokenCheckAsync(registration, row, app, cancellationToken),
            ]);
        }

        var (authorize, clockCheck) = await AuthorizeAsync(registration, app, redirectUri, cancellationToken);
        return CheckReport.Of([
            Check.Passed("app", $"The OAuth client {app.ClientId} is entered."),
            RedirectCheck(redirectUri),
            authorize,
            await ClientCheckAsync(registration, app, cancellationToken),
            clockCheck,
        ]);
    }

    internal static Check NotSetUp(string name, string redirectUri) =>
        Check.Failed(
            "app",
            $"No OAuth client is entered for {name}.",
            $"Register one with the redirect URI {redirectUri}, then enter its client id and secret."
        );

    private async Task<(ProviderApp? Row, OAuthApp? App)> OpenAsync(
        string workspaceId,
        string provider,
        string purpose,
        CancellationToken cancellationToken
    )
    {
        var row = await apps.FindAsync(workspaceId, provider, purpose, cancellationToken);
        try
        {
            return row is null
                ? (null, null)
                : (row, await db.ReadAsync(session => apps.OpenAsync(session, workspaceId, row.Id), cancellationToken));
        }
        catch (SecretTamperedException)
        {
            return (row, null);
        }
    }

    private static Check RedirectCheck(string redirectUri)
    {
        var uri = new Uri(redirectUri);
        return uri.Scheme == Uri.UriSchemeHttps || uri.IsLoopback
            ? Check.NotRun(
                "redirectUri",
                $"{redirectUri} can be used. Only connecting an account proves that it is registered exactly so.",
                "Connect an account."
            )
            : Check.Failed(
                "redirectUri",
                $"{redirectUri} is not safe to come back to: providers send people back over https only.",
                "Set PublicUrl to the https address of this server, then register the new redirect URI."
            );
    }

    // Asks for the sign-in page as a browser would; what it says about the time is taken along.
    private async Task<(Check Authorize, Check Clock)> AuthorizeAsync(
        ProviderRegistration registration,
        OAuthApp app,
        string redirectUri,
        CancellationToken cancellationToken
    )
    {
        const string name = "authorizeUrl";
        var host = new Uri(AuthorizeOrigin.Of(registration)).Host;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            using var client = clients.CreateClient(HttpClientName);
            var url = registration.OAuth.AuthorizeUrl(app, redirectUri, Ids.Unguessable(), Ids.Secret(48));
            using var reply = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            var status = (int)reply.StatusCode;
            var check = status switch
            {
                < 400 => Check.Passed(name, $"{host} answers with its sign-in page."),
                < 500 => Check.Failed(
                    name,
                    $"{host} refuses to ask people for permission (HTTP {status}): it does not know the client id, or not this redirect URI.",
                    $"Check the client id. {Cures.RegisterExactly(redirectUri)}"
                ),
                _ => Check.Failed(name, $"{host} fails (HTTP {status}).", "Try again later."),
            };
            return (check, ClockCheck(host, reply.Headers.Date));
        }
        catch (Exception exception)
            when (exception is HttpRequestException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return (
                Check.Failed(
                    name,
                    $"{host} cannot be reached from this server.",
                    "Check the server's way out (DNS, proxy, firewall) and the configured AuthorizeUrl."
                ),
                Check.NotRun("clock", $"{host} could not be asked for the time.")
            );
        }
    }

    private Check ClockCheck(string host, DateTimeOffset? told)
    {
        if (told is not { } date)
        {
            return Check.NotRun("clock", $"{host} does not tell the time.");
        }

        var ahead = clock.GetCurrentInstant() - Instant.FromDateTimeOffset(date);
        var minutes = (long)Math.Round(Math.Abs(ahead.TotalMinutes));
        return ahead > ClockTolerance || ahead < -ClockTolerance
            ? Check.Failed(
                "clock",
                $"This server's clock is {minutes} minutes {(ahead > Duration.Zero ? "ahead of" : "behind")} {host}'s.",
                "Set the clock of this server, best by NTP: tokens would be renewed too late and meetings refused as past."
            )
            : Check.Passed("clock", $"This server's clock agrees with {host}'s.");
    }

    /// <summary>The whole of it: there is no page to open and nobody to ask. The token is not kept.</summary>
    private static async Task<Check> AccountTokenCheckAsync(
        ProviderRegistration registration,
        ProviderApp row,
        OAuthApp app,
        CancellationToken cancellationToken
    )
    {
        const string name = "client";
        var reply = await registration.OAuth.RequestAccountTokenAsync(app, row.AccountId!, cancellationToken);
        return reply.Failure is { } failure
            ? ServerToServerFailures.Explain(registration.Provider.Descriptor.Name, row.AccountId!, failure) is var told
            && told.Kind is FailureKind.NeverSent or FailureKind.Unknown or FailureKind.Throttled
                ? Check.NotRun(name, told.Message, Cures.For(told))
                : Check.Failed(name, told.Message, Cures.For(told))
            : Check.Passed(
                name,
                $"The token endpoint gives tokens for account {row.AccountId} to this client id and secret."
            );
    }

    /// <summary>A refresh token that nobody issued: whoever complains about the token has accepted the client (RFC 6749 §5.2).</summary>
    private static async Task<Check> ClientCheckAsync(
        ProviderRegistration registration,
        OAuthApp app,
        CancellationToken cancellationToken
    )
    {
        const string name = "client";
        var reply = await registration.OAuth.RefreshAsync(app, "parley-test-" + Ids.Secret(16), cancellationToken);
        return reply.Failure switch
        {
            null or { Kind: FailureKind.GrantDead } => Check.Passed(
                name,
                "The token endpoint accepts the client id and secret."
            ),
            { Code: FailureCodes.InvalidClient or FailureCodes.HostRetired } wrong => Check.Failed(
                name,
                wrong.Message,
                Cures.For(wrong)
            ),
            var unclear => Check.NotRun(
                name,
                $"Whether the client id and secret are right could not be found out: {unclear.Message}",
                Cures.For(unclear)
            ),
        };
    }
}
