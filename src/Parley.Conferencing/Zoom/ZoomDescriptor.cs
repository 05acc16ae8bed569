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
            // What a paid plan allows of medium calls (lists), over all apps of the account. A free plan's four light calls a second are
            // met with Zoom's own 429, which every caller waits out: pacing everybody by it would make paid accounts wait for nothing.
            Rate = new RateAllowance(20, Duration.FromSeconds(1), RateScope.PerAccount),
            // A consent has no end of its own: a refresh token dies after 90 days without use, and it is used long before that.
            ConnectionLifetime = Duration.FromDays(365),
            DailyWrites = new DailyWriteAllowance(100) { FurtherForPasscode = 1 },
            UpdatesWhatDiffers = true,
            TakesCoOrganizerAddresses = true,
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
