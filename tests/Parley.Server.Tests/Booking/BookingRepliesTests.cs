using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary>What a booking answers, what it owes, and what repeating or flooding does.</summary>
public sealed class BookingRepliesTests
{
    [Theory, DatabaseMatrix]
    public async Task A_booking_is_answered_at_once_and_owes_each_person_one_mail(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");

        var (status, body) = await bench.BookAsync("intro", "2026-12-02T09:00:00Z");

        status.ShouldBe(HttpStatusCode.Created);
        var id = body.GetProperty("id").GetString()!;
        id.ShouldStartWith("bkg_");
        body.GetProperty("startsAt").GetString().ShouldBe("2026-12-02T09:00:00Z");
        body.GetProperty("endsAt").GetString().ShouldBe("2026-12-02T09:30:00Z");
        body.GetProperty("status").GetString().ShouldBe("confirmed");
        body.GetProperty("meeting").ValueKind.ShouldBe(JsonValueKind.Null);
        body.GetProperty("manageUrl").GetString()!.ShouldStartWith($"http://127.0.0.1:5080/booking/{id}/");
        body.GetProperty("doorUrl").GetString()!.ShouldStartWith("http://127.0.0.1:5080/");
        await OwesAsync(bench, "confirmation/ada@example.org", $"confirmation/{TestServer.OwnerEmail}");

        // Nothing has left yet: the news is the new time, still one confirmation each, and nothing to call off.
        (await bench.RescheduleAsync(id, "2026-12-02T10:00:00Z")).Status.ShouldBe(HttpStatusCode.OK);
        await OwesAsync(bench, "confirmation/ada@example.org", $"confirmation/{TestServer.OwnerEmail}");
        (await bench.CancelAsync(id)).Status.ShouldBe(HttpStatusCode.OK);
        await OwesAsync(bench);
    }

    [Theory, DatabaseMatrix]
    public async Task A_repeated_key_is_one_booking_however_it_is_repeated(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");
        await bench.AddPageAsync("other");
        var wish = BookingBench.Wish("2026-12-02T09:00:00Z");

        var first = await KeyedAsync("intro", "k1", wish);
        var again = await KeyedAsync("intro", "k1", wish);

        first.Status.ShouldBe(HttpStatusCode.Created);
        again.Status.ShouldBe(HttpStatusCode.Created);
        again.Body.GetProperty("id").GetString().ShouldBe(first.Body.GetProperty("id").GetString());
        var reused = await KeyedAsync("intro", "k1", BookingBench.Wish("2026-12-02T10:00:00Z"));
        reused.Status.ShouldBe(HttpStatusCode.Conflict);
        reused.Body.GetProperty("code").GetString().ShouldBe("idempotency_key_reused");
        (await bench.CountAsync("booking")).ShouldBe(1);

        var elsewhere = await KeyedAsync("other", "k1", BookingBench.Wish("2026-12-02T11:00:00Z"));
        elsewhere.Status.ShouldBe(HttpStatusCode.Created);
        var late = BookingBench.Wish("2026-12-02T13:00:00Z");
        var both = await Task.WhenAll(KeyedAsync("intro", "k2", late), KeyedAsync("intro", "k2", late));
        both.ShouldAllBe(reply => reply.Status == HttpStatusCode.Created);
        both.Select(reply => reply.Body.GetProperty("id").GetString()).Distinct().ShouldHaveSingleItem();
        (await bench.CountAsync("booking")).ShouldBe(3);
        (await bench.CountAsync("arrangement")).ShouldBe(3);

        // A refusal leaves the key free.
        var taken = await KeyedAsync("intro", "k3", wish);
        taken.Body.GetProperty("code").GetString().ShouldBe("slot_taken");
        (await bench.CancelAsync(first.Body.GetProperty("id").GetString()!)).Status.ShouldBe(HttpStatusCode.OK);
        (await KeyedAsync("intro", "k3", wish)).Status.ShouldBe(HttpStatusCode.Created);

        Task<(HttpStatusCode Status, JsonElement Body)> KeyedAsync(string slug, string key, JsonObject body) =>
            bench.SendAsync(
                HttpMethod.Post,
                $"/api/v1/public/pages/{slug}/bookings",
                body.DeepClone(),
                "Idempotency-Key",
                key,
                bench.Parley.Client
            );
    }

    [Theory, DatabaseMatrix]
    public async Task Floods_are_braked_per_address_per_page_and_per_origin(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(
            database,
            new Dictionary<string, string?> { ["RateLimits:Enabled"] = "true" }
        );
        await bench.AddPageAsync(
            "intro",
            page =>
            {
                page["durationMinutes"] = 5;
                page["schedule"]!["weekly"]![0]!["days"] = new JsonArray("MO", "TU", "WE", "TH", "FR", "SA", "SU");
            }
        );
        var free = await bench.SlotsAsync("intro", "2026-12-02T00:00:00Z", "2026-12-12T00:00:00Z");
        var next = 0;
        for (var booked = 0; booked < 20; booked++)
        {
            await bench.BookedAsync("intro", free[next++], "eve@example.org");
        }

        await BrakedAsync(await bench.RawBookAsync("intro", free[next], "EVE@example.org"), "address");
        for (var booked = 20; booked < 200; booked++)
        {
            await bench.BookedAsync("intro", free[next++], $"guest{booked}@example.org");
        }

        await BrakedAsync(await bench.RawBookAsync("intro", free[next], "late@example.org"), "page");
        (await bench.CountAsync("booking")).ShouldBe(200);
        await bench.Parley.AdvanceAsync(Duration.FromMinutes(61));
        await bench.BookedAsync("intro", free[next++], "late@example.org");

        var statuses = new List<HttpStatusCode>();
        for (var tries = 0; tries < 239; tries++)
        {
            using var reply = await bench.RawBookAsync("intro", "2026-12-02T03:00:00Z", "late@example.org");
            statuses.Add(reply.StatusCode);
        }

        statuses.ShouldAllBe(status => status == HttpStatusCode.BadRequest);
        await BrakedAsync(await bench.RawBookAsync("intro", free[next], "late@example.org"), "network");
        await bench.Parley.AdvanceAsync(Duration.FromMinutes(1));
        await bench.BookedAsync("intro", free[next], "late@example.org");
    }

    private static async Task BrakedAsync(HttpResponseMessage reply, string why)
    {
        var retryAfter = reply.Headers.RetryAfter?.Delta;
        var (status, body) = await BookingBench.ReadAsync(reply);
        status.ShouldBe(HttpStatusCode.TooManyRequests, $"{why}: {body}");
        body.GetProperty("detail").GetString()!.ShouldContain(why);
        retryAfter.ShouldNotBeNull().ShouldBeGreaterThan(TimeSpan.Zero);
    }

    /// <summary>Mails that are still to leave, as operation/recipient.</summary>
    private static async Task OwesAsync(BookingBench bench, params string[] expected)
    {
        var keys = await bench.Parley.Db.ReadAsync(session =>
            session.QueryAsync<string>(
                "SELECT effect_key FROM effect WHERE kind = 'mail' AND finished_at IS NULL /* all workspaces: tests */"
            )
        );
        keys.Select(key => key.Split('/')).Select(key => $"{key[2]}/{key[^1]}").ShouldBe(expected, ignoreOrder: true);
    }
}
