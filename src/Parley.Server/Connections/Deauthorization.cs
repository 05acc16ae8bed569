using NodaTime;
using Parley.Conferencing;
using Parley.Server.Mail;
using Parley.Server.Observed;
using Parley.Server.Outcomes;
using Parley.Server.Storage;
using Parley.Server.Usage;

namespace Parley.Server.Connections;

/// <summary>
/// The provider says that Parley was taken out of an account: what we hold of it and of the people it told us of is erased in the same
/// transaction as the news. Nothing is revoked, for the tokens are dead already; arrangements and bookings stay, and heal when the account is connected again.
/// </summary>
public sealed class Deauthorization(
    IClock clock,
    Grants grants,
    ProviderCatalogue catalogue,
    ConnectionEvents events,
    ConnectionMails mails
)
{
    /// <summary>Problem code of a connection that ended this way.</summary>
    public const string Code = "app_removed";

    /// <summary>Ends the connection and every other that lives on the same grant. One that has ended already, or was consented to since, stays as it is.</summary>
    /// <param name="at">When it happened, by the provider's clock; null when not told. A consent given later is another one.</param>
    /// <returns>Connections ended now.</returns>
    public async Task<int> DeauthorizedAsync(DbSession session, string workspaceId, string connectionId, Instant? at)
    {
        // The grant is only looked at; it is the nullable side of the join, which cannot be locked.
        var locked = session.Dialect.ForUpdate.Length == 0 ? "" : session.Dialect.ForUpdate + " OF c";
        var together = await session.QueryAsync<Connection>(
            $"""
            SELECT {Connection.Columns} FROM {Connection.From}
            WHERE c.workspace_id = @workspaceId AND c.disconnected_at IS NULL AND c.connected_at IS NOT NULL AND c.merged_into IS NULL
              AND (c.id = @connectionId OR c.grant_id = (SELECT o.grant_id FROM connection o WHERE o.workspace_id = @workspaceId AND o.id = @connectionId))
            ORDER BY c.id{locked}
            """,
            new { workspaceId, connectionId }
        );
        var ended = together.Where(connection => at is null || at >= connection.ConnectedAt).ToList();
        if (ended.Count < together.Count)
        {
            // One consent renews all that live on it: that one is newer than the news.
            return 0;
        }

        foreach (var connection in ended)
        {
            await EndAsync(session, connection);
        }

        foreach (var grantId in ended.Select(connection => connection.GrantId).OfType<string>().Distinct())
        {
            await grants.EraseAsync(session, workspaceId, grantId);
        }

        await TellAsync(session, ended);
        return ended.Count;
    }

    private async Task EndAsync(DbSession session, Connection connection)
    {
        var now = clock.GetCurrentInstant();
        var provider = catalogue.Find(connection.Provider)?.Provider.Descriptor.Name ?? connection.Provider;
        var detail =
            $"Parley was removed from {connection.AccountText ?? "the account"} at {provider}, by its owner or an administrator. Everything Parley held to act for it was erased.";
        await ConnectionEnd.WriteAsync(
            session,
            connection,
            now,
            Code,
            detail,
            $"Connect {provider} again on the page Video conferencing. Meetings and bookings made so far are kept, and go on then."
        );
        await ObservedMeetings.ForgetConnectionAsync(session, connection.WorkspaceId, connection.Id);
        await AttendanceErasure.EraseAsync(session, connection.WorkspaceId, connection.Id);
        await UsageLeftovers.EraseAsync(session, connection.WorkspaceId, connection.Id);
        await events.RecordAsync(
            session,
            connection.WorkspaceId,
            connection.Id,
            ConnectionEvents.Broken,
            Code,
            "The provider reported that Parley was removed from the account; the tokens were erased."
        );
    }

    // As when it breaks: each owner hears once, and who was told already that it is broken hears nothing new.
    private async Task TellAsync(DbSession session, List<Connection> ended)
    {
        foreach (var theirs in ended.GroupBy(connection => connection.MemberId, StringComparer.Ordinal))
        {
            if (
                theirs.Any(connection =>
                    connection.BrokenNoticedAt is not null && connection.Status != ConnectionStatus.Connected
                )
            )
            {
                continue;
            }

            await mails.BrokenAsync(session, theirs.First());
            foreach (var connection in theirs)
            {
                await session.ExecuteAsync(
                    "UPDATE connection SET broken_noticed_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id",
                    new
                    {
                        connection.WorkspaceId,
                        connection.Id,
                        now = clock.GetCurrentInstant(),
                    }
                );
            }
        }
    }
}
