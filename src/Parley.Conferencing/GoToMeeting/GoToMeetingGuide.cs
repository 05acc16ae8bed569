namespace Parley.Conferencing.GoToMeeting;

/// <summary>Registering an OAuth client at GoTo: developer.goto.com, "OAuth Clients", "Create a client".</summary>
internal static class GoToMeetingGuide
{
    public static RegistrationGuide Value { get; } =
        new()
        {
            PlaceName = "GoTo's developer centre",
            PlaceUrl = "https://developer.goto.com",
            ClientName = "Parley",
            ClientDescription = "Creates, changes and removes meetings for our booking pages",
            Steps =
            [
                new RegistrationStep(
                    "Sign in at GoTo's developer centre",
                    "Any GoTo account will do: the client belongs to whoever registers it, and does not decide whose meetings are made."
                ),
                new RegistrationStep(
                    "Open OAuth Clients and choose Create a client",
                    "Give it a name that people recognise: GoTo shows it when it asks them for permission.",
                    StepShows.Name
                ),
                new RegistrationStep(
                    "Add the redirect URI",
                    "GoTo compares it letter by letter: http or https, port and trailing slash count. More than one may be added.",
                    StepShows.RedirectUri
                ),
                new RegistrationStep(
                    "Tick the scopes",
                    "People are asked for what is ticked here and for nothing else.",
                    StepShows.Scopes
                ),
                new RegistrationStep(
                    "Save, and take the client id and secret along",
                    "GoTo shows the secret once and lets you go on only after you have confirmed that it is stored. If it is lost, make a new one there and enter it here.",
                    StepShows.Credentials
                ),
            ],
            Scopes =
            [
                new ScopeAdvice(
                    GoToMeetingDescriptor.MeetingsScope,
                    null,
                    "Create, change, remove, start and list meetings. Without it nothing can be booked.",
                    ["organizer", "account"]
                ),
                new ScopeAdvice(
                    GoToMeetingDescriptor.IdentityScope,
                    "Admin Center",
                    "Tells whose account was connected, who attended, and who may be a co-organizer; reports about licences and other organizers take it, and an administrator.",
                    ["account"]
                ),
                new ScopeAdvice(
                    GoToMeetingDescriptor.ProfileScope,
                    "Default user info",
                    "Tells whose account was connected, where identity: is not wanted.",
                    []
                ),
            ],
            AboutLaterScopes =
                "Scopes can be added to a client later; everybody who is connected must then refresh their connection.",
        };
}
