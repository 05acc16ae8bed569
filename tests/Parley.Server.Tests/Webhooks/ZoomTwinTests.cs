using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Access;
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
    public async Task What_is_moved_in_Zoom_is_said_and_neither_followed_nor_put_back_unasked(DatabaseKind database)
    {
        await using var world = await SubscribedAsync(database, Polled);
        var server = world.Server;
        var told = await server.CreateAsync(ConnectedServer.Wish("Told"));
        var lost = await server.CreateAsync(ConnectedServer.Wish("Lost", "2026-12-11T09:00:00Z"));
        await server.AdvanceAsync(Duration.FromSeconds(30));
        await server.ListAsync();
        await server.ExecuteAsync("UPDATE observation SET radar_day = 99999");
        using var owner = new FormBrowser(server.Parley);
        await owner.SignInAsync();
        (await owner.ReadAsync($"/meetings/{told}")).ShouldNotContain("At Zoom now");

        await InPortalAsync(
            told,
            new
            {
                deed = "change",
                topic = "Otherwise",
                startsAt = "2026-12-10T15:00:00Z",
            }
        );
        await AttentionAsync(told, MovedMeetings.Code);
        await server.FaultAsync("webhook", "loseWebhook", new { times = 0 });
        await InPortalAsync(lost, new { deed = "change", minutes = 60 });
        await server.AdvanceAsync(Duration.FromSeconds(331));
        await world.PollAsync();
        await AttentionAsync(lost, MovedMeetings.Code);

        // The people invited were told the time here; the host may have meant the other: both stand, and both are taken.
        (await StartAsync(told)).ShouldBe(Instant.FromUtc(2026, 12, 10, 15, 0));
        (await server.ArrangementAsync(told)).StartsAt.ShouldBe(Instant.FromUtc(2026, 12, 10, 9, 0));
        (await server.CallsAsync("meetings.update")).ShouldBe(0);
        await server.ListAsync();
        (await world.CountAsync("occupancy", "arrangement_id LIKE 'seen/%'")).ShouldBe(4);
        (await owner.ReadAsync("/dashboard")).ShouldContain("It was moved at Zoom");
        var page = await owner.ReadAsync($"/meetings/{told}");
        page.ShouldContain("At Zoom now");
        page.ShouldContain("Otherwise");
        page.ShouldContain("the meeting was moved there");

        // Moved back by the host: all is well again. Saved here as it is: put back.
        await InPortalAsync(lost, new { deed = "change", minutes = 30 });
        await server.AdvanceAsync(Duration.FromSeconds(331));
        await world.PollAsync();
        await AttentionAsync(lost, null);
        var held = (await server.ArrangementAsync(told)).ProviderMeetingId!;
        (await server.PatchAsync(held, new { subject = "Told" })).Status.ShouldBe(HttpStatusCode.OK);
        (await StartAsync(told)).ShouldBe(Instant.FromUtc(2026, 12, 10, 9, 0));
        (await server.ArrangementAsync(told)).Attention.ShouldBeNull();
        (await world.CountAsync("effect", "kind = 'mail' AND operation = 'update'")).ShouldBe(0, "nothing was news");
        await server.AdvanceAsync(Duration.FromSeconds(331));
        await world.PollAsync();
        await server.SettledAsync(told);
        (await server.ArrangementAsync(told)).Attention.ShouldBeNull();
        (await world.CountAsync("occupancy", "arrangement_id LIKE 'seen/%'")).ShouldBe(0);

        async Task InPortalAsync(string id, object deed)
        {
            var at = (await server.ArrangementAsync(id)).ProviderMeetingId;
            var done = await server.TwinHttp.PostAsJsonAsync($"/control/zoom/meetings/{at}", deed);
            done.IsSuccessStatusCode.ShouldBeTrue(await done.Content.ReadAsStringAsync());
        }

        async Task<Instant> StartAsync(string id)
        {
            var at = (await server.ArrangementAsync(id)).ProviderMeetingId;
            return (await server.TruthAsync()).Single(meeting => meeting.Id == at).StartsAt;
        }

        Task AttentionAsync(string id, string? code) =>
            server.PumpAsync(async () => (await server.ArrangementAsync(id)).Attention == code, $"{id}: {code}");
    }

    [Theory, DatabaseMatrix]
    public async Task The_link_follows_a_passcode_set_here_or_in_Zoom_and_a_lost_change_is_made_whatever_it_changed(
        DatabaseKind database
    )
    {
        await using var world = await SubscribedAsync(database);
        var server = world.Server;
        var id = await server.CreateAsync();
        var held = (await server.ArrangementAsync(id)).ProviderMeetingId!;
        (await server.ArrangementAsync(id)).Passcode.ShouldBeNull();
        (await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/123")).Status.ShouldBe(HttpStatusCode.NotFound);

        var (status, body) = await server.PatchAsync(held, new { passcodeRequired = true });
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        await AsAtZoomAsync();
        body["passcode"]!.GetValue<string>().ShouldBe((await server.ArrangementAsync(id)).Passcode);
        body["joinUrl"]!.GetValue<string>().ShouldContain("pwd=");

        // In Zoom by hand: its event has the meeting read.
        await server.AdvanceAsync(Duration.FromSeconds(30));
        (await ZoomAsync(server, HttpMethod.Patch, $"meetings/{held}", new { password = "changed1" })).ShouldBe(
            HttpStatusCode.NoContent
        );
        await server.PumpAsync(
            async () => (await server.ArrangementAsync(id)).Passcode == "changed1",
            "the new passcode is known"
        );
        await AsAtZoomAsync();
        (await server.ArrangementAsync(id)).Attention.ShouldBeNull();

        // Nothing but the description differs, and the call never arrived: times and subject would not tell.
        await server.AdvanceAsync(Duration.FromSeconds(30));
        await server.FaultAsync("meetings.update", "failBefore", new { status = 500, times = 1 });
        (await server.PatchAsync(held, new { description = "Bring the plans" })).Status.ShouldBeOneOf(
            HttpStatusCode.OK,
            HttpStatusCode.Accepted
        );
        await server.SettledAsync(id);
        (await MeetingAsync())["agenda"]!.GetValue<string>().ShouldEndWith("\nBring the plans");
        await AsAtZoomAsync();

        async Task<JsonNode> MeetingAsync() =>
            (await server.TwinHttp.GetFromJsonAsync<JsonNode>("/control/meetings?provider=zoom"))!["items"]!
                .AsArray()
                .ShouldHaveSingleItem()!;

        async Task AsAtZoomAsync()
        {
            var known = await server.ArrangementAsync(id);
            var meeting = await MeetingAsync();
            (known.JoinUrl, known.Passcode).ShouldBe(
                (meeting["joinUrl"]!.GetValue<string>(), meeting["passcode"]?.GetValue<string>())
            );
        }
    }

    [Theory, DatabaseMatrix]
    public async Task An_approval_withdrawn_in_Zoom_is_said_as_that_and_heals_when_it_is_given_back(
        DatabaseKind database
    )
    {
        await using var world = await SubscribedAsync(database);
        var server = world.Server;
        await server.SettingsAsync(new { provider = "zoom", reapproval = "revives" });
        var before = await server.CreateAsync(ConnectedServer.Wish("Before"));
        var held = (await server.ArrangementAsync(before)).ProviderMeetingId!;

        // Moments after the consent: the token is fresh, and the API says no more than that it is no good.
        await ApproveAsync("withdraw");
        var (status, body) = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish("After"));
        status.ShouldBe(HttpStatusCode.Conflict, body.ToJsonString());
        body["detail"]!.GetValue<string>().ShouldContain("approval was withdrawn");
        var waiting = await ConnectionAsync();
        waiting["status"]!.GetValue<string>().ShouldBe("pendingApproval");
        waiting["problem"]!["code"]!.GetValue<string>().ShouldBe("approval_withdrawn");
        (await server.DeleteAsync(held)).Status.ShouldBe(HttpStatusCode.Accepted);

        await ApproveAsync("approve");
        await server.PumpAsync(
            async () => (await ConnectionAsync())["status"]!.GetValue<string>() == "connected",
            "it is noticed within the hour",
            Duration.FromMinutes(10)
        );

        await server.PumpAsync(async () => (await server.TruthAsync()).Count == 0, "what waited is carried out");
        // Whoever organizes for themselves cannot list the account's people: Zoom takes their addresses and judges them.
        var (made, again) = await server.SendAsync(HttpMethod.Post, server.Meetings, With("adele@northwind.example"));
        made.ShouldBe(HttpStatusCode.Created, again.ToJsonString());
        again["coOrganizers"]!.AsArray().Single()!.GetValue<string>().ShouldBe("adele@northwind.example");
        again["warnings"]!.AsArray().ShouldBeEmpty();
        var (basic, unlicensed) = await server.SendAsync(
            HttpMethod.Post,
            server.Meetings,
            With("bruno@northwind.example")
        );
        basic.ShouldBe(HttpStatusCode.UnprocessableEntity, unlicensed.ToJsonString());
        unlicensed["detail"]!.GetValue<string>().ShouldContain("alternative host");

        static object With(string coOrganizer) =>
            new
            {
                subject = "Again",
                startsAt = "2026-12-10T09:00:00Z",
                durationMinutes = 30,
                timeZone = "Europe/Berlin",
                coOrganizers = new[] { coOrganizer },
            };

        async Task<JsonNode> ConnectionAsync() =>
            (await server.SendAsync(HttpMethod.Get, $"/api/v1/connections/{server.ConnectionId}")).Body;

        async Task ApproveAsync(string action) =>
            (
                await server.TwinHttp.PostAsJsonAsync(
                    "/control/zoom/approvals",
                    new
                    {
                        app = "organizer",
                        account = "Northwind Conferencing",
                        action,
                    }
                )
            ).StatusCode.ShouldBe(HttpStatusCode.NoContent);
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

    private static async Task<HttpStatusCode> ZoomAsync(
        ConnectedServer server,
        HttpMethod method,
        string path,
        object? body = null
    )
    {
        var issued = await server.TwinHttp.PostAsJsonAsync(
            "/control/tokens",
            new { provider = "zoom", account = ConnectedServer.Zoe }
        );
        var token = (await issued.Content.ReadFromJsonAsync<JsonNode>())!["accessToken"]!.GetValue<string>();
        using var request = new HttpRequestMessage(method, $"/zoom/v2/{path}");
        request.Headers.Authorization = new("Bearer", token);
        request.Content = body is null ? null : JsonContent.Create(body);
        using var reply = await server.TwinHttp.SendAsync(request);
        return reply.StatusCode;
    }
}
