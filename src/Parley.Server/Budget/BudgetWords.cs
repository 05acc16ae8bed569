using NodaTime;

namespace Parley.Server.Budget;

/// <summary>How the pages and mails speak of a used-up day.</summary>
internal static class BudgetWords
{
    private static readonly NodaTime.Text.LocalTimePattern Clock =
        NodaTime.Text.LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <summary>"00:00 UTC".</summary>
    public static string Moment(Instant until) => $"{Clock.Format(until.InUtc().TimeOfDay)} UTC";

    /// <summary>"00:00 UTC (01:00 in Europe/Berlin)": the provider's clock decides, the reader has another.</summary>
    public static string Moment(Instant until, DateTimeZone reader) =>
        reader.GetUtcOffset(until) == Offset.Zero
            ? Moment(until)
            : $"{Moment(until)} ({Clock.Format(until.InZone(reader).TimeOfDay)} in {reader.Id})";
}
