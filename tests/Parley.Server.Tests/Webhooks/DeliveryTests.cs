using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Hosting;
using static Parley.Server.Tests.Webhooks.WebhookWorld;

namespace Parley.Server.Tests.Webhooks;

/// <summary>Who is believed, how often, and what it costs.</summary>
public sealed class DeliveryTests
{
    [Theory, DatabaseMatrix]
    public async Task Only_what_the_secret_signed_just_now_is_believed(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var body = world.Meeting("meeting.updated", "111222333");
        var spaced = JsonNode.Parse(body)!.ToJsonString(new() { WriteIndented = true });

        await RefusedAsync(world.SendAsync(body, secret: "another"), "signature_wrong");
        await RefusedAsync(world.SendAsync(body, sent: spaced), "signature_wrong");
        await RefusedAsync(world.SendAsync(body, sent: body + " "), "signature_wrong");
        await RefusedAsync(world.SendAsync(body, skew: -Duration.FromSeconds(301)), "timestamp_out_of_window");
        await RefusedAsync(world.SendAsync(body, skew: Duration.FromSeconds(301)), "timestamp_out_of_window");
        await RefusedAsync(world.Http.PostAsync(world.Path, new StringContent(body)), "signature_missing");
        using (var twice = world.Request(body))
        {
            twice.Headers.TryAddWithoutValidation("x-zm-signature", "v0=" + new string('0', 64));
            await RefusedAsync(world.Http.SendAsync(twice), "signature_wrong");
        }

        (await world.CountAsync("inbox")).ShouldBe(0);
        // The very same is taken when it is as it should be, also at the edge of the window.
        (await world.SendAsync(body, skew: -Duration.FromSeconds(299))).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await world.CountAsync("inbox")).ShouldBe(1);
        string.Join("\n", world.Server.Parley.Log.Lines).ShouldContain("was refused: signature_wrong");
        string.Join("\n", world.Server.Parley.Log.Lines).ShouldNotContain("Ümläuten");
        string.Join("\n", world.Server.Parley.Log.Lines).ShouldNotContain(Secret);
    }

    [Theory, DatabaseMatrix]
    public async Task Without_a_secret_everything_is_refused(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database, secret: null);
        var body = world.Meeting("meeting.updated", "111222333");

        await RefusedAsync(world.SendAsync(body), "no_secret_configured");
        await RefusedAsync(world.SendAsync(body, secret: ""), "no_secret_configured");
        await RefusedAsync(world.SendAsync(body, "/webhooks/gotomeeting"), "no_secret_configured");

        await world.SetSecretAsync(Secret);
        await world.DeliverAsync(body);
        // One that does not open where it lies is as good as none.
        await world.Server.ExecuteAsync("UPDATE provider_app SET generation = generation + 1");
        await RefusedAsync(world.SendAsync(body), "no_secret_configured");
    }

    [Theory, DatabaseMatrix]
    public async Task Addresses_of_nothing_are_not_found(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var body = world.Meeting("meeting.updated", "111222333");
        foreach (
            var path in (string[])
                ["/webhooks/gotomeeting/app_nothing", "/webhooks/nothing", $"/webhooks/nothing/{world.AppId}"]
        )
        {
            using var reply = await world.SendAsync(body, path);
            reply.StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
            (await CodeAsync(reply)).ShouldBe("not_found");
        }

        world.Server.Provider.Events = null;
        (await world.SendAsync(body)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task Large_bodies_are_refused_whatever_they_say_of_their_size(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var fits = Padded(world, 250 * 1024);
        var large = Padded(world, 1024 * 1024 - 1024);

        (await world.SendAsync(fits)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        foreach (var chunked in (bool[])[false, true])
        {
            using var request = world.Request(large);
            request.Headers.TransferEncodingChunked = chunked;
            using var reply = await world.Http.SendAsync(request);
            reply.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
            (await CodeAsync(reply)).ShouldBe("too_large");
        }

        (await world.CountAsync("inbox")).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task An_event_that_comes_again_is_answered_again_and_does_nothing_more(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var joined = world.Participant("joined", "111222333", "alice");
        await world.DeliverAsync(joined);
        await world.Server.AdvanceAsync(Duration.FromMinutes(5));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => world.DeliverAsync(joined)));

        (await world.CountAsync("inbox")).ShouldBe(1);
        (await world.CountAsync("observed_presence", "inside = 1")).ShouldBe(1);
        await world.DeliverAsync(world.Participant("joined", "111222333", "alice"));
        (await world.CountAsync("observed_presence", "inside = 2")).ShouldBe(1, "another event is another");
    }

    [Theory, DatabaseMatrix]
    public async Task An_unknown_event_is_taken_and_makes_no_work(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        await world.DeliverAsync(world.Meeting("meeting.sharing_started", "111222333"));
        await world.DeliverAsync("\"no object\"");
        await world.DeliverAsync("[{");

        (await world.CountAsync("inbox")).ShouldBe(0);
        (await world.CountAsync("effect", "kind = 'sweep'")).ShouldBe(0);
    }

    [Theory, DatabaseMatrix]
    public async Task The_provider_is_shown_that_we_hold_the_secret(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        const string challenge =
            """{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}""";

        await RefusedAsync(world.SendAsync(challenge, secret: "another"), "signature_wrong");
        using var reply = await world.SendAsync(challenge);

        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        reply.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        var answer = (await reply.Content.ReadFromJsonAsync<JsonObject>())!;
        answer["plainToken"]!.GetValue<string>().ShouldBe("qgg8vlvZRS6UYooatFL8Aw");
        answer["encryptedToken"]!.GetValue<string>().ShouldBe(Hmac(Secret, "qgg8vlvZRS6UYooatFL8Aw"));
    }

    [Theory, DatabaseMatrix]
    public async Task An_address_takes_no_cookie_and_no_key_and_gives_no_cookie(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var body = world.Meeting("meeting.updated", "111222333");
        using var browser = new Access.FormBrowser(world.Server.Parley);
        await browser.SignInAsync();
        using var unsigned = await browser.Http.PostAsync(world.Path, new StringContent(body));
        unsigned.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        using var keyed = await world.Server.Api.PostAsync(world.Path, new StringContent(body));
        keyed.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        using var request = world.Request(body);
        request.Headers.TryAddWithoutValidation("Origin", "https://elsewhere.example");
        using var reply = await world.Http.SendAsync(request);
        reply.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        reply.Headers.Contains("Set-Cookie").ShouldBeFalse();
    }

    /// <summary>Minutes of a very large account at once, with forgeries among them.</summary>
    [Theory, DatabaseMatrix]
    public async Task A_burst_of_ten_thousand_events_is_absorbed(DatabaseKind database)
    {
        const int events = 10_000;
        await using var world = await WebhookWorld.StartAsync(database);
        var bodies = Enumerable
            .Range(0, events)
            .Select(number => world.Participant("joined", $"1112223{number % 40:00}", $"p{number}"))
            .ToList();
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var slowest = TimeSpan.Zero;
        var busy = 0;
        await Parallel.ForEachAsync(
            bodies,
            new ParallelOptions { MaxDegreeOfParallelism = 200 },
            async (body, cancellationToken) =>
            {
                var mine = System.Diagnostics.Stopwatch.StartNew();
                if (body.GetHashCode(StringComparison.Ordinal) % 10 == 0)
                {
                    using var forged = await world.SendAsync(body, secret: "forged");
                    forged.StatusCode.ShouldBeOneOf(HttpStatusCode.Unauthorized, HttpStatusCode.ServiceUnavailable);
                }

                // As the provider does: what failed on our side comes again.
                while (true)
                {
                    using var reply = await world.SendAsync(body);
                    if (reply.StatusCode == HttpStatusCode.NoContent)
                    {
                        break;
                    }

                    reply.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
                    Interlocked.Increment(ref busy);
                }

                lock (bodies)
                {
                    slowest = mine.Elapsed > slowest ? mine.Elapsed : slowest;
                }
            }
        );
        var grown = (GC.GetTotalMemory(forceFullCollection: true) - before) / 1024 / 1024;
        TestContext.Current.SendDiagnosticMessage(
            $"{database}: {events} events and a tenth as many forgeries in {watch.Elapsed.TotalSeconds:F1} s, slowest {slowest.TotalMilliseconds:F0} ms, busy {busy}, {grown} MB"
        );

        (await world.CountAsync("inbox")).ShouldBe(events);
        (await world.CountAsync("observed_presence")).ShouldBe(events);
        grown.ShouldBeLessThan(100);
        slowest.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    private static string Padded(WebhookWorld world, int size)
    {
        var body = world.Meeting("meeting.updated", "111222333");
        return body[..^1] + $",\"padding\":\"{new string('x', size - Encoding.UTF8.GetByteCount(body) - 13)}\"}}";
    }

    private static async Task RefusedAsync(Task<HttpResponseMessage> sending, string reason)
    {
        using var reply = await sending;
        reply.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var problem = (await reply.Content.ReadFromJsonAsync<JsonObject>())!;
        problem["code"]!.GetValue<string>().ShouldBe("webhook_refused");
        problem["reason"]!.GetValue<string>().ShouldBe(reason);
        problem["detail"]!.GetValue<string>().ShouldBe("The delivery is not believed.");
    }

    private static async Task<string> CodeAsync(HttpResponseMessage reply) =>
        (await reply.Content.ReadFromJsonAsync<JsonObject>())!["code"]!.GetValue<string>();
}
