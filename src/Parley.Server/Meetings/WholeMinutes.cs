using NodaTime;

namespace Parley.Server.Meetings;

/// <summary>Lengths as the API and the pages tell them.</summary>
internal static class WholeMinutes
{
    /// <summary>Rounded to the nearest minute, half a minute to the even one.</summary>
    public static int Between(Instant from, Instant to) => (int)Math.Round((to - from).TotalMinutes);
}
