using System.Globalization;
using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Room;

/// <summary>Someone who came to a meeting; guests need not tell an address.</summary>
internal sealed record Guest(string Name, string? Email);

/// <summary>A stay that is over; null times are the session's.</summary>
internal sealed record PastStay(Guest Guest)
{
    public Instant? JoinedAt { get; init; }
    public Instant? LeftAt { get; init; }
}

/// <summary>How a session was recorded; nulls are worked out.</summary>
internal sealed record PastRecording
{
    public string? Name { get; init; }
    public long? FileSize { get; init; }

    /// <summary>From the end of the session until it is shown.</summary>
    public Duration? ReadyAfter { get; init; }
    public bool Shared { get; init; } = true;
}

/// <summary>A session to be written into the past.</summary>
internal sealed record PastSession(Instant StartedAt, Duration Length)
{
    public IReadOnlyList<PastStay> Stays { get; init; } = [];
    public PastRecording? Recording { get; init; }

    /// <summary>Whether the organizer was there.</summary>
    public bool HostCame { get; init; } = true;
}

/// <summary>What happens in a meeting: sessions begin and end, people come and go.</summary>
internal static class MeetingRoom
{
    public static Session? Running(World state, long meetingId) =>
        state.RunningOf.Of(meetingId.ToString(CultureInfo.InvariantCulture)).FirstOrDefault();

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
        Put(
            state,
            session with
            {
                EndedAt = now,
                // It is processed from the end of the session on.
                Recording = session.Recording is { } recording
                    ? recording with
                    {
                        ReadyAt = now + Delay(state),
                        FileSize = SizeOf(now - session.StartedAt),
                    }
                    : null,
            }
        );
        foreach (
            Attendance attendance in state
                .AttendancesOf.Of(session.Id)
                .Where(attendance => attendance.LeftAt is null)
                .ToList()
        )
        {
            state.Attendances.Put(attendance.Id, attendance with { LeftAt = now });
        }
    }

    /// <summary>From here on the running session is recorded; what was before is not.</summary>
    public static void StartRecording(World state, Meeting meeting)
    {
        if (Running(state, meeting.Id) is { Recording: null } session)
        {
            Put(state, session with { Recording = new Recording(NewKey(), meeting.Subject, 0, Instant.MaxValue) });
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

    /// <summary>A session that is over. The host was there from its start to its end, guests as they say.</summary>
    public static Session Record(World state, Meeting meeting, PastSession past)
    {
        Instant end = past.StartedAt + past.Length;
        Session session = Put(
            state,
            new Session(NewKey(), meeting.Id, past.StartedAt, end)
            {
                Recording = past.Recording is { } recording
                    ? new Recording(
                        NewKey(),
                        recording.Name ?? meeting.Subject,
                        recording.FileSize ?? SizeOf(past.Length),
                        end + (recording.ReadyAfter ?? Delay(state))
                    )
                    {
                        Shared = recording.Shared,
                    }
                    : null,
            }
        );
        if (past.HostCame && state.People.Find(meeting.OwnerKey) is { } owner)
        {
            Came(new PastStay(new Guest(owner.FullName, owner.Email)), isHost: true);
        }

        foreach (PastStay stay in past.Stays)
        {
            Came(stay, isHost: false);
        }

        return session;

        void Came(PastStay stay, bool isHost) =>
            PutAttendance(
                state,
                new Attendance
                {
                    Id = NewKey(),
                    SessionId = session.Id,
                    Name = stay.Guest.Name,
                    Email = stay.Guest.Email,
                    Host = isHost,
                    JoinedAt = stay.JoinedAt ?? past.StartedAt,
                    LeftAt = stay.LeftAt ?? end,
                }
            );
    }

    private static Duration Delay(World state) => Duration.FromMinutes(state.Settings.Meetings.RecordingDelayMinutes);

    /// <summary>About a megabyte a minute.</summary>
    private static long SizeOf(Duration length) => (long)(length.TotalMinutes * 1_048_576) + 4096;

    private static Session Put(World state, Session session) => state.Sessions.Put(session.Id, session);

    private static Attendance PutAttendance(World state, Attendance attendance) =>
        state.Attendances.Put(attendance.Id, attendance);

    private static string NewKey() => $"{Secrets.Digits(18)}";
}
