using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Provisioning;

namespace Parley.Server.Meetings;

/// <summary>One meeting of ours as a member sees it, and what that member may do with it.</summary>
public sealed record MeetingRow
{
    public required Arrangement Arrangement { get; init; }
    public required MeetingView View { get; init; }

    /// <summary>Null when this server no longer carries the provider.</summary>
    public required ConnectionEntry? Connection { get; init; }

    /// <summary>The other side of a booking, by name.</summary>
    public required string? Customer { get; init; }

    /// <summary>Its session was ended although there was time left: it can be started again.</summary>
    public bool EndedEarly { get; init; }

    /// <summary>Cancelled, and gone at the provider.</summary>
    public bool IsRemoved => !Arrangement.IsPresent && Arrangement.AppliedVersion >= Arrangement.Version;

    /// <summary>The provider has still to agree; the pages look again by themselves.</summary>
    public bool IsMoving => View.Status is MeetingStatus.Provisioning or MeetingStatus.Removing && !IsRemoved;

    /// <summary>Of <see cref="IsMoving"/>, whether looking again soon may show something new.</summary>
    public bool IsMovingSoon => IsMoving && View.QueuedUntil is null;

    public bool CanStart =>
        Arrangement is { IsPresent: true, ProviderMeetingId: not null }
        && (EndedEarly || View.Status != MeetingStatus.Ended);
    public bool CanCancel => Arrangement.IsPresent && View.Status != MeetingStatus.Ended;
    public string ProviderName => Connection?.Provider.Name ?? Arrangement.Provider;

    /// <summary>Host rights are the account owner's; owners and admins of the workspace answer for all accounts.</summary>
    public bool MayStart(Caller caller) =>
        caller.IsAdministrator || (Connection?.MemberId is { } owner && owner == caller.MemberId);
}

/// <summary>A line of the dashboard: one of ours, or a meeting made elsewhere, which is only shown.</summary>
public sealed record BoardEntry
{
    public required MeetingView View { get; init; }
    public required ConnectionEntry? Connection { get; init; }
    public required MeetingRow? Own { get; init; }
    public string ProviderName => Connection?.Provider.Name ?? View.Provider;

    /// <summary>
    /// Of another organizer, seen through a connection for reports: it is hosted elsewhere, so that it can be looked at here and nothing more.
    /// </summary>
    public bool IsOthers => Own is null && Connection?.Connection.Purpose == ConnectionPurpose.Account;

    /// <summary>Its page; null where there is none.</summary>
    public string? Path =>
        Own is { } own ? $"/meetings/{own.Arrangement.Id}"
        : IsOthers ? null
        : ForeignMeetingView.PathOf(View);

    /// <summary>The link to give away: the door, or of a meeting made elsewhere the provider's own.</summary>
    public string? ShareUrl => Own is { Arrangement.IsPresent: true } own ? own.View.DoorUrl : View.JoinUrl;

    /// <summary>What another row of the same page never is.</summary>
    public string RowId => "m-" + (Own?.Arrangement.Id ?? $"{View.ConnectionId}-{View.Id}");

    /// <summary>Made elsewhere, and hosted with an account this member answers for.</summary>
    public bool MayChangeForeign(Caller caller) =>
        Own is null
        && !IsOthers
        && View.Status != MeetingStatus.Ended
        && Connection is { CanHost: true } host
        && (caller.IsAdministrator || host.MemberId == caller.MemberId);
}
