using Parley.Server.Connections;
using Parley.Server.Storage;

namespace Parley.Server.Budget;

/// <summary>The budgets of connections, for their pages and the API.</summary>
public sealed class ConnectionBudgets(Db db, WriteBudgets budgets)
{
    /// <returns>Null where the provider counts nothing, or the connection hosts no meetings.</returns>
    public async Task<BudgetView?> OfAsync(ConnectionEntry entry, CancellationToken cancellationToken) =>
        (await OfAsync([entry], cancellationToken)).GetValueOrDefault(entry.Id);

    /// <returns>By connection; those without a budget are left out.</returns>
    public async Task<IReadOnlyDictionary<string, BudgetView>> OfAsync(
        IEnumerable<ConnectionEntry> entries,
        CancellationToken cancellationToken
    )
    {
        var counted = entries
            .Where(entry => entry.Connection.Purpose == ConnectionPurpose.Organizer)
            .Where(entry => budgets.Counts(entry.Provider.Id))
            .ToList();
        var found = new Dictionary<string, BudgetView>(StringComparer.Ordinal);
        if (counted.Count == 0)
        {
            return found;
        }

        return await db.ReadAsync(
            async session =>
            {
                foreach (var entry in counted)
                {
                    var host = WriteBudgets.HostOf(entry.Provider.Id, entry.OrganizerKey, entry.Id);
                    if (await budgets.ReadAsync(session, host) is { } budget)
                    {
                        found[entry.Id] = budget;
                    }
                }

                return found;
            },
            cancellationToken
        );
    }
}
