using NodaTime;
using Parley.Server.Access;
using Parley.Server.Booking;
using Parley.Server.Connections;
using Parley.Server.Meetings;

namespace Parley.Server.Home;

/// <summary>A booking page with the address to hand on.</summary>
public sealed record SharedPage(BookingPage Page, string Url);

/// <summary>How far a newcomer has come: each step once done stays done.</summary>
/// <param name="Connected">An account of theirs can host.</param>
/// <param name="HasPage">They have a booking page.</param>
/// <param name="WasBooked">Somebody booked them.</param>
public sealed record FirstSteps(bool Connected, bool HasPage, bool WasBooked)
{
    public bool Done => Connected && HasPage && WasBooked;
}

/// <summary>What a member's first page shows: their own meetings, accounts and pages, whatever their role.</summary>
public sealed record HomeView
{
    public required Caller Caller { get; init; }
    public required IReadOnlyList<Trouble> Troubles { get; init; }

    /// <summary>Under way, or the soonest to come; null: nothing is planned.</summary>
    public required BoardEntry? Next { get; init; }

    /// <summary>Without <see cref="Next"/>.</summary>
    public required IReadOnlyList<BoardEntry> Today { get; init; }
    public required IReadOnlyList<BoardEntry> Tomorrow { get; init; }
    public required IReadOnlyList<ConnectionEntry> Connections { get; init; }

    /// <summary>The workspace has accounts this member did not connect but may see.</summary>
    public required bool HasTeamAccounts { get; init; }
    public required IReadOnlyList<SharedPage> Pages { get; init; }
    public required FirstSteps Steps { get; init; }
    public required DateTimeZone Zone { get; init; }
    public required Instant Now { get; init; }
}
