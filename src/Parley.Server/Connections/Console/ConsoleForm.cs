using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using NodaTime;
using NodaTime.Text;
using Parley.Server.Web;

namespace Parley.Server.Connections.Console;

/// <summary>
/// What was typed, as typed, and the request it makes. Nothing is judged here: what cannot be read is sent as it is, so that the
/// API itself says what is wrong with it.
/// </summary>
public sealed class ConsoleForm
{
    private const int LongestText = 20_000;

    // What goes into an address; no id and no name there is longer.
    private const int LongestInAddress = 254;
    private static readonly LocalDateTimePattern Local = LocalDateTimePattern.CreateWithInvariantCulture(
        "uuuu-MM-dd'T'HH:mm"
    );
    private readonly ConsoleOperation _operation;
    private readonly DateTimeZone _viewersZone;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private ConsoleForm(ConsoleOperation operation, DateTimeZone viewersZone) =>
        (_operation, _viewersZone) = (operation, viewersZone);

    /// <summary>A fresh form with what is proposed.</summary>
    public static ConsoleForm Fresh(ConsoleOperation operation, DateTimeZone zone, Instant now, string? meetingId)
    {
        var form = new ConsoleForm(operation, zone);
        foreach (var field in operation.Fields)
        {
            if (field.Input == ConsoleInput.Moment && field.HoursFromNow is { } hours)
            {
                var start = (now + Duration.FromHours(hours))
                    .InZone(zone)
                    .LocalDateTime.With(TimeAdjusters.TruncateToHour);
                form._values[DateOf(field)] = LocalDatePattern.Iso.Format(start.Date);
                form._values[TimeOf(field)] = start.TimeOfDay.ToString("HH:mm", CultureInfo.InvariantCulture);
            }
            else if (field.Input == ConsoleInput.Zone && field.Required)
            {
                form._values[field.Name] = zone.Id;
            }
            else if (field.Default is { } proposed)
            {
                form._values[field.Name] = proposed;
            }
        }

        if (meetingId is { Length: > 0 and <= 64 })
        {
            form._values["meetingId"] = meetingId;
            if (meetingId.StartsWith("arr_", StringComparison.Ordinal))
            {
                form._values["arrangementId"] = meetingId;
            }
        }

        return form;
    }

    public static ConsoleForm Of(ConsoleOperation operation, DateTimeZone zone, IFormCollection sent)
    {
        var form = new ConsoleForm(operation, zone);
        foreach (
            var name in operation.Fields.SelectMany(field =>
                field.Input == ConsoleInput.Moment ? new[] { DateOf(field), TimeOf(field) } : [field.Name]
            )
        )
        {
            var text = sent[name].ToString();
            form._values[name] = text.Length > LongestText ? text[..LongestText] : text;
        }

        return form;
    }

    public static string DateOf(ConsoleField field) => field.Name + ".date";

    public static string TimeOf(ConsoleField field) => field.Name + ".time";

    public string this[string name] => _values.GetValueOrDefault(name, "");

    public string MeetingId => this["meetingId"].Trim();

    /// <summary>What only this form can know: that an address cannot be made of it. The rest the API checks.</summary>
    public Problem? Problem()
    {
        var errors = new FieldErrors();
        foreach (var field in _operation.Fields.Where(field => field.Place != ConsolePlace.Body))
        {
            var text = this[field.Name].Trim();
            if (field.Place == ConsolePlace.Path && text is "" or "." or "..")
            {
                errors.Add(field.Name, "is required");
            }
            else
            {
                errors.Text(field.Name, text, 0, field.MaxLength ?? LongestInAddress);
            }
        }

        return errors.Any ? errors.ToProblem() : null;
    }

    /// <param name="connectionId">In the path.</param>
    public OwnApiRequest Request(string connectionId)
    {
        var path =
            _operation.Root.Replace("{id}", Uri.EscapeDataString(connectionId), StringComparison.Ordinal)
            + _operation.Path;
        var query = new List<string>();
        var body = _operation.HasBody ? new JsonObject() : null;
        foreach (var field in _operation.Fields)
        {
            var value = ValueOf(field);
            switch (field.Place)
            {
                case ConsolePlace.Path:
                    var text = this[field.Name].Trim();
                    path = path.Replace(
                        $"{{{field.Name}}}",
                        // Before anything is filled in, the curl line shows what belongs there.
                        text.Length == 0
                            ? field.Name.ToUpperInvariant()
                            : Uri.EscapeDataString(text),
                        StringComparison.Ordinal
                    );
                    break;
                case ConsolePlace.Query when value is not null:
                    query.Add($"{field.Name}={Uri.EscapeDataString(value.ToString())}");
                    break;
                case ConsolePlace.Body when value is not null:
                    Put(body!, field.Name, value);
                    break;
            }
        }

        return new OwnApiRequest(
            _operation.Method,
            query.Count == 0 ? path : $"{path}?{string.Join('&', query)}",
            body
        );
    }

    private static void Put(JsonObject body, string name, JsonNode value)
    {
        var parts = name.Split('.');
        foreach (var part in parts[..^1])
        {
            if (body[part] is not JsonObject inner)
            {
                inner = [];
                body[part] = inner;
            }

            body = inner;
        }

        body[parts[^1]] = value;
    }

    // A line without an address is sent as a name alone: the API says what is missing.
    private static JsonObject PersonOf(string line)
    {
        var open = line.IndexOf('<', StringComparison.Ordinal);
        return open >= 0
                ? new JsonObject { ["name"] = line[..open].Trim(), ["email"] = line[(open + 1)..].TrimEnd('>', ' ') }
            : line.Contains('@', StringComparison.Ordinal) ? new JsonObject { ["name"] = line, ["email"] = line }
            : new JsonObject { ["name"] = line };
    }

    private static IEnumerable<string> LinesOf(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private JsonNode? ValueOf(ConsoleField field)
    {
        var text = this[field.Name];
        return field.Input switch
        {
            ConsoleInput.Moment => MomentOf(field),
            ConsoleInput.Tick => text == "true" ? true : null,
            _ when string.IsNullOrWhiteSpace(text) => null,
            ConsoleInput.Number => long.TryParse(
                text.Trim(),
                NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture,
                out var number
            )
                ? number
                : text.Trim(),
            ConsoleInput.Lines => new JsonArray([.. LinesOf(text).Select(line => (JsonNode)line)]),
            ConsoleInput.People => new JsonArray([.. LinesOf(text).Select(PersonOf)]),
            ConsoleInput.YesNo => text == "true",
            ConsoleInput.LongText => text.ReplaceLineEndings("\n"),
            _ => text,
        };
    }

    private JsonNode? MomentOf(ConsoleField field)
    {
        var (date, time) = (this[DateOf(field)].Trim(), this[TimeOf(field)].Trim());
        if (date.Length == 0 && time.Length == 0)
        {
            return null;
        }

        var local = Local.Parse($"{date}T{(time.Length == 0 ? "00:00" : time)}");
        return local.Success
            ? InstantPattern.ExtendedIso.Format(local.Value.InZoneLeniently(Zone).ToInstant())
            : $"{date}T{time}";
    }

    private DateTimeZone Zone => DateTimeZoneProviders.Tzdb.GetZoneOrNull(this["timeZone"]) ?? _viewersZone;
}
