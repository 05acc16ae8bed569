namespace Parley.Server.Connections.Diagnosis;

/// <summary>States of a check, in the words of the API.</summary>
public static class CheckState
{
    public const string Passed = "passed";
    public const string Failed = "failed";

    /// <summary>It could not be tried, or its answer proves nothing.</summary>
    public const string NotRun = "notRun";

    /// <summary>There is nothing to try.</summary>
    public const string NotApplicable = "notApplicable";
}

/// <summary>One thing that was tried, in words for people.</summary>
/// <param name="Name">Stable: <c>token</c>, <c>scopes</c>, …</param>
/// <param name="Ok">Null: nobody knows, see <paramref name="State"/>. What was not tried is never true.</param>
/// <param name="State">One of <see cref="CheckState"/>.</param>
/// <param name="Next">What to do about it; null when all is well.</param>
public sealed record Check(string Name, bool? Ok, string State, string Detail, string? Next)
{
    public static Check Passed(string name, string detail) => new(name, true, CheckState.Passed, detail, null);

    public static Check Failed(string name, string detail, string next) =>
        new(name, false, CheckState.Failed, detail, next);

    public static Check NotRun(string name, string detail, string? next = null) =>
        new(name, null, CheckState.NotRun, detail, next);

    public static Check NotApplicable(string name, string detail) =>
        new(name, null, CheckState.NotApplicable, detail, null);
}

/// <param name="Ok">No check failed. What could not be run is listed and counts neither way.</param>
public sealed record CheckReport(bool Ok, IReadOnlyList<Check> Checks)
{
    public static CheckReport Of(IReadOnlyList<Check> checks) => new(checks.All(check => check.Ok != false), checks);
}
