using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Audit;

/// <summary>One thing that was done.</summary>
/// <param name="Actor"><c>member</c>, <c>api_key</c>, <c>customer</c>, <c>visitor</c> (nobody signed in) or <c>system</c>.</param>
/// <param name="ActorId">The member's or the key's id.</param>
/// <param name="ActorName">As it was then; of a key, its member's.</param>
/// <param name="MemberId">The member, also behind a key.</param>
/// <param name="Action">A code that stays; docs/audit.md lists them.</param>
/// <param name="Thing">Kind of the thing it was done to.</param>
/// <param name="Address">Where the request came from.</param>
/// <param name="Browser">What it said it was.</param>
/// <param name="Before">What changed, as it was, where that tells something.</param>
public sealed record AuditReply(
    string Id,
    Instant At,
    string Actor,
    string? ActorId,
    string? ActorName,
    string? MemberId,
    string Action,
    string Thing,
    string? ThingId,
    string? ThingName,
    string? Address,
    string? Browser,
    JsonElement? Before,
    JsonElement? After
)
{
    internal static AuditReply Of(AuditEntry entry) =>
        new(
            entry.Id,
            entry.At,
            entry.Actor,
            entry.ActorId,
            entry.ActorName,
            entry.MemberId,
            entry.Action,
            entry.Thing,
            entry.ThingId,
            entry.ThingName,
            entry.Address,
            entry.Browser,
            State(entry.BeforeState),
            State(entry.AfterState)
        );

    private static JsonElement? State(string? json) =>
        json is null ? null : JsonSerializer.Deserialize<JsonElement>(json, Json.Stored);
}

/// <summary>Who did what: <c>/api/v1/audit</c>.</summary>
internal static class AuditApi
{
    public static void MapAuditApi(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/audit", ListAsync)
            .RequireScope(Scope.Admin)
            .RequireAdministratorsKey()
            .WithTags("Audit")
            .WithName("listAudit")
            .WithSummary("Who did what to which thing, newest first")
            .WithMetadata(
                new QueryParameter(
                    "who",
                    $"A member's id (what their keys did counts), or one of {string.Join(", ", AuditQuery.Actors)}."
                ),
                new QueryParameter("action", "A code such as member.role_changed, or a group such as member."),
                new QueryParameter("thing", "The id of a thing, or a kind such as booking."),
                new QueryParameter("from", "At or after this instant.", Format: "date-time"),
                new QueryParameter("to", "Before this instant.", Format: "date-time")
            )
            .Produces<Page<AuditReply>>();

    private static Task<IResult> ListAsync(
        HttpContext context,
        AuditDirectory directory,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        var (from, to) = list.Range();
        var query = new AuditQuery
        {
            Who = list.Text("who"),
            Action = list.Text("action"),
            Thing = list.Text("thing"),
            From = from,
            To = to,
        };
        foreach (var name in (string[])["who", "action", "thing"])
        {
            // PostgreSQL takes no NUL in a text.
            if (list.Text(name) is { } text && (text.Length > 100 || text.Any(char.IsControl)))
            {
                list.Errors.Add(name, "must have at most 100 characters and no control characters");
            }
        }

        return list.AnswerAsync(async () =>
            (
                await directory.ListAsync(
                    Caller.Of(context).WorkspaceId,
                    query,
                    list.Limit,
                    list.After,
                    cancellationToken
                )
            ).Select(AuditReply.Of)
        );
    }
}
