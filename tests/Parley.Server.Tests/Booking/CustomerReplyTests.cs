using System.Net;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary>What a customer hears of the meeting behind their booking.</summary>
public sealed class CustomerReplyTests
{
    [Theory, DatabaseMatrix]
    public async Task A_customer_gets_the_link_and_no_keys_of_the_organizer_s(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var (made, page) = await server.SendAsync(
            HttpMethod.Post,
            "/api/v1/booking-pages",
            BookingBench.Page("intro", page => page["hosts"]![0]!["connectionId"] = server.ConnectionId)
        );
        made.ShouldBe(HttpStatusCode.Created, page.ToJsonString());
        server.Api.DefaultRequestHeaders.Add("Idempotency-Key", "sent-once");
        var first = await BookAsync();
        var id = first["id"]!.GetValue<string>();
        await server.SettledAsync(
            await server.Parley.Db.ReadAsync(session =>
                session.FirstAsync<string>(
                    "SELECT arrangement_id FROM booking WHERE workspace_id = @WorkspaceId AND id = @id",
                    new { server.WorkspaceId, id }
                )
            )
        );

        // The same answer again, now that there is a meeting.
        var meeting = (await BookAsync())["meeting"]!;
        meeting["joinUrl"]!.GetValue<string>().ShouldStartWith(server.Twin.Url);
        meeting["organizer"]!["email"]!.GetValue<string>().ShouldBe(ConnectedServer.Olivia);
        meeting["organizer"]!["key"].ShouldBeNull();
        meeting["arrangementId"].ShouldBeNull();
        meeting["coOrganizers"]!.AsArray().ShouldBeEmpty();

        var (_, own) = await server.SendAsync(HttpMethod.Get, $"/api/v1/bookings/{id}");
        own["meeting"]!["organizer"]!["key"].ShouldNotBeNull();
        own["meeting"]!["arrangementId"].ShouldNotBeNull();

        async Task<System.Text.Json.Nodes.JsonNode> BookAsync()
        {
            var (status, booked) = await server.SendAsync(
                HttpMethod.Post,
                "/api/v1/public/pages/intro/bookings",
                BookingBench.Wish("2026-12-03T08:00:00Z")
            );
            status.ShouldBe(HttpStatusCode.Created, booked.ToJsonString());
            return booked;
        }
    }
}
