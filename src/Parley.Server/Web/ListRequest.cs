using System.Globalization;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Web;

/// <summary>Query parameters every list takes: <c>limit</c> (1–200, default 50) and <c>cursor</c>; and the readers lists share.</summary>
public sealed class ListRequest
{
    public const int DefaultLimit = 50;
    public const int LargestLimit = 200;
    private readonly IQueryCollection _query;

    private ListRequest(IQueryCollection query) => _query = query;

    public FieldErrors Errors { get; } = new();
    public int Limit { get; private set; } = DefaultLimit;
    public Cursor After { get; private set; } = Cursor.Start;

    /// <summary>Reads limit and cursor; ask for the rest, then look at <see cref="Errors"/>.</summary>
    public static ListRequest Read(HttpContext context)
    {
        var request = new ListRequest(context.Request.Query);
        if (request.Text("limit") is { } limit)
        {
            if (
                int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number is >= 1 and <= LargestLimit
            )
            {
                request.Limit = number;
            }
            else
            {
                request.Errors.Add("limit", $"must be a number from 1 to {LargestLimit}");
            }
        }

        if (Cursor.TryDecode(request.Text("cursor"), out var cursor))
        {
            request.After = cursor;
        }
        else
        {
            request.Errors.Add("cursor", "is not a cursor of this list");
        }

        return request;
    }

    /// <summary>The page that <paramref name="read"/> answers; a problem when something in the query was wrong.</summary>
    public async Task<IResult> AnswerAsync<T>(Func<Task<Page<T>>> read) =>
        Errors.Any ? Errors.ToProblem().ToResult() : Results.Json(await read(), Json.Api);

    public string? Text(string name) => _query[name].ToString() is { Length: > 0 } text ? text : null;

    /// <summary><c>from</c> and <c>to</c>, of which either may be left out.</summary>
    public (Instant? From, Instant? To) Range()
    {
        var (from, to) = (Instant("from"), Instant("to"));
        if (to <= from)
        {
            Errors.Add("to", "must lie after from");
        }

        return (from, to);
    }

    /// <summary>An instant such as 2026-12-01T09:00:00Z, or null when absent.</summary>
    public Instant? Instant(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        // A plus sign that was not encoded arrives as a space.
        if (Instants.TryRead(text.Replace(' ', '+'), out var instant))
        {
            return instant;
        }

        Errors.Add(name, "must be an instant such as 2026-12-01T09:00:00Z");
        return null;
    }
}
