using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>
/// How one kind of effect is sent. The provisioner owns claims, leases, states and history; a handler only acts and says what
/// became of it. It is called after SENDING is durable, with no database connection held.
/// </summary>
public interface IEffectHandler
{
    /// <summary>One of <see cref="EffectKind"/>.</summary>
    string Kind { get; }

    Task<EffectOutcome> SendAsync(Effect effect, CancellationToken cancellationToken);

    /// <summary>Called for an UNKNOWN effect once it is due: find out what happened, or decide what may safely be done.</summary>
    Task<EffectOutcome> ReconcileAsync(Effect effect, CancellationToken cancellationToken);
}

/// <summary>What became of an attempt.</summary>
public sealed record EffectOutcome
{
    /// <summary>One of <see cref="EffectState"/>: Applied, Planned (again, at <see cref="NotBefore"/>), Rejected, Unknown, Superseded, Blocked, Expired.</summary>
    public required string State { get; init; }

    /// <summary>Stable, lower_snake_case.</summary>
    public string? Code { get; init; }

    /// <summary>For people; never secrets.</summary>
    public string? Detail { get; init; }

    /// <summary>With Planned and Unknown: when to act again.</summary>
    public Instant? NotBefore { get; init; }

    /// <summary>Further writes that must become durable together with the new state.</summary>
    public Func<DbSession, Task>? Also { get; init; }
}
