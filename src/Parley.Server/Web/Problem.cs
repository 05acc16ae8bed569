using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Parley.Server.Web;

/// <summary>One way a request can fail, with a code that stays. Documented in docs/problems.md; a test holds the two together.</summary>
public sealed record ProblemCode(string Code, int Status, string Title);

/// <summary>Every problem code of the API: the one place.</summary>
public static class ProblemCodes
{
    public static readonly ProblemCode MalformedJson = new("malformed_json", 400, "The body is not JSON");
    public static readonly ProblemCode Invalid = new("invalid", 400, "Some fields are not right");
    public static readonly ProblemCode NotSupported = new("not_supported", 400, "Not supported yet");
    public static readonly ProblemCode Unauthenticated = new("unauthenticated", 401, "No valid API key");
    public static readonly ProblemCode Forbidden = new("forbidden", 403, "Not allowed");
    public static readonly ProblemCode NotFound = new("not_found", 404, "Not found");
    public static readonly ProblemCode MethodNotAllowed = new("method_not_allowed", 405, "Method not allowed");
    public static readonly ProblemCode Conflict = new("conflict", 409, "Something stands in the way");
    public static readonly ProblemCode SlotTaken = new("slot_taken", 409, "That time is no longer free");
    public static readonly ProblemCode KeyReused = new(
        "idempotency_key_reused",
        409,
        "The key was used for another body"
    );
    public static readonly ProblemCode KeyInProgress = new(
        "idempotency_in_progress",
        409,
        "The first request is still running"
    );
    public static readonly ProblemCode PreconditionFailed = new("precondition_failed", 412, "It changed meanwhile");
    public static readonly ProblemCode TooLarge = new("too_large", 413, "The body is too large");
    public static readonly ProblemCode UnsupportedMediaType = new("unsupported_media_type", 415, "JSON is expected");
    public static readonly ProblemCode TooManyRequests = new("too_many_requests", 429, "Too many requests");
    public static readonly ProblemCode RateLimited = new("rate_limited", 429, "The key makes too many calls");
    public static readonly ProblemCode WebhookRefused = new("webhook_refused", 401, "The delivery is not believed");
    public static readonly ProblemCode Busy = new("busy", 503, "Too much at once");
    public static readonly ProblemCode Overloaded = new("overloaded", 503, "The server is at its limit");
    public static readonly ProblemCode Internal = new("internal", 500, "A fault of ours");

    // The provider stands in the way.
    public static readonly ProblemCode ConnectionNeedsReconnect = new(
        "connection_needs_reconnect",
        409,
        "The connection must be renewed"
    );
    public static readonly ProblemCode MissingScope = new("missing_scope", 403, "The connection lacks a permission");
    public static readonly ProblemCode MeetingNotFound = new(
        "meeting_not_found",
        404,
        "The provider knows no such meeting"
    );
    public static readonly ProblemCode ProviderRejected = new("provider_rejected", 422, "The provider refused");
    public static readonly ProblemCode ProviderQuota = new("provider_quota", 429, "The provider's limit is reached");
    public static readonly ProblemCode ProviderUnavailable = new(
        "provider_unavailable",
        503,
        "The provider does not answer"
    );

    /// <summary>All of them by code, read by reflection so that none is forgotten.</summary>
    public static readonly FrozenDictionary<string, ProblemCode> All = typeof(ProblemCodes)
        .GetFields()
        .Where(field => field.FieldType == typeof(ProblemCode))
        .Select(field => (ProblemCode)field.GetValue(null)!)
        .ToFrozenDictionary(code => code.Code, StringComparer.Ordinal);
}

/// <summary>An expected failure on its way out (RFC 9457).</summary>
public sealed record Problem(ProblemCode Code, string Detail)
{
    /// <summary>What to do about it, one sentence.</summary>
    public string? Next { get; init; }

    /// <summary>Field (camelCase, dotted) → messages.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>Further members, e.g. <c>alternatives</c>.</summary>
    public IReadOnlyDictionary<string, object?>? Extensions { get; init; }
    public int? RetryAfterSeconds { get; init; }

    public IResult ToResult() => new ProblemResult(this);

    public ProblemDetails ToDetails()
    {
        var details = new ProblemDetails
        {
            Type = $"https://parley.invalid/problems#{Code.Code}",
            Title = Code.Title,
            Status = Code.Status,
            Detail = Detail,
        };
        details.Extensions["code"] = Code.Code;
        if (Next is not null)
        {
            details.Extensions["next"] = Next;
        }

        if (Errors is not null)
        {
            details.Extensions["errors"] = Errors;
        }

        foreach (var (name, value) in Extensions ?? new Dictionary<string, object?>(StringComparer.Ordinal))
        {
            details.Extensions[name] = value;
        }

        return details;
    }

    private sealed class ProblemResult(Problem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            if (problem.RetryAfterSeconds is { } seconds)
            {
                httpContext.Response.Headers.RetryAfter = seconds.ToString(
                    System.Globalization.CultureInfo.InvariantCulture
                );
            }

            httpContext.Response.StatusCode = problem.Code.Status;
            return httpContext.Response.WriteAsJsonAsync(
                problem.ToDetails(),
                Json.Api,
                "application/problem+json",
                httpContext.RequestAborted
            );
        }
    }
}

/// <summary>Either a value or a problem: how capabilities answer their endpoints and pages.</summary>
public readonly struct Answer<T>
{
    private readonly T? _value;

    private Answer(T? value, Problem? problem) => (_value, Problem) = (value, problem);

    public Problem? Problem { get; }
    public bool Succeeded => Problem is null;

    /// <exception cref="InvalidOperationException">There is a problem instead.</exception>
    public T Value => Problem is null ? _value! : throw new InvalidOperationException(Problem.Detail);

    public static implicit operator Answer<T>(T value) => new(value, null);

    public static implicit operator Answer<T>(Problem problem) => new(default, problem);
}

/// <summary>Collects everything wrong with a request, so that one answer names it all.</summary>
public sealed class FieldErrors
{
    /// <summary>The cure of every one of them; pages, which show each mistake at its field, leave it out.</summary>
    public const string Next = "Correct the fields named in errors, then send it again.";
    private readonly Dictionary<string, List<string>> _errors = new(StringComparer.Ordinal);

    public bool Any => _errors.Count > 0;

    /// <param name="field">camelCase, dotted for nested fields, as the caller sent it.</param>
    /// <param name="message">What is expected: "must be between 1 and 1440".</param>
    public void Add(string field, string message)
    {
        if (!_errors.TryGetValue(field, out var messages))
        {
            _errors[field] = messages = [];
        }

        messages.Add(message);
    }

    public Problem ToProblem() =>
        new(
            ProblemCodes.Invalid,
            string.Join(" ", _errors.Select(error => $"{error.Key}: {string.Join("; ", error.Value)}."))
        )
        {
            Next = Next,
            Errors = _errors.ToDictionary(error => error.Key, error => error.Value.ToArray(), StringComparer.Ordinal),
        };
}
