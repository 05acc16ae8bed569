using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace Parley.Server.Usage;

/// <summary>
/// How dates are written in a report for people of one language. The table is fixed by what asset managers are used to from the vendors'
/// own reports; month names are those of the Java runtime these reports are made with, so they do not follow the operating system.
/// </summary>
public sealed class ReportLanguage
{
    private static readonly string[] English = Months("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec");
    private static readonly string[] French = Months("janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.");
    private static readonly string[] Italian = Months("gen feb mar apr mag giu lug ago set ott nov dic");
    private static readonly string[] Spanish = Months("ene feb mar abr may jun jul ago sep oct nov dic");

    private readonly LocalDatePattern _pattern;
    private readonly CultureInfo _culture;

    private ReportLanguage(string tag, string name, string pattern, string example, string[]? months = null)
    {
        (Tag, Name, Pattern, Example) = (tag, name, pattern, example);
        _culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        if (months is not null)
        {
            _culture.DateTimeFormat.AbbreviatedMonthNames = months;
            _culture.DateTimeFormat.AbbreviatedMonthGenitiveNames = months;
        }

        _pattern = LocalDatePattern.Create(pattern, _culture);
        HasMonthNames = months is not null;
    }

    /// <summary>In the order pages offer them.</summary>
    public static IReadOnlyList<ReportLanguage> All { get; } =
    [
        new("en-US", "English (United States)", "MMM dd', 'uuuu", "Jun 28, 2018", English),
        new("en-GB", "English (United Kingdom)", "dd'/'MM'/'uuuu", "28/06/2018"),
        new("de", "Deutsch", "dd'.'MM'.'uuuu", "28.06.2018"),
        new("es", "Español", "dd'-'MMM'-'uuuu", "28-jun-2018", Spanish),
        new("fr", "Français", "dd' 'MMM' 'uuuu", "28 juin 2018", French),
        new("it", "Italiano", "dd'/'MMM'/'uuuu", "28/giu/2018", Italian),
        new("ja", "日本語", "uuuu'/'MM'/'dd", "2018/06/28"),
        new("ko", "한국어", "uuuu' 'M'월 'dd", "2018 6월 28"),
        new("zh-CN", "中文（简体）", "uuuu'年'MM'月'dd'日'", "2018年06月28日"),
    ];

    /// <summary>What a report is written in when nobody chose: dates nobody can misread.</summary>
    public static ReportLanguage Default => All[0];

    /// <summary>BCP 47.</summary>
    public string Tag { get; }

    /// <summary>As its speakers call it.</summary>
    public string Name { get; }

    /// <summary>NodaTime's pattern text.</summary>
    public string Pattern { get; }

    /// <summary>28 June 2018 in this language.</summary>
    public string Example { get; }
    public bool HasMonthNames { get; }

    /// <summary>
    /// The language of a provider's or browser's locale: <c>de_AT</c>, <c>en-GB</c>, <c>zh_CN</c>, <c>fr</c>. English of any country but
    /// the United States reads days first; Chinese is the simplified one's form. Null when the table has no such language.
    /// </summary>
    public static ReportLanguage? Find(string? locale)
    {
        if (string.IsNullOrWhiteSpace(locale))
        {
            return null;
        }

        var parts = locale.Trim().Split('-', '_', '.');
        var language = parts[0];
        var country = parts.Length > 1 ? parts[^1] : null;
        var wanted = language.ToLowerInvariant() switch
        {
            "en" => country is null || country.Equals("US", StringComparison.OrdinalIgnoreCase) ? "en-US" : "en-GB",
            "zh" => "zh-CN",
            var other => other,
        };
        return All.FirstOrDefault(known => known.Tag.Equals(wanted, StringComparison.OrdinalIgnoreCase));
    }

    public string Format(LocalDate date) => _pattern.Format(date);

    /// <summary>Null when <paramref name="text"/> is not a date as this language writes it, whole. The case of month names does not matter.</summary>
    public LocalDate? Parse(string text) =>
        _pattern.Parse(text.Trim()) is { Success: true } parsed ? parsed.Value : null;

    // The framework wants thirteen: the last is for calendars with a thirteenth month.
    private static string[] Months(string names) => [.. names.Split(' '), ""];
}
