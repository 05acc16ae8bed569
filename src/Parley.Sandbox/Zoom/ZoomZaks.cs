using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom;

/// <summary>Zoom access keys: whoever holds one is the host (reference §2.5). Kept as hashes.</summary>
internal static class ZoomZaks
{
    /// <summary>Life of the one in a <c>start_url</c>, and of <c>GET /users/{id}/token</c> unless it asks for another.</summary>
    public static readonly Duration Usual = Duration.FromHours(2);

    /// <summary>A new key for a host; the text leaves in the answer only.</summary>
    public static string Issue(World state, ZoomUser host, Duration life)
    {
        Instant now = state.Now;
        state.Zoom.Zaks.RemoveWhere(old => old.ExpiresAt <= now);
        string zak = Secrets.AccessToken();
        string id = Secrets.Hash(zak);
        state.Zoom.Zaks.Put(id, new ZoomZak(id, host.Id, now + life));
        return zak;
    }

    /// <summary>Whose key it is; null: unknown, expired, or of somebody who cannot sign in any more.</summary>
    public static ZoomUser? Host(World state, string zak) =>
        state.Zoom.Zaks.Find(Secrets.Hash(zak)) is { } key && key.ExpiresAt > state.Now
            ? state.Zoom.Users.Find(key.UserId) is { Status: ZoomUserStatus.Active } host
                ? host
                : null
            : null;
}
