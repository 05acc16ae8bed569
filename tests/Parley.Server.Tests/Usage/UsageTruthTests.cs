using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Tests.Hosting;
using Parley.Server.Usage;

namespace Parley.Server.Tests.Usage;

/// <summary>The real adapter reads the GoTo twin; what the report says is counted again from the twin's own record.</summary>
public sealed class UsageTruthTests
{
    private static readonly DateTimeZone NewYork = DateTimeZoneProviders.Tzdb["America/New_York"];
    private static readonly object[] Plans =
    [
        Plan("Meeting Business", 16m, "USD", "monthly"),
        Plan("Meeting Enterprise", 229.99m, "USD", "yearly"),
        Plan("Webinar Pro", 49.5m, "EUR", "monthly"),
    ];

    [Theory, DatabaseMatrix]
    public async Task A_year_of_two_thousand_people_is_reported_as_it_was(DatabaseKind database)
    {
        await using var server = await StartAsync(database);
        await PopulateAsync(server, users: 2000, sessions: 40_000, devices: 25);
        var account = await server.ConnectAnotherAsync(ConnectedServer.Olivia, "account");
        await PutAsync(server, account);
        var before = await server.CallsAsync("organizers.history");
        var run = await RunAsync(server, account);
        run["status"]!.GetValue<string>().ShouldBe("completed", run.ToJsonString());
        run["problems"]!.AsArray().ShouldBeEmpty();

        var now = server.Clock.GetCurrentInstant();
        var truth = await AccountTruth.ReadAsync(server.TwinHttp, now);
        truth.People.Count.ShouldBeGreaterThan(2000);
        truth.Talks.Count.ShouldBeGreaterThan(39_900);
        truth.ShouldBeTold(await ReportAsync(server, account), now, NewYork);
        run["sessions"]!.GetValue<int>().ShouldBe(truth.Talks.Count);
        run["usersDone"]!.GetValue<int>().ShouldBe(truth.People.Count);
        (await server.CallsAsync("organizers.history") - before).ShouldBe(truth.People.Count);

        // 2 000 seats of each of three plans.
        var report = await ReportAsync(server, account);
        report["monthlyCost"]!
            .AsArray()
            .Select(cost =>
                $"{cost!["currency"]} {cost["amount"]!.GetValue<decimal>().ToString("0.00", CultureInfo.InvariantCulture)}"
            )
            .Order()
            .ShouldBe(["EUR 99000.00", "USD 70331.67"]);
        report["activeUsers"]!.GetValue<int>().ShouldBeInRange(500, 1500);

        var day = now.InZone(NewYork).Date;
        var connector = await server
            .Parley.Services.GetRequiredService<UsageConnectors>()
            .ReadAsync(server.WorkspaceId, account, default);
        var pool = await server
            .Parley.Services.GetRequiredService<SharedPool>()
            .ReadAsync(connector, day.PlusDays(-364), day, default);
        var peaks = truth.Peaks(day.PlusDays(-364), day, NewYork);
        pool.Days.ToDictionary(one => one.Day, one => one.Peak).ShouldBe(peaks);
        pool.Enough.All.ShouldBe(peaks.Values.Max());
        pool.Enough.P99.ShouldBe(peaks.Values.Order().ElementAt((int)Math.Ceiling(0.99 * peaks.Count) - 1));

        // As of three months ago, by the same data.
        var then = now - Duration.FromDays(92);
        var earlier = await ReportAsync(server, account, $"&asOf={then}");
        earlier["activeUsers"]!
            .GetValue<int>()
            .ShouldBe(
                truth
                    .Talks.Where(talk => talk.From <= then && talk.From > then - Duration.FromDays(30))
                    .Select(talk => talk.Host)
                    .Distinct(StringComparer.Ordinal)
                    .Count()
            );
    }

    [Theory, DatabaseMatrix]
    public async Task People_who_come_go_and_are_suspended_between_runs_are_told_as_they_are(DatabaseKind database)
    {
        await using var server = await StartAsync(database);
        await PopulateAsync(server, users: 40, sessions: 600, devices: 2);
        var account = await server.ConnectAnotherAsync(ConnectedServer.Olivia, "account");
        await PutAsync(server, account);
        (await RunAsync(server, account))["status"]!.GetValue<string>().ShouldBe("completed");

        await server.AdvanceAsync(Duration.FromDays(3));
        await PopulateAsync(server, users: 10, sessions: 100, devices: 0, domain: "newcomers.example");
        await PostAsync(server, "/control/people/person-00001@people.example", new { status = "suspended" });
        (await server.TwinHttp.DeleteAsync("/control/people/person-00002@people.example")).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
        await PostAsync(
            server,
            "/control/sessions",
            new
            {
                organizer = "person-00003@people.example",
                count = 4,
                from = (server.Clock.GetCurrentInstant() - Duration.FromDays(2)).ToString(),
                to = server.Clock.GetCurrentInstant().ToString(),
            }
        );
        var run = await RunAsync(server, account);
        run["status"]!.GetValue<string>().ShouldBe("completed", run.ToJsonString());
        var now = server.Clock.GetCurrentInstant();
        (await AccountTruth.ReadAsync(server.TwinHttp, now)).ShouldBeTold(
            await ReportAsync(server, account),
            now,
            NewYork
        );
    }

    [Theory, DatabaseMatrix]
    public async Task Faults_at_random_are_said_user_by_user_and_made_good_by_the_next_run(DatabaseKind database)
    {
        await using var server = await StartAsync(database);
        await PopulateAsync(server, users: 60, sessions: 900, devices: 1);
        var account = await server.ConnectAnotherAsync(ConnectedServer.Olivia, "account");
        await PutAsync(server, account);
        await server.FaultAsync(
            "organizers.history",
            "failBefore",
            new
            {
                times = 0,
                seed = 11,
                probability = 0.6,
            }
        );
        var run = await RunAsync(server, account);
        run["status"]!.GetValue<string>().ShouldBe("completed", run.ToJsonString());
        var failed = run["problems"]!.AsArray().Count;
        failed.ShouldBeInRange(1, 60);
        run["problemCount"]!.GetValue<int>().ShouldBe(failed);
        (await ReportAsync(server, account))["unreadUsers"]!.GetValue<int>().ShouldBe(failed);

        await server.ClearFaultsAsync();
        (await RunAsync(server, account))["problems"]!.AsArray().ShouldBeEmpty();
        var now = server.Clock.GetCurrentInstant();
        (await AccountTruth.ReadAsync(server.TwinHttp, now)).ShouldBeTold(
            await ReportAsync(server, account),
            now,
            NewYork
        );
    }

    [Theory, DatabaseMatrix]
    public async Task A_429_in_the_middle_of_a_list_is_waited_out_and_the_list_not_begun_anew(DatabaseKind database)
    {
        await using var server = await StartAsync(database);
        await PopulateAsync(server, users: 450, sessions: 200, devices: 3);
        var account = await server.ConnectAnotherAsync(ConnectedServer.Olivia, "account");
        await PutAsync(server, account);
        var (users, history) = (
            await server.CallsAsync("admin.users.list"),
            await server.CallsAsync("organizers.history")
        );
        await server.FaultAsync(
            "admin.users.list",
            "rateLimit",
            new
            {
                match = "offset=200",
                retryAfterSeconds = 1,
                times = 2,
            }
        );
        await server.FaultAsync("organizers.history", "rateLimit", new { retryAfterSeconds = 1, times = 3 });
        var run = await RunAsync(server, account);
        run["status"]!.GetValue<string>().ShouldBe("completed", run.ToJsonString());
        run["problems"]!.AsArray().ShouldBeEmpty();
        // Three pages and the two refusals; the first page once.
        (await server.CallsAsync("admin.users.list") - users).ShouldBe(5);
        var now = server.Clock.GetCurrentInstant();
        var truth = await AccountTruth.ReadAsync(server.TwinHttp, now);
        truth.ShouldBeTold(await ReportAsync(server, account), now, NewYork);
        var asked = await server.CallsAsync("organizers.history") - history;
        asked.ShouldBe(truth.People.Count + 3);
        // Every one of them is told: pages, licences (once beside the users, once for themselves) and histories.
        run["requests"]!.GetValue<long>().ShouldBe(5 + 2 + asked);
    }

    private static Task<ConnectedServer> StartAsync(DatabaseKind database) =>
        ConnectedServer.StartAsync(
            database,
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Usage:LookbackDays"] = "400",
                ["Provisioning:HttpTimeout"] = "00:00:10",
            }
        );

    private static object Plan(string match, decimal pricePerSeat, string currency, string billing) =>
        new
        {
            match,
            name = match,
            pricePerSeat,
            currency,
            billing,
        };

    private static Task PopulateAsync(
        ConnectedServer server,
        int users,
        int sessions,
        int devices,
        string domain = "people.example"
    ) =>
        PostAsync(
            server,
            "/control/populate",
            new
            {
                seed = 7,
                users,
                sessions,
                devices,
                domain,
            }
        );

    private static async Task PostAsync(ConnectedServer server, string path, object body)
    {
        var reply = await server.TwinHttp.PostAsJsonAsync(path, body);
        reply.IsSuccessStatusCode.ShouldBeTrue(await reply.Content.ReadAsStringAsync());
    }

    private static async Task PutAsync(ConnectedServer server, string account)
    {
        var reply = await server.Api.PutAsJsonAsync(
            $"/api/v1/usage/connectors/{account}",
            new { schedule = new { cron = "0 0 3 * * ?", timeZone = NewYork.Id }, plans = Plans }
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.OK, await reply.Content.ReadAsStringAsync());
    }

    private static async Task<JsonNode> RunAsync(ConnectedServer server, string account)
    {
        var path = $"/api/v1/usage/connectors/{account}";
        var asked = await server.Api.PostAsync($"{path}/run", null);
        asked.StatusCode.ShouldBe(HttpStatusCode.Accepted, await asked.Content.ReadAsStringAsync());
        var id = (await asked.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        for (var watch = System.Diagnostics.Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            var runs = await server.Api.GetFromJsonAsync<JsonNode>($"{path}/runs");
            var run = runs!["items"]!.AsArray().Single(one => one!["id"]!.GetValue<string>() == id)!;
            if (run["status"]!.GetValue<string>() is not ("queued" or "running"))
            {
                return run;
            }

            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(120), run.ToJsonString());
        }
    }

    private static async Task<JsonNode> ReportAsync(ConnectedServer server, string account, string more = "") =>
        (await server.Api.GetFromJsonAsync<JsonNode>($"/api/v1/usage/report?connectionId={account}{more}"))!;
}
