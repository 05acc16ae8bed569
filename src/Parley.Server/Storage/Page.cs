using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Parley.Server.Storage;

/// <summary>One page of a list. <see cref="NextCursor"/> is null on the last.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor)
{
    public Page<TOther> Select<TOther>(Func<T, TOther> selector) => new(Items.Select(selector).ToList(), NextCursor);
}

/// <summary>
/// Where the next page starts: after the row with this sort value and id. Both compare alike on both engines
/// (integers; ids in binary order), so a row added or removed elsewhere never shifts the page.
/// </summary>
public readonly record struct Cursor(long SortValue, string Id)
{
    public static readonly Cursor Start = new(long.MinValue, "");

    public string Encode() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(SortValue.ToString(CultureInfo.InvariantCulture) + " " + Id));

    /// <returns>False for anything this class did not write.</returns>
    public static bool TryDecode(string? text, out Cursor cursor)
    {
        cursor = Start;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        if (text.Length > 500 || !Base64Url.IsValid(text))
        {
            return false;
        }

        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ', 2);
        if (
            parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            || parts[1].Any(char.IsControl)
        )
        {
            return false;
        }

        cursor = new Cursor(value, parts[1]);
        return true;
    }

    /// <summary>Cuts <paramref name="rows"/> (asked for with limit + 1) to a page.</summary>
    public static Page<T> Cut<T>(List<T> rows, int limit, Func<T, Cursor> cursorOf)
    {
        if (rows.Count <= limit)
        {
            return new Page<T>(rows, null);
        }

        var kept = rows.GetRange(0, limit);
        return new Page<T>(kept, cursorOf(kept[^1]).Encode());
    }
}
