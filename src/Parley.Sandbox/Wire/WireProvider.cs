using Parley.Sandbox.State;
using Parley.Sandbox.Zoom;

namespace Parley.Sandbox.Wire;

/// <summary>The twins: whose a call is, what it is called, and how its provider words an error.</summary>
internal static class WireProvider
{
    public const string GoTo = "gotomeeting";
    public const string Zoom = "zoom";

    public static readonly IReadOnlyList<string> All = [GoTo, Zoom];

    /// <summary>Null for the sandbox's own pages and control calls.</summary>
    public static string? Of(string path) =>
        path.StartsWith("/goto/", StringComparison.Ordinal) ? GoTo
        : path.StartsWith("/zoom/", StringComparison.Ordinal) ? Zoom
        : null;

    public static string Operation(string provider, string method, string path, string query, string body) =>
        provider == Zoom ? ZoomOperations.Name(method, path, query, body) : Operations.Name(method, path, query, body);

    /// <summary>What faults may name.</summary>
    public static IReadOnlyList<string> ForFaults(string provider) =>
        provider == Zoom ? ZoomOperations.ForFaults : Operations.ForFaults;

    /// <summary>Lists that can lag behind.</summary>
    public static IReadOnlyList<string> Lists(string provider) =>
        provider == Zoom ? ZoomOperations.Lists : Operations.Lists;

    /// <summary>The body of an error that a fault made, when the fault names none.</summary>
    public static string ErrorBody(Fault fault, int status) =>
        fault.Provider != Zoom ? $$"""{"errorCode":"SANDBOX_FAULT","message":"{{fault.Kind}}"}"""
        : status != 429 ? $$"""{"code":{{status}},"message":"{{fault.Kind}}"}"""
        : fault.PerDay is not null
            ? """{"code":429,"message":"You have reached the maximum daily rate limit for this API. Refer to the response header for details on when you can make another request."}"""
        : """{"code":429,"message":"You have reached the maximum per-second rate limit for this API. Try again later."}""";
}
