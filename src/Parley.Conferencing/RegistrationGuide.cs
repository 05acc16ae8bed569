namespace Parley.Conferencing;

/// <summary>How a person registers an OAuth client with a provider, as data: pages show it without knowing the provider.</summary>
public sealed record RegistrationGuide
{
    /// <summary>Where clients are registered, as people call it: "GoTo's developer centre".</summary>
    public required string PlaceName { get; init; }

    /// <summary>https.</summary>
    public required string PlaceUrl { get; init; }

    /// <summary>A name for the client that the consent page may show to people.</summary>
    public required string ClientName { get; init; }
    public required string ClientDescription { get; init; }

    /// <summary>In the order the provider's own form asks.</summary>
    public required IReadOnlyList<RegistrationStep> Steps { get; init; }
    public required IReadOnlyList<ScopeAdvice> Scopes { get; init; }

    /// <summary>What holds for changing the scopes of a client there is.</summary>
    public string? AboutLaterScopes { get; init; }
}

/// <summary>What is shown with a step, so that it can be copied instead of typed.</summary>
public enum StepShows
{
    Nothing,
    Name,
    RedirectUri,
    Scopes,

    /// <summary>The form that takes client id and secret.</summary>
    Credentials,
}

/// <param name="Title">The deed: "Create a client".</param>
/// <param name="Text">One or two sentences.</param>
public sealed record RegistrationStep(string Title, string Text, StepShows Shows = StepShows.Nothing);

/// <param name="Scope">As the protocol writes it, colon and all.</param>
/// <param name="Label">What the provider's form says beside the box, where it is known.</param>
/// <param name="Purpose">What it lets Parley do, and what is missing without it.</param>
/// <param name="NeededBy">Purposes of a connection that do not work without it: <c>organizer</c>, <c>account</c>.</param>
public sealed record ScopeAdvice(string Scope, string? Label, string Purpose, IReadOnlyList<string> NeededBy);
