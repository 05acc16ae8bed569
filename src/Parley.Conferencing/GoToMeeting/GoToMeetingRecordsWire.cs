using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>
/// A row of <c>historicalMeetings</c>: one session. Durations and counts are text by specification and numbers in older lists, which
/// also say <c>date</c> for the start and <c>meetingInstanceKey</c> for the session.
/// </summary>
internal sealed record SessionReply
{
    [JsonPropertyName("meetingId"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? MeetingId { get; init; }

    [JsonPropertyName("sessionId"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? SessionId { get; init; }

    [JsonPropertyName("meetingInstanceKey"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? MeetingInstanceKey { get; init; }

    [JsonPropertyName("subject"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Subject { get; init; }

    [JsonPropertyName("startTime"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? StartTime { get; init; }

    [JsonPropertyName("date"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? Date { get; init; }

    [JsonPropertyName("endTime"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? EndTime { get; init; }

    /// <summary>Minutes.</summary>
    [JsonPropertyName("duration"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Duration { get; init; }

    [JsonPropertyName("numAttendees"), JsonConverter(typeof(CountOrTextConverter))]
    public int? NumAttendees { get; init; }

    [JsonPropertyName("organizerKey"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? OrganizerKey { get; init; }

    [JsonPropertyName("firstName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? FirstName { get; init; }

    [JsonPropertyName("lastName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? LastName { get; init; }

    [JsonPropertyName("email"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Email { get; init; }

    /// <summary>Absent until the provider has worked on it, and for sessions nobody recorded.</summary>
    [JsonPropertyName("recording")]
    public RecordingReply? Recording { get; init; }
}

internal sealed record RecordingReply
{
    [JsonPropertyName("shareUrl"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? ShareUrl { get; init; }

    [JsonPropertyName("downloadUrl"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? DownloadUrl { get; init; }
}

/// <summary>
/// One stay of one person, <c>/meetings/{id}/attendees</c>. <c>firstName</c>, <c>lastName</c> and <c>email</c> there are the organizer's, and
/// therefore not read at all.
/// </summary>
internal sealed record AttendeeReply
{
    [JsonPropertyName("attendeeName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? AttendeeName { get; init; }

    /// <summary>The attendee's in this call; in the one by organizer it is the organizer's.</summary>
    [JsonPropertyName("name"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Name { get; init; }

    [JsonPropertyName("attendeeEmail"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? AttendeeEmail { get; init; }

    [JsonPropertyName("joinTime"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? JoinTime { get; init; }

    [JsonPropertyName("leaveTime"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? LeaveTime { get; init; }

    [JsonPropertyName("meetingInstanceKey"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? MeetingInstanceKey { get; init; }

    /// <summary>Spelled without a capital in this list alone.</summary>
    [JsonPropertyName("organizerkey"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? OrganizerKey { get; init; }
}

/// <summary>A page of an Admin API list; <c>results</c> is absent when nothing matches, and <c>toIndex</c> is inclusive.</summary>
internal sealed record DirectoryPage<T>
{
    [JsonPropertyName("results")]
    public IReadOnlyList<T?>? Results { get; init; }

    [JsonPropertyName("toIndex"), JsonConverter(typeof(CountOrTextConverter))]
    public int? ToIndex { get; init; }

    [JsonPropertyName("total"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Total { get; init; }
}

internal sealed record UserReply
{
    [JsonPropertyName("key"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Key { get; init; }

    [JsonPropertyName("email"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Email { get; init; }

    [JsonPropertyName("firstName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? FirstName { get; init; }

    [JsonPropertyName("lastName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? LastName { get; init; }

    [JsonPropertyName("locale"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Locale { get; init; }

    [JsonPropertyName("timeZone"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? TimeZone { get; init; }

    [JsonPropertyName("status"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Status { get; init; }

    [JsonPropertyName("licenseKeys"), JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? LicenseKeys { get; init; }

    [JsonPropertyName("products"), JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? Products { get; init; }

    [JsonPropertyName("adminRoles"), JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? AdminRoles { get; init; }

    [JsonPropertyName("groupKey"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? GroupKey { get; init; }

    [JsonPropertyName("groupName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? GroupName { get; init; }
}

internal sealed record LicenceReply
{
    [JsonPropertyName("key"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Key { get; init; }

    [JsonPropertyName("description"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Description { get; init; }

    [JsonPropertyName("type"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Type { get; init; }

    [JsonPropertyName("products"), JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? Products { get; init; }

    [JsonPropertyName("seats"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Seats { get; init; }

    [JsonPropertyName("userCount"), JsonConverter(typeof(CountOrTextConverter))]
    public int? UserCount { get; init; }

    [JsonPropertyName("enabled"), JsonConverter(typeof(FlagOrTextConverter))]
    public bool? Enabled { get; init; }

    [JsonPropertyName("userKeys"), JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? UserKeys { get; init; }
}

internal sealed record GroupReply
{
    [JsonPropertyName("key"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Key { get; init; }

    [JsonPropertyName("groupKey"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? GroupKey { get; init; }

    [JsonPropertyName("name"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Name { get; init; }

    [JsonPropertyName("groupName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? GroupName { get; init; }

    [JsonPropertyName("userKeys"), JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? UserKeys { get; init; }

    [JsonPropertyName("totalMemberCount"), JsonConverter(typeof(CountOrTextConverter))]
    public int? TotalMemberCount { get; init; }
}

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true, MaxDepth = 32)]
[JsonSerializable(typeof(SessionReply))]
[JsonSerializable(typeof(AttendeeReply))]
[JsonSerializable(typeof(UserReply))]
[JsonSerializable(typeof(DirectoryPage<UserReply>))]
[JsonSerializable(typeof(DirectoryPage<LicenceReply>))]
[JsonSerializable(typeof(DirectoryPage<GroupReply>))]
internal sealed partial class GoToRecordsJson : JsonSerializerContext;
