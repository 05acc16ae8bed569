using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Outcomes;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.WriteBack;

namespace Parley.Server.Tests.Outcomes;

/// <summary>From the record a meeting belongs to, to what became of it: told once, whatever happens in between.</summary>
public sealed class CrmStoryTests
{
    private static readonly Dictionary<string, string?> OwnMachine = new(StringComparer.Ordinal)
    {
        ["Webhooks:AllowedNetworks"] = "127.0.0.0/8",
    };

    private static object Wish(string subject, object? reference, string startsAt = "2026-12-01T09:00:00Z") =>
        new
        {
            subject,
            startsAt,
            durationMinutes = 30,
            timeZone = "Europe/Berlin",
            reference,
        };

    private static object Record(string id) =>
        new
        {
            system = "Acme",
            recordType = "contact",
            recordId = id,
            url = $"https://crm.example/contacts/{id}",
        };

    [Theory, DatabaseMatrix]
    public async Task A_meeting_belongs_to_a_record_that_is_checked_searched_and_changed_without_the_provider(
        DatabaseKind database
    )
    {
        await using var crm = await CrmReceiver.StartAsync();
        await using var server = await ConnectedServer.StartAsync(database, OwnMachine);
        await HookAsync(server, crm);

        var (refused, wrong) = await server.SendAsync(
            HttpMethod.Post,
            server.Meetings,
            Wish(
                "Wrong",
                new
                {
                    system = new string('x', 101),
                    recordType = "a\nb",
                    recordId = new string('1', 201),
                    url = "javascript:alert(1)",
                }
            )
        );
        refused.ShouldBe(HttpStatusCode.BadRequest);
        wrong["errors"]!
            .AsObject()
            .Select(error => error.Key)
            .ShouldBe(
                ["reference.system", "reference.recordType", "reference.recordId", "reference.url"],
                ignoreOrder: true
            );
        foreach (
            var url in (string[])
                ["https://user@crm.example/", "//crm.example/", "ftp://crm.example/", "\nhttps://crm.example"]
        )
        {
            (await server.SendAsync(HttpMethod.Post, server.Meetings, Wish("Wrong", new { url }))).Status.ShouldBe(
                HttpStatusCode.BadRequest,
                url
            );
        }

        var id = await server.CreateAsync(Wish("Right", Record("1042")));
        await server.CreateAsync(Wish("Without", null, "2026-12-02T09:00:00Z"));
        (await SearchAsync("q=1042")).ShouldBe(["Right"]);
        (await SearchAsync("q=acme")).ShouldBe(["Right"]);
        (await SearchAsync("recordId=1042")).ShouldBe(["Right"]);
        (await SearchAsync("reference=Acme:1042")).ShouldBe(["Right"]);
        (await SearchAsync("reference=Other:1042")).ShouldBeEmpty();
        (await SearchAsync("recordId=104")).ShouldBeEmpty();
        (await server.SendAsync(HttpMethod.Get, "/api/v1/meetings?reference=1042")).Status.ShouldBe(
            HttpStatusCode.BadRequest
        );

        var writes = await server.CallsAsync("meetings.update");
        var (changed, body) = await server.PatchAsync(
            id,
            new { reference = new { recordId = "1043", url = (string?)null } }
        );
        changed.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        body["reference"]!["recordId"]!.GetValue<string>().ShouldBe("1043");
        body["reference"]!["system"]!.GetValue<string>().ShouldBe("Acme");
        body["reference"]!["url"].ShouldBeNull();
        body["status"]!.GetValue<string>().ShouldBe("scheduled");
        (await SearchAsync("recordId=1043")).ShouldBe(["Right"]);
        (await server.ArrangementAsync(id)).Version.ShouldBe(1);
        (await server.CallsAsync("meetings.update")).ShouldBe(writes, "the record is nobody else's business");
        (
            await server.SendAsync(
                HttpMethod.Patch,
                $"{server.Meetings}/{id}",
                new { subject = "Too late" },
                $"\"{id}.1\""
            )
        ).Status.ShouldBe(HttpStatusCode.PreconditionFailed, "it was read before the record changed");

        await TestServer.EventuallyAsync(
            () => Task.FromResult(Told("meeting.updated").Count == 1),
            "the change is told"
        );
        Told("meeting.ready").Single(call => call.Data["arrangementId"]!.GetValue<string>() == id).Data["reference"]![
            "recordId"
        ]!
            .GetValue<string>()
            .ShouldBe("1042");
        Told("meeting.updated")[0].Data["reference"]!["recordId"]!.GetValue<string>().ShouldBe("1043");
        Told("meeting.updated")[0].Data["joinUrl"]!.GetValue<string>().ShouldNotBeEmpty();

        // The same in the form and on the page.
        using var owner = new FormBrowser(server.Parley);
        await owner.SignInAsync();
        var form = await owner.ReadAsync($"/meetings/{id}/edit");
        form.ShouldContain("name=\"reference.recordId\"");
        form.ShouldContain("value=\"1043\"");
        (await owner.ReadAsync("/dashboard?q=1043")).ShouldContain("Acme 1043");
        var again = await server.PatchAsync(id, new { reference = Record("1044") });
        again.Status.ShouldBe(HttpStatusCode.OK);
        var page = await owner.ReadAsync($"/meetings/{id}");
        page.ShouldContain(
            "<a href=\"https://crm.example/contacts/1044\" rel=\"noopener noreferrer\" target=\"_blank\">Acme 1044</a>"
        );
        (await server.PatchAsync(id, new { reference = (object?)null })).Body["reference"].ShouldBeNull();
        (await SearchAsync("q=Acme")).ShouldBeEmpty();

        async Task<List<string>> SearchAsync(string query)
        {
            var (status, found) = await server.SendAsync(HttpMethod.Get, $"/api/v1/meetings?{query}");
            status.ShouldBe(HttpStatusCode.OK, found.ToJsonString());
            return found["items"]!.AsArray().Select(item => item!["subject"]!.GetValue<string>()).ToList();
        }

        List<CrmCall> Told(string type) => crm.Hooks.Where(call => call.Type == type).ToList();
    }

    [Theory, DatabaseMatrix]
    public async Task A_meeting_that_was_held_is_told_once_with_who_came_and_one_nobody_came_to_as_such(
        DatabaseKind database
    )
    {
        await using var crm = await CrmReceiver.StartAsync();
        await using var server = await ConnectedServer.StartAsync(database, OwnMachine);
        await HookAsync(server, crm);
        await WriteBackAsync(server, crm);
        var held = await server.CreateAsync(Wish("Held", Record("1")));
        var alone = await server.CreateAsync(Wish("Alone", Record("2"), "2026-12-01T09:05:00Z"));
        var never = await server.CreateAsync(Wish("Never", null, "2026-12-01T09:10:00Z"));

        server.Clock.Set(Instant.FromUtc(2026, 12, 1, 9, 41));
        await RunAsync(
            held,
            new
            {
                startedAt = "2026-12-01T09:02:00Z",
                minutes = 29,
                attendees = new object[]
                {
                    new
                    {
                        name = "Ada",
                        email = "ada@example.org",
                        joinedAt = "2026-12-01T09:03:00Z",
                        leftAt = "2026-12-01T09:10:00Z",
                    },
                    new
                    {
                        name = "Ada",
                        email = "ada@example.org",
                        joinedAt = "2026-12-01T09:11:00Z",
                        leftAt = "2026-12-01T09:31:00Z",
                    },
                    new { name = "Somebody" },
                },
            }
        );
        await RunAsync(alone, new { startedAt = "2026-12-01T09:06:00Z", minutes = 8 });
        // The provider is away when it is asked first.
        await server.FaultAsync("meetings.attendees", "failBefore", new { times = 3 });
        await LookAsync(server);
        await EndedAsync(2);

        var told = Ended("1");
        told["session"]!["startedAt"]!.GetValue<string>().ShouldBe("2026-12-01T09:02:00Z");
        told["session"]!["endedAt"]!.GetValue<string>().ShouldBe("2026-12-01T09:31:00Z");
        told["session"]!["durationMinutes"]!.GetValue<int>().ShouldBe(29);
        told["noShow"]!.GetValue<bool>().ShouldBeFalse();
        told["attendanceReason"].ShouldBeNull();
        told["attendance"]!["count"]!.GetValue<int>().ShouldBe(3);
        var people = told["attendance"]!["attendees"]!.AsArray();
        people.Count(person => person!["isOrganizer"]!.GetValue<bool>()).ShouldBe(1);
        var ada = people.Single(person => person!["email"]?.GetValue<string>() == "ada@example.org")!;
        ada["minutes"]!.GetValue<int>().ShouldBe(27);
        ada["joinedAt"]!.GetValue<string>().ShouldBe("2026-12-01T09:03:00Z");
        ada["leftAt"]!.GetValue<string>().ShouldBe("2026-12-01T09:31:00Z");
        told["joinUrl"]!.GetValue<string>().ShouldNotBeEmpty();
        Ended("2")["noShow"]!.GetValue<bool>().ShouldBeTrue();

        // Whoever looks again finds the same, and nobody hears of it twice. A look that was cut off by a crash is made again.
        (await server.SendAsync(HttpMethod.Post, $"/api/v1/arrangements/{held}/sessions/look")).Status.ShouldBe(
            HttpStatusCode.Accepted
        );
        await server.ExecuteAsync(
            $"UPDATE effect SET state = 'SENDING', not_before = 0, finished_at = NULL WHERE kind = 'outcome' AND operation = 'planned_end' AND arrangement_id IN ('{held}', '{alone}')"
        );
        await server.PumpAsync(
            async () => (await OutcomesAsync(held)).TrueForAll(effect => effect.FinishedAt is not null),
            "the looks end",
            Duration.FromMinutes(1)
        );
        crm.Hooks.Count(call => call.Type == "meeting.ended").ShouldBe(2);

        // A second session of the same meeting, later, is another one.
        await server.AdvanceAsync(Duration.FromHours(1));
        await RunAsync(
            held,
            new { minutes = 5, attendees = new[] { new { name = "Ada", email = "ada@example.org" } } }
        );
        await server.SendAsync(HttpMethod.Post, $"/api/v1/arrangements/{held}/sessions/look");
        await EndedAsync(3);
        var (_, sessions) = await server.SendAsync(HttpMethod.Get, $"/api/v1/arrangements/{held}/sessions");
        sessions["items"]!.AsArray().Count.ShouldBe(2);
        JsonNode.DeepEquals(sessions["items"]![0]!["attendance"], told["attendance"]).ShouldBeTrue();

        using var owner = new FormBrowser(server.Parley);
        await owner.SignInAsync();
        var page = await owner.ReadAsync($"/meetings/{held}");
        page.ShouldContain("29 min, 3 attendees");
        page.ShouldContain("Ada");
        (await owner.ReadAsync($"/meetings/{alone}")).ShouldContain("No show");

        // Nobody met: after a day it is given up, visibly, and nothing is told.
        await server.SweptAsync();
        (await OutcomesAsync(never)).ShouldHaveSingleItem().State.ShouldBe(EffectState.Expired);
        (await owner.ReadAsync($"/meetings/{never}")).ShouldContain("Nobody met, as far as the provider tells");
        crm.Hooks.Count(call => call.Type == "meeting.ended").ShouldBe(3);

        // The outcome is in the record too: the join link first, then who came.
        var writes = crm.Written.Where(call => call.Target == "/contacts/1/notes?by=parley").ToList();
        writes
            .Select(call => call.Json["event"]!.GetValue<string>())
            .ShouldBe(["meeting.ready", "meeting.ended", "meeting.ended"]);
        writes[1].Json["minutes"]!.GetValue<int>().ShouldBe(29);
        writes[1].Json["people"]!.GetValue<string>().ShouldContain("Ada (27 min)");
        crm.Written.ShouldAllBe(call => !call.Body.Contains("Never", StringComparison.Ordinal));

        JsonNode Ended(string recordId) =>
            crm
                .Hooks.Single(call =>
                    call.Type == "meeting.ended" && call.Data["reference"]!["recordId"]!.GetValue<string>() == recordId
                )
                .Data;

        Task EndedAsync(int count) =>
            server.PumpAsync(
                () =>
                    Task.FromResult(
                        crm.Hooks.Count(call => call.Type == "meeting.ended") == count
                            && crm.Written.Count(call => call.Json["event"]!.GetValue<string>() == "meeting.ended")
                                == count
                    ),
                $"{count} ends are told",
                Duration.FromSeconds(20)
            );

        async Task RunAsync(string id, object past)
        {
            var meeting = (await server.ArrangementAsync(id)).ProviderMeetingId;
            var run = await server.TwinHttp.PostAsJsonAsync($"/control/meetings/{meeting}/run", past);
            run.StatusCode.ShouldBe(HttpStatusCode.Created, await run.Content.ReadAsStringAsync());
        }

        async Task<List<Effect>> OutcomesAsync(string id) =>
            (await server.EffectsAsync(id)).FindAll(effect => effect.Kind == OutcomeEffects.EffectKind);
    }

    internal static Task LookAsync(ConnectedServer server) =>
        server.Parley.Services.GetRequiredService<OutcomeWatch>().LookAsync(default);

    internal static async Task HookAsync(ConnectedServer server, CrmReceiver crm) =>
        (await server.SendAsync(HttpMethod.Post, "/api/v1/webhooks", new { url = $"{crm.Url}/hook" })).Status.ShouldBe(
            HttpStatusCode.Created
        );

    private static async Task WriteBackAsync(ConnectedServer server, CrmReceiver crm)
    {
        var (status, body) = await server.SendAsync(
            HttpMethod.Post,
            "/api/v1/write-backs",
            new
            {
                name = "Notes",
                url = crm.Url + "/contacts/{{reference.recordId}}/notes?by=parley",
                body = """{"event":"{{event.type}}","subject":"{{meeting.subject}}","join":"{{meeting.joinUrl}}","minutes":{{session.durationMinutes}},"people":"{{attendance.people}}"}""",
                events = new[] { "meeting.ready", "meeting.ended" },
                system = "acme",
            }
        );
        status.ShouldBe(HttpStatusCode.Created, body.ToJsonString());
    }
}
