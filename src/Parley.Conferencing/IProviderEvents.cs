using NodaTime;

namespace Parley.Conferencing;

/// <summary>
/// Reads what a provider delivers by itself over HTTP (webhooks). Pure: no network, no database, no clock. A delivery is believed only after
/// its signature over the raw bytes fits one of the secrets.
/// </summary>
public interface IProviderEvents
{
    /// <param name="body">As received, byte for byte.</param>
    /// <param name="header">The value of a header by name; null when absent.</param>
    /// <param name="secrets">Any of them may have signed. Empty: everything is refused.</param>
    /// <param name="now">Deliveries dated too far from it are refused.</param>
    EventDelivery Read(
        ReadOnlyMemory<byte> body,
        Func<string, string?> header,
        IReadOnlyList<string> secrets,
        Instant now
    );
}

/// <summary>What a delivery turned out to be.</summary>
public abstract record EventDelivery
{
    private EventDelivery() { }

    /// <summary>Not believed; nothing of it may be acted on. Answer 401.</summary>
    /// <param name="Code">Stable: <c>signature_missing</c>, <c>signature_wrong</c>, <c>timestamp_out_of_window</c>, <c>no_secret_configured</c>.</param>
    public sealed record Refused(string Code, string Message) : EventDelivery;

    /// <summary>The provider asks whether we hold the secret: answer 200 with this JSON.</summary>
    public sealed record Challenge(string ReplyJson) : EventDelivery;

    /// <summary>Believed. An event nobody knows is believed too and says <see cref="ProviderEventKind.Other"/>.</summary>
    public sealed record Accepted(ProviderEvent Event) : EventDelivery;
}

public enum ProviderEventKind
{
    /// <summary>Nothing we act on: answered 2xx and forgotten.</summary>
    Other,
    MeetingCreated,
    MeetingUpdated,
    MeetingDeleted,
    MeetingStarted,
    MeetingEnded,
    ParticipantJoined,
    ParticipantLeft,

    /// <summary>The person or an administrator took the app away: tokens are dead and what we hold of them must be erased.</summary>
    AppDeauthorized,

    /// <summary>Somebody asked an administrator to approve the app.</summary>
    ApprovalRequested,

    /// <summary>An account's user was changed, deactivated or removed.</summary>
    UserChanged,
}

/// <summary>One event in our words. Keys and ids are opaque text in the form the other calls of the provider use.</summary>
public sealed record ProviderEvent
{
    public required ProviderEventKind Kind { get; init; }

    /// <summary>The provider's own name of it, for the log.</summary>
    public required string Name { get; init; }

    /// <summary>Equal for every delivery of one event, different for different events: what the inbox dedupes by.</summary>
    public required string DedupeKey { get; init; }

    /// <summary>When it happened by the provider's clock; null when not told.</summary>
    public Instant? At { get; init; }
    public string? AccountKey { get; init; }

    /// <summary>Whose event it is: the meeting's host, the user who removed the app.</summary>
    public string? OrganizerKey { get; init; }

    /// <summary>The OAuth client it concerns, where told.</summary>
    public string? ClientId { get; init; }
    public string? MeetingId { get; init; }

    /// <summary>The run of the meeting (<see cref="HeldSession"/>), where told.</summary>
    public string? SessionId { get; init; }

    /// <summary>Who joined or left: name and address as far as told.</summary>
    public string? ParticipantName { get; init; }
    public string? ParticipantEmail { get; init; }
}
