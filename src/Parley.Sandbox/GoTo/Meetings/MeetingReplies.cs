using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>
/// Replies in the quirk wire mode: field names and their casing per call (reference §2.4), values as recorded (§2.5). The numbers of
/// upcomingMeetings are bare, as the types derived from live replies say; the specification has them as text.
/// </summary>
internal sealed class MeetingReplies(string baseUrl, Settings settings)
{
    private const int MaxParticipants = 251;

    public string JoinUrl(Meeting meeting) => $"{baseUrl}/join/{meeting.Id}";

    public string HostUrl(Meeting meeting, string token, string locale) =>
        $"{baseUrl}/host/{meeting.Id}?startMode=Join&meetingId={meeting.Id}&authenticationToken={token}"
        + $"&runMode=Normal&displayMode=Join&locale={Uri.EscapeDataString(locale)}&productName=g2m&productType=g2m";

    /// <summary>MeetingCreated: the only reply that has the join link, and the only one with <c>meetingid</c>.</summary>
    public JsonNode Created(Meeting meeting) =>
        new JsonArray(
            new JsonObject
            {
                ["joinURL"] = JoinUrl(meeting),
                ["meetingid"] = meeting.Id,
                ["maxParticipants"] = MaxParticipants,
                ["uniqueMeetingId"] = meeting.Id,
                ["conferenceCallInfo"] = DialIn(meeting),
            }
        );

    /// <summary>MeetingById.</summary>
    public JsonNode ById(Meeting meeting, bool running)
    {
        JsonObject reply = new()
        {
            ["createTime"] = "",
            ["passwordRequired"] = Flag(meeting.PasswordRequired),
            ["status"] = Status(running),
            ["subject"] = Subject(meeting),
            ["startTime"] = WireDates.Write(meeting.StartsAt),
            ["endTime"] = WireDates.Write(meeting.EndsAt),
            ["duration"] = (int)(meeting.EndsAt - meeting.StartsAt).TotalMinutes,
            ["conferenceCallInfo"] = DialIn(meeting),
            ["maxParticipants"] = MaxParticipants,
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
    public JsonNode Upcoming(Meeting meeting, Person owner, bool running) =>
        new JsonObject
        {
            ["startTime"] = WireDates.Write(meeting.StartsAt),
            ["endTime"] = WireDates.Write(meeting.EndsAt),
            ["firstName"] = owner.FirstName,
            ["lastName"] = owner.LastName,
            ["accountKey"] = Key(owner.AccountKey),
            ["passwordRequired"] = Flag(meeting.PasswordRequired),
            ["email"] = owner.Email,
            ["status"] = Status(running),
            ["subject"] = Subject(meeting),
            ["locale"] = owner.Locale,
            ["organizerKey"] = Key(owner.Key),
            ["meetingId"] = meeting.Id,
            ["meetingType"] = meeting.Type,
            ["conferenceCallInfo"] = DialIn(meeting),
        };

    /// <summary>MeetingScheduled of the deprecated <c>GET /meetings?scheduled=true</c>.</summary>
    public JsonNode Scheduled(Meeting meeting, bool running) =>
        new JsonObject
        {
            ["startTime"] = WireDates.Write(meeting.StartsAt),
            ["createTime"] = "",
            ["meetingid"] = meeting.Id,
            ["maxParticipants"] = MaxParticipants,
            ["passwordRequired"] = Flag(meeting.PasswordRequired),
            ["status"] = Status(running),
            ["subject"] = Subject(meeting),
            ["meetingType"] = meeting.Type,
            ["endTime"] = WireDates.Write(meeting.EndsAt),
            ["uniqueMeetingId"] = meeting.Id,
            ["conferenceCallInfo"] = DialIn(meeting),
        };

    /// <summary>A key as a bare JSON number of 19 digits.</summary>
    public static JsonNode Key(string key) => long.Parse(key, CultureInfo.InvariantCulture);

    private static string Flag(bool value) => value ? "true" : "false";

    private static string Status(bool running) => running ? "ACTIVE" : "INACTIVE";

    private string Subject(Meeting meeting) =>
        settings.SubjectEntities == "decoded" ? System.Net.WebUtility.HtmlDecode(meeting.Subject) : meeting.Subject;

    /// <summary>
    /// Not the word that was sent but dial-in text, a country a line, then the access code. The numbers are from the ranges set aside
    /// for fiction.
    /// </summary>
    private static string DialIn(Meeting meeting) =>
        meeting.Audio switch
        {
            "PSTN" or "Free" or "Hybrid" => "United States: +1 (571) 555-0131\n"
                + "United States (Toll Free): 1 866 555 0138\n"
                + "Germany: +49 30 23125 117\n"
                + "United Kingdom: +44 20 7946 0121\n"
                + $"Access Code: {Spoken(meeting.Id)}",
            _ => meeting.Audio,
        };

    /// <summary><c>525-164-341</c>.</summary>
    private static string Spoken(long id) => string.Create(CultureInfo.InvariantCulture, $"{id:000-000-000}");
}
