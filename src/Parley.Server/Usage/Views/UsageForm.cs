using System.Globalization;
using Microsoft.AspNetCore.Http;
using Parley.Server.Web;

namespace Parley.Server.Usage.Views;

/// <summary>A row of the price list as it stands in the form.</summary>
public sealed record PriceRow
{
    public string Match { get; init; } = "";
    public string Name { get; init; } = "";
    public string Price { get; init; } = "";
    public string Currency { get; init; } = "";
    public string Billing { get; init; } = "monthly";
    public string From { get; init; } = "";

    public bool IsEmpty => Match.Length == 0 && Name.Length == 0 && Price.Length == 0 && From.Length == 0;
}

/// <summary>The settings of a connector as a form holds them; what was typed comes back as it was typed.</summary>
public sealed record UsageForm
{
    private const int MostRows = 200;

    public required bool Active { get; init; }
    public required UsageTiming Timing { get; init; }

    /// <summary>Null: the browser's own is offered.</summary>
    public required string? Zone { get; init; }
    public required string Locale { get; init; }
    public required string Window { get; init; }

    /// <summary>One a line.</summary>
    public required string Exclusions { get; init; }
    public required IReadOnlyList<PriceRow> Prices { get; init; }

    /// <param name="accountZone">What a connector nobody has set up starts with.</param>
    public static UsageForm Of(UsageConnector connector, string? accountZone) =>
        new()
        {
            // Whoever comes to set it up wants it to run.
            Active = connector.Active || connector.Version == 0,
            Timing = UsageTiming.Of(connector.Cron),
            Zone = connector.Version == 0 ? accountZone : connector.Zone.Id,
            Locale = connector.Locale ?? "",
            Window = connector.WindowDays.ToString(CultureInfo.InvariantCulture),
            Exclusions = string.Join('\n', connector.Exclusions),
            Prices =
            [
                .. connector.Prices.Select(price => new PriceRow
                {
                    Match = price.Match,
                    Name = price.Name,
                    Price = price.PricePerSeat.ToString(CultureInfo.InvariantCulture),
                    Currency = price.Currency,
                    Billing = price.Billing == BillingPeriod.Yearly ? "yearly" : "monthly",
                    From = price.EffectiveFrom is { } day ? Days.Text(day) : "",
                }),
            ],
        };

    public static UsageForm Of(IFormCollection form)
    {
        var prices = new List<PriceRow>();
        for (var index = 0; index < MostRows && form.ContainsKey($"plans[{index}].match"); index++)
        {
            prices.Add(
                new PriceRow
                {
                    Match = Text($"plans[{index}].match"),
                    Name = Text($"plans[{index}].name"),
                    Price = Text($"plans[{index}].pricePerSeat"),
                    Currency = Text($"plans[{index}].currency"),
                    Billing = Text($"plans[{index}].billing"),
                    From = Text($"plans[{index}].effectiveFrom"),
                }
            );
        }

        return new UsageForm
        {
            Active = form["active"] == "true",
            Timing = new UsageTiming(
                Text("every"),
                Text("at"),
                Text("weekday"),
                Text("monthDay"),
                Text("schedule.cron")
            ),
            Zone = Text("schedule.timeZone"),
            Locale = Text("locale"),
            Window = Text("activeWindowDays"),
            Exclusions = form["exclusions"].ToString(),
            Prices = prices,
        };

        string Text(string name) => form[name].ToString().Trim();
    }

    /// <summary>Without the rows nobody filled in, so that mistakes are counted as they are shown.</summary>
    public UsageForm Tidy() => this with { Prices = [.. Prices.Where(row => !row.IsEmpty)] };

    public UsageForm WithRow(PriceRow row) => this with { Prices = [.. Prices, row] };

    public UsageForm WithoutRow(int index) => this with { Prices = [.. Prices.Where((_, place) => place != index)] };

    public UsageConnectorBody ToBody() =>
        new()
        {
            Active = Active,
            Schedule = new UsageScheduleBody(Timing.ToCron(), Zone),
            Locale = Locale,
            ActiveWindowDays = int.TryParse(Window, NumberStyles.None, CultureInfo.InvariantCulture, out var days)
                ? days
                : 0,
            Exclusions = Exclusions.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Plans =
            [
                .. Prices.Select(row => new UsagePlanBody
                {
                    Match = row.Match,
                    Name = row.Name,
                    PricePerSeat = Number(row.Price),
                    Currency = row.Currency,
                    Billing = row.Billing,
                    EffectiveFrom = row.From,
                }),
            ],
        };

    /// <summary>Mistakes of single lines belong to the one field that holds them all.</summary>
    public static Problem AtFields(Problem problem)
    {
        if (problem.Errors is null)
        {
            return problem;
        }

        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var (field, messages) in problem.Errors)
        {
            if (!field.StartsWith("exclusions[", StringComparison.Ordinal))
            {
                errors[field] = messages;
                continue;
            }

            var line = int.Parse(field["exclusions[".Length..^1], CultureInfo.InvariantCulture) + 1;
            errors["exclusions"] =
            [
                .. errors.GetValueOrDefault("exclusions") ?? [],
                .. messages.Select(message => $"entry {line} {message}"),
            ];
        }

        return problem with
        {
            Errors = errors,
        };
    }

    // 12.50, and 12,50 as it is typed where the comma is the decimal mark.
    private static decimal? Number(string text) =>
        decimal.TryParse(
            text.Contains('.', StringComparison.Ordinal) ? text : text.Replace(',', '.'),
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : null;
}
