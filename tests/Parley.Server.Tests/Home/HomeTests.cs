using System.Net;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Connections;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Meetings;

namespace Parley.Server.Tests.Home;

/// <summary>The first page of a member: what is theirs, and what to do next.</summary>
public sealed class HomeTests
{
    [Theory, DatabaseMatrix]
    public async Task Home_leads_a_newcomer_to_the_first_booking_and_then_shows_the_day(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        using (var stranger = new Access.FormBrowser(world.Parley))
        {
            (await stranger.GetAsync("/")).Headers.Location!.ToString().ShouldBe("/sign-in");
        }

        // Nothing yet: one thing to do.
        var newcomer = await world.Owner.ReadAsync("/");
        newcomer.ShouldContain("Three steps until people can book you");
        newcomer.ShouldContain("Connect an account");
        newcomer.ShouldNotContain("/booking-pages/new");
        newcomer.ShouldNotContain("Next meeting");

        // Somebody else's account and meeting are the team's, not this member's.
        var (mia, miaId) = await world.AddMemberAsync("member");
        using var _ = mia;
        var theirs = await world.SeedConnectionAsync(miaId, name: "Mia Member");
        await world.SeedMeetingAsync(theirs, "Mia's own", startsIn: Duration.FromHours(1));
        var beside = await world.Owner.ReadAsync("/");
        beside.ShouldContain("Three steps until people can book you");
        beside.ShouldNotContain("own</a>");
        beside.ShouldContain("Here is only what is yours.");

        // Connected: the page comes next; then its link is to be shared.
        var account = await world.SeedConnectionAsync();
        (await world.Owner.ReadAsync("/")).ShouldContain("href=\"/booking-pages/new\"");
        var page = BookingBench.Page(
            "intro",
            one => one["hosts"] = new JsonArray(new JsonObject { ["connectionId"] = account })
        );
        using (var content = new StringContent(page.ToJsonString(), null, "application/json"))
        {
            (await world.Parley.Api.PostAsync("/api/v1/booking-pages", content)).StatusCode.ShouldBe(
                HttpStatusCode.Created
            );
        }

        var share = await world.Owner.ReadAsync("/");
        share.ShouldContain("Link to share");
        share.ShouldContain("/book/intro\"");
        share.ShouldContain("Your booking pages");
        share.ShouldNotContain("Nothing is planned");

        // Booked for tomorrow: the steps are done, the booking is the next meeting.
        (
            await world.Parley.Client.PostAsync(
                "/api/v1/public/pages/intro/bookings",
                new StringContent(BookingBench.Wish("2026-12-02T09:00:00Z").ToJsonString(), null, "application/json")
            )
        ).StatusCode.ShouldBe(HttpStatusCode.Created);
        var booked = await world.Owner.ReadAsync("/");
        booked.ShouldNotContain("first-steps");
        booked.ShouldContain("Next meeting");
        booked.ShouldContain("Booked by Ada Lovelace");
        booked.ShouldContain("Nothing planned.");

        // A meeting within the hour goes before it, with Start; the booking moves to tomorrow's list.
        var soon = await world.SeedMeetingAsync(
            account,
            "Budget <review>",
            startsIn: Duration.FromMinutes(25),
            memberId: world.OwnerId
        );
        await world.SeedMeetingAsync(account, "Afternoon", startsIn: Duration.FromHours(5));
        var day = await world.Owner.ReadAsync("/");
        day.ShouldContain("Budget &lt;review&gt;");
        day.ShouldContain("in 25 min");
        day.ShouldContain($"action=\"/meetings/{soon}/start\" target=\"_blank\" rel=\"noopener\"");
        day.IndexOf("Afternoon", StringComparison.Ordinal)
            .ShouldBeInRange(
                day.IndexOf("id=\"today\"", StringComparison.Ordinal),
                day.IndexOf("id=\"tomorrow\"", StringComparison.Ordinal)
            );
        day.LastIndexOf("Ada Lovelace", StringComparison.Ordinal)
            .ShouldBeGreaterThan(day.IndexOf("id=\"tomorrow\"", StringComparison.Ordinal));
        day.ShouldNotContain("things need you");

        // An account that no longer works stands above it all, with its cure.
        await world.SeedConnectionAsync(
            status: ConnectionStatus.NeedsReconnect,
            problem: "The permission was taken back."
        );
        var broken = await world.Owner.ReadAsync("/");
        broken.ShouldContain("The permission was taken back.");
        broken.ShouldContain("/reconnect\"");
        broken.ShouldContain("Needs to be refreshed");

        // A member sees theirs.
        var own = WebUtility.HtmlDecode(await mia.ReadAsync("/"));
        own.ShouldContain("Mia's own");
        own.ShouldNotContain("Budget");
        own.ShouldNotContain("The permission was taken back.");
        own.ShouldNotContain("Webhooks");
    }
}
