using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>The meetings API against the twin.</summary>
public sealed class MeetingsApiTests
{
    [Theory, DatabaseMatrix]
    public async Task A_meeting_is_created_moved_and_removed(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var reply = await server.Api.PostAsJsonAsync(server.Meetings, ConnectedServer.Wish());
        var made = await ConnectedServer.Body(reply);
        reply.StatusCode.ShouldBe(HttpStatusCode.Created, made.ToJsonString());
        var id = made["id"]!.GetValue<string>();
        reply.Headers.Location!.OriginalString.ShouldBe($"{server.Meetings}/{id}");
        made["status"]!.GetValue<string>().ShouldBe("scheduled");
        made["subject"]!.GetValue<string>().ShouldBe("Demo with Alice");
        made["joinUrl"]!.GetValue<string>().ShouldBe($"{server.Twin.Url}/join/{id}");
        made["joinUrlSource"]!.GetValue<string>().ShouldBe("created");
        made["doorUrl"]!.GetValue<string>().ShouldStartWith("http://127.0.0.1:5080/j/");
        made["organizer"]!["email"]!.GetValue<string>().ShouldBe(ConnectedServer.Olivia);
        made["dialIn"]!.AsArray().ShouldNotBeEmpty();
        (await server.TruthAsync()).ShouldHaveSingleItem().Id.ShouldBe(id);

        var (moved, view) = await server.PatchAsync(id, new { startsAt = "2026-12-10T10:00:00Z" });
        moved.ShouldBe(HttpStatusCode.OK, view.ToJsonString());
        view["durationMinutes"]!.GetValue<int>().ShouldBe(30);
        var truth = (await server.TruthAsync()).ShouldHaveSingleItem();
        truth.Id.ShouldBe(id);
        truth.StartsAt.ShouldBe(Instant.FromUtc(2026, 12, 10, 10, 0));
        truth.EndsAt.ShouldBe(Instant.FromUtc(2026, 12, 10, 10, 30));

        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await server.TruthAsync()).ShouldBeEmpty();
        (await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task Every_path_takes_the_arrangement_id_too(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();

        var (read, view) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}");
        read.ShouldBe(HttpStatusCode.OK);
        view["arrangementId"]!.GetValue<string>().ShouldBe(id);
        (await server.SendAsync(HttpMethod.Get, $"/api/v1/arrangements/{id}")).Status.ShouldBe(HttpStatusCode.OK);
        (await server.SendAsync(HttpMethod.Get, $"/api/v1/arrangements/{id}/ledger")).Status.ShouldBe(
            HttpStatusCode.OK
        );
        (await server.PatchAsync(id, new { subject = "Renamed" })).Status.ShouldBe(HttpStatusCode.OK);
        (await server.SendAsync(HttpMethod.Post, $"{server.Meetings}/{id}/start")).Status.ShouldBe(HttpStatusCode.OK);
        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await server.SendAsync(HttpMethod.Get, $"/api/v1/arrangements/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task The_host_link_is_fetched_never_cached_and_never_kept(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();
        using var reply = await server.Api.PostAsync($"{server.Meetings}/{id}/start", null);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        reply.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var url = (await ConnectedServer.Body(reply))["hostUrl"]!.GetValue<string>();
        url.ShouldStartWith(server.Twin.Url);
        var secret = url.Split('/', '=', '?', '&').MaxBy(part => part.Length)!;
        secret.Length.ShouldBeGreaterThan(20);

        server.Parley.Log.Lines.ShouldNotContain(line => line.Contains(secret, StringComparison.Ordinal));
        if (database == DatabaseKind.Sqlite)
        {
            foreach (var file in Directory.GetFiles(server.Parley.DataDirectory, "*.db*", SearchOption.AllDirectories))
            {
                await using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using var reader = new StreamReader(open, Encoding.Latin1);
                (await reader.ReadToEndAsync()).Contains(secret, StringComparison.Ordinal).ShouldBeFalse(file);
            }
        }
    }

    [Theory, DatabaseMatrix]
    public async Task A_slow_provider_gives_202_and_a_place_to_look(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(
            database,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Provisioning:AnswerWait"] = "00:00:00.2" }
        );
        await server.FaultAsync("meetings.create", "delayBefore", new { delayMs = 600 });
        var reply = await server.Api.PostAsJsonAsync(server.Meetings, ConnectedServer.Wish());
        var body = await ConnectedServer.Body(reply);
        reply.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        body["id"].ShouldBeNull();
        body["status"]!.GetValue<string>().ShouldBe("provisioning");
        var place = reply.Headers.Location!.OriginalString;
        place.ShouldBe($"/api/v1/arrangements/{body["arrangementId"]}");

        await TestServer.EventuallyAsync(
            async () =>
                (await server.SendAsync(HttpMethod.Get, place)).Body["status"]!.GetValue<string>() == "scheduled",
            "it is made"
        );
        (await server.TruthAsync()).ShouldHaveSingleItem();
    }

    [Theory, DatabaseMatrix]
    public async Task A_change_that_changes_nothing_is_neither_sent_nor_mailed(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();
        var mails = (await server.EffectsAsync(id)).Count(effect => effect.Kind == EffectKind.Mail);
        mails.ShouldBe(1);

        (await server.PatchAsync(id, new { subject = "Demo with Alice" })).Status.ShouldBe(HttpStatusCode.OK);
        (await server.PatchAsync(id, new { reference = new { system = "crm", recordId = "7" } })).Status.ShouldBe(
            HttpStatusCode.OK
        );

        (await server.CallsAsync("meetings.update")).ShouldBe(0);
        (await server.EffectsAsync(id)).Count(effect => effect.Kind == EffectKind.Mail).ShouldBe(mails);
        (await server.PatchAsync(id, new { subject = "Another" })).Status.ShouldBe(HttpStatusCode.OK);
        (await server.CallsAsync("meetings.update")).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task If_Match_refuses_a_change_to_a_version_that_is_gone(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();
        var tag = (await server.Api.GetAsync($"{server.Meetings}/{id}")).Headers.ETag!.ToString();

        (
            await server.SendAsync(HttpMethod.Patch, $"{server.Meetings}/{id}", new { subject = "First" }, tag)
        ).Status.ShouldBe(HttpStatusCode.OK);
        var (status, body) = await server.SendAsync(
            HttpMethod.Patch,
            $"{server.Meetings}/{id}",
            new { subject = "Second" },
            tag
        );

        status.ShouldBe(HttpStatusCode.PreconditionFailed);
        body["code"]!.GetValue<string>().ShouldBe("precondition_failed");
        (await server.TruthAsync()).ShouldHaveSingleItem().Subject.ShouldStartWith("First");
    }

    [Theory, DatabaseMatrix]
    public async Task Signs_and_pictures_in_a_subject_survive_and_the_marker_never_shows(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        const string Subject = "R&D <weekly> \"plan\" 🚀 ≥ 3";
        var id = await server.CreateAsync(ConnectedServer.Wish(Subject));
        var marker = (await server.ArrangementAsync(id)).Marker;
        (await server.TruthAsync()).ShouldHaveSingleItem().Subject.ShouldContain(marker);

        foreach (var path in (string[])[$"{server.Meetings}/{id}", $"/api/v1/arrangements/{id}"])
        {
            (await server.SendAsync(HttpMethod.Get, path)).Body["subject"]!.GetValue<string>().ShouldBe(Subject);
        }

        foreach (var path in (string[])[server.Meetings, "/api/v1/meetings"])
        {
            var items = (await server.SendAsync(HttpMethod.Get, path)).Body["items"]!.AsArray();
            var own = items.Single(item => item!["arrangementId"]?.GetValue<string>() == id)!;
            own["subject"]!.GetValue<string>().ShouldBe(Subject);
            items.ToJsonString().ShouldNotContain(marker);
        }
    }

    [Theory, DatabaseMatrix]
    public async Task Meetings_made_elsewhere_can_be_changed_and_removed(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var foreign = await server.ByHandAsync(
            HttpMethod.Post,
            "meetings",
            new
            {
                subject = "By hand [ABCDEF]",
                starttime = "2026-12-10T09:00:00Z",
                endtime = "2026-12-10T10:00:00Z",
                passwordrequired = false,
                conferencecallinfo = "Hybrid",
                timezonekey = "",
                meetingtype = "scheduled",
            }
        );
        foreign.StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = (await server.TruthAsync()).ShouldHaveSingleItem().Id;

        var (status, body) = await server.PatchAsync(id, new { startsAt = "2026-12-10T11:00:00Z" });
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        body["assumed"]!.AsArray().Select(field => field!.GetValue<string>()).ShouldContain("audio");
        body["source"]!.GetValue<string>().ShouldBe("provider");
        body["subject"]!.GetValue<string>().ShouldBe("By hand [ABCDEF]");
        var truth = (await server.TruthAsync()).ShouldHaveSingleItem();
        truth.StartsAt.ShouldBe(Instant.FromUtc(2026, 12, 10, 11, 0));
        truth.EndsAt.ShouldBe(Instant.FromUtc(2026, 12, 10, 12, 0));
        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await server.TruthAsync()).ShouldBeEmpty();
        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task The_link_of_a_meeting_made_elsewhere_is_derived_or_withheld_and_flagged(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await ElsewhereAsync(server);
        server.Provider.OnGet = told => told.Value with { JoinUrl = null };
        var (_, untold) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}");
        untold["joinUrl"]!.GetValue<string>().ShouldBe($"{server.Twin.Url}/join/{id}");
        untold["joinUrlSource"]!.GetValue<string>().ShouldBe("derived");
        untold["attention"].ShouldBeNull();

        server.Provider.OnGet = told => told.Value with { JoinUrl = $"{server.Twin.Url}/join/{id}?told" };
        var (_, trusted) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}");
        trusted["joinUrl"]!.GetValue<string>().ShouldBe($"{server.Twin.Url}/join/{id}?told");
        trusted["joinUrlSource"]!.GetValue<string>().ShouldBe("created");

        server.Provider.OnGet = told => told.Value with { JoinUrl = "https://evil.example/join" };
        foreach (
            var (status, told) in new[]
            {
                await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}"),
                await server.PatchAsync(id, new { subject = "Renamed" }),
            }
        )
        {
            status.ShouldBe(HttpStatusCode.OK);
            told.ToJsonString().ShouldNotContain("evil.example");
            told["joinUrl"].ShouldBeNull();
            told["joinUrlSource"].ShouldBeNull();
            told["attention"]!.GetValue<string>().ShouldBe("untrusted_join_link");
        }
    }

    [Theory, DatabaseMatrix]
    public async Task A_change_that_worked_is_told_though_it_cannot_be_read_again(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await ElsewhereAsync(server);
        var reads = 0;
        server.Provider.OnGet = told =>
            ++reads == 1
                ? told
                : new Conferencing.ProviderFailure
                {
                    Kind = Conferencing.FailureKind.Rejected,
                    Code = "broken",
                    Message = "It cannot be read.",
                };

        var (status, body) = await server.PatchAsync(id, new { subject = "Moved", startsAt = "2026-12-10T11:00:00Z" });
        reads.ShouldBe(2);
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        body["id"]!.GetValue<string>().ShouldBe(id);
        body["subject"]!.GetValue<string>().ShouldBe("Moved");
        body["startsAt"]!.GetValue<string>().ShouldBe("2026-12-10T11:00:00Z");
        body["endsAt"]!.GetValue<string>().ShouldBe("2026-12-10T12:00:00Z");
        (await server.TruthAsync()).ShouldHaveSingleItem().Subject.ShouldBe("Moved");
    }

    [Theory, DatabaseMatrix]
    public async Task A_request_that_is_refused_looks_nobody_up(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var wish = Change(
            JsonContentOf(ConnectedServer.Wish()),
            "coOrganizers",
            JsonNode.Parse("""["nobody@northwind.example"]""")
        );
        var (unknown, who) = await server.SendAsync(HttpMethod.Post, server.Meetings, wish);
        unknown.ShouldBe(HttpStatusCode.BadRequest);
        who["errors"]!.AsObject().Select(error => error.Key).ShouldBe(["coOrganizers[0]"]);
        var (bad, what) = await server.SendAsync(HttpMethod.Post, server.Meetings, Change(wish, "subject", ""));
        bad.ShouldBe(HttpStatusCode.BadRequest);
        what["errors"]!.AsObject().Select(error => error.Key).ShouldBe(["subject"]);
    }

    [Theory, DatabaseMatrix]
    public async Task A_connection_that_reads_the_account_hosts_no_meetings(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.CreateAsync();
        await server.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                "UPDATE connection SET purpose = 'account' WHERE workspace_id = @WorkspaceId AND id = @ConnectionId",
                new { server.WorkspaceId, server.ConnectionId }
            )
        );
        var (status, problem) = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish());
        status.ShouldBe(HttpStatusCode.Conflict, problem.ToJsonString());
        problem["next"]!.GetValue<string>().ShouldContain("organizer");
        (await server.TruthAsync()).ShouldHaveSingleItem();
    }

    private static async Task<string> ElsewhereAsync(ConnectedServer server)
    {
        var made = await server.ByHandAsync(
            HttpMethod.Post,
            "meetings",
            new
            {
                subject = "By hand",
                starttime = "2026-12-10T09:00:00Z",
                endtime = "2026-12-10T10:00:00Z",
                passwordrequired = false,
                conferencecallinfo = "Hybrid",
                timezonekey = "",
                meetingtype = "scheduled",
            }
        );
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (await server.TruthAsync()).ShouldHaveSingleItem().Id;
    }

    [Theory, DatabaseMatrix]
    public async Task Bad_input_names_the_field_and_leaves_nothing(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var good = JsonContentOf(ConnectedServer.Wish());
        (string Field, JsonNode Body)[] bad =
        [
            ("subject", Change(good, "subject", "")),
            ("subject", Change(good, "subject", new string('x', 10_000))),
            ("subject", Change(good, "subject", "Evil\r\nBcc: x@example.org")),
            ("startsAt", Change(good, "startsAt", "2026-11-30T09:00:00Z")),
            ("startsAt", Change(good, "startsAt", "next Tuesday")),
            ("timeZone", Change(good, "timeZone", "Mars/Olympus")),
            ("durationMinutes", Change(good, "durationMinutes", 0)),
            ("durationMinutes", Change(good, "durationMinutes", null)),
            ("audio", Change(good, "audio", "telepathy")),
            ("colour", Change(good, "colour", "blue")),
            ("attendees[0].email", Change(good, "attendees", JsonNode.Parse("""[{"name":"A","email":"no"}]"""))),
            (
                "attendees[0].name",
                Change(good, "attendees", JsonNode.Parse("""[{"name":"A\nB","email":"a@b.example"}]"""))
            ),
        ];

        foreach (var (field, body) in bad)
        {
            var (status, problem) = await server.SendAsync(HttpMethod.Post, server.Meetings, body);
            status.ShouldBe(HttpStatusCode.BadRequest, $"{field}: {problem.ToJsonString()}");
            problem["errors"]!.AsObject().Select(error => error.Key).ShouldContain(field, problem.ToJsonString());
        }

        using var malformed = new StringContent("{\"subject\":", Encoding.UTF8, "application/json");
        (await server.SendAsync(HttpMethod.Post, server.Meetings, malformed)).Status.ShouldBe(
            HttpStatusCode.BadRequest
        );
        (await server.CallsAsync("meetings.create")).ShouldBe(0);
        (await server.OpenAsync()).ShouldBe(0);
        (await server.SendAsync(HttpMethod.Get, "/api/v1/meetings")).Body["items"]!.AsArray().ShouldBeEmpty();
        await server.CreateAsync(good);
    }

    [Theory, DatabaseMatrix]
    public async Task Unknown_connections_and_meetings_are_the_same_404(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();
        (await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}")).Status.ShouldBe(HttpStatusCode.OK);

        (await server.SendAsync(HttpMethod.Get, $"/api/v1/connections/con_other/meetings/{id}")).Status.ShouldBe(
            HttpStatusCode.NotFound
        );
        (await server.SendAsync(HttpMethod.Get, "/api/v1/arrangements/arr_other/ledger")).Status.ShouldBe(
            HttpStatusCode.NotFound
        );
        (await server.PatchAsync("arr_other", new { subject = "x" })).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task A_repeated_key_makes_one_meeting(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        server.Api.DefaultRequestHeaders.Add("Idempotency-Key", "order-7");

        var first = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish());
        var second = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish());
        var other = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish("Other"));

        first.Status.ShouldBe(HttpStatusCode.Created);
        second.Status.ShouldBe(HttpStatusCode.Created);
        second.Body["id"]!.GetValue<string>().ShouldBe(first.Body["id"]!.GetValue<string>());
        other.Status.ShouldBe(HttpStatusCode.Conflict);
        (await server.TruthAsync()).ShouldHaveSingleItem();
    }

    [Theory, DatabaseMatrix]
    public async Task The_list_of_all_connections_narrows_sorts_and_pages(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        for (var day = 10; day < 15; day++)
        {
            await server.CreateAsync(ConnectedServer.Wish($"Day {day} 100%", $"2026-12-{day}T09:00:00Z"));
        }

        (await SubjectsAsync(server, "?limit=200")).Count.ShouldBe(5);
        (await SubjectsAsync(server, "?q=DAY%2012")).ShouldBe(["Day 12 100%"]);
        (await SubjectsAsync(server, "?q=alice%40example")).Count.ShouldBe(5);
        (await SubjectsAsync(server, "?q=1%25%25")).ShouldBeEmpty();
        (await SubjectsAsync(server, "?from=2026-12-13T09:10:00Z")).Count.ShouldBe(2);
        (await SubjectsAsync(server, "?to=2026-12-11T09:00:00Z")).Count.ShouldBe(1);
        (await SubjectsAsync(server, "?sort=-startsAt&limit=1")).ShouldBe(["Day 14 100%"]);
        (await SubjectsAsync(server, "?status=scheduled")).Count.ShouldBe(5);
        (await SubjectsAsync(server, "?status=provisioning")).ShouldBeEmpty();
        (await SubjectsAsync(server, $"?organizer={ConnectedServer.Olivia.ToUpperInvariant()}")).Count.ShouldBe(5);
        (await SubjectsAsync(server, "?organizer=nobody")).ShouldBeEmpty();
        (await server.SendAsync(HttpMethod.Get, "/api/v1/meetings?status=odd")).Status.ShouldBe(
            HttpStatusCode.BadRequest
        );
        var seen = new List<string>();
        var cursor = "";
        do
        {
            var (_, page) = await server.SendAsync(HttpMethod.Get, $"/api/v1/meetings?limit=2&cursor={cursor}");
            seen.AddRange(page["items"]!.AsArray().Select(item => item!["subject"]!.GetValue<string>()));
            cursor = page["nextCursor"]?.GetValue<string>();
        } while (cursor is not null);
        seen.ShouldBe(Enumerable.Range(10, 5).Select(day => $"Day {day} 100%"));
    }

    private static async Task<List<string>> SubjectsAsync(ConnectedServer server, string query) =>
        (await server.SendAsync(HttpMethod.Get, $"/api/v1/meetings{query}")).Body["items"]!
            .AsArray()
            .Select(item => item!["subject"]!.GetValue<string>())
            .ToList();

    private static JsonNode JsonContentOf(object value) => System.Text.Json.JsonSerializer.SerializeToNode(value)!;

    private static JsonNode Change(JsonNode good, string field, JsonNode? value)
    {
        var copy = good.DeepClone();
        copy[field] = value;
        return copy;
    }
}
