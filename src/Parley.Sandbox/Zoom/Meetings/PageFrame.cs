using System.Text.Json.Nodes;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>The fields around the rows of a list.</summary>
internal static class PageFrame
{
    /// <param name="page">The page.</param>
    /// <param name="numbered">Whether the list tells the number of the page too.</param>
    public static JsonObject Of<T>(ZoomPage<T> page, bool numbered = false)
    {
        JsonObject frame = new()
        {
            ["page_count"] = page.Count,
            ["page_size"] = page.Size,
            ["total_records"] = page.Total,
            ["next_page_token"] = page.NextToken,
        };
        if (numbered)
        {
            frame["page_number"] = page.Number;
        }

        return frame;
    }
}
