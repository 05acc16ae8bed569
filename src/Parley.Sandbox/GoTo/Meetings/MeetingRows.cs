using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>A meeting to come, with its owner.</summary>
internal sealed record Planned(Meeting Meeting, Person Owner, bool Running);

/// <summary>A session that is over.</summary>
internal sealed record Held(Session Session, Meeting Meeting, Person Owner, Instant EndedAt, int Attendees)
{
    public Instant StartedAt => Session.StartedAt;

    public int Minutes => (int)Math.Round((EndedAt - StartedAt).TotalMinutes);
}

/// <summary>Someone's stay in a session that is over.</summary>
internal sealed record Stay(Held Held, Attendance Attendance)
{
    public Instant LeftAt => Attendance.LeftAt ?? Held.EndedAt;

    public int Minutes => (int)Math.Round((LeftAt - Attendance.JoinedAt).TotalMinutes);
}

/// <summary>Looks meetings and sessions up (reference §3). What comes back is a snapshot that can be written without the world's lock.</summary>
internal static class MeetingRows
{
    /// <summary>Upcoming means: recurring, running, or not over yet. The personal room is among them.</summary>
    public static List<Planned> Upcoming(World state, Person owner, Duration lag)
    {
        Instant now = state.Now;
        return
        [
            .. state
                .MeetingsOf.Of(owner.Key)
                .Where(meeting =>
                    (lag == Duration.Zero || meeting.CreatedAt <= now - lag || meeting.PersonalRoom)
                    && (meeting.DeletedAt is null || (lag > Duration.Zero && meeting.DeletedAt > now - lag))
                )
                .Select(meeting => new Planned(meeting, owner, Running(state, meeting)))
                .Where(planned =>
                    planned.Meeting.Type == "recurring" || planned.Meeting.EndsAt > now || planned.Running
                )
                .OrderBy(planned => planned.Meeting.StartsAt)
                .ThenBy(planned => planned.Meeting.Id),
        ];
    }

    /// <summary>Sessions that began within the range, both ends included. Running ones are left out; those of removed meetings stay.</summary>
    public static List<Held> Sessions(World state, Person owner, Interval? range, Duration lag)
    {
        Instant latest = state.Now - lag;
        return
        [
            .. state
                .MeetingsOf.Of(owner.Key)
                .SelectMany(meeting =>
                    state
                        .SessionsOf.Of(WireForm.Text(meeting.Id))
                        .Where(session => Within(session.StartedAt, range))
                        .Select(session => Of(state, session, meeting, owner))
                )
                .OfType<Held>()
                .Where(held => lag == Duration.Zero || held.EndedAt <= latest)
                .OrderBy(held => held.StartedAt)
                .ThenBy(held => held.Session.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>Everybody of all sessions a meeting ever had.</summary>
    public static List<Stay> Stays(World state, Meeting meeting, Person owner) =>
        [
            .. state
                .SessionsOf.Of(WireForm.Text(meeting.Id))
                .Select(session => Of(state, session, meeting, owner))
                .OfType<Held>()
                .OrderBy(held => held.StartedAt)
                .SelectMany(held => Stays(state, held)),
        ];

    public static IEnumerable<Stay> Stays(World state, Held held) =>
        state
            .AttendancesOf.Of(held.Session.Id)
            .OrderBy(attendance => attendance.JoinedAt)
            .ThenByDescending(attendance => attendance.Host)
            .Select(attendance => new Stay(held, attendance));

    public static bool Running(World state, Meeting meeting) => state.RunningOf.Of(WireForm.Text(meeting.Id)).Count > 0;

    private static Held? Of(World state, Session session, Meeting meeting, Person owner) =>
        session.EndedAt is { } ended
            ? new Held(session, meeting, owner, ended, Heads(state.AttendancesOf.Of(session.Id)))
            : null;

    /// <summary>Someone who left and came back is one attendee with two stays.</summary>
    private static int Heads(IReadOnlyCollection<Attendance> stays) =>
        stays.Count < 2 ? stays.Count : stays.Select(stay => (stay.Name, stay.Email)).Distinct().Count();

    // NodaTime's intervals end before their end; a session that begins on the very end still counts.
    private static bool Within(Instant start, Interval? range) =>
        range is not { } asked || (start >= asked.Start && start <= asked.End);
}
