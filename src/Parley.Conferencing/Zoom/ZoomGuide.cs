namespace Parley.Conferencing.Zoom;

/// <summary>
/// Registering apps at marketplace.zoom.us, "Develop", "Build App": one that users manage for organizers, one that administrators manage (or
/// a server-to-server one) for the account, since one app cannot be both.
/// </summary>
internal static class ZoomGuide
{
    private const string Place = "the Zoom App Marketplace";
    private const string PlaceUrl = "https://marketplace.zoom.us";
    private static readonly string[] ForOrganizer = ["organizer"];
    private static readonly string[] ForAccount = ["account"];

    public static ApprovalGuide Approval { get; } =
        new()
        {
            PlaceName = Place,
            PlaceUrl = PlaceUrl + "/manage/apps",
            WhatPeopleSee =
                "Zoom says that the app must be approved by an administrator first and offers to request it; nobody is sent back to Parley.",
            AdministratorSteps =
            [
                "Sign in at the Zoom App Marketplace as owner or administrator of the account.",
                "Open Manage, then App Requests (or search the app by its name), choose Parley and approve it: for everybody, or for the people and groups who may use it.",
                "Tell the person to press Connect in Parley again and to allow the app at Zoom; approving alone connects nobody.",
            ],
        };

    public static RegistrationGuide Organizer { get; } =
        new()
        {
            PlaceName = Place,
            PlaceUrl = PlaceUrl + "/develop/create",
            ClientName = "Parley",
            ClientDescription = "Creates, changes and removes meetings for our booking pages",
            Steps =
            [
                new RegistrationStep(
                    "Sign in and choose Develop, Build App, General App",
                    "Sign in with an account of the company: a private app can be used by members of that Zoom account alone."
                ),
                new RegistrationStep(
                    "Choose User-managed",
                    "Each organizer then connects for themselves. An app for the reports of the whole account is another one."
                ),
                new RegistrationStep(
                    "Give it a name",
                    "Zoom shows it to people and to administrators.",
                    StepShows.Name
                ),
                new RegistrationStep(
                    "Enter the OAuth redirect URL, and the same in the OAuth allow list",
                    "Zoom compares it letter by letter and takes https alone, not http and not localhost.",
                    StepShows.RedirectUri
                ),
                new RegistrationStep(
                    "Add the scopes",
                    "People are asked for what is listed here and for nothing else.",
                    StepShows.Scopes
                ),
                new RegistrationStep(
                    "Take client id and secret along",
                    "There is a pair for development and one for production. Within your own account either works; do not mix them. The secret token stands under Features, Access.",
                    StepShows.Credentials
                ),
                new RegistrationStep(
                    "Subscribe the app to events",
                    "Under Features, Access: add an event subscription and, with the app published, the deauthorization notification URL. Both take the address for events that stands below once the credentials are saved. "
                        + "Tick, under Meeting: created, updated, deleted, permanently deleted, recovered, started, ended, participant joined and left; under User: updated, activated, deactivated, deleted, disassociated. "
                        + "Without events everything works, and is noticed minutes later. If none arrive after saving, let one person connect anew."
                ),
            ],
            Scopes =
            [
                Own(ZoomScopes.Create, "Create meetings. Without it nothing can be booked."),
                Own(ZoomScopes.Get, "Read a meeting: its link, its passcode, and whether it is as booked."),
                Own(ZoomScopes.Update, "Move and change meetings."),
                Own(ZoomScopes.Delete, "Take cancelled meetings out of Zoom. Without it they stay there."),
                Own(ZoomScopes.End, "End a meeting that is running when it is cancelled."),
                Own(ZoomScopes.List, "See what is planned, find meetings again after a lost answer, and show history."),
                Own(ZoomScopes.PastInstances, "History: which meetings took place."),
                Own(ZoomScopes.PastMeeting, "History: when they began and ended."),
                Own(ZoomScopes.PastParticipants, "Who attended."),
                Own(ZoomScopes.User, "Tells whose account was connected."),
                new ScopeAdvice(
                    ZoomScopes.Participants,
                    null,
                    "Events alone: who comes and goes in a running meeting, at once.",
                    []
                ),
            ],
            AboutLaterScopes =
                "Scopes can be added later; everybody who is connected must then refresh their connection, and Zoom may take until the next day to honour them.",
        };

    public static RegistrationGuide Account { get; } =
        new()
        {
            PlaceName = Place,
            PlaceUrl = PlaceUrl + "/develop/create",
            ClientName = "Parley reports",
            ClientDescription = "Reads users, licences and meeting reports of the account",
            Steps =
            [
                new RegistrationStep(
                    "Sign in as owner or administrator and choose Develop, Build App",
                    "Take Server-to-Server OAuth where Parley serves this one company: it needs nobody's approval and does not lapse. Else take General App, Admin-managed."
                ),
                new RegistrationStep("Give it a name", "Administrators see it.", StepShows.Name),
                new RegistrationStep(
                    "Admin-managed alone: enter the OAuth redirect URL, and the same in the allow list",
                    "A server-to-server app has none.",
                    StepShows.RedirectUri
                ),
                new RegistrationStep(
                    "Add the scopes",
                    "All of them end in :admin: an app for organizers cannot have them.",
                    StepShows.Scopes
                ),
                new RegistrationStep(
                    "Activate it and take the credentials along",
                    "Client id and secret; of a server-to-server app the account id as well, which stands beside them.",
                    StepShows.Credentials
                ),
            ],
            Scopes =
            [
                All(ZoomScopes.Users, "The people of the account and who holds a licence."),
                All(
                    ZoomScopes.Admin(ZoomScopes.User),
                    "Tells whose account was connected, and finds one person by address."
                ),
                All(ZoomScopes.UserSummary, "How many licences are in use."),
                All(ZoomScopes.PlanUsage, "How many licences were bought. Zoom offers it to some accounts only."),
                All(ZoomScopes.ReportHosts, "Who hosted lately, so that unused licences show. Needs a paid plan."),
                All(ZoomScopes.ReportUserMeetings, "History of every organizer. Needs a paid plan."),
                All(ZoomScopes.ReportParticipants, "Who attended, for every organizer. Needs a paid plan."),
                All(ZoomScopes.Admin(ZoomScopes.List), "What is planned for every organizer."),
                All(ZoomScopes.Admin(ZoomScopes.PastInstances), "History where the reports are silent."),
                All(ZoomScopes.Admin(ZoomScopes.PastMeeting), "History where the reports are silent."),
                All(ZoomScopes.Admin(ZoomScopes.PastParticipants), "Who attended."),
            ],
            AboutLaterScopes =
                "Scopes can be added later; the account must then be connected again, and Zoom may take until the next day to honour them.",
        };

    private static ScopeAdvice Own(string scope, string purpose) => new(scope, null, purpose, ForOrganizer);

    private static ScopeAdvice All(string scope, string purpose) => new(scope, null, purpose, ForAccount);
}
