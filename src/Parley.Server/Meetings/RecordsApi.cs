using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>What was held and who was there, and who may organize: <c>/api/v1/connections/{id}/meetings/history</c>, <c>…/attendees</c>, <c>/organizers</c>.</summary>
internal static class RecordsApi
{
    public static void MapRecordsApi(this IEndpointRouteBuilder routes)
    {
        var group = routes
            .MapGroup("/api/v1/connections/{connectionId}")
            .WithTags("Meetings")
            .KeepWithinReach("connectionId", OwnedThing.Connection, () => MeetingReader.NoConnection)
            .CallsProvider();
        group
            .MapGet("/meetings/history", HistoryAsync)
            .RequireScope("meetings:read")
            .WithName("listMeetingHistory")
            .WithSummary("Sessions that were held, newest first; those still running are left out")
            .WithMetadata(
                new QueryParameter("from", "Started at or after this instant.", Required: true, Format: "date-time"),
                new QueryParameter("to", "Started before this instant.", Required: true, Format: "date-time"),
                new QueryParameter(
                    "organizer",
                    "Another organizer's, by key or e-mail address; takes an administrator's connection."
                )
            )
            .Produces<Page<HistoryItemView>>();
        group
            .MapGet("/meetings/{meetingId}/attendees", AttendeesAsync)
            .RequireScope("meetings:read")
            .WithName("listAttendees")
            .WithSummary("Who joined: session by session, the earliest first, each by time of joining")
            .WithMetadata(
                new QueryParameter("sessionId", "Of one session alone, by the id the history or this list tells.")
            )
            .Produces<Page<AttendeeView>>();
        group
            .MapGet("/organizers", OrganizersAsync)
            .RequireScope("meetings:read")
            .WithName("listOrganizers")
            .WithSummary("Who may organize in the account, by name")
            .WithMetadata(new QueryParameter("q", "Part of a name or an e-mail address."))
            .Produces<Page<AccountOrganizerView>>();
    }

    private static async Task<IResult> HistoryAsync(
        string connectionId,
        HttpContext context,
        MeetingRecords records,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        var (from, to) = (Required(list, "from"), Required(list, "to"));
        if (from is not null && to is not null && to <= from)
        {
            list.Errors.Add("to", "must lie after from");
        }

        if (list.After != Cursor.Start && !MeetingRecords.IsHistoryCursor(list.After))
        {
            list.Errors.Add("cursor", "is not a cursor of this list");
        }

        if (list.Errors.Any)
        {
            return list.Errors.ToProblem().ToResult();
        }

        var page = await records.HistoryAsync(
            Caller.Of(context).WorkspaceId,
            connectionId,
            new HistoryRequest(from!.Value, to!.Value, list.Text("organizer"), list.After, list.Limit),
            cancellationToken
        );
        return page.Succeeded ? Results.Json(page.Value, Json.Api) : page.Problem!.ToResult();
    }

    private static async Task<IResult> AttendeesAsync(
        string connectionId,
        string meetingId,
        HttpContext context,
        MeetingRecords records,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        if (list.Errors.Any)
        {
            return list.Errors.ToProblem().ToResult();
        }

        var page = await records.AttendeesAsync(
            Caller.Of(context).WorkspaceId,
            connectionId,
            meetingId,
            list.Text("sessionId"),
            list,
            cancellationToken
        );
        return page.Succeeded ? Results.Json(page.Value, Json.Api) : page.Problem!.ToResult();
    }

    private static async Task<IResult> OrganizersAsync(
        string connectionId,
        HttpContext context,
        ConnectionDirectory connections,
        OrganizerDirectory organizers,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        if (list.Errors.Any)
        {
            return list.Errors.ToProblem().ToResult();
        }

        var workspaceId = Caller.Of(context).WorkspaceId;
        if (await connections.FindAsync(workspaceId, connectionId, cancellationToken) is not { } connection)
        {
            return MeetingReader.NoConnection.ToResult();
        }

        var page = await organizers.PageAsync(
            workspaceId,
            connection,
            list.Text("q"),
            list.After,
            list.Limit,
            cancellationToken
        );
        return page.Succeeded ? Results.Json(page.Value, Json.Api) : page.Problem!.ToResult();
    }

    private static Instant? Required(ListRequest list, string name)
    {
        if (list.Text(name) is null)
        {
            list.Errors.Add(name, "is required");
            return null;
        }

        return list.Instant(name);
    }
}
