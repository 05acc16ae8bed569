using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Directory;

/// <summary>The envelope of admin lists: <c>{results[],fromIndex,toIndex,total}</c>, <c>toIndex</c> being the index of the last row.</summary>
internal static class AdminList
{
    private const int UsualPage = 25;
    private const int LargestPage = 1000;

    /// <summary>The page asked for by <c>pageSize</c> and <c>offset</c>, its rows cut to <c>attributes</c> where given.</summary>
    public static IResult Page<T>(World state, HttpContext context, IReadOnlyList<T> matches, Func<T, JsonObject> write)
    {
        if (
            Number(context, "pageSize", UsualPage) is not (>= 1 and <= LargestPage and var size)
            || Number(context, "offset", 0) is not (>= 0 and var offset)
        )
        {
            return AdminCall.Bad($"pageSize must be from 1 to {LargestPage} and offset at least 0");
        }

        string[] attributes = context
            .Request.Query["attributes"]
            .ToString()
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        JsonArray rows = new([.. matches.Skip(offset).Take(size).Select(row => Trim(write(row), attributes))]);
        JsonObject reply = [];
        int from = Math.Min(offset, matches.Count);
        int to = Math.Max(from + rows.Count - 1, 0);
        if (rows.Count > 0 || state.Directory.EmptyResults == "array")
        {
            reply["results"] = rows;
        }

        reply["fromIndex"] = from;
        reply["toIndex"] = to;
        reply["total"] = matches.Count;
        return WireJson.Answer(StatusCodes.Status200OK, reply);
    }

    private static JsonNode Trim(JsonObject row, string[] attributes)
    {
        if (attributes.Length == 0)
        {
            return row;
        }

        foreach (string name in row.Select(field => field.Key).Except(attributes, StringComparer.Ordinal).ToList())
        {
            row.Remove(name);
        }

        return row;
    }

    private static int? Number(HttpContext context, string name, int usual)
    {
        string text = context.Request.Query[name].ToString();
        return text.Length == 0 ? usual
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
            : null;
    }
}
