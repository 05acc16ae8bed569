using System.Text.Json;
using NodaTime;
using Parley.Server.Mail;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Provisioning;

/// <summary>Who hosts from now on, and with which account.</summary>
public sealed record NextHost(string MemberId, string ConnectionId, string Provider);

/// <summary>
/// Gives a meeting to another host. The arrangement keeps its id, its door, its mails and its version count; what was made with the
/// former account, and every call about it that is under way or of unknown outcome, goes to a second arrangement that wants it
/// gone: the relic. So each of the two is an ordinary case of the ledger — a meeting to be made, and a meeting cancelled perhaps
/// while its create was unknown — and through every failure the one ends with exactly one meeting and the other with none.
/// </summary>
public sealed class Handovers(
    Ids ids,
    IClock clock,
    Arrangements arrangements,
    MailPlanner mails,
    WebhookEvents webhooks
)
{
    /// <summary>Inside the caller's transaction, which has locked the calendars of both hosts.</summary>
    /// <returns>Null: there is no such meeting, or it is not wanted any more.</returns>
    public async Task<Arrangement?> HandOverAsync(
        DbSession session,
        string workspaceId,
        string arrangementId,
        NextHost host
    )
    {
        // Before the row, in the order in which a step takes the two. Whoever is calling the provider just now loses the right to
        // write its answer down: what it made is the relic's, which looks for it.
        await Leases.RevokeAsync(session, workspaceId, $"arrangement/{arrangementId}");
        if (await Arrangements.LockAsync(session, workspaceId, arrangementId) is not { IsPresent: true } current)
        {
            return null;
        }

        var now = clock.GetCurrentInstant();
        var next = current with { MemberId = host.MemberId, Version = current.Version + 1, UpdatedAt = now };
        if (host.ConnectionId == current.ConnectionId)
        {
            await session.ExecuteAsync(
                "UPDATE arrangement SET member_id = @MemberId, version = @Version, updated_at = @UpdatedAt WHERE workspace_id = @WorkspaceId AND id = @Id",
                next
            );
        }
        else
        {
            next = await BeginAnewAsync(session, next, host);
            await LeaveRelicAsync(session, current, now);
        }

        await arrangements.PlanMeetingEffectAsync(session, next);
        await mails.UpdateAsync(session, next);
        if (next.BookingId is not null)
        {
            await webhooks.OfAsync(session, WebhookEventTypes.BookingReassigned, next);
        }

        return next;
    }

    // Nothing of it exists with the new account yet. Helpers were accounts of the former one.
    private static async Task<Arrangement> BeginAnewAsync(DbSession session, Arrangement arrangement, NextHost host)
    {
        var next = arrangement with
        {
            ConnectionId = host.ConnectionId,
            Provider = host.Provider,
            Marker = await Arrangements.NewMarkerAsync(session, arrangement.WorkspaceId),
            Spec = JsonSerializer.Serialize(arrangement.Details with { CoOrganizerKeys = [] }, Json.Stored),
            ProviderMeetingId = null,
            CreateConfirmed = false,
            JoinUrl = null,
            JoinUrlSource = null,
            DialIn = null,
            AccessCode = null,
            Passcode = null,
            Warnings = null,
            QueuedUntil = null,
            Attention = null,
            Recreated = 0,
        };
        await session.ExecuteAsync(
            """
            UPDATE arrangement SET member_id = @MemberId, connection_id = @ConnectionId, provider = @Provider, marker = @Marker, spec = @Spec,
                version = @Version, provider_meeting_id = NULL, create_confirmed = 0, join_url = NULL, join_url_source = NULL, dial_in = NULL,
                access_code = NULL, passcode = NULL, warnings = NULL, queued_until = NULL, attention = NULL, recreated = 0, updated_at = @UpdatedAt
            WHERE workspace_id = @WorkspaceId AND id = @Id
            """,
            next
        );
        return next;
    }

    private async Task LeaveRelicAsync(DbSession session, Arrangement former, Instant now)
    {
        // The former marker goes with it: by that marker a meeting whose create reply was lost is found.
        var relic = former with
        {
            Id = ids.New("arr"),
            RelicOf = former.Id,
            BookingId = null,
            DoorCode = Ids.Unguessable(),
            Desired = "absent",
            Version = former.Version + 1,
            Reference = null,
            Attendees = "[]",
            QueuedUntil = null,
            Attention = null,
            CreatedAt = now,
            UpdatedAt = now,
        };
        await session.ExecuteAsync(
            """
            INSERT INTO arrangement (workspace_id, id, relic_of, connection_id, provider, source, member_id, marker, door_code, desired, version, applied_version,
                subject, starts_at, ends_at, time_zone, spec, attendees, provider_meeting_id, create_confirmed, join_url, join_url_source, recreated, created_at, updated_at)
            VALUES (@WorkspaceId, @Id, @RelicOf, @ConnectionId, @Provider, @Source, @MemberId, @Marker, @DoorCode, @Desired, @Version, @AppliedVersion,
                @Subject, @StartsAt, @EndsAt, @TimeZone, @Spec, @Attendees, @ProviderMeetingId, @CreateConfirmed, @JoinUrl, @JoinUrlSource, @Recreated, @CreatedAt, @UpdatedAt)
            """,
            relic
        );
        // Finished ones too: what was sent tells a late meeting of ours from somebody's own.
        await session.ExecuteAsync(
            "UPDATE effect SET arrangement_id = @Id WHERE workspace_id = @WorkspaceId AND arrangement_id = @RelicOf AND kind IN ('meeting', 'sweep', 'ghost')",
            relic
        );
        // A call on the wire has lost its lease already: its outcome is looked for now, not when the lease would have lapsed.
        await session.ExecuteAsync(
            "UPDATE effect SET not_before = @now WHERE workspace_id = @WorkspaceId AND arrangement_id = @Id AND state IN ('SENDING', 'RECONCILING') AND kind = 'meeting'",
            new
            {
                now,
                relic.WorkspaceId,
                relic.Id,
            }
        );
        await arrangements.PlanMeetingEffectAsync(session, relic);
    }
}
