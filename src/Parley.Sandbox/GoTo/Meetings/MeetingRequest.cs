using System.Text.Json;
using NodaTime;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>
/// The body of a create or update (MeetingReqCreate, MeetingReqUpdate of the vendor's OpenAPI file). Names are lower case and
/// compared exactly: an echoed reply (<c>startTime</c>) does not pass for a request (<c>starttime</c>).
/// </summary>
internal sealed record MeetingRequest
{
    private const int LongestSubject = 100;
    private const int LongestAudio = 255;
    private static readonly string[] AudioWords = ["PSTN", "Free", "Hybrid", "Private", "VoIP"];
    private static readonly string[] Types = ["immediate", "recurring", "scheduled"];

    public required string Subject { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }
    public required bool PasswordRequired { get; init; }
    public required string Audio { get; init; }
    public required string Type { get; init; }
    public required IReadOnlyList<string> CoOrganizers { get; init; }

    /// <summary>
    /// Reads a body of any content type. Taken as production takes them: booleans as text, any case of enum words. The answer is a
    /// request or the name of what is wrong with it. <paramref name="strict"/>: <c>timezonekey</c> must be there, and empty, and the
    /// keys of co-organizers must be text, as the file says.
    /// </summary>
    public static (MeetingRequest? Request, string? Problem) Read(string body, Instant now, bool pastStart, bool strict)
    {
        JsonElement root;
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            root = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return (null, "The request body is not JSON");
        }

        if (root.ValueKind != JsonValueKind.Object)
        {
            return (null, "The request body is not an object");
        }

        string? subject = Text(root, "subject");
        if (string.IsNullOrWhiteSpace(subject))
        {
            return Missing("subject");
        }

        if (subject.Length > LongestSubject)
        {
            return (null, $"'subject' is longer than {LongestSubject} characters");
        }

        if (subject.AsSpan().ContainsAny('<', '>'))
        {
            return (null, "'subject' contains '<' or '>'; send &lt; and &gt;");
        }

        if (WireDates.Read(Text(root, "starttime")) is not { } start)
        {
            return Missing("starttime");
        }

        if (WireDates.Read(Text(root, "endtime")) is not { } end)
        {
            return Missing("endtime");
        }

        if (end <= start)
        {
            return (null, "'endtime' must be after 'starttime'");
        }

        if (Flag(root, "passwordrequired") is not { } password)
        {
            return Missing("passwordrequired");
        }

        string? audio = Text(root, "conferencecallinfo");
        if (string.IsNullOrWhiteSpace(audio))
        {
            return Missing("conferencecallinfo");
        }

        if (audio.Length > LongestAudio)
        {
            return (null, $"'conferencecallinfo' is longer than {LongestAudio} characters");
        }

        string? type = Text(root, "meetingtype");
        string? knownType = Array.Find(Types, word => word.Equals(type, StringComparison.OrdinalIgnoreCase));
        if (knownType is null)
        {
            return Missing("meetingtype");
        }

        // The times of the other two kinds mean nothing.
        if (!pastStart && start < now && knownType == "scheduled")
        {
            return (null, "'starttime' is in the past");
        }

        if (strict && Text(root, "timezonekey") is not "")
        {
            return Missing("timezonekey");
        }

        if (!HasWholeInstance(root))
        {
            return (null, "'uniquemeetinginstance' must be a number");
        }

        if (CoOrganizerKeys(root, strict) is not { } coOrganizers)
        {
            return (null, "'coorganizerKeys' must be an array of keys");
        }

        MeetingRequest request = new()
        {
            Subject = subject,
            StartsAt = start,
            EndsAt = end,
            PasswordRequired = password,
            Audio = Array.Find(AudioWords, word => word.Equals(audio, StringComparison.OrdinalIgnoreCase)) ?? audio,
            Type = knownType,
            CoOrganizers = coOrganizers,
        };
        return (request, null);
    }

    private static (MeetingRequest?, string) Missing(string field) =>
        (null, $"Required parameter '{field}' is missing or invalid");

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static bool? Flag(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out JsonElement value))
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String when bool.TryParse(value.GetString(), out bool flag) => flag,
            _ => null,
        };
    }

    /// <summary>Sent by old clients with the update of a recurring meeting. It changes nothing.</summary>
    private static bool HasWholeInstance(JsonElement root) =>
        !root.TryGetProperty("uniquemeetinginstance", out JsonElement value)
        || value.ValueKind switch
        {
            JsonValueKind.Null => true,
            JsonValueKind.Number => value.TryGetInt64(out _),
            JsonValueKind.String => MeetingCall.Number(value.GetString() ?? "") is not null,
            _ => false,
        };

    private static IReadOnlyList<string>? CoOrganizerKeys(JsonElement root, bool strict)
    {
        if (!root.TryGetProperty("coorganizerKeys", out JsonElement keys) || keys.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        if (keys.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        List<string> read = [];
        foreach (JsonElement key in keys.EnumerateArray())
        {
            switch (key.ValueKind)
            {
                case JsonValueKind.String:
                    read.Add(key.GetString() ?? "");
                    break;
                case JsonValueKind.Number when !strict:
                    read.Add(key.GetRawText());
                    break;
                default:
                    return null;
            }
        }

        return read;
    }
}
