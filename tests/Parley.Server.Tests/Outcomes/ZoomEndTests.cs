using System.Net;
using System.Net.Http.Json;
using NodaTime;
using Parley.Server.Outcomes;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Webhooks;
using Parley.Server.Tests.WriteBack;

namespace Parley.Server.Tests.Outcomes;

/// <summary>Zoom tells itself when a meeting ended; what it told stands, whether or not it tells who came.</summary>
public sealed class ZoomEndTests
{
    [Theory, DatabaseMatrix]
    public async Task What_Zoom_tells_of_an_end_is_told_on_at_once_and_a_host_alone_is_a_no_show(DatabaseKind database)
    {
        await using var crm = await CrmReceiver.StartAsync();
        await using var server = await ConnectedServer.StartAsync(
            database,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Webhooks:AllowedNetworks"] = "127.0.0.0/8" },
            account: ConnectedServer.Zoe,
            provider: ConnectedServer.Zoom
        );
        var secret = server.Twin.ZoomApps.Single(app => app.Purpose == "organizer").WebhookSecret;
        // Ends with its server.
        var world = await WebhookWorld.OverAsync(server, secret);
        var url = server.Parley.Url + world.Path;
        (
            await server.TwinHttp.PostAsJsonAsync("/control/zoom/webhooks", new { url, deauthorizationUrl = url })
        ).StatusCode.ShouldBe(HttpStatusCode.OK);
        await CrmStoryTests.HookAsync(server, crm);
        var held = await server.CreateAsync(Wish("Held", "2026-12-01T09:00:00Z"));
        var alone = await server.CreateAsync(Wish("Alone", "2026-12-01T12:00:00Z"));

        server.Clock.Set(Instant.FromUtc(2026, 12, 1, 9, 21));
        await RunAsync(
            held,
            new { minutes = 20, attendees = new[] { new { name = "Ada", email = "ada@example.org" } } }
        );
        await EndedAsync(1);
        var told = crm.Hooks.Single(call => call.Type == "meeting.ended").Data;
        told["arrangementId"]!.GetValue<string>().ShouldBe(held);
        told["session"]!["durationMinutes"]!.GetValue<int>().ShouldBe(20);
        told["session"]!["id"]!.GetValue<string>().ShouldNotBeEmpty();
        told["attendance"]!["count"]!.GetValue<int>().ShouldBe(2);
        told["noShow"]!.GetValue<bool>().ShouldBeFalse();

        // Nobody but the host: no list of Zoom's shows it, the event alone does.
        server.Clock.Set(Instant.FromUtc(2026, 12, 1, 12, 10));
        await RunAsync(alone, new { minutes = 9 });
        await EndedAsync(2);
        var noShow = crm.Hooks.Last(call => call.Type == "meeting.ended").Data;
        noShow["arrangementId"]!.GetValue<string>().ShouldBe(alone);
        noShow["noShow"]!.GetValue<bool>().ShouldBeTrue();
        noShow["session"]!["durationMinutes"]!.GetValue<int>().ShouldBe(9);

        // After the planned ends both are known: nothing is told twice.
        server.Clock.Set(Instant.FromUtc(2026, 12, 1, 13, 0));
        await CrmStoryTests.LookAsync(server);
        await server.PumpAsync(
            async () =>
                await world.CountAsync("effect", $"kind = '{OutcomeEffects.EffectKind}'") == 4
                && await world.CountAsync("effect", $"kind = '{OutcomeEffects.EffectKind}' AND finished_at IS NULL")
                    == 0,
            "the looks end",
            Duration.FromMinutes(1)
        );
        crm.Hooks.Count(call => call.Type == "meeting.ended").ShouldBe(2);

        // Who came is forgotten with the account it was read from.
        (await world.CountAsync("held_session", "attendance IS NOT NULL")).ShouldBe(2);
        (await world.CountAsync("webhook_event", "body LIKE '%Ada%'")).ShouldBe(1);
        (
            await server.TwinHttp.PostAsJsonAsync(
                "/control/zoom/deauthorizations",
                new { account = ConnectedServer.Zoe }
            )
        ).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await TestServer.EventuallyAsync(
            async () =>
                await world.CountAsync("held_session", "attendance IS NULL AND attendance_reason = 'erased'") == 2,
            "who came is erased"
        );
        (await world.CountAsync("webhook_event", "body LIKE '%Ada%'")).ShouldBe(0, "kept to be delivered again");
        (await world.CountAsync("webhook_event", "body LIKE '%\"attendanceReason\":\"erased\"%'")).ShouldBe(2);

        static object Wish(string subject, string startsAt) =>
            new
            {
                subject,
                startsAt,
                durationMinutes = 30,
                timeZone = "Europe/Berlin",
            };

        async Task RunAsync(string id, object past)
        {
            var meeting = (await server.ArrangementAsync(id)).ProviderMeetingId;
            var run = await server.TwinHttp.PostAsJsonAsync($"/control/meetings/{meeting}/run", past);
            run.StatusCode.ShouldBe(HttpStatusCode.Created, await run.Content.ReadAsStringAsync());
        }

        Task EndedAsync(int count) =>
            server.PumpAsync(
                () => Task.FromResult(crm.Hooks.Count(call => call.Type == "meeting.ended") == count),
                $"{count} ends are told",
                Duration.FromSeconds(20)
            );
    }
}
