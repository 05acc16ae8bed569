using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>
/// A stretch of a list. Its <c>next_page_token</c> carries where the next one begins, is good for the same call only, and lives 15 minutes;
/// at the end it is an empty string (reference §2.4).
/// </summary>
internal sealed record ZoomPage<T>(IReadOnlyList<T> Rows, string Next, int Size, int Number, int Total)
{
    public int Pages => (Total + Size - 1) / Size;

    /// <summary>The fields around the rows, in the order of the published file.</summary>
    public JsonObject Frame(bool numbered = false)
    {
        JsonObject frame = new()
        {
            ["page_count"] = Pages,
            ["page_size"] = Size,
            ["total_records"] = Total,
            ["next_page_token"] = Next,
        };
        if (numbered)
        {
            frame["page_number"] = Number;
        }

        return frame;
    }
}

/// <summary>Cuts lists into pages.</summary>
internal static class PageToken
{
    private const int Usual = 30;
    private const int Most = 300;
    private static readonly Duration Life = Duration.FromMinutes(15);

    /// <summary>The page a call asks for; null with what is wrong: the size, or a token that is another call's or too old.</summary>
    /// <param name="request">The call; its path and filters are bound into the token.</param>
    /// <param name="rows">All rows.</param>
    /// <param name="filters">What the token is good for, besides the path.</param>
    public static (ZoomPage<T>? Page, string? Problem) Cut<T>(ZoomRequest request, IReadOnlyList<T> rows, params IReadOnlyList<string?> filters)
    {
        int size = Usual;
        if (
            request.Query("page_size") is { } asked
            && !(int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size >= 1)
        )
        {
            return (null, "Invalid parameter: page_size.");
        }

        // More than the most is taken for the most.
        size = Math.Min(size, Most);
        string list = Secrets.Hash(string.Join('\n', [request.Context.Request.Path.Value ?? "", .. filters]))[..16];
        int from = 0;
        if (request.Query("next_page_token") is { } token)
        {
            if (Read(token, list, request.State.Now) is not { } next)
            {
                return (null, "The next page token is invalid or expired.");
            }

            from = next;
        }
        else if (
            request.Query("page_number") is { } page
            && int.TryParse(page, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        )
        {
            from = (Math.Max(number, 1) - 1) * size;
        }

        List<T> here = [.. rows.Skip(from).Take(size)];
        string following =
            from + size < rows.Count ? Write(from + size, list, request.State.Now + Life) : "";
        return (new ZoomPage<T>(here, following, size, (from / size) + 1, rows.Count), null);
    }

    private static string Write(int from, string list, Instant until)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{from} {until.ToUnixTimeSeconds()} {list}");
        return Secrets.Base64Url(Encoding.ASCII.GetBytes(text));
    }

    private static int? Read(string token, string list, Instant now)
    {
        if (!System.Buffers.Text.Base64Url.IsValid(token))
        {
            return null;
        }

        string text = Encoding.ASCII.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(token));
        return text.Split(' ') is [string from, string until, string of]
            && of == list
            && int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out int start)
            && long.TryParse(until, NumberStyles.None, CultureInfo.InvariantCulture, out long end)
            && Instant.FromUnixTimeSeconds(end) > now
            ? start
            : null;
    }
}
