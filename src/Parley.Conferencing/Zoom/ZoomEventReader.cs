using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>
/// Zoom's events in our words. Two forms are in use: most carry <c>event_ts</c> (milliseconds, as number or text) beside a payload with an
/// <c>object</c>; <c>app_deauthorized</c> has it inside the payload as text and no object at all.
/// </summary>
internal static class ZoomEventReader
{
    private const int LongestText = 400;

    public static ProviderEvent Read(JsonElement root, ReadOnlySpan<byte> body)
    {
        var name = Text(root, "event") ?? "";
        var payload = Child(root, "payload");
        var subject = Child(payload, "object");
        var participant = Child(subject, "participant");
        var kind = Kind(name, payload, subject);
        // Of these events alone the object is a meeting or a user; elsewhere its id may be anything's.
        var isMeeting = name.StartsWith("meeting.", StringComparison.Ordinal);
        var isUser = kind == ProviderEventKind.UserChanged;
        return new ProviderEvent
        {
            Kind = kind,
            Name = Name(name),
            DedupeKey = DedupeKey(name, root, payload, subject, participant, body),
            At = At(root, payload),
            AccountKey = Text(payload, "account_id"),
            OrganizerKey =
                isMeeting ? Text(subject, "host_id")
                : isUser ? Text(subject, "id")
                : Text(payload, "user_id"),
            ClientId = Text(payload, "client_id"),
            MeetingId = isMeeting ? ZoomIds.Meeting(Text(subject, "id")) : null,
            SessionId = isMeeting ? ZoomIds.Uuid(Text(subject, "uuid")) : null,
            ParticipantName = isMeeting ? Text(participant, "user_name") : null,
            ParticipantEmail = isMeeting ? Text(participant, "email") : null,
        };
    }

    /// <summary>Rightly signed, yet nothing that can be read.</summary>
    public static ProviderEvent Unreadable(ReadOnlySpan<byte> body) =>
        new()
        {
            Kind = ProviderEventKind.Other,
            Name = "unreadable",
            DedupeKey = Convert.ToHexStringLower(SHA256.HashData(body)),
        };

    private static ProviderEventKind Kind(string name, JsonElement payload, JsonElement subject) =>
        name switch
        {
            "meeting.created" => ProviderEventKind.MeetingCreated,
            "meeting.updated" => ProviderEventKind.MeetingUpdated,
            // Out of the trash again: what holds now is to be read.
            "meeting.recovered" => ProviderEventKind.MeetingUpdated,
            "meeting.deleted" or "meeting.permanently_deleted" => IsOccurrence(payload, subject)
                ? ProviderEventKind.MeetingUpdated
                : ProviderEventKind.MeetingDeleted,
            "meeting.started" => ProviderEventKind.MeetingStarted,
            "meeting.ended" => ProviderEventKind.MeetingEnded,
            "meeting.participant_joined" => ProviderEventKind.ParticipantJoined,
            "meeting.participant_left" => ProviderEventKind.ParticipantLeft,
            "app_deauthorized" => ProviderEventKind.AppDeauthorized,
            "app.authorization_request_created" => ProviderEventKind.ApprovalRequested,
            "user.updated" or "user.activated" or "user.deactivated" or "user.deleted" or "user.disassociated" =>
                ProviderEventKind.UserChanged,
            _ => ProviderEventKind.Other,
        };

    // One date of a series went; the series, which is what we keep, stands.
    private static bool IsOccurrence(JsonElement payload, JsonElement subject) =>
        Text(payload, "operation") == "single"
        && Child(subject, "occurrences", JsonValueKind.Array) is { ValueKind: JsonValueKind.Array } dates
        && dates.GetArrayLength() > 0;

    /// <summary>
    /// <c>x-zm-request-id</c> is of the delivery, not of the event, so the event's own name, time and object make the key; where they do
    /// not single it out, all of the body does, which repetitions carry unchanged.
    /// </summary>
    private static string DedupeKey(
        string name,
        JsonElement root,
        JsonElement payload,
        JsonElement subject,
        JsonElement participant,
        ReadOnlySpan<byte> body
    )
    {
        var time = Raw(root, "event_ts") ?? Raw(payload, "event_ts");
        string?[] about =
        [
            Raw(subject, "id"),
            Raw(subject, "uuid"),
            Raw(participant, "participant_uuid"),
            Raw(participant, "user_id"),
            Raw(participant, "id"),
            Raw(participant, "user_name"),
            Raw(payload, "user_id"),
            Raw(payload, "client_id"),
        ];
        var digest =
            time is null || about.All(part => part is null)
                ? SHA256.HashData(body)
                : SHA256.HashData(
                    // The unit separator keeps "a","bc" and "ab","c" apart.
                    Encoding.UTF8.GetBytes(string.Join('\u001f', [name, time, Raw(payload, "account_id"), .. about]))
                );
        return Convert.ToHexStringLower(digest);
    }

    private static Instant? At(JsonElement root, JsonElement payload) =>
        Milliseconds(Text(root, "event_ts"))
        ?? Milliseconds(Text(payload, "event_ts"))
        ?? Written(Text(payload, "deauthorization_time"))
        ?? Written(Text(payload, "event_ts"));

    // Up to the year 9999; beyond, it is no time.
    private static Instant? Milliseconds(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number is > 0 and < 253_402_300_800_000
            ? Instant.FromUnixTimeMilliseconds(number)
            : null;

    private static Instant? Written(string? text) =>
        text is not null && TolerantInstantConverter.TryParse(text, out var instant) ? instant : null;

    private static string Name(string name) => name.Length == 0 ? "unnamed" : ProviderText.Clean(name) ?? "unnamed";

    private static JsonElement Child(JsonElement parent, string name, JsonValueKind kind = JsonValueKind.Object) =>
        parent.ValueKind == JsonValueKind.Object
        && parent.TryGetProperty(name, out var child)
        && child.ValueKind == kind
            ? child
            : default;

    private static string? Raw(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object ? JsonText.Find(parent, name) : null;

    private static string? Text(JsonElement parent, string name) =>
        Raw(parent, name)?.Trim() is { Length: > 0 } text ? text[..Math.Min(text.Length, LongestText)] : null;
}
