namespace Parley.Server.Connections.Diagnosis;

/// <summary>States of a check, in the words of the API.</summary>
public static class CheckState
{
    public const string Passed = "passed";
    public const string Failed = "failed";

    /// <summary>It could not be tried, or its answer proves nothing.</summary>
    public const string NotRun = "notRun";
}

/// <summary>One thing that was tried, in words for people.</summary>
/// <param name="Name">Stable: <c>token</c>, <c>scopes</c>, …</param>
/// <param name="Ok">It was tried and works. What was not tried is never true: see <paramref name="State"/>.</param>
/// <param name="State">One of <see cref="CheckState"/>.</param>
/// <param name="Next">What to do about it, now or in time; null when there is nothing to do.</param>
public sealed record Check(string Name, bool Ok, string State, string Detail, string? Next)
{
    public static Check Passed(string name, string detail, string? next = null) =>
        new(name, true, CheckState.Passed, detail, next);

    public static Check Failed(string name, string detail, string next) =>
        new(name, false, CheckState.Failed, detail, next);

    public static Check NotRun(string name, string detail, string? next = null) =>
        new(name, false, CheckState.NotRun, detail, next);
}

/// <param name="Ok">No check failed. What could not be run is listed and counts neither way.</param>
public sealed record CheckReport(bool Ok, IReadOnlyList<Check> Checks)
{
    public static CheckReport Of(IReadOnlyList<Check> checks) =>
        new(checks.All(check => check.State != CheckState.Failed), checks);
}
