using System.Text.Json.Serialization;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>A user, as <c>/users/me</c>, <c>/users/{id}</c> and <c>/users</c> tell it.</summary>
internal sealed record ZoomUserReply
{
    /// <summary>Absent for pending users.</summary>
    [JsonPropertyName("id"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Id { get; init; }

    [JsonPropertyName("account_id"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? AccountId { get; init; }

    [JsonPropertyName("email"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Email { get; init; }

    [JsonPropertyName("first_name"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? FirstName { get; init; }

    [JsonPropertyName("last_name"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? LastName { get; init; }

    [JsonPropertyName("display_name"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? DisplayName { get; init; }

    /// <summary>1 Basic, 2 Licensed, 4 unassigned, 99 none.</summary>
    [JsonPropertyName("type"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Type { get; init; }

    /// <summary><c>active</c>, <c>inactive</c> (deactivated) or <c>pending</c>.</summary>
    [JsonPropertyName("status"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Status { get; init; }

    [JsonPropertyName("timezone"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? TimeZone { get; init; }

    [JsonPropertyName("language"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Language { get; init; }

    [JsonPropertyName("role_name"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? RoleName { get; init; }

    /// <summary>0 the owner, 1 an administrator, 2 a member; else a role the account made up.</summary>
    [JsonPropertyName("role_id"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? RoleId { get; init; }

    [JsonPropertyName("group_ids"), JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? GroupIds { get; init; }
}

internal sealed record ZoomUserPage : ZoomPage<ZoomUserReply>
{
    [JsonPropertyName("users")]
    public IReadOnlyList<ZoomUserReply?>? Users { get; init; }

    public override IReadOnlyList<ZoomUserReply?>? Rows() => Users;
}

/// <summary><c>/users/summary</c>.</summary>
internal sealed record ZoomUserSummaryReply
{
    [JsonPropertyName("licensed_users_count"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Licensed { get; init; }

    [JsonPropertyName("basic_users_count"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Basic { get; init; }
}

/// <summary><c>/accounts/me/plans/usage</c>.</summary>
internal sealed record ZoomPlanUsageReply
{
    [JsonPropertyName("plan_base")]
    public ZoomPlanReply? Base { get; init; }

    [JsonPropertyName("plan_large_meeting")]
    public IReadOnlyList<ZoomPlanReply?>? LargeMeeting { get; init; }

    [JsonPropertyName("plan_webinar")]
    public IReadOnlyList<ZoomPlanReply?>? Webinar { get; init; }
}

internal sealed record ZoomPlanReply
{
    [JsonPropertyName("type"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Type { get; init; }

    /// <summary>Seats bought.</summary>
    [JsonPropertyName("hosts"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Hosts { get; init; }

    /// <summary>Seats in use.</summary>
    [JsonPropertyName("usage"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Usage { get; init; }
}

/// <summary><c>/past_meetings/{id}/instances</c>: no pages.</summary>
internal sealed record ZoomInstancesReply
{
    [JsonPropertyName("meetings")]
    public IReadOnlyList<ZoomInstanceReply?>? Meetings { get; init; }
}

internal sealed record ZoomInstanceReply
{
    [JsonPropertyName("uuid"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Uuid { get; init; }

    [JsonPropertyName("start_time"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? StartTime { get; init; }
}

/// <summary><c>/past_meetings/{uuid}</c>; the rows of <c>/report/users/{id}/meetings</c> are alike but for the host's id.</summary>
internal sealed record ZoomPastMeetingReply
{
    [JsonPropertyName("id"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Id { get; init; }

    [JsonPropertyName("uuid"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Uuid { get; init; }

    [JsonPropertyName("topic"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Topic { get; init; }

    [JsonPropertyName("type"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Type { get; init; }

    [JsonPropertyName("start_time"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? StartTime { get; init; }

    [JsonPropertyName("end_time"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? EndTime { get; init; }

    /// <summary>Minutes.</summary>
    [JsonPropertyName("duration"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Duration { get; init; }

    [JsonPropertyName("participants_count"), JsonConverter(typeof(CountOrTextConverter))]
    public int? ParticipantsCount { get; init; }

    [JsonPropertyName("host_id"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? HostId { get; init; }

    [JsonPropertyName("user_email"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? UserEmail { get; init; }

    [JsonPropertyName("user_name"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? UserName { get; init; }
}

internal sealed record ZoomReportMeetingPage : ZoomPage<ZoomPastMeetingReply>
{
    [JsonPropertyName("meetings")]
    public IReadOnlyList<ZoomPastMeetingReply?>? Meetings { get; init; }

    public override IReadOnlyList<ZoomPastMeetingReply?>? Rows() => Meetings;
}

/// <summary>One stay: who left and came back has two rows.</summary>
internal sealed record ZoomParticipantReply
{
    [JsonPropertyName("name"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Name { get; init; }

    /// <summary>Blank for people outside the host's account.</summary>
    [JsonPropertyName("user_email"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? UserEmail { get; init; }

    [JsonPropertyName("join_time"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? JoinTime { get; init; }

    [JsonPropertyName("leave_time"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? LeaveTime { get; init; }

    /// <summary><c>in_meeting</c> or <c>in_waiting_room</c>: who only waited was not there.</summary>
    [JsonPropertyName("status"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Status { get; init; }
}

internal sealed record ZoomParticipantPage : ZoomPage<ZoomParticipantReply>
{
    [JsonPropertyName("participants")]
    public IReadOnlyList<ZoomParticipantReply?>? Participants { get; init; }

    public override IReadOnlyList<ZoomParticipantReply?>? Rows() => Participants;
}

/// <summary>A row of <c>/report/users?type=active</c>.</summary>
internal sealed record ZoomActiveHostReply
{
    [JsonPropertyName("id"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Id { get; init; }

    [JsonPropertyName("email"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Email { get; init; }

    [JsonPropertyName("meetings"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Meetings { get; init; }

    [JsonPropertyName("meeting_minutes"), JsonConverter(typeof(CountOrTextConverter))]
    public int? MeetingMinutes { get; init; }
}

internal sealed record ZoomActiveHostPage : ZoomPage<ZoomActiveHostReply>
{
    [JsonPropertyName("users")]
    public IReadOnlyList<ZoomActiveHostReply?>? Users { get; init; }

    public override IReadOnlyList<ZoomActiveHostReply?>? Rows() => Users;
}
