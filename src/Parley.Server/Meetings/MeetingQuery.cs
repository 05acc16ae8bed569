using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Observed;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Meetings;

/// <summary>What a list of meetings is ordered by.</summary>
public enum MeetingOrder
{
    Time,
    Subject,
    Organizer,
    Provider,
    Source,
    Status,
}

/// <summary>Orders a list of meetings can have; whatever is alike stands by time, and what starts together in the order of the ids.</summary>
public readonly record struct MeetingSort(MeetingOrder By, bool Descending)
{
    public static readonly MeetingSort EarliestFirst = new(MeetingOrder.Time, false);
    public static readonly MeetingSort LatestFirst = new(MeetingOrder.Time, true);

    private static readonly (string Name, MeetingOrder By)[] Orders =
    [
        ("startsAt", MeetingOrder.Time),
        ("subject", MeetingOrder.Subject),
        ("organizer", MeetingOrder.Organizer),
        ("provider", MeetingOrder.Provider),
        ("source", MeetingOrder.Source),
        ("status", MeetingOrder.Status),
    ];

    /// <summary>As addresses spell it: <c>startsAt</c>, <c>-subject</c>; a minus turns the order round.</summary>
    public static IReadOnlyList<string> Names { get; } = Orders.Select(order => order.Name).ToList();

    public static bool TryParse(string text, out MeetingSort sort)
    {
        var descending = text.StartsWith('-');
        var name = descending ? text[1..] : text;
        foreach (var (known, by) in Orders)
        {
            if (known == name)
            {
                sort = new MeetingSort(by, descending);
                return true;
            }
        }

        sort = EarliestFirst;
        return false;
    }

    public override string ToString()
    {
        var by = By;
        return (Descending ? "-" : "") + Orders.First(order => order.By == by).Name;
    }
}

/// <summary>What is looked for. Everything left out does not narrow.</summary>
public sealed record MeetingQuery
{
    /// <summary>Only meetings that end after this.</summary>
    public Instant? From { get; init; }

    /// <summary>Only meetings that start before this.</summary>
    public Instant? To { get; init; }

    /// <summary>Only meetings with a time that is not over yet.</summary>
    public bool Upcoming { get; init; }
    public string? ConnectionId { get; init; }

    /// <summary><c>gotomeeting</c>, <c>zoom</c>.</summary>
    public string? Provider { get; init; }

    /// <summary>Key or e-mail address of the account that hosts.</summary>
    public string? Organizer { get; init; }

    /// <summary>One of <see cref="MeetingStatus"/>.</summary>
    public string? Status { get; init; }

    /// <summary>Part of the subject, or of an attendee's or customer's name or address; the case of ASCII letters does not matter.</summary>
    public string? Text { get; init; }

    /// <summary>Only meetings that belong to a record of this system; with <see cref="RecordId"/>.</summary>
    public string? ReferenceSystem { get; init; }

    /// <summary>Only meetings that belong to the record with exactly this id.</summary>
    public string? RecordId { get; init; }

    /// <summary>Only meetings this member hosts and those of accounts they connected.</summary>
    public string? SeenBy { get; init; }
    public MeetingSort Sort { get; init; } = MeetingSort.EarliestFirst;
    public int Limit { get; init; } = 50;
    public Cursor After { get; init; } = Cursor.Start;
}

/// <summary>One meeting of a list: ours, or one only the provider knows.</summary>
public sealed record ListedMeeting
{
    public Arrangement? Own { get; init; }

    /// <summary>As last observed; set where <see cref="Own"/> is not.</summary>
    public ObservedMeeting? Foreign { get; init; }

    /// <summary>By an event, or by a listing that is still worth something.</summary>
    public required bool InProgress { get; init; }

    /// <summary>Its session was ended before its time was over.</summary>
    public required bool EndedEarly { get; init; }

    /// <summary>When the listing that shows it began; null when none does.</summary>
    public required Instant? ObservedAt { get; init; }
    public string ConnectionId => Own?.ConnectionId ?? Foreign!.ConnectionId;

    /// <param name="host">Null: the connection is gone.</param>
    public MeetingView ToView(ConnectionEntry? host, ProviderCatalogue catalogue, ParleyOptions options, Instant now)
    {
        var organizer = host is null ? null : MeetingReader.OrganizerOf(host);
        if (Own is { } own)
        {
            return MeetingViews.Of(own, organizer, options, now, InProgress, EndedEarly) with
            {
                ObservedAt = ObservedAt > own.UpdatedAt ? ObservedAt : own.UpdatedAt,
            };
        }

        var seen = Foreign!.ToMeeting() with { InProgress = InProgress };
        var view = MeetingViews.Of(seen, Foreign.ConnectionId, host, catalogue, organizer, now);
        return view with { Status = EndedEarly ? MeetingStatus.Ended : view.Status, ObservedAt = ObservedAt };
    }
}
