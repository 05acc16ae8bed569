using System.Net;
using NodaTime;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary><c>/j/{code}</c>: who comes too early, in time, too late, or with a code of nothing.</summary>
public sealed class DoorTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 12, 2, 9, 0);

    [Theory, DatabaseMatrix]
    public async Task The_door_tells_the_early_and_sends_on_whoever_comes_from_ten_minutes_before(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");
        var held = await bench.HoldAsync("intro", "2026-12-02T09:00:00Z");
        await bench.MadeAsync(held);

        var early = await bench.Parley.Client.GetAsync(held.Door);
        early.StatusCode.ShouldBe(HttpStatusCode.OK);
        var page = await early.TextAsync();
        page.ShouldContain("You are early");
        page.ShouldContain("New York");
        page.ShouldContain("+49 891 2140 2090");
        page.ShouldContain("123-456-789");
        page.ShouldContain("GoTo Meeting");
        // Nobody stands in the room alone: the link itself comes with the hour.
        page.ShouldNotContain(CustomerRoom.JoinUrl);
        Unseen(early);
        (await (await bench.Parley.Client.GetAsync(held.Door + "?tz=Asia/Tokyo")).TextAsync()).ShouldContain("18:00");

        bench.Parley.Clock.Set(Start - Duration.FromMinutes(10) - Duration.FromSeconds(1));
        (await bench.Parley.Client.GetAsync(held.Door)).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var open in (Instant[])[Start - Duration.FromMinutes(10), Start, Start + Duration.FromMinutes(89)])
        {
            bench.Parley.Clock.Set(open);
            var sent = await bench.Parley.Client.GetAsync(held.Door);
            sent.StatusCode.ShouldBe(HttpStatusCode.SeeOther, open.ToString());
            sent.Headers.Location!.OriginalString.ShouldBe(CustomerRoom.JoinUrl);
            Unseen(sent);
        }

        bench.Parley.Clock.Set(Start + Duration.FromMinutes(90));
        var over = await bench.Parley.Client.GetAsync(held.Door);
        over.StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await over.TextAsync()).ShouldContain("This meeting is over");
        Unseen(over);
    }

    [Theory, DatabaseMatrix]
    public async Task The_door_withholds_a_link_that_is_missing_or_leads_elsewhere(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");
        var held = await bench.HoldAsync("intro", "2026-12-02T09:00:00Z");
        bench.Parley.Clock.Set(Start);
        await bench.MadeAsync(held);
        (await bench.Parley.Client.GetAsync(held.Door)).StatusCode.ShouldBe(HttpStatusCode.SeeOther);

        foreach (
            var link in (string?[])
                [
                    null,
                    "https://evil.example/850123456",
                    "http://meet.goto.com/850123456",
                    "https://meet.goto.com.evil.example/1",
                    "https://meet.goto.com@evil.example/1",
                    "javascript:alert(1)//meet.goto.com",
                ]
        )
        {
            await bench.MadeAsync(held, link);
            var reply = await bench.Parley.Client.GetAsync(held.Door);
            reply.StatusCode.ShouldBe(HttpStatusCode.OK, link);
            var page = await reply.TextAsync();
            page.ShouldContain("Almost there");
            page.ShouldNotContain("evil.example");
            page.ShouldNotContain("javascript:");
            // Its number and code may be the stranger's too.
            page.ShouldNotContain("+49 891 2140 2090");
            (await bench.Parley.Client.GetStringAsync(held.Manage)).ShouldNotContain("evil.example");
        }
    }

    [Theory, DatabaseMatrix]
    public async Task The_door_of_a_cancelled_meeting_says_so_and_names_nothing_of_the_room(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro");
        var held = await bench.HoldAsync("intro", "2026-12-02T09:00:00Z");
        await bench.MadeAsync(held);
        bench.Parley.Clock.Set(Start);
        (await bench.Parley.Client.GetAsync(held.Door)).StatusCode.ShouldBe(HttpStatusCode.SeeOther);

        (await bench.CancelAsync(held.Id)).Status.ShouldBe(HttpStatusCode.OK);

        var reply = await bench.Parley.Client.GetAsync(held.Door);
        reply.StatusCode.ShouldBe(HttpStatusCode.Gone);
        var page = await reply.TextAsync();
        page.ShouldContain("This meeting is cancelled");
        page.ShouldNotContain("123-456-789");
        page.ShouldNotContain(CustomerRoom.JoinUrl);
    }

    [Fact]
    public async Task Unknown_codes_are_404_and_then_a_request_to_wait()
    {
        await using var bench = await BookingBench.StartAsync(
            DatabaseKind.Sqlite,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["RateLimits:Enabled"] = "true" }
        );
        await bench.AddPageAsync("intro");
        var held = await bench.HoldAsync("intro", "2026-12-02T09:00:00Z");
        var replies = new List<HttpStatusCode>();
        for (var guess = 0; guess < 70; guess++)
        {
            replies.Add((await bench.Parley.Client.GetAsync($"/j/{new string('a', 20)}{guess:00}")).StatusCode);
        }

        replies.Count(status => status == HttpStatusCode.NotFound).ShouldBe(60);
        replies.Skip(60).ShouldAllBe(status => status == HttpStatusCode.TooManyRequests);
        var told = await bench.Parley.Client.GetAsync("/j/" + new string('x', 5000));
        told.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        told.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 60);
        // Who has a real link is not made to wait for somebody's guessing.
        (await bench.Parley.Client.GetAsync(held.Door)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await bench.Parley.Client.GetAsync("/book/nothing-here")).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);

        await bench.Parley.AdvanceAsync(Duration.FromMinutes(1));
        (await bench.Parley.Client.GetAsync("/j/nothing")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    private static void Unseen(HttpResponseMessage reply)
    {
        reply.Headers.CacheControl!.NoStore.ShouldBeTrue();
        reply.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
    }
}
