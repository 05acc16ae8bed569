using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Embed;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>An API key. <paramref name="Secret"/> is there in the reply that made it and never again.</summary>
/// <param name="Kind"><c>secret</c> or <c>publishable</c>: one for the source of other pages, which opens the embeds alone.</param>
/// <param name="Key">Of a publishable key: the whole of it.</param>
/// <param name="Origins">Of a publishable key: whose pages it works on.</param>
/// <param name="ConnectionId">Of a publishable key: the account that hosts.</param>
/// <param name="Prefix">The first characters of the secret, to tell keys apart.</param>
/// <param name="MemberId">Whoever the key acts for.</param>
public sealed record ApiKeyReply(
    string Id,
    string Kind,
    string Name,
    string Prefix,
    IReadOnlyList<string> Scopes,
    string MemberId,
    Instant CreatedAt,
    Instant? LastUsedAt,
    string? Key,
    IReadOnlyList<string>? Origins,
    string? ConnectionId,
    [property: System.Text.Json.Serialization.JsonIgnore(
        Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull
    )]
        string? Secret = null
);

/// <param name="Name">For people: what the key is for.</param>
/// <param name="Scopes">connections, meetings, bookings, usage, webhooks, each :read or :write; or admin. Not of a publishable key.</param>
/// <param name="Kind"><c>secret</c> (default) or <c>publishable</c>.</param>
/// <param name="Origins">Of a publishable key: https://host[:port] of each page it may be used on, exactly; http of localhost alone.</param>
/// <param name="ConnectionId">Of a publishable key: the organizer's connection that hosts what is scheduled with it.</param>
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
            .WithSummary(
                "Makes an API key for the caller; the secret is in this reply only. Or a publishable one, for embeds."
            )
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

    private static Task<IResult> ListAsync(HttpContext context, ApiKeys keys)
    {
        var list = ListRequest.Read(context);
        return list.AnswerAsync(async () =>
            (await keys.ListAsync(Caller.Of(context).WorkspaceId, list.Limit, list.After)).Select(key => ToReply(key))
        );
    }

    private static async Task<IResult> CreateAsync(
        HttpContext context,
        ApiKeys keys,
        PublishableKeys publishable,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadAsync<ApiKeyRequest>(context);
        if (!body.Succeeded)
        {
            return body.Problem!.ToResult();
        }

        var request = body.Value;
        if (Misfits(request) is { } misfits)
        {
            return misfits.ToResult();
        }

        var claim = IdempotencyClaim.Of(context);
        Func<DbSession, string, Task>? keep = claim is null
            ? null
            : (session, id) => claim.CommitAsync(session, 201, id, Location(id));
        if (request.Kind == ApiKeyKind.Publishable)
        {
            var open = await publishable.CreateAsync(
                Caller.Of(context),
                request.Name,
                request.Origins,
                request.ConnectionId,
                cancellationToken,
                keep
            );
            return open.Succeeded ? Created(context, ToReply(open.Value)) : open.Problem!.ToResult();
        }

        var answer = await keys.CreateAsync(Caller.Of(context), request.Name, request.Scopes, keep);
        return answer.Succeeded
            ? Created(context, ToReply(answer.Value.Key, answer.Value.Secret))
            : answer.Problem!.ToResult();
    }

    private static IResult Created(HttpContext context, ApiKeyReply reply)
    {
        context.Response.Headers.Location = Location(reply.Id);
        return Results.Json(reply, Json.Api, statusCode: 201);
    }

    /// <summary>What one kind of key has and the other has not is named, never passed over.</summary>
    private static Problem? Misfits(ApiKeyRequest request)
    {
        var errors = new FieldErrors();
        switch (request.Kind)
        {
            case null or ApiKeyKind.Secret:
                if (request.Origins is not null)
                {
                    errors.Add("origins", "belongs to keys of kind publishable");
                }

                if (request.ConnectionId is not null)
                {
                    errors.Add("connectionId", "belongs to keys of kind publishable");
                }

                break;
            case ApiKeyKind.Publishable:
                if (request.Scopes is { Count: > 0 })
                {
                    errors.Add("scopes", "must be left out: a publishable key opens the embeds and nothing else");
                }

                break;
            default:
                errors.Add("kind", "must be secret or publishable");
                break;
        }

        return errors.Any ? errors.ToProblem() : null;
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, ApiKeys keys) =>
        await keys.RevokeAsync(Caller.Of(context).WorkspaceId, id)
            ? Results.NoContent()
            : new Problem(ProblemCodes.NotFound, "There is nothing here, or not for this key.").ToResult();

    private static string Location(string id) => $"/api/v1/api-keys/{id}";

    private static ApiKeys Keys(HttpContext context) => (ApiKeys)context.RequestServices.GetService(typeof(ApiKeys))!;

    private static ApiKeyReply ToReply(ApiKeyRow key, string? secret = null) =>
        new(
            key.Id,
            key.Kind,
            key.Name,
            key.Prefix,
            key.ScopeList,
            key.MemberId,
            key.CreatedAt,
            key.LastUsedAt,
            key.KeyText,
            key.IsPublishable ? key.OriginList : null,
            key.ConnectionId,
            secret
        );
}
