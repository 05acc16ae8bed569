using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>
/// How values are spelled (reference §2.5): in <c>quirk</c> mode as recorded, in <c>spec</c> mode as the published OpenAPI file types
/// them. Names and their casing are the same in both.
/// </summary>
internal sealed class WireForm(Settings settings)
{
    public const int MaxParticipants = 251;

    public bool Strict { get; } = settings.WireMode == "spec";

    public MeetingSwitches Switches => settings.Meetings;

    /// <summary><c>2027-01-05T09:00:00.+0000</c> or <c>2027-01-05T09:00:00Z</c>.</summary>
    public string Date(Instant instant) => Strict ? WireDates.WriteUtc(instant) : WireDates.Write(instant);

    /// <summary><c>"false"</c> or <c>false</c>.</summary>
    public JsonNode Flag(bool value) =>
        Strict ? JsonValue.Create(value)
        : value ? "true"
        : "false";

    /// <summary>A field that has been retired: an empty text as recorded, its declared type in the file.</summary>
    public JsonNode Retired(JsonNode declared) => Strict ? declared : "";

    /// <summary>When a meeting was made; retired on the real wire.</summary>
    public string CreateTime(Meeting meeting) => Strict ? Date(meeting.CreatedAt) : "";

    /// <summary>A key of upcomingMeetings: text by the file; bare digits, by types derived from live replies, when the switch says so.</summary>
    public JsonNode UpcomingKey(string key) =>
        Strict || Switches.UpcomingKeys == "strings" ? key : MeetingReplies.Key(key);

    public static string Status(bool running) => running ? "ACTIVE" : "INACTIVE";

    public string Subject(Meeting meeting) =>
        settings.SubjectEntities == "decoded" ? System.Net.WebUtility.HtmlDecode(meeting.Subject) : meeting.Subject;

    /// <summary>
    /// As recorded not the word that was sent but dial-in text, a country a line, then the access code; the numbers are from the ranges
    /// set aside for fiction. By the file the audio option itself.
    /// </summary>
    public string Audio(Meeting meeting) =>
        meeting.Audio switch
        {
            "PSTN" or "Free" or "Hybrid" when !Strict => "United States: +1 (571) 555-0131\n"
                + "United States (Toll Free): 1 866 555 0138\n"
                + "Germany: +49 30 23125 117\n"
                + "United Kingdom: +44 20 7946 0121\n"
                + $"Access Code: {Spoken(meeting.Id)}",
            _ => meeting.Audio,
        };

    /// <summary><c>525-164-341</c>.</summary>
    public static string Spoken(long id) => string.Create(CultureInfo.InvariantCulture, $"{id:000-000-000}");

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The key of a session as the attendee lists tell it; another number than its id when the switch says so.</summary>
    public JsonNode InstanceKey(Session session) =>
        Switches.SessionIdIsInstanceKey
            ? MeetingReplies.Key(session.Id)
            : (long.Parse(session.Id, CultureInfo.InvariantCulture) * 7) + 13;

    public string AttendeeEmail(Attendance attendance) => attendance.Email ?? (Switches.GuestEmail == "NA" ? "NA" : "");
}
