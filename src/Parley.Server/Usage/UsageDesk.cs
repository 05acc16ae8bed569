using NodaTime;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Meetings;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary>A reported account: its connection and what is set for it.</summary>
public sealed record UsageEntry(ConnectionEntry Connection, UsageConnector Connector);

/// <summary>What API and pages ask of usage: finds the account within the caller's reach, checks what they send.</summary>
public sealed class UsageDesk(
    Db db,
    ConnectionDirectory connections,
    UsageConnectors connectors,
    UsageRuns runs,
    UsageReports reports,
    UsageMonths months,
    SharedPool pool,
    UsageImport import,
    IClock clock
)
{
    private static readonly Problem WrongPurpose = new(
        ProblemCodes.Conflict,
        "This connection hosts one person's meetings; use and licences are told to administrators only."
    )
    {
        Next = "Connect an administrator's account: purpose account.",
    };

    public async Task<Answer<UsageEntry>> FindAsync(
        Caller caller,
        string connectionId,
        CancellationToken cancellationToken
    )
    {
        var reached = await db.ReadAsync(
            session => OwnedThing.Connection.IsReachedAsync(session, caller, connectionId),
            cancellationToken
        );
        if (
            !reached
            || await connections.FindAsync(caller.WorkspaceId, connectionId, cancellationToken) is not { } connection
        )
        {
            return MeetingReader.NoConnection;
        }

        return connection.Connection.Purpose == ConnectionPurpose.Account
            ? new UsageEntry(
                connection,
                await connectors.ReadAsync(caller.WorkspaceId, connection.Id, cancellationToken)
            )
            : WrongPurpose;
    }

    public async Task<Answer<UsageEntry>> PutAsync(
        Caller caller,
        string connectionId,
        UsageConnectorBody body,
        CancellationToken cancellationToken,
        Precondition? demanded = null
    )
    {
        var found = await FindAsync(caller, connectionId, cancellationToken);
        if (found.Problem is { } problem)
        {
            return problem;
        }

        var wish = UsageSettings.Read(found.Value.Connector, body, clock.GetCurrentInstant());
        if (wish.Problem is { } wrong)
        {
            return wrong;
        }

        var put = await connectors.PutAsync(wish.Value, demanded ?? Precondition.None, cancellationToken);
        return put.Problem is { } changedMeanwhile ? changedMeanwhile : found.Value with { Connector = put.Value };
    }

    /// <returns>The run, or the one under way already.</returns>
    public async Task<Answer<UsageRun>> RunAsync(
        Caller caller,
        string connectionId,
        CancellationToken cancellationToken
    )
    {
        var found = await FindAsync(caller, connectionId, cancellationToken);
        if (found.Problem is { } problem)
        {
            return problem;
        }

        // A connection that cannot be read would only make a run that fails.
        if (found.Value.Connection.Connection.Status != ConnectionStatus.Connected)
        {
            return new Problem(ProblemCodes.ConnectionNeedsReconnect, "The account is not connected.")
            {
                Next = "Press \"Refresh your connection\" on the page Video conferencing.",
            };
        }

        return await runs.RequestAsync(caller.WorkspaceId, found.Value.Connection.Id, cancellationToken);
    }

    public async Task<Answer<UsageRun>> FindRunAsync(
        Caller caller,
        string connectionId,
        string runId,
        CancellationToken cancellationToken
    )
    {
        var found = await FindAsync(caller, connectionId, cancellationToken);
        return found.Problem is { } problem ? problem
            : await runs.FindAsync(caller.WorkspaceId, found.Value.Connection.Id, runId, cancellationToken) is { } run
                ? run
            : new Problem(ProblemCodes.NotFound, "There is no such run.");
    }

    public async Task<Answer<UsageRun>> CancelAsync(
        Caller caller,
        string connectionId,
        string runId,
        CancellationToken cancellationToken
    )
    {
        var run = await FindRunAsync(caller, connectionId, runId, cancellationToken);
        if (!run.Succeeded)
        {
            return run;
        }

        await runs.CancelAsync(run.Value, cancellationToken);
        return await FindRunAsync(caller, connectionId, runId, cancellationToken);
    }

    /// <param name="asOf">A moment, a day, or nothing: now.</param>
    public async Task<Answer<UsageReport>> ReportAsync(
        Caller caller,
        string? connectionId,
        string? asOf,
        CancellationToken cancellationToken
    )
    {
        var errors = new FieldErrors();
        if (string.IsNullOrEmpty(connectionId))
        {
            errors.Add("connectionId", "is required");
            return errors.ToProblem();
        }

        var found = await FindAsync(caller, connectionId, cancellationToken);
        if (found.Problem is { } problem)
        {
            return problem;
        }

        if (Moment(asOf, found.Value.Connector.Zone, clock.GetCurrentInstant()) is not { } moment)
        {
            errors.Add("asOf", "must be a moment such as 2026-12-01T09:00:00Z or a day such as 2026-12-01");
            return errors.ToProblem();
        }

        return await reports.ReadAsync(caller.WorkspaceId, found.Value.Connection.Id, moment, cancellationToken);
    }

    /// <summary>Months oldest first; the one a run has looked at today goes by the prices of today.</summary>
    public async Task<IReadOnlyList<MonthFigures>> MonthsAsync(
        UsageReport report,
        int most,
        CancellationToken cancellationToken
    )
    {
        var kept = await months.ReadAsync(
            report.Connector.WorkspaceId,
            report.Connector.ConnectionId,
            most,
            cancellationToken
        );
        // Past months stay as they were; the last one is still being told, and a price entered today belongs to it.
        var now = UsageMonths.Of(report);
        return kept is [.., { } last] && last.Month == now.Month && report.Run is not null
            ? [.. kept.SkipLast(1), now]
            : kept;
    }

    /// <summary>The last 90 days when no range is given; at most two years.</summary>
    public async Task<Answer<RightSizing>> RightSizingAsync(
        UsageReport report,
        string? from,
        string? to,
        CancellationToken cancellationToken
    )
    {
        var errors = new FieldErrors();
        var today = clock.GetCurrentInstant().InZone(report.Connector.Zone).Date;
        var last = Day(to, "to", errors) ?? today;
        var first = Day(from, "from", errors) ?? last.PlusDays(-89);
        if (!errors.Any && (first > last || Period.DaysBetween(first, last) > 731))
        {
            errors.Add("from", "must be before to, by two years at most");
        }

        return errors.Any
            ? errors.ToProblem()
            : RightSizing.Of(
                await pool.ReadAsync(report.Connector, first, last, cancellationToken),
                report,
                first,
                last
            );
    }

    public async Task<Answer<ImportOutcome>> ImportAsync(
        UsageEntry entry,
        byte[] file,
        ImportWish wish,
        CancellationToken cancellationToken
    ) =>
        await import.ImportAsync(
            entry.Connector,
            entry.Connector.Locale ?? entry.Connection.Connection.Locale,
            file,
            wish,
            cancellationToken
        );

    private static LocalDate? Day(string? text, string field, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        var day = Days.Read(text);
        if (day is null || day.Value.Year is < 2000 or > 2200)
        {
            errors.Add(field, "must be a day such as 2026-12-01");
        }

        return day;
    }

    public async Task<UsageRunView> ViewAsync(UsageRun run, CancellationToken cancellationToken) =>
        UsageRunView.Of(
            run,
            run.ProblemCount == 0 ? [] : await runs.ProblemsAsync(run, cancellationToken),
            clock.GetCurrentInstant()
        );

    /// <summary>The connector's, else that of whoever granted access, else the first of the table.</summary>
    public async Task<ReportLanguage> LanguageAsync(UsageConnector connector, CancellationToken cancellationToken) =>
        ReportLanguage.Find(connector.Locale)
        ?? ReportLanguage.Find(
            (await connections.FindAsync(connector.WorkspaceId, connector.ConnectionId, cancellationToken))
                ?.Connection
                .Locale
        )
        ?? ReportLanguage.Default;

    /// <summary>A moment, the end of a day in the zone, or nothing: now; null when it is none of these.</summary>
    internal static Instant? Moment(string? asOf, DateTimeZone zone, Instant now) =>
        string.IsNullOrEmpty(asOf) ? now
        : Days.Read(asOf) is { } day ? zone.AtStartOfDay(day.PlusDays(1)).ToInstant() - Duration.Epsilon
        : Instants.TryRead(asOf.Replace(' ', '+'), out var instant) ? instant
        : null;
}
