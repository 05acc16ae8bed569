using System.Net;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Webhooks;

/// <summary>A receiver that does not answer for hours, over the real adapter and the twin: nothing is lost, nothing overtakes.</summary>
public sealed class ReceiverDownTests
{
    private static readonly string[] WholeStory =
    [
        "booking.created",
        "meeting.ready",
        "booking.rescheduled",
        "meeting.updated",
        "booking.cancelled",
        "meeting.removed",
    ];

    [Theory, DatabaseMatrix]
    public async Task A_receiver_that_was_down_for_three_hours_gets_every_event_of_each_booking_in_order(
        DatabaseKind database
    )
    {
        await using var receiver = await HookReceiver.StartAsync();
        await using var server = await ConnectedServer.StartAsync(
            database,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Webhooks:AllowedNetworks"] = "127.0.0.0/8" }
        );
        var bench = new BookingBench(server.Parley, server.WorkspaceId);
        (
            await bench.SendAsync(
                HttpMethod.Post,
                "/api/v1/webhooks",
                new JsonObject { ["url"] = receiver.Url, ["description"] = "all events" }
            )
        ).Status.ShouldBe(HttpStatusCode.Created);
        await bench.AddPageAsync(
            "intro",
            page => page["hosts"] = new JsonArray(new JsonObject { ["connectionId"] = server.ConnectionId })
        );
        var up = false;
        receiver.Answer = _ => up ? 204 : 503;

        var one = await bench.BookedAsync("intro", "2026-12-02T09:00:00Z");
        await ToldAsync(server, one, 2);
        var other = await bench.BookedAsync("intro", "2026-12-02T10:00:00Z", "bob@example.org");
        await ToldAsync(server, other, 2);
        (await bench.RescheduleAsync(one, "2026-12-03T09:00:00Z")).Status.ShouldBe(HttpStatusCode.OK);
        await ToldAsync(server, one, 4);
        (await bench.CancelAsync(one)).Status.ShouldBe(HttpStatusCode.OK);
        await ToldAsync(server, one, 6);

        for (var passed = Duration.Zero; passed < Duration.FromHours(3); passed += Duration.FromMinutes(5))
        {
            await server.AdvanceAsync(Duration.FromMinutes(5));
        }

        // It was tried all the while, and nothing overtook: of each booking only the first was on the wire.
        Of(one).Count.ShouldBeGreaterThan(1);
        Of(one).Concat(Of(other)).Distinct().ShouldBe(["booking.created"]);

        var before = receiver.Calls.Count;
        up = true;
        await server.PumpAsync(
            async () => await PendingAsync(server) == 0,
            "everything is delivered",
            Duration.FromMinutes(5)
        );
        Taken(one).ShouldBe(WholeStory);
        Taken(other).ShouldBe(WholeStory.Take(2));
        // Through all attempts an event kept its id.
        receiver.Calls.Select(call => call.Id).Distinct().Count().ShouldBe(8);

        List<string> Taken(string booking) =>
            receiver
                .Calls.Skip(before)
                .DistinctBy(call => call.Id)
                .Where(IsOf(booking))
                .Select(call => call.Type)
                .ToList();

        List<string> Of(string booking) => receiver.Calls.Where(IsOf(booking)).Select(call => call.Type).ToList();

        static Func<HookCall, bool> IsOf(string booking) =>
            call => call.Json["data"]!["bookingId"]?.GetValue<string>() == booking;
    }

    private static Task ToldAsync(ConnectedServer server, string booking, int events) =>
        TestServer.EventuallyAsync(
            async () =>
                await server.Parley.Db.ReadAsync(session =>
                    session.ScalarAsync<int>(
                        "SELECT COUNT(*) FROM webhook_delivery WHERE workspace_id = @WorkspaceId AND subject = @booking",
                        new { server.WorkspaceId, booking }
                    )
                ) == events,
            $"{events} events of the booking are told"
        );

    private static Task<int> PendingAsync(ConnectedServer server) =>
        server.Parley.Db.ReadAsync(session =>
            session.ScalarAsync<int>(
                "SELECT COUNT(*) FROM effect WHERE workspace_id = @WorkspaceId AND kind = 'webhook' AND finished_at IS NULL",
                new { server.WorkspaceId }
            )
        );
}
