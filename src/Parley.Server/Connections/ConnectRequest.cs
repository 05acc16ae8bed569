using NodaTime;

namespace Parley.Server.Connections;

public sealed record ConnectRequest
{
    public required string Provider { get; init; }

    /// <summary><c>organizer</c> or <c>account</c>.</summary>
    public required string Purpose { get; init; }

    /// <summary>
    /// For a client registered with a fixed loopback address, http://localhost:8080: the provider sends the browser there, and whoever
    /// listens hands it on to Parley's own callback (RFC 8252, section 7.3). Left out: Parley's own address.
    /// </summary>
    public string? RedirectUri { get; init; }
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
