using Dapper;
using NodaTime;

namespace Parley.Server.Storage;

/// <summary>A row that lists show in the order in which things were made.</summary>
public interface IListed
{
    string Id { get; }
    Instant CreatedAt { get; }
}

/// <summary>Pages of lists in the order in which things were made.</summary>
internal static class Listing
{
    /// <param name="rows">A SELECT up to the end of its WHERE, of one table whose columns <c>created_at</c> and <c>id</c> are not ambiguous.</param>
    /// <param name="parameters">Of that SELECT.</param>
    public static async Task<Page<T>> OldestFirstAsync<T>(
        this DbSession session,
        string rows,
        object parameters,
        Cursor after,
        int limit
    )
        where T : IListed
    {
        var all = new DynamicParameters(parameters);
        all.AddDynamicParams(
            new
            {
                after.SortValue,
                after.Id,
                take = limit + 1,
            }
        );
        return Cursor.Cut(
            await session.QueryAsync<T>(
                $"{rows} AND (created_at > @SortValue OR (created_at = @SortValue AND id > @Id)) ORDER BY created_at, id LIMIT @take",
                all
            ),
            limit,
            row => new Cursor(Micros.From(row.CreatedAt), row.Id)
        );
    }
}
