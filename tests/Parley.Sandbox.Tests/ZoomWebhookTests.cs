using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>What the Zoom twin tells by itself.</summary>
public sealed class ZoomWebhookTests
{
    [Fact]
    public async Task An_address_must_hold_the_secret_and_be_on_this_machine()
    {
        await using Twin twin = await Twin.StartAsync();
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        receiver.Secret = "another";

        JsonNode refused = await SetAsync(twin, receiver, HttpStatusCode.Conflict);
        refused["code"]!.GetValue<string>().ShouldBe("not_validated");
        refused["detail"]!.GetValue<string>().ShouldContain("wrong encryptedToken");
        (await twin.ControlAsync("zoom/webhooks"))["subscriptions"]!.AsArray().ShouldBeEmpty();
        foreach (
            string url in (string[])
                ["http://192.0.2.1/hook", "http://169.254.169.254/", "ftp://127.0.0.1/", "http://a:b@127.0.0.1/"]
        )
        {
            await twin.ControlAsync("zoom/webhooks", $$"""{"url":"{{url}}"}""", HttpStatusCode.BadRequest);
        }

        (await twin.ControlAsync("zoom/webhooks", """{"url":"http://127.0.0.1:1/hook"}""", HttpStatusCode.Conflict))[
            "detail"
        ]!
            .GetValue<string>()
            .ShouldContain("did not answer");

        receiver.Secret = await SecretAsync(twin);
        await SetAsync(twin, receiver);
        receiver.Validations.ShouldBe(2);
    }

    [Fact]
    public async Task An_event_is_signed_over_its_very_bytes_compact_and_unescaped()
    {
        await using Twin twin = await Twin.StartAsync();
        await using WebhookReceiver receiver = await ReadyAsync(twin);
        await RaiseAsync(
            twin,
            "meeting.started",
            """{"account_id":"NwAcc0unt7hQ2sT5vX8zBg","object":{"host_id":"zoeU5er1dAb3Cd5Ef7Gh9J","topic":"Über 打ち合わせ <b>"}}"""
        );

        Received one = (await ReceivedAsync(receiver, 1))[0];
        one.Body.ShouldContain("\"topic\":\"Über 打ち合わせ <b>\"");
        one.Body.ShouldNotContain(": ");
        string stamp = one.Headers["x-zm-request-timestamp"];
        long.Parse(stamp, CultureInfo.InvariantCulture).ShouldBeGreaterThan(1_000_000_000);
        one.Headers["x-zm-signature"].ShouldBe("v0=" + WebhookReceiver.Hmac(receiver.Secret, $"v0:{stamp}:{one.Body}"));
        one.Headers["user-agent"].ShouldBe("Zoom Marketplace/1.0a");
        one.Headers["x-zm-request-id"].ShouldNotBeEmpty();
        one.Json["event_ts"]!.GetValue<long>().ShouldBeGreaterThan(1_000_000_000_000);
        JsonNode call = (await twin.ControlAsync("log?operation=webhook"))["items"]!.AsArray().ShouldHaveSingleItem()!;
        call["status"]!.GetValue<int>().ShouldBe(204);
        (await twin.Http.GetStringAsync("/webhooks")).ShouldContain("delivered (204)");
    }

    [Fact]
    public async Task Failures_on_the_receivers_side_are_repeated_three_times_by_the_sandboxs_clock()
    {
        await using Twin twin = await Twin.StartAsync();
        await using WebhookReceiver receiver = await ReadyAsync(twin);
        receiver.Status = 500;
        await RaiseAsync(twin, "user.updated");
        await ReceivedAsync(receiver, 1);
        int expected = 1;
        foreach (int minutes in (int[])[5, 20, 60])
        {
            await StateAsync(twin, "waiting", expected);
            await AdvanceAsync(twin, minutes * 60 - 10);
            receiver.Events.Count.ShouldBe(expected, $"not before {minutes} minutes");
            await AdvanceAsync(twin, 15);
            await ReceivedAsync(receiver, ++expected);
        }

        await StateAsync(twin, "givenUp", 4);
        receiver.Events.Select(one => one.Body).Distinct().Count().ShouldBe(1);
        receiver.Events.Select(one => one.Headers["x-zm-request-id"]).Distinct().Count().ShouldBe(4);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(302)]
    [InlineData(404)]
    public async Task Other_refusals_are_not_repeated_and_redirects_not_followed(int status)
    {
        await using Twin twin = await Twin.StartAsync();
        await using WebhookReceiver receiver = await ReadyAsync(twin);
        receiver.Status = status;
        await RaiseAsync(twin, "user.updated");

        await StateAsync(twin, "refused", 1);
        receiver.Events.ShouldHaveSingleItem().Path.ShouldBe("/hook");
    }

    [Fact]
    public async Task Events_are_lost_and_doubled_on_request()
    {
        await using Twin twin = await Twin.StartAsync();
        await using WebhookReceiver receiver = await ReadyAsync(twin);
        await FaultAsync(twin, "loseWebhook", "user.deactivated");
        await FaultAsync(twin, "duplicateWebhook", "user.deleted");
        await RaiseAsync(twin, "user.deactivated");
        await RaiseAsync(twin, "user.deleted");
        await RaiseAsync(twin, "user.updated");

        (await ReceivedAsync(receiver, 3))
            .Select(one => one.Event)
            .ShouldBe(["user.deleted", "user.deleted", "user.updated"]);
        (await DeliveriesAsync(twin)).Select(one => one["state"]!.GetValue<string>()).ShouldContain("lost");
        foreach (
            string fault in (string[])
                [
                    """{"provider":"zoom","operation":"users.list","kind":"loseWebhook"}""",
                    """{"provider":"zoom","operation":"webhook","kind":"failBefore"}""",
                    """{"provider":"gotomeeting","operation":"meetings.create","kind":"loseWebhook"}""",
                ]
        )
        {
            await twin.ControlAsync("faults", fault, HttpStatusCode.BadRequest);
        }
    }

    [Fact]
    public async Task Who_removes_the_app_is_told_to_its_own_address_in_its_own_form()
    {
        await using Twin twin = await Twin.StartAsync();
        await using WebhookReceiver receiver = await ReadyAsync(twin);
        await twin.ControlAsync("zoom/deauthorizations", """{"account":"zoe@northwind.example"}""");
        await twin.ZoomTokenAsync();
        await twin.ControlAsync("zoom/webhooks", $$"""{"deauthorizationUrl":"{{receiver.Url}}/gone"}""");

        await twin.ControlAsync("zoom/deauthorizations", """{"account":"zoe@northwind.example"}""");

        Received one = (await ReceivedAsync(receiver, 1)).ShouldHaveSingleItem();
        one.Path.ShouldBe("/hook/gone");
        one.Event.ShouldBe("app_deauthorized");
        one.Json["event_ts"].ShouldBeNull();
        one.Json["payload"]!["event_ts"]!.GetValue<string>().ShouldMatch(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$");
        one.Json["payload"]!["user_id"]!.GetValue<string>().ShouldBe(ZoomCalls.ZoeId);
    }

    [Fact]
    public async Task An_app_of_users_hears_of_those_who_added_it_and_of_what_it_subscribed_to()
    {
        await using Twin twin = await Twin.StartAsync();
        await using WebhookReceiver receiver = await ReadyAsync(twin);
        await twin.ControlAsync("zoom/webhooks", """{"events":["user.updated"]}""");
        await RaiseAsync(twin, "user.updated", account: ZoomCalls.Bruno);
        await RaiseAsync(twin, "user.deleted");
        await RaiseAsync(twin, "user.updated");

        (await ReceivedAsync(receiver, 1)).ShouldHaveSingleItem().Json["payload"]!["object"]!["id"]!
            .GetValue<string>()
            .ShouldBe(ZoomCalls.ZoeId);
        (await DeliveriesAsync(twin)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_change_names_no_host_and_reaches_the_hosts_app_all_the_same()
    {
        await using Twin twin = await Twin.StartAsync();
        await using WebhookReceiver receiver = await ReadyAsync(twin);
        string token = await twin.ZoomTokenAsync();
        JsonNode meeting = await twin.ZoomCreateOfAsync(token, """{"topic":"One","type":2}""");
        await ReceivedAsync(receiver, 1);

        await twin.ControlAsync($"zoom/meetings/{meeting["id"]}", """{"deed":"change","topic":"Two"}""");

        Received told = (await ReceivedAsync(receiver, 2))[1];
        told.Event.ShouldBe("meeting.updated");
        told.Json["payload"]!["object"]!["topic"]!.GetValue<string>().ShouldBe("Two");
        told.Json["payload"]!["object"]!["host_id"].ShouldBeNull();
    }

    [Theory]
    [InlineData("meeting:read:meeting", 2)]
    [InlineData("meeting:read:participant", 4)]
    [InlineData("meeting:read", 4)]
    public async Task Who_comes_and_goes_is_told_to_apps_that_may_know(string scope, int events)
    {
        await using Twin twin = await Twin.StartAsync();
        await using WebhookReceiver receiver = await ReadyAsync(twin);
        string token = await twin.ZoomTokenAsync();
        JsonNode meeting = await twin.ZoomCreateOfAsync(token, """{"topic":"One","type":2}""");
        await ReceivedAsync(receiver, 1);
        await twin.ControlAsync("settings", $$"""{"provider":"zoom","organizerScopes":["{{scope}}"]}""");

        await twin.ControlAsync($"zoom/meetings/{meeting["id"]}", """{"deed":"start"}""");
        await twin.ControlAsync($"zoom/meetings/{meeting["id"]}", """{"deed":"end"}""");

        IReadOnlyList<Received> told = await ReceivedAsync(receiver, 1 + events);
        told[^1].Event.ShouldBe("meeting.ended");
        (await DeliveriesAsync(twin)).Count.ShouldBe(1 + events);
    }

    [Fact]
    public async Task What_waits_outlives_a_restart()
    {
        string directory = Directory.CreateTempSubdirectory("zoom-hooks").FullName;
        await using WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        await using (Twin twin = await Twin.StartAsync(directory))
        {
            await twin.ZoomTokenAsync();
            receiver.Secret = await SecretAsync(twin);
            await SetAsync(twin, receiver);
            receiver.Status = 503;
            await RaiseAsync(twin, "user.updated");
            await ReceivedAsync(receiver, 1);
            await StateAsync(twin, "waiting", 1);
        }

        receiver.Status = 204;
        await using (Twin twin = await Twin.StartAsync(directory))
        {
            await AdvanceAsync(twin, 301);
            await ReceivedAsync(receiver, 2);
            await StateAsync(twin, "delivered", 2);
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task An_address_is_asked_again_every_72_hours_and_given_up_after_six_failures()
    {
        await using Twin twin = await Twin.StartAsync();
        await using WebhookReceiver receiver = await ReadyAsync(twin);
        receiver.Secret = "forgotten";
        for (int failures = 1; failures <= 6; failures++)
        {
            await AdvanceAsync(twin, 72 * 3600 + 1);
            await UntilAsync(() => Task.FromResult(receiver.Validations == failures + 1));
        }

        await UntilAsync(async () => (await Subscription())["disabled"]!.GetValue<bool>());
        await RaiseAsync(twin, "user.updated");
        (await DeliveriesAsync(twin)).ShouldBeEmpty();

        async Task<JsonNode> Subscription() =>
            (await twin.ControlAsync("zoom/webhooks"))["subscriptions"]!.AsArray().Single()!;
    }

    // — steps

    private static async Task<WebhookReceiver> ReadyAsync(Twin twin)
    {
        await twin.ZoomTokenAsync();
        WebhookReceiver receiver = await WebhookReceiver.StartAsync();
        receiver.Secret = await SecretAsync(twin);
        await SetAsync(twin, receiver);
        return receiver;
    }

    private static async Task<string> SecretAsync(Twin twin) =>
        (await twin.ZoomAppAsync())["secretToken"]!.GetValue<string>();

    private static Task<JsonNode> SetAsync(Twin twin, WebhookReceiver receiver, HttpStatusCode? expected = null) =>
        twin.ControlAsync("zoom/webhooks", $$"""{"url":"{{receiver.Url}}"}""", expected);

    private static Task<JsonNode> RaiseAsync(
        Twin twin,
        string name,
        string? payload = null,
        string account = ZoomCalls.Zoe
    ) =>
        twin.ControlAsync(
            "zoom/events",
            new JsonObject
            {
                ["event"] = name,
                ["account"] = account,
                ["payload"] = payload,
            }.ToJsonString()
        );

    private static Task<JsonNode> FaultAsync(Twin twin, string kind, string match) =>
        twin.ControlAsync(
            "faults",
            $$"""{"provider":"zoom","operation":"webhook","kind":"{{kind}}","match":"{{match}}"}"""
        );

    private static Task<JsonNode> AdvanceAsync(Twin twin, int seconds) =>
        twin.ControlAsync("clock", $$"""{"advanceSeconds":{{seconds}}}""");

    private static async Task<IReadOnlyList<JsonNode>> DeliveriesAsync(Twin twin) =>
        [.. (await twin.ControlAsync("zoom/webhooks"))["deliveries"]!.AsArray().Select(one => one!)];

    private static Task StateAsync(Twin twin, string state, int attempts) =>
        UntilAsync(async () =>
            (await DeliveriesAsync(twin)).Any(one =>
                one["state"]!.GetValue<string>() == state && one["attempts"]!.GetValue<int>() == attempts
            )
        );

    private static async Task<IReadOnlyList<Received>> ReceivedAsync(WebhookReceiver receiver, int count)
    {
        await UntilAsync(() => Task.FromResult(receiver.Events.Count >= count));
        receiver.Events.Count.ShouldBe(count);
        return receiver.Events;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        while (!await condition())
        {
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15), "waited in vain");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
