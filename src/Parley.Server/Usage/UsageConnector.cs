using NodaTime;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary>What an operator set for an account whose licences and use are reported.</summary>
public sealed record UsageConnector
{
    public const int DefaultWindowDays = 30;

    public required string WorkspaceId { get; init; }
    public required string ConnectionId { get; init; }

    /// <summary>Runs by itself on its schedule.</summary>
    public bool Active { get; init; }

    /// <summary>See <see cref="UsageSchedule"/>.</summary>
    public string Cron { get; init; } = UsageSchedule.Daily;

    /// <summary>Of the schedule, and of the days the report counts in.</summary>
    public DateTimeZone Zone { get; init; } = DateTimeZone.Utc;

    /// <summary>How the report writes dates, BCP 47; null: as the account's language.</summary>
    public string? Locale { get; init; }
    public IReadOnlyList<SeatPrice> Prices { get; init; } = [];

    /// <summary>Addresses, and domains as <c>@example.org</c>, whose people are left out.</summary>
    public IReadOnlyList<string> Exclusions { get; init; } = [];

    /// <summary>Whoever organized within so many days is active.</summary>
    public int WindowDays { get; init; } = DefaultWindowDays;
    public Instant? NextDue { get; init; }

    /// <summary>0: nobody has set anything yet; these are the defaults.</summary>
    public long Version { get; init; }

    /// <summary>What a change could overwrite, as ETags tell it.</summary>
    public string State => EntityTags.StateOf(ConnectionId, Version);

    public bool Excludes(string? email) =>
        email is not null
        && Exclusions.Any(entry =>
            entry.StartsWith('@')
                ? email.EndsWith(entry, StringComparison.OrdinalIgnoreCase)
                : email.Equals(entry, StringComparison.OrdinalIgnoreCase)
        );
}
