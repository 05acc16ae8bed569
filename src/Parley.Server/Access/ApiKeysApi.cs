using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>An API key. <paramref name="Secret"/> is there in the reply that made it and never again.</summary>
/// <param name="Prefix">The first characters of the secret, to tell keys apart.</param>
/// <param name="MemberId">Whoever the key acts for.</param>
public sealed record ApiKeyReply(
    string Id,
    string Name,
    string Prefix,
    IReadOnlyList<string> Scopes,
    string MemberId,
    Instant CreatedAt,
    Instant? LastUsedAt,
    [property: System.Text.Json.Serialization.JsonIgnore(
        Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull
    )]
        string? Secret = null
);

/// <param name="Name">For people: what the key is for.</param>
/// <param name="Scopes">connections, meetings, bookings, usage, webhooks, each :read or :write; or admin.</param>
/// <param name="Kind">Only <c>secret</c> so far.</param>
public sealed record ApiKeyRequest(
    string? Name,
    IReadOnlyList<string>? Scopes,
    string? Kind = null,
    IReadOnlyList<string>? Origins = null,
    string? ConnectionId = null
);

internal static class ApiKeysApi
{
    public static void MapApiKeysApi(this IEndpointRouteBuilder routes)
    {
        var api = routes
            .MapGroup("/api/v1/api-keys")
            .RequireScope(Scope.Admin)
            .RequireAdministratorsKey()
            .WithTags("API keys");
        api.MapGet("", ListAsync)
            .WithName("listApiKeys")
            .WithSummary("Lists the workspace's API keys, without their secrets.")
            .Produces<Page<ApiKeyReply>>()
            .ProducesProblem(400);
        api.MapPost("", CreateAsync)
            .WithName("createApiKey")
            .WithSummary("Makes an API key for the caller; the secret is in this reply only.")
            .Accepts<ApiKeyRequest>("application/json")
            .Produces<ApiKeyReply>(201)
            .ProducesProblem(400)
            .ProducesProblem(409)
            .WithIdempotency(
                new IdempotencyRules
                {
                    Rebuild = async (context, id) =>
                        await Keys(context).FindAsync(Caller.Of(context).WorkspaceId, id) is { } key
                            ? ToReply(key)
                            : null,
                }
            );
        api.MapDelete("/{id}", DeleteAsync)
            .WithName("deleteApiKey")
            .WithSummary("Revokes a key, at once.")
            .Produces(204)
            .ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(HttpContext context, ApiKeys keys)
    {
        var list = ListRequest.Read(context);
        if (list.Errors.Any)
        {
            return list.Errors.ToProblem().ToResult();
        }

        var page = await keys.ListAsync(Caller.Of(context).WorkspaceId, list.Limit, list.After);
        return Results.Json(
            new Page<ApiKeyReply>(page.Items.Select(key => ToReply(key)).ToList(), page.NextCursor),
            Json.Api
        );
    }

    private static async Task<IResult> CreateAsync(HttpContext context, ApiKeys keys)
    {
        var body = await RequestBody.ReadAsync<ApiKeyRequest>(context);
        if (!body.Succeeded)
        {
            return body.Problem!.ToResult();
        }

        var request = body.Value;
        if (request.Kind is not (null or "secret") || request.Origins is not null || request.ConnectionId is not null)
        {
            var field =
                request.Kind is not (null or "secret") ? "kind"
                : request.Origins is not null ? "origins"
                : "connectionId";
            return new Problem(ProblemCodes.NotSupported, $"{field}: only secret keys can be made so far.")
            {
                Errors = new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    [field] = ["is not supported yet"],
                },
            }.ToResult();
        }

        var claim = IdempotencyClaim.Of(context);
        var answer = await keys.CreateAsync(
            Caller.Of(context),
            request.Name,
            request.Scopes,
            claim is null ? null : (session, id) => claim.CommitAsync(session, 201, id, Location(id))
        );
        if (!answer.Succeeded)
        {
            return answer.Problem!.ToResult();
        }

        context.Response.Headers.Location = Location(answer.Value.Key.Id);
        return Results.Json(ToReply(answer.Value.Key, answer.Value.Secret), Json.Api, statusCode: 201);
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, ApiKeys keys) =>
        await keys.RevokeAsync(Caller.Of(context).WorkspaceId, id)
            ? Results.NoContent()
            : new Problem(ProblemCodes.NotFound, "There is nothing here, or not for this key.").ToResult();

    private static string Location(string id) => $"/api/v1/api-keys/{id}";

    private static ApiKeys Keys(HttpContext context) => (ApiKeys)context.RequestServices.GetService(typeof(ApiKeys))!;

    private static ApiKeyReply ToReply(ApiKeyRow key, string? secret = null) =>
        new(key.Id, key.Name, key.Prefix, key.Scopes.Split(' '), key.MemberId, key.CreatedAt, key.LastUsedAt, secret);
}
