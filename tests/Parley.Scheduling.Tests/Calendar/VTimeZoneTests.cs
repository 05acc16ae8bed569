using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Parley.Scheduling.Calendar;

namespace Parley.Scheduling.Tests.Calendar;

/// <summary>What a reader that believes the VTIMEZONE would think the offset is, beside what TZDB says.</summary>
public sealed class VTimeZoneTests
{
    private static readonly LocalDateTimePattern Local = LocalDateTimePattern.CreateWithInvariantCulture(
        "uuuuMMdd'T'HHmmss"
    );

    [Theory]
    [InlineData("America/New_York", 2027)]
    [InlineData("Europe/London", 2027)]
    [InlineData("Europe/Dublin", 2027)]
    [InlineData("Africa/Cairo", 2027)]
    [InlineData("Australia/Lord_Howe", 2027)]
    [InlineData("Australia/Sydney", 2027)]
    [InlineData("America/Sao_Paulo", 2018)]
    [InlineData("America/Sao_Paulo", 2027)]
    [InlineData("Asia/Kathmandu", 2027)]
    [InlineData("Pacific/Apia", 2011)]
    [InlineData("Africa/Casablanca", 2027)]
    [InlineData("America/St_Johns", 2027)]
    [InlineData("Etc/GMT+5", 2027)]
    public void The_zone_rules_in_the_file_agree_with_tzdb_all_year(string id, int year)
    {
        var zone = DateTimeZoneProviders.Tzdb[id];
        var from = zone.AtStartOfDay(new LocalDate(year, 1, 1)).ToInstant();
        var to = zone.AtStartOfDay(new LocalDate(year + 1, 1, 1)).ToInstant();
        var observances = Observances(zone, zone.AtStartOfDay(new LocalDate(year, 7, 1)).ToInstant());
        var random = new Random(year + id.Length);
        var minutes = (int)(to - from).TotalMinutes;
        var asked = Enumerable.Range(0, 300).Select(_ => from + Duration.FromMinutes(random.Next(minutes))).ToList();
        // The minutes on either side of a change are where a wrong onset shows.
        foreach (var change in zone.GetZoneIntervals(from, to).Where(one => one.HasStart).Select(one => one.Start))
        {
            asked.AddRange([change - Duration.FromMinutes(1), change]);
        }

        foreach (var instant in asked.Where(one => one >= from && one < to))
        {
            var ruling = observances.Where(one => one.Onset <= instant).MaxBy(one => one.Onset);

            ruling.ShouldNotBe(default, $"{instant} has no rule");
            ruling.Offset.ShouldBe(zone.GetUtcOffset(instant), $"{instant}");
        }
    }

    [Fact]
    public void Summer_and_winter_are_told_apart_and_a_zone_without_them_is_standard()
    {
        Kinds("Europe/Berlin").ShouldBe(["STANDARD", "DAYLIGHT", "STANDARD"]);
        Kinds("Asia/Kathmandu").ShouldBe(["STANDARD"]);
    }

    [Fact]
    public void An_event_over_new_year_carries_the_rules_of_both_years()
    {
        var zone = DateTimeZoneProviders.Tzdb["Australia/Sydney"];
        var start = Instant.FromUtc(2027, 12, 31, 12, 30);

        var observances = Observances(zone, start, Duration.FromHours(2));

        observances.Max(one => one.Onset).ShouldBeGreaterThan(Instant.FromUtc(2028, 4, 1, 0, 0));
    }

    private static List<string> Kinds(string id) =>
        ZoneOf(DateTimeZoneProviders.Tzdb[id], Instant.FromUtc(2027, 6, 1, 0, 0), Duration.FromHours(1))
            .Inside.Select(one => one.Name)
            .ToList();

    private static List<(Instant Onset, Offset Offset)> Observances(
        DateTimeZone zone,
        Instant start,
        Duration? length = null
    ) =>
        ZoneOf(zone, start, length ?? Duration.FromMinutes(30))
            .Inside.Select(one =>
                (
                    Local
                        .Parse(one.One("DTSTART").Value)
                        .Value.WithOffset(Read(one.One("TZOFFSETFROM").Value))
                        .ToInstant(),
                    Read(one.One("TZOFFSETTO").Value)
                )
            )
            .ToList();

    private static Component ZoneOf(DateTimeZone zone, Instant start, Duration length)
    {
        var written = ICalendar.Write(
            new CalendarEvent
            {
                Uid = "u",
                Sequence = 0,
                Stamp = start,
                StartsAt = start,
                EndsAt = start + length,
                TimeZone = zone,
                Summary = "s",
                Organizer = new CalendarPerson("a@example.com"),
            },
            CalendarMethod.Publish
        );
        var calendar = CalendarReader.Read(written);
        var rules = calendar.Inside.SingleOrDefault(inside => inside.Name == "VTIMEZONE");
        rules.ShouldNotBeNull();
        rules.One("TZID").Value.ShouldBe(zone.Id);
        return rules;
    }

    private static Offset Read(string text)
    {
        var hours = int.Parse(text.AsSpan(1, 2), CultureInfo.InvariantCulture);
        var minutes = int.Parse(text.AsSpan(3, 2), CultureInfo.InvariantCulture);
        return Offset.FromSeconds((text[0] == '-' ? -60 : 60) * ((hours * 60) + minutes));
    }
}
