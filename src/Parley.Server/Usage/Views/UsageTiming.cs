using System.Globalization;
using System.Text.RegularExpressions;

namespace Parley.Server.Usage.Views;

/// <summary>A schedule as people choose it: how often and when; whatever else a Quartz expression can say stays an expression.</summary>
/// <param name="Every"><c>daily</c>, <c>weekly</c>, <c>monthly</c> or <c>expression</c>.</param>
/// <param name="At"><c>HH:mm</c>.</param>
/// <param name="Weekday">MON … SUN.</param>
/// <param name="MonthDay">1 to 28, or <c>L</c>: the last.</param>
public sealed partial record UsageTiming(string Every, string At, string Weekday, string MonthDay, string Cron)
{
    public const string Daily = "daily";
    public const string Weekly = "weekly";
    public const string Monthly = "monthly";
    public const string Expression = "expression";

    public static readonly (string Id, string Name)[] Weekdays =
    [
        ("MON", "Monday"),
        ("TUE", "Tuesday"),
        ("WED", "Wednesday"),
        ("THU", "Thursday"),
        ("FRI", "Friday"),
        ("SAT", "Saturday"),
        ("SUN", "Sunday"),
    ];

    public static UsageTiming Of(string cron)
    {
        var parts = Plain().Match(cron.Trim());
        if (!parts.Success)
        {
            return new UsageTiming(Expression, "03:30", "MON", "1", cron);
        }

        var at = string.Create(
            CultureInfo.InvariantCulture,
            $"{int.Parse(parts.Groups["hour"].Value, CultureInfo.InvariantCulture):00}:{int.Parse(parts.Groups["minute"].Value, CultureInfo.InvariantCulture):00}"
        );
        return (parts.Groups["day"].Value, parts.Groups["weekday"].Value) switch
        {
            ("*" or "?", "?" or "*") => new UsageTiming(Daily, at, "MON", "1", cron),
            ("?" or "*", { } weekday) when Weekdays.Any(known => known.Id == weekday) => new UsageTiming(
                Weekly,
                at,
                weekday,
                "1",
                cron
            ),
            ({ } day, "?") when IsMonthDay(day) => new UsageTiming(Monthly, at, "MON", day, cron),
            _ => new UsageTiming(Expression, at, "MON", "1", cron),
        };
    }

    /// <returns>What is no time or no day gives an expression that the settings refuse.</returns>
    public string ToCron()
    {
        var time = Clock().Match(At.Trim());
        if (Every is not (Daily or Weekly or Monthly))
        {
            return Cron.Trim();
        }

        if (!time.Success || (Every == Monthly && !IsMonthDay(MonthDay)))
        {
            return $"{Every} at {At}";
        }

        var at = string.Create(
            CultureInfo.InvariantCulture,
            $"0 {int.Parse(time.Groups["minute"].Value, CultureInfo.InvariantCulture)} {int.Parse(time.Groups["hour"].Value, CultureInfo.InvariantCulture)}"
        );
        return Every switch
        {
            Weekly => $"{at} ? * {Weekday}",
            Monthly => $"{at} {MonthDay} * ?",
            _ => $"{at} * * ?",
        };
    }

    /// <summary>"every day at 03:30".</summary>
    public string Words =>
        Every switch
        {
            Daily => $"every day at {At}",
            Weekly => $"every {Weekdays.First(known => known.Id == Weekday).Name} at {At}",
            Monthly => MonthDay == "L"
                ? $"on the last of each month at {At}"
                : $"on day {MonthDay} of each month at {At}",
            _ => $"by the expression {Cron}",
        };

    private static bool IsMonthDay(string day) =>
        day == "L"
        || (
            int.TryParse(day, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is >= 1 and <= 28
        );

    [GeneratedRegex(
        @"^0 (?<minute>[0-5]?\d) (?<hour>[01]?\d|2[0-3]) (?<day>\S+) \* (?<weekday>\S+)$",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Plain();

    [GeneratedRegex(
        @"^(?<hour>[01]?\d|2[0-3]):(?<minute>[0-5]\d)$",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Clock();
}
