using NodaTime;

namespace Parley.Conferencing;

/// <summary>How people may hear and speak.</summary>
public enum AudioOption
{
    Hybrid,
    Pstn,
    Voip,
    Private,
    Custom,
}

public enum MeetingType
{
    Scheduled,
    Instant,
    Recurring,
}

/// <summary>The desired state of one meeting, whole: an update sends all of it.</summary>
public sealed record MeetingSpec
{
    /// <summary>1–100 characters, as people typed it: without marker, not escaped.</summary>
    public required string Subject { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }

    /// <summary>IANA zone the organizer thinks in.</summary>
    public required string TimeZone { get; init; }
    public string? Description { get; init; }
    public bool PasscodeRequired { get; init; }
    public AudioOption Audio { get; init; } = AudioOption.Hybrid;

    /// <summary>With <see cref="AudioOption.Custom"/>: the text shown, at most 255 characters.</summary>
    public string? AudioText { get; init; }
    public IReadOnlyList<string> CoOrganizerKeys { get; init; } = [];
    public MeetingType Type { get; init; } = MeetingType.Scheduled;
    public bool? WaitingRoom { get; init; }
    public bool? JoinBeforeHost { get; init; }

    /// <summary>Short code that finds the meeting again by listing; written where the provider's lists show it.</summary>
    public string? Marker { get; init; }
}

/// <summary>What a create reply told.</summary>
public sealed record CreatedMeeting
{
    public required string Id { get; init; }
    public string? JoinUrl { get; init; }
    public IReadOnlyList<DialInNumber> DialIn { get; init; } = [];
    public string? AccessCode { get; init; }
    public string? Passcode { get; init; }

    /// <summary>Sentences for the organizer: what was asked for and not taken, e.g. because the account has it locked.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Calls that counted against the host's day; more than one where the provider had to be asked for something once more.</summary>
    public int Writes { get; init; } = 1;
}

/// <summary>What an update came to.</summary>
public sealed record UpdatedMeeting
{
    /// <summary>False when the meeting agreed already, so that nothing that counts against a quota was sent.</summary>
    public bool Sent { get; init; } = true;

    /// <summary>As <see cref="CreatedMeeting.Warnings"/>.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>As it was read afterwards: a change may give it another link or passcode. Null: it was not.</summary>
    public Meeting? Now { get; init; }
}

/// <summary>A meeting as the provider tells it now.</summary>
public sealed record Meeting
{
    public required string Id { get; init; }

    /// <summary>As stored at the provider (unescaped), marker included.</summary>
    public required string Subject { get; init; }

    /// <summary>Subject with <see cref="MarkerCandidate"/> taken off; equal to <see cref="Subject"/> when there is none.</summary>
    public required string SubjectWithoutMarker { get; init; }

    /// <summary>What looks like a marker. Only acted on when it is one of our own.</summary>
    public string? MarkerCandidate { get; init; }

    /// <summary>Null for meetings without a real time (GoTo's recurring rooms may still tell one).</summary>
    public Instant? StartsAt { get; init; }
    public Instant? EndsAt { get; init; }
    public string? TimeZone { get; init; }
    public MeetingType Type { get; init; }
    public bool InProgress { get; init; }
    public bool? PasscodeRequired { get; init; }
    public string? JoinUrl { get; init; }
    public IReadOnlyList<DialInNumber> DialIn { get; init; } = [];
    public string? AccessCode { get; init; }
    public string? Passcode { get; init; }
    public OrganizerIdentity? Organizer { get; init; }

    /// <summary>Null where the provider has no such option or this call does not tell it.</summary>
    public bool? WaitingRoom { get; init; }

    /// <summary>As <see cref="WaitingRoom"/>.</summary>
    public bool? JoinBeforeHost { get; init; }

    /// <summary>Null when this call does not tell them.</summary>
    public IReadOnlyList<string>? CoOrganizerKeys { get; init; }
}

/// <summary>The person hosting. Key is opaque text.</summary>
public sealed record OrganizerIdentity(string? Key, string? Email, string? Name);

/// <summary>One telephone number; <see cref="Country"/> as the provider writes it.</summary>
public sealed record DialInNumber(string Country, string Number, bool TollFree);

/// <summary>Opens the meeting with host rights. <see cref="ToString"/> hides the link.</summary>
public sealed record HostLink(string Url, Instant? ExpiresAt)
{
    public override string ToString() => "HostLink { … }";
}
