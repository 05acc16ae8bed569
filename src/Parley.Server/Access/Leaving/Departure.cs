using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Booking;
using Parley.Server.Connections;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access.Leaving;

/// <param name="Moved">Meetings that have another host now.</param>
/// <param name="NotMoved">Those that could not move, and were kept or cancelled as chosen.</param>
public sealed record DepartureReport(
    Member Member,
    int Moved,
    int Cancelled,
    int Kept,
    IReadOnlyList<NotMoved> NotMoved
);

/// <summary>
/// A member leaves: what is in their hands goes where the administrator says, then they are deactivated. What cannot go there is
/// named before anything is changed. Each step is a change of its own; asked again after an interruption, it goes on.
/// </summary>
public sealed class Departure(
    Db db,
    IClock clock,
    Memberships memberships,
    BookingPages pages,
    Bookings bookings,
    Reassignments reassignments,
    DeparturePlans plans,
    Arrangements arrangements,
    Retirements retirements
)
{
    public Task<Holdings> HoldingsAsync(string workspaceId, string memberId) =>
        db.ReadAsync(session => Holdings.ReadAsync(session, workspaceId, memberId, clock.GetCurrentInstant()));

    /// <returns>
    /// 400 naming fields; 403; 404; 409 <c>conflict</c> for the last owner, and where meetings cannot move and none of them may be kept
    /// or cancelled: <c>notMoved</c> names each with the reason.
    /// </returns>
    public async Task<Answer<DepartureReport>> LeaveAsync(
        Caller caller,
        string memberId,
        DepartureRequest request,
        CancellationToken cancellationToken
    )
    {
        if (await RefusedAsync(caller, memberId) is { } refused)
        {
            return refused;
        }

        var held = await HoldingsAsync(caller.WorkspaceId, memberId);
        var plan = await plans.CheckAsync(caller, memberId, request, held);
        if (!plan.Succeeded)
        {
            return plan.Problem!;
        }

        // First the pages, so that nothing new is booked meanwhile.
        foreach (var page in held.BookingPages)
        {
            if (await GivePageAsync(caller, page, plan.Value.PageHost, cancellationToken) is { } problem)
            {
                return problem;
            }
        }

        var done = new Tally();
        await SettleAsync(caller, held.Bookings, plan.Value.Bookings, plan.Value.BookingsHost, done, cancellationToken);
        await SettleAsync(caller, held.Meetings, plan.Value.Meetings, plan.Value.MeetingsHost, done, cancellationToken);
        if (done.Stuck.Count > 0)
        {
            return DeparturePlans.Stuck(done.Stuck, done.Moved);
        }

        await GiveConnectionsAsync(caller, held.Connections, plan.Value);
        var deactivated = await memberships.DeactivateAsync(
            caller,
            memberId,
            session => RevokeKeysAsync(session, caller.WorkspaceId, memberId)
        );
        return deactivated.Problem is { } last
            ? last
            : new DepartureReport(deactivated.Value, done.Moved, done.Cancelled, done.Kept, done.NotMoved);
    }

    /// <summary>What would be refused at the end is refused before anything is changed.</summary>
    private Task<Problem?> RefusedAsync(Caller caller, string memberId) =>
        db.ReadAsync(async session =>
        {
            if (await MemberStore.FindAsync(session, caller.WorkspaceId, memberId) is not { } member)
            {
                return new Problem(ProblemCodes.NotFound, "There is no such member.");
            }

            if (Memberships.Forbids(caller, member) is { } forbidden)
            {
                return forbidden;
            }

            var owners = await session.QueryAsync<string>(
                "SELECT id FROM member WHERE workspace_id = @WorkspaceId AND role = 'owner' AND deactivated_at IS NULL",
                new { caller.WorkspaceId }
            );
            return owners is [var only] && only == memberId
                ? new Problem(ProblemCodes.Conflict, "A workspace needs an owner, and this is the last one.")
                {
                    Next = "Make someone else an owner first.",
                }
                : null;
        });

    private async Task SettleAsync(
        Caller caller,
        IReadOnlyList<HeldMeeting> meetings,
        MeetingsChoice choice,
        PageHost? host,
        Tally done,
        CancellationToken cancellationToken
    )
    {
        foreach (var meeting in meetings)
        {
            var action = choice.Action;
            if (host is not null)
            {
                var moved = await reassignments.ReassignAsync(
                    caller.WorkspaceId,
                    meeting.ArrangementId,
                    host,
                    cancellationToken
                );
                if (moved.Succeeded)
                {
                    done.Moved++;
                    continue;
                }

                action = choice.WhenNotFree is MeetingsChoice.Keep or MeetingsChoice.Cancel
                    ? choice.WhenNotFree
                    : MeetingsChoice.Stop;
                (action == MeetingsChoice.Stop ? done.Stuck : done.NotMoved).Add(
                    DeparturePlans.Named(meeting, moved.Problem!.Detail)
                );
            }

            if (action == MeetingsChoice.Cancel)
            {
                await CancelAsync(caller.WorkspaceId, meeting, choice.Reason, cancellationToken);
                done.Cancelled++;
            }
            else if (action == MeetingsChoice.Keep)
            {
                done.Kept++;
            }
        }
    }

    private async Task CancelAsync(
        string workspaceId,
        HeldMeeting meeting,
        string? reason,
        CancellationToken cancellationToken
    )
    {
        if (
            meeting.BookingId is { } id
            && await db.ReadAsync(session => BookingDirectory.FindAsync(session, workspaceId, id), cancellationToken)
                is { } booking
        )
        {
            // What ended meanwhile needs no cancelling.
            await bookings.CancelAsync(booking, reason, BookingActor.Organizer, cancellationToken);
            return;
        }

        await db.WriteAsync(
            async session =>
            {
                if (
                    await Arrangements.LockAsync(session, workspaceId, meeting.ArrangementId) is { IsPresent: true } one
                )
                {
                    await arrangements.CancelAsync(session, one);
                }
            },
            cancellationToken
        );
    }

    private async Task<Problem?> GivePageAsync(
        Caller caller,
        HeldPage held,
        PageHost? host,
        CancellationToken cancellationToken
    )
    {
        // Whoever edits the page just now is let go first.
        for (var round = 0; ; round++)
        {
            var page = await db.ReadAsync(
                session => pages.FindAsync(session, caller.WorkspaceId, held.Id),
                cancellationToken
            );
            if (page is null || (host is null && page.Settings.Paused))
            {
                return null;
            }

            // A page whose account is gone can still be paused: nothing of its hosts is looked at.
            var changed = host is null
                ? await pages.PauseAsync(page, cancellationToken)
                : await pages.ChangeAsync(caller, page, HostedBy(page.Settings, host), cancellationToken);
            if (changed.Problem is not { } problem)
            {
                return null;
            }

            if (problem.Code != ProblemCodes.PreconditionFailed || round == 2)
            {
                return problem with { Detail = $"Booking page {held.Slug}: {problem.Detail}" };
            }
        }
    }

    // An account cannot step in for itself.
    private static PageSettings HostedBy(PageSettings settings, PageHost host) =>
        settings with
        {
            Hosts = [host],
            WhenDisconnected =
                settings.WhenDisconnected.FallbackConnectionId == host.ConnectionId
                    ? WhenDisconnected.Hold
                    : settings.WhenDisconnected,
        };

    private Task GiveConnectionsAsync(Caller caller, IReadOnlyList<HeldConnection> connections, DeparturePlan plan) =>
        db.WriteAsync(async session =>
        {
            var now = clock.GetCurrentInstant();
            // What is to be disconnected stays in the caller's hands until what is left there is removed.
            var keeper = plan.KeepsConnections ?? caller.MemberId;
            foreach (var connection in connections)
            {
                await session.ExecuteAsync(
                    "UPDATE connection SET member_id = @keeper, updated_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id",
                    new
                    {
                        keeper,
                        now,
                        caller.WorkspaceId,
                        connection.Id,
                    }
                );
                await AuditTrail.NoteAsync(
                    session,
                    now,
                    caller.WorkspaceId,
                    new AuditNote(
                        AuditActions.ConnectionHandedOver,
                        "connection",
                        connection.Id,
                        connection.AccountEmail ?? connection.Provider
                    )
                    {
                        After = new { memberId = keeper, disconnects = plan.KeepsConnections is null },
                    }
                );
                if (plan.KeepsConnections is null)
                {
                    await retirements.PlanAsync(session, caller.WorkspaceId, connection.Id);
                }
            }
        });

    private async Task RevokeKeysAsync(DbSession session, string workspaceId, string memberId)
    {
        var now = clock.GetCurrentInstant();
        foreach (
            var key in await session.QueryAsync<HeldKey>(
                $"SELECT id, name, prefix FROM api_key WHERE workspace_id = @workspaceId AND member_id = @memberId AND revoked_at IS NULL ORDER BY id{session.Dialect.ForUpdate}",
                new { workspaceId, memberId }
            )
        )
        {
            await session.ExecuteAsync(
                "UPDATE api_key SET revoked_at = @now WHERE workspace_id = @workspaceId AND id = @Id",
                new
                {
                    now,
                    workspaceId,
                    key.Id,
                }
            );
            await AuditTrail.NoteAsync(
                session,
                now,
                workspaceId,
                new AuditNote(AuditActions.ApiKeyRevoked, "api_key", key.Id, key.Name)
            );
        }
    }

    private sealed class Tally
    {
        public int Moved { get; set; }
        public int Cancelled { get; set; }
        public int Kept { get; set; }
        public List<NotMoved> NotMoved { get; } = [];
        public List<NotMoved> Stuck { get; } = [];
    }
}
