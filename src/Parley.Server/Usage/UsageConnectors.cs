using System.Text.Json;
using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary>Settings of the reported accounts: rows of table <c>usage_connector</c>.</summary>
public sealed class UsageConnectors(Db db, IClock clock)
{
    internal const string Columns =
        "workspace_id, connection_id, active, cron, time_zone, locale, prices, exclusions, window_days, next_due, version";

    /// <summary>The defaults when nobody has set anything.</summary>
    public Task<UsageConnector> ReadAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    ) => db.ReadAsync(session => ReadAsync(session, workspaceId, connectionId), cancellationToken);

    internal static async Task<UsageConnector> ReadAsync(DbSession session, string workspaceId, string connectionId) =>
        (
            await session.FirstOrDefaultAsync<Row>(
                $"SELECT {Columns} FROM usage_connector WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
                new { workspaceId, connectionId }
            )
        )?.ToConnector() ?? new UsageConnector { WorkspaceId = workspaceId, ConnectionId = connectionId };

    /// <summary>Replaces all settings; an active connector gets its next time, one that is not loses it.</summary>
    public Task<Answer<UsageConnector>> PutAsync(
        UsageConnector connector,
        Precondition demanded,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync<Answer<UsageConnector>>(
            async session =>
            {
                var now = clock.GetCurrentInstant();
                var current = await ReadAsync(session, connector.WorkspaceId, connector.ConnectionId);
                if (demanded.Refuse(current.State, "The report's settings") is { } changedMeanwhile)
                {
                    return changedMeanwhile;
                }

                var next = connector.Active ? UsageSchedule.Next(connector.Cron, connector.Zone, now) : null;
                var put = await session.ExecuteAsync(
                    """
                    INSERT INTO usage_connector (workspace_id, connection_id, active, cron, time_zone, locale, prices, exclusions, window_days, next_due, version, created_at, updated_at)
                    VALUES (@WorkspaceId, @ConnectionId, @Active, @Cron, @zone, @Locale, @prices, @exclusions, @WindowDays, @next, 1, @now, @now)
                    ON CONFLICT (workspace_id, connection_id) DO UPDATE SET active = excluded.active, cron = excluded.cron, time_zone = excluded.time_zone,
                        locale = excluded.locale, prices = excluded.prices, exclusions = excluded.exclusions, window_days = excluded.window_days,
                        next_due = excluded.next_due, version = usage_connector.version + 1, updated_at = excluded.updated_at
                    WHERE @expected < 0 OR usage_connector.version = @expected
                    """,
                    new
                    {
                        connector.WorkspaceId,
                        connector.ConnectionId,
                        connector.Active,
                        connector.Cron,
                        zone = connector.Zone.Id,
                        connector.Locale,
                        prices = JsonSerializer.Serialize(connector.Prices.Select(StoredPrice.Of), Json.Stored),
                        exclusions = JsonSerializer.Serialize(connector.Exclusions, Json.Stored),
                        connector.WindowDays,
                        next,
                        now,
                        // Where a version was named, nobody else may have come first.
                        expected = demanded.IsGiven ? current.Version : -1L,
                    }
                );
                if (put == 0)
                {
                    return EntityTags.ChangedMeanwhile("The report's settings");
                }

                await AuditTrail.NoteAsync(
                    session,
                    now,
                    connector.WorkspaceId,
                    new AuditNote(AuditActions.UsageSaved, "connection", connector.ConnectionId)
                    {
                        After = new
                        {
                            connector.Active,
                            connector.Cron,
                            connector.WindowDays,
                        },
                    }
                );
                return await ReadAsync(session, connector.WorkspaceId, connector.ConnectionId);
            },
            cancellationToken
        );

    internal sealed record Row
    {
        public required string WorkspaceId { get; init; }
        public required string ConnectionId { get; init; }
        public required bool Active { get; init; }
        public required string Cron { get; init; }
        public required string TimeZone { get; init; }
        public string? Locale { get; init; }
        public required string Prices { get; init; }
        public required string Exclusions { get; init; }
        public required int WindowDays { get; init; }
        public Instant? NextDue { get; init; }
        public required long Version { get; init; }

        public UsageConnector ToConnector() =>
            new()
            {
                WorkspaceId = WorkspaceId,
                ConnectionId = ConnectionId,
                Active = Active,
                Cron = Cron,
                Zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(TimeZone) ?? DateTimeZone.Utc,
                Locale = Locale,
                Prices =
                [
                    .. JsonSerializer
                        .Deserialize<List<StoredPrice>>(Prices, Json.Stored)!
                        .Select(price => price.ToPrice()),
                ],
                Exclusions = JsonSerializer.Deserialize<List<string>>(Exclusions, Json.Stored)!,
                WindowDays = WindowDays,
                NextDue = NextDue,
                Version = Version,
            };
    }

    private sealed record StoredPrice(
        string Match,
        string Name,
        decimal PricePerSeat,
        string Currency,
        BillingPeriod Billing,
        string? EffectiveFrom
    )
    {
        public static StoredPrice Of(SeatPrice price) =>
            new(
                price.Match,
                price.Name,
                price.PricePerSeat,
                price.Currency,
                price.Billing,
                price.EffectiveFrom is { } day ? Days.Text(day) : null
            );

        public SeatPrice ToPrice() =>
            new()
            {
                Match = Match,
                Name = Name,
                PricePerSeat = PricePerSeat,
                Currency = Currency,
                Billing = Billing,
                EffectiveFrom = EffectiveFrom is null ? null : Days.Read(EffectiveFrom),
            };
    }
}
