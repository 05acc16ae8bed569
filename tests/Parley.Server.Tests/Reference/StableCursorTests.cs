using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Storage;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;
using Parley.Server.Web;

namespace Parley.Server.Tests.Reference;

/// <summary>
/// Lists that change while they are read: whatever is added or removed between two pages, everything that stayed is told exactly once.
/// </summary>
public sealed class StableCursorTests
{
    /// <summary>Lists made anew from what a provider, or a meeting's few sessions, tell whole; their pages are cut by <see cref="PageCut{T}"/>, tried below.</summary>
    private static readonly string[] CutFromTheWhole =
    [
        "listMeetings",
        "listMeetingHistory",
        "listAttendees",
        "listOrganizers",
        "listArrangementSessions",
    ];

    private const string WriteBack =
        "INSERT INTO write_back (workspace_id, id, name, url, method, content_type, body, headers, generation, events, active, created_at, updated_at) VALUES (@w, @id, 'CRM', 'https://crm.example.org/', 'POST', 'application/json', '{}', '[]', 1, 'meeting.ended', 0, @now, @now)";

    [Theory, DatabaseMatrix]
    public async Task Whatever_changes_between_pages_the_rest_is_told_once(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        var lists = Lists(bench);
        var operations = (await DocumentedOperation.AllAsync(bench.Parley)).Where(one => one.Takes("cursor")).ToList();
        operations
            .Select(one => one.Id)
            .Except(CutFromTheWhole, StringComparer.Ordinal)
            .Except(lists.Keys, StringComparer.Ordinal)
            .ShouldBeEmpty(
                "A new list: add how one of it is made and removed to Lists, or name it in CutFromTheWhole if it is cut by PageCut."
            );
        await bench.AddPageAsync("many");
        await bench.Parley.Db.WriteAsync(async session =>
        {
            var values = new
            {
                w = bench.WorkspaceId,
                now = FakeClock.Start,
                none = Array.Empty<byte>(),
            };
            await session.ExecuteAsync(
                "INSERT INTO connection (workspace_id, id, provider, purpose, status, organizer_key, connected_at, created_at, updated_at) VALUES (@w, 'con_report', 'gotomeeting', 'account', 'connected', 'con_report', @now, @now, @now)",
                values
            );
            await session.ExecuteAsync(
                "INSERT INTO webhook_endpoint (workspace_id, id, url, events, secret, generation, active, created_at, updated_at) VALUES (@w, 'wh_report', 'https://hooks.example.org', '', @none, 1, 0, @now, @now)",
                values
            );
            await session.ExecuteAsync(
                WriteBack,
                new
                {
                    values.w,
                    id = "wb_report",
                    values.now,
                }
            );
            return await session.ExecuteAsync(
                "INSERT INTO webhook_event (workspace_id, id, type, body, created_at) VALUES (@w, 'evt_report', 'webhook.test', '{}', @now)",
                values
            );
        });
        foreach (var (id, list) in lists)
        {
            var random = new Random(id.Length * 31 + id[^1]);
            var there = new List<string>();
            for (var index = 0; index < 9; index++)
            {
                there.Add(await list.AddAsync());
                // Some at the same moment, some later.
                await bench.Parley.AdvanceAsync(Duration.FromSeconds(random.Next(3)));
            }

            var before = there.ToHashSet(StringComparer.Ordinal);
            var seen = new List<string>();
            var pages = 0;
            for (string? cursor = ""; cursor is not null; pages++)
            {
                pages.ShouldBeLessThan(40, id);
                var page = (
                    await bench.Api.GetFromJsonAsync<JsonNode>(
                        $"{list.Path}{(list.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}limit=2&cursor={cursor}"
                    )
                )!;
                seen.AddRange(page["items"]!.AsArray().Select(item => item![list.Key]!.GetValue<string>()));
                cursor = page["nextCursor"]?.GetValue<string>();
                // After a while it grows no more: a list that ends with the newest would never end.
                for (var more = pages < 10 ? random.Next(3) : 0; more > 0; more--)
                {
                    there.Add(await list.AddAsync());
                    await bench.Parley.AdvanceAsync(Duration.FromSeconds(random.Next(2)));
                }

                // Also what was the last of a page, and what the cursor names.
                if (there.Count > 5 && random.Next(3) > 0)
                {
                    var gone =
                        random.Next(2) == 0 && there.Contains(seen[^1]) ? seen[^1] : there[random.Next(there.Count)];
                    there.Remove(gone);
                    await list.RemoveAsync(gone);
                }
            }

            pages.ShouldBeGreaterThan(2, id);
            seen.GroupBy(one => one).Where(group => group.Count() > 1).Select(group => group.Key).ShouldBeEmpty(id);
            there.Where(before.Contains).Except(seen).ShouldBeEmpty($"{id}: these were there all the time");
        }
    }

    [Fact]
    public void A_page_cut_from_a_whole_list_holds_the_same_promise()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var there = Enumerable.Range(0, random.Next(30)).Select(_ => Any(random)).ToHashSet();
            var stayed = there.ToHashSet();
            var seen = new List<Cursor>();
            var after = Cursor.Start;
            for (string? next = ""; next is not null; )
            {
                var cut = new PageCut<Cursor>(after, 1 + random.Next(4));
                foreach (var one in there.OrderBy(_ => random.Next()))
                {
                    cut.Add(one, one);
                }

                var page = cut.ToPage();
                seen.AddRange(page.Items);
                next = page.NextCursor;
                Cursor.TryDecode(next, out after).ShouldBeTrue();
                for (var change = random.Next(3); change > 0; change--)
                {
                    var one = Any(random);
                    if (!there.Add(one))
                    {
                        there.Remove(one);
                    }
                }

                stayed.IntersectWith(there);
            }

            seen.ShouldBeUnique();
            stayed.Except(seen).ShouldBeEmpty($"seed {seed}");
        }

        static Cursor Any(Random random) => new(random.Next(8), "x" + random.Next(6));
    }

    private static Dictionary<string, ChangingList> Lists(BookingBench bench)
    {
        var number = 0;
        string Next(string prefix) => $"{prefix}_{++number * 7919 % 1000:000}_{number}";

        Task RunAsync(string sql, object values) =>
            bench.Parley.Db.WriteAsync(session => session.ExecuteAsync(sql, values));

        ChangingList Rows(string path, string prefix, string insert, string delete) =>
            new(
                path,
                async () =>
                {
                    var id = Next(prefix);
                    foreach (var one in insert.Split(';'))
                    {
                        await RunAsync(
                            one,
                            new
                            {
                                w = bench.WorkspaceId,
                                id,
                                c = BookingBench.ConnectionId,
                                now = bench.Parley.Clock.GetCurrentInstant(),
                                none = Array.Empty<byte>(),
                            }
                        );
                    }

                    return id;
                },
                id => RunAsync(delete, new { w = bench.WorkspaceId, id })
            );

        ChangingList Made(string path, Func<int, object> body) =>
            new(
                path,
                async () =>
                {
                    var reply = await bench.Api.PostAsJsonAsync(path, body(++number));
                    reply.StatusCode.ShouldBe(HttpStatusCode.Created, await reply.Content.ReadAsStringAsync());
                    return (await reply.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
                },
                async id => (await bench.Api.DeleteAsync($"{path}/{id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent)
            );

        var start = Instant.FromUtc(2026, 12, 7, 8, 0);
        var (bookings, slot) = (new Dictionary<string, string>(StringComparer.Ordinal), 0);
        ChangingList Booked(string path, string key) =>
            new(
                path,
                async () =>
                {
                    // Every half hour of a working day once, in no order.
                    var (day, half) = (slot / 16, slot++ * 7 % 16);
                    var at = start + Duration.FromDays((day / 5 * 7) + (day % 5)) + Duration.FromMinutes(30 * half);
                    var id = await bench.BookedAsync("many", BookingBench.At(at));
                    var shown =
                        key == "id"
                            ? id
                            : await bench.Parley.Db.ReadAsync(session =>
                                session.FirstAsync<string>(
                                    "SELECT arrangement_id FROM booking WHERE workspace_id = @WorkspaceId AND id = @id",
                                    new { bench.WorkspaceId, id }
                                )
                            );
                    bookings[shown] = id;
                    return shown;
                },
                async id =>
                    (await bench.Api.PostAsync($"/api/v1/bookings/{bookings[id]}/cancel", null)).StatusCode.ShouldBe(
                        HttpStatusCode.OK
                    )
            )
            {
                Key = key,
            };

        return new Dictionary<string, ChangingList>(StringComparer.Ordinal)
        {
            ["listApiKeys"] = Made("/api/v1/api-keys", n => new { name = $"Key {n}", scopes = new[] { "usage:read" } }),
            ["listBookingPages"] = Made("/api/v1/booking-pages", n => BookingBench.Page($"page-{n}")),
            ["listConnections"] = Rows(
                "/api/v1/connections",
                "con",
                "INSERT INTO connection (workspace_id, id, provider, purpose, status, organizer_key, connected_at, created_at, updated_at) VALUES (@w, @id, 'gotomeeting', 'organizer', 'connected', @id, @now, @now, @now)",
                "DELETE FROM connection WHERE workspace_id = @w AND id = @id"
            ),
            ["listConnectionOperations"] = Rows(
                $"/api/v1/connections/{BookingBench.ConnectionId}/log",
                "op",
                "INSERT INTO connection_log (workspace_id, id, connection_id, at, operation, outcome, http_status, duration_ms, detail) VALUES (@w, @id, @c, @now, 'meetings.list', 'ok', 200, 12, NULL)",
                "DELETE FROM connection_log WHERE workspace_id = @w AND id = @id"
            ),
            ["listUsageRuns"] = Rows(
                "/api/v1/usage/connectors/con_report/runs",
                "run",
                "INSERT INTO usage_run (workspace_id, id, connection_id, state, phase, reason, to_at, queued_at) VALUES (@w, @id, 'con_report', 'completed', 'done', 'manual', @now, @now)",
                "DELETE FROM usage_run WHERE workspace_id = @w AND id = @id"
            ),
            ["listWebhooks"] = Rows(
                "/api/v1/webhooks",
                "wh",
                "INSERT INTO webhook_endpoint (workspace_id, id, url, events, secret, generation, active, created_at, updated_at) VALUES (@w, @id, 'https://hooks.example.org', '', @none, 1, 0, @now, @now)",
                "DELETE FROM webhook_endpoint WHERE workspace_id = @w AND id = @id"
            ),
            ["listWebhookDeliveries"] = Rows(
                "/api/v1/webhooks/wh_report/deliveries",
                "eff",
                """
                INSERT INTO webhook_delivery (workspace_id, id, endpoint_id, event_id, subject, place, created_at) VALUES (@w, @id, 'wh_report', 'evt_report', @id, 1, @now);
                INSERT INTO effect (workspace_id, id, kind, operation, effect_key, lane, version, state, not_before, created_at, updated_at, finished_at) VALUES (@w, @id, 'webhook', 'webhook.test', @id, @id, 1, 'APPLIED', @now, @now, @now, @now)
                """,
                "DELETE FROM webhook_delivery WHERE workspace_id = @w AND id = @id"
            ),
            ["listWriteBacks"] = Rows(
                "/api/v1/write-backs",
                "wb",
                WriteBack,
                "DELETE FROM write_back WHERE workspace_id = @w AND id = @id"
            ),
            ["listWriteBackDeliveries"] = Rows(
                "/api/v1/write-backs/wb_report/deliveries",
                "eff",
                """
                INSERT INTO webhook_delivery (workspace_id, id, endpoint_id, event_id, subject, place, created_at) VALUES (@w, @id, 'wb_report', 'evt_report', @id, 1, @now);
                INSERT INTO effect (workspace_id, id, kind, operation, effect_key, lane, version, state, not_before, created_at, updated_at, finished_at) VALUES (@w, @id, 'write_back', 'meeting.ended', @id, @id, 1, 'APPLIED', @now, @now, @now, @now)
                """,
                "DELETE FROM webhook_delivery WHERE workspace_id = @w AND id = @id"
            ),
            ["listMembers"] = Rows(
                "/api/v1/members",
                "mem",
                "INSERT INTO member (workspace_id, id, email, email_normalized, name, role, time_zone, security_stamp, created_at) VALUES (@w, @id, @id, @id, @id, 'member', 'UTC', @id, @now)",
                "DELETE FROM member WHERE workspace_id = @w AND id = @id"
            ),
            ["listInvitations"] = Rows(
                "/api/v1/invitations",
                "inv",
                "INSERT INTO invitation (workspace_id, id, hash, role, note, invited_by, created_at, expires_at) VALUES (@w, @id, @id, 'member', 'Somebody', 'mem_1', @now, @now + 86400000000)",
                "DELETE FROM invitation WHERE workspace_id = @w AND id = @id"
            ),
            // Only of one kind of thing: the other lists leave their traces there too.
            ["listAudit"] = Rows(
                "/api/v1/audit?thing=cursor",
                "aud",
                "INSERT INTO audit_entry (workspace_id, id, at, actor, action, thing) VALUES (@w, @id, @now, 'system', 'cursor.moved', 'cursor')",
                "DELETE FROM audit_entry WHERE workspace_id = @w AND id = @id"
            ),
            ["listBookings"] = Booked("/api/v1/bookings", "id"),
            ["findMeetings"] = Booked("/api/v1/meetings", "arrangementId"),
        };
    }

    /// <param name="AddAsync">Makes one and answers its id.</param>
    private sealed record ChangingList(string Path, Func<Task<string>> AddAsync, Func<string, Task> RemoveAsync)
    {
        /// <summary>What its items call the id.</summary>
        public string Key { get; init; } = "id";
    }
}
