using NodaTime;

namespace Parley.Server.Usage;

/// <summary>Figures month by month, oldest first.</summary>
public sealed record UsageMonthsView(string ConnectionId, IReadOnlyList<MonthFigures> Items);

/// <param name="Day"><c>2026-12-01</c>.</param>
/// <param name="PeakHosts">Most people hosting at one moment of the day.</param>
/// <param name="At">When that was first so; null on a day without meetings.</param>
public sealed record UsageDayPeakView(string Day, int PeakHosts, Instant? At);

/// <param name="Seats">Host licences that would have been enough, shared.</param>
/// <param name="SpareSeats">Seats of the account beyond them.</param>
/// <param name="MonthlySaving">What giving up the spare ones saves at least; null when it cannot be told.</param>
public sealed record UsagePoolView(int Seats, int SpareSeats, IReadOnlyList<Money>? MonthlySaving);

/// <summary>How many host licences would have been enough, had they been handed from host to host.</summary>
public sealed record UsageRightSizingView
{
    public required string ConnectionId { get; init; }
    public required string From { get; init; }
    public required string To { get; init; }

    /// <summary>Whose days these are.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Seats of the account now.</summary>
    public required int Seats { get; init; }

    /// <summary>For every day: the highest peak (p100).</summary>
    public required UsagePoolView EnoughForAll { get; init; }

    /// <summary>For 99 days of 100 (p99, nearest rank, days without meetings included).</summary>
    public required UsagePoolView EnoughForP99 { get; init; }

    /// <summary>Null when the saving is told.</summary>
    public required string? WhyNoSaving { get; init; }
    public required IReadOnlyList<UsageDayPeakView> Days { get; init; }

    internal static UsageRightSizingView Of(UsageConnector connector, RightSizing sizing) =>
        new()
        {
            ConnectionId = connector.ConnectionId,
            From = Usage.Days.Text(sizing.First),
            To = Usage.Days.Text(sizing.Last),
            TimeZone = connector.Zone.Id,
            Seats = sizing.Seats,
            EnoughForAll = Of(sizing.All),
            EnoughForP99 = Of(sizing.P99),
            WhyNoSaving = sizing.WhyNoSaving,
            Days = [.. sizing.Days.Select(day => new UsageDayPeakView(Usage.Days.Text(day.Day), day.Peak, day.At))],
        };

    private static UsagePoolView Of(PoolSaving saving) => new(saving.Seats, saving.Spare, saving.Monthly);
}

/// <param name="Reason">Why no date could be read from these cells.</param>
/// <param name="Rows">How many rows.</param>
/// <param name="Lines">Their line numbers in the file, the first 20.</param>
public sealed record UsageImportUnknownView(string Reason, int Rows, IReadOnlyList<int> Lines);

/// <summary>What became of an imported activity report.</summary>
public sealed record UsageImportView
{
    /// <summary>The columns that were read.</summary>
    public required string EmailColumn { get; init; }
    public required string DateColumn { get; init; }

    /// <summary>BCP 47; null: no language could be told.</summary>
    public required string? Locale { get; init; }

    /// <summary>Languages that may have written the column, but mean different dates.</summary>
    public required IReadOnlyList<string> AmbiguousLocales { get; init; }
    public required int Rows { get; init; }

    /// <summary>People whose last meeting is known by this report now.</summary>
    public required int Updated { get; init; }

    /// <summary>People for whom an imported date as late was there already.</summary>
    public required int Unchanged { get; init; }
    public required IReadOnlyList<UsageImportUnknownView> Unknown { get; init; }
    public required int UnmatchedCount { get; init; }

    /// <summary>Addresses nobody of the account has, at most 200.</summary>
    public required IReadOnlyList<string> Unmatched { get; init; }

    internal static UsageImportView Of(ImportOutcome outcome) =>
        new()
        {
            EmailColumn = outcome.EmailColumn,
            DateColumn = outcome.DateColumn,
            Locale = outcome.Locale,
            AmbiguousLocales = [.. outcome.Ambiguous.Select(language => language.Tag)],
            Rows = outcome.Rows,
            Updated = outcome.Updated,
            Unchanged = outcome.Unchanged,
            Unknown =
            [
                .. outcome.Unknown.Select(unknown => new UsageImportUnknownView(
                    unknown.Reason,
                    unknown.Lines.Count,
                    [.. unknown.Lines.Take(20)]
                )),
            ],
            UnmatchedCount = outcome.Unmatched.Count,
            Unmatched = [.. outcome.Unmatched.Take(ImportOutcome.MostNamed)],
        };
}
