using NodaTime;
using Parley.Conferencing;
using Parley.Server.Observed;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>
/// Looks again, minutes to a day after a call of unknown outcome, for what it may have done late: a second meeting made by a delayed
/// request, an old time put back by a delayed update, a meeting that came after its cancellation. Start, end and subject are compared,
/// not only presence.
/// </summary>
public sealed class LateSweep(
    Db db,
    IClock clock,
    EffectWrites writes,
    MeetingOutcomes outcomes,
    MeetingFollowUps followUps,
    MeetingRecreation recreation,
    MovedMeetings moved,
    MeetingEntry entry,
    ProviderCatalogue catalogue,
    Sightings sightings,
    Backoff backoff
)
{
    /// <param name="ready">When it was due: a listing must have begun later.</param>
    public async Task RunAsync(
        Lease lease,
        Arrangement arrangement,
        Effect effect,
        Instant ready,
        CancellationToken deadline
    )
    {
        var marked = await sightings.MarkedAsync(arrangement, ready, deadline);
        var held =
            arrangement is { IsPresent: true, ProviderMeetingId: not null } && !IsOver(arrangement)
                ? await sightings.HeldAsync(arrangement, deadline)
                : null;
        await writes.UnderAsync(
            db,
            lease,
            async session =>
            {
                var failure =
                    marked.Failure ?? (held?.Failure is { Kind: not FailureKind.NotFound } unread ? unread : null);
                if (failure is not null)
                {
                    await AgainAsync(session, effect, failure);
                    return;
                }

                var current = (await Arrangements.LockAsync(session, arrangement.WorkspaceId, arrangement.Id))!;
                if (
                    current.Version != arrangement.Version
                    || current.ProviderMeetingId != arrangement.ProviderMeetingId
                )
                {
                    // It changed while we looked: what we saw says nothing about it any more.
                    await writes.MoveAsync(
                        session,
                        effect,
                        EffectState.Planned,
                        "changed_meanwhile",
                        notBefore: clock.GetCurrentInstant() + Duration.FromSeconds(5)
                    );
                    return;
                }

                var found = await ActAsync(session, current, effect, marked.Value, held);
                var (outcome, detail) = found.Count == 0 ? ("clean", "") : ("repaired", string.Join(" ", found));
                if (found.Count == 0 && held is { Succeeded: true })
                {
                    if (
                        effect.Operation == SweepOperation.Radar
                        && await moved.JudgeAsync(session, current, held.Value, DifferencesOf(current, held.Value))
                            is { } judged
                    )
                    {
                        (outcome, detail) = judged;
                    }

                    if (await entry.HeardAsync(session, current, held.Value))
                    {
                        outcome = outcome == "clean" ? "repaired" : outcome;
                        detail = $"{detail} Its link or passcode was changed there; the door follows.".Trim();
                    }
                }

                await writes.MoveAsync(session, effect, EffectState.Applied, outcome, null, detail);
            }
        );
    }

    private async Task<List<string>> ActAsync(
        DbSession session,
        Arrangement arrangement,
        Effect effect,
        List<Meeting> ours,
        ProviderResult<Meeting>? held
    )
    {
        var done = new List<string>();
        var sent = await Sightings.SentAsync(session, arrangement);
        if (arrangement is { IsPresent: true, ProviderMeetingId: null } && ours.Count > 0 && !IsOver(arrangement))
        {
            await outcomes.AdoptAsync(session, arrangement, null, ours[0]);
            await followUps.PlanRepairAsync(session, arrangement, "A late meeting was adopted.");
            done.Add($"Adopted {ours[0].Id}.");
            ours.RemoveAt(0);
        }

        foreach (
            var ghost in ours.Where(meeting => !arrangement.IsPresent || meeting.Id != arrangement.ProviderMeetingId)
        )
        {
            // The very meeting we held the id of, or one at a time we sent: our own doing.
            if (ghost.Id == arrangement.ProviderMeetingId || sent.Exists(one => one.Covers(ghost)))
            {
                await followUps.GhostAsync(session, arrangement, ghost.Id);
                done.Add($"Removing ghost {ghost.Id}.");
            }
            else
            {
                await followUps.AttentionAsync(session, arrangement, "stray_meeting");
                done.Add($"Meeting {ghost.Id} carries our marker at another time; left for a person.");
            }
        }

        if (held is { Failure.Kind: FailureKind.NotFound })
        {
            await recreation.VanishedAsync(session, arrangement, null);
            done.Add("The meeting was gone.");
        }
        // The radar leaves times alone: without a lost call in between, the organizer moved it and may have meant it.
        else if (held is { Succeeded: true } && effect.Operation != SweepOperation.Radar)
        {
            var differences = DifferencesOf(arrangement, held.Value);
            if (differences.Count > 0)
            {
                await followUps.PlanRepairAsync(
                    session,
                    arrangement,
                    $"A late change was found: {string.Join(", ", differences)}."
                );
                done.Add($"Repairing {string.Join(", ", differences)}.");
            }
        }

        return done;
    }

    private IReadOnlyList<string> DifferencesOf(Arrangement arrangement, Meeting held) =>
        catalogue.Find(arrangement.Provider)!.Provider.Differences(arrangement.ToSpec(), held);

    private bool IsOver(Arrangement arrangement) => arrangement.EndsAt <= clock.GetCurrentInstant();

    private async Task AgainAsync(DbSession session, Effect effect, ProviderFailure failure)
    {
        var dead = failure.Kind is FailureKind.GrantDead or FailureKind.Unapproved or FailureKind.MissingScope;
        await writes.MoveAsync(
            session,
            effect,
            dead ? EffectState.Blocked : EffectState.Planned,
            "not_seen",
            failure.Code,
            failure.Message,
            clock.GetCurrentInstant()
                + (
                    dead
                        ? Duration.FromHours(6)
                        : failure.RetryAfter
                            ?? backoff.After(effect.Attempt, Duration.FromSeconds(10), Duration.FromMinutes(10))
                )
        );
    }
}
