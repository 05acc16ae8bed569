using NodaTime;
using NodaTime.Text;
using Parley.Scheduling.Availability;

namespace Parley.Scheduling.Tests.Availability;

/// <summary>Short ways to write requests whose answers are worked out by hand.</summary>
internal static class Requests
{
    public static readonly IReadOnlyList<IsoDayOfWeek> EveryDay =
    [
        IsoDayOfWeek.Monday,
        IsoDayOfWeek.Tuesday,
        IsoDayOfWeek.Wednesday,
        IsoDayOfWeek.Thursday,
        IsoDayOfWeek.Friday,
        IsoDayOfWeek.Saturday,
        IsoDayOfWeek.Sunday,
    ];

    public static Instant At(string text) => InstantPattern.ExtendedIso.Parse(text).Value;

    public static DateTimeZone Zone(string id) => DateTimeZoneProviders.Tzdb[id];

    public static TimeWindow Window(string from, string to)
    {
        MinuteOfDay.TryParse(from, out var start).ShouldBeTrue();
        MinuteOfDay.TryParse(to, out var end).ShouldBeTrue();
        return new TimeWindow(start, end);
    }

    public static AvailabilityHost Host(string zone, string from, string to, params BusyItem[] busy) =>
        new()
        {
            Schedule = new Schedule
            {
                TimeZone = Zone(zone),
                Weekly = [new WeeklyHours { Days = EveryDay, Window = Window(from, to) }],
            },
            Busy = busy,
        };

    public static BusyItem Busy(string from, string to, string? pageId = null) =>
        new()
        {
            StartsAt = At(from),
            EndsAt = At(to),
            PageId = pageId,
        };

    public static PageRules Page(int duration, int grid = 1, int? step = null) =>
        new()
        {
            Id = "p",
            DurationMinutes = duration,
            StepMinutes = step,
            Grid = new SlotGrid { Minutes = grid },
        };

    public static AvailabilityRequest Ask(PageRules page, string from, string to, params AvailabilityHost[] hosts) =>
        new()
        {
            Now = At("2000-01-01T00:00:00Z"),
            Mode = hosts.Length > 1 ? AvailabilityMode.Collective : AvailabilityMode.Single,
            Page = page,
            Hosts = hosts,
            Query = new AvailabilityQuery
            {
                From = At(from),
                To = At(to),
                TimeZone = DateTimeZone.Utc,
            },
        };

    public static string Starts(AvailabilityRequest request) =>
        string.Join(
            ' ',
            AvailabilityEngine.FindSlots(request).Select(InstantPattern.CreateWithInvariantCulture("dd'T'HH:mm").Format)
        );
}
