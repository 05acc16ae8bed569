using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>Looks meetings up: which are there, which have lapsed, which are in the bin (reference §2.3, §2.6).</summary>
internal static class MeetingStore
{
    public const int Instant = 1;
    public const int Scheduled = 2;
    public const int RecurringAnyTime = 3;
    public const int PersonalRoom = 4;

    /// <summary>Personal audio conference: a telephone room; nobody makes one by a call.</summary>
    public const int AudioConference = 7;
    public const int Recurring = 8;

    /// <summary>A meeting that is there: neither deleted nor lapsed. The personal room of a user always is.</summary>
    public static ZoomMeeting? Live(World state, long id) =>
        Any(state, id) is { DeletedAt: null } meeting && !Lapsed(state, meeting) ? meeting : null;

    /// <summary>Any meeting, a deleted one too. Makes the personal room of a user on first sight.</summary>
    public static ZoomMeeting? Any(World state, long id) =>
        state.ZoomMeetings.Find(id)
        ?? (
            state.Zoom.Users.All.FirstOrDefault(user => user.Pmi == id) is { } owner
                ? PutPersonalRoom(state, owner)
                : null
        );

    /// <summary>A deleted meeting that can still be recovered.</summary>
    public static ZoomMeeting? InTrash(World state, long id) =>
        state.ZoomMeetings.Find(id) is { DeletedAt: { } deleted, PurgedAt: null } meeting
        && deleted > state.Now - Duration.FromDays(state.ZoomMeetings.Switches.TrashDays)
            ? meeting
            : null;

    /// <summary>Whether the number has lapsed: instant meetings with their end, the others so many days after it was last needed.</summary>
    public static bool Lapsed(World state, ZoomMeeting meeting)
    {
        if (meeting.Type is PersonalRoom or AudioConference || state.ZoomMeetings.Running(meeting.Id) is not null)
        {
            return false;
        }

        if (meeting.Type == Instant)
        {
            return meeting.LastUsedAt is not null;
        }

        ZoomMeetingSwitches switches = state.ZoomMeetings.Switches;
        if (meeting.Type == RecurringAnyTime || (meeting.Type != Recurring && meeting.StartsAt is null))
        {
            Instant needed = meeting.LastUsedAt ?? meeting.UpdatedAt;
            return needed + Duration.FromDays(switches.RecurringExpiryDays) <= state.Now;
        }

        if (meeting.Type == Scheduled && switches.MeetingExpiryDays == 0)
        {
            return meeting.LastUsedAt is not null;
        }

        Instant planned = LastEnd(meeting);
        Instant last = meeting.LastUsedAt is { } used && used > planned ? used : planned;
        return last + Duration.FromDays(switches.MeetingExpiryDays) <= state.Now;
    }

    /// <summary>When the last planned date is over.</summary>
    public static Instant LastEnd(ZoomMeeting meeting) =>
        meeting
            .Occurrences.Where(date => !date.Deleted)
            .Select(date => date.StartsAt + Duration.FromMinutes(date.Minutes))
            .Append((meeting.StartsAt ?? meeting.CreatedAt) + Duration.FromMinutes(meeting.Minutes))
            .Max();

    private static ZoomMeeting PutPersonalRoom(World state, ZoomUser owner)
    {
        string? password = ZoomLocks.Effective(state, owner).RequirePasscode ? NewPasscode() : null;
        return state.ZoomMeetings.Put(
            new ZoomMeeting
            {
                Id = owner.Pmi,
                Uuid = Identifiers.NewUuid(state.ZoomMeetings.Switches),
                AccountId = owner.AccountId,
                HostId = owner.Id,
                Topic = $"{owner.FullName}'s Personal Meeting Room",
                Type = PersonalRoom,
                Minutes = 60,
                TimeZone = owner.TimeZone,
                Password = password,
                LinkSecret = Secrets.Text(24),
                Settings = MeetingSettingsRules.Defaults(ZoomLocks.Effective(state, owner)).ToJsonString(),
                CreatedAt = owner.CreatedAt,
                UpdatedAt = owner.CreatedAt,
            }
        );
    }

    /// <summary>Six symbols, as Zoom invents them.</summary>
    public static string NewPasscode() =>
        System.Security.Cryptography.RandomNumberGenerator.GetString(
            "ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789",
            6
        );
}
