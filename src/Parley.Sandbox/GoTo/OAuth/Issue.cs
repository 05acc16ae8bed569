using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.OAuth;

/// <summary>Makes tokens. The secrets leave in the answer only; the world keeps their hashes.</summary>
internal static class Issue
{
    public static (string Access, string Refresh) Pair(
        World state,
        string personKey,
        IReadOnlyList<string> scopes,
        string grantId,
        Duration accessLife
    ) => (Access(state, personKey, scopes, grantId, accessLife), Refresh(state, personKey, scopes, grantId));

    public static string Access(
        World state,
        string personKey,
        IReadOnlyList<string> scopes,
        string grantId,
        Duration life
    ) => Put(state, TokenKind.Access, Secrets.AccessToken(), personKey, scopes, grantId, life);

    public static string Refresh(World state, string personKey, IReadOnlyList<string> scopes, string grantId) =>
        Put(
            state,
            TokenKind.Refresh,
            Secrets.AccessToken(),
            personKey,
            scopes,
            grantId,
            Duration.FromSeconds(state.Settings.RefreshTokenSeconds)
        );

    /// <summary>What a person makes at the provider to trade for access tokens.</summary>
    public static string Personal(World state, string personKey, IReadOnlyList<string> scopes, Duration life) =>
        Put(state, TokenKind.Personal, Secrets.Text(48), personKey, scopes, Secrets.Text(12), life);

    /// <summary>An access token whose text the caller chose.</summary>
    public static void Chosen(
        World state,
        string secret,
        string personKey,
        IReadOnlyList<string> scopes,
        string grantId,
        Duration life
    ) => Put(state, TokenKind.Access, secret, personKey, scopes, grantId, life);

    /// <summary>Ends everything a consent gave out.</summary>
    public static void Withdraw(World state, string grantId) =>
        state.Tokens.RemoveWhere(token => token.GrantId == grantId);

    private static string Put(
        World state,
        TokenKind kind,
        string secret,
        string personKey,
        IReadOnlyList<string> scopes,
        string grantId,
        Duration life
    )
    {
        Expiry.Sweep(state);
        Instant now = state.Now;
        string id = Secrets.Hash(secret);
        state.Tokens.Put(
            id,
            new Token
            {
                Id = id,
                Kind = kind,
                GrantId = grantId,
                ClientId = state.Client.Id,
                PersonKey = personKey,
                Scopes = scopes,
                IssuedAt = now,
                ExpiresAt = now + life,
            }
        );
        return secret;
    }
}
