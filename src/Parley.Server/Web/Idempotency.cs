using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Web;

/// <summary>The running request's hold on its key.</summary>
public sealed class IdempotencyClaim
{
    public required string WorkspaceId { get; init; }
    public required string OwnerId { get; init; }
    public required string Route { get; init; }
    public required string Key { get; init; }
    public required string Claim { get; init; }
    internal bool Kept { get; private set; }

    /// <summary>Null when the request carries no key.</summary>
    public static IdempotencyClaim? Of(HttpContext context) => context.Features.Get<IdempotencyClaim>();

    /// <summary>Keeps the answer in the transaction that makes the resource.</summary>
    /// <exception cref="IdempotencyClaimLostException">Another request took the key over: roll back.</exception>
    public async Task CommitAsync(
        DbSession session,
        int status,
        string resourceId,
        string? location = null,
        string? reply = null
    )
    {
        var kept = await session.ExecuteAsync(
            """
            UPDATE idempotency SET status = @status, resource_id = @resourceId, location = @location, reply = @reply
            WHERE workspace_id = @WorkspaceId AND owner_id = @OwnerId AND route = @Route AND idempotency_key = @Key AND claim = @Claim AND status IS NULL
            """,
            new
            {
                status,
                resourceId,
                location,
                reply,
                WorkspaceId,
                OwnerId,
                Route,
                Key,
                Claim,
            }
        );
        if (kept == 0)
        {
            throw new IdempotencyClaimLostException();
        }

        session.AfterCommit(() => Kept = true);
    }

    /// <summary>The answer turned out otherwise than was kept: another status, or none (null), and then the key may be used again.</summary>
    public Task AmendAsync(DbSession session, int? status, string? location = null) =>
        session.ExecuteAsync(
            status is null
                ? "DELETE FROM idempotency WHERE workspace_id = @WorkspaceId AND owner_id = @OwnerId AND route = @Route AND idempotency_key = @Key AND claim = @Claim"
                : "UPDATE idempotency SET status = @status, location = @location WHERE workspace_id = @WorkspaceId AND owner_id = @OwnerId AND route = @Route AND idempotency_key = @Key AND claim = @Claim",
            new
            {
                status,
                location,
                WorkspaceId,
                OwnerId,
                Route,
                Key,
                Claim,
            }
        );
}

/// <summary>The request took so long that its repetition took over. Its own work must not become durable.</summary>
public sealed class IdempotencyClaimLostException()
    : Exception("Another request with the same Idempotency-Key took over.");

/// <summary>Idempotency-Key of POSTs: the first request claims the key, repetitions get its status and resource.</summary>
public sealed class Idempotency(Db db, IClock clock, TimeProvider time, ParleyOptions options)
{
    private const int LongestKey = 255;
    private const string Replayed = "Idempotency-Replayed";
    private static readonly Duration Kept = Duration.FromHours(48);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>After this a claim without an answer is taken for a crash.</summary>
    private Duration ClaimLife =>
        options.Provisioning.AnswerWait + options.Provisioning.HttpTimeout * 2 + Duration.FromSeconds(30);

    internal async ValueTask<object?> RunAsync(
        HttpContext context,
        IdempotencyRules rules,
        Func<ValueTask<object?>> run
    )
    {
        if (!context.Request.Headers.TryGetValue("Idempotency-Key", out var given))
        {
            return await run();
        }

        var key = given.ToString();
        if (key.Length is 0 or > LongestKey || key.Any(character => character is < ' ' or > '~'))
        {
            var errors = new FieldErrors();
            errors.Add("Idempotency-Key", $"must have 1 to {LongestKey} printable ASCII characters");
            return errors.ToProblem().ToResult();
        }

        var owner = rules.OwnerOf is null
            ? new IdempotencyOwner(Caller.Of(context).WorkspaceId, Caller.Of(context).MemberId)
            : await rules.OwnerOf(context);
        if (owner is null)
        {
            return await run();
        }

        var claim = new IdempotencyClaim
        {
            WorkspaceId = owner.WorkspaceId,
            OwnerId = owner.OwnerId,
            Route = $"{context.Request.Method} {Faults.PatternOf(context)}",
            Key = key,
            Claim = Ids.Unguessable(),
        };
        var hash = await HashAsync(context.Request);
        if (await ClaimOrAnswerAsync(context, rules, claim, hash, run) is { } answer)
        {
            return answer;
        }

        context.Features.Set(claim);
        try
        {
            return await KeepAsync(claim, rules, await run());
        }
        catch (IdempotencyClaimLostException)
        {
            return InProgress().ToResult();
        }
        finally
        {
            // What failed, or answered with a problem, may be tried again.
            if (!claim.Kept)
            {
                await ReleaseAsync(claim);
            }
        }
    }

    private async Task<object?> ClaimOrAnswerAsync(
        HttpContext context,
        IdempotencyRules rules,
        IdempotencyClaim claim,
        string hash,
        Func<ValueTask<object?>> run
    )
    {
        var patience = options.Provisioning.AnswerWait.ToTimeSpan();
        var started = time.GetTimestamp();
        while (true)
        {
            var row = await db.WriteAsync(session => TakeAsync(session, claim, hash), context.RequestAborted);
            if (row is null)
            {
                return null;
            }

            if (!string.Equals(row.BodyHash, hash, StringComparison.Ordinal))
            {
                return new Problem(
                    ProblemCodes.KeyReused,
                    "This Idempotency-Key came with another request before; nothing was done."
                )
                {
                    Next = "Use a new key for a new request.",
                }.ToResult();
            }

            if (row.Status is { } status)
            {
                return await RepeatAsync(context, rules, row, status, run);
            }

            if (time.GetElapsedTime(started) >= patience)
            {
                return InProgress().ToResult();
            }

            await Task.Delay(Look, time, context.RequestAborted);
        }
    }

    private static async Task<object?> RepeatAsync(
        HttpContext context,
        IdempotencyRules rules,
        KeyRow row,
        int status,
        Func<ValueTask<object?>> run
    )
    {
        if (rules.KeepsReply)
        {
            return new Repeated(row.Reply, status, row.Location);
        }

        if (rules.Rebuild is null)
        {
            context.Response.Headers[Replayed] = "true";
            return await run();
        }

        return await rules.Rebuild(context, row.ResourceId ?? "") is { } body
            ? new Repeated(Written(body), status, row.Location)
            : new Problem(
                ProblemCodes.NotFound,
                "The first request with this key succeeded; what it made is gone."
            ).ToResult();
    }

    /// <returns>Null when the key is ours now, else what stands there.</returns>
    private async Task<KeyRow?> TakeAsync(DbSession session, IdempotencyClaim claim, string hash)
    {
        var now = clock.GetCurrentInstant();
        var values = new
        {
            claim.WorkspaceId,
            claim.OwnerId,
            claim.Route,
            claim.Key,
            claim.Claim,
            hash,
            now,
            until = now + ClaimLife,
            expires = now + Kept,
        };
        // An expired row is as good as none; a claim that lapsed without an answer passes to whoever repeats the same body.
        var taken = await session.ExecuteAsync(
            """
            INSERT INTO idempotency (workspace_id, owner_id, route, idempotency_key, body_hash, claim, claimed_until, created_at, expires_at)
            VALUES (@WorkspaceId, @OwnerId, @Route, @Key, @hash, @Claim, @until, @now, @expires)
            ON CONFLICT (workspace_id, owner_id, route, idempotency_key) DO UPDATE SET
                body_hash = excluded.body_hash, claim = excluded.claim, claimed_until = excluded.claimed_until, status = NULL,
                location = NULL, resource_id = NULL, reply = NULL, created_at = excluded.created_at, expires_at = excluded.expires_at
            WHERE idempotency.expires_at <= @now
                OR (idempotency.status IS NULL AND idempotency.claimed_until <= @now AND idempotency.body_hash = excluded.body_hash)
            """,
            values
        );
        return taken > 0
            ? null
            : await session.FirstAsync<KeyRow>(
                """
                SELECT body_hash, status, location, resource_id, reply FROM idempotency
                WHERE workspace_id = @WorkspaceId AND owner_id = @OwnerId AND route = @Route AND idempotency_key = @Key
                """,
                values
            );
    }

    private async Task<object?> KeepAsync(IdempotencyClaim claim, IdempotencyRules rules, object? result)
    {
        var answer = result is INestedHttpResult nested ? nested.Result : result;
        if (claim.Kept || answer is not IStatusCodeHttpResult { StatusCode: null or (>= 200 and < 300) } whole)
        {
            return result;
        }

        var body = (answer as IValueHttpResult)?.Value;
        if (rules.IdIn(body) is not { } id)
        {
            return result;
        }

        await db.WriteAsync(session =>
            claim.CommitAsync(
                session,
                whole.StatusCode ?? StatusCodes.Status200OK,
                id,
                LocationOf(answer),
                rules.KeepsReply && body is not null ? Written(body) : null
            )
        );
        return result;
    }

    private Task ReleaseAsync(IdempotencyClaim claim) =>
        db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                DELETE FROM idempotency WHERE workspace_id = @WorkspaceId AND owner_id = @OwnerId AND route = @Route
                    AND idempotency_key = @Key AND claim = @Claim AND status IS NULL
                """,
                new
                {
                    claim.WorkspaceId,
                    claim.OwnerId,
                    claim.Route,
                    claim.Key,
                    claim.Claim,
                }
            )
        );

    private static string Written(object body) => JsonSerializer.Serialize(body, body.GetType(), Json.Api);

    private static string? LocationOf(object answer) =>
        answer.GetType().GetProperty("Location")?.GetValue(answer) as string;

    // Path and query belong to the request: the same key for another connection is another request.
    private static async Task<string> HashAsync(HttpRequest request)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Path}{request.QueryString}\n"));
        request.Body.Position = 0;
        var buffer = new byte[8192];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted)) > 0)
        {
            hash.AppendData(buffer.AsSpan(0, read));
        }

        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static Problem InProgress() =>
        new(ProblemCodes.KeyInProgress, "The first request with this Idempotency-Key has not finished.")
        {
            Next = "Send it again in a moment.",
            RetryAfterSeconds = 2,
        };

    private sealed record KeyRow
    {
        public required string BodyHash { get; init; }
        public int? Status { get; init; }
        public string? Location { get; init; }
        public string? ResourceId { get; init; }
        public string? Reply { get; init; }
    }

    private sealed class Repeated(string? body, int status, string? location) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            if (location is not null)
            {
                httpContext.Response.Headers.Location = location;
            }

            httpContext.Response.Headers[Replayed] = "true";
            if (body is null)
            {
                return Task.CompletedTask;
            }

            httpContext.Response.ContentType = "application/json; charset=utf-8";
            return httpContext.Response.WriteAsync(body, httpContext.RequestAborted);
        }
    }
}

/// <summary>Keeps the body of a request with a key readable twice: for its hash and for its endpoint, in either order.</summary>
internal sealed class RepeatableBody(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (
            context.Request.Headers.ContainsKey("Idempotency-Key")
            && context.GetEndpoint()?.Metadata.GetMetadata<TakesIdempotencyKey>() is not null
        )
        {
            context.Request.EnableBuffering();
        }

        return next(context);
    }
}
