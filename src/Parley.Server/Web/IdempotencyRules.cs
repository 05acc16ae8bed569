using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Web;

/// <summary>Whose keys a request's Idempotency-Key belongs to.</summary>
public sealed record IdempotencyOwner(string WorkspaceId, string OwnerId);

/// <summary>How a POST takes Idempotency-Key: what a repetition is answered with.</summary>
public sealed record IdempotencyRules
{
    /// <summary>The reply itself: for what makes no resource, and whose reply holds no secret and no link with rights.</summary>
    public static readonly IdempotencyRules ReplyKept = new() { KeepsReply = true };

    /// <summary>The work is done once more: for what changes nothing, and whose reply is never stored or always the same.</summary>
    public static readonly IdempotencyRules DoneAgain = new();

    /// <summary>The reply's body, made again from the resource as it is now; null when it is gone.</summary>
    public Func<HttpContext, string, Task<object?>>? Rebuild { get; init; }

    /// <summary>Id of the resource in a reply's body; not needed where the endpoint commits the claim itself.</summary>
    public Func<object, string>? IdOf { get; init; }

    /// <summary>Default: the API key's member. Null as answer: the key is ignored.</summary>
    public Func<HttpContext, ValueTask<IdempotencyOwner?>>? OwnerOf { get; init; }

    internal bool KeepsReply { get; private init; }

    /// <returns>What a repetition finds the resource by, empty where there is none; null: the endpoint has kept its answer, or none is kept.</returns>
    internal string? IdIn(object? body) =>
        Rebuild is null ? ""
        : IdOf is not null && body is not null ? IdOf(body)
        : null;
}

public static class IdempotencyConventions
{
    /// <summary>
    /// The POST takes Idempotency-Key as API.md says. Within its transaction the endpoint should call
    /// <see cref="IdempotencyClaim.CommitAsync"/>, so that key and resource become durable together; where it does not, the
    /// key is kept after a 2xx answer.
    /// </summary>
    public static RouteHandlerBuilder WithIdempotency(this RouteHandlerBuilder builder, IdempotencyRules rules) =>
        builder
            .WithMetadata(new TakesIdempotencyKey())
            .AddEndpointFilter(
                async (context, next) =>
                    await context
                        .HttpContext.RequestServices.GetRequiredService<Idempotency>()
                        .RunAsync(context.HttpContext, rules, () => next(context))
            );
}

/// <summary>On every endpoint that takes the key: its body must stay readable after binding, and the API document says so.</summary>
internal sealed record TakesIdempotencyKey;
