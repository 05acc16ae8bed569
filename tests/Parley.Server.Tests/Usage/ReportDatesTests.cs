using NodaTime;
using Parley.Server.Usage;

namespace Parley.Server.Tests.Usage;

public sealed class ReportDatesTests
{
    private static readonly LocalDate Day = new(2018, 6, 28);

    public static TheoryData<string, string> Table { get; } =
        new()
        {
            { "zh-CN", "2018年06月28日" },
            { "en-GB", "28/06/2018" },
            { "en-US", "Jun 28, 2018" },
            { "fr", "28 juin 2018" },
            { "de", "28.06.2018" },
            { "it", "28/giu/2018" },
            { "ja", "2018/06/28" },
            { "ko", "2018 6월 28" },
            { "es", "28-jun-2018" },
        };

    [Theory]
    [MemberData(nameof(Table))]
    public void Each_language_writes_the_date_as_its_people_know_it(string locale, string text)
    {
        ReportLanguage.Find(locale)!.Format(Day).ShouldBe(text);
        ReportDates.Read(text, locale).ShouldBe(ReadDate.Of(Day));
    }

    [Fact]
    public void Every_language_of_the_table_is_in_it_and_shows_its_own_example()
    {
        ReportLanguage
            .All.Select(language => language.Tag)
            .Order()
            .ShouldBe(Table.Select(row => row.Data.Item1).Order());
        foreach (var language in ReportLanguage.All)
        {
            language.Format(Day).ShouldBe(language.Example);
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Every_day_of_two_years_is_written_and_read_back(string locale, string example)
    {
        example.ShouldNotBeEmpty();
        var language = ReportLanguage.Find(locale)!;
        var texts = new HashSet<string>(StringComparer.Ordinal);
        for (var day = new LocalDate(2027, 1, 1); day < new LocalDate(2029, 1, 1); day = day.PlusDays(1))
        {
            var text = language.Format(day);
            texts.Add(text).ShouldBeTrue();
            ReportDates.Read(text, locale).Date.ShouldBe(day);
        }

        texts.Count.ShouldBe(365 + 366);
    }

    [Theory]
    [InlineData("pt-BR")]
    [InlineData("pt_BR")]
    public void Brazilian_Portuguese_has_no_year_so_the_date_is_unknown_and_the_reason_is_said(string locale)
    {
        var read = ReportDates.Read("28/jun/AM", locale);
        read.Date.ShouldBeNull();
        read.Reason!.ShouldContain("AM or PM where the year belongs");
    }

    [Theory]
    [InlineData("en_AU", "en-GB")]
    [InlineData("en", "en-US")]
    [InlineData("en_US", "en-US")]
    [InlineData("de_CH", "de")]
    [InlineData("zh_TW", "zh-CN")]
    [InlineData("fr-CA", "fr")]
    public void A_provider_s_locale_finds_its_language(string locale, string tag) =>
        ReportLanguage.Find(locale)!.Tag.ShouldBe(tag);

    [Theory]
    [InlineData("31/02/2018", "en-GB")]
    [InlineData("28.06.18", "de")]
    [InlineData("28 juin 2018", "de")]
    [InlineData("Jun 28, 2018; DROP TABLE", "en-US")]
    public void What_is_no_date_of_the_language_is_unknown_with_the_reason(string text, string locale)
    {
        var read = ReportDates.Read(text, locale);
        read.Date.ShouldBeNull();
        read.Reason!.ShouldContain(ReportLanguage.Find(locale)!.Example);
    }

    [Fact]
    public void Empty_cells_and_unknown_languages_are_unknown()
    {
        ReportDates.Read("  ", "de").Reason.ShouldBe("No date is given.");
        ReportDates.Read("28.06.2018", "sv").Reason!.ShouldContain("\"sv\" is not known");
    }

    [Fact]
    public void Month_names_are_read_whatever_their_case() => ReportDates.Read("28-JUN-2018", "es").Date.ShouldBe(Day);

    [Fact]
    public void A_column_only_one_language_can_have_written_is_read_in_it()
    {
        var column = ReportDates.ReadColumn(["28 août 2018", null, "01 mai 2019"]);
        column.Language!.Tag.ShouldBe("fr");
        column.Dates.Select(date => date.Date).ShouldBe([new LocalDate(2018, 8, 28), null, new LocalDate(2019, 5, 1)]);
        column.Ambiguous.ShouldBeEmpty();
    }

    [Fact]
    public void A_column_whose_days_and_months_may_stand_either_way_round_is_reported_not_guessed()
    {
        var column = ReportDates.ReadColumn(["03/04/2018", "", "12/11/2018"]);
        column.Language.ShouldBeNull();
        column.Ambiguous.Select(language => language.Tag).ShouldBe(["en-GB", "en-US"]);
        column.Dates.Select(date => date.Date).ShouldBe([null, null, null]);
        column.Dates[0].Reason!.ShouldContain("either way round");
        column.Dates[1].Reason.ShouldBe("No date is given.");

        // One day beyond the twelfth tells which way, and where both are the same there is nothing to tell.
        ReportDates.ReadColumn(["03/04/2018", "13/04/2018"]).Language!.Tag.ShouldBe("en-GB");
        ReportDates.ReadColumn(["05/05/2018"]).Dates[0].Date.ShouldBe(new LocalDate(2018, 5, 5));
        // Who names the language is believed.
        ReportDates.Read("03/04/2018", "en-GB").Date.ShouldBe(new LocalDate(2018, 4, 3));
    }

    [Fact]
    public void A_column_no_language_wrote_is_unknown_and_says_so()
    {
        var column = ReportDates.ReadColumn(["28/06/2018", "Jun 28, 2018"]);
        column.Language.ShouldBeNull();
        column.Dates.ShouldAllBe(date => date.Date == null && date.Reason!.Contains("Choose the report's language"));
        ReportDates.ReadColumn(["28/jun/AM"]).Dates[0].Reason.ShouldBe(ReportDates.BrazilianReason);
    }
}
