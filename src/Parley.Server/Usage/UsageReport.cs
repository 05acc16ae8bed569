using NodaTime;

namespace Parley.Server.Usage;

/// <summary>Whether somebody organized meetings.</summary>
public enum ActivityState
{
    /// <summary>At least one in the window.</summary>
    Active,

    /// <summary>Some, but none in the window.</summary>
    Inactive,

    /// <summary>None that is known.</summary>
    NeverActive,
}

/// <summary>One person of the account on the day of the report.</summary>
public sealed record UserActivity
{
    public required string Key { get; init; }
    public string? Email { get; init; }
    public string? Name { get; init; }

    /// <summary>Names of the licences held, by comma; null: none.</summary>
    public string? Licence { get; init; }
    public required IReadOnlyList<string> LicenceKeys { get; init; }

    /// <summary>In the connector's zone; null: none is known.</summary>
    public LocalDate? LastMeetingOn { get; init; }
    public required int MeetingsInWindow { get; init; }
    public required int MinutesInWindow { get; init; }
    public required ActivityState State { get; init; }

    /// <summary>What the state rests on: <c>history</c>, the provider's report of hosts, an imported report; <see cref="UsageReports.NotRead"/>; null where nothing is known.</summary>
    public string? Source { get; init; }
}

/// <summary>One licence of the account, with who uses it.</summary>
/// <param name="Seats">As bought; where the provider does not tell, as assigned.</param>
/// <param name="Active">Of the holders, those who organized in the window, also such as are left out of the people.</param>
/// <param name="Price">In force on the day; null: no price matches.</param>
public sealed record LicenceUse(
    string Key,
    string Name,
    int Seats,
    bool SeatsAreTold,
    int Assigned,
    int Active,
    SeatPrice? Price
)
{
    public int Idle => Math.Max(0, Seats - Active);
}

/// <summary>Costs and use of an account on one day, computed from what runs have stored.</summary>
public sealed record UsageReport
{
    public required UsageConnector Connector { get; init; }
    public required Instant AsOf { get; init; }

    /// <summary>The run the people and licences are from; null: none has completed.</summary>
    public required UsageRun? Run { get; init; }
    public required IReadOnlyList<LicenceUse> Licences { get; init; }
    public required SeatCosts Costs { get; init; }

    /// <summary>By name, then address.</summary>
    public required IReadOnlyList<UserActivity> Users { get; init; }

    /// <summary>Whose history the run could not read: their state may be wrong.</summary>
    public required int Unread { get; init; }

    public int Seats => Licences.Sum(licence => licence.Seats);
    public int AssignedSeats => Licences.Sum(licence => licence.Assigned);
    public int Active => Users.Count(user => user.State == ActivityState.Active);
    public int Inactive => Users.Count(user => user.State == ActivityState.Inactive);
    public int NeverActive => Users.Count(user => user.State == ActivityState.NeverActive);

    /// <summary>Empty when nobody was active: nothing can be divided by them.</summary>
    public IReadOnlyList<Money> CostPerActiveUser =>
        Active == 0
            ? []
            : [.. Costs.Monthly.Select(cost => cost with { Amount = SeatPrices.Round(cost.Amount / Active) })];
}
