using System.Net;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Provisioning;

/// <summary>A permission withdrawn at the provider, bookings meanwhile, and one reconnect that makes everything good.</summary>
public sealed class HeldBookingTests
{
    [Theory, DatabaseMatrix]
    public async Task What_is_booked_while_the_permission_is_gone_gets_its_one_meeting_when_it_is_back(
        DatabaseKind database
    )
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var (made, page) = await server.SendAsync(
            HttpMethod.Post,
            "/api/v1/booking-pages",
            BookingBench.Page("intro", page => page["hosts"]![0]!["connectionId"] = server.ConnectionId)
        );
        made.ShouldBe(HttpStatusCode.Created, page.ToJsonString());
        var before = await BookAsync("2026-12-03T08:00:00Z");
        await server.SettledAsync(before);
        var kept = (await server.TruthAsync()).ShouldHaveSingleItem();

        // Withdrawn there, unknown here until the token must be renewed.
        await server.FaultAsync(
            "oauth.refresh",
            "failBefore",
            new
            {
                times = 0,
                status = 400,
                body = """{"error":"invalid_grant"}""",
            }
        );
        await server.AdvanceAsync(Duration.FromHours(1));
        var held = await BookAsync("2026-12-03T09:00:00Z");
        await server.PumpAsync(
            async () => await StatusAsync() == "needsReconnect",
            "the connection says that it is broken"
        );
        var later = await BookAsync("2026-12-03T10:00:00Z");
        await server.PumpAsync(
            async () => await server.StatesAsync(held) == "BLOCKED" && await server.StatesAsync(later) == "BLOCKED",
            "both wait"
        );
        (await server.TruthAsync()).ShouldHaveSingleItem();

        await server.ClearFaultsAsync();
        await server.ReconnectAsync();
        (await StatusAsync()).ShouldBe("connected");
        await server.SettledAsync(held);
        await server.SettledAsync(later);
        var truth = await server.TruthAsync();
        truth.Count.ShouldBe(3);
        truth.ShouldContain(kept, "what was there is still the same meeting");
        (await server.CallsAsync("meetings.create")).ShouldBe(3);

        async Task<string> BookAsync(string startsAt)
        {
            var (status, booked) = await server.SendAsync(
                HttpMethod.Post,
                "/api/v1/public/pages/intro/bookings",
                BookingBench.Wish(startsAt)
            );
            status.ShouldBe(HttpStatusCode.Created, booked.ToJsonString());
            return await server.Parley.Db.ReadAsync(session =>
                session.FirstAsync<string>(
                    "SELECT arrangement_id FROM booking WHERE workspace_id = @WorkspaceId AND id = @id",
                    new { server.WorkspaceId, id = booked["id"]!.GetValue<string>() }
                )
            );
        }

        async Task<string?> StatusAsync() =>
            (await server.SendAsync(HttpMethod.Get, $"/api/v1/connections/{server.ConnectionId}")).Body[
                "status"
            ]!.GetValue<string>();
    }
}
