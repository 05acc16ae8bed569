using System.Globalization;
using Dapper;
using Parley.Server.Storage;

namespace Parley.Server.Usage;

/// <summary>
/// An INSERT that carries several rows where a statement each would cost a round trip each. Rows go in few fixed numbers, so that there
/// are few texts to compile. A row must not come twice in one call: PostgreSQL refuses to change it twice.
/// </summary>
/// <param name="before">As far as VALUES, that word included.</param>
/// <param name="row">One row of values in parentheses; <c>#</c> stands for the row's number.</param>
/// <param name="after">What to do on conflict.</param>
internal sealed class ManyRows<T>(string before, string row, string after, Action<DynamicParameters, string, T> bind)
{
    private static readonly int[] Sizes = [16, 4, 1];
    private static readonly string[] Numbers =
    [
        .. Enumerable.Range(0, Sizes[0]).Select(number => number.ToString(CultureInfo.InvariantCulture)),
    ];
    private readonly Dictionary<int, string> _texts = Sizes.ToDictionary(
        size => size,
        size =>
            $"{before} {string.Join(", ", Numbers.Take(size).Select(number => row.Replace("#", number, StringComparison.Ordinal)))} {after}"
    );

    /// <param name="shared">Parameters that are the same for all rows.</param>
    public async Task InsertAsync(DbSession session, IReadOnlyList<T> rows, object shared)
    {
        var done = 0;
        foreach (var size in Sizes)
        {
            for (; rows.Count - done >= size; done += size)
            {
                var parameters = new DynamicParameters(shared);
                for (var index = 0; index < size; index++)
                {
                    bind(parameters, Numbers[index], rows[done + index]);
                }

                await session.ExecuteAsync(_texts[size], parameters);
            }
        }
    }
}
