using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary>What a page does while the connection that hosts it cannot make meetings.</summary>
public sealed class WhenDisconnectedTests
{
    private const string Other = "con_other";
    private const string Nine = "2026-12-02T08:00:00Z";
    private const string Ten = "2026-12-02T09:00:00Z";
    private const string Day = "2026-12-02T00:00:00Z";
    private const string NextDay = "2026-12-03T00:00:00Z";

    [Theory, DatabaseMatrix]
    public async Task A_page_that_holds_takes_bookings_all_the_same(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        var page = await bench.AddPageAsync("intro");
        page.GetProperty("whenDisconnected").GetString().ShouldBe("hold");
        await BreakAsync(bench, BookingBench.ConnectionId);

        (await bench.SlotsAsync("intro", Day, NextDay)).ShouldContain(Nine);
        await bench.BookedAsync("intro", Nine);
    }

    [Theory, DatabaseMatrix]
    public async Task A_page_that_pauses_is_closed_calmly_and_opens_again_by_itself(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        var page = await bench.AddPageAsync("intro", page => page["whenDisconnected"] = "pause");
        page.GetProperty("whenDisconnected").GetString().ShouldBe("pause");
        await bench.BookedAsync("intro", Nine);
        await BreakAsync(bench, BookingBench.ConnectionId);

        (await bench.SlotsAsync("intro", Day, NextDay)).ShouldBeEmpty();
        var (status, problem) = await bench.BookAsync("intro", Ten);
        status.ShouldBe(HttpStatusCode.Conflict);
        problem.GetProperty("code").GetString().ShouldBe("conflict");
        problem.GetProperty("detail").GetString()!.ShouldContain("takes no bookings at the moment");
        // A start that is taken is no reason to offer others.
        (await bench.BookAsync("intro", Nine))
            .Body.GetProperty("code")
            .GetString()
            .ShouldBe("conflict");
        (await PublicAsync(bench)).GetProperty("paused").GetBoolean().ShouldBeTrue();
        var html = await bench.Parley.Client.GetStringAsync("/book/intro");
        html.ShouldContain("takes no bookings here at the moment");
        html.ShouldContain("Meetings that are already booked take place.");
        (await bench.Parley.Client.GetAsync($"/book/intro/details?start={Ten}")).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );

        await HealAsync(bench, BookingBench.ConnectionId);
        (await bench.SlotsAsync("intro", Day, NextDay)).ShouldContain(Ten);
        await bench.BookedAsync("intro", Ten);
    }

    [Theory, DatabaseMatrix]
    public async Task A_fallback_hosts_what_is_booked_meanwhile_and_both_calendars_count(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddConnectionAsync(Other);
        var page = await bench.AddPageAsync(
            "intro",
            page => page["whenDisconnected"] = new JsonObject { ["fallback"] = Other }
        );
        page.GetProperty("whenDisconnected").GetProperty("fallback").GetString().ShouldBe(Other);
        await TakeAsync(bench, BookingBench.ConnectionId, Nine);
        await TakeAsync(bench, Other, Ten);

        // While its own connection works the other's calendar is nobody's business.
        var free = await bench.SlotsAsync("intro", Day, NextDay);
        free.ShouldNotContain(Nine);
        free.ShouldContain(Ten);

        await BreakAsync(bench, BookingBench.ConnectionId);
        free = await bench.SlotsAsync("intro", Day, NextDay);
        free.ShouldNotContain(Nine);
        free.ShouldNotContain(Ten);
        (await bench.RefusedAsync("intro", Nine)).ShouldNotContain(Ten);
        await bench.RefusedAsync("intro", Ten);
        var id = await bench.BookedAsync("intro", "2026-12-02T10:00:00Z");
        (await HostOfAsync(id)).ShouldBe(Other);
        (
            await bench.Parley.Db.ReadAsync(session =>
                session.ScalarAsync<string>(
                    "SELECT connection_id FROM arrangement WHERE workspace_id = @WorkspaceId AND booking_id = @id",
                    new { bench.WorkspaceId, id }
                )
            )
        ).ShouldBe(Other);

        // What was booked on the fallback stays there and can be moved; new bookings return to the page's own.
        await HealAsync(bench, BookingBench.ConnectionId);
        (await bench.RescheduleAsync(id, "2026-12-02T11:00:00Z")).Status.ShouldBe(HttpStatusCode.OK);
        (await HostOfAsync(id)).ShouldBe(Other);
        (await HostOfAsync(await bench.BookedAsync("intro", Ten))).ShouldBe(BookingBench.ConnectionId);

        // With neither working, bookings are held for the page's own.
        await BreakAsync(bench, BookingBench.ConnectionId);
        await BreakAsync(bench, Other);
        (await HostOfAsync(await bench.BookedAsync("intro", "2026-12-02T13:00:00Z"))).ShouldBe(
            BookingBench.ConnectionId
        );

        async Task<string?> HostOfAsync(string booking) =>
            (await bench.SendAsync(HttpMethod.Get, $"/api/v1/bookings/{booking}"))
                .Body.GetProperty("host")
                .GetProperty("connectionId")
                .GetString();
    }

    [Theory, DatabaseMatrix]
    public async Task It_is_chosen_in_the_editor_and_by_patch(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddConnectionAsync(Other);
        var page = await bench.AddPageAsync("intro");
        var id = page.GetProperty("id").GetString()!;
        foreach (
            var policy in new JsonNode[]
            {
                "pause",
                new JsonObject { ["fallback"] = Other },
                new JsonObject { ["fallback"] = Other },
                "hold",
            }
        )
        {
            var (status, changed) = await bench.SendAsync(
                HttpMethod.Patch,
                $"/api/v1/booking-pages/{id}",
                new JsonObject { ["whenDisconnected"] = policy.DeepClone() }
            );
            status.ShouldBe(HttpStatusCode.OK, changed.ToString());
            changed
                .GetProperty("whenDisconnected")
                .ToString()
                .ShouldBe(JsonSerializer.Deserialize<JsonElement>(policy.ToJsonString()).ToString());
        }

        using var browser = new FormBrowser(bench.Parley);
        await browser.SignInAsync();
        var editor = $"/booking-pages/{id}";
        (await browser.ReadAsync(editor)).ShouldContain("While that account cannot be reached");
        foreach (var (chosen, stored) in new[] { (Other, $"{{\"fallback\":\"{Other}\"}}"), ("pause", "pause") })
        {
            var saved = await browser.SubmitAsync(editor, editor, [.. Fields(chosen)]);
            saved.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await saved.Content.ReadAsStringAsync());
            (await bench.SendAsync(HttpMethod.Get, $"/api/v1/booking-pages/{id}"))
                .Body.GetProperty("whenDisconnected")
                .ToString()
                .ShouldBe(stored);
        }

        var refused = await browser.SubmitAsync(editor, editor, [.. Fields(BookingBench.ConnectionId)]);
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("must be another connection than the one that hosts");

        static IEnumerable<(string, string)> Fields(string whenDisconnected) =>
            [
                ("title", "Intro call"),
                ("slug", "intro"),
                ("durationMinutes", "30"),
                ("buffers.beforeMinutes", "0"),
                ("buffers.afterMinutes", "0"),
                ("minimumNoticeMinutes", "0"),
                ("period.days", "60"),
                ("schedule.timeZone", "Europe/Berlin"),
                ("MO.from", "09:00"),
                ("MO.to", "17:00"),
                ("connectionId", BookingBench.ConnectionId),
                ("whenDisconnected", whenDisconnected),
            ];
    }

    private static Task BreakAsync(BookingBench bench, string connection) =>
        SetAsync(bench, connection, "needsReconnect");

    private static Task HealAsync(BookingBench bench, string connection) => SetAsync(bench, connection, "connected");

    private static Task SetAsync(BookingBench bench, string connection, string status) =>
        bench.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                "UPDATE connection SET status = @status WHERE workspace_id = @WorkspaceId AND id = @connection",
                new
                {
                    bench.WorkspaceId,
                    connection,
                    status,
                }
            )
        );

    /// <summary>Half an hour that somebody else took on this account.</summary>
    private static Task TakeAsync(BookingBench bench, string connection, string startsAt)
    {
        var start = BookingBench.At(startsAt);
        return bench.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO occupancy (workspace_id, subject, arrangement_id, starts_at, ends_at, before_minutes, after_minutes, blocked_from, blocked_to)
                VALUES (@WorkspaceId, @connection, @id, @start, @end, 0, 0, @start, @end)
                """,
                new
                {
                    bench.WorkspaceId,
                    connection,
                    id = "arr_" + startsAt,
                    start,
                    end = start + NodaTime.Duration.FromMinutes(30),
                }
            )
        );
    }

    private static async Task<JsonElement> PublicAsync(BookingBench bench) =>
        (await bench.SendAsync(HttpMethod.Get, "/api/v1/public/pages/intro", client: bench.Parley.Client)).Body;
}
