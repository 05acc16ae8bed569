using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;

namespace Parley.Server.Meetings;

/// <summary>States of a meeting as the outside sees them.</summary>
public static class MeetingStatus
{
    public const string Scheduled = "scheduled";

    /// <summary>Wanted; the provider has not confirmed the latest wish yet.</summary>
    public const string Provisioning = "provisioning";
    public const string InProgress = "inProgress";
    public const string Ended = "ended";

    /// <summary>Cancelled; still to be removed at the provider.</summary>
    public const string Removing = "removing";

    /// <summary>A person must look.</summary>
    public const string Attention = "attention";
}

/// <summary>A telephone number to dial in with.</summary>
public sealed record DialInView(string Country, string Number, bool TollFree);

/// <summary>The person hosting.</summary>
public sealed record OrganizerView(string? Key, string? Email, string? Name);

/// <summary>A meeting, as the API, the pages and the mails tell it. Never with host rights.</summary>
public sealed record MeetingView
{
    /// <summary>The provider's id; null until it is known.</summary>
    public required string? Id { get; init; }
    public required string ConnectionId { get; init; }
    public required string Provider { get; init; }

    /// <summary>Null for meetings Parley did not make.</summary>
    public required string? ArrangementId { get; init; }
    public required string Subject { get; init; }

    /// <summary><c>scheduled</c>, <c>instant</c> or <c>recurring</c>: a room that stays and reserves no time.</summary>
    public required string Type { get; init; }

    /// <summary>Null for a recurring meeting that was given no time.</summary>
    public required Instant? StartsAt { get; init; }
    public required Instant? EndsAt { get; init; }
    public required int? DurationMinutes { get; init; }
    public required string? TimeZone { get; init; }
    public required string? JoinUrl { get; init; }

    /// <summary><c>created</c>: told by the provider; <c>derived</c>: put together from what this connection was told before.</summary>
    public required string? JoinUrlSource { get; init; }
    public required string? DoorUrl { get; init; }
    public required IReadOnlyList<DialInView> DialIn { get; init; }
    public required string? AccessCode { get; init; }
    public required string? Passcode { get; init; }
    public required OrganizerView? Organizer { get; init; }
    public required IReadOnlyList<string> CoOrganizers { get; init; }
    public required string Status { get; init; }

    /// <summary><c>booking</c>, <c>web</c>, <c>api</c> or <c>provider</c>.</summary>
    public required string Source { get; init; }
    public required string? BookingId { get; init; }

    /// <summary>The caller's own record, as given.</summary>
    public required JsonElement? Reference { get; init; }

    /// <summary>
    /// Why a person must look, with <c>status: attention</c>, e.g. <c>moved_at_provider</c>: at the provider it stands at another time; of a meeting made elsewhere <c>untrusted_join_link</c>, whatever its status: the
    /// provider's link leads to a host that is not trusted and is withheld.
    /// </summary>
    public string? Attention { get; init; }

    /// <summary>What was asked for and the provider did not take, in sentences for the organizer; empty: it took everything.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The provider takes no more changes of this host today: the meeting, or its change, is sent from then on. Null: nothing waits for that.</summary>
    public Instant? QueuedUntil { get; init; }

    /// <summary>When the provider was last asked, or the ledger last wrote something down about it.</summary>
    public Instant? ObservedAt { get; init; }

    /// <summary>Fields a change had to guess because the provider does not tell them.</summary>
    public IReadOnlyList<string>? Assumed { get; init; }
}

/// <summary>The one place where rows and provider replies become a <see cref="MeetingView"/>.</summary>
public static class MeetingViews
{
    /// <summary>A meeting of ours, from the ledger's knowledge.</summary>
    /// <param name="organizer">Of the connection that hosts it.</param>
    public static MeetingView Of(
        Arrangement arrangement,
        OrganizerView? organizer,
        ParleyOptions options,
        Instant now,
        bool inProgress = false,
        bool endedEarly = false
    )
    {
        var details = arrangement.Details;
        var spec = arrangement.ToSpec();
        var timed = !arrangement.IsRecurring || details.UsualMinutes is not null;
        return new MeetingView
        {
            Id = arrangement.ProviderMeetingId,
            ConnectionId = arrangement.ConnectionId,
            Provider = arrangement.Provider,
            ArrangementId = arrangement.Id,
            Subject = arrangement.Subject,
            Type = TypeOf(details.Type),
            StartsAt = timed ? spec.StartsAt : null,
            EndsAt = timed ? spec.EndsAt : null,
            DurationMinutes = timed ? WholeMinutes.Between(spec.StartsAt, spec.EndsAt) : null,
            TimeZone = arrangement.TimeZone,
            JoinUrl = arrangement.JoinUrl,
            JoinUrlSource = arrangement.JoinUrlSource,
            DoorUrl = DoorUrl(options, arrangement.DoorCode),
            DialIn = DialIn(arrangement.DialInNumbers),
            AccessCode = arrangement.AccessCode,
            Passcode = arrangement.Passcode,
            Organizer = organizer,
            CoOrganizers = details.CoOrganizerKeys,
            Status = StatusOf(arrangement, now, inProgress, endedEarly),
            Source = arrangement.Source,
            BookingId = arrangement.BookingId,
            Reference = arrangement.Reference is null
                ? null
                : JsonDocument.Parse(arrangement.Reference).RootElement.Clone(),
            Attention = arrangement.Attention,
            Warnings = arrangement.WarningList,
            QueuedUntil = QueuedUntil(arrangement, now),
            ObservedAt = arrangement.UpdatedAt,
        };
    }

    /// <summary>
    /// A meeting Parley did not make, as the provider tells it. A link to a host that is not trusted is withheld and flagged; one the
    /// provider does not tell is put together like those it told.
    /// </summary>
    /// <param name="host">Null: the connection is gone.</param>
    /// <param name="own">The organizer where the provider names none.</param>
    public static MeetingView Of(
        Meeting meeting,
        string connectionId,
        ConnectionEntry? host,
        ProviderCatalogue catalogue,
        OrganizerView? own,
        Instant now
    )
    {
        var provider = host is null ? null : catalogue.Find(host.Connection.Provider)?.Provider;
        var untrusted = meeting.JoinUrl is { } link && provider?.IsTrustedLink(link) != true;
        var derived = meeting.JoinUrl is null
            ? provider?.DeriveJoinUrl(meeting.Id, host!.Connection.LastJoinUrl)
            : null;
        return new MeetingView
        {
            Id = meeting.Id,
            ConnectionId = connectionId,
            Provider = host?.Connection.Provider ?? "unknown",
            ArrangementId = null,
            Subject = meeting.Subject,
            Type = TypeOf(meeting.Type),
            StartsAt = meeting.StartsAt,
            EndsAt = meeting.EndsAt,
            DurationMinutes = meeting is { StartsAt: { } start, EndsAt: { } end }
                ? WholeMinutes.Between(start, end)
                : null,
            TimeZone = meeting.TimeZone,
            JoinUrl = untrusted ? null : meeting.JoinUrl ?? derived,
            JoinUrlSource =
                untrusted ? null
                : meeting.JoinUrl is not null ? "created"
                : derived is not null ? "derived"
                : null,
            DoorUrl = null,
            DialIn = DialIn(meeting.DialIn),
            AccessCode = meeting.AccessCode,
            Passcode = meeting.Passcode,
            Organizer = meeting.Organizer is { } told ? new OrganizerView(told.Key, told.Email, told.Name) : own,
            CoOrganizers = meeting.CoOrganizerKeys ?? [],
            Status =
                meeting.InProgress ? MeetingStatus.InProgress
                : meeting.Type == MeetingType.Scheduled && meeting.EndsAt <= now ? MeetingStatus.Ended
                : MeetingStatus.Scheduled,
            Source = "provider",
            BookingId = null,
            Reference = null,
            Attention = untrusted ? "untrusted_join_link" : null,
            ObservedAt = now,
        };
    }

    public static readonly string Recurring = TypeOf(MeetingType.Recurring);

    public static Instant? QueuedUntil(Arrangement arrangement, Instant now) =>
        arrangement is { IsPresent: true, QueuedUntil: { } until } && until > now ? until : null;

    public static string TypeOf(MeetingType type) => JsonNamingPolicy.CamelCase.ConvertName(type.ToString());

    public static string DoorUrl(ParleyOptions options, string doorCode) => $"{options.Origin}/j/{doorCode}";

    /// <param name="endedEarly">Its session was ended although there was time left.</param>
    public static string StatusOf(
        Arrangement arrangement,
        Instant now,
        bool inProgress = false,
        bool endedEarly = false
    ) =>
        !arrangement.IsPresent ? MeetingStatus.Removing
        : arrangement.Attention is not null ? MeetingStatus.Attention
        : inProgress ? MeetingStatus.InProgress
        : arrangement.EndsAt <= now || endedEarly ? MeetingStatus.Ended
        : arrangement.ProviderMeetingId is null || arrangement.AppliedVersion < arrangement.Version
            ? MeetingStatus.Provisioning
        : MeetingStatus.Scheduled;

    private static IReadOnlyList<DialInView> DialIn(IReadOnlyList<DialInNumber> numbers) =>
        numbers.Select(number => new DialInView(number.Country, number.Number, number.TollFree)).ToList();
}
