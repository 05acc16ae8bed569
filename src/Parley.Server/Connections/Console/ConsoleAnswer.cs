using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Parley.Server.Connections.Console;

/// <summary>A meeting named in an answer, to go on with.</summary>
public sealed record NamedMeeting(string Id, string Subject);

/// <summary>An answer as it is shown: pretty, and without links that carry host rights.</summary>
public sealed record ConsoleAnswer
{
    public const string Withheld = "(a secret: opened by the button, never shown)";
    private const int MostMeetings = 12;
    private static readonly string[] SecretNames = ["hostUrl", "connectUrl"];
    private static readonly JsonSerializerOptions Pretty = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>"201 Created".</summary>
    public required string Status { get; init; }
    public required bool Succeeded { get; init; }
    public required string Duration { get; init; }
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>Null: the answer has no body.</summary>
    public required string? Body { get; init; }
    public required IReadOnlyList<NamedMeeting> Meetings { get; init; }

    public static ConsoleAnswer Of(OwnApiReply reply)
    {
        var json = Parse(reply.Body);
        Withhold(json);
        return new ConsoleAnswer
        {
            Status = $"{reply.Status} {ReasonPhrases.GetReasonPhrase(reply.Status)}",
            Succeeded = reply.Succeeded,
            Duration = string.Create(CultureInfo.InvariantCulture, $"{reply.Duration.TotalMilliseconds:0} ms"),
            Headers = reply.Headers,
            Body =
                json?.ToJsonString(Pretty)
                ?? (reply.Body.Length == 0 ? null : "(an answer that is not JSON is not shown)"),
            Meetings = reply.Succeeded ? MeetingsOf(json) : [],
        };
    }

    /// <summary>The host link of a <c>start</c> answer.</summary>
    public static string? HostLinkOf(OwnApiReply reply) => reply.Succeeded ? Text(Parse(reply.Body)?["hostUrl"]) : null;

    private static JsonNode? Parse(string body)
    {
        try
        {
            return body.Length == 0 ? null : JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void Withhold(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray array:
                foreach (var item in array)
                {
                    Withhold(item);
                }

                break;
            case JsonObject whole:
                foreach (var (name, value) in whole.ToList())
                {
                    if (SecretNames.Contains(name, StringComparer.Ordinal) && value is not null)
                    {
                        whole[name] = Withheld;
                    }
                    else
                    {
                        Withhold(value);
                    }
                }

                break;
        }
    }

    private static IReadOnlyList<NamedMeeting> MeetingsOf(JsonNode? json)
    {
        var candidates = json switch
        {
            JsonObject whole when whole["items"] is JsonArray items => items.OfType<JsonObject>(),
            JsonObject one => [one],
            _ => [],
        };
        return candidates
            .Select(item =>
                (
                    Id: Text(item["meetingId"]) ?? Text(item["id"]) ?? Text(item["arrangementId"]),
                    Subject: Text(item["subject"])
                )
            )
            .Where(meeting => meeting is { Id: not null, Subject: not null })
            .DistinctBy(meeting => meeting.Id, StringComparer.Ordinal)
            .Take(MostMeetings)
            .Select(meeting => new NamedMeeting(meeting.Id!, meeting.Subject!))
            .ToList();
    }

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}

/// <summary>The same call for a shell. The key is a variable, never a real one.</summary>
internal static class CurlLine
{
    public static string Of(string publicUrl, OwnApiRequest request)
    {
        var line = new StringBuilder("curl -sS");
        if (request.Method != "GET")
        {
            line.Append(" -X ").Append(request.Method);
        }

        line.Append(' ').Append(Quoted(publicUrl.TrimEnd('/') + request.Path));
        line.Append(" \\\n  -H \"Authorization: Bearer $PARLEY_API_KEY\"");
        if (request.Body is { } body)
        {
            var type = request.Method == "PATCH" ? "application/merge-patch+json" : "application/json";
            line.Append(" \\\n  -H ").Append(Quoted($"Content-Type: {type}"));
            line.Append(" \\\n  --data-raw ").Append(Quoted(body.ToJsonString(Web.Json.Api)));
        }

        return line.ToString();
    }

    // POSIX shell: nothing is special between single quotes but the quote itself.
    private static string Quoted(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
