using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

/// <summary>Accounts that need nobody's consent, and apps that serve one purpose only.</summary>
public sealed class ServerToServerTests
{
    private const string App = "/api/v1/providers/gotomeeting/apps/account";

    [Theory, DatabaseMatrix]
    public async Task An_account_is_connected_at_once_and_its_token_asked_for_again(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        world.GoTo.Granted = ["plans:admin"];
        world.GoTo.Region = "https://api-eu.example";
        world.GoTo.Account = new AccountIdentity();
        (await PutAsync(world)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var reply = await world.Api.PostAsJsonAsync(
            "/api/v1/connections",
            new { provider = "gotomeeting", purpose = "account" }
        );

        reply.StatusCode.ShouldBe(HttpStatusCode.Created, await reply.Content.ReadAsStringAsync());
        var connected = await reply.Content.ReadFromJsonAsync<JsonElement>();
        connected.GetProperty("status").GetString().ShouldBe("connected");
        connected.GetProperty("connectUrl").ValueKind.ShouldBe(JsonValueKind.Null);
        var id = connected.GetProperty("id").GetString()!;
        reply.Headers.Location!.ToString().ShouldBe($"/api/v1/connections/{id}");
        var connection = await world.GetAsync(id);
        connection.GetProperty("account").GetProperty("accountKey").GetString().ShouldBe("acc-1");
        connection.GetProperty("connectionExpiresAt").ValueKind.ShouldBe(JsonValueKind.Null, "nobody's consent ends");
        connection.GetProperty("missingScopes").GetArrayLength().ShouldBe(0);
        world.GoTo.Exchanges.ShouldBe(0);

        // Asked again when it ends: there is no refresh token, and several live tokens do no harm.
        await world.Parley.AdvanceAsync(Duration.FromMinutes(56));
        var calls = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => world.CallAsync(id)));
        calls.ShouldAllBe(call => call.Succeeded);
        world.GoTo.AccountTokens.ShouldBe(2);
        world.GoTo.Refreshes.ShouldBe(0);
        world.GoTo.AccessesSeen.ShouldAllBe(access =>
            access.ServerToServerAccount == "acc-1"
            && access.OrganizerKey == null
            && access.ApiBaseUrl == "https://api-eu.example"
        );

        // The same account again is the same connection.
        var again = await world.Api.PostAsJsonAsync(
            "/api/v1/connections",
            new { provider = "gotomeeting", purpose = "account" }
        );
        (await again.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString().ShouldBe(id);

        // Somebody's own permission for the very account does not make a second one, and what was tried leaves nothing.
        world.GoTo.Account = new AccountIdentity
        {
            OrganizerKey = "owner",
            AccountKey = "acc-1",
            Email = "owner@example.org",
        };
        var somebody = await world.Api.PostAsJsonAsync(
            "/api/v1/connections",
            new { provider = "gotomeeting", purpose = "account" }
        );
        somebody.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await Problem(somebody)).GetProperty("detail").GetString()!.ShouldContain("reported already");
        var list = await world.Api.GetFromJsonAsync<JsonElement>("/api/v1/connections");
        list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()).ShouldBe([id]);
        world.GoTo.Account = new AccountIdentity();
        var renewed = await world.Api.PostAsync($"/api/v1/connections/{id}/reconnect", null);
        renewed.StatusCode.ShouldBe(HttpStatusCode.OK, await renewed.Content.ReadAsStringAsync());
        (await renewed.Content.ReadFromJsonAsync<JsonElement>())
            .GetProperty("status")
            .GetString()
            .ShouldBe("connected");
        (await world.Api.PostAsync($"/api/v1/connections/{id}/refresh", null)).StatusCode.ShouldBe(HttpStatusCode.OK);

        var test = await (
            await world.Api.PostAsync($"/api/v1/connections/{id}/test", null)
        ).Content.ReadFromJsonAsync<JsonElement>();
        var checks = test.GetProperty("checks")
            .EnumerateArray()
            .ToDictionary(
                check => check.GetProperty("name").GetString()!,
                check => check.GetProperty("state").GetString()
            );
        checks["token"].ShouldBe("passed");
        checks["administrator"].ShouldBe("passed");
        checks["meetings"].ShouldBe("notRun", "an account has no meetings of its own");
        checks["lifetime"].ShouldBe("passed");

        (await world.Api.DeleteAsync($"/api/v1/connections/{id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await world.StatusAsync(id)).ShouldBe("disconnected");
        world.GoTo.Revoked.ShouldNotBeEmpty();
        (
            await world.Parley.Db.ReadAsync(session =>
                session.ScalarAsync<long>(
                    "SELECT COUNT(*) FROM oauth_grant WHERE access_token IS NOT NULL /* all workspaces: tests */"
                )
            )
        ).ShouldBe(0);
    }

    [Theory, DatabaseMatrix]
    public async Task Wrong_credentials_are_told_with_cause_and_cure_and_leave_nothing_behind(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        (await PutAsync(world, account: "acc-typo")).StatusCode.ShouldBe(HttpStatusCode.OK);
        world.GoTo.OnAccountToken = Judge;
        var wanted = new { provider = "gotomeeting", purpose = "account" };

        var wrongAccount = await Problem(await world.Api.PostAsJsonAsync("/api/v1/connections", wanted));
        wrongAccount.GetProperty("code").GetString().ShouldBe("provider_rejected");
        wrongAccount.GetProperty("detail").GetString()!.ShouldContain("acc-typo");
        wrongAccount.GetProperty("next").GetString()!.ShouldContain("account id");

        (await PutAsync(world, secret: "mistyped")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var wrongSecret = await Problem(await world.Api.PostAsJsonAsync("/api/v1/connections", wanted));
        wrongSecret.GetProperty("detail").GetString()!.ShouldContain("client secret");
        var tested = await (await world.Api.PostAsync(App + "/test", null)).Content.ReadFromJsonAsync<JsonElement>();
        tested.GetProperty("ok").GetBoolean().ShouldBeFalse();
        (await world.Api.GetFromJsonAsync<JsonElement>("/api/v1/connections"))
            .GetProperty("items")
            .GetArrayLength()
            .ShouldBe(0);

        (await PutAsync(world)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await world.Api.PostAsJsonAsync("/api/v1/connections", wanted)).StatusCode.ShouldBe(HttpStatusCode.Created);
        tested = await (await world.Api.PostAsync(App + "/test", null)).Content.ReadFromJsonAsync<JsonElement>();
        tested.GetProperty("ok").GetBoolean().ShouldBeTrue();
    }

    [Theory, DatabaseMatrix]
    public async Task Credentials_that_stop_working_break_the_connection_until_they_are_corrected(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        await PutAsync(world);
        var id = await ConnectAsync(world);
        world.GoTo.OnAccountToken = (_, _) => FakeProvider.Failure(FailureKind.Rejected, FailureCodes.InvalidClient);
        await world.Parley.AdvanceAsync(Duration.FromHours(2));

        (await world.CallAsync(id)).Failure!.Kind.ShouldBe(FailureKind.GrantDead);
        (await world.StatusAsync(id)).ShouldBe("needsReconnect");
        (await world.GetAsync(id)).GetProperty("problem").GetProperty("code").GetString().ShouldBe("invalid_client");

        // Another client of the same account will do, and saving it is enough.
        world.GoTo.OnAccountToken = (_, _) => null;
        await PutAsync(world, clientId: "server-2");
        await TestServer.EventuallyAsync(
            async () => await world.StatusAsync(id) == "connected",
            "the corrected app heals its connection"
        );
        (await world.CallAsync(id)).Succeeded.ShouldBeTrue();

        // Of another account it will not.
        await PutAsync(world, account: "acc-2");
        await world.Parley.AdvanceAsync(Duration.FromHours(2));
        (await world.CallAsync(id)).Failure!.Code.ShouldBe("provider_app_changed");
    }

    [Theory, DatabaseMatrix]
    public async Task One_app_does_not_serve_reports_where_the_provider_forbids_it(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        (await world.LinkAsync()).Id.ShouldStartWith("con_", customMessage: "organizers have their app");

        var refused = await Problem(
            await world.Api.PostAsJsonAsync(
                "/api/v1/connections",
                new { provider = "gotomeeting", purpose = "account" }
            )
        );
        refused.GetProperty("status").GetInt32().ShouldBe(409);
        refused.GetProperty("detail").GetString()!.ShouldContain("does not let the organizers' app");
        refused.GetProperty("next").GetString()!.ShouldContain("apps/account");
        var view = await world.Api.GetFromJsonAsync<JsonElement>(App);
        view.GetProperty("configured").GetBoolean().ShouldBeFalse();
        view.GetProperty("inheritedFrom").ValueKind.ShouldBe(JsonValueKind.Null);

        // The other provider's organizers' app serves both.
        var other = await world.Api.GetFromJsonAsync<JsonElement>("/api/v1/providers/otherprovider/apps/account");
        other.GetProperty("inheritedFrom").GetString().ShouldBe("organizer");
    }

    [Theory, DatabaseMatrix]
    public async Task What_an_app_takes_depends_on_provider_purpose_and_kind(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        world.GoTo.Events = new SilentEvents();
        var organizers = await Problem(
            await world.Api.PutAsJsonAsync(
                "/api/v1/providers/gotomeeting/app",
                new
                {
                    kind = "serverToServer",
                    clientId = "c",
                    clientSecret = "s",
                    accountId = "a",
                }
            )
        );
        organizers.GetProperty("code").GetString().ShouldBe("not_supported");
        organizers.GetProperty("detail").GetString()!.ShouldContain("organizer");
        var nameless = await Problem(
            await world.Api.PutAsJsonAsync(
                App,
                new
                {
                    kind = "serverToServer",
                    clientId = "c",
                    clientSecret = "s",
                }
            )
        );
        nameless.GetProperty("errors").TryGetProperty("accountId", out _).ShouldBeTrue();
        var elsewhere = await Problem(
            await world.Api.PutAsJsonAsync(
                "/api/v1/providers/otherprovider/app",
                new
                {
                    clientId = "c",
                    clientSecret = "s",
                    webhookSecretToken = "w",
                }
            )
        );
        elsewhere.GetProperty("errors").TryGetProperty("webhookSecretToken", out _).ShouldBeTrue();

        (await WebhooksAsync(new { clientId = "c", clientSecret = "s" })).ShouldBeFalse();
        (
            await WebhooksAsync(new { clientId = "c", webhookSecretToken = "hush-" + FakeProvider.Canary })
        ).ShouldBeTrue();
        (await WebhooksAsync(new { clientId = "c" })).ShouldBeTrue("left out, it is kept");
        var apps = world.Parley.Services.GetService(typeof(Parley.Server.Connections.ProviderApps));
        var stored = (Parley.Server.Connections.ProviderApps)apps!;
        var workspace = await world.Parley.WorkspaceIdAsync();
        var app = await stored.FindAsync(workspace, "gotomeeting", "organizer", default);
        (
            await world.Parley.Db.ReadAsync(session => stored.OpenWebhookSecretAsync(session, workspace, app!.Id))
        ).ShouldBe("hush-" + FakeProvider.Canary);
        (await WebhooksAsync(new { clientId = "c", webhookSecretToken = "" })).ShouldBeFalse("empty forgets it");

        async Task<bool> WebhooksAsync(object app)
        {
            var reply = await world.Api.PutAsJsonAsync("/api/v1/providers/gotomeeting/app", app);
            var text = await reply.Content.ReadAsStringAsync();
            reply.StatusCode.ShouldBe(HttpStatusCode.OK, text);
            text.ShouldNotContain(FakeProvider.Canary);
            return JsonDocument.Parse(text).RootElement.GetProperty("webhookSecretConfigured").GetBoolean();
        }
    }

    [Theory, DatabaseMatrix]
    public async Task The_pages_take_the_credentials_and_connect_without_leaving(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        using var browser = new FormBrowser(world.Parley);
        await browser.SignInAsync();
        const string register = "/connections/apps/gotomeeting/account/register";
        var page = await browser.ReadAsync(register);
        page.ShouldContain("Make the app Example reports");
        page.ShouldContain("Server-to-server: account id, client id and secret");
        (await browser.ReadAsync("/connections/apps/gotomeeting/organizer/register")).ShouldNotContain("Account id");

        var saved = await browser.SubmitAsync(
            register,
            register,
            ("kind", "serverToServer"),
            ("accountId", "acc-1"),
            ("clientId", "server-1"),
            ("clientSecret", "secret")
        );
        saved.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await saved.Content.ReadAsStringAsync());
        var connected = await browser.SubmitAsync(
            register,
            "/connections/start",
            ("provider", "gotomeeting"),
            ("purpose", "account")
        );

        connected.Headers.Location!.ToString().ShouldBe("/connections");
        var list = await browser.ReadAsync("/connections");
        list.ShouldContain("Connected as ");
        list.ShouldContain("Reports");
        world.GoTo.AccountTokens.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task The_region_a_token_reply_names_is_kept_until_another_one_is_named(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        world.GoTo.Region = "https://api-eu.example";
        var id = await world.ConnectAsync();
        (await CallAsync()).ShouldBe("https://api-eu.example");

        world.GoTo.Region = null;
        await world.Parley.AdvanceAsync(Duration.FromMinutes(56));
        (await CallAsync()).ShouldBe("https://api-eu.example", "a reply that is silent changes nothing");
        world.GoTo.Refreshes.ShouldBe(1);

        world.GoTo.Region = "https://api-au.example";
        await world.Parley.AdvanceAsync(Duration.FromMinutes(56));
        (await CallAsync()).ShouldBe("https://api-au.example");

        async Task<string?> CallAsync()
        {
            (await world.CallAsync(id)).Succeeded.ShouldBeTrue();
            return world.GoTo.AccessesSeen.Last().ApiBaseUrl;
        }
    }

    private static ProviderFailure? Judge(OAuthApp app, string account) =>
        app.ClientSecret != "secret" ? FakeProvider.Failure(FailureKind.Rejected, FailureCodes.InvalidClient)
        : account != "acc-1" ? FakeProvider.Failure(FailureKind.Rejected, FailureCodes.OAuthRejected)
        : null;

    private static Task<HttpResponseMessage> PutAsync(
        ConnectWorld world,
        string account = "acc-1",
        string clientId = "server-1",
        string secret = "secret"
    ) =>
        world.Api.PutAsJsonAsync(
            App,
            new
            {
                kind = "serverToServer",
                clientId,
                clientSecret = secret,
                accountId = account,
            }
        );

    private static async Task<string> ConnectAsync(ConnectWorld world)
    {
        var reply = await world.Api.PostAsJsonAsync(
            "/api/v1/connections",
            new { provider = "gotomeeting", purpose = "account" }
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.Created, await reply.Content.ReadAsStringAsync());
        return (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    private static async Task<JsonElement> Problem(HttpResponseMessage reply)
    {
        reply.IsSuccessStatusCode.ShouldBeFalse();
        return await reply.Content.ReadFromJsonAsync<JsonElement>();
    }
}
