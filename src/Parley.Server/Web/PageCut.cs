using Parley.Server.Storage;

namespace Parley.Server.Web;

/// <summary>
/// Cuts a page out of a list that some other service tells whole and in no particular order: of everything put in, only what the page
/// needs is kept.
/// </summary>
/// <param name="after">Where the page starts.</param>
/// <param name="limit">Entries of the page.</param>
public sealed class PageCut<T>(Cursor after, int limit)
{
    private static readonly Comparer<(Cursor Cursor, T Item)> ByCursor = Comparer<(Cursor Cursor, T Item)>.Create(
        (one, other) => Compare(one.Cursor, other.Cursor)
    );

    private readonly SortedSet<(Cursor Cursor, T Item)> _kept = new(ByCursor);

    /// <summary>Of two entries with the same cursor the first is kept.</summary>
    public void Add(Cursor cursor, T item)
    {
        if (Compare(cursor, after) <= 0)
        {
            return;
        }

        _kept.Add((cursor, item));
        // One more than the page says whether there is another.
        if (_kept.Count > limit + 1)
        {
            _kept.Remove(_kept.Max);
        }
    }

    /// <summary>Whether the page has all its entries and it is known that there are more.</summary>
    public bool IsFull => _kept.Count > limit;

    public Page<T> ToPage()
    {
        var page = Cursor.Cut(_kept.ToList(), limit, entry => entry.Cursor);
        return new Page<T>(page.Items.Select(entry => entry.Item).ToList(), page.NextCursor);
    }

    private static int Compare(Cursor one, Cursor other) =>
        one.SortValue != other.SortValue
            ? one.SortValue.CompareTo(other.SortValue)
            : string.CompareOrdinal(one.Id, other.Id);
}
