using NodaTime;

namespace Parley.Conferencing.Zoom;

/// <summary>Zoom as data.</summary>
public static class ZoomDescriptor
{
    public const string Id = "zoom";
    public const string Name = "Zoom";

    public static ProviderDescriptor Value { get; } =
        new()
        {
            Id = Id,
            Name = Name,
            Scopes = ZoomScopes.Needs,
            Capabilities =
            [
                "create",
                "get",
                "update",
                "delete",
                "start",
                "upcoming",
                "history",
                "attendees",
                // These take an account connection: an admin-managed app and an administrator, or server-to-server.
                "organizers",
                "upcomingOfOthers",
                "historyOfOthers",
                "licences",
                "activeHosts",
            ],
            // A Zoom app's scopes are those configured on it. The parameter is not documented; sending it drew "Invalid scope" and
            // refused reviews.
            RequestedScopes = [],
            Issuers = ["https://zoom.us"],
            Refresh = new RefreshSemantics { Rotates = true },
            // Zoom takes 200; the product promises one limit everywhere, and the marker is in the agenda here.
            MaximumSubjectLength = 100,
            // The strictest plan (free) allows four light calls a second, over all apps of the account.
            Rate = new RateAllowance(4, Duration.FromSeconds(1), RateScope.PerAccount),
            // A refresh token that is not used for 90 days is dead; each use gives a new one.
            ConnectionLifetime = Duration.FromDays(90),
            DailyWrites = new DailyWriteAllowance(100),
            AppKinds = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
            {
                ["organizer"] = [ProviderAppKind.OAuth],
                ["account"] = [ProviderAppKind.OAuth, ProviderAppKind.ServerToServer],
            },
            OneAppServesAllPurposes = false,
            Approval = ZoomGuide.Approval,
            Registration = ZoomGuide.Organizer,
            RegistrationByPurpose = new Dictionary<string, RegistrationGuide>(StringComparer.Ordinal)
            {
                ["account"] = ZoomGuide.Account,
            },
        };
}
