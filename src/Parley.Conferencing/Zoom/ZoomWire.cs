using System.Text.Json.Serialization;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>Create and update. Absent fields are left to the host's own defaults, or as they are.</summary>
internal sealed record ZoomMeetingRequest
{
    [JsonPropertyName("topic")]
    public string? Topic { get; init; }

    [JsonPropertyName("type")]
    public int? Type { get; init; }

    /// <summary><c>yyyy-MM-ddTHH:mm:ssZ</c>, UTC.</summary>
    [JsonPropertyName("start_time")]
    public string? StartTime { get; init; }

    /// <summary>Minutes, 1–1440.</summary>
    [JsonPropertyName("duration")]
    public int? Duration { get; init; }

    /// <summary>How Zoom shows the start; it does not change it, since that is UTC.</summary>
    [JsonPropertyName("timezone")]
    public string? TimeZone { get; init; }

    [JsonPropertyName("agenda")]
    public string? Agenda { get; init; }

    /// <summary>Create alone: whether Zoom makes one up where the host's settings ask for one.</summary>
    [JsonPropertyName("default_password")]
    public bool? DefaultPassword { get; init; }

    /// <summary>Update alone; empty text takes it away.</summary>
    [JsonPropertyName("password")]
    public string? Password { get; init; }

    [JsonPropertyName("settings")]
    public ZoomSettingsRequest? Settings { get; init; }
}

internal sealed record ZoomSettingsRequest
{
    [JsonPropertyName("waiting_room")]
    public bool? WaitingRoom { get; init; }

    [JsonPropertyName("join_before_host")]
    public bool? JoinBeforeHost { get; init; }

    /// <summary>Addresses or ids, semicolons between them; empty text for none.</summary>
    [JsonPropertyName("alternative_hosts")]
    public string? AlternativeHosts { get; init; }

    /// <summary><c>both</c>, <c>telephony</c>, <c>voip</c> or <c>thirdParty</c>.</summary>
    [JsonPropertyName("audio")]
    public string? Audio { get; init; }

    /// <summary>With third-party audio: what people are told.</summary>
    [JsonPropertyName("audio_conference_info")]
    public string? AudioConferenceInfo { get; init; }
}

internal sealed record ZoomStatusRequest([property: JsonPropertyName("action")] string Action);

/// <summary>A meeting as create, get or a list tells it. Nothing is promised to be there (zoom.md §2.2).</summary>
internal sealed record ZoomMeetingReply
{
    [JsonPropertyName("id"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Id { get; init; }

    [JsonPropertyName("uuid"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Uuid { get; init; }

    [JsonPropertyName("host_id"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? HostId { get; init; }

    [JsonPropertyName("host_email"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? HostEmail { get; init; }

    [JsonPropertyName("topic"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Topic { get; init; }

    [JsonPropertyName("type"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Type { get; init; }

    /// <summary><c>waiting</c> or <c>started</c>; get alone tells it.</summary>
    [JsonPropertyName("status"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Status { get; init; }

    [JsonPropertyName("start_time"), JsonConverter(typeof(TolerantInstantConverter))]
    public Instant? StartTime { get; init; }

    [JsonPropertyName("duration"), JsonConverter(typeof(CountOrTextConverter))]
    public int? Duration { get; init; }

    [JsonPropertyName("timezone"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? TimeZone { get; init; }

    /// <summary>Cut to 250 characters in lists.</summary>
    [JsonPropertyName("agenda"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Agenda { get; init; }

    [JsonPropertyName("join_url"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? JoinUrl { get; init; }

    /// <summary>Host rights for two hours: never kept.</summary>
    [JsonPropertyName("start_url"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? StartUrl { get; init; }

    [JsonPropertyName("password"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Password { get; init; }

    /// <summary>As <c>upcoming_meetings</c> calls it.</summary>
    [JsonPropertyName("passcode"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Passcode { get; init; }

    [JsonPropertyName("settings")]
    public ZoomSettingsReply? Settings { get; init; }
}

internal sealed record ZoomSettingsReply
{
    [JsonPropertyName("waiting_room"), JsonConverter(typeof(FlagOrTextConverter))]
    public bool? WaitingRoom { get; init; }

    [JsonPropertyName("join_before_host"), JsonConverter(typeof(FlagOrTextConverter))]
    public bool? JoinBeforeHost { get; init; }

    [JsonPropertyName("alternative_hosts"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? AlternativeHosts { get; init; }

    [JsonPropertyName("audio"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Audio { get; init; }

    [JsonPropertyName("audio_conference_info"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? AudioConferenceInfo { get; init; }

    [JsonPropertyName("global_dial_in_numbers")]
    public IReadOnlyList<ZoomDialInReply?>? GlobalDialInNumbers { get; init; }
}

internal sealed record ZoomDialInReply
{
    [JsonPropertyName("country"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Country { get; init; }

    [JsonPropertyName("country_name"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? CountryName { get; init; }

    [JsonPropertyName("number"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Number { get; init; }

    /// <summary><c>toll</c> or <c>tollfree</c>.</summary>
    [JsonPropertyName("type"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? Type { get; init; }
}

/// <summary>One page of a list; <c>next_page_token</c> is empty at the end and lives for 15 minutes.</summary>
internal abstract record ZoomPage<T>
    where T : class
{
    [JsonPropertyName("next_page_token"), JsonConverter(typeof(TextOrNumberConverter))]
    public string? NextPageToken { get; init; }

    public abstract IReadOnlyList<T?>? Rows();
}

/// <summary><c>/users/{id}/meetings</c>, and the reports by the same name.</summary>
internal sealed record ZoomMeetingPage : ZoomPage<ZoomMeetingReply>
{
    [JsonPropertyName("meetings")]
    public IReadOnlyList<ZoomMeetingReply?>? Meetings { get; init; }

    public override IReadOnlyList<ZoomMeetingReply?>? Rows() => Meetings;
}

[JsonSourceGenerationOptions(
    PropertyNameCaseInsensitive = true,
    MaxDepth = 32,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ZoomMeetingRequest))]
[JsonSerializable(typeof(ZoomStatusRequest))]
[JsonSerializable(typeof(ZoomMeetingReply))]
[JsonSerializable(typeof(ZoomMeetingPage))]
[JsonSerializable(typeof(ZoomUserReply))]
[JsonSerializable(typeof(ZoomUserPage))]
[JsonSerializable(typeof(ZoomUserSummaryReply))]
[JsonSerializable(typeof(ZoomPlanUsageReply))]
[JsonSerializable(typeof(ZoomInstancesReply))]
[JsonSerializable(typeof(ZoomPastMeetingReply))]
[JsonSerializable(typeof(ZoomParticipantPage))]
[JsonSerializable(typeof(ZoomReportMeetingPage))]
[JsonSerializable(typeof(ZoomActiveHostPage))]
internal sealed partial class ZoomJson : JsonSerializerContext;
