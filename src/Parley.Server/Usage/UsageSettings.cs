using NodaTime;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary>Reads what people set for a connector; everything wrong with it is named at once.</summary>
internal static class UsageSettings
{
    private const int MostPlans = 200;
    private const int MostExclusions = 1000;
    private const decimal DearestSeat = 1_000_000;

    public static Answer<UsageConnector> Read(UsageConnector connector, UsageConnectorBody body, Instant now)
    {
        var errors = new FieldErrors();
        var cron = body.Schedule?.Cron?.Trim() is { Length: > 0 } text ? text : UsageSchedule.Daily;
        if (!UsageSchedule.IsValid(cron))
        {
            errors.Add(
                "schedule.cron",
                $"must be a Quartz expression, seconds first, such as \"{UsageSchedule.Daily}\""
            );
        }

        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(body.Schedule?.TimeZone ?? "UTC");
        if (zone is null)
        {
            errors.Add("schedule.timeZone", "must be an IANA zone such as Europe/Berlin");
        }

        if (
            body.Active
            && zone is not null
            && UsageSchedule.IsValid(cron)
            && UsageSchedule.Next(cron, zone, now) is null
        )
        {
            errors.Add("schedule.cron", "never comes round again: all its times have passed");
        }

        if (body.Locale is { Length: > 0 } locale && ReportLanguage.Find(locale) is null)
        {
            errors.Add("locale", $"must be one of {string.Join(", ", ReportLanguage.All.Select(known => known.Tag))}");
        }

        var window = body.ActiveWindowDays ?? UsageConnector.DefaultWindowDays;
        if (window is < 1 or > 366)
        {
            errors.Add("activeWindowDays", "must be between 1 and 366");
        }

        var prices = Prices(body.Plans ?? [], errors);
        var exclusions = Exclusions(body.Exclusions ?? [], errors);
        return errors.Any
            ? errors.ToProblem()
            : connector with
            {
                Active = body.Active,
                Cron = cron,
                Zone = zone!,
                Locale = body.Locale is { Length: > 0 } tag ? ReportLanguage.Find(tag)!.Tag : null,
                WindowDays = window,
                Prices = prices,
                Exclusions = exclusions,
            };
    }

    private static List<SeatPrice> Prices(IReadOnlyList<UsagePlanBody> plans, FieldErrors errors)
    {
        if (plans.Count > MostPlans)
        {
            errors.Add("plans", $"must be at most {MostPlans}");
            return [];
        }

        return [.. plans.Select((plan, index) => Price(plan, $"plans[{index}]", errors))];
    }

    private static SeatPrice Price(UsagePlanBody plan, string field, FieldErrors errors)
    {
        var match = Text(plan.Match, $"{field}.match", errors);
        if (plan.PricePerSeat is not (>= 0 and <= DearestSeat))
        {
            errors.Add($"{field}.pricePerSeat", $"must be between 0 and {DearestSeat}");
        }

        var currency = (plan.Currency ?? "").Trim().ToUpperInvariant();
        if (currency.Length != 3 || !currency.All(char.IsAsciiLetterUpper))
        {
            errors.Add($"{field}.currency", "must be three letters of ISO 4217, such as EUR");
        }

        if (plan.Billing is not ("monthly" or "yearly"))
        {
            errors.Add($"{field}.billing", "must be \"monthly\" or \"yearly\"");
        }

        LocalDate? from = null;
        if (plan.EffectiveFrom is { Length: > 0 } day && (from = Days.Read(day)) is null)
        {
            errors.Add($"{field}.effectiveFrom", "must be a day such as 2026-12-01");
        }

        return new SeatPrice
        {
            Match = match,
            Name = plan.Name is { Length: > 0 } ? Text(plan.Name, $"{field}.name", errors) : match,
            PricePerSeat = plan.PricePerSeat ?? 0,
            Currency = currency,
            Billing = plan.Billing == "yearly" ? BillingPeriod.Yearly : BillingPeriod.Monthly,
            EffectiveFrom = from,
        };
    }

    private static string Text(string? text, string field, FieldErrors errors) => errors.Text(field, text, 1, 200);

    private static List<string> Exclusions(IReadOnlyList<string> exclusions, FieldErrors errors)
    {
        if (exclusions.Count > MostExclusions)
        {
            errors.Add("exclusions", $"must be at most {MostExclusions}");
            return [];
        }

        for (var index = 0; index < exclusions.Count; index++)
        {
            var entry = exclusions[index].Trim();
            if (entry.Length is < 3 or > 254 || !entry.Contains('@', StringComparison.Ordinal))
            {
                errors.Add($"exclusions[{index}]", "must be an address, or a domain as @example.org");
            }
        }

        return [.. exclusions.Select(entry => entry.Trim()).Distinct(StringComparer.OrdinalIgnoreCase)];
    }
}
