using System.Globalization;
using NodaTime;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>What happens in a Zoom meeting: runs begin and end, people come and go, and webhooks tell of each (reference §2.6, §3, §7).</summary>
internal sealed class ZoomRoom(World state, MeetingEvents events)
{
    /// <summary>The run that goes on, or a new one. <paramref name="host"/> null: a guest was in before the host.</summary>
    public ZoomRun Start(ZoomMeeting meeting, ZoomUser? host)
    {
        if (state.ZoomMeetings.Running(meeting.Id) is { } running)
        {
            return running;
        }

        ZoomRun run = state.ZoomMeetings.Runs.Put(meeting.Uuid, RunOf(meeting, state.Now));
        events.Started(run);
        if (host is not null)
        {
            Join(run, new Guest(host.FullName, host.Email), isHost: true);
        }

        return run;
    }

    /// <summary>Ends the run for all; the meeting's next one gets a uuid of its own.</summary>
    public void End(ZoomMeeting meeting)
    {
        if (state.ZoomMeetings.Running(meeting.Id) is not { } run)
        {
            return;
        }

        Instant now = state.Now;
        foreach (ZoomStay stay in state.ZoomMeetings.StaysOf.Of(run.Uuid).Where(stay => stay.LeftAt is null).ToList())
        {
            Leave(run, stay, "Host ended the meeting.");
        }

        state.ZoomMeetings.Runs.Put(run.Uuid, run with { EndedAt = now });
        events.Ended(run, now);
        Renew(meeting, now);
    }

    public ZoomStay Join(ZoomRun run, Guest guest, bool isHost)
    {
        ZoomStay stay = Put(run, guest, isHost, state.Now, leftAt: null);
        events.Joined(run, stay);
        return stay;
    }

    public void Leave(ZoomRun run, ZoomStay stay, string reason = "left the meeting.")
    {
        if (stay.LeftAt is null)
        {
            ZoomStay left = state.ZoomMeetings.Stays.Put(stay.Key, stay with { LeftAt = state.Now });
            events.Left(run, left, reason);
        }
    }

    /// <summary>A run that is over. <paramref name="told"/>: webhooks tell of it, with the times it happened at.</summary>
    public ZoomRun Record(ZoomMeeting meeting, PastSession past, bool told)
    {
        Instant end = past.StartedAt + past.Length;
        // The id the meeting had announced is the one its run gets.
        ZoomRun run = RunOf(meeting, past.StartedAt) with
        {
            EndedAt = end,
        };
        state.ZoomMeetings.Runs.Put(run.Uuid, run);
        List<ZoomStay> stays = [];
        if (past.HostCame && state.Zoom.Users.Find(meeting.HostId) is { } host)
        {
            stays.Add(Put(run, new Guest(host.FullName, host.Email), isHost: true, past.StartedAt, end));
        }

        stays.AddRange(
            past.Stays.Select(stay =>
                Put(run, stay.Guest, isHost: false, stay.JoinedAt ?? past.StartedAt, stay.LeftAt ?? end)
            )
        );
        if (told)
        {
            Tell(run, stays, end);
        }

        Renew(meeting, end);
        return run;
    }

    private void Tell(ZoomRun run, IReadOnlyList<ZoomStay> stays, Instant end)
    {
        events.Started(run);
        IEnumerable<(Instant At, int Order, Action Tell)> moves = stays.SelectMany(stay =>
            new (Instant, int, Action)[]
            {
                (stay.JoinedAt, 0, () => events.Joined(run, stay)),
                (stay.LeftAt ?? end, 1, () => events.Left(run, stay, "left the meeting.")),
            }
        );
        foreach ((_, _, Action tell) in moves.OrderBy(move => move.At).ThenBy(move => move.Order))
        {
            tell();
        }

        events.Ended(run, end);
    }

    private void Renew(ZoomMeeting meeting, Instant used) =>
        state.ZoomMeetings.Put(
            (state.ZoomMeetings.Find(meeting.Id) ?? meeting) with
            {
                Uuid = Identifiers.NewUuid(state.ZoomMeetings.Switches),
                LastUsedAt = meeting.LastUsedAt > used ? meeting.LastUsedAt : used,
            }
        );

    private static ZoomRun RunOf(ZoomMeeting meeting, Instant startedAt) =>
        new()
        {
            Uuid = meeting.Uuid,
            MeetingId = meeting.Id,
            AccountId = meeting.AccountId,
            HostId = meeting.HostId,
            Topic = meeting.Topic,
            Type = meeting.Type,
            TimeZone = meeting.TimeZone,
            Minutes = meeting.Minutes,
            PlannedAt = meeting.StartsAt,
            TrackingFields = meeting.TrackingFields,
            StartedAt = startedAt,
        };

    /// <summary>Who comes back is the same person under another join number; who has a Zoom account is recognised by the address.</summary>
    private ZoomStay Put(ZoomRun run, Guest guest, bool isHost, Instant joinedAt, Instant? leftAt)
    {
        IReadOnlyCollection<ZoomStay> here = state.ZoomMeetings.StaysOf.Of(run.Uuid);
        ZoomUser? user = guest.Email is { } email ? state.Zoom.UserByEmail(email) : null;
        ZoomStay stay = new()
        {
            JoinId = (16_778_240 + ((here.Count + 1) * 1024)).ToString(CultureInfo.InvariantCulture),
            RunUuid = run.Uuid,
            Name = guest.Name,
            Email = guest.Email,
            UserId = user is { Status: ZoomUserStatus.Active } && user.AccountId == run.AccountId ? user.Id : null,
            PersonUuid =
                here.FirstOrDefault(known => known.Name == guest.Name && known.Email == guest.Email)?.PersonUuid
                ?? Secrets.Text(16),
            Host = isHost,
            JoinedAt = joinedAt,
            LeftAt = leftAt,
        };
        return state.ZoomMeetings.Stays.Put(stay.Key, stay);
    }
}
