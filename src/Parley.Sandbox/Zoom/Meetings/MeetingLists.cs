using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>Which meetings a list shows (reference §2.4). Instant meetings and personal rooms are in none of them.</summary>
internal static class MeetingLists
{
    public static readonly IReadOnlyList<string> Types =
    [
        "scheduled",
        "live",
        "upcoming",
        "upcoming_meetings",
        "previous_meetings",
    ];

    /// <summary>Months that the three dated lists go back or ahead.</summary>
    private const int Months = 6;

    /// <summary>Rows of <c>GET /users/{id}/meetings</c>; a row of a series is its next date in the dated lists.</summary>
    public static List<ZoomMeeting> Of(World state, ZoomUser host, string type, Duration lag)
    {
        Instant now = state.Now;
        LocalDateTime utc = now.InUtc().LocalDateTime;
        Instant latest = utc.PlusMonths(Months).InUtc().ToInstant();
        Instant earliest = utc.PlusMonths(-Months).InUtc().ToInstant();
        IEnumerable<ZoomMeeting> known = state
            .ZoomMeetings.MeetingsOf.Of(host.Id)
            .Where(meeting =>
                meeting.Type is MeetingStore.Scheduled or MeetingStore.RecurringAnyTime or MeetingStore.Recurring
            )
            .Where(meeting => Shown(meeting, now, lag) && !MeetingStore.Lapsed(state, meeting));
        IEnumerable<ZoomMeeting> rows = type switch
        {
            "live" => known.Where(meeting => state.ZoomMeetings.Running(meeting.Id) is not null),
            "upcoming" or "upcoming_meetings" => known
                .SelectMany(meeting => Dates(meeting).Where(row => Ahead(state, row, now)))
                .Where(row => row.StartsAt is null || row.StartsAt <= latest),
            "previous_meetings" => known
                .SelectMany(Dates)
                .Where(row => row.StartsAt is { } start && End(row) <= now && start >= earliest),
            _ => known,
        };
        return [.. rows.OrderBy(meeting => meeting.StartsAt ?? meeting.CreatedAt).ThenBy(meeting => meeting.Id)];
    }

    /// <summary>What begins within 24 hours or goes on: the user's own, and those they are invited to or stand in for.</summary>
    public static List<(ZoomMeeting Meeting, ZoomUser Host)> NextDay(World state, ZoomUser user, Duration lag)
    {
        Instant now = state.Now;
        return
        [
            .. state
                .ZoomMeetings.Meetings.All.Where(meeting =>
                    meeting.AccountId == user.AccountId && Shown(meeting, now, lag) && meeting.StartsAt is not null
                )
                .Where(meeting => meeting.HostId == user.Id || Invited(meeting, user))
                .SelectMany(Dates)
                .Where(row => Ahead(state, row, now) && row.StartsAt <= now + Duration.FromHours(24))
                .OrderBy(row => row.StartsAt)
                .ThenBy(row => row.Id)
                .Select(row => (row, state.Zoom.Users.Find(row.HostId) ?? user)),
        ];
    }

    /// <summary>A list that lags shows the state of a while ago.</summary>
    public static bool Shown(ZoomMeeting meeting, Instant now, Duration lag) =>
        (lag == Duration.Zero || meeting.CreatedAt <= now - lag)
        && (meeting.DeletedAt is null || (lag > Duration.Zero && meeting.DeletedAt > now - lag));

    private static bool Ahead(World state, ZoomMeeting row, Instant now) =>
        row.StartsAt is null || End(row) > now || state.ZoomMeetings.Running(row.Id) is not null;

    private static Instant End(ZoomMeeting row) => (row.StartsAt ?? row.CreatedAt) + Duration.FromMinutes(row.Minutes);

    private static IEnumerable<ZoomMeeting> Dates(ZoomMeeting meeting) =>
        meeting.Occurrences.Count == 0
            ? [meeting]
            : meeting
                .Occurrences.Where(date => !date.Deleted)
                .Select(date =>
                    meeting with
                    {
                        StartsAt = date.StartsAt,
                        Minutes = date.Minutes,
                        Agenda = date.Agenda ?? meeting.Agenda,
                    }
                );

    private static bool Invited(ZoomMeeting meeting, ZoomUser user) =>
        // The addresses of invitees and alternative hosts stand nowhere else in the settings.
        meeting.Settings.Contains(user.Email, StringComparison.OrdinalIgnoreCase);
}
