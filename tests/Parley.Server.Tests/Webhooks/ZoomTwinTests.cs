using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Observed;

namespace Parley.Server.Tests.Webhooks;

/// <summary>From what happens at the Zoom twin to what follows here, over its own webhooks.</summary>
public sealed class ZoomTwinTests
{
    private static Dictionary<string, string?> Polled =>
        new(StringComparer.Ordinal) { ["Provisioning:ListInterval"] = "00:05:00" };

    [Theory, DatabaseMatrix]
    public async Task What_is_removed_in_Zoom_is_made_again_by_its_event_or_without_it_by_the_poll(
        DatabaseKind database
    )
    {
        await using var world = await SubscribedAsync(database, Polled);
        var server = world.Server;
        var told = await server.CreateAsync(ConnectedServer.Wish("Told"));
        var lost = await server.CreateAsync(ConnectedServer.Wish("Lost", "2026-12-11T09:00:00Z"));
        await server.AdvanceAsync(Duration.FromSeconds(10));
        await server.ListAsync();
        // The daily round of today is done: nothing but event and interval are to help.
        await server.ExecuteAsync("UPDATE observation SET radar_day = 99999");
        await server.FaultAsync("webhook", "duplicateWebhook", new { times = 0 });

        var first = await RemoveAsync(told);
        await AgainAsync(told, first);
        await server.ClearFaultsAsync();
        await server.FaultAsync("webhook", "loseWebhook", new { times = 0 });
        var second = await RemoveAsync(lost);
        await server.AdvanceAsync(Duration.FromSeconds(331));
        await world.PollAsync();
        await AgainAsync(lost, second);

        (await world.CountAsync("inbox", "name = 'meeting.deleted'")).ShouldBe(1, "the second never came");
        (await server.ArrangementAsync(told)).Recreated.ShouldBe(1);
        (await server.ArrangementAsync(lost)).Recreated.ShouldBe(1);
        (await server.TruthAsync()).Count.ShouldBe(2);

        async Task<string> RemoveAsync(string id)
        {
            var held = (await server.ArrangementAsync(id)).ProviderMeetingId!;
            (await ZoomAsync(server, HttpMethod.Delete, $"meetings/{held}")).ShouldBe(HttpStatusCode.NoContent);
            return held;
        }

        Task AgainAsync(string id, string gone) =>
            server.PumpAsync(
                async () =>
                    await server.ArrangementAsync(id) is { ProviderMeetingId: { } held, Version: var wanted } now
                    && held != gone
                    && now.AppliedVersion == wanted,
                $"{id} is made again"
            );
    }

    [Theory, DatabaseMatrix]
    public async Task Whoever_removes_the_app_in_Zoom_is_disconnected_and_their_tokens_erased(DatabaseKind database)
    {
        await using var world = await SubscribedAsync(database);
        var server = world.Server;
        await server.CreateAsync();
        await server.AdvanceAsync(Duration.FromMinutes(1));

        var removed = await server.TwinHttp.PostAsJsonAsync(
            "/control/zoom/deauthorizations",
            new { account = ConnectedServer.Zoe }
        );
        removed.StatusCode.ShouldBe(HttpStatusCode.NoContent);

        await TestServer.EventuallyAsync(
            async () => await world.CountAsync("connection", "status = 'disconnected'") == 1,
            "it is disconnected"
        );
        (await world.CountAsync("oauth_grant", "access_token IS NOT NULL OR refresh_token IS NOT NULL")).ShouldBe(0);
        (await world.CountAsync("arrangement", "desired = 'present' AND attention IS NOT NULL")).ShouldBe(1);
    }

    private static async Task<WebhookWorld> SubscribedAsync(
        DatabaseKind database,
        IDictionary<string, string?>? settings = null
    )
    {
        var server = await ConnectedServer.StartAsync(
            database,
            settings,
            account: ConnectedServer.Zoe,
            provider: ConnectedServer.Zoom
        );
        var secret = server.Twin.ZoomApps.Single(app => app.Purpose == "organizer").WebhookSecret;
        var world = await WebhookWorld.OverAsync(server, secret);
        var url = server.Parley.Url + world.Path;
        // Taken only after it has proved that it holds the secret.
        var set = await server.TwinHttp.PostAsJsonAsync(
            "/control/zoom/webhooks",
            new { url, deauthorizationUrl = url }
        );
        set.StatusCode.ShouldBe(HttpStatusCode.OK, await set.Content.ReadAsStringAsync());
        return world;
    }

    private static async Task<HttpStatusCode> ZoomAsync(ConnectedServer server, HttpMethod method, string path)
    {
        var issued = await server.TwinHttp.PostAsJsonAsync(
            "/control/tokens",
            new { provider = "zoom", account = ConnectedServer.Zoe }
        );
        var token = (await issued.Content.ReadFromJsonAsync<JsonNode>())!["accessToken"]!.GetValue<string>();
        using var request = new HttpRequestMessage(method, $"/zoom/v2/{path}");
        request.Headers.Authorization = new("Bearer", token);
        using var reply = await server.TwinHttp.SendAsync(request);
        return reply.StatusCode;
    }
}
