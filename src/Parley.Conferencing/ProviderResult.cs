using NodaTime;

namespace Parley.Conferencing;

/// <summary>Was the change applied at the provider? The one question recovery turns on.</summary>
public enum Applied
{
    /// <summary>Certainly not: it never left, or the provider refused it.</summary>
    No,

    /// <summary>Nobody knows: time-out, cut connection, 5xx, unreadable 2xx, HTML.</summary>
    Unknown,
}

/// <summary>Why a call did not do what it was asked for.</summary>
public enum FailureKind
{
    /// <summary>DNS, connection refused, TLS: nothing reached the provider.</summary>
    NeverSent,

    /// <summary>The access token was refused (401, GoTo 403 InvalidToken, Zoom 124): refresh once, then again.</summary>
    TokenRefused,

    /// <summary>The grant is over (invalid_grant, revoked): a person must connect again.</summary>
    GrantDead,

    /// <summary>The app awaits or lost an administrator's approval.</summary>
    Unapproved,

    /// <summary>The grant lacks a scope; <see cref="ProviderFailure.Scope"/> names it.</summary>
    MissingScope,

    /// <summary>The provider knows no such meeting.</summary>
    NotFound,

    /// <summary>The provider understood and said no; saying it again will not help.</summary>
    Rejected,

    /// <summary>Too fast; see <see cref="ProviderFailure.RetryAfter"/> and <see cref="ProviderFailure.DailyQuota"/>.</summary>
    Throttled,

    /// <summary>Time-out, reset, 5xx, HTML, unreadable: see <see cref="Applied.Unknown"/>.</summary>
    Unknown,
}

/// <summary>A failure as a value: kind, the provider's words (never secrets) and what is known about timing.</summary>
public sealed record ProviderFailure
{
    public required FailureKind Kind { get; init; }

    /// <summary>Stable, lower_snake_case, ours: e.g. <c>organizer_not_licensed</c>, <c>timeout</c>, <c>invalid_grant</c>.</summary>
    public required string Code { get; init; }

    /// <summary>One sentence a person can read: what happened and, where known, why.</summary>
    public required string Message { get; init; }

    /// <summary>What to do about it, when the adapter knows.</summary>
    public string? Next { get; init; }

    /// <summary>The provider's own code and text, cut to 300 characters, tokens removed.</summary>
    public string? ProviderCode { get; init; }
    public string? ProviderMessage { get; init; }
    public int? HttpStatus { get; init; }
    public string? Scope { get; init; }
    public Duration? RetryAfter { get; init; }
    public bool DailyQuota { get; init; }

    public Applied Applied => Kind == FailureKind.Unknown ? Applied.Unknown : Applied.No;
}

/// <summary>Either a value or a failure.</summary>
public sealed class ProviderResult<T>
{
    private readonly T? _value;

    private ProviderResult(T? value, ProviderFailure? failure) => (_value, Failure) = (value, failure);

    public ProviderFailure? Failure { get; }
    public bool Succeeded => Failure is null;

    /// <exception cref="InvalidOperationException">The call failed: look at <see cref="Failure"/> first.</exception>
    public T Value =>
        Failure is null ? _value! : throw new InvalidOperationException($"The call failed: {Failure.Code}.");

    internal static ProviderResult<T> Of(T value) => new(value, null);

    public static implicit operator ProviderResult<T>(T value) => new(value, null);

    public static implicit operator ProviderResult<T>(ProviderFailure failure) => new(default, failure);
}

/// <summary>Makes results of interface types, which have no implicit conversion.</summary>
public static class ProviderResult
{
    public static ProviderResult<T> From<T>(T value) => ProviderResult<T>.Of(value);
}
