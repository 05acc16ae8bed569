using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Observed;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>
/// Finds out what a call of unknown outcome did. A create is looked for by its marker in the organizer's list; an update or a delete is
/// compared with what the provider shows. Only what was certainly not applied is sent again.
/// </summary>
public sealed class MeetingReconciliation(
    Db db,
    IClock clock,
    ParleyOptions options,
    EffectWrites writes,
    MeetingOutcomes outcomes,
    MeetingFollowUps followUps,
    MeetingRecreation recreation,
    MeetingEntry entry,
    ProviderCatalogue catalogue,
    Sightings sightings,
    Backoff backoff
)
{
    /// <param name="ready">From when on what the provider shows can be trusted; see <see cref="ReadyAt"/>.</param>
    public async Task RunAsync(
        Lease lease,
        Arrangement arrangement,
        Effect effect,
        Instant ready,
        CancellationToken deadline
    )
    {
        if (effect.Operation == "create")
        {
            await ReconcileCreateAsync(lease, arrangement, effect, ready, deadline);
        }
        else
        {
            await ReconcileChangeAsync(lease, arrangement, effect, deadline);
        }
    }

    /// <summary>An update was told "no such meeting". Only a GET confirms an absence.</summary>
    public async Task ConfirmAbsenceAsync(
        Lease lease,
        Arrangement arrangement,
        Effect effect,
        CancellationToken deadline
    )
    {
        var seen = await sightings.HeldAsync(arrangement, deadline);
        await writes.UnderAsync(
            db,
            lease,
            session =>
                seen.Failure switch
                {
                    { Kind: FailureKind.NotFound } => recreation.VanishedAsync(session, arrangement, effect),
                    // It is there after all, or cannot be read: the update's own outcome is not known.
                    _ => outcomes.UnknownAsync(
                        session,
                        arrangement,
                        effect,
                        "contradiction",
                        "The provider denied the meeting when it was to be changed, but does not confirm that it is gone."
                    ),
                }
        );
    }

    /// <summary>
    /// The earliest moment at which a listing may begin that decides about this effect: settled since the send, and not before it was
    /// known that the reply is lost.
    /// </summary>
    /// <param name="effect">The row as it was found, UNKNOWN or RECONCILING: its <see cref="Effect.UpdatedAt"/> is no earlier than the verdict.</param>
    public Instant ReadyAt(Effect effect) =>
        effect.SentAt is { } sentAt
            ? Instant.Max(sentAt + options.Provisioning.SettleTime, effect.UpdatedAt)
            : effect.UpdatedAt;

    private async Task ReconcileCreateAsync(
        Lease lease,
        Arrangement arrangement,
        Effect effect,
        Instant ready,
        CancellationToken deadline
    )
    {
        var marked = await sightings.MarkedAsync(arrangement, ready, deadline);
        await writes.UnderAsync(
            db,
            lease,
            async session =>
            {
                // The wish may have changed while the list was read; judge by the row as it is now.
                var current = (await Arrangements.LockAsync(session, arrangement.WorkspaceId, arrangement.Id))!;
                if (marked.Failure is { } failure)
                {
                    await StillUnknownAsync(session, current, effect, failure);
                    return;
                }

                var ours = marked.Value;
                if (ours.Count == 0)
                {
                    await NotMadeAsync(session, current, effect);
                    return;
                }

                var keep = ours.Find(meeting => meeting.Id == current.ProviderMeetingId) ?? ours[0];
                await outcomes.AdoptAsync(session, current, effect, keep);
                var provider = catalogue.Find(current.Provider)!.Provider;
                var sent = await Sightings.SentAsync(session, current);
                if (current.IsPresent && effect.Version == current.Version)
                {
                    // An earlier wish's create may have come late and be found in the place of this one's.
                    var differences = provider.Differences(current.ToSpec(), keep);
                    if (differences.Count > 0)
                    {
                        await followUps.PlanRepairAsync(
                            session,
                            current,
                            $"It was adopted with another {string.Join(", ", differences)}."
                        );
                    }
                    else if (sent.Exists(one => one.MayStillBe(provider, current, keep)))
                    {
                        await followUps.PlanRepairAsync(
                            session,
                            current,
                            "It was adopted, and may be what an earlier call made: the provider does not show all of it."
                        );
                    }
                }

                foreach (var other in ours.Where(meeting => meeting.Id != keep.Id))
                {
                    if (sent.Exists(one => one.Covers(other)))
                    {
                        await followUps.GhostAsync(session, current, other.Id);
                    }
                    else
                    {
                        await followUps.AttentionAsync(session, current, "stray_meeting");
                    }
                }
            }
        );
    }

    private async Task NotMadeAsync(DbSession session, Arrangement arrangement, Effect effect)
    {
        if (arrangement.IsPresent)
        {
            await outcomes.ResendAsync(session, arrangement, effect, "No meeting carries the marker: it was not made.");
            return;
        }

        await writes.MoveAsync(
            session,
            effect,
            EffectState.Superseded,
            "not_applied",
            null,
            "Cancelled meanwhile, and no meeting carries the marker."
        );
    }

    private async Task ReconcileChangeAsync(
        Lease lease,
        Arrangement arrangement,
        Effect effect,
        CancellationToken deadline
    )
    {
        var seen = await sightings.HeldAsync(arrangement, deadline);
        await writes.UnderAsync(
            db,
            lease,
            async session =>
            {
                var current = (await Arrangements.LockAsync(session, arrangement.WorkspaceId, arrangement.Id))!;
                if (seen.Failure is { Kind: FailureKind.NotFound })
                {
                    await (
                        effect.Operation == "delete"
                            ? outcomes.AgreedAsync(session, current, effect, "confirmed_gone")
                            : recreation.VanishedAsync(session, current, effect)
                    );
                    return;
                }

                if (seen.Failure is { } failure)
                {
                    await StillUnknownAsync(session, current, effect, failure);
                    return;
                }

                if (effect.Version < current.Version)
                {
                    // A newer wish waits behind this one and says everything: send that.
                    await writes.MoveAsync(
                        session,
                        effect,
                        EffectState.Superseded,
                        "superseded",
                        null,
                        $"Version {current.Version} is sent instead."
                    );
                    return;
                }

                var provider = catalogue.Find(current.Provider)!.Provider;
                if (effect.Operation == "delete")
                {
                    await outcomes.ResendAsync(session, current, effect, "The meeting is still there.");
                }
                else if (provider.Descriptor.UpdatesWhatDiffers)
                {
                    // It compares more than times and subject, passcode and settings too, and sends only what is left.
                    await outcomes.ResendAsync(session, current, effect, "The update looks what is left of it.");
                }
                else if (provider.Differences(current.ToSpec(), seen.Value).Count > 0)
                {
                    await outcomes.ResendAsync(session, current, effect, "The meeting does not show the change.");
                }
                else if (
                    (await Sightings.SentAsync(session, current)).Exists(one =>
                        one.MayStillBe(provider, current, seen.Value)
                    )
                )
                {
                    // The whole state travels each time, so sending it once more does no harm; taking it for done might.
                    await outcomes.ResendAsync(
                        session,
                        current,
                        effect,
                        "The provider does not show what was changed: the meeting may look the same without it."
                    );
                }
                else
                {
                    await entry.ChangedAsync(session, current, seen.Value);
                    await outcomes.AgreedAsync(session, current, effect, "confirmed");
                }
            }
        );
    }

    private async Task StillUnknownAsync(
        DbSession session,
        Arrangement arrangement,
        Effect effect,
        ProviderFailure failure
    )
    {
        if (arrangement.EndsAt + MeetingOutcomes.Aftermath <= clock.GetCurrentInstant())
        {
            await writes.MoveAsync(
                session,
                effect,
                EffectState.Expired,
                "expired",
                "expired",
                "The meeting was over before the provider could be asked what became of it."
            );
            await followUps.AttentionAsync(session, arrangement, "expired");
            return;
        }

        if (
            failure.Kind is FailureKind.GrantDead or FailureKind.Unapproved or FailureKind.MissingScope
            && await MeetingOutcomes.WasReconnectedAsync(session, arrangement, effect.UpdatedAt)
        )
        {
            // The cure came while we asked with the old tokens, and would not come again.
            failure = failure with
            {
                RetryAfter = backoff.After(1),
            };
        }

        var round = (int)Math.Min(10, (clock.GetCurrentInstant() - (effect.SentAt ?? effect.CreatedAt)).TotalMinutes);
        await writes.MoveAsync(
            session,
            effect,
            EffectState.Unknown,
            "still_unknown",
            failure.Code,
            $"The provider could not be asked: {failure.Message}",
            clock.GetCurrentInstant()
                + (
                    failure.RetryAfter
                    ?? backoff.After(
                        round,
                        Duration.Min(options.Provisioning.SettleTime, Duration.FromSeconds(15)),
                        Duration.FromMinutes(10)
                    )
                )
        );
    }
}
