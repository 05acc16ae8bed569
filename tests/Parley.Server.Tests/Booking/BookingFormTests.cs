using System.Net;
using NodaTime;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary>Booking, moving and cancelling by the pages' own forms, as a browser without script does.</summary>
public sealed class BookingFormTests
{
    private const string Nine = "2026-12-02T09:00:00Z";

    [Theory, DatabaseMatrix]
    public async Task A_customer_books_moves_and_cancels_by_form(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");
        using var browser = new FormBrowser(bench.Parley);
        var page = await browser.GetAsync("/book/intro?day=2026-12-02&tz=Europe/Berlin");
        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await page.TextAsync()).ShouldContain("start=2026-12-02T09%3A00%3A00Z");

        var booked = await browser.BookAsync("intro", Nine, topic: "The engine\nand its notes");
        booked.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await booked.Content.ReadAsStringAsync());
        var manage = booked.Headers.Location!.OriginalString;
        var shown = await (await browser.GetAsync(manage)).TextAsync();
        shown.ShouldContain("You are booked");
        shown.ShouldContain("The engine\nand its notes");

        await bench.BookedAsync("intro", "2026-12-02T11:00:00Z", "bob@example.org");
        var taken = await browser.GetAsync(manage + "/reschedule?start=2026-12-02T11:00:00Z");
        taken.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await taken.TextAsync()).ShouldContain("start=2026-12-02T10%3A30%3A00Z");
        var free = await browser.FilledAsync(manage + "/reschedule?start=2026-12-02T13:00:00Z");
        // Between looking and sending somebody else takes it.
        await bench.BookedAsync("intro", "2026-12-02T13:00:00Z", "carl@example.org");
        var late = await browser.Http.PostAsync(free.Action, new FormUrlEncodedContent(free.Fields));
        late.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var offered = await late.TextAsync();
        offered.ShouldContain("Nothing was changed");
        offered.ShouldContain("start=2026-12-02T12%3A30%3A00Z");

        var move = await browser.FilledAsync(manage + "/reschedule?start=2026-12-02T12:30:00Z");
        for (var time = 0; time < 2; time++)
        {
            var moved = await browser.Http.PostAsync(move.Action, new FormUrlEncodedContent(move.Fields));
            moved.StatusCode.ShouldBe(HttpStatusCode.SeeOther, $"time {time}");
            moved.Headers.Location!.OriginalString.ShouldBe(manage);
        }

        var id = manage.Split('/')[2];
        var (_, booking) = await bench.SendAsync(HttpMethod.Get, $"/api/v1/bookings/{id}");
        booking.GetProperty("startsAt").GetString().ShouldBe("2026-12-02T12:30:00Z");
        booking.GetProperty("version").GetInt32().ShouldBe(2);

        var wordy = await browser.SendAsync(manage + "/cancel", ("reason", new string('r', 501)));
        wordy.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await wordy.TextAsync()).ShouldContain(new string('r', 501));
        var cancel = await browser.FilledAsync(manage + "/cancel", ("reason", "Ill. Sorry!"));
        for (var time = 0; time < 2; time++)
        {
            var sent = await browser.Http.PostAsync(cancel.Action, new FormUrlEncodedContent(cancel.Fields));
            sent.StatusCode.ShouldBe(HttpStatusCode.SeeOther, $"time {time}");
        }

        (_, booking) = await bench.SendAsync(HttpMethod.Get, $"/api/v1/bookings/{id}");
        booking.GetProperty("status").GetString().ShouldBe("cancelled");
        booking.GetProperty("version").GetInt32().ShouldBe(3);
        (await (await browser.GetAsync(manage)).TextAsync()).ShouldContain(
            "You cancelled this meeting. <span>Reason: <q>Ill. Sorry!</q>"
        );
        (await browser.GetAsync(manage + "/cancel")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        await bench.BookedAsync("intro", "2026-12-02T12:30:00Z", "dora@example.org");
    }

    [Theory, DatabaseMatrix]
    public async Task A_taken_time_offers_others_and_keeps_what_was_typed(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");
        using var browser = new FormBrowser(bench.Parley);
        var form = await browser.FilledAsync(
            $"/book/intro/details?start={Nine}&tz=Europe/Berlin",
            ("name", "Ada Lovelace"),
            ("email", "ada@example.org"),
            ("topic", "Notes")
        );
        await bench.BookedAsync("intro", Nine, "bob@example.org");
        var rows = await bench.RowsAsync();

        var late = await browser.Http.PostAsync(form.Action, new FormUrlEncodedContent(form.Fields));

        late.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var page = await late.TextAsync();
        page.ShouldContain("That time has just been taken.");
        (await (await browser.GetAsync("/book/intro/details?start=2020-01-01T09:00:00Z")).TextAsync()).ShouldContain(
            "That time has passed."
        );
        page.ShouldContain("value=\"2026-12-02T09:30:00Z\"");
        page.ShouldContain("value=\"Ada Lovelace\"");
        page.ShouldContain("value=\"ada@example.org\"");
        page.ShouldContain("Notes");
        (await bench.RowsAsync()).ShouldBe(rows);
    }

    [Theory, DatabaseMatrix]
    public async Task A_form_sent_twice_books_once_and_leads_to_the_same_booking(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");
        using var browser = new FormBrowser(bench.Parley);
        var form = await browser.FilledAsync(
            $"/book/intro/details?start={Nine}",
            ("name", "Ada Lovelace"),
            ("email", "ada@example.org")
        );

        var both = await Task.WhenAll(SendAsync(form.Fields), SendAsync(form.Fields));
        var third = await SendAsync(form.Fields);

        both.ShouldAllBe(reply => reply.StatusCode == HttpStatusCode.SeeOther);
        var manage = both[0].Headers.Location!.OriginalString;
        both[1].Headers.Location!.OriginalString.ShouldBe(manage);
        third.Headers.Location!.OriginalString.ShouldBe(manage);
        (await bench.CountAsync("booking")).ShouldBe(1);
        // Who fills in a form of their own, even with the same name and address, is told nothing of that booking.
        var stranger = await browser.SendAsync(
            "/book/intro/details?start=2026-12-02T10:00:00Z",
            ("start", Nine),
            ("name", "Ada Lovelace"),
            ("email", "ada@example.org")
        );
        stranger.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        stranger.Headers.Location.ShouldBeNull();

        Task<HttpResponseMessage> SendAsync(List<KeyValuePair<string, string>> fields) =>
            browser.Http.PostAsync(form.Action, new FormUrlEncodedContent(fields));
    }

    [Theory, DatabaseMatrix]
    public async Task Hostile_words_are_shown_as_words_on_every_page(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        const string Evil = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
        const string Turned = "\u202egnp.exe";
        await bench.AddPageAsync(
            "intro",
            page =>
            {
                page["title"] = $"{Evil}"[..60];
                page["description"] = Evil + Turned;
            }
        );
        using var owner = new FormBrowser(bench.Parley);
        await owner.SignInAsync();
        using var browser = new FormBrowser(bench.Parley);
        var booked = await browser.BookAsync("intro", Nine, Evil + Turned, "o'brien+x@example.org", Evil + Turned);
        booked.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await booked.Content.ReadAsStringAsync());
        var manage = booked.Headers.Location!.OriginalString;
        var (_, booking) = await bench.SendAsync(HttpMethod.Get, $"/api/v1/bookings/{manage.Split('/')[2]}");
        booking.GetProperty("customer").GetProperty("name").GetString().ShouldBe(Evil + Turned);
        var door = new Uri(booking.GetProperty("doorUrl").GetString()!).AbsolutePath;
        var pages = new[]
        {
            await browser.GetAsync("/book/intro"),
            await browser.GetAsync("/book/intro?tz=<script>alert(1)</script>&day=<script>"),
            await browser.GetAsync("/book/intro/details?start=2026-12-02T10:00:00Z"),
            await browser.BookAsync(
                "intro",
                "2026-12-02T10:00:00Z",
                Evil,
                "no address <script>alert(1)</script>",
                Evil
            ),
            await browser.SendAsync(
                "/book/intro/details?start=2026-12-02T10:00:00Z",
                ("start", Nine),
                ("name", Evil),
                ("email", "ada@example.org"),
                ("topic", Evil)
            ),
            await browser.GetAsync(manage),
            await browser.GetAsync(manage + "/join"),
            await browser.GetAsync(manage + "/reschedule"),
            await browser.GetAsync(manage + "/cancel"),
            await browser.GetAsync(door),
            await owner.GetAsync("/dashboard"),
            await owner.GetAsync("/booking-pages"),
            await bench.CancelAsync(manage.Split('/')[2]) is { Status: HttpStatusCode.OK }
                ? await browser.GetAsync(manage)
                : throw new InvalidOperationException(),
            await browser.GetAsync(door),
        };

        foreach (var page in pages)
        {
            var html = await page.Content.ReadAsStringAsync();
            var where = page.RequestMessage!.RequestUri!.AbsolutePath;
            html.ShouldNotContain("<script>alert", Case.Insensitive, where);
            html.ShouldNotContain("<img src=x", Case.Insensitive, where);
            page.Headers.GetValues("Content-Security-Policy")
                .Single()
                .ShouldContain("script-src 'self'", customMessage: where);
        }

        (await pages[5].TextAsync()).ShouldContain(Evil);
        (await pages[10].TextAsync()).ShouldContain("<script>");
    }

    [Theory]
    [InlineData("name", "Ada\r\nBcc: all@example.org")]
    [InlineData("name", "Ada\nLovelace")]
    [InlineData("name", "")]
    [InlineData("email", "ada@example.org\r\nBcc: all@example.org")]
    [InlineData("email", "ada")]
    [InlineData("topic", "a\u0007b")]
    public async Task What_no_mail_can_carry_is_refused_with_the_field_named(string field, string value) =>
        await RefusedAsync(field, value);

    [Theory]
    [InlineData("name")]
    [InlineData("email")]
    [InlineData("topic")]
    public async Task Ten_thousand_characters_are_refused_with_the_field_named(string field) =>
        await RefusedAsync(field, new string('n', 10_000));

    [Fact]
    public async Task A_form_without_its_antiforgery_token_is_400_and_does_nothing()
    {
        await using var bench = await BookingBench.StartAsync(DatabaseKind.Sqlite);
        await bench.AddPageAsync("intro");
        var held = await bench.HoldAsync("intro", Nine);
        using var browser = new FormBrowser(bench.Parley);
        var csrf = FormBrowser.TokenOf(await browser.ReadAsync(held.Manage + "/cancel"));
        var rows = await CustomerRoom.EverythingAsync(bench.Parley);
        foreach (var path in (string[])[held.Manage + "/cancel", held.Manage + "/reschedule"])
        {
            foreach (var token in (string?[])[null, "", "CfDJ8nonsense", csrf[..^4] + "AAAA"])
            {
                var fields = Fields(token);
                var reply = await browser.Http.PostAsync(path, fields);
                reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest, $"{path} {token}");
            }

            // The right token, but in another browser.
            using var other = new FormBrowser(bench.Parley);
            (await other.Http.PostAsync(path, Fields(csrf))).StatusCode.ShouldBe(HttpStatusCode.BadRequest, path);
        }

        (await CustomerRoom.EverythingAsync(bench.Parley)).ShouldBe(rows);
        (await browser.Http.PostAsync(held.Manage + "/cancel", Fields(csrf))).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );

        static FormUrlEncodedContent Fields(string? token) =>
            new(
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["start"] = "2026-12-02T10:00:00Z",
                    ["name"] = "Ada",
                    ["email"] = "ada@example.org",
                    ["reason"] = "",
                }.Concat(token is null ? [] : [KeyValuePair.Create("_csrf", token)])
            );
    }

    [Fact]
    public async Task A_paused_page_sends_nobody_away_with_an_error()
    {
        await using var bench = await BookingBench.StartAsync(DatabaseKind.Sqlite);
        var page = await bench.AddPageAsync("intro");
        using var browser = new FormBrowser(bench.Parley);
        var form = await browser.FilledAsync(
            $"/book/intro/details?start={Nine}",
            ("name", "Ada"),
            ("email", "ada@example.org")
        );
        (
            await bench.SendAsync(
                HttpMethod.Patch,
                $"/api/v1/booking-pages/{page.GetProperty("id").GetString()}",
                new System.Text.Json.Nodes.JsonObject { ["paused"] = true }
            )
        ).Status.ShouldBe(HttpStatusCode.OK);

        var closed = await browser.GetAsync("/book/intro");
        closed.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await closed.TextAsync()).ShouldNotContain("start=2026");
        (await browser.GetAsync($"/book/intro/details?start={Nine}")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var sent = await browser.Http.PostAsync(form.Action, new FormUrlEncodedContent(form.Fields));
        sent.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        sent.Headers.Location!.OriginalString.ShouldBe("/book/intro");
        (await bench.CountAsync("booking")).ShouldBe(0);
    }

    private static async Task RefusedAsync(string field, string value)
    {
        await using var bench = await BookingBench.StartAsync(DatabaseKind.Sqlite);
        await bench.AddPageAsync("intro");
        using var browser = new FormBrowser(bench.Parley);
        var typed = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["name"] = "Ada Lovelace",
            ["email"] = "ada@example.org",
            ["topic"] = "Notes",
            [field] = value,
        };

        var reply = await browser.BookAsync("intro", Nine, typed["name"], typed["email"], typed["topic"]);

        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var page = await reply.TextAsync();
        page.ShouldContain($"href=\"#f-{field}\"");
        page.ShouldContain($"id=\"f-{field}-error\"");
        (await bench.RowsAsync()).ShouldBe((0, 0, 0, 0));
        // The other fields keep what was typed, and the right form goes through.
        page.ShouldContain(field == "topic" ? "Ada Lovelace" : "Notes");
        (await browser.BookAsync("intro", Nine)).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }
}
