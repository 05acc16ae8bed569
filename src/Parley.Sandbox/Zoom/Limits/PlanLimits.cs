namespace Parley.Sandbox.Zoom.Limits;

/// <summary>So many calls in so many seconds, refilled evenly; and so many a UTC day.</summary>
/// <param name="Calls">Calls at once, and in each period.</param>
/// <param name="PeriodSeconds">1, or 60 for the resource-intensive ones.</param>
/// <param name="PerDay">Null: no daily limit.</param>
/// <param name="DayPool">Classes of the same name share the daily number.</param>
internal sealed record ClassLimit(int Calls, int PeriodSeconds, int? PerDay, string DayPool);

/// <summary>The published table of an account's limits by class and plan (reference §6); shared by every app in the account.</summary>
internal static class PlanLimits
{
    private const string Shared = "heavy";

    public static ClassLimit Of(string plan, ZoomLabel label) =>
        (plan, label) switch
        {
            ("free", ZoomLabel.Light) => new ClassLimit(4, 1, 6_000, "light"),
            ("free", ZoomLabel.Medium) => new ClassLimit(2, 1, 2_000, "medium"),
            ("free", ZoomLabel.Heavy) => new ClassLimit(1, 1, 1_000, Shared),
            ("free", _) => new ClassLimit(10, 60, 30_000, "intensive"),
            ("business", ZoomLabel.Light) => new ClassLimit(80, 1, PerDay: null, ""),
            ("business", ZoomLabel.Medium) => new ClassLimit(60, 1, PerDay: null, ""),
            ("business", ZoomLabel.Heavy) => new ClassLimit(40, 1, 60_000, Shared),
            ("business", _) => new ClassLimit(20, 60, 60_000, Shared),
            (_, ZoomLabel.Light) => new ClassLimit(30, 1, PerDay: null, ""),
            (_, ZoomLabel.Medium) => new ClassLimit(20, 1, PerDay: null, ""),
            (_, ZoomLabel.Heavy) => new ClassLimit(10, 1, 30_000, Shared),
            _ => new ClassLimit(10, 60, 30_000, Shared),
        };

    /// <summary>As the header spells it.</summary>
    public static string Category(ZoomLabel label) =>
        label switch
        {
            ZoomLabel.Light => "Light",
            ZoomLabel.Medium => "Medium",
            ZoomLabel.Heavy => "Heavy",
            _ => "Resource-intensive",
        };
}
