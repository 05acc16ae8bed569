using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using NodaTime;

namespace Parley.Scheduling.Availability;

/// <summary>
/// The body of <c>POST /api/v1/availability/query</c>:
/// <c>{now, mode, page:{id?,durationMinutes,stepMinutes?,startOffsetMinutes?,minimumNoticeMinutes?,buffers?,limits?,period?,grid?:{minutes,zone}}, hosts:[{fixed?,schedule,busy}], query:{from,to,timeZone,rescheduling?}}</c>.
/// Unknown fields are errors, as a misspelt rule would change the answer; hosts and busy items may carry more than is read.
/// </summary>
public static class AvailabilityJson
{
    /// <summary>Longest range one query may ask for.</summary>
    public static readonly Duration LongestRange = Duration.FromDays(366);

    /// <summary>Hosts, and busy items over all hosts together.</summary>
    public const int MostHosts = 100;

    /// <inheritdoc cref="MostHosts"/>
    public const int MostBusy = 10_000;

    /// <summary>False, with everything that is wrong in <paramref name="errors"/>, if it cannot be answered.</summary>
    public static bool TryParse(
        JsonElement input,
        [NotNullWhen(true)] out AvailabilityRequest? request,
        out FieldErrors errors
    )
    {
        request = null;
        errors = new FieldErrors();
        if (JsonFields.Open(input, "", errors, "now", "mode", "page", "hosts", "query") is not { } fields)
        {
            return false;
        }

        var now = fields.RequiredInstant("now");
        var mode = fields.Choice(
            "mode",
            AvailabilityMode.Single,
            [
                ("single", AvailabilityMode.Single),
                ("collective", AvailabilityMode.Collective),
                ("roundRobin", AvailabilityMode.RoundRobin),
            ]
        );
        var page = fields.Requires("page", out var pageJson) ? ReadPage(pageJson, errors) : null;
        var hosts = ReadHosts(fields, mode, errors);
        var query = fields.Requires("query", out var queryJson) ? ReadQuery(queryJson, errors) : null;
        if (errors.Count > 0 || page is null || query is null)
        {
            return false;
        }

        request = new AvailabilityRequest
        {
            Now = now,
            Mode = mode,
            Page = page,
            Hosts = hosts,
            Query = query,
        };
        return true;
    }

    private static PageRules? ReadPage(JsonElement element, FieldErrors errors)
    {
        if (
            JsonFields.Open(
                element,
                "page",
                errors,
                "id",
                "durationMinutes",
                "stepMinutes",
                "startOffsetMinutes",
                "minimumNoticeMinutes",
                "buffers",
                "limits",
                "period",
                "grid"
            )
            is not { } fields
        )
        {
            return null;
        }

        return new PageRules
        {
            Id = fields.Text("id"),
            DurationMinutes = fields.RequiredInteger("durationMinutes", 1, ScheduleJson.MostMinutes),
            StepMinutes = fields.Integer("stepMinutes", 1, ScheduleJson.MostMinutes),
            StartOffsetMinutes = fields.Integer("startOffsetMinutes", 0, ScheduleJson.MostMinutes) ?? 0,
            MinimumNoticeMinutes = fields.Integer("minimumNoticeMinutes", 0, 3660 * MinuteOfDay.MinutesPerDay) ?? 0,
            Buffers = fields.Has("buffers", out var buffers)
                ? ScheduleJson.ReadBuffers(buffers, fields.At("buffers"), errors) ?? Buffers.None
                : Buffers.None,
            Limits = fields.Has("limits", out var limits)
                ? ScheduleJson.ReadLimits(limits, fields.At("limits"), errors) ?? BookingLimits.None
                : BookingLimits.None,
            Period = fields.Has("period", out var period)
                ? ScheduleJson.ReadPeriod(period, fields.At("period"), errors)
                : null,
            Grid = fields.Has("grid", out var grid) ? ReadGrid(grid, fields.At("grid"), errors) : null,
        };
    }

    private static SlotGrid? ReadGrid(JsonElement element, string path, FieldErrors errors) =>
        JsonFields.Open(element, path, errors, "minutes", "zone") is { } fields
            ? new SlotGrid
            {
                Minutes = fields.RequiredInteger("minutes", 1, 60),
                Zone = fields.Choice("zone", GridZone.Host, [("host", GridZone.Host), ("booker", GridZone.Booker)]),
            }
            : null;

    private static List<AvailabilityHost> ReadHosts(JsonFields input, AvailabilityMode mode, FieldErrors errors)
    {
        var hosts = new List<AvailabilityHost>();
        if (!input.Requires("hosts", out _))
        {
            return hosts;
        }

        var items = input.List("hosts", required: true, MostHosts);
        if (items.Count == 0 && errors.Items.All(error => error.Field != "hosts"))
        {
            errors.Add("hosts", "must name at least one host");
        }

        if (mode == AvailabilityMode.Single && items.Count > 1)
        {
            errors.Add("hosts", "mode single takes one host; use collective or roundRobin for several");
        }

        var busyLeft = MostBusy;
        foreach (var (element, path) in items)
        {
            if (JsonFields.Open(element, path, errors) is not { } fields)
            {
                continue;
            }

            var schedule = fields.Requires("schedule", out var json)
                ? ScheduleJson.ReadSchedule(json, fields.At("schedule"), errors)
                : null;
            var busyItems = fields.List("busy", required: false, MostBusy);
            busyLeft -= busyItems.Count;
            if (busyLeft < 0)
            {
                errors.Add(
                    fields.At("busy"),
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"all hosts together may have at most {MostBusy} entries"
                    )
                );
                break;
            }

            var busy = busyItems.Select(item => ReadBusy(item.Element, item.Path, errors)).OfType<BusyItem>().ToList();
            var isFixed = fields.Boolean("fixed");
            if (schedule is not null)
            {
                hosts.Add(
                    new AvailabilityHost
                    {
                        Schedule = schedule,
                        Busy = busy,
                        Fixed = isFixed,
                    }
                );
            }
        }

        return hosts;
    }

    private static BusyItem? ReadBusy(JsonElement element, string path, FieldErrors errors)
    {
        var before = errors.Count;
        if (JsonFields.Open(element, path, errors) is not { } fields)
        {
            return null;
        }

        var item = new BusyItem
        {
            StartsAt = fields.RequiredInstant("startsAt"),
            EndsAt = fields.RequiredInstant("endsAt"),
            Status = fields.Choice(
                "status",
                BusyStatus.Confirmed,
                [
                    ("confirmed", BusyStatus.Confirmed),
                    ("pending", BusyStatus.Pending),
                    ("rejected", BusyStatus.Rejected),
                    ("cancelled", BusyStatus.Cancelled),
                ]
            ),
            PendingBlocks = fields.Boolean("pendingBlocks"),
            Uid = fields.Text("uid"),
            PageId = fields.Text("pageId"),
            Buffers = fields.Has("buffers", out var buffers)
                ? ScheduleJson.ReadBuffers(buffers, fields.At("buffers"), errors) ?? Buffers.None
                : Buffers.None,
        };
        if (errors.Count == before && item.EndsAt < item.StartsAt)
        {
            errors.Add(fields.At("endsAt"), "must not be before startsAt");
        }

        return item;
    }

    private static AvailabilityQuery? ReadQuery(JsonElement element, FieldErrors errors)
    {
        var before = errors.Count;
        if (JsonFields.Open(element, "query", errors, "from", "to", "timeZone", "rescheduling") is not { } fields)
        {
            return null;
        }

        var query = new AvailabilityQuery
        {
            From = fields.RequiredInstant("from"),
            To = fields.RequiredInstant("to"),
            TimeZone = fields.RequiredZone("timeZone"),
            Rescheduling = fields.Text("rescheduling"),
        };
        if (errors.Count == before)
        {
            if (query.To < query.From)
            {
                errors.Add("query.to", "must not be before from");
            }
            else if (query.To - query.From > LongestRange)
            {
                errors.Add("query.to", "must be at most 366 days after from");
            }
        }

        return query;
    }
}
