using System.Globalization;
using NodaTime;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>Meetings that no client asked for, and a past for them (<c>/control/sessions</c>). Nobody is told of a past that is made up.</summary>
internal static class ZoomHeld
{
    /// <summary>A personal audio conference, a type that only Zoom has.</summary>
    public const string Conference = "pac";

    public static ZoomMeeting Make(World state, ZoomUser host, string topic, string type, Instant start, int minutes)
    {
        int kind = type switch
        {
            "immediate" => MeetingStore.Instant,
            "recurring" => MeetingStore.RecurringAnyTime,
            Conference => MeetingStore.AudioConference,
            _ => MeetingStore.Scheduled,
        };
        ZoomUserSettings usual = ZoomLocks.Effective(state, host);
        return state.ZoomMeetings.Put(
            new ZoomMeeting
            {
                Id = Identifiers.NewNumber(state),
                Uuid = Identifiers.NewUuid(state.ZoomMeetings.Switches),
                AccountId = host.AccountId,
                HostId = host.Id,
                Topic = topic,
                Type = kind,
                StartsAt = kind == MeetingStore.Scheduled ? start : null,
                Minutes = minutes,
                TimeZone = host.TimeZone,
                Password = usual.RequirePasscode ? MeetingStore.NewPasscode() : null,
                LinkSecret = Secrets.Text(24),
                Settings = MeetingSettingsRules.Defaults(usual).ToJsonString(),
                CreatedAt = start,
                UpdatedAt = start,
            }
        );
    }

    /// <summary>Runs lie evenly between the two instants and go round the meetings.</summary>
    public static (IReadOnlyList<ZoomMeeting> Meetings, IReadOnlyList<ZoomRun> Runs) Fill(
        World state,
        ZoomRoom room,
        ZoomUser host,
        PastPlan plan
    )
    {
        double step = (plan.To - plan.From).TotalSeconds / plan.Sessions;
        Instant At(int index) => plan.From + Duration.FromSeconds(Math.Floor(index * step));
        List<ZoomMeeting> meetings =
        [
            .. Enumerable
                .Range(0, Math.Min(plan.Meetings, plan.Sessions))
                .Select(index =>
                    Make(
                        state,
                        host,
                        string.Create(CultureInfo.InvariantCulture, $"{plan.Subject} {index + 1}"),
                        plan.Type,
                        At(index),
                        plan.Minutes
                    )
                ),
        ];
        List<ZoomRun> runs = [];
        for (int index = 0; index < plan.Sessions; index++)
        {
            // Each run changes the meeting: its next one has another uuid.
            ZoomMeeting meeting = state.ZoomMeetings.Find(meetings[index % meetings.Count].Id)!;
            PastSession past = new(At(index), Duration.FromMinutes(plan.Minutes))
            {
                Stays = [.. Enumerable.Range(index, plan.Guests).Select(MeetingMaker.StayOf)],
            };
            runs.Add(room.Record(meeting, past, told: false));
        }

        return (meetings, runs);
    }
}
