using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Connections.Approval;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

/// <summary>An administrator stands between a person and their consent, and no provider tells us so.</summary>
public sealed partial class ApprovalTests
{
    private static readonly ProviderFailure Withdrawn = FakeProvider.Failure(FailureKind.Unapproved, "unapproved");

    [Theory, DatabaseMatrix]
    public async Task Who_leaves_and_does_not_return_finds_what_to_do_and_goes_on_later(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        using var browser = new FormBrowser(world.Parley);
        await browser.SignInAsync();
        (await browser.ReadAsync("/connections")).ShouldNotContain("ask for approval");
        await StartAsync();
        var id = await OnlyConnectionAsync(world);

        (await browser.ReadAsync("/connections")).ShouldContain($"/connections/{id}/approval");
        var help = await browser.ReadAsync($"/connections/{id}/approval");
        help.ShouldContain("Who may not consent sees");
        help.ShouldContain("App: Example organizers");
        help.ShouldContain("Client id: client-1");
        help.ShouldContain("meet:create (What Example organizers does)");
        help.ShouldContain("https://marketplace.example/approve");
        help.ShouldContain("mailto:?subject=");
        var administrators = AdministratorPath().Match(help).Value;
        administrators.ShouldNotBeEmpty();

        var asked = await browser.SubmitAsync($"/connections/{id}/approval", $"/connections/{id}/approval");
        asked.Headers.Location!.ToString().ShouldBe($"/connections/{id}/approval");
        var waiting = await world.GetAsync(id);
        waiting.GetProperty("status").GetString().ShouldBe("pendingApproval");
        waiting.GetProperty("problem").GetProperty("code").GetString().ShouldBe("approval_requested");
        (await browser.ReadAsync("/connections")).ShouldContain("Waits for approval");

        // The administrator is no member here.
        using var stranger = new FormBrowser(world.Parley);
        var twoSteps = await stranger.ReadAsync(administrators);
        twoSteps.ShouldContain("Open the app and approve it.");
        twoSteps.ShouldContain("Then authorize it");
        twoSteps.ShouldContain("client-1");
        (await stranger.GetAsync("/approval/app_none")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await stranger.GetAsync($"/connections/{id}/approval")).StatusCode.ShouldNotBe(HttpStatusCode.OK);

        // Days later: the same connection, whichever button is pressed.
        await world.Parley.AdvanceAsync(Duration.FromDays(3));
        var authorize = await StartAsync();
        (await browser.GetAsync(ConnectWorld.Callback(authorize))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await world.StatusAsync(id)).ShouldBe("connected");
        (await OnlyConnectionAsync(world)).ShouldBe(id);
        (await browser.ReadAsync("/connections")).ShouldNotContain("ask for approval");

        async Task<Uri> StartAsync() =>
            (
                await browser.SubmitAsync(
                    "/connections",
                    "/connections/start",
                    ("provider", "gotomeeting"),
                    ("purpose", "organizer")
                )
            )
                .Headers
                .Location!;
    }

    [Theory, DatabaseMatrix]
    public async Task A_visitor_with_a_link_takes_it_up_again_in_the_same_browser_only(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        using var browser = new FormBrowser(world.Parley);
        using var thief = new FormBrowser(world.Parley);
        var (id, path) = await world.LinkAsync();
        (await thief.SubmitAsync(path, path + "/again")).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther,
            "a link nobody used is whoever's who holds it"
        );
        (_, path) = (id, await ReissuedAsync(world, id));
        await ConnectWorld.ContinueAsync(browser, path);

        var left = await browser.ReadAsync(path);
        left.ShouldContain("Did GoTo Meeting ask for approval?");
        left.ShouldContain("I have asked an administrator");
        (await thief.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.Gone);
        (await thief.SubmitAsync("/sign-in", path + "/again")).StatusCode.ShouldBe(HttpStatusCode.Gone);

        var asked = await browser.SubmitAsync(path, path + "/approval-requested");
        asked.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await asked.Content.ReadAsStringAsync());
        (await world.StatusAsync(id)).ShouldBe("pendingApproval");
        var fresh = asked.Headers.Location!.ToString();
        fresh.ShouldNotBe(path);
        (await browser.ReadAsync(fresh)).ShouldContain("was asked to approve");

        await world.Parley.AdvanceAsync(Duration.FromDays(2));
        (
            await browser.GetAsync(ConnectWorld.Callback(await ConnectWorld.ContinueAsync(browser, fresh)))
        ).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await world.StatusAsync(id)).ShouldBe("connected");
        (await browser.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.Gone, "it is done");
        (await browser.GetAsync(fresh)).StatusCode.ShouldBe(HttpStatusCode.Gone);
    }

    [Theory, DatabaseMatrix]
    public async Task A_declined_consent_is_taken_up_again_like_one_that_never_came(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        using var browser = new FormBrowser(world.Parley);
        var (id, path) = await world.LinkAsync();
        var authorize = await ConnectWorld.ContinueAsync(browser, path);

        var declined = await browser.GetAsync(ConnectWorld.Callback(authorize, more: "&error=access_denied"));
        declined.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await declined.Content.ReadAsStringAsync()).ShouldContain("open the link you were given again");
        (await browser.ReadAsync(path)).ShouldContain("I have asked an administrator");

        var again = await browser.SubmitAsync(path, path + "/again");
        var second = await ConnectWorld.ContinueAsync(browser, again.Headers.Location!.ToString());
        (await browser.GetAsync(ConnectWorld.Callback(second))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await world.StatusAsync(id)).ShouldBe("connected");
    }

    [Theory, DatabaseMatrix]
    public async Task A_provider_without_approvals_only_offers_to_start_again(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        using var browser = new FormBrowser(world.Parley);
        var (_, path) = await world.LinkAsync();
        await ConnectWorld.ContinueAsync(browser, path);

        var left = await browser.ReadAsync(path);
        left.ShouldContain("Start again");
        left.ShouldNotContain("administrator");
    }

    [Theory, DatabaseMatrix]
    public async Task An_approval_withdrawn_at_a_renewal_is_said_once_and_heals_when_it_is_given_back(
        DatabaseKind database
    )
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        var id = await world.ConnectAsync();
        (await world.CallAsync(id)).Succeeded.ShouldBeTrue();
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(Withdrawn);
        await world.Parley.AdvanceAsync(Duration.FromMinutes(56));

        for (var round = 0; round < 3; round++)
        {
            (await world.CallAsync(id)).Failure!.Code.ShouldBe("approval_withdrawn");
        }

        var waiting = await world.GetAsync(id);
        waiting.GetProperty("status").GetString().ShouldBe("pendingApproval");
        var problem = waiting.GetProperty("problem");
        problem.GetProperty("code").GetString().ShouldBe("approval_withdrawn");
        problem.GetProperty("detail").GetString()!.ShouldContain("approval was withdrawn");
        problem.GetProperty("next").GetString()!.ShouldContain("the Example Marketplace");
        await world.MailedAsync();
        world.Postbox.Sent.Count.ShouldBe(1);
        (await world.EventsAsync(id)).ShouldBe(["connected/ok", "broken/approval_withdrawn"]);

        // Nobody presses anything: within the hour it is noticed that the same token works again.
        var watch = world.Parley.Services.GetRequiredService<ApprovalWatch>();
        (await watch.AskAgainAsync(default)).ShouldBe(0, "it was asked just now");
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(null);
        await world.Parley.AdvanceAsync(Duration.FromHours(1));
        (await watch.AskAgainAsync(default)).ShouldBe(1);
        (await world.StatusAsync(id)).ShouldBe("connected");
        (await world.EventsAsync(id)).Last().ShouldBe("restored/ok");
    }

    [Theory, DatabaseMatrix]
    public async Task An_approval_withdrawn_moments_after_the_consent_is_said_as_that(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        var id = await world.ConnectAsync();
        (await world.CallAsync(id)).Succeeded.ShouldBeTrue();
        // As at Zoom: the API says that the token is no good, the token endpoint alone says why.
        world.GoTo.OnCall = _ => FakeProvider.TokenRefused;
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(Withdrawn);

        for (var round = 0; round < 3; round++)
        {
            (await world.CallAsync(id)).Failure!.Code.ShouldBe("approval_withdrawn");
            (await world.StatusAsync(id)).ShouldBe("pendingApproval");
        }

        await world.MailedAsync();
        world.Postbox.Sent.Count.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task An_approval_withdrawn_at_a_call_heals_by_a_new_consent(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        var id = await world.ConnectAsync();
        world.GoTo.OnCall = _ => Withdrawn;
        (await world.CallAsync(id)).Failure!.Code.ShouldBe("approval_withdrawn");
        (await world.StatusAsync(id)).ShouldBe("pendingApproval");

        // Asked for again: still waiting, in other words.
        var asked = await world.Api.PostAsync($"/api/v1/connections/{id}/approval-requested", null);
        asked.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await world.GetAsync(id))
            .GetProperty("problem")
            .GetProperty("code")
            .GetString()
            .ShouldBe("approval_requested");

        world.GoTo.OnCall = _ => null;
        await world.ReconnectAsync(id);
        (await world.StatusAsync(id)).ShouldBe("connected");
        (await world.Api.PostAsync($"/api/v1/connections/{id}/approval-requested", null)).StatusCode.ShouldBe(
            HttpStatusCode.Conflict,
            "a connection that works waits for nobody"
        );
    }

    private static async Task<string> ReissuedAsync(ConnectWorld world, string id)
    {
        var reply = await world.Api.PostAsync($"/api/v1/connections/{id}/reconnect", null);
        var body = await reply.Content.ReadFromJsonAsync<JsonElement>();
        return new Uri(body.GetProperty("connectUrl").GetString()!).AbsolutePath;
    }

    private static async Task<string> OnlyConnectionAsync(ConnectWorld world) =>
        (await world.Api.GetFromJsonAsync<JsonElement>("/api/v1/connections"))
            .GetProperty("items")
            .EnumerateArray()
            .ShouldHaveSingleItem()
            .GetProperty("id")
            .GetString()!;

    [GeneratedRegex("/approval/app_[0-9a-z]+", RegexOptions.NonBacktracking)]
    private static partial Regex AdministratorPath();
}
