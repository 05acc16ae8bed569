using NodaTime;

namespace Parley.Server.Usage;

/// <summary>A date read out of a vendor's report, or why it cannot be known. It is never guessed.</summary>
public sealed record ReadDate(LocalDate? Date, string? Reason)
{
    public static ReadDate Of(LocalDate date) => new(date, null);

    public static ReadDate Unknown(string reason) => new(null, reason);
}

/// <summary>A column of dates as one language reads it; without language: why none could be chosen.</summary>
/// <param name="Language">Null when no language of the table reads all of it, or when several may and disagree.</param>
/// <param name="Ambiguous">Languages that may have written every cell but do not mean the same dates.</param>
public sealed record ReadColumn(
    ReportLanguage? Language,
    IReadOnlyList<ReadDate> Dates,
    IReadOnlyList<ReportLanguage> Ambiguous
);

/// <summary>Reads the dates of activity reports, by language.</summary>
public static class ReportDates
{
    /// <summary>What the vendor's report in Brazilian Portuguese does to its dates.</summary>
    public const string BrazilianReason =
        "In Brazilian Portuguese the vendor's report prints AM or PM where the year belongs, so the year is not in it. The date is unknown.";

    private const string Empty = "No date is given.";
    private const string British = "en-GB";
    private const string American = "en-US";

    /// <param name="locale">BCP 47 or the provider's form (<c>pt_BR</c>).</param>
    public static ReadDate Read(string? text, string locale)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return ReadDate.Unknown(Empty);
        }

        if (IsBrazilian(locale))
        {
            return ReadDate.Unknown(BrazilianReason);
        }

        return ReportLanguage.Find(locale) is not { } language
                ? ReadDate.Unknown($"How the vendor writes dates in \"{locale}\" is not known.")
            : language.Parse(text) is { } date ? ReadDate.Of(date)
            : ReadDate.Unknown(
                $"\"{Short(text)}\" is no date as the report writes it in {language.Name}: {language.Example}."
            );
    }

    /// <summary>
    /// Reads a column whose language nobody knows: the one language that reads every cell. Where several do and read other dates out of
    /// it, or where day and month may stand either way round (03/04/2018), it says so and reads none.
    /// </summary>
    public static ReadColumn ReadColumn(IReadOnlyList<string?> cells)
    {
        var told = cells.Where(cell => !string.IsNullOrWhiteSpace(cell)).Select(cell => cell!).ToList();
        var able = ReportLanguage
            .All.Where(language => told.TrueForAll(cell => language.Parse(cell) is not null))
            .ToList();
        if (told.Count == 0)
        {
            return new ReadColumn(null, [.. cells.Select(_ => ReadDate.Unknown(Empty))], []);
        }

        if (able.Count == 0)
        {
            var reason = told.Exists(LooksBrazilian)
                ? BrazilianReason
                : "No language of the vendor's reports writes all dates of this column so. Choose the report's language.";
            return new ReadColumn(null, [.. cells.Select(cell => Unreadable(cell, reason))], []);
        }

        if (able is [{ Tag: British }] && IsEitherWayRound(told, able[0]))
        {
            const string reason =
                "Day and month of these dates may stand either way round: 03/04/2018 is 3 April in British English and March 4 in American. Choose the report's language.";
            return new ReadColumn(
                null,
                [.. cells.Select(cell => Unreadable(cell, reason))],
                [able[0], ReportLanguage.Find(American)!]
            );
        }

        var agree = told.TrueForAll(cell => able.Select(language => language.Parse(cell)).Distinct().Count() == 1);
        if (!agree)
        {
            var reason =
                $"The dates read differently in {string.Join(" and ", able.Select(language => language.Name))}. Choose the report's language.";
            return new ReadColumn(null, [.. cells.Select(cell => Unreadable(cell, reason))], able);
        }

        return new ReadColumn(able[0], [.. cells.Select(cell => Read(cell, able[0].Tag))], []);
    }

    // The vendor writes American dates with names of months, but tables pass through other hands. One day beyond the 12th settles it.
    private static bool IsEitherWayRound(List<string> cells, ReportLanguage british)
    {
        var dates = cells.ConvertAll(cell => british.Parse(cell)!.Value);
        return dates.TrueForAll(date => date.Day <= 12) && dates.Exists(date => date.Day != date.Month);
    }

    private static ReadDate Unreadable(string? cell, string reason) =>
        ReadDate.Unknown(string.IsNullOrWhiteSpace(cell) ? Empty : reason);

    private static bool IsBrazilian(string locale) =>
        locale.Trim().Replace('_', '-').Equals("pt-BR", StringComparison.OrdinalIgnoreCase);

    private static bool LooksBrazilian(string cell) =>
        cell.TrimEnd().EndsWith("AM", StringComparison.OrdinalIgnoreCase)
        || cell.TrimEnd().EndsWith("PM", StringComparison.OrdinalIgnoreCase);

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";
}
