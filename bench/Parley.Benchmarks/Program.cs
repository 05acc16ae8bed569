using Parley.Benchmarks.Availability;

// dotnet run -c Release --project bench/Parley.Benchmarks -- VERB [arguments of the verb]
var verbs = new Dictionary<string, (string About, Func<string[], Task<int>> Run)>(StringComparer.Ordinal)
{
    ["slots"] = ("availability engine alone, beside a minute-by-minute scan", SlotsBenchmark.Run),
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
