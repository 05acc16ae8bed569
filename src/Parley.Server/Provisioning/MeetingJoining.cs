using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Observed;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Provisioning;

/// <summary>
/// How a meeting is joined once its audio or its passcode was changed. The answer to an update does not tell: the numbers, codes and link
/// kept from before would be given to people who cannot use them.
/// </summary>
internal static class MeetingJoining
{
    /// <summary>Whether the meeting was ever sent with another way of joining.</summary>
    public static async Task<bool> MayHaveChangedAsync(DbSession session, Arrangement arrangement)
    {
        var joining = SentMeeting.Of(arrangement).Joining;
        return (await Sightings.SentAsync(session, arrangement)).Exists(one => one.Joining != joining);
    }

    /// <param name="seen">As the provider tells it after the change; null when it could not be asked.</param>
    public static async Task NoteAsync(
        DbSession session,
        IClock clock,
        IConferencingProvider provider,
        Arrangement arrangement,
        Meeting? seen
    )
    {
        if (seen is null && arrangement.Details.Audio is AudioOption.Hybrid or AudioOption.Pstn)
        {
            // The numbers of before are the best guess there is.
            return;
        }

        var told = seen?.JoinUrl is { } url && provider.IsTrustedLink(url) ? url : null;
        await session.ExecuteAsync(
            """
            UPDATE arrangement SET dial_in = @DialIn, access_code = @AccessCode, passcode = @Passcode, join_url = COALESCE(@told, join_url),
                join_url_source = CASE WHEN @told IS NULL THEN join_url_source ELSE 'created' END, updated_at = @now
            WHERE workspace_id = @WorkspaceId AND id = @Id
            """,
            new
            {
                DialIn = JsonSerializer.Serialize(seen?.DialIn ?? [], Json.Stored),
                seen?.AccessCode,
                Passcode = seen is null ? arrangement.Passcode : seen.Passcode,
                told,
                now = clock.GetCurrentInstant(),
                arrangement.WorkspaceId,
                arrangement.Id,
            }
        );
    }
}
