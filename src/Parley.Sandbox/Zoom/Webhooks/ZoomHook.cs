using NodaTime;

namespace Parley.Sandbox.Zoom.Webhooks;

/// <summary>Where an app's events go: its event subscription and its deauthorization notification address.</summary>
public sealed record ZoomHook
{
    public required string AppId { get; init; }

    /// <summary>Null: the app has no event subscription.</summary>
    public string? Url { get; init; }

    /// <summary>Null: nobody is told when a user removes the app.</summary>
    public string? DeauthorizationUrl { get; init; }

    /// <summary>Events subscribed to; null: all.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>Newest first among what is due, since no order is promised.</summary>
    public bool Reversed { get; init; }

    /// <summary>When the address was last asked, or counted as asked, to prove that it holds the secret.</summary>
    public required Instant ValidatedAt { get; init; }

    /// <summary>Failed validations in a row; at <see cref="MostFailures"/> nothing is delivered any more.</summary>
    public int Failures { get; init; }

    public const int MostFailures = 6;

    /// <summary>How often it is asked again (reference §7).</summary>
    public static readonly Duration ValidFor = Duration.FromHours(72);

    public bool Disabled => Failures >= MostFailures;
}

/// <summary>States of a delivery, as the control API tells them.</summary>
internal static class ZoomDeliveryState
{
    /// <summary>To be sent when it is due.</summary>
    public const string Waiting = "waiting";
    public const string Delivered = "delivered";

    /// <summary>Answered with a status that is not repeated.</summary>
    public const string Refused = "refused";

    /// <summary>The last repetition failed too.</summary>
    public const string GivenUp = "givenUp";

    /// <summary>A fault lost it: it was never sent.</summary>
    public const string Lost = "lost";
}

/// <summary>One event on its way to one address.</summary>
public sealed record ZoomDelivery
{
    public required string Id { get; init; }
    public required string AppId { get; init; }
    public required string Url { get; init; }
    public required string Name { get; init; }

    /// <summary>The same bytes every time.</summary>
    public required string Body { get; init; }
    public required string State { get; init; }
    public required Instant DueAt { get; init; }
    public required Instant RaisedAt { get; init; }
    public int Attempts { get; init; }

    /// <summary>Status of the last answer; 0 when there was none.</summary>
    public int Status { get; init; }
    public Instant? SentAt { get; init; }
}
