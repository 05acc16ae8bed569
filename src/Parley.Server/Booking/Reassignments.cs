using NodaTime;
using Parley.Server.Access;
using Parley.Server.Audit;
using Parley.Server.Connections;
using Parley.Server.Meetings;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking;

/// <summary>
/// Gives meetings to come to another member: the time stays, the new host must be free and have an account that can host. One
/// transaction a meeting: lock both hosts' calendars, look again, hand over (<see cref="Handovers"/>), take the time anew.
/// </summary>
public sealed class Reassignments(Db db, IClock clock, Handovers handovers, ConnectionDirectory connections)
{
    /// <summary>A host who may take meetings over, or why not.</summary>
    /// <param name="connectionId">Null: the member's own first account that can host.</param>
    public async Task<Answer<PageHost>> HostAsync(
        DbSession session,
        string workspaceId,
        string memberId,
        string? connectionId
    )
    {
        if (await MemberStore.FindAsync(session, workspaceId, memberId) is not { IsActive: true } member)
        {
            return new Problem(ProblemCodes.Conflict, "Whoever is to take over must be an active member.");
        }

        var ids = connectionId is not null
            ? [connectionId]
            : await session.QueryAsync<string>(
                "SELECT id FROM connection WHERE workspace_id = @workspaceId AND member_id = @memberId AND purpose = 'organizer' AND status = 'connected' AND disconnected_at IS NULL AND merged_into IS NULL ORDER BY created_at, id",
                new { workspaceId, memberId }
            );
        Problem? why = null;
        foreach (var id in ids)
        {
            if (await connections.FindAsync(session, workspaceId, id) is not { } entry)
            {
                why = new Problem(ProblemCodes.Conflict, "There is no such connection.");
            }
            else if (MeetingDesk.Unusable(entry) is { } unusable)
            {
                why = unusable;
            }
            else if (!entry.CanHost)
            {
                why = new Problem(
                    ProblemCodes.Conflict,
                    $"The {entry.Provider.Name} connection cannot make meetings now."
                );
            }
            else
            {
                return new PageHost { MemberId = memberId, ConnectionId = entry.Id };
            }
        }

        return why
            ?? new Problem(ProblemCodes.Conflict, $"{member.Name} has connected no account that can host meetings.");
    }

    /// <summary>Why the meeting cannot go to this host, in words; null: it can. Changes nothing.</summary>
    public async Task<string?> WhyNotAsync(DbSession session, Arrangement arrangement, PageHost host)
    {
        if (!arrangement.IsPresent)
        {
            return "It was cancelled meanwhile.";
        }

        if (arrangement.StartsAt <= clock.GetCurrentInstant() && !arrangement.IsRecurring)
        {
            return "It has begun or is over.";
        }

        foreach (var time in await TimesAsync(session, arrangement))
        {
            var taken = await session.ScalarAsync<bool>(
                """
                SELECT EXISTS (SELECT 1 FROM occupancy WHERE workspace_id = @WorkspaceId AND subject IN (@MemberId, @ConnectionId)
                    AND arrangement_id <> @Id AND blocked_to > @from AND blocked_from < @to)
                """,
                new
                {
                    arrangement.WorkspaceId,
                    arrangement.Id,
                    host.MemberId,
                    host.ConnectionId,
                    from = time.BlockedFrom,
                    to = time.BlockedTo,
                }
            );
            if (taken)
            {
                return "The new host has something else at that time.";
            }
        }

        return null;
    }

    /// <returns>The meeting under its new host; 409 with the reason.</returns>
    public Task<Answer<Arrangement>> ReassignAsync(
        string workspaceId,
        string arrangementId,
        PageHost host,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync<Answer<Arrangement>>(
            async session =>
            {
                if (await Arrangements.FindAsync(session, workspaceId, arrangementId) is not { } known)
                {
                    return new Problem(ProblemCodes.NotFound, "There is no such meeting.");
                }

                await Occupancy.LockAsync(
                    session,
                    workspaceId,
                    new[] { known.MemberId, known.ConnectionId, host.MemberId, host.ConnectionId }.OfType<string>()
                );
                if (known.BookingId is { } bookingId)
                {
                    // In the order in which a move or a cancellation locks them: calendars, booking, arrangement.
                    await session.QueryAsync<string>(
                        $"SELECT id FROM booking WHERE workspace_id = @workspaceId AND id = @bookingId{session.Dialect.ForUpdate}",
                        new { workspaceId, bookingId }
                    );
                }

                var current = (await Arrangements.FindAsync(session, workspaceId, arrangementId))!;
                if (current.MemberId != known.MemberId || current.ConnectionId != known.ConnectionId)
                {
                    return new Problem(ProblemCodes.Conflict, "It got another host just now.");
                }

                var ready = await HostAsync(session, workspaceId, host.MemberId, host.ConnectionId);
                if (!ready.Succeeded)
                {
                    return ready.Problem!;
                }

                if (await WhyNotAsync(session, current, host) is { } why)
                {
                    return new Problem(ProblemCodes.Conflict, why)
                    {
                        Next = "Choose another host, or keep or cancel the meeting.",
                    };
                }

                if (current.MemberId == host.MemberId && current.ConnectionId == host.ConnectionId)
                {
                    return current;
                }

                var times = await TimesAsync(session, current);
                var provider = (await connections.FindAsync(session, workspaceId, host.ConnectionId))!
                    .Connection
                    .Provider;
                var moved = await handovers.HandOverAsync(
                    session,
                    workspaceId,
                    arrangementId,
                    new NextHost(host.MemberId, host.ConnectionId, provider)
                );
                if (moved is null)
                {
                    return new Problem(ProblemCodes.Conflict, "It was cancelled meanwhile.");
                }

                if (moved.BookingId is not null)
                {
                    await session.ExecuteAsync(
                        "UPDATE booking SET host_member_id = @MemberId, host_connection_id = @ConnectionId, version = version + 1, updated_at = @UpdatedAt WHERE workspace_id = @WorkspaceId AND id = @BookingId",
                        moved
                    );
                }

                await Occupancy.TakeAsync(
                    session,
                    workspaceId,
                    arrangementId,
                    times
                        .Take(1)
                        .SelectMany(time =>
                            new[] { host.MemberId, host.ConnectionId }.Select(subject =>
                                time with
                                {
                                    Subject = subject,
                                }
                            )
                        )
                        .ToList()
                );
                await AuditTrail.NoteAsync(
                    session,
                    clock.GetCurrentInstant(),
                    workspaceId,
                    new AuditNote(
                        moved.BookingId is null ? AuditActions.MeetingReassigned : AuditActions.BookingReassigned,
                        moved.BookingId is null ? "meeting" : "booking",
                        moved.BookingId ?? moved.Id,
                        moved.Subject
                    )
                    {
                        Before = new { current.MemberId, current.ConnectionId },
                        After = new { moved.MemberId, moved.ConnectionId },
                    }
                );
                return moved;
            },
            cancellationToken
        );

    // Of member and connection alike; a room that is always open takes none.
    private static Task<List<OccupiedTime>> TimesAsync(DbSession session, Arrangement arrangement) =>
        session.QueryAsync<OccupiedTime>(
            "SELECT subject, arrangement_id, page_id, booking_id, starts_at, ends_at, before_minutes, after_minutes, blocked_from, blocked_to FROM occupancy WHERE workspace_id = @WorkspaceId AND arrangement_id = @Id ORDER BY subject",
            new { arrangement.WorkspaceId, arrangement.Id }
        );
}
