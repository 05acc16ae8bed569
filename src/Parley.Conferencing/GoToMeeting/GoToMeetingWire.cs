using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>
/// Create and update. All lower case, unlike the replies — but for <c>coorganizerKeys</c>; a field in another case is ignored by
/// GoTo, silently. The first seven are required, also where they mean nothing.
/// </summary>
internal sealed record MeetingRequest
{
    [JsonPropertyName("subject")]
    public required string Subject { get; init; }

    [JsonPropertyName("starttime")]
    public required string StartTime { get; init; }

    [JsonPropertyName("endtime")]
    public required string EndTime { get; init; }

    [JsonPropertyName("passwordrequired")]
    public required bool PasswordRequired { get; init; }

    [JsonPropertyName("conferencecallinfo")]
    public required string ConferenceCallInfo { get; init; }

    /// <summary>Deprecated, yet must be present and empty.</summary>
    [JsonPropertyName("timezonekey")]
    public string TimeZoneKey => "";

    [JsonPropertyName("meetingtype")]
    public required string MeetingType { get; init; }

    [JsonPropertyName("coorganizerKeys")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? CoOrganizerKeys { get; init; }
}

/// <summary>
/// A meeting as any of the calls tells it; names match in any case, since <c>meetingid</c> and <c>meetingId</c> are both in use,
/// and each call tells only some of the fields.
/// </summary>
internal sealed record MeetingReply
{
    [JsonPropertyName("meetingId"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? MeetingId { get; init; }

    [JsonPropertyName("meetingKey"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? MeetingKey { get; init; }

    /// <summary>In the create reply alone.</summary>
    [JsonPropertyName("joinURL"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? JoinUrl { get; init; }

    [JsonPropertyName("subject"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Subject { get; init; }

    [JsonPropertyName("startTime"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? StartTime { get; init; }

    [JsonPropertyName("endTime"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? EndTime { get; init; }

    [JsonPropertyName("passwordRequired"), JsonConverter(typeof(FlagOrTextConverter))]
    public bool? PasswordRequired { get; init; }

    /// <summary><c>ACTIVE</c> while it runs, else <c>INACTIVE</c>.</summary>
    [JsonPropertyName("status"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Status { get; init; }

    [JsonPropertyName("meetingType"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? MeetingType { get; init; }

    [JsonPropertyName("conferenceCallInfo"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? ConferenceCallInfo { get; init; }

    [JsonPropertyName("coorganizerKeys"), JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? CoOrganizerKeys { get; init; }

    [JsonPropertyName("organizerKey"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? OrganizerKey { get; init; }

    [JsonPropertyName("firstName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? FirstName { get; init; }

    [JsonPropertyName("lastName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? LastName { get; init; }

    [JsonPropertyName("email"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Email { get; init; }
}

/// <summary><c>GET /meetings/{id}/start</c>: the one reply that is no array.</summary>
internal sealed record StartReply
{
    [JsonPropertyName("hostURL"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? HostUrl { get; init; }
}

/// <summary>Admin API <c>GET /me</c>; <c>key</c> is organizer key and user key at once.</summary>
internal sealed record AdminMeReply
{
    [JsonPropertyName("key"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Key { get; init; }

    [JsonPropertyName("accountKey"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? AccountKey { get; init; }

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

    [JsonPropertyName("adminRoles"), JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? AdminRoles { get; init; }

    [JsonPropertyName("accounts")]
    public IReadOnlyList<AdminAccountReply>? Accounts { get; init; }
}

internal sealed record AdminAccountReply
{
    [JsonPropertyName("key"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Key { get; init; }
}

/// <summary>SCIM <c>GET /Users/me</c>; <c>id</c> is the organizer key.</summary>
internal sealed record ScimMeReply
{
    [JsonPropertyName("id"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Id { get; init; }

    [JsonPropertyName("userName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? UserName { get; init; }

    [JsonPropertyName("displayName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? DisplayName { get; init; }

    [JsonPropertyName("name")]
    public ScimNameReply? Name { get; init; }

    [JsonPropertyName("locale"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Locale { get; init; }

    [JsonPropertyName("timezone"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? TimeZone { get; init; }

    [JsonPropertyName("emails")]
    public IReadOnlyList<ScimValueReply>? Emails { get; init; }

    [JsonPropertyName("accounts")]
    public IReadOnlyList<ScimValueReply>? Accounts { get; init; }
}

internal sealed record ScimNameReply
{
    [JsonPropertyName("givenName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? GivenName { get; init; }

    [JsonPropertyName("familyName"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? FamilyName { get; init; }
}

internal sealed record ScimValueReply
{
    [JsonPropertyName("value"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Value { get; init; }
}

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true, MaxDepth = 32)]
[JsonSerializable(typeof(MeetingRequest))]
[JsonSerializable(typeof(MeetingReply))]
[JsonSerializable(typeof(StartReply))]
[JsonSerializable(typeof(AdminMeReply))]
[JsonSerializable(typeof(ScimMeReply))]
internal sealed partial class GoToMeetingJson : JsonSerializerContext;
