using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NodaTime;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Tests.Webhooks;

public sealed class WebhooksOutTests
{
    private static readonly Dictionary<string, string?> OwnMachine = new(StringComparer.Ordinal)
    {
        ["Webhooks:AllowedNetworks"] = "127.0.0.0/8",
    };

    private static async Task<(string Id, string Secret)> AddAsync(
        BookingBench bench,
        string url,
        params string[] events
    )
    {
        var (status, body) = await SendAsync(bench, HttpMethod.Post, "/api/v1/webhooks", new { url, events });
        status.ShouldBe(HttpStatusCode.Created, body.ToString());
        return (body.GetProperty("id").GetString()!, body.GetProperty("secret").GetString()!);
    }

    private static async Task<List<JsonElement>> DeliveriesAsync(BookingBench bench, string id) =>
        [
            .. (await SendAsync(bench, HttpMethod.Get, $"/api/v1/webhooks/{id}/deliveries"))
                .Body.GetProperty("items")
                .EnumerateArray(),
        ];

    private static Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(
        BookingBench bench,
        HttpMethod method,
        string path,
        object? body = null
    ) => bench.SendAsync(method, path, body is null ? null : JsonSerializer.SerializeToNode(body));

    private static bool Fits(HookCall call, string secret)
    {
        var wanted =
            "v1,"
            + Convert.ToBase64String(
                HMACSHA256.HashData(
                    Convert.FromBase64String(secret["whsec_".Length..]),
                    Encoding.UTF8.GetBytes($"{call.Id}.{call.Timestamp}.{call.Body}")
                )
            );
        return call.Signature.Split(' ').Contains(wanted, StringComparer.Ordinal);
    }

    [Theory, DatabaseMatrix]
    public async Task A_booking_is_told_signed_with_what_a_program_needs_and_no_host_rights(DatabaseKind database)
    {
        await using var receiver = await HookReceiver.StartAsync();
        await using var bench = await BookingBench.StartAsync(database, OwnMachine);
        var (id, secret) = await AddAsync(bench, receiver.Url);
        secret.ShouldStartWith("whsec_");
        (await SendAsync(bench, HttpMethod.Get, $"/api/v1/webhooks/{id}")).Body.ToString().ShouldNotContain("whsec_");
        await bench.AddPageAsync("intro");
        var booking = await bench.BookedAsync("intro", "2026-12-02T09:00:00Z");
        await TestServer.EventuallyAsync(() => Task.FromResult(receiver.Calls.Count > 0), "the booking is told");

        var call = receiver.Calls[0];
        call.Type.ShouldBe("booking.created");
        Fits(call, secret).ShouldBeTrue();
        Fits(call with { Body = call.Body + " " }, secret).ShouldBeFalse();
        var data = call.Json["data"]!;
        data["bookingId"]!.GetValue<string>().ShouldBe(booking);
        data["startsAt"]!.GetValue<string>().ShouldBe("2026-12-02T09:00:00Z");
        data["attendees"]![0]!["email"]!.GetValue<string>().ShouldBe("ada@example.org");
        data["doorUrl"]!.GetValue<string>().ShouldContain("/j/");
        call.Body.ShouldNotContain("manage");

        await TestServer.EventuallyAsync(
            async () => (await DeliveriesAsync(bench, id))[0].GetProperty("status").GetString() == "delivered",
            "the delivery is written down"
        );
        (await DeliveriesAsync(bench, id))[0].GetProperty("httpStatus").GetInt32().ShouldBe(204);
    }

    [Theory, DatabaseMatrix]
    public async Task What_is_not_taken_for_a_day_is_dead_and_can_be_delivered_again(DatabaseKind database)
    {
        await using var receiver = await HookReceiver.StartAsync();
        await using var bench = await BookingBench.StartAsync(database, OwnMachine);
        var (id, _) = await AddAsync(bench, receiver.Url);
        receiver.Answer = _ => 302;
        (await SendAsync(bench, HttpMethod.Post, $"/api/v1/webhooks/{id}/test")).Status.ShouldBe(
            HttpStatusCode.Accepted
        );
        await PumpAsync(
            bench,
            async () => (await DeliveriesAsync(bench, id))[0].GetProperty("status").GetString() == "dead",
            Duration.FromHours(1)
        );
        receiver.Calls.Count.ShouldBe(DeliveryTurns.Ladder.Count + 1);
        DeliveryTurns
            .Ladder.Aggregate(Duration.Zero, (sum, pause) => sum + pause)
            .ShouldBeGreaterThan(Duration.FromHours(24));
        var dead = (await DeliveriesAsync(bench, id))[0];
        dead.GetProperty("httpStatus").GetInt32().ShouldBe(302);

        receiver.Answer = _ => 200;
        var path = $"/api/v1/webhooks/{id}/deliveries/{dead.GetProperty("id").GetString()}/redeliver";
        (await SendAsync(bench, HttpMethod.Post, path)).Status.ShouldBe(HttpStatusCode.Accepted);
        await TestServer.EventuallyAsync(
            async () =>
                (await DeliveriesAsync(bench, id)).Exists(one => one.GetProperty("status").GetString() == "delivered"),
            "it is delivered again"
        );
        receiver.Calls.Select(call => call.Id).Distinct().Count().ShouldBe(1);
        (
            await SendAsync(bench, HttpMethod.Post, $"/api/v1/webhooks/{id}/deliveries/eff_none/redeliver")
        ).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task A_receiver_that_says_it_is_gone_is_not_asked_again(DatabaseKind database)
    {
        await using var receiver = await HookReceiver.StartAsync();
        await using var bench = await BookingBench.StartAsync(database, OwnMachine);
        var (id, _) = await AddAsync(bench, receiver.Url);
        receiver.Answer = _ => 410;
        await SendAsync(bench, HttpMethod.Post, $"/api/v1/webhooks/{id}/test");
        await TestServer.EventuallyAsync(
            async () =>
                !(await SendAsync(bench, HttpMethod.Get, $"/api/v1/webhooks/{id}"))
                    .Body.GetProperty("active")
                    .GetBoolean(),
            "the endpoint is switched off"
        );
        (await SendAsync(bench, HttpMethod.Get, $"/api/v1/webhooks/{id}"))
            .Body.GetProperty("stoppedBecause")
            .GetString()
            .ShouldBe("gone");
        receiver.Calls.Count.ShouldBe(1);
        var read = await bench.Api.GetAsync($"/api/v1/webhooks/{id}");
        var tag = read.Headers.ETag!.ToString();
        var (status, body) = await PatchAsync(new { active = true }, tag);
        status.ShouldBe(HttpStatusCode.OK);
        body.GetProperty("stoppedBecause").ValueKind.ShouldBe(JsonValueKind.Null);
        // What was read then is not what is there now.
        (status, body) = await PatchAsync(new { description = "too late" }, tag);
        status.ShouldBe(HttpStatusCode.PreconditionFailed);
        body.GetProperty("code").GetString().ShouldBe("precondition_failed");
        (await PatchAsync(new { description = "whatever it is now" }, "*")).Status.ShouldBe(HttpStatusCode.OK);

        Task<(HttpStatusCode Status, JsonElement Body)> PatchAsync(object change, string ifMatch) =>
            bench.SendAsync(
                HttpMethod.Patch,
                $"/api/v1/webhooks/{id}",
                JsonSerializer.SerializeToNode(change),
                "If-Match",
                ifMatch
            );
    }

    [Theory, DatabaseMatrix]
    public async Task During_a_change_of_secrets_both_sign_and_then_only_the_new_one(DatabaseKind database)
    {
        await using var receiver = await HookReceiver.StartAsync();
        await using var bench = await BookingBench.StartAsync(database, OwnMachine);
        var (id, former) = await AddAsync(bench, receiver.Url);
        var (status, body) = await SendAsync(
            bench,
            HttpMethod.Post,
            $"/api/v1/webhooks/{id}/rotate-secret",
            new { overlapHours = 2 }
        );
        status.ShouldBe(HttpStatusCode.OK);
        var next = body.GetProperty("secret").GetString()!;
        next.ShouldNotBe(former);
        await TestedAsync(1);
        Fits(receiver.Calls[0], former).ShouldBeTrue();
        Fits(receiver.Calls[0], next).ShouldBeTrue();

        await bench.Parley.AdvanceAsync(Duration.FromHours(2));
        await TestedAsync(2);
        Fits(receiver.Calls[1], former).ShouldBeFalse();
        Fits(receiver.Calls[1], next).ShouldBeTrue();

        async Task TestedAsync(int count)
        {
            await SendAsync(bench, HttpMethod.Post, $"/api/v1/webhooks/{id}/test");
            await TestServer.EventuallyAsync(() => Task.FromResult(receiver.Calls.Count == count), "the test arrives");
        }
    }

    [Theory, DatabaseMatrix]
    public async Task What_is_wrong_with_an_endpoint_is_told_by_field(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        // Every reason is in WebhookTargetTests.
        foreach (var url in (string[])["http://example.org/hook", "https://0177.0.0.1/", "https://localhost/", ""])
        {
            var (status, body) = await SendAsync(bench, HttpMethod.Post, "/api/v1/webhooks", new { url });
            status.ShouldBe(HttpStatusCode.BadRequest, url);
            body.GetProperty("errors").GetProperty("url")[0].GetString().ShouldNotBeNullOrEmpty(url);
        }

        (
            await SendAsync(
                bench,
                HttpMethod.Post,
                "/api/v1/webhooks",
                new { url = "https://hooks.example.org/parley", events = new[] { "booking.made" } }
            )
        )
            .Body.GetProperty("errors")
            .TryGetProperty("events[0]", out _)
            .ShouldBeTrue();
        (
            await SendAsync(
                bench,
                HttpMethod.Post,
                "/api/v1/webhooks",
                new { url = "https://hooks.example.org/parley" }
            )
        ).Status.ShouldBe(HttpStatusCode.Created);
    }

    private static Task PumpAsync(BookingBench bench, Func<Task<bool>> condition, Duration? step = null) =>
        bench.Parley.PumpAsync(condition, "the deliveries come", step ?? Duration.FromMinutes(10));
}
