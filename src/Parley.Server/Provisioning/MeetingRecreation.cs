using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Provisioning;

/// <summary>What follows when the provider confirms that a meeting of ours is gone although nobody here removed it.</summary>
public sealed class MeetingRecreation(
    IClock clock,
    EffectWrites writes,
    Arrangements arrangements,
    MeetingFollowUps followUps
)
{
    /// <summary>The meeting was taken away at the provider once more after it had been made again.</summary>
    public const string VanishedAgain = "vanished_again";

    /// <summary>The provider has no such meeting any more: make it again, once; a second time a person must look.</summary>
    /// <param name="effect">The change that found it gone; null, or a repair, when nobody had asked for one.</param>
    public async Task VanishedAsync(DbSession session, Arrangement arrangement, Effect? effect)
    {
        var now = clock.GetCurrentInstant();
        await session.ExecuteAsync(
            "UPDATE arrangement SET provider_meeting_id = NULL, create_confirmed = 0, join_url = NULL, join_url_source = NULL, recreated = recreated + 1, updated_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                now,
                arrangement.WorkspaceId,
                arrangement.Id,
            }
        );
        if (arrangement.Recreated > 0)
        {
            await followUps.AttentionAsync(session, arrangement, VanishedAgain);
            if (effect is not null)
            {
                await writes.MoveAsync(
                    session,
                    effect,
                    EffectState.Rejected,
                    VanishedAgain,
                    VanishedAgain,
                    "The meeting was removed at the provider a second time: the organizer may have meant it."
                );
            }

            return;
        }

        if (effect is { Payload: null })
        {
            await writes.MoveAsync(
                session,
                effect,
                EffectState.Planned,
                "vanished",
                "vanished",
                "The provider has no such meeting any more; it is made again.",
                now
            );
            return;
        }

        if (effect is not null)
        {
            await writes.MoveAsync(session, effect, EffectState.Superseded, "vanished", "vanished");
        }

        // Its link changes although nobody changed anything: a version of its own, so that who was told hears of it once.
        var current = (await Arrangements.LockAsync(session, arrangement.WorkspaceId, arrangement.Id))!;
        await arrangements.ChangeAsync(session, current, notify: true);
    }
}
