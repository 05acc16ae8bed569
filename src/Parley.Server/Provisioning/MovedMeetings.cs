using NodaTime;
using NodaTime.Text;
using Parley.Conferencing;
using Parley.Server.Observed;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>
/// A meeting of ours that stands at another time at the provider, without a call of ours having been lost: the organizer moved it there and
/// may have meant it. So it is neither put back nor followed – the people invited were told the time that stands here – and a person is asked.
/// </summary>
public sealed class MovedMeetings(IClock clock, MeetingFollowUps followUps)
{
    /// <summary><c>attention</c> of such a meeting, and the outcome of the look that found it.</summary>
    public const string Code = "moved_at_provider";

    private static readonly InstantPattern Stamp = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm 'UTC'");

    /// <summary>Judges what a GET of the meeting showed.</summary>
    /// <param name="arrangement">As locked.</param>
    /// <param name="differences">Fields in which the provider differs from it.</param>
    /// <returns>Outcome and words for the history; null: nothing to say.</returns>
    public async Task<(string Outcome, string Detail)?> JudgeAsync(
        DbSession session,
        Arrangement arrangement,
        Meeting held,
        IReadOnlyList<string> differences
    )
    {
        if (
            arrangement.Details.Type != MeetingType.Scheduled
            || arrangement.AppliedVersion < arrangement.Version
            || held is not { StartsAt: { } start, EndsAt: { } end }
        )
        {
            return null;
        }

        if (
            !differences.Contains("startsAt", StringComparer.Ordinal)
            && !differences.Contains("endsAt", StringComparer.Ordinal)
        )
        {
            return await BackAsync(session, arrangement) ? ("clean", "It is at its time again.") : null;
        }

        var (outcome, detail) = (
            Code,
            $"There it stands from {Stamp.Format(start)} to {Stamp.Format(end)}; left for a person."
        );
        if (arrangement.Attention == Code)
        {
            return (outcome, detail);
        }

        if (arrangement.Attention is not null || await MayBeOursAsync(session, arrangement))
        {
            return null;
        }

        await followUps.AttentionAsync(session, arrangement, Code);
        await LookSoonAsync(session, arrangement);
        return (outcome, detail);
    }

    /// <summary>Whether the meeting was found at another time after a call of ours: then what was sent last says nothing of how it stands.</summary>
    internal static async Task<bool> SinceAsync(DbSession session, Arrangement arrangement, Effect sent) =>
        await session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM effect WHERE workspace_id = @WorkspaceId AND arrangement_id = @Id AND kind = @Sweep AND outcome = @Code AND finished_at >= @finished",
            new
            {
                arrangement.WorkspaceId,
                arrangement.Id,
                EffectKind.Sweep,
                Code,
                finished = sent.FinishedAt,
            }
        ) > 0;

    /// <returns>Whether it had been told that the meeting stands at another time.</returns>
    private async Task<bool> BackAsync(DbSession session, Arrangement arrangement)
    {
        if (arrangement.Attention != Code)
        {
            return false;
        }

        await session.ExecuteAsync(
            "UPDATE arrangement SET attention = NULL WHERE workspace_id = @WorkspaceId AND id = @Id AND attention = @Code",
            new
            {
                arrangement.WorkspaceId,
                arrangement.Id,
                Code,
            }
        );
        await LookSoonAsync(session, arrangement);
        return true;
    }

    // A lost update of ours may still put an old time back: until its last look is over, that look repairs.
    private static async Task<bool> MayBeOursAsync(DbSession session, Arrangement arrangement) =>
        await session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM effect WHERE workspace_id = @WorkspaceId AND arrangement_id = @Id AND finished_at IS NULL AND (kind = @Meeting OR (kind = @Sweep AND operation = @AfterUnknown))",
            new
            {
                arrangement.WorkspaceId,
                arrangement.Id,
                EffectKind.Meeting,
                EffectKind.Sweep,
                SweepOperation.AfterUnknown,
            }
        ) > 0;

    // The time it takes on the calendars comes with the listing.
    private Task LookSoonAsync(DbSession session, Arrangement arrangement) =>
        ObservedMeetings.LookSoonAsync(
            session,
            arrangement.WorkspaceId,
            arrangement.ConnectionId,
            clock.GetCurrentInstant()
        );
}
