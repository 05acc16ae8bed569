using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using NodaTime;

namespace Parley.Server.Web;

/// <summary>Reads JSON bodies so that every mistake becomes a 400 that names the field.</summary>
public static partial class RequestBody
{
    private const int LargestBody = 1024 * 1024;

    /// <returns>The body, or the problem to answer.</returns>
    public static async Task<Answer<T>> ReadAsync<T>(HttpContext context)
        where T : class
    {
        var text = await ReadBytesAsync(context);
        return text.Succeeded ? Deserialize<T>(text.Value) : text.Problem!;
    }

    /// <summary>JSON merge patch (RFC 7396) over <paramref name="current"/>, which must be in the shape of a whole request.</summary>
    public static async Task<Answer<T>> ReadPatchAsync<T>(HttpContext context, T current)
        where T : class
    {
        var text = await ReadBytesAsync(context);
        if (!text.Succeeded)
        {
            return text.Problem!;
        }

        return Merge(text.Value, current);
    }

    /// <summary>As <see cref="ReadPatchAsync{T}"/>, for a body that was read before <paramref name="current"/> was known.</summary>
    public static Answer<T> Merge<T>(byte[] body, T current)
        where T : class
    {
        try
        {
            if (JsonNode.Parse(body) is not JsonObject patch)
            {
                return new Problem(ProblemCodes.MalformedJson, "A JSON object is expected.");
            }

            var whole = JsonSerializer.SerializeToNode(current, Json.Api)!.AsObject();
            Merge(whole, patch);
            return Deserialize<T>(JsonSerializer.SerializeToUtf8Bytes(whole));
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return new Problem(ProblemCodes.MalformedJson, "The body cannot be read as JSON.");
        }
    }

    /// <summary>Whether a JSON object names this member at its top; false for anything that is not an object.</summary>
    public static bool Names(byte[] body, string member)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(member, out _);
        }
        catch (JsonException)
        {
            // Merge says what is wrong with it.
            return false;
        }
    }

    /// <summary>The raw body, at most 1 MiB.</summary>
    public static async Task<Answer<byte[]>> ReadBytesAsync(HttpContext context)
    {
        var type = context.Request.ContentType;
        if (
            type is not null
            && !type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase)
            && !type.StartsWith("application/merge-patch+json", StringComparison.OrdinalIgnoreCase)
        )
        {
            return new Problem(ProblemCodes.UnsupportedMediaType, $"Send application/json, not {type}.");
        }

        using var buffer = new MemoryStream();
        var chunk = new byte[8192];
        int read;
        while ((read = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
        {
            if (buffer.Length + read > LargestBody)
            {
                return new Problem(ProblemCodes.TooLarge, $"The body exceeds {LargestBody / 1024} KiB.");
            }

            buffer.Write(chunk, 0, read);
        }

        var body = buffer.ToArray();
        return BodyText.Refuse(body) is { } refused ? refused : body;
    }

    private static Answer<T> Deserialize<T>(byte[] body)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body, Json.Api)
                ?? (Answer<T>)new Problem(ProblemCodes.MalformedJson, "A JSON object is expected.");
        }
        catch (JsonException exception)
        {
            var field = FieldOf(exception);
            if (field.Length == 0)
            {
                return new Problem(ProblemCodes.MalformedJson, "The body cannot be read as a JSON object.");
            }

            var errors = new FieldErrors();
            errors.Add(field, MessageOf(exception));
            return errors.ToProblem();
        }
    }

    // A path such as $.schedule.weekly[0].from; System.Text.Json names missing and unknown members in the message only.
    private static string FieldOf(JsonException exception)
    {
        var path = (exception.Path ?? "$").TrimStart('$').TrimStart('.');
        var member = MissingMember().Match(exception.Message);
        if (!member.Success)
        {
            member = UnknownMember().Match(exception.Message);
            return member.Success && !path.EndsWith(member.Groups["name"].Value, StringComparison.Ordinal)
                ? Join(path, member.Groups["name"].Value)
                : path;
        }

        return Join(path, member.Groups["name"].Value);
    }

    private static string Join(string path, string member) => path.Length == 0 ? member : $"{path}.{member}";

    private static string MessageOf(JsonException exception) =>
        MissingMember().IsMatch(exception.Message) ? "is required"
        : UnknownMember().IsMatch(exception.Message) ? "is not a field of this request"
        : exception.Message.StartsWith("an ", StringComparison.Ordinal) ? $"must be {exception.Message}"
        : "has the wrong type or an unknown value";

    [GeneratedRegex(
        @"missing required propert(y|ies) including: '(?<name>[^']+)'",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex MissingMember();

    [GeneratedRegex(
        @"JSON property '(?<name>[^']+)' could not be mapped",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex UnknownMember();

    /// <summary>RFC 7396 on parsed objects: <paramref name="target"/> with the patch applied.</summary>
    public static JsonObject Merged(JsonObject target, JsonObject patch)
    {
        Merge(target, patch);
        return target;
    }

    private static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject child)
            {
                if (target[name] is not JsonObject inner)
                {
                    inner = [];
                    target[name] = inner;
                }

                Merge(inner, child);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }
}

/// <summary>Checks that several capabilities share; each adds its complaint under the field's name.</summary>
public static class FieldChecks
{
    /// <summary>Text a person typed: trimmed, its length in characters bounded, no control characters (CR and LF would end a mail header).</summary>
    public static string Text(this FieldErrors errors, string field, string? value, int least, int most)
    {
        var text = value?.Trim() ?? "";
        if (text.Length < least)
        {
            errors.Add(field, least == 1 ? "must not be empty" : $"must have at least {least} characters");
        }
        else if (IsLonger(text, most))
        {
            errors.Add(field, $"must have at most {most} characters");
        }
        else if (text.Any(char.IsControl))
        {
            errors.Add(field, "must not contain line breaks or control characters");
        }

        return text;
    }

    /// <summary>Text that may have several lines.</summary>
    public static string? Lines(this FieldErrors errors, string field, string? value, int most)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            return null;
        }

        var text = value.ReplaceLineEndings("\n").Trim();
        if (IsLonger(text, most))
        {
            errors.Add(field, $"must have at most {most} characters");
        }
        else if (text.Any(character => char.IsControl(character) && character is not '\n' and not '\t'))
        {
            errors.Add(field, "must not contain control characters");
        }

        return text;
    }

    // As JSON Schema counts them, and the document says: an emoji is one.
    private static bool IsLonger(string text, int most) => text.Length > most && text.EnumerateRunes().Count() > most;

    /// <summary>One address, ASCII, of the form local@domain; no names, no comments, no lists.</summary>
    public static string Email(this FieldErrors errors, string field, string? value)
    {
        var text = value?.Trim() ?? "";
        if (!EmailAddress.IsValid(text))
        {
            errors.Add(field, "must be an e-mail address");
        }

        return text;
    }

    public static DateTimeZone Zone(this FieldErrors errors, string field, string? value)
    {
        var zone = value is null ? null : DateTimeZoneProviders.Tzdb.GetZoneOrNull(value);
        if (zone is null)
        {
            errors.Add(field, "must be an IANA time zone such as Europe/Berlin");
        }

        return zone ?? DateTimeZone.Utc;
    }

    public static int Number(this FieldErrors errors, string field, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            errors.Add(field, $"must be between {least} and {most}");
        }

        return value;
    }
}
