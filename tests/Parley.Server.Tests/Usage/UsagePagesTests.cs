using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Connections;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Usage;

/// <summary>The asset manager's pages as a browser without script has them.</summary>
public sealed class UsagePagesTests
{
    private static readonly Instant Now = FakeClock.Start;

    internal static PeopleAccount Account(int more = 0)
    {
        var people = new PeopleAccount();
        var ann = people.Add("Ann");
        var bob = people.Add("Bob");
        people.Add("Cem");
        for (var index = 1; index <= more; index++)
        {
            people.Add($"Person{index:000}", licence: null);
        }

        people.Held(ann, Now - Duration.FromDays(3), 60);
        people.Held(bob, Now - Duration.FromDays(3) + Duration.FromMinutes(30), 60);
        people.Held(bob, Now - Duration.FromDays(40), 30);
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

    internal static async Task<FormBrowser> OwnerAsync(UsageWorld world)
    {
        var owner = new FormBrowser(world.Connections.Parley);
        await owner.SignInAsync();
        return owner;
    }

    private static (string, string)[] Settings(params (string Name, string Value)[] changes)
    {
        var fields = new List<(string Name, string Value)>
        {
            ("active", "true"),
            ("every", "daily"),
            ("at", "04:15"),
            ("weekday", "MON"),
            ("monthDay", "1"),
            ("schedule.cron", "0 30 3 * * ?"),
            ("schedule.timeZone", "Europe/Berlin"),
            ("locale", "de"),
            ("activeWindowDays", "30"),
            ("exclusions", ""),
            ("intent", "save"),
        };
        foreach (var change in changes)
        {
            fields.RemoveAll(field => field.Name == change.Name);
            fields.Add(change);
        }

        return [.. fields];
    }

    private static (string, string)[] Price(int index, string price, string currency = "EUR", string match = "g2m") =>
        [
            ($"plans[{index}].match", match),
            ($"plans[{index}].name", "Business"),
            ($"plans[{index}].pricePerSeat", price),
            ($"plans[{index}].currency", currency),
            ($"plans[{index}].billing", "monthly"),
            ($"plans[{index}].effectiveFrom", ""),
        ];

    [Theory, DatabaseMatrix]
    public async Task Setup_leads_from_nothing_to_a_connector_that_runs(DatabaseKind database)
    {
        var provider = new FakeProvider("gotomeeting", "GoTo Meeting")
        {
            RecordsOfAccount = Account(),
            DirectoryOfAccount = Account(),
        };
        provider.Account = provider.Account with { IsAdministrator = true };
        await using var world = await ConnectWorld.StartAsync(database, provider: provider);
        using var owner = new FormBrowser(world.Parley);
        await owner.SignInAsync();
        (await owner.ReadAsync("/usage")).ShouldContain("Set up the first account");
        var setup = await owner.ReadAsync("/usage/new?provider=gotomeeting");
        setup.ShouldContain("/oauth/gotomeeting/callback");
        setup.ShouldContain("Get token");

        var saved = await owner.SubmitAsync(
            "/usage/new?provider=gotomeeting",
            "/usage/apps/gotomeeting",
            ("clientId", "reports"),
            ("clientSecret", "")
        );
        saved.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await saved.Content.ReadAsStringAsync()).ShouldContain("value=\"reports\"");
        saved = await owner.SubmitAsync(
            "/usage/new?provider=gotomeeting",
            "/usage/apps/gotomeeting",
            ("clientId", "reports"),
            ("clientSecret", "hush")
        );
        saved.Headers.Location!.ToString().ShouldBe("/usage/new?provider=gotomeeting#token");

        var path = await GetTokenAsync(owner);
        path.ShouldEndWith("/setup?connected=now");
        var page = await owner.ReadAsync(path);
        page.ShouldContain("Success.");
        page.ShouldContain(provider.Account.Email!);

        // The same account once more: no second connector, and it says so.
        var again = await GetTokenAsync(owner);
        again.ShouldBe(path.Replace("connected=now", "connected=before", StringComparison.Ordinal));
        (await owner.ReadAsync(again)).ShouldContain("no second connection was made");

        var connector = path[..path.IndexOf("/setup", StringComparison.Ordinal)];
        var tested = await owner.SubmitAsync(path, connector + "/test");
        (await tested.Content.ReadAsStringAsync()).ShouldContain("Administrator role");

        var reply = await owner.SubmitAsync(path, connector + "/setup", Settings(Price(0, "12,50")));
        reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await reply.Content.ReadAsStringAsync());
        (await owner.ReadAsync(connector + "/setup")).ShouldContain("every day at 04:15");
        var list = await owner.ReadAsync("/usage");
        list.ShouldContain("Europe/Berlin");
        list.ShouldContain("None yet");
    }

    private static async Task<string> GetTokenAsync(FormBrowser owner)
    {
        var left = await owner.SubmitAsync(
            "/usage/new?provider=gotomeeting",
            "/usage/connect",
            ("provider", "gotomeeting")
        );
        left.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await left.Content.ReadAsStringAsync());
        var back = await owner.GetAsync(ConnectWorld.Callback(left.Headers.Location!));
        return back.Headers.Location!.ToString();
    }

    [Theory, DatabaseMatrix]
    public async Task Rows_of_the_price_list_come_and_go_without_script_and_without_saving(DatabaseKind database)
    {
        await using var world = await UsageWorld.StartAsync(database, Account());
        using var owner = await OwnerAsync(world);
        var setup = $"/usage/{world.ConnectionId}/setup";
        var added = await owner.SubmitAsync(
            setup,
            setup,
            Settings([.. Price(0, "14", match: "first <licence>"), ("intent", "addPrice")])
        );
        var html = await added.Content.ReadAsStringAsync();
        html.ShouldContain("first &lt;licence&gt;");
        html.ShouldContain("plans[1].match");
        var removed = await owner.SubmitAsync(
            setup,
            setup,
            Settings([.. Price(0, "14", match: "one"), .. Price(1, "15", match: "two"), ("intent", "removePrice:0")])
        );
        html = await removed.Content.ReadAsStringAsync();
        html.ShouldContain("value=\"two\"");
        html.ShouldNotContain("value=\"one\"");
        (await world.Api.GetFromJsonAsync<JsonNode>(world.Connector))!["plans"]!.AsArray().ShouldBeEmpty();

        var wrong = await owner.SubmitAsync(
            setup,
            setup,
            Settings([
                .. Price(0, "much", "EURO"),
                ("every", "expression"),
                ("schedule.cron", "now"),
                ("exclusions", "@ok.example\nnobody"),
            ])
        );
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        html = await wrong.Content.ReadAsStringAsync();
        html.ShouldContain("value=\"much\"");
        html.ShouldContain("href=\"#f-plans-0-pricePerSeat\"");
        html.ShouldContain("id=\"f-plans-0-pricePerSeat\"");
        html.ShouldContain("entry 2 must be an address");

        await owner.SubmitAsync(
            setup,
            setup,
            Settings([
                .. Price(0, "14"),
                ("plans[1].match", ""),
                ("plans[1].name", ""),
                ("plans[1].currency", "EUR"),
                ("every", "weekly"),
                ("weekday", "FRI"),
            ])
        );
        var kept = (await world.Api.GetFromJsonAsync<JsonNode>(world.Connector))!;
        kept["schedule"]!["cron"]!.GetValue<string>().ShouldBe("0 15 4 ? * FRI");
        kept["plans"]!.AsArray().Count.ShouldBe(1);
        kept["active"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Theory, DatabaseMatrix]
    public async Task The_report_is_searched_sorted_and_paged_by_its_address(DatabaseKind database)
    {
        await using var world = await UsageWorld.StartAsync(database, Account(more: 120));
        using var owner = await OwnerAsync(world);
        var path = $"/usage/{world.ConnectionId}";
        (await owner.ReadAsync(path)).ShouldContain("No run has completed yet");
        await world.PutAsync(new { locale = "de" });
        await world.RunAsync();

        var first = await owner.ReadAsync(path);
        first.ShouldContain("page 1 of 3");
        first.ShouldContain("28.11.2026");
        first.ShouldContain("Person047");
        first.ShouldNotContain("Person048");
        first.ShouldContain("Meeting history");
        // A licence without a price is named, with the way out.
        first.ShouldContain("/setup?price=GoTo%20Meeting%20Business#prices");
        (await owner.ReadAsync($"{path}/setup?price=GoTo%20Meeting%20Business")).ShouldContain(
            "value=\"GoTo Meeting Business\""
        );
        var last = await owner.ReadAsync(path + "?page=3");
        last.ShouldContain("Person120");
        last.ShouldNotContain("rel=\"next\"");
        var found = await owner.ReadAsync(path + "?q=PERSON11");
        found.ShouldContain("10 people");
        found.ShouldNotContain("Person001");
        var active = await owner.ReadAsync(path + "?state=active&sort=meetings&dir=desc&licence=G2M");
        active.ShouldContain("2 people");
        active
            .IndexOf(">Bob", StringComparison.Ordinal)
            .ShouldBeGreaterThan(active.IndexOf(">Ann", StringComparison.Ordinal));
        var byName = await owner.ReadAsync(path + "?state=active&dir=desc");
        byName
            .IndexOf(">Bob", StringComparison.Ordinal)
            .ShouldBeLessThan(byName.IndexOf(">Ann", StringComparison.Ordinal));

        (await owner.GetAsync(path + "?asOf=tomorrow")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await owner.ReadAsync(path + "?asOf=2026-11-01")).ShouldContain("No run had completed by then");
        (await owner.ReadAsync(path + "/report.csv")).ShouldContain("\"28.11.2026\"");

        await world.PutAsync(
            new
            {
                locale = "de",
                plans = new[]
                {
                    new
                    {
                        match = "G2M",
                        pricePerSeat = 14,
                        currency = "USD",
                        billing = "monthly",
                    },
                },
            }
        );
        var priced = await owner.ReadAsync(path);
        priced.ShouldContain("140.00 USD");
        priced.ShouldContain("112.00 USD");
        priced.ShouldNotContain("has no price");
        priced.ShouldContain("Monthly cost, USD");
    }

    [Theory, DatabaseMatrix]
    public async Task A_run_is_watched_and_cancelled_after_a_question(DatabaseKind database)
    {
        var people = Account();
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        people.Before = async _ =>
        {
            begun.TrySetResult();
            await release.Task;
        };
        await using var world = await UsageWorld.StartAsync(database, people);
        using var owner = await OwnerAsync(world);
        var started = await owner.SubmitAsync($"/usage/{world.ConnectionId}", $"/usage/{world.ConnectionId}/run");
        var run = started.Headers.Location!.ToString();
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await TestServer.EventuallyAsync(
            async () => (await owner.ReadAsync(run)).Contains("0 of 3 people", StringComparison.Ordinal),
            "the page counts people"
        );
        (await owner.ReadAsync(run)).ShouldContain($"data-progress=\"{run}/live\"");
        (await owner.ReadAsync(run + "/live")).ShouldContain("Look again");
        (await owner.ReadAsync(run + "/cancel")).ShouldContain("Cancel this run?");
        (await owner.SubmitAsync(run + "/cancel", run + "/cancel")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await owner.ReadAsync(run)).ShouldContain("Ending after the person it is at");
        release.SetResult();
        await world.EndedAsync(run[(run.LastIndexOf('/') + 1)..]);
        (await owner.ReadAsync(run)).ShouldContain("data-progress=\"\"");
        (await owner.ReadAsync(run + "/cancel")).ShouldContain("nothing to cancel");

        people.Before = _ => Task.CompletedTask;
        people.OnUser = key =>
            key == "u002"
                ? FakeProvider.Failure(FailureKind.Rejected, "provider_rejected", "No such <organizer>.")
                : null;
        await world.AdvanceAsync(Duration.FromMinutes(1));
        var second = (await world.RunAsync())["id"]!.GetValue<string>();
        var page = await owner.ReadAsync($"/usage/{world.ConnectionId}/runs/{second}");
        page.ShouldContain("bob@northwind.example");
        page.ShouldContain("No such &lt;organizer&gt;.");
        var history = await owner.ReadAsync($"/usage/{world.ConnectionId}/runs");
        history.ShouldContain("Completed with problems");
        history.ShouldContain("Cancelled");
        (await owner.ReadAsync($"/usage/{world.ConnectionId}")).ShouldContain("1 person could not be read");
    }

    [Theory, DatabaseMatrix]
    public async Task Right_sizing_counts_who_hosts_at_once_and_prices_what_is_spare(DatabaseKind database)
    {
        await using var world = await UsageWorld.StartAsync(database, Account());
        var path = $"/api/v1/usage/right-sizing?connectionId={world.ConnectionId}";
        await world.RunAsync();
        var bare = (await world.Api.GetFromJsonAsync<JsonNode>(path))!;
        bare["whyNoSaving"]!.GetValue<string>().ShouldContain("no price list");
        bare["enoughForAll"]!["monthlySaving"].ShouldBeNull();
        await world.PutAsync(
            new
            {
                plans = new[]
                {
                    new
                    {
                        match = "*",
                        pricePerSeat = 120,
                        currency = "EUR",
                        billing = "yearly",
                    },
                },
            }
        );
        var sizing = (await world.Api.GetFromJsonAsync<JsonNode>(path))!;
        // Ann and Bob overlapped for half an hour: two of ten seats would have done; eight times ten euros.
        sizing["enoughForAll"]!
            .ToJsonString()
            .ShouldBe("""{"seats":2,"spareSeats":8,"monthlySaving":[{"currency":"EUR","amount":80}]}""");
        sizing["days"]!.AsArray().Count.ShouldBe(90);
        sizing["days"]!.AsArray().Single(day => day!["day"]!.GetValue<string>() == "2026-11-28")!["peakHosts"]!
            .GetValue<int>()
            .ShouldBe(2);
        var narrow = (await world.Api.GetFromJsonAsync<JsonNode>(path + "&from=2026-11-29&to=2026-11-30"))!;
        narrow["enoughForAll"]!["seats"]!.GetValue<int>().ShouldBe(0);
        foreach (var wrong in (string[])["&from=soon", "&from=2026-12-02&to=2026-12-01", "&from=2020-01-01"])
        {
            (await world.Api.GetAsync(path + wrong)).StatusCode.ShouldBe(HttpStatusCode.BadRequest, wrong);
        }

        using var owner = await OwnerAsync(world);
        var page = await owner.ReadAsync($"/usage/{world.ConnectionId}/right-sizing");
        page.ShouldContain("saves at least 80.00 EUR a month");
        page.ShouldContain("<title id=\"peaks-title\">");
        (await owner.GetAsync($"/usage/{world.ConnectionId}/right-sizing?from=x")).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest
        );

        var months = (
            await world.Api.GetFromJsonAsync<JsonNode>($"/api/v1/usage/months?connectionId={world.ConnectionId}")
        )!;
        // The run was before the price: the month it is still in goes by what is known now.
        months["items"]!.AsArray().Single()!["monthlyCost"]!
            .ToJsonString()
            .ShouldBe("""[{"currency":"EUR","amount":100}]""");
        (
            await world.Api.GetAsync($"/api/v1/usage/months?connectionId={world.ConnectionId}&months=0")
        ).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory, DatabaseMatrix]
    public async Task Dates_follow_the_language_of_whoever_granted_access_last(DatabaseKind database)
    {
        await using var world = await UsageWorld.StartAsync(database, Account());
        await world.RunAsync();
        var csv = $"/api/v1/usage/report.csv?connectionId={world.ConnectionId}";
        (await world.Api.GetStringAsync(csv)).ShouldContain("\"Nov 28, 2026\"");
        var goTo = world.Connections.GoTo;
        goTo.Account = goTo.Account with { Locale = "fr_FR" };
        await world.Connections.ReconnectAsync(world.ConnectionId);
        (await world.Api.GetStringAsync(csv)).ShouldContain("\"28 nov. 2026\"");
        // Also when the permission was given for something else of the same account.
        goTo.Account = goTo.Account with
        {
            Locale = "de_DE",
        };
        await world.Connections.ConnectAsync();
        (await world.Api.GetStringAsync(csv)).ShouldContain("\"28.11.2026\"");
        // What was chosen for the connector stays chosen.
        await world.PutAsync(new { locale = "es" });
        (await world.Api.GetStringAsync(csv)).ShouldContain("\"28-nov-2026\"");
    }

    [Theory, DatabaseMatrix]
    public async Task Pages_of_others_and_of_nothing_are_not_there(DatabaseKind database)
    {
        await using var world = await UsageWorld.StartAsync(database, Account());
        using var owner = await OwnerAsync(world);
        (await owner.GetAsync($"/usage/{world.ConnectionId}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (
            var path in (string[])
                [
                    "",
                    "/setup",
                    "/runs",
                    "/runs/run_none",
                    "/runs/run_none/cancel",
                    "/report.csv",
                    "/right-sizing",
                    "/import",
                ]
        )
        {
            (await owner.GetAsync("/usage/con_none" + path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        (await owner.GetAsync($"/usage/{world.ConnectionId}/runs/run_none")).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
        using var stranger = new FormBrowser(world.Connections.Parley);
        (await stranger.GetAsync("/usage")).StatusCode.ShouldNotBe(HttpStatusCode.OK);
    }
}
