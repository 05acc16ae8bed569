using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>History, attendees and organizers in the API, against the twin.</summary>
public sealed class RecordsApiTests
{
    private const string Odile = "odile@northwind.example";
    private const string OdileKey = "7300195775692112843";
    private const string Window = "from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z";

    [Theory, DatabaseMatrix]
    public async Task What_was_held_is_paged_newest_first_in_our_own_words(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = (await server.ArrangementAsync(await server.CreateAsync())).ProviderMeetingId!;
        for (var day = 10; day < 15; day++)
        {
            await RunAsync(server, id, $"2026-11-{day}T09:00:00Z", day);
        }

        var (status, all) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/history?{Window}");
        status.ShouldBe(HttpStatusCode.OK, all.ToJsonString());
        var newest = all["items"]!.AsArray()[0]!;
        newest["meetingId"]!.GetValue<string>().ShouldBe(id);
        newest["sessionId"]!.GetValue<string>().ShouldNotBeEmpty();
        newest["subject"]!.GetValue<string>().ShouldBe("Demo with Alice");
        newest["startedAt"]!.GetValue<string>().ShouldBe("2026-11-14T09:00:00Z");
        newest["durationMinutes"]!.GetValue<int>().ShouldBe(14);
        newest["organizer"]!["email"]!.GetValue<string>().ShouldBe(ConnectedServer.Olivia);
        all["nextCursor"].ShouldBeNull();

        var seen = new List<string>();
        string? cursor = "";
        do
        {
            var (_, page) = await server.SendAsync(
                HttpMethod.Get,
                $"{server.Meetings}/history?{Window}&limit=2&cursor={cursor}"
            );
            seen.AddRange(page["items"]!.AsArray().Select(item => item!["startedAt"]!.GetValue<string>()));
            cursor = page["nextCursor"]?.GetValue<string>();
        } while (cursor is not null);
        seen.ShouldBe(Enumerable.Range(10, 5).Reverse().Select(day => $"2026-11-{day}T09:00:00Z"));
    }

    [Fact]
    public async Task A_further_page_does_not_read_the_whole_rest_again()
    {
        await using var server = await ConnectedServer.StartAsync(DatabaseKind.Sqlite);
        (
            await server.TwinHttp.PostAsJsonAsync(
                "/control/sessions",
                new
                {
                    organizer = ConnectedServer.Olivia,
                    count = 200,
                    from = "2025-01-01T00:00:00Z",
                    to = "2026-11-01T00:00:00Z",
                    meetings = 4,
                }
            )
        ).StatusCode.ShouldBe(HttpStatusCode.Created);

        var seen = new List<string>();
        string? cursor = "";
        do
        {
            var (status, page) = await server.SendAsync(
                HttpMethod.Get,
                $"{server.Meetings}/history?from=2025-01-01T00:00:00Z&to=2026-12-01T00:00:00Z&limit=20&cursor={cursor}"
            );
            status.ShouldBe(HttpStatusCode.OK, page.ToJsonString());
            seen.AddRange(page["items"]!.AsArray().Select(item => item!["startedAt"]!.GetValue<string>()));
            cursor = page["nextCursor"]?.GetValue<string>();
        } while (cursor is not null);
        seen.Count.ShouldBe(200);
        seen.Distinct().Count().ShouldBe(200);
        seen.ShouldBe(seen.OrderByDescending(start => start, StringComparer.Ordinal));

        var log = (await server.TwinHttp.GetFromJsonAsync<JsonNode>("/control/log?operation=meetings.history"))!;
        var paths = log["items"]!.AsArray().Select(call => call!["path"]!.GetValue<string>()).ToList();
        paths
            .Count(path => path.Contains("startDate=2025-01-01T00:00:00Z", StringComparison.Ordinal))
            .ShouldBe(2, "the first page asks for everything at once, the last one reaches the beginning");
    }

    [Theory]
    [InlineData("to=2026-12-01T00:00:00Z", "from")]
    [InlineData("from=2026-12-01T00:00:00Z", "to")]
    [InlineData("from=2026-12-01T00:00:00Z&to=2026-11-01T00:00:00Z", "to")]
    [InlineData("from=yesterday&to=2026-11-01T00:00:00Z", "from")]
    [InlineData($"{Window}&organizer=nobody%40northwind.example", "organizer")]
    [InlineData($"{Window}&organizer=..%2Fadmin", "organizer")]
    [InlineData($"{Window}&cursor=OTk5OTk5OTk5OTk5OTk5OTk5IHg", "cursor")]
    public async Task A_wrong_question_about_the_past_names_the_field(string query, string field)
    {
        await using var server = await ConnectedServer.StartAsync(DatabaseKind.Sqlite);
        (await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/history?{Window}")).Status.ShouldBe(
            HttpStatusCode.OK
        );
        var (status, problem) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/history?{query}");
        status.ShouldBe(HttpStatusCode.BadRequest, problem.ToJsonString());
        problem["errors"]!.AsObject().Select(error => error.Key).ShouldBe([field]);
    }

    [Theory, DatabaseMatrix]
    public async Task Who_was_there_is_told_by_session_and_by_either_id(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var arrangement = await server.CreateAsync();
        var id = (await server.ArrangementAsync(arrangement)).ProviderMeetingId!;
        var first = await RunAsync(server, id, "2026-11-10T09:00:00Z", 30, ("Alice", "alice@example.org"));
        var second = await RunAsync(server, id, "2026-11-11T09:00:00Z", 30, ("Bob", null));

        foreach (var path in (string[])[id, arrangement])
        {
            var (status, all) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{path}/attendees");
            status.ShouldBe(HttpStatusCode.OK, all.ToJsonString());
            all["items"]!
                .AsArray()
                .Select(stay => stay!["sessionId"]!.GetValue<string>())
                .Distinct()
                .ShouldBe([first, second]);
        }

        var (_, one) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}/attendees?sessionId={first}");
        one["items"]!.AsArray().ShouldAllBe(stay => stay!["sessionId"]!.GetValue<string>() == first);
        var alice = one["items"]!.AsArray().Single(stay => stay!["name"]?.GetValue<string>() == "Alice")!;
        alice["email"]!.GetValue<string>().ShouldBe("alice@example.org");
        alice["durationMinutes"]!.GetValue<int>().ShouldBe(30);
        (await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/100000001/attendees")).Status.ShouldBe(
            HttpStatusCode.NotFound
        );
    }

    [Theory]
    [InlineData("quirk", true)]
    [InlineData("quirk", false)]
    [InlineData("spec", true)]
    [InlineData("spec", false)]
    public async Task A_session_of_the_history_selects_its_attendees_whatever_number_they_carry(
        string wireMode,
        bool oneNumber
    )
    {
        await using var server = await ConnectedServer.StartAsync(DatabaseKind.Sqlite);
        await server.SettingsAsync(new { wireMode, sessionIdIsInstanceKey = oneNumber });
        var id = (await server.ArrangementAsync(await server.CreateAsync())).ProviderMeetingId!;
        // Stopped and started again at once, then a week later.
        await RunAsync(server, id, "2026-11-10T09:00:00Z", 30, ("Alice", "alice@example.org"));
        await RunAsync(server, id, "2026-11-10T09:30:00Z", 20, ("Bob", "bob@example.org"));
        await RunAsync(server, id, "2026-11-17T09:00:00Z", 30, ("Carol", "carol@example.org"));

        var (_, history) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/history?{Window}");
        var sessions = history["items"]!.AsArray().Where(item => item!["meetingId"]!.GetValue<string>() == id).ToList();
        sessions.Count.ShouldBe(3);
        foreach (var (session, name) in sessions.Zip(["Carol", "Bob", "Alice"]))
        {
            var sessionId = session!["sessionId"]!.GetValue<string>();
            var (status, there) = await server.SendAsync(
                HttpMethod.Get,
                $"{server.Meetings}/{id}/attendees?sessionId={sessionId}"
            );
            status.ShouldBe(HttpStatusCode.OK, there.ToJsonString());
            var stays = there["items"]!.AsArray();
            var guests = stays.Select(stay => stay!["name"]?.GetValue<string>()).ToList();
            guests.ShouldContain(name);
            guests.Intersect(["Alice", "Bob", "Carol"]).ShouldBe([name]);
            stays.ShouldAllBe(stay => stay!["sessionId"]!.GetValue<string>() == sessionId);
        }

        // The number of the attendee list itself still selects, and one of nothing selects nobody.
        var (_, all) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}/attendees");
        var key = all["items"]![0]!["sessionId"]!.GetValue<string>();
        (
            oneNumber
                ? sessions[2]!["sessionId"]!.GetValue<string>() == key
                : key != sessions[2]!["sessionId"]!.GetValue<string>()
        ).ShouldBeTrue();
        var (_, first) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}/attendees?sessionId={key}");
        first["items"]!.AsArray().ShouldContain(stay => stay!["name"]!.GetValue<string>() == "Alice");
        var (_, none) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}/attendees?sessionId=1");
        none["items"]!.AsArray().ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task Who_was_there_is_told_after_the_meeting_was_removed(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var arrangement = await server.CreateAsync();
        var id = (await server.ArrangementAsync(arrangement)).ProviderMeetingId!;
        await RunAsync(server, id, "2026-11-10T09:00:00Z", 30, ("Alice", "alice@example.org"));
        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);

        foreach (var path in (string[])[id, id.Insert(3, "-"), arrangement])
        {
            var (status, all) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{path}/attendees");
            status.ShouldBe(HttpStatusCode.OK, all.ToJsonString());
            all["items"]!.AsArray().ShouldContain(stay => stay!["name"]!.GetValue<string>() == "Alice");
        }
    }

    [Theory, DatabaseMatrix]
    public async Task An_administrator_chooses_organizers_and_reads_theirs_by_address(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var organizers = $"/api/v1/connections/{server.ConnectionId}/organizers";
        var (status, all) = await server.SendAsync(HttpMethod.Get, organizers);
        status.ShouldBe(HttpStatusCode.OK, all.ToJsonString());
        var emails = all["items"]!.AsArray().Select(one => one!["email"]!.GetValue<string>()).ToList();
        emails.ShouldContain(Odile);
        emails.ShouldContain(ConnectedServer.Olivia);
        emails.ShouldNotContain(email =>
            email.StartsWith("una@", StringComparison.Ordinal)
            || email.StartsWith("sven@", StringComparison.Ordinal)
            || email.StartsWith("desk-", StringComparison.Ordinal)
        );
        var (_, some) = await server.SendAsync(HttpMethod.Get, $"{organizers}?q=ODIL");
        some["items"]!.AsArray().ShouldHaveSingleItem()!["key"]!.GetValue<string>().ShouldBe(OdileKey);

        (
            await server.TwinHttp.PostAsJsonAsync(
                "/control/sessions",
                new
                {
                    organizer = Odile,
                    sessions = new[]
                    {
                        new
                        {
                            subject = "Odile's",
                            startedAt = "2026-11-12T09:00:00Z",
                            minutes = 20,
                        },
                    },
                }
            )
        ).StatusCode.ShouldBe(HttpStatusCode.Created);
        foreach (var organizer in (string[])[Odile.ToUpperInvariant(), OdileKey])
        {
            var (_, held) = await server.SendAsync(
                HttpMethod.Get,
                $"{server.Meetings}/history?{Window}&organizer={organizer}"
            );
            held["items"]!.AsArray().ShouldHaveSingleItem()!["subject"]!.GetValue<string>().ShouldBe("Odile's");
            (await server.SendAsync(HttpMethod.Get, $"{server.Meetings}?organizer={organizer}")).Status.ShouldBe(
                HttpStatusCode.OK
            );
        }

        (await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/history?{Window}")).Body["items"]!
            .AsArray()
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_the_role_others_are_refused_with_what_to_do_and_ones_own_are_not()
    {
        await using var server = await ConnectedServer.StartAsync(DatabaseKind.Sqlite, account: Odile);
        foreach (var own in (string[])[Odile, OdileKey])
        {
            (
                await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/history?{Window}&organizer={own}")
            ).Status.ShouldBe(HttpStatusCode.OK);
        }

        foreach (
            var path in (string[])
                [
                    $"{server.Meetings}/history?{Window}&organizer=7300195775692112801",
                    $"{server.Meetings}?organizer=7300195775692112801",
                    $"/api/v1/connections/{server.ConnectionId}/organizers",
                ]
        )
        {
            var (status, problem) = await server.SendAsync(HttpMethod.Get, path);
            status.ShouldBe(HttpStatusCode.UnprocessableEntity, problem.ToJsonString());
            problem["reason"]!.GetValue<string>().ShouldBe("not_allowed");
            problem["next"]!.GetValue<string>().ShouldContain("administrator");
        }
    }

    [Fact]
    public async Task A_scope_that_was_not_granted_is_named()
    {
        await using var server = await ConnectedServer.StartAsync(DatabaseKind.Sqlite);
        var id = (await server.ArrangementAsync(await server.CreateAsync())).ProviderMeetingId!;
        string[] paths =
        [
            $"{server.Meetings}/{id}/attendees",
            $"/api/v1/connections/{server.ConnectionId}/organizers",
            $"{server.Meetings}/history?{Window}&organizer={OdileKey}",
        ];
        foreach (var path in paths)
        {
            (await server.SendAsync(HttpMethod.Get, path)).Status.ShouldBe(HttpStatusCode.OK);
        }

        await server.ExecuteAsync("UPDATE oauth_grant SET scopes = 'collab: identity:scim.me'");
        foreach (var path in paths)
        {
            var (status, problem) = await server.SendAsync(HttpMethod.Get, path);
            status.ShouldBe(HttpStatusCode.Forbidden, problem.ToJsonString());
            problem["code"]!.GetValue<string>().ShouldBe("missing_scope");
            problem["scope"]!.GetValue<string>().ShouldBe("identity:");
            problem["next"]!.GetValue<string>().ShouldContain("identity:");
        }
    }

    [Theory, DatabaseMatrix]
    public async Task Zooms_connection_for_reports_tells_the_history_of_any_organizer(DatabaseKind database)
    {
        const string window = "from=2026-11-15T00:00:00Z&to=2026-12-20T00:00:00Z";
        await using var server = await ConnectedServer.StartAsync(
            database,
            account: ConnectedServer.Zoe,
            provider: ConnectedServer.Zoom
        );
        var app = server.Twin.ZoomApps.Single(app => app.Purpose == "account");
        var set = await server.Api.PutAsJsonAsync(
            "/api/v1/providers/zoom/apps/account",
            new
            {
                kind = "oauth",
                clientId = app.ClientId,
                clientSecret = app.ClientSecret,
            }
        );
        set.StatusCode.ShouldBe(HttpStatusCode.OK, await set.Content.ReadAsStringAsync());
        var account = await server.ConnectAnotherAsync("adele@northwind.example", "account");
        var held = (await server.ArrangementAsync(await server.CreateAsync())).ProviderMeetingId!;
        await RunAsync(server, held, "2026-11-25T09:00:00Z", 20, ("Ada", null));
        var own = await ItemsAsync($"{server.Meetings}/history?{window}");
        own.ShouldHaveSingleItem()!["meetingId"]!.GetValue<string>().ShouldBe(held);

        foreach (var organizer in new[] { ConnectedServer.Zoe, own[0]!["organizer"]!["key"]!.GetValue<string>() })
        {
            var theirs = await ItemsAsync(
                $"/api/v1/connections/{account}/meetings/history?{window}&organizer={Uri.EscapeDataString(organizer)}"
            );
            var item = theirs.ShouldHaveSingleItem()!;
            item["meetingId"]!.GetValue<string>().ShouldBe(held);
            item["subject"]!.GetValue<string>().ShouldBe("Demo with Alice");
            item["organizer"]!["email"]!.GetValue<string>().ShouldBe(ConnectedServer.Zoe);
        }

        // Without a name it is whoever connected it, as for any connection.
        (await ItemsAsync($"/api/v1/connections/{account}/meetings/history?{window}")).ShouldBeEmpty();
        var (refused, _) = await server.SendAsync(
            HttpMethod.Get,
            $"{server.Meetings}/history?{window}&organizer=adele%40northwind.example"
        );
        refused.ShouldBe(HttpStatusCode.Conflict, "an organizer's own connection reads nobody else's");

        async Task<JsonArray> ItemsAsync(string path)
        {
            var (status, body) = await server.SendAsync(HttpMethod.Get, path);
            status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
            return body["items"]!.AsArray();
        }
    }

    internal static async Task<string> RunAsync(
        ConnectedServer server,
        string meetingId,
        string startedAt,
        int minutes,
        params (string Name, string? Email)[] people
    )
    {
        var reply = await server.TwinHttp.PostAsJsonAsync(
            $"/control/meetings/{meetingId}/run",
            new
            {
                startedAt,
                minutes,
                attendees = people.Select(one => new { name = one.Name, email = one.Email }),
            }
        );
        var body = await reply.Content.ReadFromJsonAsync<JsonNode>();
        reply.StatusCode.ShouldBe(HttpStatusCode.Created, body!.ToJsonString());
        return body["id"]!.GetValue<string>();
    }
}
