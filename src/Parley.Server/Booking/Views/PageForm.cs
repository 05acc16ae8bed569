using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Parley.Scheduling.Availability;
using Parley.Server.Access;
using Parley.Server.Web;

namespace Parley.Server.Booking.Views;

/// <summary>One row of hours: from and to as typed, <c>09:00</c>.</summary>
public sealed record HoursRow(string From, string To);

/// <summary>One row of exceptions; without hours the date is closed.</summary>
public sealed record ExceptionRow(string Date, string From, string To);

/// <summary>
/// What the editor shows and sends, as typed. It becomes the API's JSON and goes through the API's own checks, so that a page made by
/// hand and one made by API are held to the same rules.
/// </summary>
public sealed record PageForm
{
    public const int WindowsPerDay = 2;
    private const int BlankExceptions = 3;
    private const int MostExceptions = 120;
    public static readonly IReadOnlyList<(string Code, string Name)> Days =
    [
        ("MO", "Monday"),
        ("TU", "Tuesday"),
        ("WE", "Wednesday"),
        ("TH", "Thursday"),
        ("FR", "Friday"),
        ("SA", "Saturday"),
        ("SU", "Sunday"),
    ];

    /// <summary>Which state of the page the form was made from; 0 on a new one.</summary>
    public int Version { get; init; }
    public string Title { get; init; } = "";
    public string Slug { get; init; } = "";
    public string Description { get; init; } = "";
    public string DurationMinutes { get; init; } = "30";
    public string StepMinutes { get; init; } = "";
    public string BufferBefore { get; init; } = "0";
    public string BufferAfter { get; init; } = "0";
    public string Notice { get; init; } = "120";

    /// <summary>Null: the page has a period of another kind, set through the API, and keeps it.</summary>
    public string? Horizon { get; init; } = "60";
    public string TimeZone { get; init; } = "Etc/UTC";
    public string ConnectionId { get; init; } = "";

    /// <summary><c>hold</c>, <c>pause</c> or the id of the fallback connection; null: the form did not ask, and it stays.</summary>
    public string? WhenDisconnected { get; init; } = "hold";
    public bool Paused { get; init; }

    /// <summary>One a line; null: the form did not ask, and they stay.</summary>
    public string? EmbedOrigins { get; init; } = "";
    public IReadOnlyDictionary<string, IReadOnlyList<HoursRow>> Hours { get; init; } =
        new Dictionary<string, IReadOnlyList<HoursRow>>(StringComparer.Ordinal);
    public IReadOnlyList<ExceptionRow> Exceptions { get; init; } = Blank();

    /// <summary>A new page: Monday to Friday, nine to five.</summary>
    public static PageForm Fresh(string timeZone, string? connectionId) =>
        new()
        {
            TimeZone = timeZone,
            ConnectionId = connectionId ?? "",
            Hours = Days.ToDictionary(
                day => day.Code,
                IReadOnlyList<HoursRow> (day) =>
                    day.Code is "SA" or "SU"
                        ? [new HoursRow("", ""), new HoursRow("", "")]
                        : [new HoursRow("09:00", "17:00"), new HoursRow("", "")],
                StringComparer.Ordinal
            ),
        };

    public static PageForm Of(BookingPage page)
    {
        var settings = page.Settings;
        // The API's own JSON is the one text form of hours and dates.
        var schedule = JsonSerializer.SerializeToNode(settings.Schedule, Json.Api)!.AsObject();
        return new PageForm
        {
            Version = page.Version,
            Title = settings.Title,
            Slug = settings.Slug,
            Description = settings.Description ?? "",
            DurationMinutes = Text(settings.DurationMinutes),
            StepMinutes = settings.StepMinutes is { } step ? Text(step) : "",
            BufferBefore = Text(settings.Buffers.BeforeMinutes),
            BufferAfter = Text(settings.Buffers.AfterMinutes),
            Notice = Text(settings.MinimumNoticeMinutes),
            Horizon = settings.Period is BookingPeriod.RollingCalendarDays { } rolling ? Text(rolling.Days) : null,
            TimeZone = settings.Schedule.TimeZone.Id,
            ConnectionId = page.Host.ConnectionId,
            WhenDisconnected =
                settings.WhenDisconnected.FallbackConnectionId ?? (settings.WhenDisconnected.Pauses ? "pause" : "hold"),
            Paused = settings.Paused,
            EmbedOrigins = string.Join('\n', settings.EmbedOrigins),
            Hours = Days.ToDictionary(
                day => day.Code,
                IReadOnlyList<HoursRow> (day) => Padded(Windows(schedule["weekly"]!.AsArray(), day.Code)),
                StringComparer.Ordinal
            ),
            Exceptions = [.. Overrides(schedule["overrides"]!.AsArray()), .. Blank()],
        };
    }

    public static PageForm Read(IFormCollection form) =>
        new()
        {
            Version = int.TryParse(form["version"], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? version
                : 0,
            Title = form["title"].ToString(),
            Slug = form["slug"].ToString(),
            Description = form["description"].ToString(),
            DurationMinutes = form["durationMinutes"].ToString(),
            StepMinutes = form["stepMinutes"].ToString(),
            BufferBefore = form["buffers.beforeMinutes"].ToString(),
            BufferAfter = form["buffers.afterMinutes"].ToString(),
            Notice = form["minimumNoticeMinutes"].ToString(),
            Horizon = form.ContainsKey("period.days") ? form["period.days"].ToString() : null,
            TimeZone = form["schedule.timeZone"].ToString(),
            ConnectionId = form["connectionId"].ToString(),
            WhenDisconnected = form.ContainsKey("whenDisconnected") ? form["whenDisconnected"].ToString() : null,
            Paused = form.ContainsKey("paused"),
            EmbedOrigins = form.ContainsKey("embedOrigins") ? form["embedOrigins"].ToString() : null,
            Hours = Days.ToDictionary(
                day => day.Code,
                IReadOnlyList<HoursRow> (day) =>
                    [
                        .. form[$"{day.Code}.from"]
                            .Zip(form[$"{day.Code}.to"], (from, to) => new HoursRow(from ?? "", to ?? ""))
                            .Take(10),
                    ],
                StringComparer.Ordinal
            ),
            Exceptions =
            [
                .. form["except.date"]
                    .Zip(form["except.from"], form["except.to"])
                    .Take(MostExceptions)
                    .Select(row => new ExceptionRow(row.First ?? "", row.Second ?? "", row.Third ?? "")),
            ],
        };

    /// <param name="current">The page being changed: what the form does not show stays.</param>
    /// <param name="hosts">The accounts to choose from: whoever connected the chosen one hosts.</param>
    public Answer<PageSettings> ToSettings(Caller caller, PageSettings? current, IReadOnlyList<HostConnection> hosts)
    {
        var errors = new Web.FieldErrors();
        var json = current is null ? [] : JsonSerializer.SerializeToNode(current, Json.Api)!.AsObject();
        json["title"] = Title;
        json["slug"] = Slug.Length > 0 ? Slug : PageSlug.From(Title);
        json["description"] = Description.Length == 0 ? null : Description;
        json["durationMinutes"] = Number("durationMinutes", DurationMinutes, errors);
        json["stepMinutes"] = StepMinutes.Trim().Length == 0 ? null : Number("stepMinutes", StepMinutes, errors);
        json["buffers"] = new JsonObject
        {
            ["beforeMinutes"] = Number("buffers.beforeMinutes", BufferBefore, errors),
            ["afterMinutes"] = Number("buffers.afterMinutes", BufferAfter, errors),
        };
        json["minimumNoticeMinutes"] = Number("minimumNoticeMinutes", Notice, errors);
        if (Horizon is not null)
        {
            json["period"] = new JsonObject
            {
                ["kind"] = "rollingCalendarDays",
                ["days"] = Number("period.days", Horizon, errors),
            };
        }

        json["schedule"] = new JsonObject
        {
            ["timeZone"] = TimeZone,
            ["weekly"] = Weekly(errors),
            ["overrides"] = Overrides(errors),
        };
        json["hosts"] = new JsonArray(
            new JsonObject { ["memberId"] = HostOf(caller, current, hosts), ["connectionId"] = ConnectionId }
        );
        if (WhenDisconnected is not null)
        {
            json["whenDisconnected"] = WhenDisconnected is "hold" or "pause"
                ? WhenDisconnected
                : new JsonObject { ["fallback"] = WhenDisconnected };
        }

        json["paused"] = Paused;
        if (EmbedOrigins is not null)
        {
            json["embedOrigins"] = new JsonArray([
                .. WebOrigin.Lines(EmbedOrigins).Select(line => JsonValue.Create(line)),
            ]);
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        using var document = JsonDocument.Parse(json.ToJsonString());
        var read = BookingPageJson.Read(document.RootElement, caller.MemberId);
        return read.Succeeded ? read : InItsOwnWords(read.Problem!);
    }

    // An account left as it was leaves its host too: the API can name another than who connected it.
    private string HostOf(Caller caller, PageSettings? current, IReadOnlyList<HostConnection> hosts) =>
        current?.Hosts[0] is { } host && host.ConnectionId == ConnectionId
            ? host.MemberId
            : hosts.FirstOrDefault(one => one.Id == ConnectionId)?.MemberId ?? caller.MemberId;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static JsonNode? Number(string field, string typed, Web.FieldErrors errors)
    {
        if (int.TryParse(typed.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        errors.Add(field, "must be a whole number");
        return null;
    }

    private JsonArray Weekly(Web.FieldErrors errors)
    {
        var weekly = new JsonArray();
        foreach (var (code, name) in Days)
        {
            foreach (var row in Hours.GetValueOrDefault(code) ?? [])
            {
                if (row is { From.Length: 0, To.Length: 0 })
                {
                    continue;
                }

                if (row.From.Length == 0 || row.To.Length == 0)
                {
                    errors.Add(code, $"{name}: give both times or none");
                    continue;
                }

                weekly.Add(
                    new JsonObject
                    {
                        ["days"] = new JsonArray(code),
                        ["from"] = row.From,
                        ["to"] = EndOfDay(row.To),
                    }
                );
            }
        }

        return weekly;
    }

    private JsonArray Overrides(Web.FieldErrors errors)
    {
        var overrides = new JsonArray();
        foreach (
            var date in Exceptions.Where(row => row.Date.Length > 0).GroupBy(row => row.Date, StringComparer.Ordinal)
        )
        {
            var windows = new JsonArray();
            foreach (var row in date.Where(row => row is not { From.Length: 0, To.Length: 0 }))
            {
                if (row.From.Length == 0 || row.To.Length == 0)
                {
                    errors.Add("exceptions", $"{date.Key}: give both times, or none for a closed day");
                    continue;
                }

                windows.Add(new JsonObject { ["from"] = row.From, ["to"] = EndOfDay(row.To) });
            }

            overrides.Add(new JsonObject { ["date"] = date.Key, ["windows"] = windows });
        }

        if (Exceptions.Any(row => row is { Date.Length: 0 } and not { From.Length: 0, To.Length: 0 }))
        {
            errors.Add("exceptions", "give the date too");
        }

        return overrides;
    }

    // A time field cannot say 24:00: midnight as an end means the end of the day.
    private static string EndOfDay(string to) => to == "00:00" ? "24:00" : to;

    /// <summary>A problem of the API's JSON as one of this form: the API counts windows and hosts, the form shows days, rows and one account.</summary>
    public static Problem InItsOwnWords(Problem problem) =>
        problem.Errors is null
            ? problem
            : problem with
            {
                Errors = problem
                    .Errors.GroupBy(error =>
                        error.Key.StartsWith("schedule.weekly", StringComparison.Ordinal) ? "hours"
                        : error.Key.StartsWith("schedule.overrides", StringComparison.Ordinal) ? "exceptions"
                        : error.Key.StartsWith("hosts", StringComparison.Ordinal) ? "connectionId"
                        : error.Key.StartsWith("embedOrigins", StringComparison.Ordinal) ? "embedOrigins"
                        : error.Key.StartsWith("whenDisconnected", StringComparison.Ordinal) ? "whenDisconnected"
                        : error.Key
                    )
                    .ToDictionary(
                        group => group.Key,
                        group => group.SelectMany(error => error.Value).Distinct(StringComparer.Ordinal).ToArray(),
                        StringComparer.Ordinal
                    ),
            };

    private static IEnumerable<HoursRow> Windows(JsonArray weekly, string day) =>
        weekly
            .Where(window => window!["days"]!.AsArray().Any(code => code!.GetValue<string>() == day))
            .Select(window => new HoursRow(
                window!["from"]!.GetValue<string>(),
                Shown(window["to"]!.GetValue<string>())
            ));

    private static IReadOnlyList<HoursRow> Padded(IEnumerable<HoursRow> rows)
    {
        var padded = rows.ToList();
        while (padded.Count < WindowsPerDay)
        {
            padded.Add(new HoursRow("", ""));
        }

        return padded;
    }

    private static IEnumerable<ExceptionRow> Overrides(JsonArray overrides) =>
        overrides.SelectMany(one =>
        {
            var date = one!["date"]!.GetValue<string>();
            var windows = one["windows"]!.AsArray();
            return windows.Count == 0
                ? [new ExceptionRow(date, "", "")]
                : windows.Select(window => new ExceptionRow(
                    date,
                    window!["from"]!.GetValue<string>(),
                    Shown(window["to"]!.GetValue<string>())
                ));
        });

    private static string Shown(string to) => to == "24:00" ? "00:00" : to;

    private static ExceptionRow[] Blank() => [.. Enumerable.Repeat(new ExceptionRow("", "", ""), BlankExceptions)];
}
