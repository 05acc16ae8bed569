using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

public sealed class ConnectFlowTests
{
    [Theory, DatabaseMatrix]
    public async Task A_link_connects_an_account_and_says_whose(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var (id, path) = await world.LinkAsync();
        (await world.StatusAsync(id)).ShouldBe("pending");
        using var browser = new FormBrowser(world.Parley);

        var page = await browser.GetAsync(path);
        (await page.Content.ReadAsStringAsync()).ShouldContain("GoTo Meeting");
        page.Headers.GetValues("Content-Security-Policy")
            .Single()
            .ShouldContain("form-action 'self' https://gotomeeting.example");
        page.Headers.GetValues("Referrer-Policy").Single().ShouldBe("no-referrer");
        page.Headers.CacheControl!.NoStore.ShouldBeTrue();
        var authorize = await ConnectWorld.ContinueAsync(browser, path);
        authorize.Query.ShouldContain("code_challenge_method=S256");
        authorize.Query.ShouldContain(
            "redirect_uri=" + Uri.EscapeDataString("http://127.0.0.1:5080/oauth/gotomeeting/callback")
        );
        var back = await browser.GetAsync(ConnectWorld.Callback(authorize));
        back.Headers.Location!.ToString().ShouldBe("/connect/done");
        back.Headers.GetValues("Referrer-Policy").Single().ShouldBe("no-referrer");
        (await browser.ReadAsync("/connect/done")).ShouldContain("Connected to GoTo Meeting as olivia@example.org.");

        var connection = await world.GetAsync(id);
        connection.GetProperty("status").GetString().ShouldBe("connected");
        connection.GetProperty("account").GetProperty("organizerKey").GetString().ShouldBe("7000000000000000001");
        connection.GetProperty("missingScopes").GetArrayLength().ShouldBe(0);
        connection
            .GetProperty("capabilities")
            .GetProperty("create")
            .GetProperty("available")
            .GetBoolean()
            .ShouldBeTrue();
        connection.GetProperty("connectionExpiresAt").GetString().ShouldBe("2027-12-01T08:00:00Z");
        connection.GetProperty("problem").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Theory, DatabaseMatrix]
    public async Task What_does_not_belong_to_this_flow_never_reaches_the_provider(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var (_, path) = await world.LinkAsync();
        using var browser = new FormBrowser(world.Parley);
        using var stranger = new FormBrowser(world.Parley);
        var authorize = await ConnectWorld.ContinueAsync(browser, path);
        var state = ConnectWorld.StateOf(authorize);
        string[] foreign =
        [
            "/oauth/gotomeeting/callback?code=c1&state=",
            "/oauth/gotomeeting/callback?code=c1&state=unknown",
            $"/oauth/gotomeeting/callback?code=c1&state={state}&state={state}",
        ];
        foreach (var address in foreign)
        {
            (await browser.GetAsync(address)).StatusCode.ShouldBe(HttpStatusCode.BadRequest, address);
        }

        // Another browser: right state, wrong cookie; the flow stays usable where it belongs.
        (await stranger.GetAsync(ConnectWorld.Callback(authorize))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        world.GoTo.WireCalls.ShouldBe(0);

        (await browser.GetAsync(ConnectWorld.Callback(authorize))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        world.GoTo.Exchanges.ShouldBe(1);
        (await browser.GetAsync(ConnectWorld.Callback(authorize))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        world.GoTo.Exchanges.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task A_code_nobody_here_asked_for_is_never_exchanged_and_becomes_a_flow_of_our_own(
        DatabaseKind database
    )
    {
        await using var world = await ConnectWorld.StartAsync(database);
        using var browser = new FormBrowser(world.Parley);
        const string installed = "/oauth/gotomeeting/callback?code=from-the-marketplace";

        var stranger = await browser.GetAsync(installed);
        stranger.StatusCode.ShouldBe(HttpStatusCode.OK);
        var told = await stranger.Content.ReadAsStringAsync();
        told.ShouldContain("Nothing is connected yet");
        told.ShouldContain("/sign-in?return_to=%2Fconnections");
        told.ShouldNotContain("from-the-marketplace");

        await browser.SignInAsync();
        var start = await browser.SubmitAsync(
            installed,
            "/connections/start",
            ("provider", "gotomeeting"),
            ("purpose", "organizer")
        );
        world.GoTo.WireCalls.ShouldBe(0);
        var finished = await browser.GetAsync(ConnectWorld.Callback(start.Headers.Location!));
        finished.Headers.Location?.ToString().ShouldBe("/connections");
        world.GoTo.Exchanges.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task A_mix_up_of_providers_ends_the_flow(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        foreach (
            var (provider, more) in new[]
            {
                ("otherprovider", "&code=c1"),
                ("gotomeeting", "&code=c1&iss=https%3A%2F%2Fevil.example"),
            }
        )
        {
            var (_, path) = await world.LinkAsync();
            using var browser = new FormBrowser(world.Parley);
            var authorize = await ConnectWorld.ContinueAsync(browser, path);
            (await browser.GetAsync(ConnectWorld.Callback(authorize, provider, more))).StatusCode.ShouldBe(
                HttpStatusCode.BadRequest
            );
            (await browser.GetAsync(ConnectWorld.Callback(authorize))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }

        world.GoTo.WireCalls.ShouldBe(0);
        world.Other.WireCalls.ShouldBe(0);
        using var honest = new FormBrowser(world.Parley);
        var (_, good) = await world.LinkAsync();
        var named = ConnectWorld.Callback(
            await ConnectWorld.ContinueAsync(honest, good),
            more: "&code=c1&iss=https%3A%2F%2Fgotomeeting.example%2Fissuer"
        );
        (await honest.GetAsync(named)).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Theory, DatabaseMatrix]
    public async Task Flows_and_links_grow_old(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        using var browser = new FormBrowser(world.Parley);
        var (id, path) = await world.LinkAsync();
        var late = await ConnectWorld.ContinueAsync(browser, path);
        using (var other = new FormBrowser(world.Parley))
        {
            (await other.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.Gone, "Continue used the link up");
        }

        await world.Parley.AdvanceAsync(Duration.FromMinutes(10));
        (await browser.GetAsync(ConnectWorld.Callback(late))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        world.GoTo.WireCalls.ShouldBe(0);

        var again = await world.Api.PostAsync($"/api/v1/connections/{id}/reconnect", null);
        var url = (await again.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("connectUrl").GetString()!;
        var fresh = new Uri(url).AbsolutePath;
        (await browser.GetAsync(fresh)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await browser.GetAsync(fresh)).StatusCode.ShouldBe(HttpStatusCode.OK, "looking uses nothing up");
        await world.Parley.AdvanceAsync(Duration.FromDays(7));
        (await browser.GetAsync(fresh)).StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await browser.GetAsync("/connect/nothing-like-it")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task Two_callbacks_at_once_exchange_once(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var (id, path) = await world.LinkAsync();
        using var browser = new FormBrowser(world.Parley);
        var callback = ConnectWorld.Callback(await ConnectWorld.ContinueAsync(browser, path));

        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => browser.GetAsync(callback)));

        replies.Count(reply => reply.StatusCode == HttpStatusCode.SeeOther).ShouldBe(1);
        replies.Count(reply => reply.StatusCode == HttpStatusCode.BadRequest).ShouldBe(7);
        world.GoTo.Exchanges.ShouldBe(1);
        (await world.StatusAsync(id)).ShouldBe("connected");
    }

    [Theory, DatabaseMatrix]
    public async Task A_refused_consent_is_told_without_running_its_words(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var (id, path) = await world.LinkAsync();
        using var browser = new FormBrowser(world.Parley);
        var authorize = await ConnectWorld.ContinueAsync(browser, path);

        var reply = await browser.GetAsync(
            ConnectWorld.Callback(
                authorize,
                more: "&error=access_denied&error_description=" + Uri.EscapeDataString("<script>alert(1)</script>")
            )
        );

        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var html = await reply.Content.ReadAsStringAsync();
        html.ShouldContain("&lt;script&gt;");
        html.ShouldNotContain("<script>alert");
        world.GoTo.WireCalls.ShouldBe(0);
        (await world.GetAsync(id)).GetProperty("problem").GetProperty("code").GetString().ShouldBe("access_denied");
    }

    [Theory, DatabaseMatrix]
    public async Task A_refusal_of_the_code_names_cause_and_cure(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        world.GoTo.OnExchange = _ =>
            FakeProvider.Failure(FailureKind.Rejected, FailureCodes.InvalidClient, "The client secret is wrong.");
        var (id, path) = await world.LinkAsync();
        using var browser = new FormBrowser(world.Parley);
        var reply = await browser.GetAsync(ConnectWorld.Callback(await ConnectWorld.ContinueAsync(browser, path)));

        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await reply.Content.ReadAsStringAsync()).ShouldContain("The client secret is wrong.");
        var problem = (await world.GetAsync(id)).GetProperty("problem");
        problem.GetProperty("code").GetString().ShouldBe("invalid_client");
        problem.GetProperty("next").GetString().ShouldNotBeNullOrEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task The_host_header_is_never_believed(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/connections")
        {
            Content = JsonContent.Create(new { provider = "gotomeeting", purpose = "organizer" }),
        };
        request.Headers.Host = "evil.example";
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        var reply = await world.Api.SendAsync(request);

        reply.StatusCode.ShouldBe(HttpStatusCode.Created);
        var text = await reply.Content.ReadAsStringAsync();
        text.ShouldContain("http://127.0.0.1:5080/connect/");
        text.ShouldNotContain("evil");
    }

    [Theory, DatabaseMatrix]
    public async Task A_flow_begun_in_the_app_ends_in_the_same_members_session_only(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        using var browser = new FormBrowser(world.Parley);
        (await browser.GetAsync("/connections/start")).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        await browser.SignInAsync();
        (await browser.Http.PostAsync("/connections/start", new FormUrlEncodedContent([]))).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest,
            "no antiforgery token"
        );
        var start = await browser.SubmitAsync(
            "/connections",
            "/connections/start",
            ("provider", "gotomeeting"),
            ("purpose", "organizer")
        );
        start.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var callback = ConnectWorld.Callback(start.Headers.Location!);
        await browser.SubmitAsync("/connections", "/sign-out");

        var signedOut = await browser.GetAsync(callback);
        signedOut.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await signedOut.Content.ReadAsStringAsync()).ShouldContain("/sign-in?return_to=");
        world.GoTo.WireCalls.ShouldBe(0);

        await browser.SignInAsync();
        var finished = await browser.GetAsync(callback);
        finished.Headers.Location?.ToString().ShouldBe("/connections");
        (await browser.ReadAsync("/connections")).ShouldContain("Connected to GoTo Meeting as olivia@example.org.");
    }

    [Theory, DatabaseMatrix]
    public async Task A_link_given_away_is_not_taken_over_by_its_maker(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var (id, path) = await world.LinkAsync();
        using var browser = new FormBrowser(world.Parley);
        await browser.SignInAsync();
        var start = await browser.SubmitAsync(
            "/connections",
            "/connections/start",
            ("provider", "gotomeeting"),
            ("purpose", "organizer")
        );
        (await browser.GetAsync(ConnectWorld.Callback(start.Headers.Location!))).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );

        (await world.StatusAsync(id)).ShouldBe("pending");
        world.GoTo.Account = world.GoTo.Account with { OrganizerKey = "2", Email = "bob@example.org" };
        await world.FinishAsync(path);
        (await world.GetAsync(id)).GetProperty("account").GetProperty("email").GetString().ShouldBe("bob@example.org");
    }
}
