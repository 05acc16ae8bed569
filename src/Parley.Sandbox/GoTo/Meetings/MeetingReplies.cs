using System.Globalization;
using System.Text.Json.Nodes;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>
/// Replies about meetings that are planned: field names and their casing differ per call (reference §2.4); values are spelled by
/// <see cref="WireForm"/>.
/// </summary>
internal sealed class MeetingReplies(string baseUrl, WireForm form)
{
    public string JoinUrl(Meeting meeting) => $"{baseUrl}/join/{meeting.Id}";

    public string HostUrl(Meeting meeting, string token, string locale) =>
        $"{baseUrl}/host/{meeting.Id}?startMode=Join&meetingId={meeting.Id}&authenticationToken={token}"
        + $"&runMode=Normal&displayMode=Join&locale={Uri.EscapeDataString(locale)}&productName=g2m&productType=g2m";

    /// <summary>MeetingCreated: the only reply that has the join link.</summary>
    public JsonNode Created(Meeting meeting) =>
        new JsonArray(
            new JsonObject
            {
                ["joinURL"] = JoinUrl(meeting),
                ["meetingid"] = meeting.Id,
                ["maxParticipants"] = WireForm.MaxParticipants,
                ["uniqueMeetingId"] = meeting.Id,
                ["conferenceCallInfo"] = form.Audio(meeting),
            }
        );

    /// <summary>MeetingById.</summary>
    public JsonNode ById(Meeting meeting, bool running)
    {
        JsonObject reply = new()
        {
            ["createTime"] = form.CreateTime(meeting),
            ["passwordRequired"] = form.Flag(meeting.PasswordRequired),
            ["status"] = WireForm.Status(running),
            ["subject"] = form.Subject(meeting),
            ["startTime"] = form.Date(meeting.StartsAt),
            ["endTime"] = form.Date(meeting.EndsAt),
            ["duration"] = (int)(meeting.EndsAt - meeting.StartsAt).TotalMinutes,
            ["conferenceCallInfo"] = form.Audio(meeting),
            ["maxParticipants"] = WireForm.MaxParticipants,
            ["meetingId"] = meeting.Id,
            ["meetingKey"] = meeting.Id,
            ["uniqueMeetingId"] = meeting.Id,
            ["meetingType"] = meeting.Type,
        };
        if (meeting.CoOrganizers.Count > 0)
        {
            reply["coorganizerKeys"] = new JsonArray([.. meeting.CoOrganizers.Select(key => (JsonNode)key)]);
        }

        return new JsonArray(reply);
    }

    /// <summary>UpcomingMeeting.</summary>
    public JsonNode Upcoming(Planned planned) =>
        new JsonObject
        {
            ["startTime"] = form.Date(planned.Meeting.StartsAt),
            ["endTime"] = form.Date(planned.Meeting.EndsAt),
            ["firstName"] = planned.Owner.FirstName,
            ["lastName"] = planned.Owner.LastName,
            ["accountKey"] = form.UpcomingKey(planned.Owner.AccountKey),
            ["passwordRequired"] = form.Flag(planned.Meeting.PasswordRequired),
            ["email"] = planned.Owner.Email,
            ["status"] = WireForm.Status(planned.Running),
            ["subject"] = form.Subject(planned.Meeting),
            ["locale"] = planned.Owner.Locale,
            ["organizerKey"] = form.UpcomingKey(planned.Owner.Key),
            ["meetingId"] = form.UpcomingKey(WireForm.Text(planned.Meeting.Id)),
            ["meetingType"] = planned.Meeting.Type,
            ["conferenceCallInfo"] = form.Audio(planned.Meeting),
        };

    /// <summary>UpcomingMeetingByGroup: with the group's name, without the audio.</summary>
    public JsonNode UpcomingOfGroup(Planned planned, Group group)
    {
        JsonObject reply = Upcoming(planned).AsObject();
        reply.Remove("conferenceCallInfo");
        reply["groupName"] = group.Name;
        return reply;
    }

    /// <summary>MeetingScheduled and MeetingByOrganizer of the deprecated lists.</summary>
    public JsonNode Scheduled(Planned planned) =>
        Listed(planned.Meeting, planned.Meeting.StartsAt, planned.Meeting.EndsAt, planned.Running);

    /// <summary>MeetingByOrganizer of a session: the file declares the same shape for history and schedule.</summary>
    public JsonNode HeldByOrganizer(Held held) => Listed(held.Meeting, held.StartedAt, held.EndedAt, running: false);

    /// <summary>ScheduledMeetingByGroup.</summary>
    public JsonNode ScheduledOfGroup(Planned planned, Group group) =>
        new JsonObject
        {
            ["organizerkey"] = Key(planned.Owner.Key),
            ["attendees"] = "",
            ["lastName"] = planned.Owner.LastName,
            ["groupName"] = group.Name,
            ["passwordRequired"] = form.Flag(planned.Meeting.PasswordRequired),
            ["email"] = planned.Owner.Email,
            ["subject"] = form.Subject(planned.Meeting),
            ["meetingId"] = WireForm.Text(planned.Meeting.Id),
            ["organizerKey"] = planned.Owner.Key,
            ["meetingType"] = planned.Meeting.Type,
            ["firstName"] = planned.Owner.FirstName,
            ["conferenceCallInfo"] = form.Audio(planned.Meeting),
        };

    /// <summary>A key as a bare JSON number of 18 or 19 digits.</summary>
    public static JsonNode Key(string key) => long.Parse(key, CultureInfo.InvariantCulture);

    private JsonObject Listed(Meeting meeting, NodaTime.Instant start, NodaTime.Instant end, bool running) =>
        new()
        {
            ["startTime"] = form.Date(start),
            ["createTime"] = form.CreateTime(meeting),
            ["meetingid"] = meeting.Id,
            ["maxParticipants"] = WireForm.MaxParticipants,
            ["passwordRequired"] = form.Flag(meeting.PasswordRequired),
            ["status"] = WireForm.Status(running),
            ["subject"] = form.Subject(meeting),
            ["meetingType"] = meeting.Type,
            ["endTime"] = form.Date(end),
            ["uniqueMeetingId"] = meeting.Id,
            ["conferenceCallInfo"] = form.Audio(meeting),
        };
}
