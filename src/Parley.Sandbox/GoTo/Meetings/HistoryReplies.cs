using System.Text.Json.Nodes;
using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>Replies about sessions that were held and who came: one row per session, or per stay (reference §2.4).</summary>
internal sealed class HistoryReplies(string baseUrl, WireForm form, Instant now)
{
    /// <summary>Where a transcript would be; without an id when the recording has none to share.</summary>
    private const string Transcripts = "https://transcripts.gotomeeting.com";

    /// <summary>HistoricalMeeting: numbers as text, except the recording's size.</summary>
    public JsonNode Historical(Held held)
    {
        JsonObject reply = Common(held);
        reply["sessionId"] = held.Session.Id;
        reply["conferenceCallInfo"] = form.Audio(held.Meeting);
        return WithRecording(reply, held);
    }

    /// <summary>HistoricalMeetingByGroup: no session id, no audio, no recording.</summary>
    public JsonNode HistoricalOfGroup(Held held, Group group)
    {
        JsonObject reply = Common(held);
        reply["groupName"] = group.Name;
        return reply;
    }

    /// <summary>MeetingHistory of the deprecated list: every key under every name it ever had.</summary>
    public JsonNode History(Held held)
    {
        JsonObject reply = new()
        {
            ["lastName"] = held.Owner.LastName,
            ["groupName"] = "",
            ["numAttendees"] = held.Attendees,
            ["passwordRequired"] = form.Retired(held.Meeting.PasswordRequired),
            ["status"] = "",
            ["subject"] = form.Subject(held.Meeting),
            ["endTime"] = form.Date(held.EndedAt),
            ["date"] = form.Date(held.StartedAt),
            ["conferenceCallInfo"] = form.Audio(held.Meeting),
            ["startTime"] = form.Date(held.StartedAt),
            ["organizerkey"] = held.Owner.Key,
            ["meetingInstanceKey"] = form.InstanceKey(held.Session),
            ["newOrganizerKey"] = held.Owner.Key,
            ["duration"] = held.Minutes,
            ["newMeetingId"] = WireForm.Spoken(held.Meeting.Id),
            ["sessionId"] = MeetingReplies.Key(held.Session.Id),
            ["email"] = held.Owner.Email,
            ["meetingId"] = held.Meeting.Id,
            ["organizerKey"] = held.Owner.Key,
            ["meetingKey"] = held.Meeting.Id,
            ["meetingType"] = held.Meeting.Type,
            ["firstName"] = held.Owner.FirstName,
            ["uniqueMeetingId"] = held.Meeting.Id,
        };
        return WithRecording(reply, held);
    }

    /// <summary>HistoryMeetingByGroup of the deprecated list.</summary>
    public JsonNode HistoryOfGroup(Held held, Group group) =>
        new JsonObject
        {
            ["lastName"] = held.Owner.LastName,
            ["groupName"] = group.Name,
            ["numAttendees"] = held.Attendees,
            ["subject"] = form.Subject(held.Meeting),
            ["endTime"] = form.Date(held.EndedAt),
            ["conferenceCallInfo"] = form.Audio(held.Meeting),
            ["organizerkey"] = MeetingReplies.Key(held.Owner.Key),
            ["startTime"] = form.Date(held.StartedAt),
            ["meetingInstanceKey"] = form.InstanceKey(held.Session),
            ["duration"] = WireForm.Text(held.Minutes),
            ["email"] = held.Owner.Email,
            ["organizerKey"] = held.Owner.Key,
            ["meetingId"] = WireForm.Text(held.Meeting.Id),
            ["meetingType"] = held.Meeting.Type,
            ["firstName"] = held.Owner.FirstName,
        };

    /// <summary>AttendeeByMeeting: <c>name</c> is the attendee's, the duration is the meeting's.</summary>
    public JsonNode ByMeeting(Stay stay)
    {
        JsonObject reply = Attendee(stay, "NA", stay.Held.Minutes);
        reply["name"] = stay.Attendance.Name;
        reply["meetingId"] = stay.Held.Meeting.Id;
        return reply;
    }

    /// <summary>AttendeeByOrganizer: <c>name</c> is the organizer's, the duration is the stay's.</summary>
    public JsonNode ByOrganizer(Stay stay, string groupName)
    {
        JsonObject reply = Attendee(stay, groupName, stay.Minutes);
        reply["name"] = stay.Held.Owner.FullName;
        reply["newMeetingId"] = WireForm.Spoken(stay.Held.Meeting.Id);
        reply["meetingId"] = stay.Held.Meeting.Id;
        return reply;
    }

    /// <summary>AttendeeByGroup: the organizer's key twice, once a number and once text; the meeting's id as text.</summary>
    public JsonNode ByGroup(Stay stay, Group group)
    {
        JsonObject reply = Attendee(stay, group.Name, stay.Minutes);
        reply["organizerKey"] = stay.Held.Owner.Key;
        reply["meetingId"] = WireForm.Text(stay.Held.Meeting.Id);
        return reply;
    }

    private JsonObject Common(Held held) =>
        new()
        {
            ["startTime"] = form.Date(held.StartedAt),
            ["lastName"] = held.Owner.LastName,
            ["duration"] = WireForm.Text(held.Minutes),
            ["numAttendees"] = WireForm.Text(held.Attendees),
            ["accountKey"] = held.Owner.AccountKey,
            ["email"] = held.Owner.Email,
            ["subject"] = form.Subject(held.Meeting),
            ["locale"] = held.Owner.Locale,
            ["organizerKey"] = held.Owner.Key,
            ["meetingId"] = WireForm.Text(held.Meeting.Id),
            ["meetingType"] = held.Meeting.Type,
            ["firstName"] = held.Owner.FirstName,
            ["endTime"] = form.Date(held.EndedAt),
        };

    private JsonObject Attendee(Stay stay, string groupName, int minutes) =>
        new()
        {
            ["lastName"] = stay.Held.Owner.LastName,
            ["groupName"] = groupName,
            ["numAttendees"] = stay.Held.Attendees,
            ["attendeeName"] = stay.Attendance.Name,
            ["subject"] = form.Subject(stay.Held.Meeting),
            ["endTime"] = form.Date(stay.Held.EndedAt),
            ["conferenceCallInfo"] = form.Audio(stay.Held.Meeting),
            ["organizerkey"] = MeetingReplies.Key(stay.Held.Owner.Key),
            ["startTime"] = form.Date(stay.Held.StartedAt),
            ["meetingInstanceKey"] = form.InstanceKey(stay.Held.Session),
            ["duration"] = minutes,
            ["email"] = stay.Held.Owner.Email,
            ["joinTime"] = form.Date(stay.Attendance.JoinedAt),
            ["leaveTime"] = form.Date(stay.LeftAt),
            ["attendeeEmail"] = form.AttendeeEmail(stay.Attendance),
            ["meetingType"] = stay.Held.Meeting.Type,
            ["firstName"] = stay.Held.Owner.FirstName,
        };

    /// <summary>Recordings are processed after the session; until then the field is absent.</summary>
    private JsonObject WithRecording(JsonObject reply, Held held)
    {
        if (held.Session.Recording is { } recording && recording.ReadyAt <= now)
        {
            reply["recording"] = new JsonObject
            {
                ["recordingName"] = recording.Name,
                ["recordingId"] = recording.Id,
                ["downloadUrl"] = $"{baseUrl}/recordings/{recording.Id}.mp4",
                ["fileSize"] = recording.FileSize,
                ["shareUrl"] = recording.Shared ? $"{Transcripts}/#/s/{recording.Id}" : Transcripts,
            };
        }

        return reply;
    }
}
