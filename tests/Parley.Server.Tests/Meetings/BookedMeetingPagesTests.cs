using System.Net;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>What the API does to a booking, the organizer does in the browser.</summary>
public sealed class BookedMeetingPagesTests
{
    [Theory, DatabaseMatrix]
    public async Task An_organizer_moves_a_booking_and_names_its_record_in_the_browser(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        var server = world.Server;
        (
            await server.SendAsync(
                HttpMethod.Post,
                "/api/v1/booking-pages",
                BookingBench.Page("intro", one => one["hosts"]![0]!["connectionId"] = server.ConnectionId)
            )
        ).Status.ShouldBe(HttpStatusCode.Created);
        var booking = await BookedAsync(server, "2026-12-03T08:00:00Z");
        await BookedAsync(server, "2026-12-03T09:00:00Z");
        var before = await ReadAsync(server, booking);
        var meeting = $"/meetings/{before["meeting"]!["arrangementId"]}";
        var page = $"{meeting}/booking";
        (await world.Owner.ReadAsync(meeting)).ShouldContain($"href=\"{page}\"");
        (await world.Owner.ReadAsync(page)).ShouldContain("value=\"08:00\"");

        // Taken, outside the hours, no time at all: said at the field, and nothing is changed.
        var taken = await MoveAsync("2026-12-03", "09:00");
        taken.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await taken.Content.ReadAsStringAsync()).ShouldContain("Free times near it");
        foreach (var time in (string[])["03:00", "soon"])
        {
            var refused = await MoveAsync("2026-12-03", time);
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest, time);
            (await refused.Content.ReadAsStringAsync()).ShouldContain("aria-invalid");
        }

        (await ReadAsync(server, booking))["startsAt"]!.GetValue<string>().ShouldBe("2026-12-03T08:00:00Z");

        var moved = await MoveAsync("2026-12-04", "10:30");
        moved.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await moved.Content.ReadAsStringAsync());
        moved.Headers.Location!.ToString().ShouldBe(meeting);
        var after = await ReadAsync(server, booking);
        after["startsAt"]!.GetValue<string>().ShouldBe("2026-12-04T10:30:00Z");
        after["doorUrl"]!.GetValue<string>().ShouldBe(before["doorUrl"]!.GetValue<string>());
        (await world.Owner.ReadAsync(meeting)).ShouldContain("is told by mail");

        // The record: noted whole, changed in part, taken away.
        (await RecordAsync("hubspot", "1042", "javascript:alert(1)")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await RecordAsync("hubspot", "1042", "https://crm.example/1042")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await ReadAsync(server, booking))["reference"]!["url"]!
            .GetValue<string>()
            .ShouldBe("https://crm.example/1042");
        (await RecordAsync("hubspot", "1043", "")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var record = (await ReadAsync(server, booking))["reference"]!;
        record["recordId"]!.GetValue<string>().ShouldBe("1043");
        record["url"].ShouldBeNull();
        (await RecordAsync("", "", "")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await ReadAsync(server, booking))["reference"].ShouldBeNull();

        // A meeting nobody booked has no booking to change; a cancelled booking has no time.
        var own = await world.ScheduledAsync();
        (await world.Owner.GetAsync($"{own.Split('?')[0]}/booking")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await server.SendAsync(HttpMethod.Post, $"/api/v1/bookings/{booking}/cancel", new JsonObject());
        (await world.Owner.ReadAsync(page)).ShouldNotContain("Move the booking");

        Task<HttpResponseMessage> MoveAsync(string date, string time) =>
            world.Owner.SubmitAsync(page, $"{page}/move", ("date", date), ("time", time));

        Task<HttpResponseMessage> RecordAsync(string system, string recordId, string url) =>
            world.Owner.SubmitAsync(
                page,
                $"{page}/record",
                ("reference.system", system),
                ("reference.recordType", ""),
                ("reference.recordId", recordId),
                ("reference.url", url)
            );
    }

    private static async Task<string> BookedAsync(ConnectedServer server, string startsAt)
    {
        var (status, booked) = await server.SendAsync(
            HttpMethod.Post,
            "/api/v1/public/pages/intro/bookings",
            BookingBench.Wish(startsAt)
        );
        status.ShouldBe(HttpStatusCode.Created, booked.ToJsonString());
        var id = booked["id"]!.GetValue<string>();
        await TestServer.EventuallyAsync(
            async () => (await ReadAsync(server, id))["meeting"]?["joinUrl"] is not null,
            "the meeting was made"
        );
        return id;
    }

    private static async Task<JsonNode> ReadAsync(ConnectedServer server, string booking) =>
        (await server.SendAsync(HttpMethod.Get, $"/api/v1/bookings/{booking}")).Body;
}
