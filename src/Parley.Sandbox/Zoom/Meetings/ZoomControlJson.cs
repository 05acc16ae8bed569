using System.Text.Json.Nodes;
using Parley.Sandbox.Control;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.Limits;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>How the control API shows Zoom meetings and runs: as it shows GoTo's, with what only Zoom has beside.</summary>
internal static class ZoomControlJson
{
    public static JsonNode Meeting(World state, ZoomMeeting meeting, MeetingLinks links)
    {
        ZoomUser? host = state.Zoom.Users.Find(meeting.HostId);
        NodaTime.Instant start = meeting.StartsAt ?? meeting.CreatedAt;
        return new JsonObject
        {
            ["provider"] = ProviderField.Zoom,
            ["id"] = MeetingTables.Text(meeting.Id),
            ["uuid"] = meeting.Uuid,
            ["subject"] = meeting.Topic,
            ["agenda"] = meeting.Agenda,
            ["startsAt"] = meeting.StartsAt is { } at ? ControlJson.Time(at) : null,
            ["endsAt"] = meeting.StartsAt is null
                ? null
                : ControlJson.Time(start + NodaTime.Duration.FromMinutes(meeting.Minutes)),
            ["durationMinutes"] = meeting.Minutes,
            ["timeZone"] = meeting.TimeZone,
            ["type"] = meeting.Type,
            ["passcode"] = meeting.Password,
            ["hostId"] = meeting.HostId,
            ["organizerKey"] = meeting.HostId,
            ["organizerEmail"] = host?.Email,
            ["settings"] = MeetingSettingsRules.Parse(meeting.Settings),
            ["trackingFields"] = MeetingReplies.Tracking(meeting.TrackingFields),
            ["occurrences"] = new JsonArray([.. meeting.Occurrences.Select(MeetingReplies.Date)]),
            ["joinUrl"] = links.Join(meeting, host),
            ["personalRoom"] = meeting.Type == MeetingStore.PersonalRoom,
            ["lapsed"] = MeetingStore.Lapsed(state, meeting),
            ["running"] = state.ZoomMeetings.Running(meeting.Id) is not null,
            ["sessions"] = ControlJson.Array(
                state
                    .ZoomMeetings.RunsOf.Of(MeetingTables.Text(meeting.Id))
                    .OrderBy(run => run.StartedAt)
                    .Select(run => Run(state, run))
            ),
            ["hostWritesToday"] = HostBudget.Used(state, meeting.HostId),
            ["createdAt"] = ControlJson.Time(meeting.CreatedAt),
            ["updatedAt"] = ControlJson.Time(meeting.UpdatedAt),
            ["deleted"] = meeting.DeletedAt is not null,
            ["deletedAt"] = meeting.DeletedAt is { } deleted ? ControlJson.Time(deleted) : null,
        };
    }

    public static JsonNode Run(World state, ZoomRun run) =>
        new JsonObject
        {
            ["id"] = run.Uuid,
            ["meetingId"] = MeetingTables.Text(run.MeetingId),
            ["startedAt"] = ControlJson.Time(run.StartedAt),
            ["endedAt"] = run.EndedAt is { } ended ? ControlJson.Time(ended) : null,
            ["recording"] = null,
            ["attendees"] = ControlJson.Array(
                state
                    .ZoomMeetings.StaysOf.Of(run.Uuid)
                    .OrderBy(stay => stay.JoinedAt)
                    .Select(stay =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["name"] = stay.Name,
                                ["email"] = stay.Email,
                                ["host"] = stay.Host,
                                ["joinedAt"] = ControlJson.Time(stay.JoinedAt),
                                ["leftAt"] = stay.LeftAt is { } left ? ControlJson.Time(left) : null,
                            }
                    )
            ),
        };
}
