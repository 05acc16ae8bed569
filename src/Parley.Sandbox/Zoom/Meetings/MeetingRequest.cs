using System.Text.Json.Nodes;
using NodaTime;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>The body of a create or an update (reference §2.1): what was sent and fits; null = not sent.</summary>
internal sealed record MeetingRequest
{
    private const int LongestTopic = 200;
    private const int LongestAgenda = 2000;
    private const int LongestPassword = 10;
    private const int Day = 24 * 60;

    public string? Topic { get; init; }
    public int? Type { get; init; }
    public string? Agenda { get; init; }

    /// <summary>As sent: read on the clock of <see cref="TimeZone"/> unless it says where it is.</summary>
    public string? StartTime { get; init; }
    public int? Minutes { get; init; }
    public string? TimeZone { get; init; }
    public string? Password { get; init; }
    public bool DefaultPassword { get; init; } = true;
    public string? ScheduleFor { get; init; }
    public string? TemplateId { get; init; }
    public bool? PreSchedule { get; init; }
    public IReadOnlyList<ZoomTrackingField>? TrackingFields { get; init; }
    public ZoomRecurrence? Recurrence { get; init; }

    /// <summary>The members of <c>settings</c> that were sent and fit.</summary>
    public required JsonObject Settings { get; init; }

    /// <summary>What does not fit, as the <c>errors</c> of code 300; null when the body is no JSON object at all.</summary>
    public static (MeetingRequest Request, IReadOnlyList<FieldProblem> Problems)? Read(
        string body,
        bool create,
        int shortestPassword
    )
    {
        if (FieldReader.Of(body) is not { } fields)
        {
            return null;
        }

        MeetingRequest request = new()
        {
            Topic = fields.Text("topic", LongestTopic),
            Type = fields.WholeOf("type", [1, 2, 3, 8, 10]),
            Agenda = fields.Text("agenda", LongestAgenda),
            StartTime = fields.Text("start_time") is { Length: > 0 } start ? start : null,
            Minutes = fields.Whole("duration", 1, Day),
            TimeZone = Zone(fields),
            Password = Passcode(fields, create, shortestPassword),
            DefaultPassword = fields.Flag("default_password") ?? true,
            ScheduleFor = fields.Text("schedule_for") is { Length: > 0 } other ? other : null,
            TemplateId = fields.Text("template_id") is { Length: > 0 } template ? template : null,
            PreSchedule = fields.Flag("pre_schedule"),
            TrackingFields = Tracking(fields),
            Recurrence = fields.Inside("recurrence") is { } rule ? Meetings.Recurrence.Read(rule) : null,
            Settings = SettingCatalogue.Read(fields.Inside("settings")),
        };
        if (request.StartTime is { } time && MeetingTimes.Read(time, DateTimeZone.Utc) is null)
        {
            fields.Refuse("start_time", "Must be yyyy-MM-ddTHH:mm:ss, in UTC with Z at the end.");
        }

        return (request, fields.Problems);
    }

    /// <summary>The start, on the clock of the zone sent or else the meeting's.</summary>
    public Instant? Start(string zone) =>
        StartTime is { } text ? MeetingTimes.Read(text, MeetingTimes.Zone(TimeZone ?? zone) ?? DateTimeZone.Utc) : null;

    private static string? Zone(FieldReader fields)
    {
        if (fields.Text("timezone") is not { Length: > 0 } name)
        {
            return null;
        }

        if (MeetingTimes.Zone(name) is not null)
        {
            return name;
        }

        fields.Refuse("timezone", "Invalid field.");
        return null;
    }

    /// <summary>Longest 10; an update takes fewer symbols than a create does.</summary>
    private static string? Passcode(FieldReader fields, bool create, int shortest)
    {
        if (fields.Text("password") is not { } password)
        {
            return null;
        }

        bool spelled = password.All(c =>
            char.IsAsciiLetterOrDigit(c)
            || "@-_*".Contains(c, StringComparison.Ordinal)
            || (create && c is > ' ' and < '\x7f')
        );
        if (password.Length > LongestPassword || !spelled)
        {
            fields.Refuse("password", "Invalid field.");
            return null;
        }

        if (password.Length > 0 && password.Length < shortest)
        {
            fields.Refuse("password", $"Must have at least {shortest} characters.");
            return null;
        }

        return password;
    }

    private static IReadOnlyList<ZoomTrackingField>? Tracking(FieldReader fields) =>
        fields.Items("tracking_fields") is { } items
            ? [.. items.Select(item => new ZoomTrackingField(item.Text("field") ?? "", item.Text("value") ?? ""))]
            : null;
}
