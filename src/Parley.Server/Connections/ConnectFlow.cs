using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>One attempt to connect: a link, and after Continue a state bound to one browser. A row of table <c>oauth_flow</c>.</summary>
internal sealed record ConnectFlow
{
    private const string Columns =
        "workspace_id, id, connection_id, provider, purpose, session_member_id, browser_hash, code_verifier, redirect_uri, reconnect, created_at, expires_at, continued_at, state_expires_at, finished_at, outcome";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string ConnectionId { get; init; }
    public required string Provider { get; init; }
    public required string Purpose { get; init; }

    /// <summary>Begun in the app: ends only in a session of this member.</summary>
    public string? SessionMemberId { get; init; }
    public string? BrowserHash { get; init; }
    public byte[]? CodeVerifier { get; init; }
    public string? RedirectUri { get; init; }
    public bool Reconnect { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant ExpiresAt { get; init; }
    public Instant? ContinuedAt { get; init; }
    public Instant? StateExpiresAt { get; init; }
    public Instant? FinishedAt { get; init; }

    /// <summary>How it ended; null while it has not.</summary>
    public string? Outcome { get; init; }

    /// <summary>Somebody left for the provider and came back with nothing, or not at all.</summary>
    public bool WasLeft => ContinuedAt is not null && (FinishedAt is null || Outcome == "access_denied");

    /// <summary>Whether this is the browser in which Continue was pressed.</summary>
    public bool IsBoundTo(string? browserSecret) =>
        BrowserHash is { } hash
        && browserSecret is { Length: > 0 and < 200 }
        && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(hash),
            Encoding.ASCII.GetBytes(Ids.HashOf(browserSecret))
        );

    public bool LinkIsUsable(Instant now) => ContinuedAt is null && FinishedAt is null && ExpiresAt > now;

    public static Task<ConnectFlow?> ByLinkAsync(DbSession session, string link) =>
        session.FirstOrDefaultAsync<ConnectFlow>(
            $"SELECT {Columns} FROM oauth_flow WHERE link_hash = @hash /* all workspaces: the link itself is the right to it */",
            new { hash = Ids.HashOf(link) }
        );

    public static Task<ConnectFlow?> ByStateAsync(DbSession session, string state) =>
        session.FirstOrDefaultAsync<ConnectFlow>(
            $"SELECT {Columns} FROM oauth_flow WHERE state_hash = @hash /* all workspaces: the state names its own */",
            new { hash = Ids.HashOf(state) }
        );

    /// <summary>Ends the flow; of several who try at once only one succeeds.</summary>
    public async Task<bool> FinishAsync(DbSession session, Instant now, string outcome) =>
        await session.ExecuteAsync(
            "UPDATE oauth_flow SET finished_at = @now, outcome = @outcome, code_verifier = NULL WHERE workspace_id = @WorkspaceId AND id = @Id AND finished_at IS NULL",
            new
            {
                WorkspaceId,
                Id,
                now,
                outcome,
            }
        ) == 1;
}

/// <summary>Where a provider's consent page is.</summary>
internal static class AuthorizeOrigin
{
    /// <summary>
    /// Lets forms of this page end there. Its other names too: a provider may redirect from one to the other, and browsers check
    /// every step.
    /// </summary>
    public static void Allow(HttpContext context, ProviderRegistration registration)
    {
        context.AllowFormActionTo(Of(registration));
        foreach (var issuer in registration.Provider.Descriptor.Issuers)
        {
            context.AllowFormActionTo(issuer);
        }
    }

    /// <summary>Scheme, host and port.</summary>
    public static string Of(ProviderRegistration registration) =>
        new Uri(
            registration.OAuth.AuthorizeUrl(
                new Conferencing.OAuth.OAuthApp("-", "-"),
                "https://parley.invalid/",
                "-",
                new string('-', 43)
            )
        ).GetLeftPart(UriPartial.Authority);
}
