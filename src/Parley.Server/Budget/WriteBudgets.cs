using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Budget;

/// <summary>Whose day is counted: an account at a provider, whichever connections and workspaces of this installation use it.</summary>
/// <param name="Key">The organizer's key at the provider; of an account that did not tell it, something of the connection's own.</param>
public sealed record BudgetHost(string Provider, string Key);

/// <summary>What a create or update is sent for: it decides how far into the host's day it may reach.</summary>
public enum WritePurpose
{
    /// <summary>Wanted by the organizer, by hand or API, or needed to put right what exists: the whole day.</summary>
    Own,

    /// <summary>A stranger's booking that can wait: the public share.</summary>
    Public,

    /// <summary>A booking that starts before the day is over, or a customer's move of a meeting that exists: half of the reserve too.</summary>
    PublicUrgent,
}

/// <summary>Calls counted and not yet known to have been needless.</summary>
public sealed record TakenWrite(BudgetHost Host, Instant Day, bool IsPublic, int Calls = 1);

/// <summary>No room for this call before <paramref name="Until"/>.</summary>
/// <param name="Until">What people are told; null: only the last moments of the day must pass.</param>
/// <param name="At">When to come again.</param>
public sealed record WriteRefusal(Instant? Until, Instant At, string Why);

/// <summary>Exactly one of both, or neither where the provider counts nothing.</summary>
public readonly record struct WriteAnswer(TakenWrite? Taken, WriteRefusal? Refusal);

/// <summary>
/// Counts creates and updates per host and UTC day in the database, before the wire, for providers whose descriptor limits them
/// (<see cref="ProviderDescriptor.DailyWrites"/>). One statement per call, so that several processes never exceed the allowance together; what
/// nobody knows the outcome of stays counted. Deletes are never counted.
/// </summary>
public sealed class WriteBudgets(IClock clock, ProviderCatalogue catalogue, ParleyOptions options)
{
    /// <summary>After midnight by our clock the provider's may still be before it.</summary>
    private static readonly Duration Grace = Duration.FromSeconds(5);

    /// <summary>A provider that says "used up" this soon after midnight probably means the day before, by its own clock.</summary>
    private static readonly Duration Dawn = Duration.FromMinutes(10);

    /// <summary>A call begun this late could be counted by the provider in the next day: it waits for it.</summary>
    private Duration Dusk => (options.Provisioning.HttpTimeout * 2) + Duration.FromSeconds(10);

    public bool Counts(string provider) => AllowanceOf(provider) is not null;

    /// <summary>Calls that count which an operation may take.</summary>
    public int MostCalls(string provider, string operation, bool passcodeRequired) =>
        operation == "create" && passcodeRequired
            ? 1 + (catalogue.Find(provider)?.Provider.Descriptor.DailyWrites?.FurtherForPasscode ?? 0)
            : 1;

    /// <summary>The next 00:00 UTC.</summary>
    public Instant ResetsAt => DayOf(clock.GetCurrentInstant()) + Duration.FromDays(1);

    public static async Task<BudgetHost> HostOfAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        string provider
    )
    {
        var key = await session.FirstOrDefaultAsync<string>(
            "SELECT COALESCE(m.organizer_key, c.organizer_key) FROM connection c LEFT JOIN connection m ON m.workspace_id = c.workspace_id AND m.id = c.merged_into WHERE c.workspace_id = @workspaceId AND c.id = @connectionId",
            new { workspaceId, connectionId }
        );
        return HostOf(provider, key, connectionId);
    }

    public static BudgetHost HostOf(string provider, string? organizerKey, string connectionId) =>
        new(provider, organizerKey ?? $"connection/{connectionId}");

    /// <summary>Counts a call inside the transaction that makes its sending durable, or says when there is room again.</summary>
    /// <param name="calls">As many as it may take on the wire: there is room for all of them, or it waits.</param>
    public async Task<WriteAnswer> TakeAsync(DbSession session, BudgetHost host, WritePurpose purpose, int calls = 1)
    {
        if (AllowanceOf(host.Provider) is not { } allowance)
        {
            return default;
        }

        var now = clock.GetCurrentInstant();
        var day = DayOf(now);
        var reset = ResetsAt;
        if (reset - now < Dusk)
        {
            return Refused(null, reset + Grace, "The day the provider counts by is about to end.");
        }

        var isPublic = purpose != WritePurpose.Own;
        var taken = await session.ScalarAsync<long?>(
            """
            INSERT INTO write_budget (workspace_id, provider, host, day, used, public_used)
            SELECT @All, @Provider, @Key, @day, @calls, @calls * @isPublic WHERE @calls <= @limit AND (@isPublic = 0 OR @calls <= @ceiling)
            ON CONFLICT (workspace_id, provider, host, day) DO UPDATE
            SET used = write_budget.used + @calls, public_used = write_budget.public_used + @calls * @isPublic
            WHERE write_budget.used + @calls <= @limit AND (@isPublic = 0 OR write_budget.public_used + @calls <= @ceiling)
              AND (write_budget.closed_until IS NULL OR write_budget.closed_until <= @now)
            RETURNING used
            """,
            new
            {
                All = RateBuckets.AllWorkspaces,
                host.Provider,
                host.Key,
                day,
                calls,
                isPublic,
                limit = allowance.Limit,
                ceiling = purpose == WritePurpose.Public ? allowance.Share : allowance.UrgentShare,
                now,
            }
        );
        if (taken is not null)
        {
            return new WriteAnswer(new TakenWrite(host, day, isPublic, calls), null);
        }

        var spent = await RowAsync(session, host, day);
        if (spent?.ClosedUntil is { } closed && closed > now)
        {
            return Refused(closed, closed + Grace, $"{allowance.Name} says that the host's day is used up.");
        }

        var taking = FormattableString.Invariant(
            $"{allowance.Limit} creates and updates {allowance.Name} takes for this host in one UTC day"
        );
        var hasRoom = spent is null || spent.Used < allowance.Limit;
        return Refused(
            reset,
            reset + Grace,
            !hasRoom ? $"The {taking} are used up."
                : isPublic
                    ? FormattableString.Invariant(
                        $"Of the {taking}, bookings by others may use {allowance.Share}; these are used up, the rest is kept for the organizer."
                    )
                : FormattableString.Invariant(
                    $"Of the {taking}, {allowance.Limit - (spent?.Used ?? 0)} is left, and this meeting may take {calls}: one to make it, one for its passcode."
                )
        );
    }

    /// <summary>The call was certainly not sent, or not as a create or update of this host.</summary>
    public static Task GiveBackAsync(DbSession session, TakenWrite taken) => CorrectAsync(session, taken, -taken.Calls);

    /// <summary>What left is known now: more than was counted is counted, whatever the limit says, and less is given back.</summary>
    public static Task CountAsync(DbSession session, TakenWrite taken, int calls) =>
        calls == taken.Calls ? Task.CompletedTask : CorrectAsync(session, taken, calls - taken.Calls);

    private static Task CorrectAsync(DbSession session, TakenWrite taken, int by) =>
        session.ExecuteAsync(
            """
            UPDATE write_budget SET used = used + @by, public_used = public_used + @by * @IsPublic
            WHERE workspace_id = @All AND provider = @Provider AND host = @Key AND day = @Day AND used + @by >= 0 AND public_used + @by * @IsPublic >= 0
            """,
            new
            {
                All = RateBuckets.AllWorkspaces,
                taken.Host.Provider,
                taken.Host.Key,
                taken.Day,
                taken.IsPublic,
                by,
            }
        );

    /// <summary>The provider itself says that the host's day is used up, by calls of ours or of others.</summary>
    /// <returns>Until when nothing that counts need be tried.</returns>
    public async Task<Instant> CloseAsync(DbSession session, BudgetHost host, Duration? retryAfter)
    {
        var now = clock.GetCurrentInstant();
        var day = DayOf(now);
        var wait = retryAfter is { } told && told > Duration.Zero ? told : ResetsAt - now;
        var until = now + Duration.Min(wait, now - day < Dawn ? Dawn : Duration.FromDays(1));
        if (Counts(host.Provider))
        {
            await session.ExecuteAsync(
                """
                INSERT INTO write_budget (workspace_id, provider, host, day, used, public_used, closed_until) VALUES (@All, @Provider, @Key, @day, 0, 0, @until)
                ON CONFLICT (workspace_id, provider, host, day) DO UPDATE SET closed_until = excluded.closed_until
                """,
                new
                {
                    All = RateBuckets.AllWorkspaces,
                    host.Provider,
                    host.Key,
                    day,
                    until,
                }
            );
        }

        return until;
    }

    /// <summary>Where the host's day stands; null where the provider counts nothing.</summary>
    public async Task<BudgetView?> ReadAsync(DbSession session, BudgetHost host)
    {
        if (AllowanceOf(host.Provider) is not { } allowance)
        {
            return null;
        }

        var now = clock.GetCurrentInstant();
        var spent = await RowAsync(session, host, DayOf(now));
        var closed = spent?.ClosedUntil is { } until && until > now;
        return new BudgetView(
            allowance.Limit,
            closed ? allowance.Limit : (int)(spent?.Used ?? 0),
            allowance.Limit - allowance.Share,
            ResetsAt
        );
    }

    private static Task<SpentRow?> RowAsync(DbSession session, BudgetHost host, Instant day) =>
        session.FirstOrDefaultAsync<SpentRow>(
            "SELECT used, closed_until FROM write_budget WHERE workspace_id = @All AND provider = @Provider AND host = @Key AND day = @day",
            new
            {
                All = RateBuckets.AllWorkspaces,
                host.Provider,
                host.Key,
                day,
            }
        );

    private static WriteAnswer Refused(Instant? until, Instant at, string why) =>
        new(null, new WriteRefusal(until, at, why));

    private static Instant DayOf(Instant now) => now.InUtc().Date.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant();

    private Allowance? AllowanceOf(string provider)
    {
        if (catalogue.Find(provider)?.Provider.Descriptor is not { DailyWrites: { } writes } descriptor)
        {
            return null;
        }

        var share = Math.Max(1, writes.Calls * options.Provisioning.PublicShare / 100);
        return new Allowance(descriptor.Name, writes.Calls, share, share + ((writes.Calls - share) / 2));
    }

    /// <param name="Share">What strangers' bookings may use.</param>
    /// <param name="UrgentShare">What they may use where waiting would spoil the meeting.</param>
    private sealed record Allowance(string Name, int Limit, int Share, int UrgentShare);

    private sealed record SpentRow
    {
        public required long Used { get; init; }
        public Instant? ClosedUntil { get; init; }
    }
}
