using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Room;

/// <summary>Someone who came to a meeting; guests need not tell an address.</summary>
internal sealed record Guest(string Name, string? Email);

/// <summary>What happens in a meeting: sessions begin and end, people come and go.</summary>
internal static class MeetingRoom
{
    public static Session? Running(World state, long meetingId) =>
        state.Sessions.All.FirstOrDefault(session => session.MeetingId == meetingId && session.EndedAt is null);

    public static Session Start(World state, Meeting meeting, Person host)
    {
        if (Running(state, meeting.Id) is { } running)
        {
            return running;
        }

        Session session = Put(state, new Session(NewKey(), meeting.Id, state.Now, EndedAt: null));
        Join(state, session, new Guest(host.FullName, host.Email), isHost: true, state.Now);
        return session;
    }

    public static void End(World state, Meeting meeting)
    {
        if (Running(state, meeting.Id) is not { } session)
        {
            return;
        }

        Instant now = state.Now;
        Put(state, session with { EndedAt = now });
        foreach (
            Attendance attendance in state
                .Attendances.All.Where(attendance => attendance.SessionId == session.Id && attendance.LeftAt is null)
                .ToList()
        )
        {
            state.Attendances.Put(attendance.Id, attendance with { LeftAt = now });
        }
    }

    public static Attendance Join(World state, Session session, Guest guest, bool isHost, Instant at) =>
        PutAttendance(
            state,
            new Attendance
            {
                Id = NewKey(),
                SessionId = session.Id,
                Name = guest.Name,
                Email = guest.Email,
                Host = isHost,
                JoinedAt = at,
            }
        );

    public static void Leave(World state, string attendanceId)
    {
        if (state.Attendances.Find(attendanceId) is { LeftAt: null } attendance)
        {
            PutAttendance(state, attendance with { LeftAt = state.Now });
        }
    }

    /// <summary>A session that is over: host and guests were there from its start to its end.</summary>
    public static Session Record(
        World state,
        Meeting meeting,
        Instant start,
        Duration length,
        IReadOnlyList<Guest> guests
    )
    {
        Instant end = start + length;
        Session session = Put(state, new Session(NewKey(), meeting.Id, start, end));
        List<(Guest Guest, bool Host)> present = [.. guests.Select(guest => (guest, false))];
        if (state.People.Find(meeting.OwnerKey) is { } owner)
        {
            present.Insert(0, (new Guest(owner.FullName, owner.Email), true));
        }

        foreach ((Guest guest, bool host) in present)
        {
            Attendance attendance = Join(state, session, guest, host, start);
            PutAttendance(state, attendance with { LeftAt = end });
        }

        return session;
    }

    private static Session Put(World state, Session session) => state.Sessions.Put(session.Id, session);

    private static Attendance PutAttendance(World state, Attendance attendance) =>
        state.Attendances.Put(attendance.Id, attendance);

    private static string NewKey() => $"{Secrets.Digits(18)}";
}
