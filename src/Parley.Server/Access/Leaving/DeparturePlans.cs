using Parley.Server.Booking;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access.Leaving;

/// <summary>Choices that were checked.</summary>
/// <param name="BookingsHost">Who gets the bookings; null: nobody does.</param>
/// <param name="KeepsConnections">In whose hands the accounts are from now on; null: they are disconnected.</param>
public sealed record DeparturePlan(
    MeetingsChoice Bookings,
    MeetingsChoice Meetings,
    PageHost? BookingsHost,
    PageHost? MeetingsHost,
    PageHost? PageHost,
    string? KeepsConnections
);

/// <summary>Looks, before anything is changed, whether everything a leaving member holds can go where the choices say.</summary>
public sealed class DeparturePlans(Db db, Reassignments reassignments)
{
    /// <returns>400 naming fields; 409 naming what cannot move.</returns>
    internal Task<Answer<DeparturePlan>> CheckAsync(
        Caller caller,
        string leaver,
        DepartureRequest request,
        Holdings held
    ) =>
        db.ReadAsync<Answer<DeparturePlan>>(async session =>
        {
            var errors = new FieldErrors();
            var booked = (request.Bookings ?? new()).Check(errors, "bookings", held.Bookings.Count, leaver);
            var made = (request.Meetings ?? new()).Check(errors, "meetings", held.Meetings.Count, leaver);
            var onPages = request.BookingPages ?? new PagesChoice();
            if (held.BookingPages.Count > 0 && onPages.Action is not (PagesChoice.Pause or PagesChoice.HandOver))
            {
                errors.Add("bookingPages.action", $"must be pause or handOver; there are {held.BookingPages.Count}");
            }

            var handsPages = held.BookingPages.Count > 0 && onPages.Action == PagesChoice.HandOver;
            if (handsPages && (string.IsNullOrEmpty(onPages.MemberId) || onPages.MemberId == leaver))
            {
                errors.Add("bookingPages.memberId", "must be another active member");
            }

            var keeper = await KeeperAsync(session, caller, leaver, request.Connections, held, errors);
            if (keeper is null && held.Connections.Count > 0)
            {
                var theirs = held.Connections.Select(connection => connection.Id).ToHashSet(StringComparer.Ordinal);
                if (
                    (booked.MayKeep && held.Bookings.Any(meeting => theirs.Contains(meeting.ConnectionId)))
                    || (made.MayKeep && held.Meetings.Any(meeting => theirs.Contains(meeting.ConnectionId)))
                )
                {
                    errors.Add("connections.action", "must be keep while meetings held with them may stay");
                }
            }

            if (errors.Any)
            {
                return errors.ToProblem();
            }

            var workspace = caller.WorkspaceId;
            var bookingsHost = await HostAsync(session, workspace, booked, "bookings", errors);
            var meetingsHost = await HostAsync(session, workspace, made, "meetings", errors);
            var pageHost = handsPages
                ? await HostAsync(session, workspace, onPages.MemberId!, onPages.ConnectionId, "bookingPages", errors)
                : null;
            if (errors.Any)
            {
                return errors.ToProblem();
            }

            var stuck = new List<NotMoved>();
            await TryAsync(session, workspace, held.Bookings, booked, bookingsHost, stuck);
            await TryAsync(session, workspace, held.Meetings, made, meetingsHost, stuck);
            return stuck.Count > 0
                ? Stuck(stuck, 0)
                : new DeparturePlan(booked, made, bookingsHost, meetingsHost, pageHost, keeper);
        });

    private static async Task<string?> KeeperAsync(
        DbSession session,
        Caller caller,
        string leaver,
        ConnectionsChoice? choice,
        Holdings held,
        FieldErrors errors
    )
    {
        if (held.Connections.Count == 0 || choice?.Action == ConnectionsChoice.Disconnect)
        {
            return null;
        }

        if (choice?.Action != ConnectionsChoice.Keep)
        {
            errors.Add("connections.action", $"must be keep or disconnect; there are {held.Connections.Count}");
            return "";
        }

        var id = string.IsNullOrEmpty(choice.MemberId) ? caller.MemberId : choice.MemberId;
        var keeper = await MemberStore.FindAsync(session, caller.WorkspaceId, id);
        if (keeper is not { IsActive: true, Role: Role.Owner or Role.Admin } || id == leaver)
        {
            errors.Add("connections.memberId", "must be another active owner or administrator");
        }

        return id;
    }

    private Task<PageHost?> HostAsync(
        DbSession session,
        string workspaceId,
        MeetingsChoice choice,
        string field,
        FieldErrors errors
    ) =>
        choice.Action == MeetingsChoice.Reassign
            ? HostAsync(session, workspaceId, choice.MemberId!, choice.ConnectionId, field, errors)
            : Task.FromResult<PageHost?>(null);

    private async Task<PageHost?> HostAsync(
        DbSession session,
        string workspaceId,
        string memberId,
        string? connectionId,
        string field,
        FieldErrors errors
    )
    {
        var named = !string.IsNullOrEmpty(connectionId);
        var host = await reassignments.HostAsync(session, workspaceId, memberId, named ? connectionId : null);
        if (host.Succeeded)
        {
            return host.Value;
        }

        errors.Add(
            named ? $"{field}.connectionId" : $"{field}.memberId",
            $"cannot host: {host.Problem!.Detail.TrimEnd('.')}"
        );
        return null;
    }

    // Only what would stop everything is looked for beforehand.
    private async Task TryAsync(
        DbSession session,
        string workspaceId,
        IReadOnlyList<HeldMeeting> meetings,
        MeetingsChoice choice,
        PageHost? host,
        List<NotMoved> stuck
    )
    {
        if (host is null || choice.WhenNotFree is MeetingsChoice.Keep or MeetingsChoice.Cancel)
        {
            return;
        }

        foreach (var meeting in meetings)
        {
            if (
                await Arrangements.FindAsync(session, workspaceId, meeting.ArrangementId) is { } arrangement
                && await reassignments.WhyNotAsync(session, arrangement, host) is { } why
            )
            {
                stuck.Add(Named(meeting, why));
            }
        }
    }

    internal static NotMoved Named(HeldMeeting meeting, string why) =>
        new(meeting.ArrangementId, meeting.BookingId, meeting.Subject, meeting.StartsAt, why);

    internal static Problem Stuck(IReadOnlyList<NotMoved> stuck, int moved) =>
        new(
            ProblemCodes.Conflict,
            (stuck.Count == 1 ? "1 meeting cannot move" : $"{stuck.Count} meetings cannot move")
                + (moved == 0 ? "; nothing was changed." : $"; {moved} have moved, and the member is still active.")
        )
        {
            Next = "Choose another host, or say with whenNotFree that these are kept or cancelled.",
            Extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["notMoved"] = stuck },
        };
}
