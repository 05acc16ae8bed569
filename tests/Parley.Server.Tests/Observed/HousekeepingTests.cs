using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Observed;

public sealed class HousekeepingTests
{
    [Theory, DatabaseMatrix]
    public async Task What_has_served_its_time_goes_and_the_rest_stays(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");
        await bench.BookedAsync("intro", "2026-12-08T09:00:00Z");
        var now = bench.Parley.Clock.GetCurrentInstant();
        foreach (var (days, name) in ((int, string)[])[(91, "old"), (89, "young")])
        {
            var at = Micros.From(now - Duration.FromDays(days));
            await RunAsync(
                bench,
                $"INSERT INTO connection_log (workspace_id, id, connection_id, at, operation, outcome, duration_ms) VALUES ('{bench.WorkspaceId}', 'log_{name}', '{BookingBench.ConnectionId}', {at}, 'x', 'ok', 1)"
            );
        }

        foreach (
            var (days, name, finished) in ((int, string, bool)[])
                [(91, "old", true), (89, "young", true), (91, "open", false)]
        )
        {
            var at = Micros.From(now - Duration.FromDays(days));
            await RunAsync(
                bench,
                $"INSERT INTO webhook_event (workspace_id, id, type, body, created_at) VALUES ('{bench.WorkspaceId}', 'msg_{name}', 'webhook.test', '{{}}', {at})"
            );
            await RunAsync(
                bench,
                $"INSERT INTO webhook_delivery (workspace_id, id, endpoint_id, event_id, subject, place, created_at) VALUES ('{bench.WorkspaceId}', 'hook_{name}', 'wh_x', 'msg_{name}', 's', 1, {at})"
            );
            await RunAsync(
                bench,
                $"INSERT INTO effect (workspace_id, id, kind, operation, effect_key, lane, version, state, not_before, created_at, updated_at, finished_at) VALUES ('{bench.WorkspaceId}', 'hook_{name}', 'kept', 'x', 'hook_{name}', 'kept', 1, '{(finished ? "APPLIED" : "PLANNED")}', {long.MaxValue / 4}, 0, 0, {(finished ? at.ToString(System.Globalization.CultureInfo.InvariantCulture) : "NULL")})"
            );
        }

        foreach (var (hours, name) in ((int, string)[])[(25, "old"), (23, "young")])
        {
            var at = Micros.From(now - Duration.FromHours(hours));
            await RunAsync(
                bench,
                $"INSERT INTO oauth_flow (workspace_id, id, connection_id, provider, purpose, link_hash, created_at, expires_at) VALUES ('{bench.WorkspaceId}', 'flow_{name}', 'c', 'gotomeeting', 'organizer', '{name}', {at}, {at})"
            );
            await RunAsync(
                bench,
                $"INSERT INTO idempotency (workspace_id, owner_id, route, idempotency_key, body_hash, claim, claimed_until, created_at, expires_at) VALUES ('{bench.WorkspaceId}', 'o', 'r', '{name}', '', '', 0, 0, {Micros.From(now) - (hours == 25 ? 1 : -1)})"
            );
            await RunAsync(
                bench,
                $"INSERT INTO effect (workspace_id, id, kind, operation, effect_key, lane, version, state, not_before, created_at, updated_at, finished_at) VALUES ('{bench.WorkspaceId}', 'eff_{name}', 'mail', 'x', '{name}', 'mail', 1, 'APPLIED', 0, 0, 0, {at})"
            );
            await RunAsync(
                bench,
                $"INSERT INTO lease (workspace_id, resource, owner, fence, until) VALUES ('{bench.WorkspaceId}', 'effect/eff_{name}', 'n', 3, 0)"
            );
            await RunAsync(
                bench,
                $"INSERT INTO token_bucket (workspace_id, resource, tokens, refilled_at) VALUES ('{bench.WorkspaceId}', 'grant/{name}', 1, {at})"
            );
        }

        await RunAsync(
            bench,
            $"INSERT INTO inbox (workspace_id, provider, app_id, event_key, name, received_at) VALUES ('{bench.WorkspaceId}', 'p', '', 'old', 'x', {Micros.From(now - Duration.FromDays(31))}), ('{bench.WorkspaceId}', 'p', '', 'young', 'x', {Micros.From(now)})"
        );
        foreach (var (days, name) in ((int, string)[])[(32, "old"), (29, "young")])
        {
            var at = Micros.From(now - Duration.FromDays(days));
            await RunAsync(
                bench,
                $"INSERT INTO write_budget (workspace_id, provider, host, day, used, public_used) VALUES ('*', 'p', '{name}', {at}, 1, 0)"
            );
        }

        var kept = await LedgerAsync(bench);

        await bench.Parley.Services.GetRequiredService<Housekeeping>().ClearAsync(default);

        (await IdsAsync(bench, "SELECT id FROM connection_log WHERE operation = 'x'")).ShouldBe(["log_young"]);
        (await IdsAsync(bench, "SELECT id FROM oauth_flow")).ShouldBe(["flow_young"]);
        (await IdsAsync(bench, "SELECT idempotency_key FROM idempotency WHERE owner_id = 'o'")).ShouldBe(["young"]);
        (await IdsAsync(bench, "SELECT resource FROM lease WHERE owner = 'n'")).ShouldBe(["effect/eff_young"]);
        (await IdsAsync(bench, "SELECT resource FROM token_bucket")).ShouldBe(["grant/young"]);
        (await IdsAsync(bench, "SELECT event_key FROM inbox")).ShouldBe(["young"]);
        (await IdsAsync(bench, "SELECT host FROM write_budget")).ShouldBe(["young"]);
        (await IdsAsync(bench, "SELECT id FROM webhook_delivery ORDER BY id")).ShouldBe(["hook_open", "hook_young"]);
        (await IdsAsync(bench, "SELECT id FROM webhook_event ORDER BY id")).ShouldBe(["msg_open", "msg_young"]);
        // The ledger only grows, for the provisioner goes on beside this.
        var (effects, events, bookings) = await LedgerAsync(bench);
        (effects, bookings).ShouldBe((kept.Effects, kept.Bookings));
        events.ShouldBeGreaterThanOrEqualTo(kept.Events);
    }

    [Theory, DatabaseMatrix]
    public async Task Of_a_noisy_connection_the_newest_lines_are_kept(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        var now = Micros.From(bench.Parley.Clock.GetCurrentInstant());
        await RunAsync(
            bench,
            $"""
            INSERT INTO connection_log (workspace_id, id, connection_id, at, operation, outcome, duration_ms)
            WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {Housekeeping.LogLines + 1499})
            SELECT '{bench.WorkspaceId}', 'log_' || i, '{BookingBench.ConnectionId}', {now} - i, 'x', 'ok', 1 FROM n
            """
        );

        await bench.Parley.Services.GetRequiredService<Housekeeping>().ClearAsync(default);

        (await bench.Parley.CountAsync("connection_log")).ShouldBe(Housekeeping.LogLines);
        (
            await IdsAsync(
                bench,
                $"SELECT id FROM connection_log WHERE id = 'log_0' OR id = 'log_{Housekeeping.LogLines}'"
            )
        ).ShouldBe(["log_0"]);
    }

    private static async Task<(long Effects, long Events, long Bookings)> LedgerAsync(BookingBench bench) =>
        (
            await bench.Parley.CountAsync("effect"),
            await bench.Parley.CountAsync("effect_event"),
            await bench.Parley.CountAsync("booking")
        );

    private static Task RunAsync(BookingBench bench, string sql) =>
        bench.Parley.Db.WriteAsync(session => session.ExecuteAsync($"{sql} /* all workspaces: tests */"));

    private static Task<List<string>> IdsAsync(BookingBench bench, string sql) =>
        bench.Parley.Db.ReadAsync(session => session.QueryAsync<string>($"{sql} /* all workspaces: tests */"));
}
