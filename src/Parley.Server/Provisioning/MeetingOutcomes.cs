using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Provisioning;

/// <summary>Writes down what became of a meeting effect: the one place where an outcome turns into states, link, mails and follow-ups.</summary>
public sealed class MeetingOutcomes(
    IClock clock,
    ParleyOptions options,
    EffectWrites writes,
    Backoff backoff,
    ProviderCatalogue catalogue,
    MeetingFollowUps followUps,
    EffectSignal signal,
    WebhookEvents webhooks
)
{
    /// <summary>Effects that need no call: nothing to remove, nothing to change, too late to make.</summary>
    /// <returns>True when the effect is done with.</returns>
    public async Task<bool> SettleWithoutCallAsync(DbSession session, Arrangement arrangement, Effect effect)
    {
        var now = clock.GetCurrentInstant();
        if (!arrangement.IsPresent)
        {
            if (arrangement.ProviderMeetingId is null)
            {
                await AgreedAsync(session, arrangement, effect, "nothing_to_remove");
                return true;
            }

            if (effect.State != EffectState.Blocked || arrangement.EndsAt + Aftermath > now)
            {
                return false;
            }

            await writes.MoveAsync(
                session,
                effect,
                EffectState.Expired,
                "expired",
                "expired",
                "The meeting was over before it could be removed."
            );
            return true;
        }

        if (arrangement.EndsAt <= now && arrangement.Details.Type == MeetingType.Scheduled)
        {
            await writes.MoveAsync(
                session,
                effect,
                EffectState.Expired,
                "expired",
                "expired",
                "The meeting's end passed before the provider could be reached."
            );
            await followUps.AttentionAsync(session, arrangement, "expired");
            return true;
        }

        if (
            arrangement.ProviderMeetingId is not null
            && effect.Payload is null
            && await SentMeeting.CertainAsync(session, arrangement) is { } last
            && last.Digest == SentMeeting.Of(arrangement).Digest
        )
        {
            await AgreedAsync(session, arrangement, effect, "no_change");
            return true;
        }

        return false;
    }

    public async Task CreatedAsync(DbSession session, Arrangement arrangement, Effect effect, CreatedMeeting created)
    {
        var provider = catalogue.Find(arrangement.Provider)!.Provider;
        var trusted = created.JoinUrl is { } url && provider.IsTrustedLink(url);
        await session.ExecuteAsync(
            """
            UPDATE arrangement SET provider_meeting_id = @Id, create_confirmed = 1, join_url = @JoinUrl, join_url_source = @Source,
                dial_in = @DialIn, access_code = @AccessCode, passcode = @Passcode, warnings = @Warnings, updated_at = @now
            WHERE workspace_id = @WorkspaceId AND id = @ArrangementId
            """,
            new
            {
                created.Id,
                JoinUrl = trusted ? created.JoinUrl : null,
                Source = trusted ? "created" : null,
                DialIn = JsonSerializer.Serialize(created.DialIn, Json.Stored),
                created.AccessCode,
                created.Passcode,
                Warnings = Told(created.Warnings),
                now = clock.GetCurrentInstant(),
                arrangement.WorkspaceId,
                ArrangementId = arrangement.Id,
            }
        );
        if (trusted)
        {
            await ConnectionJoinLink.RememberAsync(
                session,
                arrangement.WorkspaceId,
                arrangement.ConnectionId,
                created.JoinUrl!
            );
        }
        else if (created.JoinUrl is not null)
        {
            await followUps.AttentionAsync(session, arrangement, "untrusted_join_link");
        }

        await AgreedAsync(session, arrangement, effect, "created");
    }

    /// <summary>A meeting that a lost call had made after all becomes the arrangement's own.</summary>
    public async Task AdoptAsync(DbSession session, Arrangement arrangement, Effect? effect, Meeting found)
    {
        var provider = catalogue.Find(arrangement.Provider)!.Provider;
        var told = found.JoinUrl is { } url && provider.IsTrustedLink(url) ? found.JoinUrl : null;
        var derived = told is null
            ? provider.DeriveJoinUrl(
                found.Id,
                await ConnectionJoinLink.LastAsync(session, arrangement.WorkspaceId, arrangement.ConnectionId)
            )
            : null;
        await session.ExecuteAsync(
            """
            UPDATE arrangement SET provider_meeting_id = @Id, create_confirmed = 0, join_url = @JoinUrl, join_url_source = @Source,
                dial_in = @DialIn, access_code = @AccessCode, passcode = @Passcode, warnings = NULL, updated_at = @now
            WHERE workspace_id = @WorkspaceId AND id = @ArrangementId
            """,
            new
            {
                found.Id,
                JoinUrl = told ?? derived,
                Source = told is not null ? "created"
                : derived is not null ? "derived"
                : null,
                DialIn = JsonSerializer.Serialize(found.DialIn, Json.Stored),
                found.AccessCode,
                found.Passcode,
                now = clock.GetCurrentInstant(),
                arrangement.WorkspaceId,
                ArrangementId = arrangement.Id,
            }
        );
        if (effect is not null)
        {
            await AgreedAsync(session, arrangement, effect, "adopted", $"Found by its marker as {found.Id}.");
        }
    }

    /// <summary>The provider took an update, or agreed already; what it left out replaces what it left out before.</summary>
    public async Task UpdatedAsync(DbSession session, Arrangement arrangement, Effect effect, UpdatedMeeting updated)
    {
        await session.ExecuteAsync(
            "UPDATE arrangement SET warnings = @warnings WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                warnings = Told(updated.Warnings),
                arrangement.WorkspaceId,
                arrangement.Id,
            }
        );
        // What a call whose reply was lost had done already is news all the same.
        var isNews = updated.Sent || effect.UnknownRounds > 0;
        await AgreedAsync(session, arrangement, effect, isNews ? "done" : "agreed_already");
    }

    // Their words: bounded, for they stand in our row and on our pages.
    private static string? Told(IReadOnlyList<string> warnings) =>
        warnings.Count == 0
            ? null
            : JsonSerializer.Serialize(
                warnings.Take(20).Select(warning => warning.Length > 300 ? warning[..300] : warning),
                Json.Stored
            );

    /// <summary>The provider agrees with the version this effect stands for.</summary>
    public async Task AgreedAsync(
        DbSession session,
        Arrangement arrangement,
        Effect effect,
        string outcome = "done",
        string? detail = null
    )
    {
        var now = clock.GetCurrentInstant();
        await writes.MoveAsync(session, effect, EffectState.Applied, outcome, null, detail);
        await session.ExecuteAsync(
            """
            UPDATE arrangement SET applied_version = CASE WHEN applied_version < @Version THEN @Version ELSE applied_version END, updated_at = @now,
                queued_until = NULL, attention = CASE WHEN attention IN ('provider_unreliable', 'daily_quota') THEN NULL ELSE attention END
            WHERE workspace_id = @WorkspaceId AND id = @Id
            """,
            new
            {
                effect.Version,
                now,
                arrangement.WorkspaceId,
                arrangement.Id,
            }
        );
        // The mails that waited for this may go.
        await session.ExecuteAsync(
            """
            UPDATE effect SET not_before = @now, waits_for_link = 0
            WHERE workspace_id = @WorkspaceId AND arrangement_id = @Id AND kind = 'mail' AND state = 'PLANNED' AND waits_for_link = 1 AND version <= @Version
            """,
            new
            {
                effect.Version,
                now,
                arrangement.WorkspaceId,
                arrangement.Id,
            }
        );
        if (EventOf(arrangement, outcome) is { } type)
        {
            await webhooks.OfAsync(session, type, arrangement);
        }

        session.AfterCommit(signal.Announce);
    }

    // Of what was there already, or never was, nobody is told.
    private static string? EventOf(Arrangement arrangement, string outcome) =>
        outcome switch
        {
            "created" or "adopted" => WebhookEventTypes.MeetingReady,
            "nothing_to_remove" or "no_change" or "agreed_already" => null,
            _ => arrangement.IsPresent ? WebhookEventTypes.MeetingUpdated : WebhookEventTypes.MeetingRemoved,
        };

    /// <summary>Classifies a failure by the one question: was it applied?</summary>
    public async Task FailedAsync(DbSession session, Arrangement arrangement, Effect effect, ProviderFailure failure)
    {
        var now = clock.GetCurrentInstant();
        switch (failure.Kind)
        {
            case FailureKind.Unknown:
                await UnknownAsync(session, arrangement, effect, failure.Code, failure.Message);
                break;
            case FailureKind.NeverSent or FailureKind.TokenRefused:
                await AgainAsync(session, effect, failure, now + backoff.After(effect.Attempt));
                break;
            case FailureKind.Throttled:
                await AgainAsync(session, effect, failure, now + WaitFor(effect, failure));
                break;
            case FailureKind.GrantDead or FailureKind.Unapproved or FailureKind.MissingScope:
                if (await WasReconnectedAsync(session, arrangement, effect.SentAt ?? effect.CreatedAt))
                {
                    // The cure came while the call was under way, and would not come again.
                    await AgainAsync(session, effect, failure, now + backoff.After(effect.Attempt));
                    break;
                }

                await writes.MoveAsync(
                    session,
                    effect,
                    EffectState.Blocked,
                    Outcome(failure),
                    failure.Code,
                    failure.Message,
                    // Healing resumes it at once. It is looked at all the same: a scope may be granted without a word to us, and the
                    // end of the meeting must be noticed.
                    arrangement.EndsAt > now
                        ? Instant.Min(arrangement.EndsAt, now + BlockedLook)
                        : now + BlockedLook,
                    cure: failure.Next
                );
                break;
            default:
                await writes.MoveAsync(
                    session,
                    effect,
                    EffectState.Rejected,
                    Outcome(failure),
                    failure.Code,
                    failure.Message,
                    cure: failure.Next
                );
                await followUps.AttentionAsync(session, arrangement, failure.Code);
                break;
        }
    }

    /// <summary>Nobody knows whether it was applied: settle, then look; and look again later for what comes late.</summary>
    public async Task<Effect> UnknownAsync(
        DbSession session,
        Arrangement arrangement,
        Effect effect,
        string code,
        string detail
    )
    {
        var now = clock.GetCurrentInstant();
        var sentAt = effect.SentAt ?? now;
        var next = await writes.MoveAsync(
            session,
            effect,
            EffectState.Unknown,
            "unknown",
            code,
            detail,
            Instant.Max(now, sentAt + options.Provisioning.SettleTime)
        );
        await followUps.PlanSweepsAsync(session, arrangement, effect, sentAt);
        return next;
    }

    /// <summary>It certainly was not applied: send again, within the limit of rounds.</summary>
    public async Task ResendAsync(DbSession session, Arrangement arrangement, Effect effect, string why)
    {
        var counted = await writes.CountRoundAsync(session, effect);
        var now = clock.GetCurrentInstant();
        var tooMany = counted.UnknownRounds > MostRounds;
        await writes.MoveAsync(
            session,
            counted,
            EffectState.Planned,
            "not_applied",
            tooMany ? "too_many_rounds" : null,
            why,
            tooMany ? counted.RoundsSince!.Value + Duration.FromHours(1) : now
        );
        if (tooMany)
        {
            await followUps.AttentionAsync(session, arrangement, "provider_unreliable");
        }
    }

    private const int MostRounds = 5;
    private static readonly Duration BlockedLook = Duration.FromHours(1);

    /// <summary>How long after its end a meeting is still worth a removal or a look.</summary>
    internal static readonly Duration Aftermath = Duration.FromDays(1);

    // The connection's row is locked first, as healing does: either it sees this effect blocked, or we see it healed.
    internal static async Task<bool> WasReconnectedAsync(DbSession session, Arrangement arrangement, Instant since) =>
        await session.FirstOrDefaultAsync<long?>(
            $"SELECT connected_at FROM connection WHERE workspace_id = @WorkspaceId AND id = @ConnectionId AND status = 'connected'{session.Dialect.ForUpdate}",
            new { arrangement.WorkspaceId, arrangement.ConnectionId }
        )
            is { } connectedAt
        && Micros.ToInstant(connectedAt) > since;

    private async Task AgainAsync(DbSession session, Effect effect, ProviderFailure failure, Instant at) =>
        await writes.MoveAsync(
            session,
            effect,
            EffectState.Planned,
            Outcome(failure),
            failure.Code,
            failure.Message,
            at
        );

    // What comes here with a daily quota is a removal: it is never held for a day, whatever the provider says about its own.
    private Duration WaitFor(Effect effect, ProviderFailure failure) =>
        failure.DailyQuota
            ? backoff.After(effect.Attempt, Duration.FromSeconds(10), Duration.FromMinutes(15))
            : failure.RetryAfter ?? backoff.After(effect.Attempt);

    private static string Outcome(ProviderFailure failure) =>
        failure.Kind switch
        {
            FailureKind.NeverSent => "never_sent",
            FailureKind.TokenRefused => "token_refused",
            FailureKind.GrantDead => "grant_dead",
            FailureKind.Unapproved => "unapproved",
            FailureKind.MissingScope => "missing_scope",
            FailureKind.Throttled => "throttled",
            FailureKind.Unknown => "unknown",
            _ => "rejected",
        };
}
