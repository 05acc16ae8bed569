using System.Text.Json;
using NodaTime;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary>A month as its last completed run had it.</summary>
/// <param name="Month"><c>yyyy-MM</c>.</param>
public sealed record MonthFigures(
    string Month,
    int Seats,
    int AssignedSeats,
    int Users,
    int ActiveUsers,
    IReadOnlyList<Money> MonthlyCost,
    IReadOnlyList<Money> IdleCost
);

/// <summary>Keeps each month's figures, so that prices and people of later months do not change them.</summary>
public sealed class UsageMonths(Db db, UsageConnectors connectors, ConnectionEvents events)
{
    /// <summary>A run ended well; webhooks hear of it from here.</summary>
    public const string Completed = "usage.completed";

    /// <summary>Ends a run as completed, with its month's figures, in one transaction.</summary>
    internal async Task CompleteAsync(UsageProgress progress, CancellationToken cancellationToken)
    {
        var run = progress.Run;
        var connector = await connectors.ReadAsync(run.WorkspaceId, run.ConnectionId, cancellationToken);
        var stored = await db.ReadAsync(
            session => UsageRuns.ReadAsync(session, run.WorkspaceId, run.Id),
            cancellationToken
        );
        // Read outside the transaction that ends the run: a large account takes a while, and nobody shall wait behind it.
        var figures = await db.ReadAsync(
            session => UsageReports.FiguresAsync(session, connector, stored),
            cancellationToken
        );
        await progress.StepAsync(
            async session =>
            {
                await session.ExecuteAsync(
                    """
                    INSERT INTO usage_month (workspace_id, connection_id, month, run_id, figures) VALUES (@WorkspaceId, @ConnectionId, @Month, @Id, @json)
                    ON CONFLICT (workspace_id, connection_id, month) DO UPDATE SET run_id = excluded.run_id, figures = excluded.figures
                    """,
                    new
                    {
                        run.WorkspaceId,
                        run.ConnectionId,
                        run.Id,
                        figures.Month,
                        json = JsonSerializer.Serialize(figures, Json.Stored),
                    }
                );
                await events.RecordAsync(
                    session,
                    run.WorkspaceId,
                    run.ConnectionId,
                    Completed,
                    detail: $"{figures.Users} users, {figures.ActiveUsers} of them active; {stored.ProblemCount} could not be read."
                );
                await progress.EndAsync(session, UsageRunState.Completed, null);
            },
            cancellationToken
        );
    }

    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<MonthFigures>> ReadAsync(
        string workspaceId,
        string connectionId,
        int months,
        CancellationToken cancellationToken
    )
    {
        var rows = await db.ReadAsync(
            session =>
                session.QueryAsync<string>(
                    "SELECT figures FROM usage_month WHERE workspace_id = @workspaceId AND connection_id = @connectionId ORDER BY month DESC LIMIT @months",
                    new
                    {
                        workspaceId,
                        connectionId,
                        months,
                    }
                ),
            cancellationToken
        );
        rows.Reverse();
        return rows.ConvertAll(json => JsonSerializer.Deserialize<MonthFigures>(json, Json.Stored)!);
    }

    internal static MonthFigures Of(UsageReport report)
    {
        var day = report.AsOf.InZone(report.Connector.Zone).Date;
        return new MonthFigures(
            Days.Text(day)[..7],
            report.Seats,
            report.AssignedSeats,
            report.Users.Count,
            report.Active,
            report.Costs.Monthly,
            report.Costs.Idle
        );
    }
}
