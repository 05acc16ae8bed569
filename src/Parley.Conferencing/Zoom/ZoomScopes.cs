namespace Parley.Conferencing.Zoom;

/// <summary>
/// Which scope each operation takes, from the <c>security</c> block of the operation in Zoom's API Hub files. New apps have granular
/// scopes only, apps from before April 2024 classic ones; an admin-managed app has the same names with <c>:admin</c>. One app never mixes
/// user-level and admin-level scopes.
/// </summary>
internal static class ZoomScopes
{
    public const string Create = "meeting:write:meeting";
    public const string Get = "meeting:read:meeting";
    public const string Update = "meeting:update:meeting";
    public const string Delete = "meeting:delete:meeting";
    public const string End = "meeting:update:status";
    public const string List = "meeting:read:list_meetings";
    public const string PastMeeting = "meeting:read:past_meeting";
    public const string PastInstances = "meeting:read:list_past_instances";
    public const string PastParticipants = "meeting:read:list_past_participants";

    /// <summary>Of no call: events of people who come and go take it.</summary>
    public const string Participants = "meeting:read:participant";
    public const string User = "user:read:user";
    public const string Users = "user:read:list_users:admin";
    public const string UserSummary = "user:read:summary:admin";
    public const string ReportUserMeetings = "report:read:user:admin";
    public const string ReportHosts = "report:read:list_users:admin";
    public const string ReportParticipants = "report:read:list_meeting_participants:admin";
    public const string PlanUsage = "billing:read:plan_usage:admin";

    private const string MeetingRead = "meeting:read";
    private const string MeetingWrite = "meeting:write";
    private static readonly string[] Organizer = ["organizer"];
    private static readonly string[] Account = ["account"];
    private static readonly string[] UserClassic = ["user:read", "user:write", "user:read:admin", "user:write:admin"];

    public static IReadOnlyList<ScopeNeed> Needs { get; } =
    [
        Own(Create, MeetingWrite, "create"),
        Own(Get, MeetingRead, "get", "start", "update"),
        Own(Update, MeetingWrite, "update"),
        Own(Delete, MeetingWrite, "delete"),
        // Without it a meeting that is running cannot be taken away.
        Own(End, MeetingWrite, "end"),
        Own(List, MeetingRead, "upcoming", "history"),
        Own(PastInstances, MeetingRead, "history", "attendees"),
        Own(PastMeeting, MeetingRead, "history"),
        Own(PastParticipants, MeetingRead, "attendees"),
        new ScopeNeed(User, ["identify"])
        {
            Purposes = Organizer,
            CoveredBy = [.. UserClassic, "user_profile", "user_info:read", Admin(User)],
        },
        Others(List, MeetingRead, "upcomingOfOthers", "historyOfOthers"),
        Others(PastInstances, MeetingRead, "historyOfOthers", "attendees"),
        Others(PastMeeting, MeetingRead, "historyOfOthers"),
        Others(PastParticipants, MeetingRead, "attendees"),
        new ScopeNeed(Admin(User), ["identify"])
        {
            Purposes = Account,
            // Server-to-server has no "me": it is the list of users that tells the account answers.
            CoveredBy = [.. UserClassic, User, Users],
        },
        new ScopeNeed(Users, ["organizers", "licences"]) { Purposes = Account, CoveredBy = UserClassic },
        Report(ReportUserMeetings, "historyOfOthers"),
        Report(ReportHosts, "activeHosts"),
    ];

    /// <summary>Asked for in the guide, not missed: there is a next source where they are not granted.</summary>
    public static IReadOnlyList<string> Optional { get; } = [Participants, UserSummary, PlanUsage, ReportParticipants];

    public static string Admin(string scope) =>
        scope.EndsWith(":admin", StringComparison.Ordinal) ? scope : scope + ":admin";

    /// <summary>Of several that would each do, the one the app at hand can have.</summary>
    public static string Choose(IReadOnlyList<string> alternatives, string expected) =>
        alternatives.Count == 0 || alternatives.Contains(expected, StringComparer.Ordinal) ? expected
        : alternatives.Contains(Admin(expected), StringComparer.Ordinal) ? Admin(expected)
        : alternatives[0];

    private static ScopeNeed Own(string scope, string classic, params string[] operations) =>
        new(scope, operations) { Purposes = Organizer, CoveredBy = [classic, Admin(classic), Admin(scope)] };

    private static ScopeNeed Others(string scope, string classic, params string[] operations) =>
        new(Admin(scope), operations) { Purposes = Account, CoveredBy = [Admin(classic)] };

    private static ScopeNeed Report(string scope, params string[] operations) =>
        new(scope, operations) { Purposes = Account, CoveredBy = ["report:read:admin"] };
}
