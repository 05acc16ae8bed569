using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>Meetings of all connections together: <c>/api/v1/meetings</c>.</summary>
internal static class MeetingDirectoryApi
{
    private static readonly string[] Statuses =
    [
        MeetingStatus.Scheduled,
        MeetingStatus.Provisioning,
        MeetingStatus.InProgress,
        MeetingStatus.Ended,
        MeetingStatus.Removing,
        MeetingStatus.Attention,
    ];

    public static void MapMeetingDirectoryApi(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/meetings", ListAsync)
            .RequireScope("meetings:read")
            .WithTags("Meetings")
            .WithName("findMeetings")
            .WithSummary("Meetings of all connections, Parley's and others', from what was last observed")
            .WithMetadata(
                new QueryParameter("from", "Ends after this instant.", Format: "date-time"),
                new QueryParameter("to", "Starts before this instant.", Format: "date-time"),
                new QueryParameter("connectionId", "Of one connection alone."),
                new QueryParameter("provider", "Of one provider alone: gotomeeting, zoom."),
                new QueryParameter(
                    "organizer",
                    "Of one organizer alone, by key or e-mail address; also of those a connection for reports reads."
                ),
                new QueryParameter("status", $"One of {string.Join(", ", Statuses)}."),
                new QueryParameter(
                    "q",
                    "Part of the subject, of an attendee's or customer's name or address, or of the record's system or id."
                ),
                new QueryParameter("reference", "Of one record alone: system:recordId."),
                new QueryParameter("recordId", "Of the record with this id, whatever the system."),
                new QueryParameter(
                    "sort",
                    $"One of {string.Join(", ", MeetingSort.Names)}; a minus in front turns it round. startsAt where it is left out; what is alike stands by time."
                )
            )
            .Produces<Page<MeetingView>>();

    private static async Task<IResult> ListAsync(
        HttpContext context,
        MeetingDirectory directory,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        var (system, recordId) = ReferenceRequest.ReadFilter(list);
        var sort = MeetingSort.EarliestFirst;
        if (list.Text("sort") is { } order && !MeetingSort.TryParse(order, out sort))
        {
            list.Errors.Add(
                "sort",
                $"must be one of {string.Join(", ", MeetingSort.Names)}, with a minus in front to turn it round"
            );
        }

        var (from, to) = list.Range();
        var query = new MeetingQuery
        {
            From = from,
            To = to,
            ConnectionId = list.Text("connectionId"),
            Provider = list.Text("provider"),
            Organizer = list.Text("organizer"),
            Status = list.Text("status"),
            Text = list.Text("q"),
            ReferenceSystem = system,
            RecordId = recordId,
            Sort = sort,
            Limit = list.Limit,
            After = list.After,
        };
        if (query.Status is not null && !Statuses.Contains(query.Status, StringComparer.Ordinal))
        {
            list.Errors.Add("status", $"must be one of {string.Join(", ", Statuses)}");
        }

        return list.Errors.Any
            ? list.Errors.ToProblem().ToResult()
            : Results.Json(await directory.FindAsync(Caller.Of(context), query, cancellationToken), Json.Api);
    }
}
