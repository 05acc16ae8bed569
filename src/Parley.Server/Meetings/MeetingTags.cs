using Parley.Conferencing;
using Parley.Server.Provisioning;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>The states of meetings that ETags tell: of ours the ledger's version, of others what the provider tells that a change could overwrite.</summary>
internal static class MeetingTags
{
    public static string Of(Arrangement arrangement) => EntityTags.StateOf(arrangement.Id, arrangement.Version);

    /// <summary>The same for as long as nobody changes it: who is in the room and how it is joined are left out.</summary>
    public static string Of(Meeting meeting) =>
        EntityTags.StateOf(
            new
            {
                meeting.Id,
                meeting.Subject,
                meeting.StartsAt,
                meeting.EndsAt,
                meeting.TimeZone,
                meeting.Type,
                meeting.PasscodeRequired,
                meeting.CoOrganizerKeys,
            }
        );
}
