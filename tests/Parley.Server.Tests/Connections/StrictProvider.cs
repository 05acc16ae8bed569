using NodaTime;
using Parley.Conferencing;

namespace Parley.Server.Tests.Connections;

/// <summary>Shapes a <see cref="FakeProvider"/> that wants more: an app per purpose, an administrator's approval, scopes by purpose.</summary>
internal static class StrictProvider
{
    public static ProviderDescriptor Shape(ProviderDescriptor plain) =>
        plain with
        {
            Capabilities = [.. plain.Capabilities, "licences"],
            Scopes =
            [
                new ScopeNeed("meet:create", ["create"]) { CoveredBy = ["meet:"], Purposes = ["organizer"] },
                new ScopeNeed("meet:delete", ["delete"]) { CoveredBy = ["meet:"], Purposes = ["organizer"] },
                new ScopeNeed("meet:list", ["upcoming", "get", "update", "start"])
                {
                    CoveredBy = ["meet:"],
                    Purposes = ["organizer"],
                },
                new ScopeNeed("who:", ["identify"]) { Purposes = ["organizer"] },
                new ScopeNeed("plans:admin", ["licences"]) { Purposes = ["account"] },
            ],
            AppKinds = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
            {
                ["organizer"] = [ProviderAppKind.OAuth],
                ["account"] = [ProviderAppKind.OAuth, ProviderAppKind.ServerToServer],
            },
            OneAppServesAllPurposes = false,
            Approval = new ApprovalGuide
            {
                PlaceName = "the Example Marketplace",
                PlaceUrl = "https://marketplace.example/approve",
                WhatPeopleSee = "Who may not consent sees \"Request approval\" instead of Allow.",
                AdministratorSteps = ["Open the app and approve it.", "Then authorize it, if you host meetings too."],
            },
            Registration = Guide("Example organizers", "meet:create", "organizer"),
            RegistrationByPurpose = new Dictionary<string, RegistrationGuide>(StringComparer.Ordinal)
            {
                ["account"] = Guide("Example reports", "plans:admin", "account"),
            },
        };

    private static RegistrationGuide Guide(string name, string scope, string purpose) =>
        new()
        {
            PlaceName = "the Example Marketplace",
            PlaceUrl = "https://marketplace.example/develop",
            ClientName = name,
            ClientDescription = "Meetings for bookings",
            Steps = [new RegistrationStep($"Make the app {name}", "As it says there.", StepShows.Credentials)],
            Scopes = [new ScopeAdvice(scope, null, $"What {name} does", [purpose])],
        };
}

/// <summary>Says of every delivery that nothing is configured; its being there is all that matters here.</summary>
internal sealed class SilentEvents : IProviderEvents
{
    public EventDelivery Read(
        ReadOnlyMemory<byte> body,
        Func<string, string?> header,
        IReadOnlyList<string> secrets,
        Instant now
    ) => new EventDelivery.Refused("no_secret_configured", "No secret is configured.");
}
