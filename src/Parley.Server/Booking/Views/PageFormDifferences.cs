namespace Parley.Server.Booking.Views;

/// <summary>What somebody typed and lost, because another save came first.</summary>
internal static class PageFormDifferences
{
    /// <summary>Fields in which one form says something else than another, each with what it says.</summary>
    public static Dictionary<string, string[]> Between(PageForm mine, PageForm theirs)
    {
        (string Field, string Mine, string Theirs)[] fields =
        [
            ("title", mine.Title, theirs.Title),
            ("slug", mine.Slug, theirs.Slug),
            ("description", mine.Description.ReplaceLineEndings("\n"), theirs.Description.ReplaceLineEndings("\n")),
            ("connectionId", mine.ConnectionId, theirs.ConnectionId),
            ("durationMinutes", mine.DurationMinutes, theirs.DurationMinutes),
            ("stepMinutes", mine.StepMinutes, theirs.StepMinutes),
            ("schedule.timeZone", mine.TimeZone, theirs.TimeZone),
            ("hours", WeekText(mine), WeekText(theirs)),
            ("exceptions", ExceptionsText(mine), ExceptionsText(theirs)),
            ("buffers.beforeMinutes", mine.BufferBefore, theirs.BufferBefore),
            ("buffers.afterMinutes", mine.BufferAfter, theirs.BufferAfter),
            ("minimumNoticeMinutes", mine.Notice, theirs.Notice),
            ("period.days", mine.Horizon ?? "", theirs.Horizon ?? ""),
            (
                "embedOrigins",
                (mine.EmbedOrigins ?? theirs.EmbedOrigins ?? "").ReplaceLineEndings("\n"),
                theirs.EmbedOrigins ?? ""
            ),
            ("paused", mine.Paused ? "paused" : "open", theirs.Paused ? "paused" : "open"),
        ];
        return fields
            .Where(field => field.Mine.Trim() != field.Theirs.Trim())
            .ToDictionary(
                field => field.Field,
                field =>
                    new[]
                    {
                        field.Field == "connectionId" ? "you had chosen another account"
                        : field.Mine.Trim().Length == 0 ? "you had left this empty"
                        : $"you had entered “{field.Mine.Trim()}”",
                    },
                StringComparer.Ordinal
            );
    }

    private static string WeekText(PageForm form) =>
        string.Join(
            ", ",
            PageForm.Days.SelectMany(day =>
                (form.Hours.GetValueOrDefault(day.Code) ?? [])
                    .Where(row => row is not { From.Length: 0, To.Length: 0 })
                    .Select(row => $"{day.Name[..2]} {row.From}–{row.To}")
            )
        );

    private static string ExceptionsText(PageForm form) =>
        string.Join(
            ", ",
            form.Exceptions.Where(row => row is not { Date.Length: 0, From.Length: 0, To.Length: 0 })
                .Select(row =>
                    row is { From.Length: 0, To.Length: 0 } ? $"{row.Date} closed" : $"{row.Date} {row.From}–{row.To}"
                )
        );
}
