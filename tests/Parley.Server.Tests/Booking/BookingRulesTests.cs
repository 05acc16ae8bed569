using System.Net;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary>What is offered, what is not, and what changes it.</summary>
public sealed class BookingRulesTests
{
    private const string From = "2026-12-02T00:00:00Z";
    private const string To = "2026-12-03T00:00:00Z";

    [Theory, DatabaseMatrix]
    public async Task Slots_go_when_booked_move_with_a_booking_and_come_back_when_it_is_cancelled(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync(
            "intro",
            page => page["buffers"] = new JsonObject { ["beforeMinutes"] = 0, ["afterMinutes"] = 15 }
        );
        await bench.AddPageAsync("other", page => page["durationMinutes"] = 60);
        var free = await bench.SlotsAsync("intro", From, To);
        free.Count.ShouldBe(16);
        free[0].ShouldBe("2026-12-02T08:00:00Z");

        var id = await bench.BookedAsync("intro", "2026-12-02T10:00:00Z");
        (await bench.SlotsAsync("intro", From, To)).ShouldNotContain("2026-12-02T10:00:00Z");
        (await bench.RefusedAsync("intro", "2026-12-02T10:00:00Z")).ShouldNotBeEmpty();
        // The other page has the same host, and the buffer of the first reaches to 10:45.
        (await bench.RefusedAsync("other", "2026-12-02T10:30:00Z")).ShouldContain("2026-12-02T09:00:00Z");
        await bench.BookedAsync("other", "2026-12-02T10:45:00Z");

        // Over its own old time.
        var (moved, _) = await bench.RescheduleAsync(id, "2026-12-02T09:50:00Z");
        moved.ShouldBe(HttpStatusCode.OK);
        var (blocked, problem) = await bench.RescheduleAsync(id, "2026-12-02T11:00:00Z");
        blocked.ShouldBe(HttpStatusCode.Conflict);
        BookingBench.Starts(problem.GetProperty("alternatives")).ShouldContain("2026-12-02T10:00:00Z");
        (await bench.CancelAsync(id)).Status.ShouldBe(HttpStatusCode.OK);
        await bench.BookedAsync("intro", "2026-12-02T10:00:00Z", "bob@example.org");

        // So does what is on the connection's calendar without a page, as meetings made over the API are.
        await bench.Parley.Db.WriteAsync(session =>
            Occupancy.TakeAsync(
                session,
                bench.WorkspaceId,
                "arr_board",
                [
                    new OccupiedTime
                    {
                        Subject = BookingBench.ConnectionId,
                        ArrangementId = "arr_board",
                        StartsAt = Instant.FromUtc(2026, 12, 2, 13, 0),
                        EndsAt = Instant.FromUtc(2026, 12, 2, 14, 0),
                        BeforeMinutes = 0,
                        AfterMinutes = 0,
                        BlockedFrom = Instant.FromUtc(2026, 12, 2, 13, 0),
                        BlockedTo = Instant.FromUtc(2026, 12, 2, 14, 0),
                    },
                ]
            )
        );
        await bench.RefusedAsync("intro", "2026-12-02T13:30:00Z");
        await bench.RefusedAsync("intro", "2026-12-02T12:30:00Z");
        await bench.BookedAsync("intro", "2026-12-02T12:15:00Z", "carl@example.org");
    }

    [Theory, DatabaseMatrix]
    public async Task Overrides_period_and_the_day_the_clocks_change_decide_what_is_offered(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync(
            "intro",
            page =>
            {
                page["durationMinutes"] = 60;
                page["period"] = new JsonObject { ["kind"] = "rollingCalendarDays", ["days"] = 7 };
                page["schedule"]!["overrides"] = JsonNode.Parse(
                    """[{"date":"2026-12-02","windows":[]},{"date":"2026-12-05","windows":[{"from":"10:00","to":"12:00"}]}]"""
                );
            }
        );
        (await bench.SlotsAsync("intro", From, To)).ShouldBeEmpty();
        (await bench.SlotsAsync("intro", "2026-12-05T00:00:00Z", "2026-12-07T00:00:00Z")).ShouldBe([
            "2026-12-05T09:00:00Z",
            "2026-12-05T10:00:00Z",
        ]);
        (await bench.BookAsync("intro", "2026-12-02T09:00:00Z")).Status.ShouldBe(HttpStatusCode.BadRequest);
        await bench.RefusedAsync("intro", "2026-12-10T09:00:00Z");
        (await bench.SlotsAsync("intro", "2026-12-09T00:00:00Z", "2026-12-12T00:00:00Z")).ShouldBeEmpty();

        // Berlin, 28 March 2027: 02:00–03:00 does not exist.
        await bench.AddPageAsync(
            "night",
            page =>
            {
                page["durationMinutes"] = 60;
                page["period"] = new JsonObject
                {
                    ["kind"] = "range",
                    ["from"] = "2027-03-27",
                    ["to"] = "2027-03-28",
                };
                page["schedule"]!["weekly"] = JsonNode.Parse("""[{"days":["SA","SU"],"from":"01:00","to":"05:00"}]""");
            }
        );
        (await bench.SlotsAsync("night", "2027-03-27T00:00:00Z", "2027-03-30T00:00:00Z")).ShouldBe([
            "2027-03-27T00:00:00Z",
            "2027-03-27T01:00:00Z",
            "2027-03-27T02:00:00Z",
            "2027-03-27T03:00:00Z",
            "2027-03-28T00:00:00Z",
            "2027-03-28T01:00:00Z",
            "2027-03-28T02:00:00Z",
        ]);
        await bench.BookedAsync("night", "2027-03-28T01:00:00Z");
    }

    [Theory, DatabaseMatrix]
    public async Task Pages_are_patched_under_their_version_and_outlived_by_their_bookings(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        var page = await bench.AddPageAsync("intro");
        await bench.AddPageAsync("taken");
        var id = page.GetProperty("id").GetString()!;
        var path = $"/api/v1/booking-pages/{id}";

        var (status, body) = await PatchAsync(
            """{"durationMinutes":45,"limits":{"bookingsPerWeek":9}}""",
            $"\"{id}.1\""
        );
        status.ShouldBe(HttpStatusCode.OK, body.ToString());
        body.GetProperty("durationMinutes").GetInt32().ShouldBe(45);
        body.GetProperty("title").GetString().ShouldBe("Intro call");
        (await PatchAsync("""{"title":"Late"}""", $"\"{id}.1\"")).Status.ShouldBe(HttpStatusCode.PreconditionFailed);
        (status, body) = await PatchAsync("""{"period":{"kind":"range","from":"2026-12-01","to":"2026-12-31"}}""", "*");
        status.ShouldBe(HttpStatusCode.OK, body.ToString());
        body.GetProperty("period").GetProperty("kind").GetString().ShouldBe("range");
        (status, body) = await PatchAsync("""{"period":{"kind":"rollingBusinessDays","days":20}}""", "*");
        status.ShouldBe(HttpStatusCode.OK, body.ToString());
        (status, body) = await PatchAsync("""{"slug":"taken"}""", "*");
        status.ShouldBe(HttpStatusCode.Conflict);
        body.GetProperty("errors").TryGetProperty("slug", out _).ShouldBeTrue();
        (await bench.SendAsync(HttpMethod.Post, "/api/v1/booking-pages", BookingBench.Page("taken"))).Status.ShouldBe(
            HttpStatusCode.Conflict
        );

        var booking = await bench.BookedAsync("intro", "2026-12-02T09:00:00Z");
        await bench.BookedAsync("taken", "2026-12-02T12:00:00Z");
        await bench.BookedAsync("taken", "2026-12-02T13:00:00Z", "Bob@example.org");
        var (_, first) = await bench.SendAsync(HttpMethod.Get, "/api/v1/bookings?limit=2");
        first.GetProperty("items").GetArrayLength().ShouldBe(2);
        var cursor = Uri.EscapeDataString(first.GetProperty("nextCursor").GetString()!);
        var (_, rest) = await bench.SendAsync(HttpMethod.Get, $"/api/v1/bookings?limit=2&cursor={cursor}");
        rest.GetProperty("items")[0].GetProperty("startsAt").GetString().ShouldBe("2026-12-02T13:00:00Z");
        rest.GetProperty("items").GetArrayLength().ShouldBe(1);
        var (_, his) = await bench.SendAsync(HttpMethod.Get, "/api/v1/bookings?email=bob@EXAMPLE.org");
        his.GetProperty("items").GetArrayLength().ShouldBe(1);

        (await bench.SendAsync(HttpMethod.Delete, path)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await bench.SendAsync(HttpMethod.Delete, path)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await bench.BookAsync("intro", "2026-12-03T09:00:00Z")).Status.ShouldBe(HttpStatusCode.NotFound);
        var (moved, view) = await bench.RescheduleAsync(booking, "2026-12-02T10:00:00Z");
        moved.ShouldBe(HttpStatusCode.OK, view.ToString());
        // It keeps the length it was booked with.
        view.GetProperty("endsAt").GetString().ShouldBe("2026-12-02T10:45:00Z");
        await bench.AddPageAsync("intro");
        (await bench.CancelAsync(booking)).Status.ShouldBe(HttpStatusCode.OK);

        Task<(HttpStatusCode Status, System.Text.Json.JsonElement Body)> PatchAsync(string patch, string ifMatch) =>
            bench.SendAsync(HttpMethod.Patch, path, JsonNode.Parse(patch), "If-Match", ifMatch);
    }

    [Theory, DatabaseMatrix]
    public async Task Moving_and_calling_off_follow_the_bookings_state_and_the_keys_scope(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");
        var id = await bench.BookedAsync("intro", "2026-12-02T09:00:00Z");
        var over = await bench.BookedAsync("intro", "2026-12-02T10:00:00Z");
        var rows = await bench.RowsAsync();

        (await bench.RescheduleAsync(id, "2026-12-02T09:00:00Z")).Body.GetProperty("version").GetInt32().ShouldBe(1);
        (await bench.RowsAsync()).ShouldBe(rows);
        (await bench.CancelAsync(id)).Body.GetProperty("status").GetString().ShouldBe("cancelled");
        rows = await bench.RowsAsync();
        var (again, twice) = await bench.CancelAsync(id);
        again.ShouldBe(HttpStatusCode.OK);
        twice.GetProperty("version").GetInt32().ShouldBe(2);
        (await bench.RowsAsync()).ShouldBe(rows);
        (await bench.RescheduleAsync(id, "2026-12-02T11:00:00Z")).Status.ShouldBe(HttpStatusCode.Conflict);

        using (var reader = await bench.WithScopesAsync("bookings:read"))
        {
            (await bench.SendAsync(HttpMethod.Get, $"/api/v1/bookings/{over}", client: reader)).Status.ShouldBe(
                HttpStatusCode.OK
            );
            (await bench.SendAsync(HttpMethod.Post, $"/api/v1/bookings/{over}/cancel", client: reader)).Status.ShouldBe(
                HttpStatusCode.Forbidden
            );
        }

        // Another workspace's booking is as absent as one that never was.
        await bench.Parley.Db.WriteAsync(async session =>
        {
            await session.ExecuteAsync(
                "INSERT INTO workspace (id, name, created_at) VALUES ('ws_other', 'Other', @now) /* all workspaces: tests */",
                new { now = FakeClock.Start }
            );
            await session.ExecuteAsync(
                "UPDATE booking SET workspace_id = 'ws_other' WHERE id = @id /* all workspaces: tests */",
                new { id }
            );
        });
        foreach (
            var (method, tail) in new[]
            {
                (HttpMethod.Get, ""),
                (HttpMethod.Post, "/cancel"),
                (HttpMethod.Post, "/reschedule"),
            }
        )
        {
            var body = tail == "/reschedule" ? new JsonObject { ["startsAt"] = "2026-12-02T11:00:00Z" } : null;
            var foreign = await bench.SendAsync(method, $"/api/v1/bookings/{id}{tail}", body);
            var missing = await bench.SendAsync(method, $"/api/v1/bookings/bkg_nobody{tail}", body?.DeepClone());
            foreign.Status.ShouldBe(HttpStatusCode.NotFound);
            foreign.Body.ToString().ShouldBe(missing.Body.ToString());
        }

        bench.Parley.Clock.Set(Instant.FromUtc(2026, 12, 2, 10, 10));
        (await bench.RescheduleAsync(over, "2026-12-02T12:00:00Z")).Status.ShouldBe(HttpStatusCode.Conflict);
        bench.Parley.Clock.Set(Instant.FromUtc(2026, 12, 2, 10, 30));
        (await bench.CancelAsync(over)).Status.ShouldBe(HttpStatusCode.Conflict);
    }
}
