using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>One session in a list over several accounts.</summary>
public sealed record HistoryLine(ConnectionEntry Connection, HistoryItemView Item)
{
    /// <summary>Who was there, at the session it is about.</summary>
    public string AttendeesPath =>
        $"/connections/{Connection.Id}/meetings/{Uri.EscapeDataString(Item.MeetingId)}/attendees"
        + (Item.SessionId is null ? "" : $"#s-{Item.SessionId}");
}

/// <summary>What the history is narrowed to; it all stands in the address of the page.</summary>
/// <param name="From">First day, in the member's zone.</param>
/// <param name="To">Last day.</param>
/// <param name="Organizer">Key or address; empty: the account's own.</param>
public sealed record HistoryFilter(LocalDate From, LocalDate To, string? ConnectionId, string Organizer)
{
    private const int UsualDays = 30;
    private const int LongestYears = 5;

    /// <summary>A range of the last <paramref name="days"/> days, today included.</summary>
    public static (LocalDate From, LocalDate To) Last(int days, LocalDate today) => (today.PlusDays(1 - days), today);

    /// <summary>Reads the address. What is wrong with it is in <paramref name="errors"/>, and the usual range stands in for it.</summary>
    public static HistoryFilter Read(
        Func<string, string> query,
        LocalDate today,
        string? connectionId,
        string organizer,
        FieldErrors errors
    )
    {
        var (first, last) = Last(UsualDays, today);
        var from = Day(query("from"), first, "from", errors);
        var to = Day(query("to"), last, "to", errors);
        if (from > to)
        {
            errors.Add("to", "must not lie before the first day");
        }
        else if (from.PlusYears(LongestYears) < to)
        {
            errors.Add("from", $"must lie at most {LongestYears} years before the last day");
        }

        return errors.Any
            ? new HistoryFilter(first, last, connectionId, organizer)
            : new HistoryFilter(from, to, connectionId, organizer);
    }

    public Interval In(DateTimeZone zone) =>
        new(zone.AtStartOfDay(From).ToInstant(), zone.AtStartOfDay(To.PlusDays(1)).ToInstant());

    public string ToQuery(string? cursor = null) =>
        string.Join(
            '&',
            new[]
            {
                ("from", LocalDatePattern.Iso.Format(From)),
                ("to", LocalDatePattern.Iso.Format(To)),
                ("connection", ConnectionId),
                ("organizer", Organizer.Length == 0 ? null : Organizer),
                ("cursor", cursor),
            }
                .Where(part => part.Item2 is not null)
                .Select(part => $"{part.Item1}={Uri.EscapeDataString(part.Item2!)}")
        );

    private static LocalDate Day(string text, LocalDate otherwise, string field, FieldErrors errors)
    {
        if (text.Length == 0)
        {
            return otherwise;
        }

        var parsed = LocalDatePattern.Iso.Parse(text);
        if (parsed is { Success: true, Value.Year: >= 2000 and <= 2200 })
        {
            return parsed.Value;
        }

        errors.Add(field, "must be a day such as 2026-12-01");
        return otherwise;
    }
}

/// <summary>What was held: the page.</summary>
public sealed record HistoryView
{
    public required Caller Caller { get; init; }

    /// <summary>Accounts this member may look into.</summary>
    public required IReadOnlyList<ConnectionEntry> Connections { get; init; }

    /// <summary>The one account looked at; null: all.</summary>
    public required ConnectionEntry? Connection { get; init; }
    public required HistoryFilter Filter { get; init; }
    public required Page<HistoryLine> Lines { get; init; }

    /// <summary>Week by week, or month by month where it is long, from the earliest; empty on later pages.</summary>
    public required IReadOnlyList<HeldPeriod> Periods { get; init; }
    public bool IsMonthly => HeldTally.IsMonthly(Filter.From, Filter.To);

    /// <summary>Accounts that could not be read, each with its reason.</summary>
    public required IReadOnlyList<(ConnectionEntry Connection, Problem Problem)> Troubles { get; init; }
    public required Problem? Problem { get; init; }

    /// <summary>Accounts not asked, because there are too many for one page.</summary>
    public required int NotAsked { get; init; }
    public required OrganizerList? Organizers { get; init; }
    public required bool IsLater { get; init; }
    public required LocalDate Today { get; init; }
    public required DateTimeZone Zone { get; init; }
}

/// <summary>Who was in one session.</summary>
public sealed record SessionView
{
    public required string? Id { get; init; }
    public required Instant StartedAt { get; init; }

    /// <summary>Null: somebody is still there.</summary>
    public required Instant? EndedAt { get; init; }
    public required IReadOnlyList<Attendance> Stays { get; init; }

    /// <summary>Whoever told an address counts once however often they came; of guests nothing tells two stays of one from two of them.</summary>
    public int People => Known(Stays) + Guests(Stays);
    public int Minutes => MinutesOf(Stays);

    public static int Known(IEnumerable<Attendance> stays) =>
        stays.Select(stay => stay.Email).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase).Count();

    public static int Guests(IEnumerable<Attendance> stays) => stays.Count(stay => stay.Email is null);

    public static int MinutesOf(IEnumerable<Attendance> stays) => stays.Sum(stay => MinutesOf(stay) ?? 0);

    public static int? MinutesOf(Attendance stay) =>
        stay.LeftAt is { } left ? WholeMinutes.Between(stay.JoinedAt, left) : null;

    /// <summary>Newest first.</summary>
    public static IReadOnlyList<SessionView> Of(IEnumerable<Attendance> stays) =>
        stays
            .GroupBy(stay => stay.SessionId, StringComparer.Ordinal)
            .Select(session => new SessionView
            {
                Id = session.Key,
                StartedAt = session.Min(stay => stay.JoinedAt),
                EndedAt = session.Any(stay => stay.LeftAt is null) ? null : session.Max(stay => stay.LeftAt),
                Stays = session.OrderBy(stay => stay.JoinedAt).ToList(),
            })
            .OrderByDescending(session => session.StartedAt)
            .ToList();
}

/// <summary>Who was there: the page.</summary>
public sealed record AttendeesView
{
    public required Caller Caller { get; init; }
    public required ConnectionEntry Connection { get; init; }
    public required string MeetingId { get; init; }
    public required string Subject { get; init; }

    /// <summary>Its page; null where it has none.</summary>
    public required string? MeetingPath { get; init; }
    public required Problem? Problem { get; init; }

    /// <summary>Of this page of sessions.</summary>
    public required IReadOnlyList<SessionView> Sessions { get; init; }
    public required int AllSessions { get; init; }
    public required int Known { get; init; }
    public required int Guests { get; init; }
    public required int Minutes { get; init; }

    /// <summary>From 1.</summary>
    public required int PageNumber { get; init; }
    public required int Pages { get; init; }
    public required DateTimeZone Zone { get; init; }

    public string Path => $"/connections/{Connection.Id}/meetings/{Uri.EscapeDataString(MeetingId)}/attendees";
}

/// <summary>Days, minutes and links of what was held, in words.</summary>
internal static class HeldWords
{
    private static readonly LocalDateTimePattern Started = LocalDateTimePattern.CreateWithInvariantCulture(
        "ddd d MMM uuuu, HH:mm"
    );
    private static readonly LocalDateTimePattern Cell = LocalDateTimePattern.CreateWithInvariantCulture(
        "uuuu-MM-dd HH:mm:ss"
    );
    private static readonly LocalTimePattern Clock = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    public static string At(Instant instant, DateTimeZone zone) => Started.Format(instant.InZone(zone).LocalDateTime);

    /// <summary>As spreadsheets read it.</summary>
    public static string CellOf(Instant? instant, DateTimeZone zone) =>
        instant is { } at ? Cell.Format(at.InZone(zone).LocalDateTime) : "";

    /// <summary>The time alone; with its day where that is another one than the session's.</summary>
    public static string TimeOf(Instant instant, Instant session, DateTimeZone zone)
    {
        var local = instant.InZone(zone);
        return local.Date == session.InZone(zone).Date
            ? Clock.Format(local.TimeOfDay)
            : Started.Format(local.LocalDateTime);
    }

    /// <summary>"45 min", "2 h 5 min".</summary>
    public static string Length(int minutes) =>
        minutes < 60 ? string.Create(CultureInfo.InvariantCulture, $"{minutes} min")
        : minutes % 60 == 0 ? string.Create(CultureInfo.InvariantCulture, $"{minutes / 60} h")
        : string.Create(CultureInfo.InvariantCulture, $"{minutes / 60} h {minutes % 60} min");

    public static string Count(int count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");

    /// <summary>A link somebody else's server told: shown only where it is one for the web.</summary>
    public static string? WebLink(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "https" or "http" ? url : null;
}
