using NodaTime;

namespace Parley.Server.Connections;

public sealed record ConnectRequest
{
    public required string Provider { get; init; }

    /// <summary><c>organizer</c> or <c>account</c>.</summary>
    public required string Purpose { get; init; }
}

/// <summary>Where a person connects their account. <see cref="ToString"/> hides the link.</summary>
/// <param name="ConnectUrl">Null when nobody has to consent: a server-to-server app connects at once; and in the answer to a repeated request whose connection is no longer pending.</param>
/// <param name="ExpiresAt">Of the link.</param>
public sealed record ConnectReply(string Id, string Status, string? ConnectUrl, Instant? ExpiresAt)
{
    public override string ToString() => $"ConnectReply {{ {Id} }}";
}

public sealed record OperationView(
    string Id,
    Instant At,
    string Operation,
    string Outcome,
    int? HttpStatus,
    long DurationMs,
    string? Detail
);
