using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Parley.Scheduling.Availability;
using Parley.Server.Web;
using ReadErrors = Parley.Scheduling.Availability.FieldErrors;

namespace Parley.Server.Booking;

/// <summary>
/// Reads <c>{slug,title,description,durationMinutes,stepMinutes,startOffsetMinutes,buffers,minimumNoticeMinutes,period,limits,schedule,hosts,mode,questions,whenDisconnected,locale,paused,embedOrigins}</c>
/// and notes everything that is wrong with it.
/// </summary>
internal static partial class BookingPageJson
{
    private const int MinutesPerDay = 24 * 60;

    /// <param name="body">The request, or what a merge patch made of the stored page.</param>
    /// <param name="defaultMember">Who hosts where no member is named.</param>
    public static Answer<PageSettings> Read(JsonElement body, string defaultMember)
    {
        var errors = new ReadErrors();
        var unsupported = new ReadErrors();
        var settings = Read(body, defaultMember, errors, unsupported);
        if (unsupported.Count > 0)
        {
            return Problem(ProblemCodes.NotSupported, [.. unsupported.Items, .. errors.Items]);
        }

        return errors.Count > 0 || settings is null ? Problem(ProblemCodes.Invalid, errors.Items) : settings;
    }

    public static Problem Problem(ProblemCode code, IReadOnlyList<FieldError> errors) =>
        new(code, string.Join(" ", errors.Take(20).Select(error => $"{Named(error.Field)}: {error.Message}.")))
        {
            Errors = errors
                .GroupBy(error => Named(error.Field), error => error.Message, StringComparer.Ordinal)
                .ToDictionary(field => field.Key, field => field.ToArray(), StringComparer.Ordinal),
        };

    public static bool IsLanguageTag(string text) => text.Length <= 35 && LanguageTag().IsMatch(text);

    private static string Named(string field) => field.Length == 0 ? "body" : field;

    private static PageSettings? Read(JsonElement body, string defaultMember, ReadErrors errors, ReadErrors unsupported)
    {
        if (
            JsonFields.Open(
                body,
                "",
                errors,
                "slug",
                "title",
                "description",
                "durationMinutes",
                "stepMinutes",
                "startOffsetMinutes",
                "buffers",
                "minimumNoticeMinutes",
                "period",
                "limits",
                "schedule",
                "hosts",
                "mode",
                "questions",
                "whenDisconnected",
                "locale",
                "paused",
                "embedOrigins"
            )
            is not { } fields
        )
        {
            return null;
        }

        NoteUnsupported(fields, errors, unsupported);
        return new PageSettings
        {
            Slug = ReadSlug(fields, errors),
            Title = ReadTitle(fields, errors),
            Description = ReadDescription(fields, errors),
            DurationMinutes = fields.RequiredInteger("durationMinutes", 1, MinutesPerDay),
            StepMinutes = fields.Integer("stepMinutes", 1, MinutesPerDay),
            StartOffsetMinutes = fields.Integer("startOffsetMinutes", 0, MinutesPerDay) ?? 0,
            Buffers = ReadBuffers(fields, errors),
            MinimumNoticeMinutes = fields.Integer("minimumNoticeMinutes", 0, 366 * MinutesPerDay) ?? 120,
            Period = fields.Has("period", out var period)
                ? ScheduleJson.ReadPeriod(period, "period", errors) ?? new BookingPeriod.RollingCalendarDays(60)
                : new BookingPeriod.RollingCalendarDays(60),
            Limits = fields.Has("limits", out var limits)
                ? ScheduleJson.ReadLimits(limits, "limits", errors) ?? BookingLimits.None
                : BookingLimits.None,
            Schedule = fields.Requires("schedule", out var schedule)
                ? ScheduleJson.ReadSchedule(schedule, "schedule", errors) ?? Nothing
                : Nothing,
            Hosts = ReadHosts(fields, defaultMember, errors),
            WhenDisconnected = WhenDisconnected.Read(fields, errors),
            Locale = ReadLocale(fields, errors),
            Paused = fields.Boolean("paused"),
            EmbedOrigins = ReadEmbedOrigins(fields, errors),
        };
    }

    private static readonly Schedule Nothing = new() { TimeZone = NodaTime.DateTimeZone.Utc };

    private static void NoteUnsupported(JsonFields fields, ReadErrors errors, ReadErrors unsupported)
    {
        if (fields.Has("mode", out _) && fields.Text("mode") is { } mode and not "single")
        {
            (mode is "collective" or "roundRobin" ? unsupported : errors).Add(
                "mode",
                mode is "collective" or "roundRobin"
                    ? $"{mode} is not supported yet; use single"
                    : "must be one of single, collective, roundRobin"
            );
        }

        if (fields.Has("questions", out var questions))
        {
            if (questions.ValueKind != JsonValueKind.Array)
            {
                errors.Add("questions", "must be a list");
            }
            else if (questions.GetArrayLength() > 0)
            {
                unsupported.Add("questions", "own questions are not supported yet; leave them out");
            }
        }
    }

    private static string ReadSlug(JsonFields fields, ReadErrors errors)
    {
        var slug = fields.RequiredText("slug");
        if (slug is not null && !Slug().IsMatch(slug))
        {
            errors.Add("slug", "must have 1 to 64 characters of a–z, 0–9 and -");
        }

        return slug ?? "";
    }

    private static string ReadTitle(JsonFields fields, ReadErrors errors)
    {
        var title = fields.RequiredText("title")?.Trim();
        if (title is not null && (title.Length is 0 or > 100 || title.Any(char.IsControl)))
        {
            errors.Add("title", "must have 1 to 100 characters, without line breaks");
        }

        return title ?? "";
    }

    private static string? ReadDescription(JsonFields fields, ReadErrors errors)
    {
        var description = fields.Text("description")?.ReplaceLineEndings("\n").Trim();
        if (description is null or "")
        {
            return null;
        }

        if (description.Length > 2000 || description.Any(one => char.IsControl(one) && one is not '\n' and not '\t'))
        {
            errors.Add("description", "must have at most 2000 characters, without control characters");
        }

        return description;
    }

    private static Buffers ReadBuffers(JsonFields fields, ReadErrors errors)
    {
        if (
            !fields.Has("buffers", out var json) || ScheduleJson.ReadBuffers(json, "buffers", errors) is not { } buffers
        )
        {
            return Buffers.None;
        }

        foreach (
            var (field, minutes) in new[]
            {
                ("buffers.beforeMinutes", buffers.BeforeMinutes),
                ("buffers.afterMinutes", buffers.AfterMinutes),
            }
        )
        {
            if (minutes > MinutesPerDay)
            {
                errors.Add(field, string.Create(CultureInfo.InvariantCulture, $"must be at most {MinutesPerDay}"));
            }
        }

        return buffers;
    }

    private static List<PageHost> ReadHosts(JsonFields fields, string defaultMember, ReadErrors errors)
    {
        var hosts = new List<PageHost>();
        var items = fields.List("hosts", required: true, 100);
        if (fields.Has("hosts", out var json) && json.ValueKind == JsonValueKind.Array && items.Count != 1)
        {
            errors.Add("hosts", "must name one host; several need another mode than single");
        }

        foreach (var (element, path) in items)
        {
            if (JsonFields.Open(element, path, errors, "memberId", "connectionId", "fixed") is { } host)
            {
                hosts.Add(
                    new PageHost
                    {
                        MemberId = host.Text("memberId") ?? defaultMember,
                        ConnectionId = host.RequiredText("connectionId") ?? "",
                        Fixed = host.Boolean("fixed"),
                    }
                );
            }
        }

        return hosts;
    }

    private static List<string> ReadEmbedOrigins(JsonFields fields, ReadErrors errors)
    {
        var origins = new List<string>();
        foreach (var (element, path) in fields.List("embedOrigins", required: false, 20))
        {
            var origin = element.ValueKind == JsonValueKind.String ? element.GetString() : null;
            if (WebOrigin.Objection(origin) is { } objection)
            {
                errors.Add(path, objection);
            }
            else
            {
                origins.Add(origin!);
            }
        }

        return origins;
    }

    private static string ReadLocale(JsonFields fields, ReadErrors errors)
    {
        var locale = fields.Text("locale") ?? "en";
        if (!IsLanguageTag(locale))
        {
            errors.Add("locale", "must be a language tag such as en or de-AT");
        }

        return locale;
    }

    [GeneratedRegex(@"^[a-z0-9-]{1,64}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Slug();

    // RFC 5646 in outline: subtags of 1 to 8 letters and digits.
    [GeneratedRegex(
        @"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\z",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex LanguageTag();
}
