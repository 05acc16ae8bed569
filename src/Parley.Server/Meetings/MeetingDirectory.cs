using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Meetings;

/// <summary>
/// Meetings of all connections together, from what the ledger knows and the last listings showed: no provider is asked, so the list is
/// there at once and each entry says when it was last looked at.
/// </summary>
public sealed class MeetingDirectory(
    Db db,
    IClock clock,
    ParleyOptions options,
    ConnectionDirectory connections,
    ProviderCatalogue catalogue
)
{
    /// <summary>One page of what the caller may see; what was removed at the provider is gone from here too.</summary>
    public Task<Page<MeetingView>> FindAsync(Caller caller, MeetingQuery query, CancellationToken cancellationToken) =>
        db.ReadAsync(session => FindAsync(session, caller, query), cancellationToken);

    private async Task<Page<MeetingView>> FindAsync(DbSession session, Caller caller, MeetingQuery query)
    {
        var workspaceId = caller.WorkspaceId;
        var now = clock.GetCurrentInstant();
        var page = await MeetingIndex.FindAsync(
            session,
            workspaceId,
            query with
            {
                SeenBy = caller.IsAdministrator ? null : caller.MemberId,
            },
            now,
            options.Provisioning.ListInterval
        );
        var hosts = new Dictionary<string, ConnectionEntry?>(StringComparer.Ordinal);
        foreach (var connectionId in page.Items.Select(item => item.ConnectionId).Distinct(StringComparer.Ordinal))
        {
            hosts[connectionId] = await connections.FindAsync(session, workspaceId, connectionId);
        }

        return new Page<MeetingView>(
            page.Items.Select(item => item.ToView(hosts[item.ConnectionId], catalogue, options, now)).ToList(),
            page.NextCursor
        );
    }
}
