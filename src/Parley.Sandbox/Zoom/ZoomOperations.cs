using Parley.Sandbox.Wire;

namespace Parley.Sandbox.Zoom;

/// <summary>Every call the twin serves, with its scopes and class (reference §1.9; the <c>security</c> blocks of the published files).</summary>
internal static class ZoomOperations
{
    private const string Get = "GET";
    private const string Post = "POST";
    private const string Put = "PUT";
    private const string Patch = "PATCH";
    private const string Delete = "DELETE";

    private static readonly string[] UserRead = ["user:read", "user:write"];
    private static readonly string[] MeetingRead = ["meeting:read"];
    private static readonly string[] MeetingWrite = ["meeting:write"];
    private static readonly string[] RecordingRead = ["recording:read"];
    private static readonly string[] ReportRead = ["report:read"];
    private static readonly string[] MarketRead = ["marketplace_app:read"];
    private static readonly string[] MarketWrite = ["marketplace_app:write"];

    public static readonly ZoomOperation UsersList = new(
        "users.list",
        Get,
        "users",
        UserRead,
        "user:read:list_users",
        ZoomLabel.Medium
    )
    {
        AdminOnly = true,
        Lags = true,
    };
    public static readonly ZoomOperation UsersSummary = new(
        "users.summary",
        Get,
        "users/summary",
        UserRead,
        "user:read:summary",
        ZoomLabel.Medium
    )
    {
        AdminOnly = true,
    };
    public static readonly ZoomOperation UsersZak = new(
        "users.zak",
        Get,
        "users/me/zak",
        ["user_zak:read"],
        "user:read:zak",
        ZoomLabel.Light
    );
    public static readonly ZoomOperation UsersGet = new(
        "users.get",
        Get,
        "users/{userId}",
        UserRead,
        "user:read:user",
        ZoomLabel.Light
    );
    public static readonly ZoomOperation UsersSettings = new(
        "users.settings",
        Get,
        "users/{userId}/settings",
        UserRead,
        "user:read:settings",
        ZoomLabel.Medium
    );
    public static readonly ZoomOperation UsersToken = new(
        "users.token",
        Get,
        "users/{userId}/token",
        UserRead,
        "user:read:token",
        ZoomLabel.Light
    );
    public static readonly ZoomOperation PlanUsage = new(
        "accounts.planUsage",
        Get,
        "accounts/{accountId}/plans/usage",
        ["billing:read", "account:read"],
        "billing:read:plan_usage",
        ZoomLabel.Heavy
    )
    {
        AdminOnly = true,
    };

    public static readonly ZoomOperation MeetingsCreate = new(
        "meetings.create",
        Post,
        "users/{userId}/meetings",
        MeetingWrite,
        "meeting:write:meeting",
        ZoomLabel.Light
    );
    public static readonly ZoomOperation MeetingsList = new(
        "meetings.list",
        Get,
        "users/{userId}/meetings",
        MeetingRead,
        "meeting:read:list_meetings",
        ZoomLabel.Medium
    )
    {
        Lags = true,
    };
    public static readonly ZoomOperation MeetingsUpcoming = new(
        "meetings.upcoming",
        Get,
        "users/{userId}/upcoming_meetings",
        MeetingRead,
        "meeting:read:list_upcoming_meetings",
        ZoomLabel.Medium
    )
    {
        Lags = true,
    };
    public static readonly ZoomOperation MeetingsGet = new(
        "meetings.get",
        Get,
        "meetings/{meetingId}",
        MeetingRead,
        "meeting:read:meeting",
        ZoomLabel.Light
    );
    public static readonly ZoomOperation MeetingsUpdate = new(
        "meetings.update",
        Patch,
        "meetings/{meetingId}",
        MeetingWrite,
        "meeting:update:meeting",
        ZoomLabel.Light
    );
    public static readonly ZoomOperation MeetingsDelete = new(
        "meetings.delete",
        Delete,
        "meetings/{meetingId}",
        MeetingWrite,
        "meeting:delete:meeting",
        ZoomLabel.Light
    );
    public static readonly ZoomOperation MeetingsStatus = new(
        "meetings.status",
        Put,
        "meetings/{meetingId}/status",
        MeetingWrite,
        "meeting:update:status",
        ZoomLabel.Light
    );
    public static readonly ZoomOperation MeetingsInvitation = new(
        "meetings.invitation",
        Get,
        "meetings/{meetingId}/invitation",
        MeetingRead,
        "meeting:read:invitation",
        ZoomLabel.Light
    );
    public static readonly ZoomOperation RegistrantsCreate = new(
        "registrants.create",
        Post,
        "meetings/{meetingId}/registrants",
        MeetingWrite,
        "meeting:write:registrant",
        ZoomLabel.Light
    );
    public static readonly ZoomOperation RegistrantsList = new(
        "registrants.list",
        Get,
        "meetings/{meetingId}/registrants",
        MeetingRead,
        "meeting:read:list_registrants",
        ZoomLabel.Medium
    );
    public static readonly ZoomOperation UserRecordings = new(
        "recordings.list",
        Get,
        "users/{userId}/recordings",
        RecordingRead,
        "cloud_recording:read:list_user_recordings",
        ZoomLabel.Medium
    );
    public static readonly ZoomOperation MeetingRecordings = new(
        "recordings.get",
        Get,
        "meetings/{meetingId}/recordings",
        RecordingRead,
        "cloud_recording:read:list_recording_files",
        ZoomLabel.Light
    );

    public static readonly ZoomOperation PastGet = new(
        "past.get",
        Get,
        "past_meetings/{meetingId}",
        MeetingRead,
        "meeting:read:past_meeting",
        ZoomLabel.Light
    );
    public static readonly ZoomOperation PastInstances = new(
        "past.instances",
        Get,
        "past_meetings/{meetingId}/instances",
        MeetingRead,
        "meeting:read:list_past_instances",
        ZoomLabel.Medium
    );
    public static readonly ZoomOperation PastParticipants = new(
        "past.participants",
        Get,
        "past_meetings/{meetingId}/participants",
        MeetingRead,
        "meeting:read:list_past_participants",
        ZoomLabel.Medium
    );

    public static readonly ZoomOperation ReportMeeting = Report(
        "reports.meeting",
        "report/meetings/{meetingId}",
        "report:read:meeting"
    );
    public static readonly ZoomOperation ReportParticipants = Report(
        "reports.participants",
        "report/meetings/{meetingId}/participants",
        "report:read:list_meeting_participants"
    );
    public static readonly ZoomOperation ReportUsers = Report(
        "reports.users",
        "report/users",
        "report:read:list_users"
    );
    public static readonly ZoomOperation ReportUserMeetings = Report(
        "reports.userMeetings",
        "report/users/{userId}/meetings",
        "report:read:user"
    );
    public static readonly ZoomOperation ReportDaily = Report("reports.daily", "report/daily", granular: null);
    public static readonly ZoomOperation ReportHistory = Report(
        "reports.history",
        "report/history_meetings",
        "report:read:list_history_meetings"
    );
    public static readonly ZoomOperation ReportUpcoming = Report(
        "reports.upcoming",
        "report/upcoming_events",
        "report:read:upcoming_meetings_webinars"
    );
    public static readonly ZoomOperation DashboardMeetings = new(
        "dashboard.meetings",
        Get,
        "metrics/meetings",
        ["dashboard_meetings:read", "dashboard:read"],
        "dashboard:read:list_meetings",
        ZoomLabel.ResourceIntensive
    )
    {
        AdminOnly = true,
    };

    public static readonly ZoomOperation PreApprove = new(
        "marketplace.preApprove",
        Post,
        "marketplace/apps/{appId}/preApprove",
        MarketWrite,
        "marketplace:write:app_pre_approve",
        ZoomLabel.Medium
    )
    {
        AdminOnly = true,
    };
    public static readonly ZoomOperation RequestsList = new(
        "marketplace.requests.list",
        Get,
        "marketplace/apps/{appId}/requests",
        MarketRead,
        "marketplace:read:app_request",
        ZoomLabel.Medium
    )
    {
        AdminOnly = true,
    };
    public static readonly ZoomOperation RequestsCreate = new(
        "marketplace.requests.create",
        Post,
        "marketplace/apps/{appId}/requests",
        MarketWrite,
        "marketplace:write:app_request",
        ZoomLabel.Light
    )
    {
        AdminOnly = true,
    };
    public static readonly ZoomOperation RequestsUpdate = new(
        "marketplace.requests.update",
        Patch,
        "marketplace/apps/{appId}/requests",
        MarketWrite,
        "marketplace:update:app_request",
        ZoomLabel.Light
    )
    {
        AdminOnly = true,
    };

    /// <summary>Literal paths before those with a placeholder in the same place.</summary>
    public static readonly IReadOnlyList<ZoomOperation> Api =
    [
        UsersList,
        UsersSummary,
        UsersZak,
        UsersGet,
        UsersSettings,
        UsersToken,
        PlanUsage,
        MeetingsCreate,
        MeetingsList,
        MeetingsUpcoming,
        MeetingsGet,
        MeetingsUpdate,
        MeetingsDelete,
        MeetingsStatus,
        MeetingsInvitation,
        RegistrantsCreate,
        RegistrantsList,
        UserRecordings,
        MeetingRecordings,
        PastGet,
        PastInstances,
        PastParticipants,
        ReportMeeting,
        ReportParticipants,
        ReportUsers,
        ReportUserMeetings,
        ReportDaily,
        ReportHistory,
        ReportUpcoming,
        DashboardMeetings,
        PreApprove,
        RequestsList,
        RequestsCreate,
        RequestsUpdate,
    ];

    public static readonly IReadOnlyList<string> ForFaults =
    [
        Operations.Page,
        "oauth.token",
        "oauth.refresh",
        "oauth.revoke",
        .. Api.Select(operation => operation.Name),
        Webhooks.ZoomHookQueue.Operation,
        Operations.Any,
    ];

    /// <summary>Lists that can lag behind.</summary>
    public static readonly IReadOnlyList<string> Lists =
    [
        .. Api.Where(operation => operation.Lags).Select(operation => operation.Name),
    ];

    /// <summary>What a call under <c>/zoom</c> is. The grant type decides between the uses of the token endpoint, wherever it stands.</summary>
    public static string Name(string method, string path, string query, string body)
    {
        string[] parts = path.Trim('/').Split('/');
        return parts switch
        {
            ["zoom", "oauth", "token"] => $"{query}&{body}".Contains(
                "grant_type=refresh_token",
                StringComparison.Ordinal
            )
                ? "oauth.refresh"
                : "oauth.token",
            ["zoom", "oauth", "revoke"] => "oauth.revoke",
            ["zoom", "v2", .. string[] rest] => Api.FirstOrDefault(operation => operation.Matches(method, rest))?.Name
                ?? Operations.Other,
            ["zoom", ..] => Operations.Page,
            _ => Operations.Other,
        };
    }

    private static ZoomOperation Report(string name, string template, string? granular) =>
        new(name, Get, template, ReportRead, granular, ZoomLabel.Heavy) { AdminOnly = true };
}
