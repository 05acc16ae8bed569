using NodaTime;
using Parley.Scheduling.Availability;

namespace Parley.Benchmarks.Availability;

/// <summary>The plain way: for every minute, look at the wall clock and at every item. One host, weekly hours only.</summary>
internal static class MinuteScanReference
{
    public static List<Instant> FindSlots(AvailabilityRequest request)
    {
        var host = request.Hosts[0];
        var page = request.Page;
        var grid = page.Grid!.Minutes;
        var duration = Duration.FromMinutes(page.DurationMinutes);
        var minute = Duration.FromMinutes(1);
        var slots = new List<Instant>();
        Instant? next = null;
        for (var at = request.Query.From; at < request.Query.To + duration; at += minute)
        {
            var local = at.InZone(host.Schedule.TimeZone);
            if (!IsOpen(host, local) || host.Busy.Any(item => item.StartsAt <= at && at < item.EndsAt))
            {
                next = null;
                continue;
            }

            if (next is null && local.Minute % grid == 0)
            {
                next = at;
            }

            // The minute that completes a slot gives it away.
            if (next is { } start && at + minute - start >= duration)
            {
                if (start < request.Query.To)
                {
                    slots.Add(start);
                }

                next = start + duration;
            }
        }

        return slots;
    }

    private static bool IsOpen(AvailabilityHost host, ZonedDateTime local)
    {
        var minute = (local.Hour * 60) + local.Minute;
        foreach (var hours in host.Schedule.Weekly)
        {
            if (
                hours.Days.Contains(local.DayOfWeek)
                && minute >= hours.Window.From.Minutes
                && minute < hours.Window.To.Minutes
            )
            {
                return true;
            }
        }

        return false;
    }
}
