using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Web;

namespace Parley.Server.Observed;

/// <summary>A meeting as the last complete listing of its connection showed it: a row of table <c>observed_meeting</c>. No passcode is kept.</summary>
public sealed record ObservedMeeting
{
    public const string Columns =
        "workspace_id, connection_id, meeting_id, subject, plain_subject, marker, starts_at, ends_at, time_zone, type, in_progress, passcode_required, organizer_key, organizer_email, organizer_name, co_organizers, dial_in, access_code, join_url";

    public required string WorkspaceId { get; init; }
    public required string ConnectionId { get; init; }

    /// <summary>The provider's id.</summary>
    public required string MeetingId { get; init; }

    /// <summary>As stored at the provider, marker included.</summary>
    public required string Subject { get; init; }
    public required string PlainSubject { get; init; }

    /// <summary>What looks like a marker; acted on only where an arrangement of the same connection knows it.</summary>
    public string? Marker { get; init; }
    public Instant? StartsAt { get; init; }
    public Instant? EndsAt { get; init; }
    public string? TimeZone { get; init; }

    /// <summary><c>scheduled</c>, <c>instant</c> or <c>recurring</c>.</summary>
    public required string Type { get; init; }
    public bool InProgress { get; init; }
    public bool? PasscodeRequired { get; init; }
    public string? OrganizerKey { get; init; }
    public string? OrganizerEmail { get; init; }
    public string? OrganizerName { get; init; }

    /// <summary>JSON; null when the listing does not tell them.</summary>
    public string? CoOrganizers { get; init; }

    /// <summary>JSON.</summary>
    public required string DialIn { get; init; }
    public string? AccessCode { get; init; }
    public string? JoinUrl { get; init; }

    /// <summary>Takes time on the organizer's calendar. Recurring and personal rooms stand open without a real time.</summary>
    public bool TakesTime => Type == ScheduledType && StartsAt < EndsAt;

    internal const string ScheduledType = "scheduled";

    public static ObservedMeeting Of(string workspaceId, string connectionId, Meeting meeting) =>
        new()
        {
            WorkspaceId = workspaceId,
            ConnectionId = connectionId,
            MeetingId = meeting.Id,
            Subject = meeting.Subject,
            PlainSubject = meeting.SubjectWithoutMarker,
            Marker = meeting.MarkerCandidate,
            // A room that stays has no real time; what GoTo tells for one is the moment of asking.
            StartsAt = meeting.Type == MeetingType.Recurring ? null : meeting.StartsAt,
            EndsAt = meeting.Type == MeetingType.Recurring ? null : meeting.EndsAt,
            TimeZone = meeting.TimeZone,
            Type = meeting.Type switch
            {
                MeetingType.Instant => "instant",
                MeetingType.Recurring => "recurring",
                _ => ScheduledType,
            },
            InProgress = meeting.InProgress,
            PasscodeRequired = meeting.PasscodeRequired,
            OrganizerKey = meeting.Organizer?.Key,
            OrganizerEmail = meeting.Organizer?.Email,
            OrganizerName = meeting.Organizer?.Name,
            CoOrganizers = meeting.CoOrganizerKeys is { } keys ? JsonSerializer.Serialize(keys, Json.Stored) : null,
            DialIn = JsonSerializer.Serialize(meeting.DialIn, Json.Stored),
            AccessCode = meeting.AccessCode,
            JoinUrl = meeting.JoinUrl,
        };

    /// <summary>As the provider told it, but for the passcode.</summary>
    public Meeting ToMeeting() =>
        new()
        {
            Id = MeetingId,
            Subject = Subject,
            SubjectWithoutMarker = PlainSubject,
            MarkerCandidate = Marker,
            StartsAt = StartsAt,
            EndsAt = EndsAt,
            TimeZone = TimeZone,
            Type = Type switch
            {
                "instant" => MeetingType.Instant,
                "recurring" => MeetingType.Recurring,
                _ => MeetingType.Scheduled,
            },
            InProgress = InProgress,
            PasscodeRequired = PasscodeRequired,
            Organizer = this is { OrganizerKey: null, OrganizerEmail: null, OrganizerName: null }
                ? null
                : new OrganizerIdentity(OrganizerKey, OrganizerEmail, OrganizerName),
            CoOrganizerKeys = CoOrganizers is null
                ? null
                : JsonSerializer.Deserialize<List<string>>(CoOrganizers, Json.Stored),
            DialIn = JsonSerializer.Deserialize<List<DialInNumber>>(DialIn, Json.Stored)!,
            AccessCode = AccessCode,
            JoinUrl = JoinUrl,
        };
}
