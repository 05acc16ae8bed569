using System.Net;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Budget;

/// <summary>What people are told while meetings wait for the host's next day at the provider.</summary>
public sealed class QueuedPagesTests
{
    [Theory, DatabaseMatrix]
    public async Task Organizer_and_customer_hear_that_it_is_queued_and_the_organizer_only_once(DatabaseKind database)
    {
        // 3 for strangers.
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 5);
        var server = world.Server;
        var starts = await world.StartsAsync("2026-12-10T00:00:00Z", "2026-12-11T00:00:00Z");
        var bookings = new Dictionary<string, (JsonNode Booked, string Guest)>(StringComparer.Ordinal);
        foreach (var (number, start) in starts.Take(5).Index())
        {
            var guest = $"guest{number}@example.org";
            var made = await world.BookAsync(start, email: guest);
            bookings[await world.ArrangementOfAsync(made)] = (made, guest);
        }

        await world.QuietAsync();
        // Whichever came last at the provisioner: not always whoever booked last.
        var id = (await world.OpenAsync())[^1].ArrangementId!;
        var (booked, queuedGuest) = bookings[id];

        using var organizer = new FormBrowser(server.Parley);
        await organizer.SignInAsync();
        var dashboard = await PageAsync(organizer, "/dashboard");
        dashboard.ShouldContain("2 meetings are queued until 00:00 UTC");
        dashboard.ShouldContain("Queued until 00:00 UTC");
        dashboard.ShouldNotContain("data-moving", customMessage: "nothing will change soon");
        var meeting = await PageAsync(organizer, $"/meetings/{id}");
        meeting.ShouldContain("Queued until 00:00 UTC");
        meeting.ShouldContain("bookings by others may use 3");
        (
            await organizer.SubmitAsync("/account", "/account", ("name", "Owner"), ("timeZone", "Europe/Berlin"))
        ).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        const string there = "ueued until 00:00 UTC (01:00 in Europe/Berlin)";
        (await PageAsync(organizer, "/dashboard")).ShouldContain(there);
        (await PageAsync(organizer, $"/meetings/{id}")).ShouldContain(there);
        var connections = await PageAsync(organizer, "/connections");
        connections.ShouldContain("3 of 5</span> used");
        connections.ShouldContain("2</span> left");
        connections.ShouldContain("2 of them are kept for what you schedule yourself");
        var budget = await world.BudgetAsync();
        budget.ToJsonString().ShouldBe("""{"limit":5,"used":3,"reserved":2,"resetsAt":"2026-12-02T00:00:00Z"}""");
        var (_, seen) = await server.SendAsync(HttpMethod.Get, $"/api/v1/bookings/{booked["id"]!.GetValue<string>()}");
        seen["meeting"].ShouldBeNull();
        seen["queuedUntil"]!.GetValue<string>().ShouldBe("2026-12-02T00:00:00Z");
        var (_, arrangement) = await server.SendAsync(HttpMethod.Get, $"/api/v1/arrangements/{id}");
        arrangement["status"]!.GetValue<string>().ShouldBe("provisioning");
        arrangement["queuedUntil"]!.GetValue<string>().ShouldBe("2026-12-02T00:00:00Z");

        // The customer: the place is theirs, the door is known, the room follows. No word of budgets, no spinner that never ends.
        var manage = await PageAsync(organizer, new Uri(booked["manageUrl"]!.GetValue<string>()).AbsolutePath);
        manage.ShouldContain("Your time is booked.");
        manage.ShouldContain("the room follows after Tue 1 Dec, 19:00");
        manage.ShouldContain(booked["doorUrl"]!.GetValue<string>());
        manage.ShouldNotContain("data-poll=");
        manage.ShouldNotContain("quota", Case.Insensitive);
        var door = await PageAsync(organizer, new Uri(booked["doorUrl"]!.GetValue<string>()).AbsolutePath);
        door.ShouldContain("room is made after");

        // Mail (the same id sent again is the same mail): the organizer at once and once; the customer as ever, after the wait, with the door.
        await server.PumpAsync(
            () => Task.FromResult(world.Postbox.Sent.Any(IsNotice)),
            "the notice leaves",
            Duration.FromSeconds(1)
        );
        var notice = world.Postbox.Sent.Where(IsNotice).DistinctBy(mail => mail.Id).ShouldHaveSingleItem();
        notice.To.Email.ShouldBe(TestServer.OwnerEmail);
        notice.Subject.ShouldBe("GoTo Meeting: meetings wait until 00:00 UTC");
        notice.Text.ShouldContain("takes 5 new or changed meetings of one host in a day");
        notice.Text.ShouldContain("3 of 5, 2 kept for what you schedule yourself");
        world.Postbox.To(queuedGuest).ShouldBeEmpty();
        await server.AdvanceAsync(Duration.FromMinutes(2));
        await server.PumpAsync(
            () => Task.FromResult(world.Postbox.To(queuedGuest).Any()),
            "the confirmation leaves",
            Duration.FromSeconds(1)
        );
        var confirmation = world.Postbox.To(queuedGuest).DistinctBy(mail => mail.Id).ShouldHaveSingleItem();
        confirmation.Text.ShouldContain(booked["doorUrl"]!.GetValue<string>());
        confirmation.Text.ShouldContain("they appear behind this link before the meeting starts");

        world.ToNextDay();
        await world.QuietAsync();
        (await PageAsync(organizer, "/dashboard")).ShouldNotContain("queued until");
        (await PageAsync(organizer, new Uri(booked["manageUrl"]!.GetValue<string>()).AbsolutePath)).ShouldContain(
            "Join the meeting"
        );
        world.Postbox.To(queuedGuest).DistinctBy(mail => mail.Id).ShouldHaveSingleItem();
        world.Postbox.Sent.Count(IsNotice).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task A_page_takes_no_more_bookings_in_an_hour_than_its_host_may_make_in_a_day(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(
            database,
            dailyWrites: 5,
            settings: new Dictionary<string, string?>(StringComparer.Ordinal) { ["RateLimits:Enabled"] = "true" }
        );
        await world.AddPageAsync("other");
        var starts = await world.StartsAsync("2026-12-10T00:00:00Z", "2026-12-11T00:00:00Z");
        for (var number = 0; number < 5; number++)
        {
            await world.BookAsync(starts[number], email: $"guest{number}@example.org");
        }

        var (status, body) = await world.Server.SendAsync(
            HttpMethod.Post,
            "/api/v1/public/pages/intro/bookings",
            BookingBench.Wish(starts[5], "guest5@example.org")
        );

        status.ShouldBe(HttpStatusCode.TooManyRequests, body.ToJsonString());
        await world.BookAsync(starts[5], "other");
        await world.Server.AdvanceAsync(Duration.FromMinutes(61));
        await world.BookAsync(starts[6]);
    }

    [Theory, DatabaseMatrix]
    public async Task Where_the_provider_counts_nothing_there_is_no_budget(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);

        var (_, connection) = await server.SendAsync(HttpMethod.Get, $"/api/v1/connections/{server.ConnectionId}");

        connection.AsObject().ContainsKey("budget").ShouldBeTrue();
        connection["budget"].ShouldBeNull();
    }

    private static bool IsNotice(Parley.Server.Mail.OutgoingMail mail) =>
        mail.Subject.Contains("meetings wait until", StringComparison.Ordinal);

    private static async Task<string> PageAsync(FormBrowser browser, string path)
    {
        var reply = await browser.GetAsync(path);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await reply.TextAsync();
    }
}
