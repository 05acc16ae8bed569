namespace Parley.Conferencing.Wire;

/// <summary>The answer of a host that was shut down: certain, final, and cured by configuration alone.</summary>
internal static class HostRetired
{
    /// <param name="which">Which of the configured addresses: "OAuth", "API".</param>
    public static ProviderFailure Failure(string provider, string which) =>
        new()
        {
            Kind = FailureKind.Rejected,
            Code = FailureCodes.HostRetired,
            Message = $"{provider} shut down the host that is configured as its {which} address.",
            Next = $"Remove the configured {which} addresses, so that the current ones are used, and restart.",
        };
}
