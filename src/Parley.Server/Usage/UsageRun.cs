using NodaTime;

namespace Parley.Server.Usage;

/// <summary>States of a run.</summary>
public static class UsageRunState
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";
}

/// <summary>What a run is at; what it has done lies in the rows it wrote.</summary>
internal static class UsagePhase
{
    public const string Users = "users";
    public const string Licences = "licences";
    public const string Hosts = "hosts";
    public const string History = "history";
    public const string Done = "done";
}

/// <summary>One aggregation run: a row of table <c>usage_run</c>.</summary>
public sealed record UsageRun
{
    internal const string Columns =
        "workspace_id, id, connection_id, state, phase, reason, to_at, users_done, users_total, sessions, calls, problem_count, failure_code, failure_detail, failure_next, cancel_requested, hosts_from, hosts_to, hosts_source, hosts_problem, queued_at, started_at, finished_at";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string ConnectionId { get; init; }
    public required string State { get; init; }
    public required string Phase { get; init; }

    /// <summary><c>manual</c> or <c>schedule</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>Sessions that started before this belong to it.</summary>
    public required Instant ToAt { get; init; }
    public required int UsersDone { get; init; }

    /// <summary>Null until the directory was read.</summary>
    public int? UsersTotal { get; init; }
    public required int Sessions { get; init; }
    public required int Calls { get; init; }
    public required int ProblemCount { get; init; }
    public string? FailureCode { get; init; }
    public string? FailureDetail { get; init; }
    public string? FailureNext { get; init; }
    public bool CancelRequested { get; init; }
    public Instant? HostsFrom { get; init; }
    public Instant? HostsTo { get; init; }
    public string? HostsSource { get; init; }
    public string? HostsProblem { get; init; }
    public required Instant QueuedAt { get; init; }
    public Instant? StartedAt { get; init; }
    public Instant? FinishedAt { get; init; }

    public bool IsOpen => State is UsageRunState.Queued or UsageRunState.Running;

    /// <summary>When it will be done if it goes on like this; null while that cannot be told.</summary>
    public Instant? EstimateAt(Instant now) =>
        State == UsageRunState.Running && Phase == UsagePhase.History && StartedAt is { } started && UsersDone > 0
            ? now + ((now - started) / UsersDone * Math.Max(0, UsersTotal.GetValueOrDefault() - UsersDone))
            : null;
}

/// <summary>A user whose history a run could not read.</summary>
public sealed record UsageRunProblem
{
    public required string UserKey { get; init; }
    public string? Email { get; init; }
    public required string Code { get; init; }
    public required string Detail { get; init; }
}
