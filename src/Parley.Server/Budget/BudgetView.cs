using NodaTime;

namespace Parley.Server.Budget;

/// <summary>Creates and updates of one host in the current UTC day.</summary>
/// <param name="Limit">What the provider takes in one day.</param>
/// <param name="Used">Sent or possibly sent so far; the limit once the provider says that the day is used up.</param>
/// <param name="Reserved">Of the limit, what bookings by others leave to the organizer.</param>
/// <param name="ResetsAt">The next 00:00 UTC.</param>
public sealed record BudgetView(int Limit, int Used, int Reserved, Instant ResetsAt)
{
    internal int Left => Math.Max(0, Limit - Used);
}
