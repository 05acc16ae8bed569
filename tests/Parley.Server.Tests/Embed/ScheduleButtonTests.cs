using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Embed;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Embed;

public sealed class ScheduleButtonTests
{
    private const string Crm = "https://crm.example.com";
    private const string Elsewhere = "https://elsewhere.example.com";
    private static readonly string[] OneOrigin = [Crm];

    [Theory, DatabaseMatrix]
    public async Task A_button_in_another_page_schedules_one_meeting_and_nothing_else(DatabaseKind database)
    {
        await using var world = await ConnectedServer.StartAsync(database);
        var key = await KeyAsync(world);
        using var page = new EmbedPage(world.Parley, Text(key), Crm);
        using var foreign = new EmbedPage(world.Parley, Text(key), Elsewhere);
        using var nobody = new EmbedPage(world.Parley, Text(key), null);

        // Whose page it is decides, and only that page's browser hears so.
        var info = await page.SendAsync(HttpMethod.Get);
        info.Status.ShouldBe(HttpStatusCode.OK);
        info.Allowed.ShouldBe(Crm);
        info.Headers["Vary"].ShouldContain("Origin");
        info.Headers.Keys.ShouldNotContain("Access-Control-Allow-Credentials");
        info.Headers.Keys.ShouldNotContain("Set-Cookie");
        info.Text("provider").ShouldBe("GoTo Meeting");
        info.Body!["ready"]!.GetValue<bool>().ShouldBeTrue();
        foreach (var stranger in (EmbedPage[])[foreign, nobody])
        {
            foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Options])
            {
                var refused = await stranger.SendAsync(method);
                refused.Status.ShouldBe(HttpStatusCode.Forbidden);
                refused.Allowed.ShouldBeNull();
                refused.Headers["Vary"].ShouldContain("Origin");
                refused.Text("next")!.ShouldContain("API keys");
            }
        }

        var preflight = await page.SendAsync(
            HttpMethod.Options,
            "/meetings",
            null,
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type,idempotency-key")
        );
        preflight.Status.ShouldBe(HttpStatusCode.NoContent);
        preflight.Allowed.ShouldBe(Crm);
        preflight.Headers["Access-Control-Allow-Methods"].ShouldContain("POST");
        preflight.Headers["Access-Control-Allow-Headers"].ShouldContain("Idempotency-Key");

        // One wish, however often it is sent.
        var wish = Wish("Meeting with Ada Lovelace", "2026-12-10T09:00:00Z");
        (await foreign.ScheduleAsync(wish, "once")).Status.ShouldBe(HttpStatusCode.Forbidden);
        var both = await Task.WhenAll(page.ScheduleAsync(wish, "once"), page.ScheduleAsync(wish, "once"));
        var made = await page.ScheduleAsync(wish, "once");
        made.Status.ShouldBe(HttpStatusCode.Created, made.Body!.ToJsonString());
        // One of both may have come while the other was at the provider: then it was told so, with the same ticket.
        both.ShouldAllBe(reply => reply.Status == HttpStatusCode.Created || reply.Status == HttpStatusCode.Accepted);
        both.ShouldAllBe(reply => reply.Text("id") == made.Text("id"));
        made.Text("joinUrl")!.ShouldStartWith(world.Twin.Url);
        made.Text("doorUrl")!.ShouldContain("/j/");
        made.Body!["reference"]!["recordId"]!.GetValue<string>().ShouldBe("1042");
        var meeting = (await world.TruthAsync()).Where(one => one.Subject.StartsWith("Meeting with Ada")).ToList();
        meeting.ShouldHaveSingleItem();
        (await page.ScheduleAsync(Wish("Another", "2026-12-11T09:00:00Z"), "once")).Code.ShouldBe(
            "idempotency_key_reused"
        );

        var arrangement = await ArrangementAsync(world, "Meeting with Ada Lovelace");
        arrangement.Source.ShouldBe("api");
        arrangement.AttendeeList.ShouldHaveSingleItem().Email.ShouldBe("ada@analytical.example");
        // A stranger's wish: it spends the strangers' share of the host's day.
        (await world.EffectsAsync(arrangement.Id))
            .Where(effect => effect.Kind == EffectKind.Meeting)
            .ShouldAllBe(effect => effect.IsPublic);
        (await world.EffectsAsync(arrangement.Id)).ShouldContain(effect => effect.Kind == EffectKind.Mail);

        // What the ticket tells, it tells this key alone.
        var ticket = "/meetings/" + made.Text("id");
        (await page.SendAsync(HttpMethod.Get, ticket)).Text("joinUrl").ShouldBe(made.Text("joinUrl"));
        var other = await KeyAsync(world);
        using var otherPage = new EmbedPage(world.Parley, Text(other), Crm);
        (await otherPage.SendAsync(HttpMethod.Get)).Status.ShouldBe(HttpStatusCode.OK);
        (await otherPage.SendAsync(HttpMethod.Get, ticket)).Status.ShouldBe(HttpStatusCode.NotFound);

        await MistakesAsync(page);
        (await ArrangementAsync(world, "Meeting with Ada Lovelace")).Id.ShouldBe(arrangement.Id);
        (await world.TruthAsync()).Count(one => one.Subject.StartsWith("Meeting with")).ShouldBe(1);

        (await world.Api.DeleteAsync($"/api/v1/api-keys/{key["id"]}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var revoked = await page.SendAsync(HttpMethod.Get);
        revoked.Status.ShouldBe(HttpStatusCode.Unauthorized);
        revoked.Allowed.ShouldBeNull();
    }

    private static async Task MistakesAsync(EmbedPage page)
    {
        var overlap = await page.ScheduleAsync(Wish("Meeting with Bob", "2026-12-10T09:15:00Z"));
        overlap.Status.ShouldBe(HttpStatusCode.Conflict);
        overlap.Allowed.ShouldBe(Crm);
        overlap.Code.ShouldBe("slot_taken");
        overlap.Fields.ShouldBe("startsAt");
        overlap.Body!.ToJsonString().ShouldNotContain("Ada");

        var wish = JsonNode.Parse(
            """{"subject":"x","startsAt":"2026-12-14T09:00:00Z","durationMinutes":30,"timeZone":"Europe/Berlin"}"""
        )!;
        foreach (
            var (change, field) in ((string, string)[])
                [
                    ("""{"startsAt":"2026-11-01T09:00:00Z"}""", "startsAt"),
                    ("""{"startsAt":"2028-11-01T09:00:00Z"}""", "startsAt"),
                    ("""{"timeZone":"Mars/Olympus"}""", "timeZone"),
                    ("""{"durationMinutes":0}""", "durationMinutes"),
                    ("""{"durationMinutes":481}""", "durationMinutes"),
                    ("""{"durationMinutes":null}""", "durationMinutes"),
                    ("""{"subject":""}""", "subject"),
                    ("""{"contact":{"name":"Ada","email":"ada"}}""", "contact.email"),
                    ("""{"reference":{"url":"javascript:alert(1)"}}""", "reference.url"),
                ]
        )
        {
            var wrong = wish.DeepClone().AsObject();
            foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
            {
                wrong[name] = value?.DeepClone();
            }

            var reply = await page.ScheduleAsync(wrong);
            reply.Status.ShouldBe(HttpStatusCode.BadRequest, change);
            reply.Fields.ShouldBe(field, change);
        }
    }

    [Fact]
    public async Task A_publishable_key_is_checked_shown_again_and_opens_no_other_door()
    {
        await using var world = await ConnectedServer.StartAsync(
            DatabaseKind.Sqlite,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["RateLimits:Enabled"] = "true" }
        );
        foreach (
            var (origin, _) in ((string, string)[])
                [
                    ("https://*.example.com", "wildcard"),
                    ("http://crm.example.com", "plain"),
                    ("https://crm.example.com/", "path"),
                    ("https://CRM.example.com", "capitals"),
                    ("https://crm.example.com:443", "usual port"),
                    ("https://a b", "blank"),
                    ("https://a;script-src", "directive"),
                    ("javascript:alert(1)", "scheme"),
                    ("null", "no origin"),
                ]
        )
        {
            (await RefusedAsync(world, [origin], world.ConnectionId)).ShouldBe("origins[0]", origin);
        }

        (await RefusedAsync(world, [], world.ConnectionId)).ShouldBe("origins");
        (await RefusedAsync(world, OneOrigin, "con_elsewhere")).ShouldBe("connectionId");
        var key = await KeyAsync(world, [Crm, "http://localhost:5081", "https://[2001:db8::1]:8443"]);
        Text(key).ShouldStartWith("pub_");
        key["scopes"]!.AsArray().ShouldBeEmpty();
        (await world.Api.GetStringAsync("/api/v1/api-keys")).ShouldContain(Text(key));

        // Every operation there is, by the key as a Bearer.
        using var bearer = world.Parley.NewClient();
        bearer.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Text(key));
        var tried = 0;
        var document = (await bearer.GetFromJsonAsync<JsonNode>("/openapi/v1.json"))!;
        foreach (var (path, item) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject().Where(one => one.Key is not "parameters"))
            {
                if (
                    operation!["security"] is JsonArray { Count: 0 }
                    || !path.StartsWith("/api/v1/")
                    || path.StartsWith("/api/v1/public/")
                )
                {
                    continue;
                }

                // A network that tries many wrong keys in a minute is told to wait.
                await world.Parley.AdvanceAsync(Duration.FromSeconds(2));
                using var request = new HttpRequestMessage(
                    new HttpMethod(method),
                    path.Replace("{", "").Replace("}", "")
                );
                using var reply = await bearer.SendAsync(request);
                reply.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, $"{method} {path}");
                tried++;
            }
        }

        tried.ShouldBeGreaterThan(40);
        await LimitsAsync(world, key);
    }

    private static async Task LimitsAsync(ConnectedServer world, JsonNode key)
    {
        using var page = new EmbedPage(world.Parley, Text(key), Crm);
        // As if the button had been pressed that often within the hour.
        var now = world.Clock.GetCurrentInstant();
        await world.Parley.Db.WriteAsync(async session =>
        {
            for (var index = 0; index < EmbedMeetings.PerKeyPerHour; index++)
            {
                await session.ExecuteAsync(
                    "INSERT INTO embed_meeting (workspace_id, ticket, key_id, arrangement_id, created_at) VALUES (@WorkspaceId, @ticket, @id, 'arr_x', @now)",
                    new
                    {
                        world.WorkspaceId,
                        ticket = $"t{index}",
                        id = key["id"]!.GetValue<string>(),
                        now,
                    }
                );
            }
        });
        var flood = await page.ScheduleAsync(Wish("One more", "2026-12-10T09:00:00Z"));
        flood.Status.ShouldBe(HttpStatusCode.TooManyRequests);
        flood.Headers["Retry-After"].ShouldBe("600");
        (await world.TruthAsync()).ShouldNotContain(one => one.Subject.StartsWith("One more"));

        EmbedReply last = flood;
        for (var index = 0; index < EmbedLimits.SchedulesPerMinute; index++)
        {
            last = await page.ScheduleAsync(new { });
        }

        last.Status.ShouldBe(HttpStatusCode.TooManyRequests);
        last.Allowed.ShouldBe(Crm);
        (await page.SendAsync(HttpMethod.Get)).Status.ShouldBe(HttpStatusCode.OK);

        // What no longer counts and no longer tells is not kept.
        await world.AdvanceAsync(Duration.FromDays(3));
        await world.Parley.Services.GetRequiredService<Housekeeping>().ClearAsync(CancellationToken.None);
        (
            await world.Parley.Db.ReadAsync(session =>
                session.ScalarAsync<long>("SELECT COUNT(*) FROM embed_meeting /* all workspaces: tests */")
            )
        ).ShouldBe(0);
    }

    [Fact]
    public async Task The_scripts_are_small_kept_and_may_be_pinned()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        foreach (var path in (string[])["/embed/schedule-meeting.js", "/embed/booking.js"])
        {
            using var reply = await parley.Client.GetAsync(path);
            reply.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await reply.Content.ReadAsByteArrayAsync()).Length.ShouldBeLessThanOrEqualTo(8000, path);
            reply.Content.Headers.ContentType!.MediaType.ShouldBe("text/javascript");
            reply.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
            reply.Headers.GetValues("Cross-Origin-Resource-Policy").ShouldBe(["cross-origin"]);
            reply.Headers.CacheControl!.ToString().ShouldContain("max-age=3600");
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.IfNoneMatch.Add(reply.Headers.ETag!);
            (await parley.Client.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.NotModified);
        }
    }

    private static object Wish(string subject, string startsAt) =>
        new
        {
            subject,
            startsAt,
            durationMinutes = 30,
            timeZone = "Europe/Berlin",
            contact = new { name = "Ada Lovelace", email = "ada@analytical.example" },
            reference = new
            {
                system = "crm",
                recordType = "contact",
                recordId = "1042",
                url = (string?)null,
            },
            notify = true,
        };

    private static string Text(JsonNode key) => key["key"]!.GetValue<string>();

    private static async Task<JsonNode> KeyAsync(ConnectedServer world, string[]? origins = null)
    {
        var (status, body) = await world.SendAsync(
            HttpMethod.Post,
            "/api/v1/api-keys",
            new
            {
                name = "CRM",
                kind = "publishable",
                origins = origins ?? OneOrigin,
                connectionId = world.ConnectionId,
            }
        );
        status.ShouldBe(HttpStatusCode.Created, body.ToJsonString());
        body["secret"].ShouldBeNull();
        return body;
    }

    private static async Task<string> RefusedAsync(ConnectedServer world, string[] origins, string connectionId)
    {
        var (status, body) = await world.SendAsync(
            HttpMethod.Post,
            "/api/v1/api-keys",
            new
            {
                name = "CRM",
                kind = "publishable",
                origins,
                connectionId,
            }
        );
        status.ShouldBe(HttpStatusCode.BadRequest, body.ToJsonString());
        return string.Join(' ', body["errors"]!.AsObject().Select(error => error.Key));
    }

    private static async Task<Arrangement> ArrangementAsync(ConnectedServer world, string subject) =>
        await world.Parley.Db.ReadAsync(session =>
            session.FirstAsync<Arrangement>(
                $"SELECT {Arrangements.Columns} FROM arrangement WHERE workspace_id = @WorkspaceId AND subject = @subject",
                new { world.WorkspaceId, subject }
            )
        );
}
