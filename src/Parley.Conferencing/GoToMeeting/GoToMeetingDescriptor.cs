using NodaTime;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>GoTo Meeting as data.</summary>
public static class GoToMeetingDescriptor
{
    public const string Id = "gotomeeting";
    public const string Name = "GoTo Meeting";

    /// <summary>Create, start and change sessions in GoTo Meeting.</summary>
    public const string MeetingsScope = "collab:";

    /// <summary>The Admin API: who am I, users, licences; also G2M's attendees.</summary>
    public const string IdentityScope = "identity:";

    /// <summary>The own profile alone.</summary>
    public const string ProfileScope = "identity:scim.me";

    // Declared before the value that reads it.
    private static readonly string[] OfAdministrators =
    [
        "organizers",
        "upcomingOfOthers",
        "historyOfOthers",
        "licences",
        "groups",
    ];

    public static ProviderDescriptor Value { get; } =
        new()
        {
            Id = Id,
            Name = Name,
            Scopes =
            [
                new ScopeNeed(MeetingsScope, ["create", "get", "update", "delete", "start", "upcoming", "history"]),
                new ScopeNeed(
                    IdentityScope,
                    ["identify", "attendees", "organizers", "upcomingOfOthers", "historyOfOthers", "licences", "groups"]
                ),
                // Enough to learn who connected, and only then needed.
                new ScopeNeed(ProfileScope, ["identify"]) { CoveredBy = [IdentityScope] },
            ],
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
                .. OfAdministrators,
            ],
            AdministratorCapabilities = OfAdministrators,
            // No scope is sent: GoTo then grants what is ticked on the OAuth client and nothing else. Asking by name could
            // only add a failure, for a client that lacks one of them, where we would rather connect and say what is missing.
            RequestedScopes = [],
            Issuers = ["https://identity.goto.com"],
            // The guide says the refresh token stays and is not repeated; older editions had it rotate, which the client takes too.
            Refresh = new RefreshSemantics { Rotates = false, MayRotate = true },
            MaximumSubjectLength = 100,
            Rate = new RateAllowance(10, Duration.FromSeconds(1), RateScope.PerApp),
            ConnectionLifetime = Duration.FromDays(365),
            Registration = GoToMeetingGuide.Value,
        };
}
