using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NodaTime;
using NodaTime.Text;

namespace Parley.Server.Tests.Usage;

/// <summary>
/// What a report must say about an account of the GoTo twin, counted from the twin's own record by a way of its own: nothing of the
/// product's code takes part.
/// </summary>
internal sealed class AccountTruth
{
    public sealed record Person(string Key, string Email, string Name, IReadOnlyList<string> Licences);

    public sealed record Talk(string Host, Instant From, Instant To);

    /// <summary>Without desk phones, by key.</summary>
    public Dictionary<string, Person> People { get; } = new(StringComparer.Ordinal);

    /// <summary>Seats and holders by description.</summary>
    public Dictionary<string, (int Seats, int Holders)> Licences { get; } = new(StringComparer.Ordinal);
    public List<Talk> Talks { get; } = [];

    /// <param name="to">Sessions that began before this and have ended by then are told.</param>
    public static async Task<AccountTruth> ReadAsync(
        HttpClient control,
        Instant to,
        string account = "Northwind Conferencing"
    )
    {
        var truth = new AccountTruth();
        var directory = (await control.GetFromJsonAsync<JsonNode>("/control/accounts"))!;
        var here = directory["items"]!.AsArray().Where(person => Text(person!, "account") == account).ToList();
        var accountKey = Text(here[0]!, "accountKey");
        foreach (var person in here)
        {
            var email = Text(person!, "email");
            if (!email.EndsWith("@devices.logmein.com", StringComparison.Ordinal))
            {
                var key = Text(person!, "organizerKey");
                truth.People[key] = new Person(
                    key,
                    email,
                    $"{Text(person!, "firstName")} {Text(person!, "lastName")}",
                    Keys(person!)
                );
            }
        }

        foreach (var licence in directory["licences"]!.AsArray().Where(one => Text(one!, "accountKey") == accountKey))
        {
            var key = Text(licence!, "key");
            var name = Text(licence!, "description");
            var (seats, holders) = truth.Licences.GetValueOrDefault(name);
            truth.Licences[name] = (
                seats + licence!["seats"]!.GetValue<int>(),
                // As the provider counts them: people who have accepted.
                holders
                    + here.Count(person =>
                        Keys(person!).Contains(key, StringComparer.Ordinal)
                        && Text(person!, "status") != "invited"
                        && truth.People.ContainsKey(Text(person!, "organizerKey"))
                    )
            );
        }

        var meetings = await control.GetFromJsonAsync<JsonNode>(
            "/control/meetings?includeDeleted=true&includePersonalRooms=true"
        );
        foreach (var meeting in meetings!["items"]!.AsArray())
        {
            var host = Text(meeting!, "organizerKey");
            foreach (var session in meeting!["sessions"]!.AsArray().Where(_ => truth.People.ContainsKey(host)))
            {
                if (session!["endedAt"] is null)
                {
                    continue;
                }

                var talk = new Talk(host, Moment(session, "startedAt"), Moment(session, "endedAt"));
                if (talk.From < to && talk.To <= to)
                {
                    truth.Talks.Add(talk);
                }
            }
        }

        return truth;
    }

    /// <summary>Holds every line of a report against the truth.</summary>
    public void ShouldBeTold(JsonNode report, Instant asOf, DateTimeZone zone, int windowDays = 30)
    {
        var items = report["items"]!.AsArray().ToDictionary(item => Text(item!, "email"), StringComparer.Ordinal);
        items.Count.ShouldBe(People.Count);
        var past = Talks.ToLookup(talk => talk.Host, StringComparer.Ordinal);
        var begin = asOf - Duration.FromDays(windowDays);
        var states = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var person in People.Values)
        {
            var inWindow = past[person.Key].Where(talk => talk.From > begin).ToList();
            var state =
                inWindow.Count > 0 ? "active"
                : past[person.Key].Any() ? "inactive"
                : "neverActive";
            states[state] = states.GetValueOrDefault(state) + 1;
            var last = past[person.Key].Any() ? past[person.Key].Max(talk => talk.From) : (Instant?)null;
            var expected = string.Create(
                CultureInfo.InvariantCulture,
                $"{person.Name}|{state}|{inWindow.Count}|{(int)inWindow.Sum(talk => (talk.To - talk.From).TotalSeconds) / 60}|{last?.InZone(zone).Date:uuuu-MM-dd}"
            );
            var item = items[person.Email]!;
            string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Text(item, "name")}|{Text(item, "state")}|{item["meetingsInWindow"]}|{item["minutesInWindow"]}|{item["lastMeetingOn"]}"
                )
                .ShouldBe(expected, person.Email);
        }

        report["users"]!.GetValue<int>().ShouldBe(People.Count);
        report["activeUsers"]!.GetValue<int>().ShouldBe(states.GetValueOrDefault("active"));
        report["inactiveUsers"]!.GetValue<int>().ShouldBe(states.GetValueOrDefault("inactive"));
        report["neverActiveUsers"]!.GetValue<int>().ShouldBe(states.GetValueOrDefault("neverActive"));
        report["seats"]!.GetValue<int>().ShouldBe(Licences.Values.Sum(licence => licence.Seats));
        report["assignedSeats"]!.GetValue<int>().ShouldBe(Licences.Values.Sum(licence => licence.Holders));
        report["licences"]!
            .AsArray()
            .GroupBy(licence => Text(licence!, "name"), StringComparer.Ordinal)
            .ToDictionary(
                same => same.Key,
                same =>
                    (
                        same.Sum(licence => licence!["seats"]!.GetValue<int>()),
                        same.Sum(licence => licence!["assignedSeats"]!.GetValue<int>())
                    ),
                StringComparer.Ordinal
            )
            .ShouldBe(Licences, ignoreOrder: true);
    }

    /// <summary>Most people hosting at one moment, day by day: every start is tried, and every day's beginning.</summary>
    public Dictionary<LocalDate, int> Peaks(LocalDate first, LocalDate last, DateTimeZone zone)
    {
        var peaks = new Dictionary<LocalDate, int>();
        for (var day = first; day <= last; day = day.PlusDays(1))
        {
            var (from, to) = (zone.AtStartOfDay(day).ToInstant(), zone.AtStartOfDay(day.PlusDays(1)).ToInstant());
            var here = Talks.Where(talk => talk.From < to && talk.To > from).ToList();
            peaks[day] = here.Select(talk => Instant.Max(talk.From, from))
                .Select(at =>
                    here.Where(talk => talk.From <= at && talk.To > at)
                        .Select(talk => talk.Host)
                        .Distinct(StringComparer.Ordinal)
                        .Count()
                )
                .DefaultIfEmpty(0)
                .Max();
        }

        return peaks;
    }

    private static List<string> Keys(JsonNode person) =>
        [.. person["licenceKeys"]!.AsArray().Select(key => key!.GetValue<string>())];

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static Instant Moment(JsonNode node, string name) =>
        InstantPattern.ExtendedIso.Parse(Text(node, name)).Value;
}
