using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.OAuth;

/// <summary>Makes and ends tokens. The secrets leave in the answer only; the world keeps their hashes.</summary>
internal static class ZoomIssue
{
    /// <summary>Longer than the longest <c>applyLate</c>: a late call is judged by the token it came with.</summary>
    private static readonly Duration Kept = Duration.FromHours(25);

    /// <summary>A user authorises an app: what the same user gave the same app earlier ends (4741).</summary>
    /// <returns>The id of the new grant.</returns>
    public static string Grant(World state, ZoomApp app, ZoomUser user)
    {
        End(state, token => token.AppId == app.Id && token.UserId == user.Id, ZoomTokenEnd.Reauthorized);
        ZoomInstall install = new(app.Id, user.Id, Secrets.Text(12), state.Now);
        state.Zoom.Installs.Put(install.Key, install);
        return install.GrantId;
    }

    public static string Access(World state, ZoomApp app, string? accountId, ZoomUser? user, string grantId) =>
        Access(state, app, accountId, user, grantId, app.Scopes, Secrets.AccessToken(), AccessLife(state));

    /// <summary>An access token with chosen scopes, text and life.</summary>
    public static string Access(
        World state,
        ZoomApp app,
        string? accountId,
        ZoomUser? user,
        string grantId,
        IReadOnlyList<string> scopes,
        string secret,
        Duration life
    ) => Put(state, ZoomTokenKind.Access, app, accountId, user, grantId, scopes, secret, life);

    public static string Refresh(
        World state,
        ZoomApp app,
        ZoomUser user,
        string grantId,
        IReadOnlyList<string> scopes
    ) =>
        Put(
            state,
            ZoomTokenKind.Refresh,
            app,
            user.AccountId,
            user,
            grantId,
            scopes,
            Secrets.AccessToken(),
            Duration.FromSeconds(state.Zoom.Switches.RefreshTokenSeconds)
        );

    public static Duration AccessLife(World state) => Duration.FromSeconds(state.Zoom.Switches.AccessTokenSeconds);

    /// <summary>Ends live tokens from now on, and says why.</summary>
    public static void End(World state, Predicate<ZoomToken> which, ZoomTokenEnd why)
    {
        Instant now = state.Now;
        foreach (ZoomToken token in state.Zoom.Tokens.All.Where(token => token.LiveAt(now) && which(token)).ToList())
        {
            state.Zoom.Tokens.Put(token.Id, token with { EndedAt = now, End = why });
        }
    }

    private static string Put(
        World state,
        ZoomTokenKind kind,
        ZoomApp app,
        string? accountId,
        ZoomUser? user,
        string grantId,
        IReadOnlyList<string> scopes,
        string secret,
        Duration life
    )
    {
        Sweep(state);
        Instant now = state.Now;
        string id = Secrets.Hash(secret);
        state.Zoom.Tokens.Put(
            id,
            new ZoomToken
            {
                Id = id,
                Kind = kind,
                GrantId = grantId,
                AppId = app.Id,
                AccountId = accountId,
                UserId = user?.Id,
                Scopes = scopes,
                IssuedAt = now,
                ExpiresAt = now + life,
            }
        );
        return secret;
    }

    /// <summary>Takes away what nobody can use any more; why a refresh token ended is told for as long as it would have lived.</summary>
    private static void Sweep(World state)
    {
        Instant before = state.Now - Kept;
        state.Zoom.Tokens.RemoveWhere(token =>
            token.ExpiresAt <= before || (token.End == ZoomTokenEnd.Rotated && token.EndedAt <= before)
        );
        state.Zoom.Codes.RemoveWhere(code => code.ExpiresAt <= before);
        state.Zoom.SignIns.RemoveWhere(signIn => signIn.ExpiresAt <= before);
    }
}
