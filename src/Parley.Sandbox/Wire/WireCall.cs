using Microsoft.AspNetCore.Http;
using NodaTime;

namespace Parley.Sandbox.Wire;

/// <summary>What is known about the provider call being answered.</summary>
internal sealed record WireCall
{
    public required string Provider { get; init; }
    public required string Operation { get; init; }

    /// <summary>The sandbox's time when the call came in; a call applied late is judged by it.</summary>
    public required Instant ReceivedAt { get; init; }
    public required string Body { get; init; }

    /// <summary>How old a change must be for a list to show it.</summary>
    public Duration ListLag { get; init; }

    /// <summary>Hash of the bearer token of a call applied late, whose header is no longer there.</summary>
    public string? TokenId { get; init; }

    /// <summary>Whether a refresh rotates, whatever the settings say.</summary>
    public bool Rotate { get; init; }

    public static WireCall Of(HttpContext context) =>
        context.Items[typeof(WireCall)] as WireCall
        ?? throw new InvalidOperationException("Only calls under a provider's prefix have a WireCall.");

    public void Attach(HttpContext context) => context.Items[typeof(WireCall)] = this;
}
