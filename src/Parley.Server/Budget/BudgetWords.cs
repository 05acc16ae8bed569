using NodaTime;

namespace Parley.Server.Budget;

/// <summary>How the pages and mails speak of a used-up day.</summary>
internal static class BudgetWords
{
    private static readonly NodaTime.Text.LocalTimePattern Clock =
        NodaTime.Text.LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <summary>"00:00 UTC".</summary>
    public static string Moment(Instant until) => $"{Clock.Format(until.InUtc().TimeOfDay)} UTC";
}
