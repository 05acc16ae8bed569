using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;

namespace Parley.Server.Outcomes;

/// <summary>Someone who came to a session.</summary>
/// <param name="Name">Null where the provider does not tell it; <paramref name="Email"/> likewise.</param>
/// <param name="JoinedAt">For the first time.</param>
/// <param name="LeftAt">For the last time.</param>
/// <param name="Minutes">Of all stays together.</param>
public sealed record HeldAttendee(
    string? Name,
    string? Email,
    Instant JoinedAt,
    Instant LeftAt,
    int Minutes,
    bool IsOrganizer
);

/// <summary>Who came.</summary>
/// <param name="Count">Of all, also where the list is cut.</param>
/// <param name="Attendees">By time of joining, at most 500.</param>
public sealed record Attendance(int Count, IReadOnlyList<HeldAttendee> Attendees);

/// <summary>From stays to people.</summary>
internal static class Attendees
{
    private const int MostKept = 500;

    /// <summary>Whoever told an address is one person however often they came; of guests nothing tells two stays of one from two of them.</summary>
    /// <param name="sessionEnd">For stays nobody told the end of.</param>
    public static Attendance Of(
        IReadOnlyList<Parley.Conferencing.Attendance> stays,
        Instant sessionEnd,
        Connection organizer
    )
    {
        var people = stays
            .Select((stay, place) => (Stay: stay, Person: stay.Email?.ToLowerInvariant() ?? $"guest {place}"))
            .GroupBy(one => one.Person, one => one.Stay, StringComparer.Ordinal)
            .Select(person => Person([.. person.OrderBy(stay => stay.JoinedAt)], sessionEnd, organizer))
            .OrderBy(person => person.JoinedAt)
            .ToList();
        return new Attendance(people.Count, people.Count > MostKept ? people[..MostKept] : people);
    }

    private static HeldAttendee Person(
        List<Parley.Conferencing.Attendance> stays,
        Instant sessionEnd,
        Connection organizer
    ) =>
        new(
            stays.Select(stay => stay.Name).FirstOrDefault(name => name is not null),
            stays[0].Email,
            stays[0].JoinedAt,
            stays.Max(stay => stay.LeftAt ?? sessionEnd),
            (int)
                Math.Round(
                    stays
                        .Select(stay => (stay.LeftAt ?? sessionEnd) - stay.JoinedAt)
                        .Where(length => length > Duration.Zero)
                        .Sum(length => length.TotalMinutes)
                ),
            IsOrganizer(stays[0], organizer)
        );

    // Where no address is told, the name the account goes by is the best there is.
    private static bool IsOrganizer(Parley.Conferencing.Attendance stay, Connection organizer) =>
        stay.Email is { } email
            ? email.Equals(organizer.AccountEmail, StringComparison.OrdinalIgnoreCase)
            : stay.Name is { } name && name.Equals(organizer.AccountName, StringComparison.OrdinalIgnoreCase);
}
