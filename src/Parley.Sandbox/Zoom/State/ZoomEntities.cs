using NodaTime;

namespace Parley.Sandbox.Zoom.State;

// What may be null is not required: the journal leaves nulls out, and a required one would be missed when it is read back.

/// <summary>A Zoom account: the tenant that users belong to.</summary>
public sealed record ZoomAccount
{
    /// <summary>22 characters, as <c>account_id</c> on the wire.</summary>
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary><c>free</c>, <c>pro</c> or <c>business</c>: decides the rate limits and what needs a paid plan (reference §6).</summary>
    public required string Plan { get; init; }

    /// <summary>Whether users need an administrator's approval of an app; null: as the switch says for all accounts.</summary>
    public bool? PreApprovalRequired { get; init; }

    /// <summary>What the users' settings are where they are locked, and what new users start with.</summary>
    public required ZoomUserSettings Settings { get; init; }

    /// <summary>Names of settings that users cannot change, e.g. <c>waiting_room</c>; what a call asks for against them is silently dropped.</summary>
    public IReadOnlyList<string> LockedSettings { get; init; } = [];

    /// <summary>Licences bought; who holds one is written on the users.</summary>
    public int Hosts { get; init; } = 10;
}

/// <summary>The settings of a host, or of an account, that a scheduled meeting depends on. Named as in <c>GET /users/{id}/settings</c>.</summary>
public sealed record ZoomUserSettings
{
    public bool WaitingRoom { get; init; }
    public bool JoinBeforeHost { get; init; }

    /// <summary><c>schedule_meeting.require_password_for_scheduling_new_meetings</c>: whether Zoom invents a passcode for each meeting.</summary>
    public bool RequirePasscode { get; init; } = true;

    /// <summary><c>schedule_meeting.embed_password_in_join_link</c>.</summary>
    public bool EmbedPasscode { get; init; } = true;
    public bool HostVideo { get; init; }
    public bool ParticipantVideo { get; init; }
    public bool MuteUponEntry { get; init; }

    /// <summary><c>recording.auto_recording</c>: <c>none</c>, <c>local</c> or <c>cloud</c>.</summary>
    public string AutoRecording { get; init; } = "none";
    public bool CloudRecording { get; init; } = true;
    public bool BreakoutRoom { get; init; } = true;

    /// <summary><c>both</c>, <c>telephony</c>, <c>voip</c> or <c>thirdParty</c>.</summary>
    public string AudioType { get; init; } = "both";
    public bool UsePersonalMeetingId { get; init; }
    public int MeetingCapacity { get; init; } = 100;
    public bool LargeMeeting { get; init; }
}

/// <summary>Whether a user can sign in (reference §4).</summary>
public enum ZoomUserStatus
{
    Active,
    Inactive,

    /// <summary>Invited, has not accepted: listed without an id.</summary>
    Pending,
}

public sealed record ZoomUser
{
    /// <summary>22 characters, as <c>id</c> on the wire.</summary>
    public required string Id { get; init; }
    public required string AccountId { get; init; }
    public required string Email { get; init; }
    public required string FirstName { get; init; }
    public required string LastName { get; init; }
    public required string Password { get; init; }

    /// <summary>1 Basic (meetings are cut at 40 minutes), 2 Licensed, 4 unassigned (may not host).</summary>
    public required int Type { get; init; }
    public required ZoomUserStatus Status { get; init; }

    /// <summary><c>0</c> owner, <c>1</c> administrator, <c>2</c> member.</summary>
    public required string RoleId { get; init; }

    /// <summary>IANA zone.</summary>
    public required string TimeZone { get; init; }

    /// <summary>Personal meeting id.</summary>
    public required long Pmi { get; init; }
    public required ZoomUserSettings Settings { get; init; }
    public string Language { get; init; } = "en-US";
    public string Department { get; init; } = "";
    public IReadOnlyList<string> GroupIds { get; init; } = [];
    public Instant CreatedAt { get; init; }
    public Instant? LastLoginAt { get; init; }

    /// <summary>What the persona is there to show; for the people who use the sandbox.</summary>
    public string Purpose { get; init; } = "";

    public bool Licensed => Type == 2;

    /// <summary>Has the role permissions that admin-managed apps and the Marketplace ask for.</summary>
    public bool Admin => RoleId is "0" or "1";

    public string FullName => $"{FirstName} {LastName}";
}

/// <summary>How an app is managed (reference §1.6, §1.10).</summary>
public enum ZoomAppKind
{
    /// <summary>Each user authorises for themselves: user-level scopes, own user only.</summary>
    User,

    /// <summary>An administrator authorises: <c>:admin</c> scopes, any user of the account.</summary>
    Admin,

    /// <summary>Belongs to one account, no user: <c>account_credentials</c>.</summary>
    ServerToServer,
}

/// <summary>An app of the Marketplace, with one pair of credentials.</summary>
public sealed record ZoomApp
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required ZoomAppKind Kind { get; init; }
    public required string ClientId { get; init; }
    public required string ClientSecret { get; init; }
    public required IReadOnlyList<string> RedirectUris { get; init; }

    /// <summary>Scopes ticked on the app; an authorize request cannot choose among them.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The account of a server-to-server app; null for the others.</summary>
    public string? AccountId { get; init; }

    /// <summary>What webhooks are signed with.</summary>
    public required string SecretToken { get; init; }

    /// <summary>What the app is there for: <c>organizer</c>, <c>account</c> or empty.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>Whether the app was made before granular scopes came (reference §1.9): what a refusal names follows it.</summary>
    public bool ClassicScopes { get; init; }
}
