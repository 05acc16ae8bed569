using NodaTime;
using Parley.Conferencing;
using Parley.Server.Audit;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>What a request for a change came to.</summary>
/// <param name="Done">False: the provider has not answered in time; the ledger goes on.</param>
public sealed record MeetingChange(Arrangement Arrangement, bool Done);

/// <summary>
/// Meetings wanted by hand or by API: each change goes through the ledger like a booking's, and the caller waits, bounded, for the answer.
/// What the provider refuses is taken back, so that nothing is left half done.
/// </summary>
public sealed class MeetingDesk(
    Db db,
    ParleyOptions options,
    Arrangements arrangements,
    ArrangementWatch watch,
    ConnectionDirectory connections
)
{
    /// <param name="together">Further writes that become durable with the wish.</param>
    /// <param name="unless">Asked first, in the same transaction: a problem it names is the answer, and nothing is wanted.</param>
    /// <param name="isPublic">A stranger's wish: it spends the public share of the host's day at the provider.</param>
    public async Task<Answer<MeetingChange>> CreateAsync(
        string workspaceId,
        ConnectionEntry connection,
        string memberId,
        string source,
        MeetingWish wish,
        CancellationToken cancellationToken,
        Func<DbSession, Arrangement, Task>? together = null,
        Func<DbSession, Task<Problem?>>? unless = null,
        bool isPublic = false
    )
    {
        if (Unusable(connection) is { } problem)
        {
            return problem;
        }

        var planned = await db.WriteAsync<Answer<Arrangement>>(
            async session =>
            {
                if (unless is not null && await unless(session) is { } objection)
                {
                    return objection;
                }

                var arrangement = await arrangements.PlanAsync(
                    session,
                    new ArrangementDraft
                    {
                        WorkspaceId = workspaceId,
                        ConnectionId = connection.Id,
                        Provider = connection.Connection.Provider,
                        Source = source,
                        MemberId = connection.MemberId ?? memberId,
                        Subject = wish.Subject,
                        StartsAt = wish.StartsAt,
                        EndsAt = wish.EndsAt,
                        TimeZone = wish.TimeZone,
                        Details = wish.Details,
                        Reference = wish.Reference,
                        Attendees = wish.Attendees,
                        IsPublic = isPublic,
                    }
                );
                await OccupyAsync(session, arrangement);
                if (together is not null)
                {
                    await together(session, arrangement);
                }

                return arrangement;
            },
            cancellationToken
        );
        return planned.Succeeded ? await AnswerAsync(planned.Value, null, cancellationToken) : planned.Problem!;
    }

    /// <param name="check">Judges the row as it is when it is locked: the request merged into it.</param>
    public async Task<Answer<MeetingChange>> ChangeAsync(
        string workspaceId,
        string arrangementId,
        Func<Arrangement, Answer<MeetingWish>> check,
        CancellationToken cancellationToken
    )
    {
        Arrangement? before = null;
        var related = false;
        var changed = await db.WriteAsync<Answer<Arrangement>>(
            async session =>
            {
                if (
                    await Arrangements.LockAsync(session, workspaceId, arrangementId) is not { IsPresent: true } current
                )
                {
                    return Gone;
                }

                if (current.BookingId is not null)
                {
                    return BelongsToBooking;
                }

                var wish = check(current);
                if (!wish.Succeeded)
                {
                    return wish.Problem!;
                }

                var wanted = With(current, wish.Value);
                if (wanted == current && current.Attention is null)
                {
                    // Nothing to do and nobody to tell.
                    return current;
                }

                // The caller's own record is nobody else's news, and the provider's least of all.
                if (wanted with { Reference = current.Reference } == current && current.Attention is null)
                {
                    related = true;
                    return await arrangements.RelateAsync(session, current, wanted.Reference);
                }

                before = current;
                var notify = wanted != current with { Reference = wanted.Reference };
                var arrangement = await arrangements.ChangeAsync(session, wanted, notify);
                await OccupyAsync(session, arrangement);
                await AuditTrail.NoteAsync(
                    session,
                    arrangement.UpdatedAt,
                    workspaceId,
                    new AuditNote(AuditActions.MeetingChanged, "meeting", arrangement.Id, arrangement.Subject)
                    {
                        Before = new
                        {
                            current.Subject,
                            current.StartsAt,
                            current.EndsAt,
                        },
                        After = new
                        {
                            arrangement.Subject,
                            arrangement.StartsAt,
                            arrangement.EndsAt,
                        },
                    }
                );
                return arrangement;
            },
            cancellationToken
        );
        return !changed.Succeeded ? changed.Problem!
            : related ? new MeetingChange(changed.Value, changed.Value.AppliedVersion >= changed.Value.Version)
            : await AnswerAsync(changed.Value, before, cancellationToken);
    }

    public async Task<Answer<MeetingChange>> RemoveAsync(
        string workspaceId,
        string arrangementId,
        CancellationToken cancellationToken
    )
    {
        var removed = await db.WriteAsync<Answer<Arrangement>>(
            async session =>
            {
                if (await Arrangements.LockAsync(session, workspaceId, arrangementId) is not { } current)
                {
                    return Gone;
                }

                if (current.BookingId is not null)
                {
                    return BelongsToBooking;
                }

                return await arrangements.CancelAsync(session, current);
            },
            cancellationToken
        );
        if (!removed.Succeeded)
        {
            return removed.Problem!;
        }

        var progress = await WaitAsync(removed.Value, cancellationToken);
        if (progress?.Effect is { State: EffectState.Rejected } refused)
        {
            // The wish stays: a person was alerted, and the door says that the meeting is off.
            return RefusalOf(refused, null);
        }

        return new MeetingChange(
            progress?.Arrangement ?? removed.Value,
            progress?.Arrangement.AppliedVersion >= removed.Value.Version
        );
    }

    private async Task<Answer<MeetingChange>> AnswerAsync(
        Arrangement wanted,
        Arrangement? before,
        CancellationToken cancellationToken
    )
    {
        var progress = await WaitAsync(wanted, cancellationToken);
        if (progress?.Effect is not { State: EffectState.Rejected or EffectState.Blocked } refused)
        {
            return new MeetingChange(
                progress?.Arrangement ?? wanted,
                progress?.Arrangement.AppliedVersion >= wanted.Version
            );
        }

        if (refused.OutcomeCode == MeetingRecreation.VanishedAgain)
        {
            return new Problem(
                ProblemCodes.MeetingNotFound,
                refused.OutcomeDetail ?? "The meeting was removed at the provider."
            )
            {
                Next = "Delete it here as well, or change it once more to have it made again.",
            };
        }

        await TakeBackAsync(wanted, before);
        var connection = await connections.FindAsync(wanted.WorkspaceId, wanted.ConnectionId, cancellationToken);
        return RefusalOf(refused, connection);
    }

    private Task<ArrangementProgress?> WaitAsync(Arrangement wanted, CancellationToken cancellationToken) =>
        watch.WaitAsync(
            wanted.WorkspaceId,
            wanted.Id,
            wanted.Version,
            options.Provisioning.AnswerWait,
            cancellationToken
        );

    // The caller hears "no": then the wish must not come true later. Somebody's newer wish is left alone.
    private Task TakeBackAsync(Arrangement wanted, Arrangement? before) =>
        db.WriteAsync(
            async session =>
            {
                var current = await Arrangements.LockAsync(session, wanted.WorkspaceId, wanted.Id);
                if (current is null || current.Version != wanted.Version)
                {
                    return;
                }

                if (before is null)
                {
                    await arrangements.CancelAsync(session, current, notify: false);
                }
                else
                {
                    var restored = await arrangements.RevertAsync(session, current, before);
                    await OccupyAsync(session, restored);
                }
            },
            CancellationToken.None
        );

    private static Problem RefusalOf(Effect refused, ConnectionEntry? connection)
    {
        var missing = refused.Outcome == "missing_scope";
        if (refused.State == EffectState.Blocked)
        {
            return new Problem(
                missing ? ProblemCodes.MissingScope : ProblemCodes.ConnectionNeedsReconnect,
                refused.OutcomeDetail ?? "The connection cannot be used."
            )
            {
                Next =
                    refused.OutcomeNext
                    ?? connection?.Connection.ProblemNext
                    ?? $"Open Video conferencing and refresh the {connection?.Provider.Name} connection.",
            };
        }

        return new Problem(ProblemCodes.ProviderRejected, refused.OutcomeDetail ?? "The provider refused the meeting.")
        {
            Next = refused.OutcomeNext ?? "Change the request as the provider's answer says.",
            Extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["reason"] = refused.OutcomeCode },
        };
    }

    /// <summary>Why no meeting can be made through this connection; null: one can.</summary>
    internal static Problem? Unusable(ConnectionEntry connection) =>
        connection.Status switch
        {
            _ when connection.Connection.Purpose != ConnectionPurpose.Organizer => new Problem(
                ProblemCodes.Conflict,
                ConnectionView.HostsNothing
            )
            {
                Next = "Use a connection whose purpose is organizer.",
            },
            ConnectionStatus.NeedsReconnect
            or ConnectionStatus.Disconnected
            or ConnectionStatus.Pending
            or ConnectionStatus.PendingApproval => new Problem(
                ProblemCodes.ConnectionNeedsReconnect,
                connection.Connection.ProblemDetail
                    ?? $"The {connection.Provider.Name} connection is not connected (status {connection.Status})."
            )
            {
                Next = connection.Connection.ProblemNext ?? "Open Video conferencing and refresh the connection.",
            },
            _ => null,
        };

    private static Arrangement With(Arrangement current, MeetingWish wish) =>
        current with
        {
            Subject = wish.Subject,
            StartsAt = wish.StartsAt,
            EndsAt = wish.EndsAt,
            TimeZone = wish.TimeZone,
            Spec = System.Text.Json.JsonSerializer.Serialize(wish.Details, Json.Stored),
            Reference = wish.Reference,
            Attendees = System.Text.Json.JsonSerializer.Serialize(wish.Attendees, Json.Stored),
        };

    // By hand or by API the organizer decides: an overlap is allowed, but booking pages see the time as taken. A recurring meeting is a
    // room that is there at all times; it takes none.
    private static Task OccupyAsync(DbSession session, Arrangement arrangement) =>
        Occupancy.TakeAsync(
            session,
            arrangement.WorkspaceId,
            arrangement.Id,
            new[] { arrangement.ConnectionId, arrangement.MemberId }
                .OfType<string>()
                .Where(_ => !arrangement.IsRecurring)
                .Select(subject => new OccupiedTime
                {
                    Subject = subject,
                    ArrangementId = arrangement.Id,
                    StartsAt = arrangement.StartsAt,
                    EndsAt = arrangement.EndsAt,
                    BeforeMinutes = 0,
                    AfterMinutes = 0,
                    BlockedFrom = arrangement.StartsAt,
                    BlockedTo = arrangement.EndsAt,
                })
                .ToList()
        );

    private static Problem Gone => new(ProblemCodes.MeetingNotFound, "There is no such meeting, or it was removed.");

    private static Problem BelongsToBooking =>
        new(ProblemCodes.Conflict, "The meeting belongs to a booking.")
        {
            Next = "Reschedule or cancel the booking: POST /api/v1/bookings/{id}/reschedule or …/cancel.",
        };
}
