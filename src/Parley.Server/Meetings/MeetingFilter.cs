using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Parley.Server.Connections;

namespace Parley.Server.Meetings;

/// <summary>What a list of meetings is narrowed to and how it is laid out; it all stands in the address of the page.</summary>
/// <param name="Text">Part of a subject, or of a booking customer's name or address; null: any.</param>
/// <param name="Status">One of <see cref="Statuses"/>, or null.</param>
public sealed record MeetingFilter(string? Text, string? ConnectionId, string? Status)
{
    private const int LongestText = 100;
    private const int LongestOrganizer = 254;

    public static readonly string[] Statuses =
    [
        MeetingStatus.Scheduled,
        MeetingStatus.InProgress,
        MeetingStatus.Provisioning,
        MeetingStatus.Attention,
        MeetingStatus.Removing,
        MeetingStatus.Ended,
    ];

    /// <summary>Rows a page can have; the first is usual.</summary>
    public static readonly int[] Sizes = [25, 50, 100, 200];

    /// <summary>Key or address.</summary>
    public string? Organizer { get; init; }

    /// <summary><c>gotomeeting</c>, <c>zoom</c>.</summary>
    public string? Provider { get; init; }

    /// <summary>First day, in <see cref="Zone"/>. With one, meetings that are over are listed as well.</summary>
    public LocalDate? From { get; init; }

    /// <summary>Last day.</summary>
    public LocalDate? To { get; init; }

    /// <summary>Null: as is usual, which is by time.</summary>
    public MeetingSort? SortedBy { get; init; }
    public int Size { get; init; } = Sizes[0];

    /// <summary>What days are meant in; no part of the address.</summary>
    public DateTimeZone Zone { get; init; } = DateTimeZone.Utc;

    /// <summary>Nothing is left out but what is over.</summary>
    public bool IsEmpty =>
        this is { Text: null, ConnectionId: null, Status: null, Organizer: null, Provider: null, From: null, To: null };

    /// <summary>One of the less usual fields is in use.</summary>
    public bool IsDetailed => this is not { ConnectionId: null, Provider: null, From: null, To: null };

    /// <summary>Of what is over the latest is of interest first.</summary>
    public MeetingSort Sort =>
        SortedBy ?? (Status == MeetingStatus.Ended ? MeetingSort.LatestFirst : MeetingSort.EarliestFirst);

    /// <summary>What is not one of the choices narrows nothing.</summary>
    public static MeetingFilter Read(
        Func<string, string> query,
        IReadOnlyList<ConnectionEntry> connections,
        DateTimeZone zone
    )
    {
        var connection = query("connection");
        var provider = query("provider");
        var status = query("status");
        var (from, to) = (Day(query("from")), Day(query("to")));
        return new MeetingFilter(
            Plain(query("q"), LongestText),
            connections.Any(entry => entry.Id == connection) ? connection : null,
            Statuses.Contains(status, StringComparer.Ordinal) ? status : null
        )
        {
            Organizer = Plain(query("organizer"), LongestOrganizer),
            Provider = connections.Any(entry => entry.Connection.Provider == provider) ? provider : null,
            From = from,
            To = to < from ? null : to,
            SortedBy = MeetingSort.TryParse(query("sort"), out var sort) ? sort : null,
            Size =
                int.TryParse(query("size"), NumberStyles.None, CultureInfo.InvariantCulture, out var size)
                && Sizes.Contains(size)
                    ? size
                    : Sizes[0],
            Zone = zone,
        };
    }

    /// <param name="seenBy">A member who sees only what is theirs; null: somebody who sees all.</param>
    public MeetingQuery ToMeetingQuery(string? seenBy) =>
        new()
        {
            Upcoming = From is null && Status != MeetingStatus.Ended,
            From = From is { } first ? Zone.AtStartOfDay(first).ToInstant() : null,
            To = To is { } last ? Zone.AtStartOfDay(last.PlusDays(1)).ToInstant() : null,
            Text = Text,
            ConnectionId = ConnectionId,
            Provider = Provider,
            Organizer = Organizer,
            Status = Status,
            Sort = Sort,
            SeenBy = seenBy,
        };

    /// <summary><c>q=…&amp;connection=…&amp;status=…</c>, encoded; empty when nothing is asked for.</summary>
    public string ToQuery(string? cursor = null) =>
        string.Join(
            '&',
            new[]
            {
                ("q", Text),
                ("organizer", Organizer),
                ("status", Status),
                ("connection", ConnectionId),
                ("provider", Provider),
                ("from", Iso(From)),
                ("to", Iso(To)),
                ("sort", SortedBy?.ToString()),
                ("size", Size == Sizes[0] ? null : Size.ToString(CultureInfo.InvariantCulture)),
                ("cursor", cursor),
            }
                .Where(part => part.Item2 is not null)
                .Select(part => $"{part.Item1}={Uri.EscapeDataString(part.Item2!)}")
        );

    public static string? Iso(LocalDate? day) => day is { } one ? LocalDatePattern.Iso.Format(one) : null;

    private static LocalDate? Day(string text) =>
        LocalDatePattern.Iso.Parse(text) is { Success: true, Value: { Year: >= 2000 and <= 2200 } day } ? day : null;

    private static string? Plain(string text, int longest)
    {
        var plain = new string(text.Where(character => !char.IsControl(character)).ToArray()).Trim();
        return plain.Length == 0 ? null
            : plain.Length > longest ? plain[..longest]
            : plain;
    }
}
