using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.WriteBack;

/// <summary>A header as sent and shown.</summary>
public sealed record WriteBackHeaderBody
{
    public string? Name { get; init; }

    /// <summary>Never shown where it is secret; left out, the one there is stays.</summary>
    public string? Value { get; init; }
    public bool Secret { get; init; }

    // A record prints its members; secrets are not for logs.
    public override string ToString() => $"WriteBackHeaderBody {{ {Name} }}";
}

/// <summary>Body of POST and PATCH.</summary>
public sealed record WriteBackBody
{
    public string? Name { get; init; }

    /// <summary>https, with placeholders behind the host, such as <c>https://crm.example/records/{{reference.recordId}}/notes</c>.</summary>
    public string? Url { get; init; }

    /// <summary>POST (the default), PUT or PATCH.</summary>
    public string? Method { get; init; }

    /// <summary>application/json (the default), application/merge-patch+json, application/x-www-form-urlencoded, application/xml or text/plain.</summary>
    public string? ContentType { get; init; }
    public string? Body { get; init; }
    public IReadOnlyList<WriteBackHeaderBody>? Headers { get; init; }
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>Only for references of this system; null: of any.</summary>
    public string? System { get; init; }
    public bool? Active { get; init; }

    internal WriteBackSettings ToSettings() =>
        new()
        {
            Name = Name?.Trim() ?? "",
            Url = Url?.Trim() ?? "",
            Method = Method?.Trim().ToUpperInvariant() ?? "POST",
            ContentType = ContentType ?? WriteBackContent.Json,
            Body = Body ?? "",
            Headers =
                Headers
                    ?.Select(header => new WriteBackHeader(header.Name?.Trim() ?? "", header.Value, header.Secret))
                    .ToList()
                ?? [],
            Events = Events?.Distinct(StringComparer.Ordinal).ToList() ?? [],
            System = string.IsNullOrWhiteSpace(System) ? null : System.Trim(),
            Active = Active ?? true,
        };

    internal static WriteBackBody Of(WriteBackRow row) =>
        new()
        {
            Name = row.Name,
            Url = row.Url,
            Method = row.Method,
            ContentType = row.ContentType,
            Body = row.Body,
            Headers = WriteBacksApi.HeadersOf(row),
            Events = row.EventList,
            System = row.System,
            Active = row.Active,
        };
}

/// <summary>A write-back, without its secrets.</summary>
public sealed record WriteBackReply(
    string Id,
    string Name,
    string Url,
    string Method,
    string ContentType,
    string Body,
    IReadOnlyList<WriteBackHeaderBody> Headers,
    IReadOnlyList<string> Events,
    string? System,
    bool Active,
    Instant CreatedAt,
    Instant UpdatedAt
);

/// <param name="RecordId">Stands for <c>reference.recordId</c>; <c>test</c> when left out.</param>
public sealed record WriteBackTestRequest(string? RecordId = null);

/// <summary><c>/api/v1/write-backs</c>: requests sent to other systems when something happens to a meeting with a reference.</summary>
internal static class WriteBacksApi
{
    public const int LongestRecordId = 200;

    public static void MapWriteBacksApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/write-backs").RequireAdministratorsKey().WithTags("Write-backs");
        api.MapGet("", ListAsync)
            .RequireScope("webhooks:read")
            .WithName("listWriteBacks")
            .WithSummary("Write-backs, oldest first; without their secrets")
            .Produces<Page<WriteBackReply>>()
            .ProducesProblem(400);
        api.MapPost("", CreateAsync)
            .RequireScope("webhooks:write")
            .WithName("createWriteBack")
            .WithSummary("Makes a write-back; values of secret headers are kept in the vault and never shown again")
            .Accepts<WriteBackBody>("application/json")
            .Produces<WriteBackReply>(201)
            .ProducesProblem(400)
            .ProducesProblem(409)
            .WithIdempotency(
                new IdempotencyRules
                {
                    Rebuild = async (context, id) =>
                        await ((WriteBacks)context.RequestServices.GetService(typeof(WriteBacks))!).FindAsync(
                            Caller.Of(context).WorkspaceId,
                            id,
                            context.RequestAborted
                        )
                            is { } row
                            ? ToReply(row)
                            : null,
                }
            );
        api.MapGet("/{id}", GetAsync)
            .RequireScope("webhooks:read")
            .WithName("getWriteBack")
            .WithSummary("One write-back, without its secrets")
            .Produces<WriteBackReply>()
            .ProducesProblem(404);
        api.MapPatch("/{id}", PatchAsync)
            .RequireScope("webhooks:write")
            .WithName("updateWriteBack")
            .WithSummary("Changes what is named in the body (JSON merge patch); headers are replaced as a whole")
            .HonoursIfMatch()
            .Accepts<WriteBackBody>("application/merge-patch+json", "application/json")
            .Produces<WriteBackReply>()
            .ProducesProblem(400)
            .ProducesProblem(404);
        api.MapDelete("/{id}", DeleteAsync)
            .RequireScope("webhooks:write")
            .WithName("deleteWriteBack")
            .WithSummary("Removes a write-back; what was not sent yet is dropped")
            .Produces(204)
            .ProducesProblem(404);
        api.MapPost("/{id}/test", TestAsync)
            .RequireScope("webhooks:write")
            .WithIdempotency(IdempotencyRules.ReplyKept)
            .WithName("testWriteBack")
            .WithSummary(
                "Sends the request once with made-up values and tells the status; nothing of the answer's body"
            )
            .Accepts<WriteBackTestRequest>("application/json")
            .Produces<WriteBackTestReply>()
            .ProducesProblem(400)
            .ProducesProblem(404);
        api.MapGet("/{id}/deliveries", DeliveriesAsync)
            .RequireScope("webhooks:read")
            .WithName("listWriteBackDeliveries")
            .WithSummary("What was sent, newest first")
            .WithMetadata(new QueryParameter("status", "pending, delivered or dead."))
            .WithMetadata(new QueryParameter("type", "Name of an event."))
            .Produces<Page<WebhookDeliveryReply>>()
            .ProducesProblem(404);
        api.MapPost("/{id}/deliveries/{deliveryId}/redeliver", RedeliverAsync)
            .RequireScope("webhooks:write")
            .WithName("redeliverWriteBack")
            .WithSummary("Sends the same event once more, with the templates as they are now")
            .WithIdempotency(WebhooksApi.OfDelivery)
            .Produces<WebhookDeliveryReply>(202)
            .ProducesProblem(404);
    }

    public static Problem NotFound() => WebhooksApi.NotFound();

    public static List<WriteBackHeaderBody> HeadersOf(WriteBackRow row) =>
        [
            .. row.HeaderList.Select(header => new WriteBackHeaderBody
            {
                Name = header.Name,
                Value = header.Value,
                Secret = header.Secret,
            }),
        ];

    public static WriteBackReply ToReply(WriteBackRow row) =>
        new(
            row.Id,
            row.Name,
            row.Url,
            row.Method,
            row.ContentType,
            row.Body,
            HeadersOf(row),
            row.EventList,
            row.System,
            row.Active,
            row.CreatedAt,
            row.UpdatedAt
        );

    private static Task<IResult> ListAsync(
        HttpContext context,
        WriteBacks writeBacks,
        CancellationToken cancellationToken
    )
    {
        var list = ListRequest.Read(context);
        return list.AnswerAsync(async () =>
            (
                await writeBacks.PageAsync(Caller.Of(context).WorkspaceId, list.After, list.Limit, cancellationToken)
            ).Select(ToReply)
        );
    }

    private static async Task<IResult> CreateAsync(
        HttpContext context,
        WriteBacks writeBacks,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadAsync<WriteBackBody>(context);
        if (body.Problem is { } malformed)
        {
            return malformed.ToResult();
        }

        var claim = IdempotencyClaim.Of(context);
        var made = await writeBacks.CreateAsync(
            Caller.Of(context).WorkspaceId,
            body.Value.ToSettings(),
            claim is null ? null : (session, id) => claim.CommitAsync(session, 201, id, Location(id)),
            cancellationToken
        );
        if (made.Problem is { } problem)
        {
            return problem.ToResult();
        }

        context.Response.Headers.Location = Location(made.Value.Id);
        return Results.Json(ToReply(made.Value), Json.Api, statusCode: 201);
    }

    private static async Task<IResult> GetAsync(
        string id,
        HttpContext context,
        WriteBacks writeBacks,
        CancellationToken cancellationToken
    ) =>
        await writeBacks.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is { } row
            ? Show(context, row)
            : NotFound().ToResult();

    private static async Task<IResult> PatchAsync(
        string id,
        HttpContext context,
        WriteBacks writeBacks,
        CancellationToken cancellationToken
    )
    {
        var workspaceId = Caller.Of(context).WorkspaceId;
        if (await writeBacks.FindAsync(workspaceId, id, cancellationToken) is not { } row)
        {
            return NotFound().ToResult();
        }

        var body = await RequestBody.ReadPatchAsync(context, WriteBackBody.Of(row));
        if (body.Problem is { } malformed)
        {
            return malformed.ToResult();
        }

        var changed = await writeBacks.ChangeAsync(
            workspaceId,
            id,
            body.Value.ToSettings(),
            Precondition.Of(context),
            cancellationToken
        );
        return changed.Problem?.ToResult() ?? Show(context, changed.Value);
    }

    private static async Task<IResult> DeleteAsync(
        string id,
        HttpContext context,
        WriteBacks writeBacks,
        CancellationToken cancellationToken
    ) =>
        await writeBacks.RemoveAsync(Caller.Of(context).WorkspaceId, id, cancellationToken)
            ? Results.NoContent()
            : NotFound().ToResult();

    private static async Task<IResult> TestAsync(
        string id,
        HttpContext context,
        WriteBacks writeBacks,
        WriteBackRequests requests,
        CancellationToken cancellationToken
    )
    {
        if (await writeBacks.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is not { } row)
        {
            return NotFound().ToResult();
        }

        var recordId = (string?)null;
        if (context.Request.ContentLength is > 0)
        {
            var body = await RequestBody.ReadAsync<WriteBackTestRequest>(context);
            if (body.Problem is { } malformed)
            {
                return malformed.ToResult();
            }

            var errors = new FieldErrors();
            recordId = body.Value.RecordId is { } given ? errors.Text("recordId", given, 1, LongestRecordId) : null;
            if (errors.Any)
            {
                return errors.ToProblem().ToResult();
            }
        }

        return Results.Json(await requests.TestAsync(row, recordId ?? "test", cancellationToken), Json.Api);
    }

    private static Task<IResult> DeliveriesAsync(
        string id,
        HttpContext context,
        WriteBacks writeBacks,
        WebhookLog log,
        CancellationToken cancellationToken
    ) =>
        WebhookDeliveriesApi.OfRecipientAsync(
            id,
            context,
            (workspaceId, recipientId) => writeBacks.FindAsync(workspaceId, recipientId, cancellationToken),
            log,
            cancellationToken
        );

    private static async Task<IResult> RedeliverAsync(
        string id,
        string deliveryId,
        HttpContext context,
        WriteBacks writeBacks,
        WriteBackLog log,
        CancellationToken cancellationToken
    ) =>
        await writeBacks.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken) is { } row
        && await log.RedoAsync(row, deliveryId, cancellationToken) is { } delivery
            ? Results.Json(WebhookDeliveriesApi.ToReply(delivery), Json.Api, statusCode: 202)
            : NotFound().ToResult();

    private static IResult Show(HttpContext context, WriteBackRow row)
    {
        EntityTags.Show(context, row.State);
        return Results.Json(ToReply(row), Json.Api);
    }

    private static string Location(string id) => $"/api/v1/write-backs/{id}";
}
