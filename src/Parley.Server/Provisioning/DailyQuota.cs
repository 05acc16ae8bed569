using NodaTime;
using Parley.Conferencing;
using Parley.Server.Budget;
using Parley.Server.Connections;
using Parley.Server.Mail;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>
/// Keeps the ledger within a host's day at the provider: counts each create and update together with SENDING, holds what the day has no room
/// for until the next one, and tells the organizer. Deletes pass untouched.
/// </summary>
public sealed class DailyQuota(
    WriteBudgets budgets,
    EffectWrites writes,
    ConnectionMails mails,
    MeetingFollowUps followUps,
    IClock clock
)
{
    /// <summary><c>outcome_code</c> of an effect that waits for the next day, and the attention of a meeting for which that is too late.</summary>
    public const string Code = FailureCodes.DailyQuota;

    /// <summary>What the queue takes after midnight, at most: meetings that start within it cannot wait for it.</summary>
    private static readonly Duration Morning = Duration.FromMinutes(10);

    private static readonly Duration Short = Duration.FromHours(1);

    public bool Counts(Arrangement arrangement) => budgets.Counts(arrangement.Provider);

    /// <summary>Counts the call this effect is about to make.</summary>
    /// <returns>Not <c>MaySend</c>: it was held, which is written down. <c>Taken</c> is what to give back if it was not sent after all.</returns>
    public async Task<(bool MaySend, TakenWrite? Taken)> ClaimAsync(
        DbSession session,
        Arrangement arrangement,
        Effect effect,
        string operation
    )
    {
        if (operation == "delete" || !Counts(arrangement))
        {
            return (true, null);
        }

        var host = await HostOfAsync(session, arrangement);
        var answer = await budgets.TakeAsync(
            session,
            host,
            PurposeOf(arrangement, effect, operation),
            budgets.MostCalls(arrangement.Provider, operation, arrangement.Details.PasscodeRequired)
        );
        if (answer.Refusal is { } refusal)
        {
            if (refusal.Until is { } until)
            {
                await HoldAsync(session, arrangement, effect, until, refusal.At, refusal.Why);
            }
            else
            {
                await writes.PostponeAsync(session, effect, refusal.At);
            }

            return (false, null);
        }

        if (arrangement.QueuedUntil is not null)
        {
            await QueueAsync(session, arrangement, null);
        }

        return (true, answer.Taken);
    }

    /// <summary>Gives back what was counted for a call that was certainly no create or update of this host.</summary>
    /// <param name="reached">Whether the adapter was asked at all.</param>
    /// <param name="agreedAlready">It answered that nothing had to be sent.</param>
    public static Task SettleAsync(
        DbSession session,
        TakenWrite? taken,
        bool reached,
        ProviderFailure? failure = null,
        bool agreedAlready = false
    ) =>
        taken is not null
        && (
            !reached
            || agreedAlready
            || failure?.Kind
                is FailureKind.NeverSent
                    // Refused at the gate: for its pace, the token or the app, before it was anybody's create or update.
                    or FailureKind.Throttled
                    or FailureKind.TokenRefused
                    or FailureKind.GrantDead
                    or FailureKind.Unapproved
                    or FailureKind.MissingScope
        )
            ? WriteBudgets.GiveBackAsync(session, taken)
            : Task.CompletedTask;

    /// <summary>A create was made with so many calls.</summary>
    public static Task CountAsync(DbSession session, TakenWrite? taken, int calls) =>
        taken is null ? Task.CompletedTask : WriteBudgets.CountAsync(session, taken, calls);

    /// <summary>The provider answered that the host's day is used up.</summary>
    public async Task RefusedAsync(DbSession session, Arrangement arrangement, Effect effect, ProviderFailure failure)
    {
        var until = await budgets.CloseAsync(session, await HostOfAsync(session, arrangement), failure.RetryAfter);
        if (until < budgets.ResetsAt && until - clock.GetCurrentInstant() < Short)
        {
            // Around midnight, when their day and ours differ: soon over, and no news.
            await writes.MoveAsync(session, effect, EffectState.Planned, "throttled", Code, failure.Message, until);
            return;
        }

        await HoldAsync(session, arrangement, effect, until, until, failure.Message);
    }

    private async Task HoldAsync(
        DbSession session,
        Arrangement arrangement,
        Effect effect,
        Instant until,
        Instant at,
        string why
    )
    {
        await writes.MoveAsync(
            session,
            effect,
            EffectState.Planned,
            "throttled",
            Code,
            why,
            at + Turn(arrangement, until)
        );
        await QueueAsync(session, arrangement, until);
        if (arrangement.StartsAt < until + Morning)
        {
            await followUps.AttentionAsync(session, arrangement, Code);
        }

        // Who was told that it waits is not told every midnight that it still does.
        if (
            arrangement.QueuedUntil is null
            && await Connection.FindAsync(session, arrangement.WorkspaceId, arrangement.ConnectionId) is { } connection
        )
        {
            await mails.DailyQuotaAsync(session, connection, until);
        }
    }

    // Soonest meetings first when the day begins: a second later per day that a meeting is off, at most five minutes.
    private static Duration Turn(Arrangement arrangement, Instant until)
    {
        var seconds = (arrangement.StartsAt - until).TotalDays;
        return Duration.FromSeconds(Math.Clamp(seconds, 0, 300));
    }

    private WritePurpose PurposeOf(Arrangement arrangement, Effect effect, string operation) =>
        !effect.IsPublic ? WritePurpose.Own
        : operation == "update" || arrangement.Recreated > 0 || arrangement.StartsAt < budgets.ResetsAt + Morning
            ? WritePurpose.PublicUrgent
        : WritePurpose.Public;

    private Task QueueAsync(DbSession session, Arrangement arrangement, Instant? until) =>
        session.ExecuteAsync(
            "UPDATE arrangement SET queued_until = @until, updated_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                until,
                now = clock.GetCurrentInstant(),
                arrangement.WorkspaceId,
                arrangement.Id,
            }
        );

    private static Task<BudgetHost> HostOfAsync(DbSession session, Arrangement arrangement) =>
        WriteBudgets.HostOfAsync(session, arrangement.WorkspaceId, arrangement.ConnectionId, arrangement.Provider);
}
