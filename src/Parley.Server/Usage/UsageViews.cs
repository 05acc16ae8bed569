using NodaTime;

namespace Parley.Server.Usage;

/// <param name="Cron">Quartz form, seconds first: <c>0 30 3 * * ?</c>.</param>
/// <param name="TimeZone">IANA; also the zone whose days the report counts in.</param>
public sealed record UsageScheduleBody(string? Cron, string? TimeZone);

public sealed record UsagePlanBody
{
    /// <summary>Product code, type or description of the licences meant; <c>*</c> is every licence.</summary>
    public string? Match { get; init; }
    public string? Name { get; init; }
    public decimal? PricePerSeat { get; init; }

    /// <summary>ISO 4217.</summary>
    public string? Currency { get; init; }

    /// <summary><c>monthly</c> or <c>yearly</c>.</summary>
    public string? Billing { get; init; }

    /// <summary>A day, 2026-12-01; null: from the beginning.</summary>
    public string? EffectiveFrom { get; init; }
}

/// <summary>What is set for a connector.</summary>
public sealed record UsageConnectorBody
{
    public bool Active { get; init; }
    public UsageScheduleBody? Schedule { get; init; }
    public IReadOnlyList<UsagePlanBody>? Plans { get; init; }
    public int? ActiveWindowDays { get; init; }

    /// <summary>Addresses, and domains as <c>@example.org</c>.</summary>
    public IReadOnlyList<string>? Exclusions { get; init; }

    /// <summary>How the report writes dates; null: as the account's language.</summary>
    public string? Locale { get; init; }
}

public sealed record UsageScheduleView(string Cron, string TimeZone);

public sealed record UsagePlanView(
    string Match,
    string Name,
    decimal PricePerSeat,
    string Currency,
    string Billing,
    string? EffectiveFrom
);

public sealed record UsageConnectorView
{
    public required string ConnectionId { get; init; }
    public required bool Active { get; init; }
    public required UsageScheduleView Schedule { get; init; }
    public required IReadOnlyList<UsagePlanView> Plans { get; init; }
    public required int ActiveWindowDays { get; init; }
    public required IReadOnlyList<string> Exclusions { get; init; }
    public required string? Locale { get; init; }

    /// <summary>Null while it is not active.</summary>
    public required Instant? NextRunAt { get; init; }

    public static UsageConnectorView Of(UsageConnector connector) =>
        new()
        {
            ConnectionId = connector.ConnectionId,
            Active = connector.Active,
            Schedule = new UsageScheduleView(connector.Cron, connector.Zone.Id),
            Plans =
            [
                .. connector.Prices.Select(price => new UsagePlanView(
                    price.Match,
                    price.Name,
                    price.PricePerSeat,
                    price.Currency,
                    price.Billing == BillingPeriod.Yearly ? "yearly" : "monthly",
                    price.EffectiveFrom is { } day ? Days.Text(day) : null
                )),
            ],
            ActiveWindowDays = connector.WindowDays,
            Exclusions = connector.Exclusions,
            Locale = connector.Locale,
            NextRunAt = connector.NextDue,
        };
}

/// <param name="UserKey">Null: the run as a whole.</param>
public sealed record UsageProblemView(string? UserKey, string? Email, string Code, string Detail, string? Next);

public sealed record UsageRunView
{
    public required string Id { get; init; }

    /// <summary>queued, running, completed, failed or cancelled.</summary>
    public required string Status { get; init; }

    /// <summary>manual or schedule.</summary>
    public required string Reason { get; init; }
    public required Instant QueuedAt { get; init; }
    public required Instant? StartedAt { get; init; }
    public required Instant? FinishedAt { get; init; }
    public required int UsersDone { get; init; }

    /// <summary>Null until the directory was read.</summary>
    public required int? UsersTotal { get; init; }
    public required int Sessions { get; init; }

    /// <summary>Calls made to the provider.</summary>
    public required int Requests { get; init; }

    /// <summary>When it will be done if it goes on like this.</summary>
    public required Instant? EstimatedEndAt { get; init; }
    public required int ProblemCount { get; init; }

    /// <summary>The run's own failure first, then users that could not be read, at most 1000.</summary>
    public required IReadOnlyList<UsageProblemView> Problems { get; init; }

    public static UsageRunView Of(UsageRun run, IEnumerable<UsageRunProblem> problems, Instant now) =>
        new()
        {
            Id = run.Id,
            Status = run.State,
            Reason = run.Reason,
            QueuedAt = run.QueuedAt,
            StartedAt = run.StartedAt,
            FinishedAt = run.FinishedAt,
            UsersDone = run.UsersDone,
            UsersTotal = run.UsersTotal,
            Sessions = run.Sessions,
            Requests = run.Calls,
            EstimatedEndAt = run.EstimateAt(now),
            ProblemCount = run.ProblemCount,
            Problems =
            [
                .. run.FailureCode is { } code
                    ? [new UsageProblemView(null, null, code, run.FailureDetail ?? code, run.FailureNext)]
                    : Array.Empty<UsageProblemView>(),
                .. run.HostsProblem is { } hosts
                    ?
                    [
                        new UsageProblemView(
                            null,
                            null,
                            "hosts_report_unavailable",
                            hosts,
                            "Nothing to do: history answers instead."
                        ),
                    ]
                    : Array.Empty<UsageProblemView>(),
                .. problems.Select(problem => new UsageProblemView(
                    problem.UserKey,
                    problem.Email,
                    problem.Code,
                    problem.Detail,
                    "The next run asks again."
                )),
            ],
        };
}

public sealed record UsageLicenceView(
    string Name,
    int Seats,
    bool SeatsAreTold,
    int AssignedSeats,
    int ActiveUsers,
    int IdleSeats,
    string? Plan
);

public sealed record UsageItemView(
    string? Email,
    string? Name,
    string? Licence,
    string? LastMeetingOn,
    int MeetingsInWindow,
    int MinutesInWindow,
    string State,
    string? Source
);

public sealed record UsageReportView
{
    public required string ConnectionId { get; init; }
    public required Instant AsOf { get; init; }

    /// <summary>When the run it rests on looked; null: none has completed.</summary>
    public required Instant? ReadAt { get; init; }

    /// <summary>Purchased seats × price, by currency.</summary>
    public required IReadOnlyList<Money> MonthlyCost { get; init; }

    /// <summary>The part of it spent on seats nobody organized with in the window.</summary>
    public required IReadOnlyList<Money> IdleCost { get; init; }
    public required IReadOnlyList<Money> CostPerActiveUser { get; init; }
    public required int Seats { get; init; }
    public required int AssignedSeats { get; init; }
    public required int Users { get; init; }
    public required int ActiveUsers { get; init; }
    public required int InactiveUsers { get; init; }
    public required int NeverActiveUsers { get; init; }

    /// <summary>Users the run could not read: their state may be wrong.</summary>
    public required int UnreadUsers { get; init; }
    public required IReadOnlyList<UsageLicenceView> Licences { get; init; }

    /// <summary>By name.</summary>
    public required IReadOnlyList<UsageItemView> Items { get; init; }

    public static UsageReportView Of(UsageReport report) =>
        new()
        {
            ConnectionId = report.Connector.ConnectionId,
            AsOf = report.AsOf,
            ReadAt = report.Run?.ToAt,
            MonthlyCost = report.Costs.Monthly,
            IdleCost = report.Costs.Idle,
            CostPerActiveUser = report.CostPerActiveUser,
            Seats = report.Seats,
            AssignedSeats = report.AssignedSeats,
            Users = report.Users.Count,
            ActiveUsers = report.Active,
            InactiveUsers = report.Inactive,
            NeverActiveUsers = report.NeverActive,
            UnreadUsers = report.Unread,
            Licences =
            [
                .. report.Licences.Select(licence => new UsageLicenceView(
                    licence.Name,
                    licence.Seats,
                    licence.SeatsAreTold,
                    licence.Assigned,
                    licence.Active,
                    licence.Idle,
                    licence.Price?.Name
                )),
            ],
            Items =
            [
                .. report.Users.Select(user => new UsageItemView(
                    user.Email,
                    user.Name,
                    user.Licence,
                    user.LastMeetingOn is { } day ? Days.Text(day) : null,
                    user.MeetingsInWindow,
                    user.MinutesInWindow,
                    Word(user.State),
                    user.Source
                )),
            ],
        };

    /// <summary>active, inactive or neverActive.</summary>
    public static string Word(ActivityState state) =>
        state switch
        {
            ActivityState.Active => "active",
            ActivityState.Inactive => "inactive",
            _ => "neverActive",
        };
}
