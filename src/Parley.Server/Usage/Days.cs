using NodaTime;
using NodaTime.Text;

namespace Parley.Server.Usage;

/// <summary>Calendar days as programs write them: <c>2026-12-01</c> (ISO 8601).</summary>
internal static class Days
{
    public static string Text(LocalDate day) => LocalDatePattern.Iso.Format(day);

    public static LocalDate? Read(string text) =>
        LocalDatePattern.Iso.Parse(text) is { Success: true } parsed ? parsed.Value : null;
}
