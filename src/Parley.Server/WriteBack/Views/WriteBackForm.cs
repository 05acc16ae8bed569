using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Parley.Server.WriteBack.Views;

/// <summary>A write-back as a form holds it; what was typed comes back as it was typed, but for secrets, which are typed anew.</summary>
public sealed record WriteBackForm
{
    private const string FirstBody = """
        {
          "event": "{{event.type}}",
          "subject": "{{meeting.subject}}",
          "startsAt": "{{meeting.startsAt}}",
          "joinUrl": "{{meeting.joinUrl}}",
          "minutes": {{session.durationMinutes}},
          "attendees": "{{attendance.people}}"
        }
        """;

    public required WriteBackSettings Settings { get; init; }

    /// <summary>Names, in lower case, of secrets there are: left empty they stay.</summary>
    public IReadOnlySet<string> Kept { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    public static WriteBackForm Empty() =>
        new()
        {
            Settings = new WriteBackSettings
            {
                Body = FirstBody,
                Events = [.. WriteBackSettings.AllEvents.Where(name => name is "meeting.ready" or "meeting.ended")],
            },
        };

    public static WriteBackForm Of(WriteBackRow row) =>
        new()
        {
            Settings = WriteBackBody.Of(row).ToSettings(),
            Kept = row
                .HeaderList.Where(header => header.Secret)
                .Select(header => header.Name.ToLowerInvariant())
                .ToHashSet(StringComparer.Ordinal),
        };

    /// <param name="former">What is changed; null: a new one.</param>
    public static WriteBackForm Of(IFormCollection form, WriteBackRow? former)
    {
        var headers = new List<WriteBackHeader>();
        for (var index = 0; index < WriteBackSettings.MostHeaders; index++)
        {
            var (name, value) = (Field(form, index, "name").Trim(), Field(form, index, "value"));
            // Rows left empty are no headers.
            if (name.Length > 0 || value.Length > 0)
            {
                headers.Add(new WriteBackHeader(name, value, Field(form, index, "secret").Length > 0));
            }
        }

        return new WriteBackForm
        {
            Settings = new WriteBackBody
            {
                Name = form["name"],
                Url = form["url"],
                Method = form["method"],
                ContentType = form["contentType"],
                Body = form["body"].ToString().ReplaceLineEndings("\n"),
                Events = form["events"].OfType<string>().ToList(),
                System = form["system"],
                Active = form["active"].Count > 0,
            }.ToSettings() with
            {
                Headers = headers,
            },
            Kept = former is null ? new HashSet<string>(StringComparer.Ordinal) : Of(former).Kept,
        };
    }

    private static string Field(IFormCollection form, int index, string part) =>
        form[string.Create(CultureInfo.InvariantCulture, $"headers[{index}].{part}")].ToString();
}
