using Microsoft.AspNetCore.Builder;

namespace Parley.Server.Web;

/// <summary>What an operation does that may go wrong in the same ways wherever it is done: endpoint metadata, read by the API document.</summary>
/// <param name="Codes">The problems it may answer besides those every operation of its shape may.</param>
internal sealed record OperationTrait(params IReadOnlyList<ProblemCode> Codes);

/// <summary>The operation takes If-Match with the ETag of what was read.</summary>
internal sealed record TakesIfMatch;

internal static class OperationTraits
{
    private static readonly OperationTrait CallsProviderTrait = new(
        ProblemCodes.Conflict,
        ProblemCodes.ConnectionNeedsReconnect,
        ProblemCodes.MissingScope,
        ProblemCodes.ProviderRejected,
        ProblemCodes.ProviderQuota,
        ProblemCodes.ProviderUnavailable
    );

    private static readonly OperationTrait BooksTrait = new(ProblemCodes.Conflict, ProblemCodes.SlotTaken);

    private static readonly OperationTrait LimitedTrait = new(ProblemCodes.TooManyRequests);

    /// <summary>The provider is asked while the caller waits: its refusals are the answer.</summary>
    public static TBuilder CallsProvider<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(CallsProviderTrait);

    /// <summary>A start is taken or given up, against others who want it.</summary>
    public static TBuilder Books<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(BooksTrait);

    /// <summary>Calls are counted per address.</summary>
    public static TBuilder IsLimited<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(LimitedTrait);

    public static TBuilder HonoursIfMatch<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new TakesIfMatch());
}
