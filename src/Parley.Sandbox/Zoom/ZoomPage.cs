using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Zoom;

/// <summary>
/// One page of a list (reference §2.4): by <c>next_page_token</c>, which lives 15 minutes and is empty at the end, or by <c>page_number</c>.
/// </summary>
internal sealed record ZoomPage<T>(IReadOnlyList<T> Rows, int Size, int Number, int Total, string NextToken)
{
    public int Count => (Total + Size - 1) / Size;
}

internal static class ZoomPage
{
    private static readonly Duration TokenLife = Duration.FromMinutes(15);

    /// <summary>The page a call asks for, or the refusal.</summary>
    public static (ZoomPage<T>? Page, IResult? Refusal) Of<T>(
        ZoomRequest request,
        IReadOnlyList<T> rows,
        int most = 300,
        int usual = 30
    )
    {
        if (!Whole(request, "page_size", usual, out int size) || size < 1)
        {
            return (null, ZoomErrors.Validation(("page_size", "Invalid field.")));
        }

        if (size > most)
        {
            return (
                null,
                ZoomErrors.Validation(
                    ("page_size", string.Create(CultureInfo.InvariantCulture, $"The page size must be at most {most}."))
                )
            );
        }

        if (!Whole(request, "page_number", 1, out int number) || number < 1)
        {
            return (null, ZoomErrors.Validation(("page_number", "Invalid field.")));
        }

        int from = (number - 1) * size;
        if (request.Query("next_page_token") is { } token)
        {
            if (Offset(request, token) is not { } offset)
            {
                return (
                    null,
                    ZoomErrors.Of(StatusCodes.Status400BadRequest, 300, "The next page token is invalid or expired.")
                );
            }

            from = offset;
        }

        List<T> shown = [.. rows.Skip(from).Take(size)];
        int next = from + shown.Count;
        return (
            new ZoomPage<T>(
                shown,
                size,
                from / size + 1,
                rows.Count,
                next < rows.Count && shown.Count > 0 ? Token(request, next) : ""
            ),
            null
        );
    }

    private static bool Whole(ZoomRequest request, string name, int usual, out int value)
    {
        value = usual;
        return request.Query(name) is not { } text
            || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static string Token(ZoomRequest request, int offset)
    {
        long expires = (request.State.Now + TokenLife).ToUnixTimeMilliseconds();
        return Secrets.Base64Url(
            Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{request.Operation.Name}|{offset}|{expires}")
            )
        );
    }

    private static int? Offset(ZoomRequest request, string token)
    {
        byte[] bytes = new byte[token.Length];
        if (
            System.Buffers.Text.Base64Url.DecodeFromChars(token, bytes, out _, out int written) != OperationStatus.Done
            || Encoding.UTF8.GetString(bytes, 0, written).Split('|') is not [var operation, var offset, var expires]
            || operation != request.Operation.Name
            || !int.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out int from)
            || !long.TryParse(expires, NumberStyles.None, CultureInfo.InvariantCulture, out long until)
            || until <= request.State.Now.ToUnixTimeMilliseconds()
        )
        {
            return null;
        }

        return from;
    }
}
