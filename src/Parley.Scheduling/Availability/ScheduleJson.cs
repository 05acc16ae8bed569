using System.Text.Json;
using NodaTime;
using NodaTime.Text;

namespace Parley.Scheduling.Availability;

/// <summary>
/// JSON of the parts that booking pages and availability queries share. Reading notes every error with its field and
/// returns null if there was any; writing gives back what was read.
/// </summary>
public static class ScheduleJson
{
    /// <summary>A week in minutes: nothing about one booking is longer.</summary>
    internal const int MostMinutes = 7 * 24 * 60;

    private const int MostWindows = 200;
    private const int MostOverrides = 2000;

    private static readonly string[] DayNames = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

    public static Schedule? ReadSchedule(JsonElement element, string path, FieldErrors errors)
    {
        var before = errors.Count;
        if (JsonFields.Open(element, path, errors, "timeZone", "weekly", "overrides") is not { } fields)
        {
            return null;
        }

        var zone = fields.RequiredZone("timeZone");
        var weekly = fields
            .List("weekly", required: true, MostWindows)
            .Select(item => ReadWeekly(item.Element, item.Path, errors))
            .ToList();
        var overrides = fields
            .List("overrides", required: false, MostOverrides)
            .Select(item => ReadOverride(item.Element, item.Path, errors))
            .ToList();
        return errors.Count > before
            ? null
            : new Schedule
            {
                TimeZone = zone,
                Weekly = weekly.OfType<WeeklyHours>().ToList(),
                Overrides = overrides.OfType<DateOverride>().ToList(),
            };
    }

    public static BookingPeriod? ReadPeriod(JsonElement element, string path, FieldErrors errors)
    {
        var before = errors.Count;
        if (JsonFields.Open(element, path, errors, "kind", "days", "from", "to") is not { } fields)
        {
            return null;
        }

        BookingPeriod? period;
        switch (fields.RequiredText("kind"))
        {
            case "rollingCalendarDays":
                period = new BookingPeriod.RollingCalendarDays(fields.RequiredInteger("days", 0, 3660));
                break;
            case "rollingBusinessDays":
                period = new BookingPeriod.RollingBusinessDays(fields.RequiredInteger("days", 0, 3660));
                break;
            case "range":
                var range = new BookingPeriod.DateRange(fields.RequiredDate("from"), fields.RequiredDate("to"));
                if (errors.Count == before && range.To < range.From)
                {
                    errors.Add(fields.At("to"), "must not be before from");
                }

                period = range;
                break;
            case null:
                return null;
            default:
                errors.Add(fields.At("kind"), "must be one of rollingCalendarDays, rollingBusinessDays, range");
                return null;
        }

        foreach (var name in period is BookingPeriod.DateRange ? ["days"] : new[] { "from", "to" })
        {
            if (fields.Has(name, out _))
            {
                errors.Add(fields.At(name), "does not belong to this kind of period");
            }
        }

        return errors.Count > before ? null : period;
    }

    public static BookingLimits? ReadLimits(JsonElement element, string path, FieldErrors errors)
    {
        var before = errors.Count;
        if (
            JsonFields.Open(
                element,
                path,
                errors,
                "bookingsPerDay",
                "bookingsPerWeek",
                "minutesPerDay",
                "minutesPerWeek"
            )
            is not { } fields
        )
        {
            return null;
        }

        var limits = new BookingLimits
        {
            BookingsPerDay = fields.Integer("bookingsPerDay", 0, 10_000),
            BookingsPerWeek = fields.Integer("bookingsPerWeek", 0, 10_000),
            MinutesPerDay = fields.Integer("minutesPerDay", 0, 1_000_000),
            MinutesPerWeek = fields.Integer("minutesPerWeek", 0, 1_000_000),
        };
        return errors.Count > before ? null : limits;
    }

    public static Buffers? ReadBuffers(JsonElement element, string path, FieldErrors errors)
    {
        var before = errors.Count;
        if (JsonFields.Open(element, path, errors, "beforeMinutes", "afterMinutes") is not { } fields)
        {
            return null;
        }

        var buffers = new Buffers
        {
            BeforeMinutes = fields.Integer("beforeMinutes", 0, MostMinutes) ?? 0,
            AfterMinutes = fields.Integer("afterMinutes", 0, MostMinutes) ?? 0,
        };
        return errors.Count > before ? null : buffers;
    }

    public static void Write(Utf8JsonWriter writer, Schedule schedule)
    {
        writer.WriteStartObject();
        writer.WriteString("timeZone", schedule.TimeZone.Id);
        writer.WriteStartArray("weekly");
        foreach (var hours in schedule.Weekly)
        {
            writer.WriteStartObject();
            writer.WriteStartArray("days");
            foreach (var day in hours.Days)
            {
                writer.WriteStringValue(DayNames[(int)day - 1]);
            }

            writer.WriteEndArray();
            WriteWindow(writer, hours.Window);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("overrides");
        foreach (var one in schedule.Overrides)
        {
            writer.WriteStartObject();
            writer.WriteString("date", LocalDatePattern.Iso.Format(one.Date));
            writer.WriteStartArray("windows");
            foreach (var window in one.Windows)
            {
                writer.WriteStartObject();
                WriteWindow(writer, window);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, BookingPeriod period)
    {
        writer.WriteStartObject();
        switch (period)
        {
            case BookingPeriod.RollingCalendarDays rolling:
                writer.WriteString("kind", "rollingCalendarDays");
                writer.WriteNumber("days", rolling.Days);
                break;
            case BookingPeriod.RollingBusinessDays rolling:
                writer.WriteString("kind", "rollingBusinessDays");
                writer.WriteNumber("days", rolling.Days);
                break;
            case BookingPeriod.DateRange range:
                writer.WriteString("kind", "range");
                writer.WriteString("from", LocalDatePattern.Iso.Format(range.From));
                writer.WriteString("to", LocalDatePattern.Iso.Format(range.To));
                break;
        }

        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, BookingLimits limits)
    {
        writer.WriteStartObject();
        Limit("bookingsPerDay", limits.BookingsPerDay);
        Limit("bookingsPerWeek", limits.BookingsPerWeek);
        Limit("minutesPerDay", limits.MinutesPerDay);
        Limit("minutesPerWeek", limits.MinutesPerWeek);
        writer.WriteEndObject();

        void Limit(string name, int? value)
        {
            if (value is { } number)
            {
                writer.WriteNumber(name, number);
            }
        }
    }

    public static void Write(Utf8JsonWriter writer, Buffers buffers)
    {
        writer.WriteStartObject();
        writer.WriteNumber("beforeMinutes", buffers.BeforeMinutes);
        writer.WriteNumber("afterMinutes", buffers.AfterMinutes);
        writer.WriteEndObject();
    }

    private static void WriteWindow(Utf8JsonWriter writer, TimeWindow window)
    {
        writer.WriteString("from", window.From.ToString());
        writer.WriteString("to", window.To.ToString());
    }

    private static WeeklyHours? ReadWeekly(JsonElement element, string path, FieldErrors errors)
    {
        if (JsonFields.Open(element, path, errors, "days", "from", "to") is not { } fields)
        {
            return null;
        }

        var days = new List<IsoDayOfWeek>();
        foreach (var (item, at) in fields.List("days", required: true, 7))
        {
            var day = Array.IndexOf(DayNames, JsonFields.TextOf(item));
            if (day < 0)
            {
                errors.Add(at, "must be one of " + string.Join(", ", DayNames));
            }
            else
            {
                days.Add((IsoDayOfWeek)(day + 1));
            }
        }

        return ReadWindow(fields, errors) is { } window ? new WeeklyHours { Days = days, Window = window } : null;
    }

    private static DateOverride? ReadOverride(JsonElement element, string path, FieldErrors errors)
    {
        if (JsonFields.Open(element, path, errors, "date", "windows") is not { } fields)
        {
            return null;
        }

        var date = fields.RequiredDate("date");
        var windows = new List<TimeWindow>();
        foreach (var (item, at) in fields.List("windows", required: true, MostWindows))
        {
            if (JsonFields.Open(item, at, errors, "from", "to") is { } window && ReadWindow(window, errors) is { } read)
            {
                windows.Add(read);
            }
        }

        return new DateOverride { Date = date, Windows = windows };
    }

    private static TimeWindow? ReadWindow(JsonFields fields, FieldErrors errors)
    {
        var from = ReadTime(fields, "from", errors);
        var to = ReadTime(fields, "to", errors);
        if (from is null || to is null)
        {
            return null;
        }

        if (to <= from)
        {
            errors.Add(
                fields.At("to"),
                "must be later than from; write a window across midnight as two, up to 24:00 and from 00:00"
            );
            return null;
        }

        return new TimeWindow(from.Value, to.Value);
    }

    private static MinuteOfDay? ReadTime(JsonFields fields, string name, FieldErrors errors)
    {
        if (fields.RequiredText(name) is not { } text)
        {
            return null;
        }

        if (MinuteOfDay.TryParse(text, out var time))
        {
            return time;
        }

        errors.Add(fields.At(name), "must be a time from 00:00 to 24:00 such as 09:30");
        return null;
    }
}
