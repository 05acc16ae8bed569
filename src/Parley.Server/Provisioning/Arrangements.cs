using System.Security.Cryptography;
using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Audit;
using Parley.Server.Mail;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Provisioning;

/// <summary>
/// Wanting meetings: every change of a desired state and its effects (the meeting's and the mails') happen inside the caller's
/// transaction, together with whatever caused them. Making the provider agree is the <see cref="Provisioner"/>'s work.
/// </summary>
public sealed class Arrangements(Ids ids, IClock clock, EffectSignal signal, MailPlanner mails, WebhookEvents webhooks)
{
    public const string Columns =
        "workspace_id, id, relic_of, connection_id, provider, source, booking_id, member_id, marker, door_code, desired, version, applied_version, subject, starts_at, ends_at, time_zone, spec, reference, attendees, provider_meeting_id, create_confirmed, join_url, join_url_source, dial_in, access_code, passcode, warnings, queued_until, attention, recreated, created_at, updated_at";

    public static Task<Arrangement?> FindAsync(DbSession session, string workspaceId, string id) =>
        session.FirstOrDefaultAsync<Arrangement>(
            $"SELECT {Columns} FROM arrangement WHERE workspace_id = @workspaceId AND id = @id",
            new { workspaceId, id }
        );

    /// <summary>As <see cref="FindAsync"/>, the row locked until the transaction ends.</summary>
    public static Task<Arrangement?> LockAsync(DbSession session, string workspaceId, string id) =>
        session.FirstOrDefaultAsync<Arrangement>(
            $"SELECT {Columns} FROM arrangement WHERE workspace_id = @workspaceId AND id = @id{session.Dialect.ForUpdate}",
            new { workspaceId, id }
        );

    /// <summary>Whose meeting at the provider this is, or null when it is not one of ours.</summary>
    public static Task<Arrangement?> FindByMeetingAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        string meetingId
    ) =>
        session.FirstOrDefaultAsync<Arrangement>(
            $"SELECT {Columns} FROM arrangement WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND provider_meeting_id = @meetingId ORDER BY created_at DESC",
            new
            {
                workspaceId,
                connectionId,
                meetingId,
            }
        );

    /// <summary>Wants a new meeting: the arrangement, its first effect, and the mails that follow from it.</summary>
    public async Task<Arrangement> PlanAsync(DbSession session, ArrangementDraft draft)
    {
        var now = clock.GetCurrentInstant();
        var arrangement = new Arrangement
        {
            WorkspaceId = draft.WorkspaceId,
            Id = ids.New("arr"),
            ConnectionId = draft.ConnectionId,
            Provider = draft.Provider,
            Source = draft.Source,
            BookingId = draft.BookingId,
            MemberId = draft.MemberId,
            Marker = await NewMarkerAsync(session, draft.WorkspaceId),
            DoorCode = Ids.Unguessable(),
            Desired = "present",
            Version = 1,
            Subject = draft.Subject,
            StartsAt = draft.StartsAt,
            EndsAt = draft.EndsAt,
            TimeZone = draft.TimeZone,
            Spec = JsonSerializer.Serialize(draft.Details, Json.Stored),
            Reference = draft.Reference,
            Attendees = JsonSerializer.Serialize(draft.Attendees, Json.Stored),
            CreatedAt = now,
            UpdatedAt = now,
        };
        await session.ExecuteAsync(
            """
            INSERT INTO arrangement (workspace_id, id, connection_id, provider, source, booking_id, member_id, marker, door_code, desired, version,
                subject, starts_at, ends_at, time_zone, spec, reference, reference_system, reference_id, attendees, created_at, updated_at)
            VALUES (@WorkspaceId, @Id, @ConnectionId, @Provider, @Source, @BookingId, @MemberId, @Marker, @DoorCode, @Desired, @Version,
                @Subject, @StartsAt, @EndsAt, @TimeZone, @Spec, @Reference, @ReferenceSystem, @ReferenceId, @Attendees, @CreatedAt, @UpdatedAt)
            """,
            arrangement
        );
        await PlanMeetingEffectAsync(
            session,
            arrangement,
            isPublic: draft.IsPublic || draft.Source == ArrangementSource.Booking
        );
        await mails.ConfirmAsync(session, arrangement);
        await OfBookingAsync(session, WebhookEventTypes.BookingCreated, arrangement);
        await NoteAsync(session, AuditActions.BookingCreated, AuditActions.MeetingCreated, arrangement);
        return arrangement;
    }

    /// <summary>
    /// Wants the meeting otherwise. The version rises; pending older effects are coalesced by the provisioner.
    /// </summary>
    /// <param name="changed">The row as locked by the caller, with the new values put in.</param>
    /// <param name="notify">Whether the people invited hear of it (a moved or renamed meeting: yes).</param>
    /// <param name="isPublic">A stranger's wish: it spends the public share of the host's day at the provider.</param>
    public async Task<Arrangement> ChangeAsync(
        DbSession session,
        Arrangement changed,
        bool notify,
        bool isPublic = false
    )
    {
        var next = changed with { Version = changed.Version + 1, UpdatedAt = clock.GetCurrentInstant() };
        await session.ExecuteAsync(
            """
            UPDATE arrangement SET version = @Version, subject = @Subject, starts_at = @StartsAt, ends_at = @EndsAt, time_zone = @TimeZone,
                spec = @Spec, reference = @Reference, reference_system = @ReferenceSystem, reference_id = @ReferenceId, attendees = @Attendees, attention = NULL, updated_at = @UpdatedAt
            WHERE workspace_id = @WorkspaceId AND id = @Id
            """,
            next
        );
        await PlanMeetingEffectAsync(session, next, isPublic);
        if (notify)
        {
            await mails.UpdateAsync(session, next);
        }

        await OfBookingAsync(session, WebhookEventTypes.BookingRescheduled, next);

        return next;
    }

    /// <summary>
    /// Has it belong to another record of the caller's own, or to none. The provider and the people invited hear nothing of it; whoever
    /// keeps such records does, so that a record named late gets its join link all the same.
    /// </summary>
    /// <param name="current">The row as locked by the caller.</param>
    /// <param name="reference">As checked, JSON.</param>
    public async Task<Arrangement> RelateAsync(DbSession session, Arrangement current, string? reference)
    {
        if (current.Reference == reference)
        {
            return current;
        }

        var next = current with { Reference = reference, UpdatedAt = clock.GetCurrentInstant() };
        await session.ExecuteAsync(
            """
            UPDATE arrangement SET reference = @Reference, reference_system = @ReferenceSystem, reference_id = @ReferenceId, updated_at = @UpdatedAt
            WHERE workspace_id = @WorkspaceId AND id = @Id
            """,
            next
        );
        await AuditTrail.NoteAsync(
            session,
            next.UpdatedAt,
            next.WorkspaceId,
            (
                next.BookingId is { } bookingId
                    ? new AuditNote(AuditActions.BookingChanged, "booking", bookingId, next.Subject)
                    : new AuditNote(AuditActions.MeetingChanged, "meeting", next.Id, next.Subject)
            ) with
            {
                Before = new { record = current.Record?.Text },
                After = new { record = next.Record?.Text },
            }
        );
        if (next is { IsPresent: true, LinkIsKnown: true })
        {
            await webhooks.OfAsync(session, WebhookEventTypes.MeetingUpdated, next);
        }

        return next;
    }

    /// <summary>Takes a refused change back: the wishes of <paramref name="before"/> under a new version. Who was told nothing hears nothing.</summary>
    /// <param name="current">The row as locked by the caller.</param>
    public async Task<Arrangement> RevertAsync(DbSession session, Arrangement current, Arrangement before)
    {
        var restored = await ChangeAsync(
            session,
            current with
            {
                Subject = before.Subject,
                StartsAt = before.StartsAt,
                EndsAt = before.EndsAt,
                TimeZone = before.TimeZone,
                Spec = before.Spec,
                Reference = before.Reference,
                Attendees = before.Attendees,
            },
            notify: false
        );
        await mails.RevertAsync(session, restored);
        return restored;
    }

    /// <summary>Wants the meeting gone. Asking twice changes nothing.</summary>
    /// <param name="current">The row as locked by the caller.</param>
    public async Task<Arrangement> CancelAsync(DbSession session, Arrangement current, bool notify = true)
    {
        if (!current.IsPresent)
        {
            return current;
        }

        var next = current with
        {
            Desired = "absent",
            Version = current.Version + 1,
            UpdatedAt = clock.GetCurrentInstant(),
        };
        await session.ExecuteAsync(
            "UPDATE arrangement SET desired = @Desired, version = @Version, attention = NULL, updated_at = @UpdatedAt WHERE workspace_id = @WorkspaceId AND id = @Id",
            next
        );
        await Occupancy.ReleaseAsync(session, next.WorkspaceId, next.Id);
        await PlanMeetingEffectAsync(session, next);
        await mails.CancelAsync(session, next, notify);
        await OfBookingAsync(session, WebhookEventTypes.BookingCancelled, next);
        await NoteAsync(session, AuditActions.BookingCancelled, AuditActions.MeetingCancelled, next);
        return next;
    }

    private static Task NoteAsync(DbSession session, string ofBooking, string ofMeeting, Arrangement arrangement) =>
        AuditTrail.NoteAsync(
            session,
            arrangement.UpdatedAt,
            arrangement.WorkspaceId,
            new AuditNote(
                arrangement.BookingId is null ? ofMeeting : ofBooking,
                arrangement.BookingId is null ? "meeting" : "booking",
                arrangement.BookingId ?? arrangement.Id,
                arrangement.Subject
            )
            {
                After = new { arrangement.StartsAt, arrangement.ConnectionId },
            }
        );

    private Task OfBookingAsync(DbSession session, string type, Arrangement arrangement) =>
        arrangement.BookingId is null ? Task.CompletedTask : webhooks.OfAsync(session, type, arrangement);

    internal async Task PlanMeetingEffectAsync(DbSession session, Arrangement arrangement, bool isPublic = false)
    {
        await Effects.PlanAsync(
            session,
            new EffectDraft
            {
                WorkspaceId = arrangement.WorkspaceId,
                Id = ids.New("eff"),
                Kind = EffectKind.Meeting,
                Operation = arrangement.IsPresent ? (arrangement.Version == 1 ? "create" : "update") : "delete",
                Key = $"{arrangement.Id}/{arrangement.Version}/meeting",
                Lane = arrangement.ConnectionId,
                ArrangementId = arrangement.Id,
                Version = arrangement.Version,
                NotBefore = arrangement.UpdatedAt,
                IsPublic = isPublic,
                CreatedAt = arrangement.UpdatedAt,
            }
        );
        session.AfterCommit(signal.Announce);
    }

    internal static async Task<string> NewMarkerAsync(DbSession session, string workspaceId)
    {
        while (true)
        {
            var marker = RandomNumberGenerator.GetString(Conferencing.Marker.Alphabet, 6);
            var taken = await session.ScalarAsync<long>(
                "SELECT COUNT(*) FROM arrangement WHERE workspace_id = @workspaceId AND marker = @marker",
                new { workspaceId, marker }
            );
            if (taken == 0)
            {
                return marker;
            }
        }
    }
}
