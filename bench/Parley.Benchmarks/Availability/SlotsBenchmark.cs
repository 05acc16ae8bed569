using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using NodaTime;
using Parley.Scheduling.Availability;

namespace Parley.Benchmarks.Availability;

/// <summary>
/// One page, 30 days, 30 minutes, Monday to Friday 9 to 17 in London, asked from Kolkata; 0, 100 or 1000 busy items.
/// The reference asks every minute of the 30 days whether it is free, as a first attempt at the problem would.
/// </summary>
[MemoryDiagnoser]
public class SlotsBenchmark
{
    private AvailabilityRequest request = null!;
    private AvailabilityRequest shuffled = null!;

    [Params(0, 100, 1000)]
    public int Busy { get; set; }

    public static Task<int> Run(string[] args)
    {
        Check();
        // In this process: what is measured is what was built, and nothing is restored behind the lock files' back.
        var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
        var config = DefaultConfig.Instance.AddJob(job).HideColumns(Column.Error, Column.StdDev, Column.RatioSD);
        var summary = BenchmarkRunner.Run<SlotsBenchmark>(config, args);
        return Task.FromResult(summary.HasCriticalValidationErrors || summary.Reports.IsEmpty ? 1 : 0);
    }

    [GlobalSetup]
    public void SetUp()
    {
        request = Request(Busy);
        var random = new Random(7);
        var items = request.Hosts[0].Busy.ToArray();
        random.Shuffle(items);
        shuffled = request with { Hosts = [request.Hosts[0] with { Busy = items }] };
    }

    [Benchmark(Baseline = true, Description = "engine")]
    public int Engine() => AvailabilityEngine.FindSlots(request).Count;

    [Benchmark(Description = "engine, items unordered")]
    public int EngineUnordered() => AvailabilityEngine.FindSlots(shuffled).Count;

    [Benchmark(Description = "engine, with a daily limit")]
    public int EngineWithLimits() =>
        AvailabilityEngine
            .FindSlots(request with { Page = request.Page with { Limits = new BookingLimits { BookingsPerDay = 40 } } })
            .Count;

    [Benchmark(Description = "minute scan (reference)")]
    public int MinuteScan() => MinuteScanReference.FindSlots(request).Count;

    /// <summary>Both must answer alike, or the comparison means nothing.</summary>
    private static void Check()
    {
        foreach (var busy in (int[])[0, 100, 1000])
        {
            var asked = Request(busy);
            if (!AvailabilityEngine.FindSlots(asked).SequenceEqual(MinuteScanReference.FindSlots(asked)))
            {
                throw new InvalidOperationException($"Engine and reference disagree at {busy} busy items.");
            }
        }
    }

    private static AvailabilityRequest Request(int busy)
    {
        var from = Instant.FromUtc(2027, 2, 28, 18, 30);
        var random = new Random(busy);
        var items = Enumerable
            .Range(0, busy)
            .Select(i =>
            {
                // Spread over the 30 days, 15 minutes each, on quarters of an hour.
                var start = from + Duration.FromMinutes(15 * random.Next(30 * 96));
                return new BusyItem
                {
                    StartsAt = start,
                    EndsAt = start + Duration.FromMinutes(15),
                    PageId = i % 2 == 0 ? "page" : null,
                };
            })
            .OrderBy(item => item.StartsAt)
            .ToList();
        return new AvailabilityRequest
        {
            Now = Instant.FromUtc(2026, 12, 1, 0, 0),
            Page = new PageRules
            {
                Id = "page",
                DurationMinutes = 30,
                Grid = new SlotGrid { Minutes = 30 },
            },
            Hosts =
            [
                new AvailabilityHost
                {
                    Schedule = new Schedule
                    {
                        TimeZone = DateTimeZoneProviders.Tzdb["Europe/London"],
                        Weekly =
                        [
                            new WeeklyHours
                            {
                                Days =
                                [
                                    IsoDayOfWeek.Monday,
                                    IsoDayOfWeek.Tuesday,
                                    IsoDayOfWeek.Wednesday,
                                    IsoDayOfWeek.Thursday,
                                    IsoDayOfWeek.Friday,
                                ],
                                Window = new TimeWindow(new MinuteOfDay(9 * 60), new MinuteOfDay(17 * 60)),
                            },
                        ],
                    },
                    Busy = items,
                },
            ],
            Query = new AvailabilityQuery
            {
                From = from,
                To = from + Duration.FromDays(30),
                TimeZone = DateTimeZoneProviders.Tzdb["Asia/Kolkata"],
            },
        };
    }
}
