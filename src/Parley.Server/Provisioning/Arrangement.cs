using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Web;

namespace Parley.Server.Provisioning;

/// <summary>Who wanted the meeting.</summary>
public static class ArrangementSource
{
    public const string Booking = "booking";
    public const string Web = "web";
    public const string Api = "api";
}

/// <summary>The parts of the desired state that are never queried.</summary>
public sealed record ArrangementDetails
{
    public string? Description { get; init; }
    public bool PasscodeRequired { get; init; }
    public AudioOption Audio { get; init; } = AudioOption.Hybrid;
    public string? AudioText { get; init; }
    public IReadOnlyList<string> CoOrganizerKeys { get; init; } = [];
    public MeetingType Type { get; init; } = MeetingType.Scheduled;

    /// <summary>Of a recurring meeting whose first time was given: how long it usually takes. Null: it has no time at all.</summary>
    public int? UsualMinutes { get; init; }
    public bool? WaitingRoom { get; init; }
    public bool? JoinBeforeHost { get; init; }

    /// <summary>Providers want an end of recurring meetings too, where it means nothing.</summary>
    public Instant EndForProvider(Instant startsAt, Instant endsAt) =>
        Type == MeetingType.Recurring ? startsAt + Duration.FromMinutes(UsualMinutes ?? 60) : endsAt;
}

/// <summary>Someone who gets the mails of an arrangement besides its organizer.</summary>
public sealed record ArrangementAttendee
{
    public required string Name { get; init; }
    public required string Email { get; init; }

    /// <summary>IANA zone their mails speak; null: the arrangement's.</summary>
    public string? TimeZone { get; init; }

    /// <summary>BCP 47 tag; null: English.</summary>
    public string? Locale { get; init; }
    public bool Notify { get; init; } = true;
}

/// <summary>The desired state of one meeting, and what was last seen of it: a row of table <c>arrangement</c>.</summary>
public sealed record Arrangement
{
    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }

    /// <summary>The arrangement that went on with another account; this one only removes what was made with the former. Null: an ordinary one.</summary>
    public string? RelicOf { get; init; }
    public required string ConnectionId { get; init; }
    public required string Provider { get; init; }
    public required string Source { get; init; }
    public string? BookingId { get; init; }

    /// <summary>The member hosting, when one does.</summary>
    public string? MemberId { get; init; }
    public required string Marker { get; init; }
    public required string DoorCode { get; init; }

    /// <summary><c>present</c> or <c>absent</c>.</summary>
    public required string Desired { get; init; }
    public required int Version { get; init; }

    /// <summary>The newest version the provider is known to agree with; 0 before the first.</summary>
    public int AppliedVersion { get; init; }
    public required string Subject { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }
    public required string TimeZone { get; init; }

    /// <summary>JSON of <see cref="ArrangementDetails"/>; read <see cref="Details"/>.</summary>
    public required string Spec { get; init; }

    /// <summary>JSON; read <see cref="Record"/>.</summary>
    public string? Reference { get; init; }

    /// <summary>JSON; read <see cref="AttendeeList"/>.</summary>
    public required string Attendees { get; init; }
    public string? ProviderMeetingId { get; init; }
    public bool CreateConfirmed { get; init; }
    public string? JoinUrl { get; init; }

    /// <summary><c>created</c> (told by the provider) or <c>derived</c>.</summary>
    public string? JoinUrlSource { get; init; }
    public string? DialIn { get; init; }
    public string? AccessCode { get; init; }
    public string? Passcode { get; init; }

    /// <summary>JSON; read <see cref="WarningList"/>.</summary>
    public string? Warnings { get; init; }

    /// <summary>The host's day at the provider is used up: what is owed is sent from then on. Past or null: nothing waits for that.</summary>
    public Instant? QueuedUntil { get; init; }
    public string? Attention { get; init; }
    public int Recreated { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }

    /// <summary>
    /// The end of a recurring meeting: it is a room that stays open until someone removes it, so it is never over, reserves no time
    /// and shows in every list of what is to come.
    /// </summary>
    public static readonly Instant NeverEnds = Instant.FromUtc(9999, 1, 1, 0, 0);

    public bool IsPresent => Desired == "present";
    public bool IsRecurring => EndsAt == NeverEnds;
    public bool LinkIsKnown => ProviderMeetingId is not null && JoinUrl is not null;

    public ArrangementDetails Details => JsonSerializer.Deserialize<ArrangementDetails>(Spec, Json.Stored)!;
    public IReadOnlyList<ArrangementAttendee> AttendeeList =>
        JsonSerializer.Deserialize<List<ArrangementAttendee>>(Attendees, Json.Stored)!;

    /// <summary>The record of another system it belongs to; null: none.</summary>
    public ArrangementReference? Record => ArrangementReference.Of(Reference);

    /// <summary>Of <see cref="Record"/>, in columns of their own for the sake of searching.</summary>
    public string? ReferenceSystem => Record?.System;
    public string? ReferenceId => Record?.RecordId;
    public IReadOnlyList<DialInNumber> DialInNumbers =>
        DialIn is null ? [] : JsonSerializer.Deserialize<List<DialInNumber>>(DialIn, Json.Stored)!;

    /// <summary>Sentences for the organizer: what the provider did not take of the state it last agreed to.</summary>
    public IReadOnlyList<string> WarningList =>
        Warnings is null ? [] : JsonSerializer.Deserialize<List<string>>(Warnings, Json.Stored)!;

    /// <summary>What the provider is to be told: the whole desired state, with its marker.</summary>
    public MeetingSpec ToSpec()
    {
        var details = Details;
        return new MeetingSpec
        {
            Subject = Subject,
            StartsAt = StartsAt,
            EndsAt = details.EndForProvider(StartsAt, EndsAt),
            TimeZone = TimeZone,
            Description = details.Description,
            PasscodeRequired = details.PasscodeRequired,
            Audio = details.Audio,
            AudioText = details.AudioText,
            CoOrganizerKeys = details.CoOrganizerKeys,
            Type = details.Type,
            WaitingRoom = details.WaitingRoom,
            JoinBeforeHost = details.JoinBeforeHost,
            Marker = Marker,
        };
    }
}

/// <summary>What is needed to want a new meeting.</summary>
public sealed record ArrangementDraft
{
    public required string WorkspaceId { get; init; }
    public required string ConnectionId { get; init; }
    public required string Provider { get; init; }
    public required string Source { get; init; }
    public string? BookingId { get; init; }
    public string? MemberId { get; init; }
    public required string Subject { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }
    public required string TimeZone { get; init; }
    public ArrangementDetails Details { get; init; } = new();

    /// <summary>The caller's own record, as JSON text, handed back unchanged.</summary>
    public string? Reference { get; init; }
    public IReadOnlyList<ArrangementAttendee> Attendees { get; init; } = [];

    /// <summary>A stranger's wish: it spends the public share of the host's day at the provider.</summary>
    public bool IsPublic { get; init; }
}
