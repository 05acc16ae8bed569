using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Tests.Connections;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Usage;

public sealed class UsageRunTests
{
    private static readonly Instant Now = FakeClock.Start;
    private static readonly string[] InTheAccount = ["Ann", "Bob", "Cem", "Dan"];

    private static Instant DaysAgo(int days) => Now - Duration.FromDays(days);

    private static PeopleAccount Account()
    {
        var people = new PeopleAccount();
        var ann = people.Add("Ann");
        var bob = people.Add("Bob");
        people.Add("Cem");
        people.Add("Dan", licence: null);
        people.Add("Desk phone", licence: null, device: true);
        people.Held(ann, DaysAgo(3), 60);
        people.Held(ann, DaysAgo(10), 30);
        people.Held(bob, DaysAgo(40), 30);
        people.Licences.Add(
            new DirectoryLicence
            {
                Key = "G2M",
                Description = "GoTo Meeting Business",
                Products = ["G2M"],
                Seats = 10,
                AssignedSeats = 3,
                Enabled = true,
            }
        );
        return people;
    }

    private static object Price(decimal price = 14, string currency = "USD") =>
        new
        {
            match = "g2m",
            name = "Business",
            pricePerSeat = price,
            currency,
            billing = "monthly",
        };

    [Theory, DatabaseMatrix]
    public async Task A_run_tells_who_organized_and_what_the_seats_cost(DatabaseKind database)
    {
        await using var world = await UsageWorld.StartAsync(database, Account());
        await world.PutAsync(new { active = false, plans = new[] { Price() } });
        var run = await world.RunAsync();
        run["status"]!.GetValue<string>().ShouldBe("completed", run.ToJsonString());
        run["usersDone"]!.GetValue<int>().ShouldBe(4);
        run["usersTotal"]!.GetValue<int>().ShouldBe(4);
        run["problems"]!.AsArray().ShouldBeEmpty();

        var report = await world.ReportAsync();
        report["monthlyCost"]!.ToJsonString().ShouldBe("""[{"currency":"USD","amount":140}]""");
        report["costPerActiveUser"]!.ToJsonString().ShouldBe("""[{"currency":"USD","amount":140}]""");
        // One of ten seats is used by somebody active.
        report["idleCost"]!.ToJsonString().ShouldBe("""[{"currency":"USD","amount":126}]""");
        report["seats"]!.GetValue<int>().ShouldBe(10);
        report["assignedSeats"]!.GetValue<int>().ShouldBe(3);
        report["users"]!.GetValue<int>().ShouldBe(4);
        report["activeUsers"]!.GetValue<int>().ShouldBe(1);
        report["inactiveUsers"]!.GetValue<int>().ShouldBe(1);
        report["neverActiveUsers"]!.GetValue<int>().ShouldBe(2);

        var items = await world.ItemsAsync();
        items.Keys.Order().ShouldBe(InTheAccount);
        items["Ann"]["state"]!.GetValue<string>().ShouldBe("active");
        items["Ann"]["meetingsInWindow"]!.GetValue<int>().ShouldBe(2);
        items["Ann"]["minutesInWindow"]!.GetValue<int>().ShouldBe(90);
        items["Ann"]["lastMeetingOn"]!.GetValue<string>().ShouldBe("2026-11-28");
        items["Ann"]["licence"]!.GetValue<string>().ShouldBe("GoTo Meeting Business");
        items["Bob"]["state"]!.GetValue<string>().ShouldBe("inactive");
        items["Bob"]["lastMeetingOn"]!.GetValue<string>().ShouldBe("2026-10-22");
        items["Cem"]["state"]!.GetValue<string>().ShouldBe("neverActive");
        items["Cem"]["lastMeetingOn"].ShouldBeNull();
    }

    [Theory, DatabaseMatrix]
    public async Task Window_exclusions_and_day_of_the_report_are_heeded(DatabaseKind database)
    {
        await using var world = await UsageWorld.StartAsync(database, Account());
        await world.PutAsync(new { activeWindowDays = 45, exclusions = new[] { "cem@northwind.example" } });
        await world.RunAsync();
        var items = await world.ItemsAsync();
        items.Keys.ShouldNotContain("Cem");
        items["Bob"]["state"]!.GetValue<string>().ShouldBe("active");

        // A week before Ann's last meeting she had held one.
        items = await world.ItemsAsync("&asOf=2026-11-22");
        items["Ann"]["meetingsInWindow"]!.GetValue<int>().ShouldBe(1);
        items["Ann"]["lastMeetingOn"]!.GetValue<string>().ShouldBe("2026-11-21");

        // Two of three holders are active; the seat of one who is left out of the people is used all the same.
        (await world.ReportAsync())["licences"]![0]!["idleSeats"]!
            .GetValue<int>()
            .ShouldBe(8);
        await world.PutAsync(
            new { activeWindowDays = 45, exclusions = new[] { "cem@northwind.example", "ann@northwind.example" } }
        );
        var left = await world.ReportAsync();
        left["activeUsers"]!.GetValue<int>().ShouldBe(1);
        left["licences"]![0]!["idleSeats"]!.GetValue<int>().ShouldBe(8);
    }

    [Theory, DatabaseMatrix]
    public async Task A_user_that_cannot_be_read_is_said_and_asked_for_again_by_the_next_run(DatabaseKind database)
    {
        var people = Account();
        people.OnUser = key =>
            key == "u002"
                ? FakeProvider.Failure(FailureKind.Rejected, "provider_rejected", "No such organizer.")
                : null;
        await using var world = await UsageWorld.StartAsync(database, people);
        var run = await world.RunAsync();
        run["status"]!.GetValue<string>().ShouldBe("completed");
        run["problems"]!.AsArray().Single()!["email"]!.GetValue<string>().ShouldBe("bob@northwind.example");
        (await world.ReportAsync())["unreadUsers"]!.GetValue<int>().ShouldBe(1);
        var unread = (await world.ItemsAsync())["Bob"];
        unread["state"]!.GetValue<string>().ShouldBe("neverActive");
        unread["source"]!.GetValue<string>().ShouldBe("could not be read");

        people.OnUser = _ => null;
        await world.RunAsync();
        (await world.ItemsAsync())["Bob"]["state"]!.GetValue<string>().ShouldBe("inactive");
        // Bob's from the beginning, Ann's only what came since, with the overlap.
        var second = people.Asked.TakeLast(4).ToDictionary(query => query.OrganizerKey!, query => query.From);
        second["u002"].ShouldBe(Now - Duration.FromDays(90));
        second["u001"].ShouldBe(Now - Duration.FromDays(1));
        (await world.ItemsAsync())["Ann"]["meetingsInWindow"]!.GetValue<int>().ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task A_dead_connection_ends_the_run_and_says_why(DatabaseKind database)
    {
        var people = Account();
        people.OnUser = _ => FakeProvider.InvalidGrant;
        await using var world = await UsageWorld.StartAsync(database, people);
        var run = await world.RunAsync();
        run["status"]!.GetValue<string>().ShouldBe("failed");
        run["problems"]![0]!["code"]!.GetValue<string>().ShouldBe("invalid_grant");
        var again = await world.Api.PostAsync($"{world.Connector}/run", null);
        again.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await again.Content.ReadAsStringAsync()).ShouldContain("connection_needs_reconnect");
    }

    [Theory, DatabaseMatrix]
    public async Task One_run_at_a_time_and_cancelling_keeps_what_was_read(DatabaseKind database)
    {
        var people = Account();
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        people.Before = async key =>
        {
            begun.TrySetResult();
            await release.Task;
        };
        await using var world = await UsageWorld.StartAsync(database, people);
        var id = await world.RequestAsync();
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        (await world.RequestAsync()).ShouldBe(id);
        (await world.RunsAsync()).Count.ShouldBe(1);
        (await world.Api.PostAsync($"{world.Connector}/runs/{id}/cancel", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        release.SetResult();
        (await world.EndedAsync(id))["status"]!.GetValue<string>().ShouldBe("cancelled");

        people.Before = _ => Task.CompletedTask;
        (await world.RunAsync())["status"]!.GetValue<string>().ShouldBe("completed");
        (await world.ReportAsync())["activeUsers"]!.GetValue<int>().ShouldBe(1);
        (await world.Api.PostAsync($"{world.Connector}/runs/run_none/cancel", null)).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
    }

    [Theory, DatabaseMatrix]
    public async Task An_active_connector_runs_by_itself_and_a_missed_time_is_caught_up_once(DatabaseKind database)
    {
        await using var world = await UsageWorld.StartAsync(database, Account());
        var put = await world.PutAsync(
            new { active = true, schedule = new { cron = "0 0 12 * * ?", timeZone = "Europe/Berlin" } }
        );
        put["nextRunAt"]!.GetValue<string>().ShouldBe("2026-12-01T11:00:00Z");
        (await world.RunsAsync()).ShouldBeEmpty();
        // Three times pass while nobody looks.
        world.Clock.Set(Instant.FromUtc(2026, 12, 3, 20, 0));
        await TestServer.EventuallyAsync(async () => (await world.RunsAsync()).Count > 0, "a run is queued");
        var run = await world.EndedAsync((await world.RunsAsync())[0]["id"]!.GetValue<string>());
        run["reason"]!.GetValue<string>().ShouldBe("schedule");
        (await world.RunsAsync()).Count.ShouldBe(1);
        (await world.Api.GetFromJsonAsync<JsonNode>(world.Connector))!["nextRunAt"]!
            .GetValue<string>()
            .ShouldBe("2026-12-04T11:00:00Z");

        await world.PutAsync(new { active = false });
        world.Clock.Set(Instant.FromUtc(2026, 12, 9, 20, 0));
        await Task.Delay(1500);
        (await world.RunsAsync()).Count.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task The_provider_s_own_report_of_hosts_counts_and_its_absence_is_said(DatabaseKind database)
    {
        var people = Account();
        people.Hosts = new ActiveHosts(
            [new ActiveHost("u003", "cem@northwind.example", 4, 200)],
            "report/users",
            new DateInterval(new LocalDate(2026, 11, 1), new LocalDate(2026, 12, 1))
        );
        await using var world = await UsageWorld.StartAsync(database, people);
        await world.RunAsync();
        var cem = (await world.ItemsAsync())["Cem"];
        cem["state"]!.GetValue<string>().ShouldBe("active");
        cem["source"]!.GetValue<string>().ShouldBe("report/users");
        cem["minutesInWindow"]!.GetValue<int>().ShouldBe(200);

        people.OnHosts = FakeProvider.Failure(
            FailureKind.MissingScope,
            "missing_scope",
            "The report needs report:read:admin."
        );
        await world.AdvanceAsync(Duration.FromMinutes(1));
        var run = await world.RunAsync();
        run["status"]!.GetValue<string>().ShouldBe("completed");
        run["problems"]![0]!["code"]!.GetValue<string>().ShouldBe("hosts_report_unavailable");
        (await world.ItemsAsync())["Cem"]["state"]!.GetValue<string>().ShouldBe("neverActive");
    }

    [Theory, DatabaseMatrix]
    public async Task A_meeting_before_the_window_does_not_count_because_the_provider_s_report_counts_its_whole_day(
        DatabaseKind database
    )
    {
        var people = Account();
        // The window begins on 1 November at nine.
        people.Held("u003", DaysAgo(30) - Duration.FromHours(2), 30);
        people.Held("u004", DaysAgo(30) - Duration.FromHours(2), 30);
        people.Hosts = new ActiveHosts(
            [new ActiveHost("u003", "cem@northwind.example", 1, 30), new ActiveHost("u004", null, 2, 75)],
            "report/users",
            new DateInterval(new LocalDate(2026, 11, 1), new LocalDate(2026, 12, 1))
        );
        await using var world = await UsageWorld.StartAsync(database, people);
        (await world.RunAsync())["status"]!.GetValue<string>().ShouldBe("completed");
        var items = await world.ItemsAsync();
        items["Cem"]["state"]!.GetValue<string>().ShouldBe("inactive");
        items["Cem"]["meetingsInWindow"]!.GetValue<int>().ShouldBe(0);
        items["Cem"]["source"]!.GetValue<string>().ShouldBe("history");
        // Of Dan's two, history has told one: the other may lie in the window.
        items["Dan"]["state"]!.GetValue<string>().ShouldBe("active");
        items["Dan"]["meetingsInWindow"]!.GetValue<int>().ShouldBe(1);
        items["Dan"]["minutesInWindow"]!.GetValue<int>().ShouldBe(45);
        items["Dan"]["source"]!.GetValue<string>().ShouldBe("report/users");
        // Whole days within the window are asked for; history tells of the one it begins in.
        people.HostsAsked.ShouldBe([(Instant.FromUtc(2026, 11, 2, 0, 0), Now)]);
    }

    [Theory, DatabaseMatrix]
    public async Task Who_left_the_account_is_no_longer_in_the_report(DatabaseKind database)
    {
        var people = Account();
        await using var world = await UsageWorld.StartAsync(database, people);
        await world.RunAsync();
        people.Users.RemoveAll(user => user.Name == "Ann");
        await world.AdvanceAsync(Duration.FromDays(1));
        await world.RunAsync();
        (await world.ItemsAsync()).Keys.ShouldNotContain("Ann");
        // As of before, she was there.
        (await world.ItemsAsync("&asOf=2026-12-01")).Keys.ShouldContain("Ann");
    }

    [Theory, DatabaseMatrix]
    public async Task The_table_for_spreadsheets_writes_dates_in_the_language_asked_for(DatabaseKind database)
    {
        var people = Account();
        people.Users[0] = people.Users[0] with { Name = "=HYPERLINK(\"x\")" };
        await using var world = await UsageWorld.StartAsync(database, people);
        await world.PutAsync(new { locale = "de" });
        await world.RunAsync();
        var path = $"/api/v1/usage/report.csv?connectionId={world.ConnectionId}";
        var german = await world.Api.GetStringAsync(path);
        german.ShouldContain("\"28.11.2026\"");
        german.ShouldContain("\"'=HYPERLINK(\"\"x\"\")\"");
        (await world.Api.GetStringAsync(path + "&locale=es")).ShouldContain("\"28-nov-2026\"");
        (await world.Api.GetAsync(path + "&locale=sv")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory, DatabaseMatrix]
    public async Task Wrong_settings_are_refused_field_by_field(DatabaseKind database)
    {
        await using var world = await UsageWorld.StartAsync(database, Account());
        var reply = await world.Api.PutAsJsonAsync(
            world.Connector,
            new
            {
                active = true,
                schedule = new { cron = "daily", timeZone = "Mars/Olympus" },
                plans = new[]
                {
                    new
                    {
                        match = "",
                        pricePerSeat = -1,
                        currency = "EURO",
                        billing = "weekly",
                        effectiveFrom = "soon",
                    },
                },
                activeWindowDays = 0,
                exclusions = new[] { "nobody" },
                locale = "sv",
            }
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var errors = (await reply.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!
            .AsObject()
            .Select(error => error.Key)
            .Order();
        errors.ShouldBe(
            new[]
            {
                "activeWindowDays",
                "exclusions[0]",
                "locale",
                "plans[0].billing",
                "plans[0].currency",
                "plans[0].effectiveFrom",
                "plans[0].match",
                "plans[0].pricePerSeat",
                "schedule.cron",
                "schedule.timeZone",
            }.Order()
        );
        // A schedule that would silently never run.
        object Once(int year) =>
            new { active = true, schedule = new { cron = $"0 0 9 1 1 ? {year}", timeZone = "UTC" } };
        (await world.Api.PutAsJsonAsync(world.Connector, Once(2028))).StatusCode.ShouldBe(HttpStatusCode.OK);
        reply = await world.Api.PutAsJsonAsync(world.Connector, Once(2026));
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await reply.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!["schedule.cron"]![0]!
            .GetValue<string>()
            .ShouldContain("never comes round");
    }

    [Theory, DatabaseMatrix]
    public async Task Only_an_administrator_s_connection_is_reported_and_foreign_ones_are_not_there(
        DatabaseKind database
    )
    {
        await using var world = await UsageWorld.StartAsync(database, Account());
        world.Connections.GoTo.Account = world.Connections.GoTo.Account with { OrganizerKey = "7000000000000000002" };
        var organizer = await world.Connections.ConnectAsync();
        (await world.Api.GetAsync($"/api/v1/usage/connectors/{organizer}")).StatusCode.ShouldBe(
            HttpStatusCode.Conflict
        );
        (await world.Api.GetAsync($"/api/v1/usage/report?connectionId={organizer}")).StatusCode.ShouldBe(
            HttpStatusCode.Conflict
        );
        (await world.Api.GetAsync("/api/v1/usage/connectors/con_none")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await world.Api.GetAsync("/api/v1/usage/report?connectionId=con_none")).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
        (await world.Api.GetAsync("/api/v1/usage/report")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (
            await world.Api.GetAsync($"/api/v1/usage/report?connectionId={world.ConnectionId}&asOf=tomorrow")
        ).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }
}
