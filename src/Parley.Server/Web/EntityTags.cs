using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Parley.Server.Web;

/// <summary>
/// ETags of everything the API shows (RFC 9110 §8.8.3), made in one place: <c>"STATE~FACE"</c>. FACE is of the whole reply, byte for
/// byte: <c>If-None-Match</c> compares it, so nobody misses that a join link has come. STATE is of what a change could overwrite:
/// <c>If-Match</c> compares only that, so that somebody entering the room spoils nobody's change. What cannot be changed has no STATE.
/// </summary>
public static class EntityTags
{
    private const char Between = '~';

    /// <summary>The state of something counted on every change.</summary>
    public static string StateOf(string id, long version) => FormattableString.Invariant($"{id}.{version}");

    /// <summary>The state of something that keeps no count: of all it is.</summary>
    public static string StateOf(object view) =>
        Digest(JsonSerializer.SerializeToUtf8Bytes(view, view.GetType(), Json.Stored));

    /// <summary>The reply shows something in this state.</summary>
    public static void Show(HttpContext context, string? state)
    {
        if (state is not null)
        {
            context.Features.Set(new Shown(state));
        }
    }

    public static Problem ChangedMeanwhile(string what) =>
        new(ProblemCodes.PreconditionFailed, $"{what} changed since it was read.")
        {
            Next = "Read it again and repeat the change on the new version.",
        };

    /// <summary>Every reply of the endpoint that carries a value gets its ETag, and <c>If-None-Match</c> is answered by 304.</summary>
    internal static TBuilder WithEntityTags<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(
            async (invocation, next) =>
            {
                var result = await next(invocation);
                return Tagged(invocation.HttpContext, result is INestedHttpResult nested ? nested.Result : result)
                    ?? result;
            }
        );

    internal static ReadOnlySpan<char> StateIn(ReadOnlySpan<char> tag)
    {
        var opaque = tag.Trim('"');
        var end = opaque.LastIndexOf(Between);
        return end < 0 ? opaque : opaque[..end];
    }

    private static Written? Tagged(HttpContext context, object? answer)
    {
        var reads = HttpMethods.IsGet(context.Request.Method);
        var state = context.Features.Get<Shown>()?.State;
        if (
            (!reads && state is null)
            || answer is not IValueHttpResult { Value: { } value }
            || answer is not IStatusCodeHttpResult { StatusCode: null or (>= 200 and < 300) } whole
            || answer is Written
        )
        {
            return null;
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), Json.Api);
        var tag = new EntityTagHeaderValue($"\"{(state is null ? "" : state + Between)}{Digest(body)}\"");
        context.Response.Headers.ETag = tag.ToString();
        return reads && Has(context, tag)
            ? new Written(value, [], StatusCodes.Status304NotModified)
            : new Written(value, body, whole.StatusCode ?? StatusCodes.Status200OK);
    }

    // Weakly: the same reply is the same, however its tag came here (§13.1.2).
    private static bool Has(HttpContext context, EntityTagHeaderValue tag) =>
        EntityTagHeaderValue.TryParseList(context.Request.Headers.IfNoneMatch, out var known)
        && known.Any(one => one.Tag == "*" || one.Compare(tag, useStrongComparison: false));

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12));

    private sealed record Shown(string State);

    private sealed class Written(object value, byte[] body, int status)
        : IResult,
            IValueHttpResult,
            IStatusCodeHttpResult
    {
        public object? Value => value;
        public int? StatusCode => status;

        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            if (status == StatusCodes.Status304NotModified)
            {
                return Task.CompletedTask;
            }

            httpContext.Response.ContentType = "application/json; charset=utf-8";
            httpContext.Response.ContentLength = body.Length;
            return httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
        }
    }
}
