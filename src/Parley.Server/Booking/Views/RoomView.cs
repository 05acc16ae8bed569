using NodaTime;
using Parley.Conferencing;
using Parley.Server.Provisioning;

namespace Parley.Server.Booking.Views;

/// <summary>How to get into a meeting, as shown to whoever may join it. Never with host rights.</summary>
public sealed record RoomView
{
    public required string DoorUrl { get; init; }
    public required string ProviderName { get; init; }

    /// <summary>The provider's own link; null until it is known, and when it leads anywhere but to the provider.</summary>
    public string? JoinUrl { get; init; }

    /// <summary>The provider makes no more meetings of this host today; this one is made from then on. Null: nothing of the kind.</summary>
    public Instant? MadeFrom { get; init; }
    public string? MeetingId { get; init; }
    public string? Passcode { get; init; }
    public string? AccessCode { get; init; }
    public IReadOnlyList<DialInNumber> DialIn { get; init; } = [];

    /// <summary>Whether the meeting exists at the provider and can be entered.</summary>
    public bool IsReady => JoinUrl is not null;

    public static RoomView Of(Arrangement arrangement, string doorUrl, ProviderCatalogue catalogue)
    {
        var provider = catalogue.Find(arrangement.Provider)?.Provider;
        var link =
            arrangement.LinkIsKnown && provider?.IsTrustedLink(arrangement.JoinUrl!) == true
                ? arrangement.JoinUrl
                : null;
        return new RoomView
        {
            DoorUrl = doorUrl,
            ProviderName = provider?.Descriptor.Name ?? arrangement.Provider,
            JoinUrl = link,
            MadeFrom = link is null && arrangement.IsPresent ? arrangement.QueuedUntil : null,
            MeetingId = link is null ? null : arrangement.ProviderMeetingId,
            Passcode = link is null ? null : arrangement.Passcode,
            AccessCode = link is null ? null : arrangement.AccessCode,
            DialIn = link is null ? [] : arrangement.DialInNumbers,
        };
    }
}

/// <summary>When the door lets people through.</summary>
internal static class DoorHours
{
    public static readonly Duration OpensBefore = Duration.FromMinutes(10);

    /// <summary>Meetings run late.</summary>
    public static readonly Duration ClosesAfter = Duration.FromMinutes(60);

    public static Instant Opens(Arrangement arrangement) => arrangement.StartsAt - OpensBefore;

    public static Instant Closes(Arrangement arrangement) => arrangement.EndsAt + ClosesAfter;
}
