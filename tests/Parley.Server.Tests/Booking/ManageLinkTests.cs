using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary>The customer's secret link: what opens it, and that looking is only looking.</summary>
public sealed class ManageLinkTests
{
    [Theory, DatabaseMatrix]
    public async Task Every_wrong_link_is_the_same_404_that_tells_nothing(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");
        var held = await bench.HoldAsync("intro", "2026-12-02T09:00:00Z");
        var other = await bench.HoldAsync("intro", "2026-12-02T10:00:00Z", "bob@example.org");
        var token = held.Manage.Split('/')[^1];
        var flipped = (token[0] == 'A' ? 'B' : 'A') + token[1..];
        var revoked = await bench.HoldAsync("intro", "2026-12-02T11:00:00Z", "carl@example.org");
        (await bench.Parley.Client.GetAsync(revoked.Manage)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await bench.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                "UPDATE booking SET manage_generation = manage_generation + 1 WHERE id = @Id /* all workspaces: tests */",
                new { revoked.Id }
            )
        );
        using var browser = new FormBrowser(bench.Parley);
        var open = await browser.GetAsync(held.Manage);
        open.StatusCode.ShouldBe(HttpStatusCode.OK);
        open.Headers.CacheControl!.NoStore.ShouldBeTrue();
        open.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        (await open.TextAsync()).ShouldContain("Ada Lovelace");
        var csrf = FormBrowser.TokenOf(await browser.ReadAsync(held.Manage + "/cancel"));
        var before = await CustomerRoom.EverythingAsync(bench.Parley);
        var nothing = await (await browser.GetAsync("/booking/bkg_nobody/" + token)).Content.ReadAsStringAsync();

        foreach (
            var wrong in (string[])
                [
                    $"/booking/{held.Id}/{flipped}",
                    $"/booking/{held.Id}/{token[..^1]}",
                    $"/booking/{held.Id}/{token}x",
                    $"/booking/{held.Id}/{token.ToUpperInvariant()}",
                    $"/booking/{held.Id}/{new string('a', 3000)}",
                    $"/booking/{other.Id}/{token}",
                    $"/booking/{held.Id.ToUpperInvariant()}/{token}",
                    revoked.Manage,
                ]
        )
        {
            foreach (var tail in (string[])["", "/join", "/invite.ics", "/reschedule", "/cancel"])
            {
                var reply = await browser.GetAsync(wrong + tail);
                reply.StatusCode.ShouldBe(HttpStatusCode.NotFound, wrong + tail);
                reply.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
                (await reply.Content.ReadAsStringAsync()).ShouldBe(nothing, wrong + tail);
            }

            foreach (var tail in (string[])["/reschedule", "/cancel"])
            {
                var sent = await browser.Http.PostAsync(
                    wrong + tail,
                    new FormUrlEncodedContent([new("_csrf", csrf), new("start", "2026-12-02T13:00:00Z")])
                );
                sent.StatusCode.ShouldBe(HttpStatusCode.NotFound, wrong + tail);
            }
        }

        (await CustomerRoom.EverythingAsync(bench.Parley)).ShouldBe(before);
        bench.Parley.Clock.Set(Instant.FromUtc(2026, 12, 2, 9, 30) + Duration.FromDays(30));
        (await browser.GetAsync(held.Manage)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await bench.Parley.AdvanceAsync(Duration.FromSeconds(1));
        (await browser.GetAsync(held.Manage)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task Opening_every_page_of_a_booking_changes_nothing_here_and_nothing_there(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var page = BookingBench.Page("intro");
        page["hosts"] = new JsonArray(new JsonObject { ["connectionId"] = server.ConnectionId });
        (await server.SendAsync(HttpMethod.Post, "/api/v1/booking-pages", page)).Status.ShouldBe(
            HttpStatusCode.Created
        );
        var booked = await server.Parley.Client.PostAsJsonAsync(
            "/api/v1/public/pages/intro/bookings",
            BookingBench.Wish("2026-12-02T09:00:00Z")
        );
        var held = CustomerRoom.HeldBy(await booked.Content.ReadFromJsonAsync<JsonElement>());
        await TestServer.EventuallyAsync(async () => await server.OpenAsync() == 0, "the meeting is made");
        var (rows, truth, calls) = await StateAsync();
        (await server.TruthAsync()).Count.ShouldBe(1);

        foreach (
            var (path, status) in ((string, HttpStatusCode)[])
                [
                    (held.Manage, HttpStatusCode.OK),
                    (held.Manage + "/join", HttpStatusCode.OK),
                    (held.Manage + "/invite.ics", HttpStatusCode.OK),
                    (held.Manage + "/cancel", HttpStatusCode.OK),
                    (held.Manage + "/cancel?reason=gone&confirm=yes", HttpStatusCode.OK),
                    (held.Manage + "/reschedule", HttpStatusCode.OK),
                    (held.Manage + "/reschedule?month=2026-12&day=2026-12-03", HttpStatusCode.OK),
                    (held.Manage + "/reschedule?start=2026-12-03T09:00:00Z", HttpStatusCode.OK),
                    (held.Manage + "/reschedule?start=9999-12-31T23:59:59Z", HttpStatusCode.OK),
                    (held.Door, HttpStatusCode.OK),
                    ("/book/intro", HttpStatusCode.OK),
                    ("/book/intro/details?start=2026-12-03T09:00:00Z", HttpStatusCode.OK),
                    ("/book/intro/details?start=2026-12-02T09:00:00Z", HttpStatusCode.Conflict),
                    ("/book/intro/details?start=9999-12-31T23:59:59Z", HttpStatusCode.SeeOther),
                ]
        )
        {
            (await server.Parley.Client.GetAsync(path)).StatusCode.ShouldBe(status, path);
            using var head = new HttpRequestMessage(HttpMethod.Head, path);
            ((int)(await server.Parley.Client.SendAsync(head)).StatusCode).ShouldBeLessThan(500, path);
        }

        (await StateAsync()).ShouldBe((rows, truth, calls));

        async Task<(string Rows, string Truth, string Calls)> StateAsync() =>
            (
                await CustomerRoom.EverythingAsync(server.Parley),
                string.Join('\n', await server.TruthAsync()),
                (await server.TwinHttp.GetFromJsonAsync<JsonNode>("/control/log"))!["counts"]!.ToJsonString()
            );
    }

    [Theory, DatabaseMatrix]
    public async Task The_calendar_entry_is_a_file_of_its_own_without_the_secret_link(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");
        var held = await bench.HoldAsync("intro", "2026-12-02T09:00:00Z");

        var reply = await bench.Parley.Client.GetAsync(held.Manage + "/invite.ics");

        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        reply.Content.Headers.ContentType!.ToString().ShouldBe("text/calendar; charset=utf-8; method=PUBLISH");
        reply.Content.Headers.ContentDisposition!.ToString().ShouldBe("attachment; filename=\"invite.ics\"");
        reply.Headers.CacheControl!.NoStore.ShouldBeTrue();
        reply.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        var text = await reply.Content.ReadAsStringAsync();
        text.ShouldStartWith("BEGIN:VCALENDAR\r\n");
        text.ShouldContain("METHOD:PUBLISH\r\n");
        text.ReplaceLineEndings("\n").Replace("\n ", "", StringComparison.Ordinal).ShouldContain(held.Door);
        text.ReplaceLineEndings("\n")
            .Replace("\n ", "", StringComparison.Ordinal)
            .ShouldNotContain(held.Manage.Split('/')[^1]);

        await bench.CancelAsync(held.Id);
        (await bench.Parley.Client.GetAsync(held.Manage + "/invite.ics")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }
}
