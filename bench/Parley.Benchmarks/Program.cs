using Parley.Benchmarks.Availability;
using Parley.Benchmarks.Load;

// dotnet run -c Release --project bench/Parley.Benchmarks -- VERB [arguments of the verb]
var verbs = new Dictionary<string, (string About, Func<string[], Task<int>> Run)>(StringComparer.Ordinal)
{
    ["slots"] = ("availability engine alone, beside a minute-by-minute scan", SlotsBenchmark.Run),
    ["http-slots"] = (
        "slots of a page through HTTP with SQLite, beside a bare route of the same server",
        HttpSlots.RunAsync
    ),
    ["bookings"] = (
        "bookings per second, 16 in flight, beside the engine's durable one-row inserts",
        Bookings.RunAsync
    ),
    ["api-overhead"] = ("a meeting read through the API, beside the same call made directly", ApiOverhead.RunAsync),
    ["history"] = ("two years of history walked, beside a bare loop of HttpClient calls", HistoryWalk.RunAsync),
    ["usage"] = (
        "usage runs of 10 000 and 100 000 users: time, memory, truth (or: users sessions …)",
        UsageScale.RunAsync
    ),
    ["start"] = ("cold start to ready and idle memory, beside a bare web host", ColdStart.RunAsync),
    ["bare-host"] = ("the bare web host that start compares with (internal)", ColdStart.BareHostAsync),
};

if (args.Length > 0 && verbs.TryGetValue(args[0], out var verb))
{
    return await verb.Run(args[1..]);
}

foreach (var (name, (about, _)) in verbs.OrderBy(one => one.Key, StringComparer.Ordinal))
{
    Console.WriteLine($"{name, -12}{about}");
}

return 2;
