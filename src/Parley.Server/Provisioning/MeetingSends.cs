using Parley.Conferencing;
using Parley.Server.Budget;
using Parley.Server.Connections;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>A call that is SENDING by the ledger and may now be made.</summary>
/// <param name="Taken">What it was counted as; null where nothing is counted.</param>
public sealed record MeetingCall(Arrangement Arrangement, Effect Effect, TakenWrite? Taken);

/// <summary>Makes one call for a meeting effect, under its lease, and hands the answer to <see cref="MeetingOutcomes"/>.</summary>
public sealed class MeetingSends(
    Db db,
    EffectWrites writes,
    ProviderCalls calls,
    MeetingOutcomes outcomes,
    DailyQuota quota,
    MeetingFollowUps followUps,
    MeetingEntry entry,
    MeetingReconciliation reconciliation
)
{
    public Task SendAsync(Lease lease, MeetingCall send, CancellationToken deadline) =>
        send.Effect.Operation switch
        {
            "create" => CreateAsync(lease, send, deadline),
            "update" => UpdateAsync(lease, send, deadline),
            _ => DeleteAsync(lease, send, deadline),
        };

    private async Task CreateAsync(Lease lease, MeetingCall send, CancellationToken deadline)
    {
        var (arrangement, effect, taken) = send;
        var created = await CallAsync(
            arrangement,
            "meetings.create",
            (provider, access, token) => provider.CreateAsync(access, arrangement.ToSpec(), token),
            deadline
        );
        var kept = await writes.UnderAsync(
            db,
            lease,
            async session =>
            {
                await (
                    created.Failure is null
                        ? DailyQuota.CountAsync(session, taken, created.Value.Writes)
                        : DailyQuota.SettleAsync(session, taken, created.Reached, created.Failure)
                );
                await (
                    created.Failure is { } failure
                        ? FailedAsync(session, arrangement, effect, failure)
                        : outcomes.CreatedAsync(session, arrangement, effect, created.Value)
                );
            }
        );
        if (!kept && created.Failure is null)
        {
            // Someone else took over while the reply was on its way. This meeting is theirs only if they adopted it.
            await db.WriteAsync(
                session => followUps.GhostAsync(session, arrangement, created.Value.Id),
                CancellationToken.None
            );
        }
    }

    private async Task UpdateAsync(Lease lease, MeetingCall send, CancellationToken deadline)
    {
        var (arrangement, effect, taken) = send;
        var meetingId = MeetingOf(send);
        var updated = await CallAsync(
            arrangement,
            "meetings.update",
            (provider, access, token) => provider.UpdateAsync(access, meetingId, arrangement.ToSpec(), token),
            deadline
        );
        if (updated.Failure is { Kind: FailureKind.NotFound })
        {
            await reconciliation.ConfirmAbsenceAsync(lease, arrangement, effect, deadline);
            return;
        }

        // Before the change is written down, for mails leave with it.
        var told = updated.Failure is null ? updated.Value.Now : null;
        var joining =
            updated.Failure is null
            && await db.ReadAsync(
                session => MeetingEntry.MayHaveChangedAsync(session, arrangement),
                CancellationToken.None
            );
        if (joining && told is null)
        {
            var seen = await CallAsync(
                arrangement,
                "meetings.get",
                (provider, access, token) => provider.GetAsync(access, meetingId, token),
                deadline
            );
            told = seen.Failure is null ? seen.Value : null;
        }

        await writes.UnderAsync(
            db,
            lease,
            async session =>
            {
                if (joining)
                {
                    await entry.ChangedAsync(session, arrangement, told);
                }
                else if (told is not null)
                {
                    await entry.KeepAsync(session, arrangement, told);
                }

                var failure = updated.Failure;
                var agreedAlready = failure is null && !updated.Value.Sent;
                await DailyQuota.SettleAsync(session, taken, updated.Reached, failure, agreedAlready);
                await (
                    failure is not null
                        ? FailedAsync(session, arrangement, effect, failure)
                        : outcomes.UpdatedAsync(session, arrangement, effect, updated.Value)
                );
            }
        );
    }

    private async Task DeleteAsync(Lease lease, MeetingCall send, CancellationToken deadline)
    {
        var (arrangement, effect, _) = send;
        var meetingId = MeetingOf(send);
        var deleted = await CallAsync(
            arrangement,
            "meetings.delete",
            (provider, access, token) => provider.DeleteAsync(access, meetingId, token),
            deadline
        );
        await writes.UnderAsync(
            db,
            lease,
            session =>
                deleted.Failure switch
                {
                    null => outcomes.AgreedAsync(session, arrangement, effect),
                    { Kind: FailureKind.NotFound } => outcomes.AgreedAsync(session, arrangement, effect, "was_gone"),
                    { } failure => outcomes.FailedAsync(session, arrangement, effect, failure),
                }
        );
    }

    private static string MeetingOf(MeetingCall send) =>
        send.Arrangement.ProviderMeetingId
        ?? throw new InvalidOperationException(
            $"Arrangement {send.Arrangement.Id} has no meeting to {send.Effect.Operation}."
        );

    // Of a create or an update: both kinds of "too many" part here.
    private Task FailedAsync(DbSession session, Arrangement arrangement, Effect effect, ProviderFailure failure) =>
        failure.DailyQuota
            ? quota.RefusedAsync(session, arrangement, effect, failure)
            : outcomes.FailedAsync(session, arrangement, effect, failure);

    private async Task<CallReply<T>> CallAsync<T>(
        Arrangement arrangement,
        string operation,
        Func<IConferencingProvider, ProviderAccess, CancellationToken, Task<ProviderResult<T>>> call,
        CancellationToken deadline
    )
    {
        var reached = false;
        try
        {
            var result = await calls.CallAsync(
                arrangement.WorkspaceId,
                arrangement.ConnectionId,
                operation,
                (provider, access, token) =>
                {
                    reached = true;
                    return call(provider, access, token);
                },
                deadline
            );
            return new CallReply<T>(result, reached);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return new CallReply<T>(
                new ProviderFailure
                {
                    Kind = FailureKind.Unknown,
                    Code = "deadline",
                    Message = "The call took longer than this process may hold the meeting.",
                },
                reached
            );
        }
    }

    /// <param name="Reached">The adapter was asked; else nothing was sent.</param>
    private readonly record struct CallReply<T>(ProviderResult<T> Result, bool Reached)
    {
        public ProviderFailure? Failure => Result.Failure;
        public T Value => Result.Value;
    }
}
