using System.Globalization;
using NodaTime;
using Parley.Scheduling.Wording;

namespace Parley.Scheduling.Tests.Wording;

public sealed class HumanTimeTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
    private static readonly DateTimeZone NewYork = DateTimeZoneProviders.Tzdb["America/New_York"];
    private static readonly Instant Start = Instant.FromUtc(2026, 12, 1, 13, 30);
    private static readonly Instant End = Instant.FromUtc(2026, 12, 1, 14, 0);

    [Fact]
    public void English_says_day_date_times_and_names_the_zone()
    {
        HumanTime.Range(Start, End, Berlin).ShouldBe("Tuesday 1 December 2026, 14:30–15:00 (Europe/Berlin, UTC+1)");
        HumanTime.Range(Start, End, Berlin, HumanTime.Culture("en")).ShouldBe(HumanTime.Range(Start, End, Berlin));
        HumanTime.Short(Start, End, Berlin).ShouldBe("Tue 1 Dec, 14:30–15:00");
        HumanTime.Date(new LocalDate(2026, 12, 1)).ShouldBe("Tuesday 1 December 2026");
        HumanTime.Time(Start, Berlin).ShouldBe("14:30");
    }

    [Fact]
    public void Americans_read_half_days()
    {
        var culture = HumanTime.Culture("en-US");

        HumanTime
            .Range(Start, End, NewYork, culture)
            .ShouldBe("Tuesday, December 1, 2026, 8:30–9:00 AM (America/New_York, UTC-5)");
        HumanTime.Short(Start, End, NewYork, culture).ShouldBe("Tue, Dec 1, 8:30–9:00 AM");
        HumanTime
            .Short(Start + Duration.FromHours(3), End + Duration.FromHours(3), NewYork, culture)
            .ShouldBe("Tue, Dec 1, 11:30 AM – 12:00 PM");
    }

    [Fact]
    public void Germans_read_German() =>
        HumanTime
            .Range(Start, End, Berlin, HumanTime.Culture("de-DE"))
            .ShouldBe("Dienstag, 1. Dezember 2026, 14:30–15:00 (Europe/Berlin, UTC+1)");

    [Fact]
    public void A_range_over_midnight_names_both_days()
    {
        var late = Instant.FromUtc(2026, 12, 1, 22, 30);

        HumanTime
            .Range(late, late + Duration.FromHours(1), Berlin)
            .ShouldBe("Tuesday 1 December 2026, 23:30 – Wednesday 2 December 2026, 00:30 (Europe/Berlin, UTC+1)");
        HumanTime.Short(late, late + Duration.FromHours(1), Berlin).ShouldBe("Tue 1 Dec, 23:30 – Wed 2 Dec, 00:30");
    }

    [Fact]
    public void Odd_offsets_and_clock_changes_are_said()
    {
        HumanTime.Zone(Start, End, DateTimeZoneProviders.Tzdb["Asia/Kathmandu"]).ShouldBe("Asia/Kathmandu, UTC+5:45");
        HumanTime.Zone(Start, End, DateTimeZone.Utc).ShouldBe("UTC");
        var change = Instant.FromUtc(2027, 11, 7, 5, 30);
        HumanTime.Zone(change, change + Duration.FromHours(2), NewYork).ShouldBe("America/New_York, UTC-4 to UTC-5");
    }

    [Theory]
    [InlineData("xx-klingon-9999999999")]
    [InlineData("\r\nBcc: a@b")]
    [InlineData("")]
    [InlineData(null)]
    public void An_unknown_language_is_English(string? locale) =>
        HumanTime.Short(Start, End, Berlin, HumanTime.Culture(locale)).ShouldBe("Tue 1 Dec, 14:30–15:00");

    [Fact]
    public void A_culture_without_data_of_its_own_reads_as_English()
    {
        // What every culture looks like where ICU is absent: a name, and the invariant patterns.
        var bare = (CultureInfo)CultureInfo.GetCultureInfo("fr-FR").Clone();
        bare.DateTimeFormat = (DateTimeFormatInfo)CultureInfo.InvariantCulture.DateTimeFormat.Clone();

        HumanTime.Short(Start, End, Berlin, bare).ShouldBe("Tue 1 Dec, 14:30–15:00");
    }

    [Fact]
    public void Every_culture_there_is_can_say_it()
    {
        foreach (var culture in CultureInfo.GetCultures(CultureTypes.AllCultures))
        {
            var text = HumanTime.Range(Start, End, Berlin, culture);
            text.ShouldContain("Europe/Berlin", customMessage: culture.Name);
            text.Any(char.IsControl).ShouldBeFalse(culture.Name);
        }
    }
}
