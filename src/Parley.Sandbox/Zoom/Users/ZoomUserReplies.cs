using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Users;

/// <summary>Users as the wire spells them (reference §4).</summary>
internal static class ZoomUserReplies
{
    private static readonly string[] RoleNames = ["Owner", "Admin", "Member"];

    /// <summary>A row of <c>GET /users</c>. Someone who has not accepted the invitation has no id yet.</summary>
    public static JsonObject Row(ZoomUser user)
    {
        JsonObject row = [];
        if (user.Status != ZoomUserStatus.Pending)
        {
            row["id"] = user.Id;
        }

        row["first_name"] = user.FirstName;
        row["last_name"] = user.LastName;
        row["display_name"] = user.FullName;
        row["email"] = user.Email;
        row["type"] = user.Type;
        if (user.Status != ZoomUserStatus.Pending)
        {
            row["pmi"] = user.Pmi;
        }

        row["timezone"] = user.TimeZone;
        row["verified"] = user.Status == ZoomUserStatus.Pending ? 0 : 1;
        row["dept"] = user.Department;
        row["created_at"] = Time(user.CreatedAt);
        if (user.LastLoginAt is { } login)
        {
            row["last_login_time"] = Time(login);
            row["last_client_version"] = "6.6.0.0(sandbox)";
        }

        if (user.GroupIds.Count > 0)
        {
            row["group_ids"] = new JsonArray([.. user.GroupIds]);
        }

        row["status"] = Status(user);
        row["role_id"] = user.RoleId;
        return row;
    }

    /// <summary><c>GET /users/{id}</c>.</summary>
    public static JsonObject Whole(ZoomUser user, string baseUrl) =>
        new()
        {
            ["id"] = user.Id,
            ["first_name"] = user.FirstName,
            ["last_name"] = user.LastName,
            ["display_name"] = user.FullName,
            ["email"] = user.Email,
            ["type"] = user.Type,
            ["role_name"] = RoleNames[int.Parse(user.RoleId, CultureInfo.InvariantCulture)],
            ["pmi"] = user.Pmi,
            ["use_pmi"] = user.Settings.UsePersonalMeetingId,
            ["personal_meeting_url"] = $"{baseUrl}/zoom/j/{user.Pmi.ToString(CultureInfo.InvariantCulture)}",
            ["timezone"] = user.TimeZone,
            ["verified"] = 1,
            ["dept"] = user.Department,
            ["created_at"] = Time(user.CreatedAt),
            ["last_login_time"] = Time(user.LastLoginAt ?? user.CreatedAt),
            ["last_client_version"] = "6.6.0.0(sandbox)",
            ["group_ids"] = new JsonArray([.. user.GroupIds]),
            ["im_group_ids"] = new JsonArray(),
            ["account_id"] = user.AccountId,
            ["language"] = user.Language,
            ["phone_country"] = "",
            ["phone_number"] = "",
            ["status"] = Status(user),
            ["job_title"] = "",
            ["company"] = "",
            ["location"] = "",
            ["login_types"] = new JsonArray(1),
            ["role_id"] = user.RoleId,
            ["cluster"] = "us02",
            ["zoom_one_type"] = 0,
        };

    /// <summary>
    /// <c>GET /users/{id}/settings</c>: the part a scheduler looks at. Where the account has a setting locked, its own value shows.
    /// </summary>
    public static JsonObject Settings(ZoomUserSettings settings, ZoomUser user) =>
        new()
        {
            ["schedule_meeting"] = new JsonObject
            {
                ["host_video"] = settings.HostVideo,
                ["participants_video"] = settings.ParticipantVideo,
                ["audio_type"] = settings.AudioType,
                ["join_before_host"] = settings.JoinBeforeHost,
                ["use_pmi_for_scheduled_meetings"] = settings.UsePersonalMeetingId,
                ["use_pmi_for_instant_meetings"] = false,
                ["require_password_for_scheduling_new_meetings"] = settings.RequirePasscode,
                ["require_password_for_scheduled_meetings"] = settings.RequirePasscode,
                ["require_password_for_instant_meetings"] = settings.RequirePasscode,
                ["require_password_for_pmi_meetings"] = settings.RequirePasscode ? "all" : "none",
                ["embed_password_in_join_link"] = settings.EmbedPasscode,
                ["pstn_password_protected"] = settings.RequirePasscode,
                ["meeting_password_requirement"] = new JsonObject
                {
                    ["length"] = 0,
                    ["have_letter"] = false,
                    ["have_number"] = false,
                    ["have_special_character"] = false,
                    ["only_allow_numeric"] = false,
                },
            },
            ["in_meeting"] = new JsonObject
            {
                ["waiting_room"] = settings.WaitingRoom,
                ["breakout_room"] = settings.BreakoutRoom,
                ["chat"] = true,
                ["co_host"] = true,
                ["polling"] = user.Licensed,
                ["entry_exit_chime"] = "none",
                ["screen_sharing"] = true,
                ["e2e_encryption"] = false,
            },
            ["email_notification"] = new JsonObject
            {
                ["jbh_reminder"] = false,
                ["cancel_meeting_reminder"] = true,
                ["alternative_host_reminder"] = true,
                ["schedule_for_reminder"] = true,
            },
            ["recording"] = new JsonObject
            {
                ["local_recording"] = true,
                ["cloud_recording"] = settings.CloudRecording && user.Licensed,
                ["auto_recording"] = settings.AutoRecording,
            },
            ["telephony"] = new JsonObject
            {
                ["third_party_audio"] = false,
                ["show_international_numbers_link"] = true,
            },
            ["feature"] = new JsonObject
            {
                ["meeting_capacity"] = settings.MeetingCapacity,
                ["large_meeting"] = settings.LargeMeeting,
                ["webinar"] = false,
                ["cn_meeting"] = false,
                ["in_meeting"] = false,
                ["zoom_phone"] = false,
            },
        };

    public static string Status(ZoomUser user) => user.Status.ToString().ToLowerInvariant();

    public static string Time(Instant at) => at.ToString("uuuu-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
