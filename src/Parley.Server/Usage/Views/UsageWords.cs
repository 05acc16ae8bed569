using System.Globalization;
using NodaTime;

namespace Parley.Server.Usage.Views;

/// <summary>What the pages of usage call things.</summary>
internal static class UsageWords
{
    public static string Money(IReadOnlyList<Money> sums) =>
        sums.Count == 0 ? "–" : string.Join(" + ", sums.Select(Money));

    public static string Money(Money sum) =>
        $"{sum.Amount.ToString("#,##0.00", CultureInfo.InvariantCulture)} {sum.Currency}";

    public static string Number(int number) => number.ToString("#,##0", CultureInfo.InvariantCulture);

    public static string Count(int number, string one, string many) => $"{Number(number)} {(number == 1 ? one : many)}";

    public static (string Kind, string Text) State(ActivityState state) =>
        state switch
        {
            ActivityState.Active => ("ok", "Active"),
            ActivityState.Inactive => ("warn", "Inactive"),
            _ => ("neutral", "Never active"),
        };

    public static string StateFilter(string state) =>
        state switch
        {
            "active" => "Active",
            "inactive" => "Inactive",
            _ => "Never active",
        };

    public static (string Kind, string Text) Run(UsageRunView run) =>
        run.Status switch
        {
            UsageRunState.Queued => ("info", "Waiting to begin"),
            UsageRunState.Running => ("info", "Running"),
            UsageRunState.Completed => run.ProblemCount > 0 ? ("warn", "Completed with problems") : ("ok", "Completed"),
            UsageRunState.Failed => ("danger", "Failed"),
            _ => ("neutral", "Cancelled"),
        };

    /// <summary>A moment in the connector's zone and the report's language: "28.11.2026 03:30".</summary>
    public static string Moment(Instant at, DateTimeZone zone, ReportLanguage language)
    {
        var local = at.InZone(zone);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{language.Format(local.Date)} {local.Hour:00}:{local.Minute:00}"
        );
    }

    /// <summary>"3 min 20 s", "2 h 5 min".</summary>
    public static string Span(Duration span)
    {
        var seconds = Math.Max(0, (long)Math.Round(span.TotalSeconds));
        return seconds switch
        {
            < 60 => $"{seconds} s",
            < 3600 => seconds % 60 == 0 ? $"{seconds / 60} min" : $"{seconds / 60} min {seconds % 60} s",
            _ => $"{seconds / 3600} h {seconds % 3600 / 60} min",
        };
    }

    public static string Took(UsageRunView run) =>
        run is { StartedAt: { } from, FinishedAt: { } to } ? Span(to - from) : "–";

    /// <summary>2026-11 → "Nov 2026".</summary>
    public static string Month(string month) =>
        Days.Read(month + "-01") is { } day ? day.ToString("MMM uuuu", CultureInfo.InvariantCulture) : month;

    /// <summary>Where somebody's state is known from.</summary>
    public static string Source(string? source) =>
        source switch
        {
            null => "Nothing is known",
            "history" => "Meeting history",
            "imported report" => "Imported report",
            UsageReports.NotRead => "Could not be read",
            _ => $"Provider's report ({source})",
        };
}
