using System.Collections.Concurrent;
using System.Data.Common;
using Dapper;

namespace Parley.Server.Storage;

/// <summary>
/// One connection, inside one transaction when writing. Every statement names its workspace: a text without
/// <c>workspace_id</c> is refused unless it carries the comment <c>/* all workspaces: reason */</c>.
/// </summary>
/// <param name="origin">Who causes what is written here; null: the product itself.</param>
public sealed class DbSession(
    DbConnection connection,
    DbTransaction? transaction,
    Dialect dialect,
    Origin? origin = null
)
{
    private static readonly ConcurrentDictionary<string, bool> Checked = new(StringComparer.Ordinal);
    private List<Action>? _afterCommit;

    public Dialect Dialect { get; } = dialect;
    public Origin? Origin { get; } = origin;

    public async Task<List<T>> QueryAsync<T>(string sql, object? parameters = null) =>
        (await connection.QueryAsync<T>(Own(sql), parameters, transaction)).AsList();

    public Task<T?> FirstOrDefaultAsync<T>(string sql, object? parameters = null) =>
        connection.QueryFirstOrDefaultAsync<T>(Own(sql), parameters, transaction);

    public Task<T> FirstAsync<T>(string sql, object? parameters = null) =>
        connection.QueryFirstAsync<T>(Own(sql), parameters, transaction);

    public Task<T?> ScalarAsync<T>(string sql, object? parameters = null) =>
        connection.ExecuteScalarAsync<T>(Own(sql), parameters, transaction);

    /// <returns>Rows changed.</returns>
    public Task<int> ExecuteAsync(string sql, object? parameters = null) =>
        connection.ExecuteAsync(Own(sql), parameters, transaction);

    /// <summary>Runs once the transaction is durable; dropped when it is not. Must not throw: it only rings a bell.</summary>
    public void AfterCommit(Action action) => (_afterCommit ??= []).Add(action);

    internal void Committed() => _afterCommit?.ForEach(action => action());

    private string Own(string sql)
    {
        if (
            !Checked.GetOrAdd(
                sql,
                static text =>
                    text.Contains("workspace_id", StringComparison.Ordinal)
                    || text.Contains("/* all workspaces:", StringComparison.Ordinal)
            )
        )
        {
            throw new InvalidOperationException($"A statement does not name its workspace: {sql}");
        }

        return Dialect.Lists(sql);
    }
}
