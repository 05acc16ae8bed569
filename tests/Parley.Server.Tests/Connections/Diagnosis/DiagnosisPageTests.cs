using System.Net;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections.Diagnosis;

/// <summary>"Test connection", the operation log and the walk through registering a client.</summary>
public sealed class DiagnosisPageTests
{
    [Fact]
    public async Task A_check_that_cannot_be_run_says_so_and_is_never_ticked()
    {
        await using var world = await TwinWorld.StartAsync();
        await world.ConnectedAsync();
        var good = await TestAsync(world);
        good["ok"]!.GetValue<bool>().ShouldBeTrue(good.ToJsonString());
        StateOf(good, "token").ShouldBe(("passed", true));
        StateOf(good, "redirectUri").ShouldBe(("passed", true), "the account came back through it");
        good["checks"]!.AsArray().ShouldAllBe(check => check!["ok"]!.GetValue<bool>());

        await world.FaultAsync("oauth.refresh", "failBefore", new { status = 503, times = 0 });
        await world.Parley.AdvanceAsync(Duration.FromHours(2));
        var report = await TestAsync(world);
        report["ok"]!.GetValue<bool>().ShouldBeFalse();
        StateOf(report, "token").ShouldBe(("failed", false));
        foreach (var name in (string[])["identity", "scopes", "meetings", "licence"])
        {
            StateOf(report, name).ShouldBe(("notRun", false), name);
        }

        var page = (await world.SubmitAsync($"/connections/{world.Id}/test")).Text;
        page.ShouldContain("not tested");
        page.ShouldContain("It takes a valid access token.");
        page.ShouldContain("✗</span>fails");
    }

    [Fact]
    public async Task An_account_without_licence_never_gets_a_tick_for_one()
    {
        await using var world = await TwinWorld.StartAsync();
        await world.ConnectedAsync(ConnectedServer.Una);
        StateOf(await TestAsync(world), "licence").Ok.ShouldNotBe(true);
    }

    [Fact]
    public async Task A_permission_that_ends_soon_works_and_says_what_to_do_and_one_that_is_over_fails()
    {
        await using var world = await TwinWorld.StartAsync();
        await world.ConnectedAsync();
        Check(await TestAsync(world), "lifetime")["next"].ShouldBeNull();

        await world.Parley.AdvanceAsync(NodaTime.Duration.FromDays(340));
        var soon = await TestAsync(world);
        soon["ok"]!.GetValue<bool>().ShouldBeTrue(soon.ToJsonString());
        StateOf(soon, "lifetime").Ok.ShouldBe(true);
        Check(soon, "lifetime")["next"]!.GetValue<string>().ShouldContain("Refresh the connection");

        await world.Parley.AdvanceAsync(NodaTime.Duration.FromDays(26));
        var over = await TestAsync(world);
        over["ok"]!.GetValue<bool>().ShouldBeFalse();
        StateOf(over, "lifetime").Ok.ShouldBe(false);
    }

    [Theory]
    [InlineData("oscar@northwind.example", false)]
    [InlineData(ConnectedServer.Olivia, true)]
    public async Task What_only_administrators_may_read_is_offered_to_them_alone(string account, bool available)
    {
        await using var world = await TwinWorld.StartAsync();
        await world.ConnectedAsync(account);
        var capabilities = (await world.GetAsync(world.Api))["capabilities"]!;
        capabilities["create"]!["available"]!.GetValue<bool>().ShouldBeTrue();
        foreach (var name in (string[])["historyOfOthers", "upcomingOfOthers", "licences", "groups"])
        {
            capabilities[name]!["available"]!.GetValue<bool>().ShouldBe(available, name);
            if (!available)
            {
                var reason = capabilities[name]!["reason"]!.GetValue<string>();
                reason.ShouldContain("administrator role");
                reason.ShouldContain("press Test");
            }
        }
    }

    [Fact]
    public async Task A_redirect_URI_that_changed_since_connecting_is_noticed()
    {
        await using var world = await TwinWorld.StartAsync();
        await world.ConnectedAsync();
        StateOf(await TestAsync(world), "redirectUri").Ok.ShouldBe(true);
        await world.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                "UPDATE oauth_flow SET redirect_uri = 'https://old.example/oauth/gotomeeting/callback' /* all workspaces: test */"
            )
        );

        var report = await TestAsync(world);
        StateOf(report, "redirectUri").Ok.ShouldBe(false);
        Check(report, "redirectUri")["next"]!.GetValue<string>().ShouldContain(TwinWorld.RedirectUri);
    }

    [Fact]
    public async Task Opening_the_test_page_calls_nobody()
    {
        await using var world = await TwinWorld.StartAsync();
        await world.ConnectedAsync();
        var before = await CallsAsync(world);
        (await world.ReadAsync($"/connections/{world.Id}/test")).ShouldContain("Nothing is changed at GoTo Meeting.");
        (await CallsAsync(world)).ShouldBe(before);
        await world.SubmitAsync($"/connections/{world.Id}/test");
        (await CallsAsync(world)).ShouldBeGreaterThan(before);
    }

    [Theory, DatabaseMatrix]
    public async Task The_log_is_read_in_human_words_filtered_and_page_by_page(DatabaseKind database)
    {
        await using var world = await TwinWorld.StartAsync(new TwinWorldOptions { Database = database });
        await world.ConnectedAsync();
        var path = $"/connections/{world.Id}/log";
        await world.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync("UPDATE member SET time_zone = 'Asia/Tokyo' /* all workspaces: test */")
        );
        await world.FaultAsync("meetings.get", "failBefore", new { status = 500, times = 0 });
        await world.SendAsync(HttpMethod.Get, $"{world.Api}/meetings/123456789");
        for (var call = 0; call < 55; call++)
        {
            await world.SendAsync(HttpMethod.Get, $"{world.Api}/meetings");
            await world.Parley.AdvanceAsync(Duration.FromSeconds(1));
        }

        var first = await world.ReadAsync(path);
        first.ShouldContain("List upcoming meetings");
        first.ShouldContain("times in Asia/Tokyo");
        first.ShouldContain("Tue 1 Dec 2026, 17:00:54");
        first.ShouldNotContain("Connect the account</th>", customMessage: "it is on the second page");
        var next = System.Text.RegularExpressions.Regex.Match(first, "cursor=([^\"]+)\" rel=\"next\"").Groups[1].Value;
        (await world.ReadAsync($"{path}?cursor={next}")).ShouldContain("Connect the account</th>");

        var failed = await world.ReadAsync($"{path}?outcome=failed");
        failed.ShouldContain("Read a meeting</th>");
        failed.ShouldContain("GoTo Meeting failed (HTTP 500).");
        failed.ShouldNotContain("List upcoming meetings</th>");
        (await world.ReadAsync($"{path}?operation=identify")).ShouldNotContain("List upcoming meetings</th>");
        (await world.ReadAsync($"{path}?operation=identify&outcome=failed")).ShouldContain("No line matches");

        var api = await world.GetAsync($"{world.Api}/log?outcome=failed");
        api["items"]!
            .AsArray()
            .Select(item => item!["operation"]!.GetValue<string>())
            .ShouldAllBe(name => name == "meetings.get");
        (await world.SendAsync(HttpMethod.Get, $"{world.Api}/log?outcome=perhaps")).Status.ShouldBe(400);
    }

    [Fact]
    public async Task A_connection_nobody_used_has_an_empty_log_that_says_how_to_fill_it()
    {
        await using var world = await TwinWorld.StartAsync();
        var pending = (
            await world.SendAsync(
                HttpMethod.Post,
                "/api/v1/connections",
                new { provider = "gotomeeting", purpose = "organizer" }
            )
        ).Body["id"]!.GetValue<string>();
        var page = await world.ReadAsync($"/connections/{pending}/log");
        page.ShouldContain("Nothing was called yet");
        page.ShouldContain("Test the connection to see the first lines.");
        (await world.ReadAsync($"/connections/{pending}/test")).ShouldContain("Waits for someone to connect");
    }

    [Fact]
    public async Task Registering_a_client_is_walked_through_and_ends_with_a_working_app()
    {
        await using var world = await TwinWorld.StartAsync();
        await world.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync("DELETE FROM provider_app /* all workspaces: test */")
        );
        const string path = "/connections/apps/gotomeeting/organizer/register";
        (await world.ReadAsync("/connections")).ShouldContain($"href=\"{path}\"");

        var page = await world.ReadAsync(path);
        page.ShouldContain($"<code>{TwinWorld.RedirectUri}</code>");
        page.ShouldContain($"data-copy=\"{TwinWorld.RedirectUri}\"");
        foreach (
            var text in (string[])
                ["https://developer.goto.com", "collab:", "identity:", "identity:scim.me", "shows the secret once"]
        )
        {
            page.ShouldContain(text);
        }

        (await world.SubmitAsync(path, ("clientId", "x"), ("clientSecret", ""))).Status.ShouldBe(
            HttpStatusCode.BadRequest
        );
        (
            await world.SubmitAsync(path, ("clientId", world.Twin.ClientId), ("clientSecret", world.Twin.ClientSecret))
        ).Status.ShouldBe(HttpStatusCode.SeeOther);
        (await world.ReadAsync(path)).ShouldNotContain(world.Twin.ClientSecret);
        var tested = (await world.SubmitAsync($"{path}/test")).Text;
        tested.ShouldContain("The token endpoint accepts the client id and secret.");
        tested.ShouldContain("What could be tested works; 1 thing could not be tested.");
        await world.ConnectedAsync();

        var account = await world.ReadAsync("/connections/apps/gotomeeting/account/register");
        account.ShouldContain("So far the organizers' client is used here as well.");
        (await world.Owner.GetAsync("/connections/apps/teams/organizer/register")).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
    }

    private static async Task<JsonNode> TestAsync(TwinWorld world) =>
        (await world.SendAsync(HttpMethod.Post, $"{world.Api}/test")).Body;

    private static JsonNode Check(JsonNode report, string name) =>
        report["checks"]!.AsArray().Single(check => check!["name"]!.GetValue<string>() == name)!;

    private static (string State, bool? Ok) StateOf(JsonNode report, string name)
    {
        var check = Check(report, name);
        return (check["state"]!.GetValue<string>(), check["ok"]?.GetValue<bool>());
    }

    private static async Task<long> CallsAsync(TwinWorld world)
    {
        var log = JsonNode.Parse(await world.TwinHttp.GetStringAsync("/control/log"))!;
        return log["counts"]!.AsObject().Sum(count => count.Value!.GetValue<long>());
    }
}
