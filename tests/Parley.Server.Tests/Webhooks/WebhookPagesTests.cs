using System.Net;
using System.Text.RegularExpressions;
using NodaTime;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;
using Parley.Server.Webhooks.Outbound;
using Parley.Server.Webhooks.Outbound.Views;

namespace Parley.Server.Tests.Webhooks;

/// <summary>The administrators' pages of webhooks, one story over one server.</summary>
public sealed partial class WebhookPagesTests
{
    private const string List = WebhookPages.Path;

    [Theory, DatabaseMatrix]
    public async Task An_endpoint_is_added_tested_changed_stopped_and_removed_without_script(DatabaseKind database)
    {
        await using var receiver = await HookReceiver.StartAsync();
        await using var bench = await BookingBench.StartAsync(
            database,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Webhooks:AllowedNetworks"] = "127.0.0.0/8" }
        );
        using var owner = new FormBrowser(bench.Parley);
        await owner.SignInAsync();
        (await owner.ReadAsync(List)).ShouldContain("No endpoint yet");
        (await owner.ReadAsync("/account")).ShouldContain($"href=\"{List}\"");

        // A refused address names the field and the reason, and what was typed is still there.
        var refused = await AddAsync(("url", "https://10.0.0.9/x"), ("description", "CRM"), ("which", "all"));
        refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var form = await TextAsync(refused);
        form.ShouldContain("URL leads to a private network (10.0.0.9)");
        form.ShouldContain("value=\"CRM\"");
        (await TextAsync(await AddAsync(("url", receiver.Url), ("which", "some")))).ShouldContain(
            "Events must be at least one, or all"
        );

        // The secret is shown once; the form sent twice makes one endpoint.
        var page = await owner.ReadAsync(List + "/new");
        (string, string)[] filled =
        [
            ("key", Hidden(page, "key")),
            ("url", receiver.Url),
            ("description", "CRM"),
            ("which", "some"),
            ("events", "booking.created"),
            ("events", "meeting.ready"),
        ];
        var added = await TextAsync(await owner.SubmitAsync(List + "/new", List + "/new", filled));
        var first = Secret().Match(added).Value;
        first.ShouldStartWith("whsec_");
        var again = await owner.SubmitAsync(List + "/new", List + "/new", filled);
        again.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var path = again.Headers.Location!.ToString();
        var shown = await owner.ReadAsync(path);
        Secret().IsMatch(shown).ShouldBeFalse();
        shown.ShouldContain("booking.created, meeting.ready");
        shown.ShouldContain("Nothing was sent yet");

        // The test button waits for the first attempt and says passed or not; never what a host answered.
        (await TestedAsync()).ShouldContain("The test passed");
        receiver.Answer = _ => 503;
        var failed = await TestedAsync();
        failed.ShouldContain("The test failed: the receiver answered, but did not take the event");
        failed.ShouldContain("Tried again later");
        var delivery = DeliveryLink().Match(await owner.ReadAsync(path + "?status=pending")).Value;
        var story = await owner.ReadAsync(delivery);
        story.ShouldContain("Parley reaches this endpoint.");
        story.ShouldContain("Not taken; to be tried again");
        story.ShouldContain("HTTP 503");
        var (_, told) = await bench.SendAsync(
            HttpMethod.Get,
            delivery.Replace(List, "/api/v1/webhooks", StringComparison.Ordinal)
        );
        told.GetProperty("body").GetProperty("type").GetString().ShouldBe("webhook.test");
        told.GetProperty("httpStatus").GetInt32().ShouldBe(503);

        // The log: narrowed, and empty where nothing matches.
        (await owner.ReadAsync(path + "?status=delivered")).ShouldNotContain("Tried again later");
        (await owner.ReadAsync(path + "?status=dead")).ShouldContain("No delivery matches");
        (await owner.ReadAsync(path + "?type=booking.created")).ShouldContain("No delivery matches");
        (await owner.ReadAsync(path + "?cursor=broken&status=what")).ShouldContain("webhook.test");

        // Given up after a day: shown in the list, and delivered again by hand, under the same id.
        var deliveries = $"/api/v1/webhooks/{path.Split('/')[^1]}/deliveries";
        await TestServer.EventuallyAsync(
            async () =>
            {
                await bench.Parley.AdvanceAsync(Duration.FromHours(2));
                var (_, dead) = await bench.SendAsync(HttpMethod.Get, deliveries + "?status=dead&type=webhook.test");
                return dead.GetProperty("items").GetArrayLength() == 1;
            },
            "the failed test is a dead letter"
        );
        (await owner.ReadAsync(path)).ShouldContain("1 event was not delivered");
        (await owner.ReadAsync(List)).ShouldContain("1 not delivered to CRM");
        receiver.Answer = _ => 204;
        var redelivered = await owner.SubmitAsync(delivery, delivery + "/redeliver");
        redelivered.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await owner.ReadAsync(redelivered.Headers.Location!.ToString())).ShouldContain("The receiver took it");
        receiver.Calls.Skip(1).Select(call => call.Id).Distinct().Count().ShouldBe(1);
        (await owner.ReadAsync(List)).ShouldNotContain("1 not delivered to CRM");

        // A new secret beside the former one; sent twice it changes once.
        var ask = await owner.ReadAsync(path + "/secret");
        (string, string)[] overlap = [("overlapHours", "24"), ("generation", Hidden(ask, "generation"))];
        var rotated = await TextAsync(await owner.SubmitAsync(path + "/secret", path + "/secret", overlap));
        var second = Secret().Match(rotated).Value;
        second.ShouldStartWith("whsec_");
        second.ShouldNotBe(first);
        rotated.ShouldContain("For the next 24 hours");
        (await owner.SubmitAsync(path + "/secret", path + "/secret", overlap)).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );
        (await owner.ReadAsync(path)).ShouldContain("was changed a moment ago");
        (await owner.ReadAsync(path)).ShouldContain("the former one signs as well until");
        (await owner.ReadAsync(path + "/secret")).ShouldContain("A change is under way");
        await TestedAsync();
        receiver.Calls[^1].Signature.Split(' ').Length.ShouldBe(2);

        // Stopped by Parley: why, and how to go on.
        receiver.Answer = _ => 410;
        (await TestedAsync()).ShouldContain("The test failed");
        var stopped = await owner.ReadAsync(path);
        stopped.ShouldContain("Parley stopped this endpoint.");
        stopped.ShouldContain("answered 410");
        stopped.ShouldNotContain("Send a test");
        (await owner.ReadAsync(List)).ShouldContain("Stopped by Parley");
        await owner.SubmitAsync(path, path + "/active", ("active", "true"));
        (await owner.ReadAsync(path)).ShouldNotContain("Parley stopped this endpoint.");

        // Changed: all events, switched off by a person.
        (
            await owner.SubmitAsync(path + "/edit", path + "/edit", ("url", receiver.Url + "2"), ("which", "all"))
        ).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var changed = await owner.ReadAsync(path);
        changed.ShouldContain("Switched off");
        changed.ShouldContain(receiver.Url + "2");
        (await owner.SubmitAsync(path, path + "/test")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await owner.ReadAsync(path)).ShouldContain("switch it on, then test it");

        // Another workspace's, and a member's hands.
        (await owner.GetAsync(List + "/wh_none")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await owner.GetAsync(path + "/deliveries/eff_none")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        (await owner.ReadAsync(path + "/delete")).ShouldContain("Remove this endpoint?");
        (await owner.SubmitAsync(path + "/delete", path + "/delete")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await owner.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await owner.ReadAsync(List)).ShouldContain("No endpoint yet");

        Task<HttpResponseMessage> AddAsync(params (string, string)[] fields) =>
            owner.SubmitAsync(List + "/new", List + "/new", fields);

        async Task<string> TestedAsync()
        {
            (await owner.SubmitAsync(path, path + "/test")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
            return await owner.ReadAsync(path);
        }
    }

    [Fact]
    public void Every_event_has_words()
    {
        foreach (var type in WebhookEventTypes.All)
        {
            WebhookWords.Event(type).ShouldNotBeNull(type);
        }
    }

    private static async Task<string> TextAsync(HttpResponseMessage reply) =>
        WebUtility.HtmlDecode(await reply.Content.ReadAsStringAsync());

    private static string Hidden(string html, string name) =>
        Regex
            .Match(html, $"name=\"{name}\" value=\"(?<value>[^\"]*)\"", RegexOptions.None, TimeSpan.FromSeconds(1))
            .Groups["value"]
            .Value;

    [GeneratedRegex("whsec_[A-Za-z0-9+/=]+")]
    private static partial Regex Secret();

    [GeneratedRegex("/webhook-endpoints/[^/\"]+/deliveries/[^/\"]+")]
    private static partial Regex DeliveryLink();
}
