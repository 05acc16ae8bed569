using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
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
    ProviderCatalogue catalogue,
    ProviderCalls calls,
    Backoff backoff
)
{
    public async Task RunAsync(Lease lease, Arrangement arrangement, Effect effect, CancellationToken deadline)
    {
        if (effect.Operation == "create")
        {
            await ReconcileCreateAsync(lease, arrangement, effect, deadline);
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
        var seen = await GetAsync(arrangement, deadline);
        await writes.UnderAsync(
            db,
            lease,
            session =>
                seen.Failure switch
                {
                    { Kind: FailureKind.NotFound } => outcomes.VanishedAsync(session, arrangement, effect),
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

    private async Task ReconcileCreateAsync(
        Lease lease,
        Arrangement arrangement,
        Effect effect,
        CancellationToken deadline
    )
    {
        var listed = await ListAsync(arrangement, deadline);
        await writes.UnderAsync(
            db,
            lease,
            async session =>
            {
                // The wish may have changed while the list was read; judge by the row as it is now.
                var current = (await Arrangements.LockAsync(session, arrangement.WorkspaceId, arrangement.Id))!;
                if (listed.Failure is { } failure)
                {
                    await StillUnknownAsync(session, current, effect, failure);
                    return;
                }

                var ours = MarkerMatches.Of(current, listed.Value);
                if (ours.Count == 0)
                {
                    await NotMadeAsync(session, current, effect);
                    return;
                }

                var keep = ours.Find(meeting => meeting.Id == current.ProviderMeetingId) ?? ours[0];
                await outcomes.AdoptAsync(session, current, effect, keep);
                var differences = catalogue.Find(current.Provider)!.Provider.Differences(current.ToSpec(), keep);
                if (current.IsPresent && effect.Version == current.Version && differences.Count > 0)
                {
                    // An earlier wish's create came late and was found in the place of this one's.
                    await followUps.PlanRepairAsync(
                        session,
                        current,
                        $"It was adopted with another {string.Join(", ", differences)}."
                    );
                }

                var sent = await MarkerMatches.SentAsync(session, current);
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
        var seen = await GetAsync(arrangement, deadline);
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
                            : outcomes.VanishedAsync(session, current, effect)
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
                if (effect.Operation == "update" && provider.Differences(current.ToSpec(), seen.Value).Count == 0)
                {
                    await outcomes.AgreedAsync(session, current, effect, "confirmed");
                }
                else
                {
                    await outcomes.ResendAsync(
                        session,
                        current,
                        effect,
                        effect.Operation == "delete"
                            ? "The meeting is still there."
                            : "The meeting does not show the change."
                    );
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

    private Task<ProviderResult<Meeting>> GetAsync(Arrangement arrangement, CancellationToken deadline) =>
        calls.CallAsync(
            arrangement.WorkspaceId,
            arrangement.ConnectionId,
            "meetings.get",
            (provider, access, token) => provider.GetAsync(access, arrangement.ProviderMeetingId!, token),
            deadline
        );

    private Task<ProviderResult<IReadOnlyList<Meeting>>> ListAsync(
        Arrangement arrangement,
        CancellationToken deadline
    ) =>
        calls.CallAsync(
            arrangement.WorkspaceId,
            arrangement.ConnectionId,
            "meetings.upcoming",
            (provider, access, token) => provider.ListUpcomingAsync(access, token),
            deadline
        );
}

/// <summary>Meetings of a listing that carry an arrangement's marker.</summary>
internal static class MarkerMatches
{
    /// <summary>Smallest id first, as a number where ids are numbers.</summary>
    public static List<Meeting> Of(Arrangement arrangement, IReadOnlyList<Meeting> listing) =>
        listing
            .Where(meeting => string.Equals(meeting.MarkerCandidate, arrangement.Marker, StringComparison.Ordinal))
            .OrderBy(meeting => meeting.Id.Length)
            .ThenBy(meeting => meeting.Id, StringComparer.Ordinal)
            .ToList();

    /// <summary>Everything ever sent for this arrangement: a marked meeting at one of these times is our own doing.</summary>
    public static async Task<List<SentMeeting>> SentAsync(DbSession session, Arrangement arrangement) =>
        (
            await session.QueryAsync<string>(
                "SELECT sent FROM effect WHERE workspace_id = @WorkspaceId AND arrangement_id = @Id AND kind = 'meeting' AND sent IS NOT NULL",
                new { arrangement.WorkspaceId, arrangement.Id }
            )
        )
            .Select(SentMeeting.Read)
            .OfType<SentMeeting>()
            .ToList();
}
