using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

public sealed class ConnectionLifecycleTests
{
    [Theory, DatabaseMatrix]
    public async Task The_same_account_is_one_connection(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var first = await world.ConnectAsync();
        var second = await world.ConnectAsync();

        second.ShouldNotBe(first);
        (await world.GetAsync(second)).GetProperty("id").GetString().ShouldBe(first);
        var list = await world.Api.GetFromJsonAsync<JsonElement>("/api/v1/connections");
        list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()).ShouldBe([first]);
        world.GoTo.OnCall = token =>
            token.StartsWith("access-2-", StringComparison.Ordinal) ? null : FakeProvider.TokenRefused;
        (await world.CallAsync(first)).Succeeded.ShouldBeTrue("the newer tokens are used");
    }

    [Theory, DatabaseMatrix]
    public async Task A_second_administrator_of_a_reported_account_is_refused_until_the_first_is_given_up(
        DatabaseKind database
    )
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var first = await world.ConnectAsync("account");
        var olivia = world.GoTo.Account;
        var oscar = olivia with { OrganizerKey = "2", Email = "oscar@example.org", Name = "Oscar" };
        world.GoTo.Account = oscar;
        var (second, path) = await world.LinkAsync(purpose: "account");
        using var browser = new FormBrowser(world.Parley);
        var refused = await browser.GetAsync(ConnectWorld.Callback(await ConnectWorld.ContinueAsync(browser, path)));
        refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var page = await refused.Content.ReadAsStringAsync();
        page.ShouldContain("This account is connected already");
        page.ShouldContain("reported already, connected by Olivia Organizer (olivia@example.org)");
        (await world.StatusAsync(second)).ShouldBe("pending");
        (await world.StatusAsync(first)).ShouldBe("connected");

        // Hosting is another matter, and so are another account and the same administrator.
        (await world.StatusAsync(await world.ConnectAsync())).ShouldBe("connected");
        world.GoTo.Account = oscar with { OrganizerKey = "3", AccountKey = "43" };
        (await world.StatusAsync(await world.ConnectAsync("account"))).ShouldBe("connected");
        world.GoTo.Account = olivia;
        (await world.GetAsync(await world.ConnectAsync("account"))).GetProperty("id").GetString().ShouldBe(first);

        (await world.Api.DeleteAsync($"/api/v1/connections/{first}")).EnsureSuccessStatusCode();
        world.GoTo.Account = oscar;
        var third = await world.ConnectAsync("account");
        (await world.StatusAsync(third)).ShouldBe("connected");
    }

    [Theory, DatabaseMatrix]
    public async Task A_reconnect_keeps_the_id_and_refuses_another_account(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        await world.Parley.AdvanceAsync(Duration.FromDays(340));
        (await world.StatusAsync(id)).ShouldBe("expiring");
        var links = world.Parley.Services.GetRequiredService<ConnectLinks>();
        var workspace = await world.Parley.WorkspaceIdAsync();

        var owner = world.GoTo.Account;
        world.GoTo.Account = owner with { OrganizerKey = "2", Email = "mallory@example.org" };
        var link = await links.ReissueAsync(workspace, id, default);
        using var browser = new FormBrowser(world.Parley);
        var wrong = await browser.GetAsync(
            ConnectWorld.Callback(
                await ConnectWorld.ContinueAsync(browser, new Uri(link.Value.ConnectUrl).AbsolutePath)
            )
        );
        wrong.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await wrong.Content.ReadAsStringAsync()).ShouldContain(
            "belongs to olivia@example.org, but mallory@example.org"
        );
        (await world.StatusAsync(id)).ShouldBe("expiring");

        world.GoTo.Account = owner;
        link = await links.ReissueAsync(workspace, id, default);
        await world.FinishAsync(new Uri(link.Value.ConnectUrl).AbsolutePath);
        (await world.StatusAsync(id)).ShouldBe("connected");
    }

    [Theory, DatabaseMatrix]
    public async Task A_silent_profile_connects_with_the_scope_named_and_is_asked_once(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        world.GoTo.OnIdentify = _ => FakeProvider.TokenRefused;
        var id = await world.ConnectAsync();

        world.GoTo.Identifications.ShouldBe(1);
        world.GoTo.Refreshes.ShouldBe(0);
        var connection = await world.GetAsync(id);
        connection.GetProperty("status").GetString().ShouldBe("connected");
        connection.GetProperty("missingScopes")[0].GetProperty("scope").GetString().ShouldBe("who:");
        world.GoTo.OnIdentify = _ => null;
        var test = await world.Api.PostAsync($"/api/v1/connections/{id}/test", null);
        var report = await test.Content.ReadFromJsonAsync<JsonElement>();
        report.GetProperty("ok").GetBoolean().ShouldBeTrue(report.ToString());
        (await world.GetAsync(id))
            .GetProperty("account")
            .GetProperty("email")
            .GetString()
            .ShouldBe("olivia@example.org");
    }

    [Theory, DatabaseMatrix]
    public async Task Disconnecting_revokes_and_erases_whatever_the_provider_says(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        world.GoTo.OnRevoke = FakeProvider.Lost;
        (await world.Api.DeleteAsync($"/api/v1/connections/{id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        world.GoTo.Revoked.ShouldContain($"refresh-1-{FakeProvider.Canary}");
        (
            await world.Parley.Db.ReadAsync(session =>
                session.ScalarAsync<long>(
                    "SELECT COUNT(*) FROM oauth_grant WHERE access_token IS NOT NULL OR refresh_token IS NOT NULL /* all workspaces: test */"
                )
            )
        ).ShouldBe(0);
        var connection = await world.GetAsync(id);
        connection.GetProperty("status").GetString().ShouldBe("disconnected");
        connection.GetProperty("problem").GetProperty("code").GetString().ShouldBe("revocation_failed");
        (await world.CallAsync(id)).Failure!.Code.ShouldBe(GrantFailures.Disconnected);
        (await world.Api.DeleteAsync($"/api/v1/connections/{id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    [Theory, DatabaseMatrix]
    public async Task Meetings_to_come_hold_a_connection_unless_forced(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        var workspace = await world.Parley.WorkspaceIdAsync();
        var ends = FakeClock.Start + Duration.FromDays(1);
        await world.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO arrangement (workspace_id, id, connection_id, provider, source, marker, door_code, desired, version, subject, starts_at, ends_at, time_zone, spec, attendees, created_at, updated_at)
                VALUES (@workspace, 'arr_1', @id, 'gotomeeting', 'api', 'K7Q2M', 'door', 'present', 1, 'S', @ends, @ends, 'UTC', '{}', '[]', 0, 0)
                """,
                new
                {
                    workspace,
                    id,
                    ends,
                }
            )
        );
        var held = await world.Api.DeleteAsync($"/api/v1/connections/{id}");
        held.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await held.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("count").GetInt64().ShouldBe(1);
        world.GoTo.Revoked.ShouldBeEmpty();

        (await world.Api.DeleteAsync($"/api/v1/connections/{id}?force=true")).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
        (await AttentionAsync()).ShouldBe(ConnectionObservations.DisconnectedAttention);
        var links = world.Parley.Services.GetRequiredService<ConnectLinks>();
        var link = await links.ReissueAsync(workspace, id, default);
        await world.FinishAsync(new Uri(link.Value.ConnectUrl).AbsolutePath);
        (await world.StatusAsync(id)).ShouldBe("connected");
        (await AttentionAsync()).ShouldBeNull();

        Task<string?> AttentionAsync() =>
            world.Parley.Db.ReadAsync(session =>
                session.ScalarAsync<string>(
                    "SELECT attention FROM arrangement WHERE workspace_id = @workspace",
                    new { workspace }
                )
            );
    }

    [Theory, DatabaseMatrix]
    public async Task No_secret_lies_open_in_the_database_the_log_or_the_answers(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        await world.Parley.AdvanceAsync(Duration.FromMinutes(56));
        (await world.CallAsync(id)).Succeeded.ShouldBeTrue();
        world.GoTo.Refreshes.ShouldBe(1);
        var answers = new StringBuilder();
        foreach (
            var path in new[]
            {
                "/api/v1/connections",
                $"/api/v1/connections/{id}",
                $"/api/v1/connections/{id}/log",
                "/api/v1/providers",
                "/api/v1/providers/gotomeeting/apps/organizer",
                "/api/v1/providers/gotomeeting/app",
            }
        )
        {
            var reply = await world.Api.GetAsync(path);
            reply.StatusCode.ShouldBe(HttpStatusCode.OK, path);
            answers.Append(await reply.Content.ReadAsStringAsync());
        }

        answers.ToString().ShouldContain("meetings.upcoming");
        answers.ToString().ShouldContain("client-1");
        answers.ToString().ShouldNotContain(FakeProvider.Canary);
        world.Parley.Log.Lines.ShouldNotBeEmpty();
        world.Parley.Log.Lines.ShouldAllBe(line => !line.Contains(FakeProvider.Canary, StringComparison.Ordinal));
        if (database == DatabaseKind.Sqlite)
        {
            foreach (var file in Directory.GetFiles(world.Parley.DataDirectory, "parley.db*"))
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using var content = new MemoryStream();
                await stream.CopyToAsync(content);
                content.ToArray().AsSpan().IndexOf(Encoding.ASCII.GetBytes(FakeProvider.Canary)).ShouldBe(-1, file);
            }
        }
    }

    [Theory, DatabaseMatrix]
    public async Task Unknown_ids_bad_fields_and_what_is_not_supported_are_told(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        foreach (var path in new[] { "", "/test", "/refresh", "/reconnect", "/approval-requested" })
        {
            using var request = new HttpRequestMessage(
                path.Length == 0 ? HttpMethod.Get : HttpMethod.Post,
                "/api/v1/connections/con_none" + path
            );
            (await world.Api.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        var wrong = await world.Api.PostAsJsonAsync("/api/v1/connections", new { provider = "teams", purpose = "fun" });
        wrong.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var errors = (await wrong.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors");
        errors.TryGetProperty("provider", out _).ShouldBeTrue();
        errors.TryGetProperty("purpose", out _).ShouldBeTrue();

        var machine = await world.Api.PutAsJsonAsync(
            "/api/v1/providers/gotomeeting/apps/account",
            new
            {
                kind = "serverToServer",
                clientId = "a",
                clientSecret = "b",
                accountId = "c",
            }
        );
        machine.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var problem = await machine.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("code").GetString().ShouldBe("not_supported");
        problem.GetProperty("errors").TryGetProperty("kind", out _).ShouldBeTrue();
        (await world.Api.GetAsync("/api/v1/providers/teams/app")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task The_page_connects_tests_and_disconnects_without_script(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        using var browser = new FormBrowser(world.Parley);
        await browser.SignInAsync();
        var page = await browser.ReadAsync("/connections");
        page.ShouldContain("Connected as Olivia Organizer (olivia@example.org)");
        page.ShouldContain("1 December 2027");
        page.ShouldContain("http://127.0.0.1:5080/oauth/gotomeeting/callback");
        page.ShouldNotContain(FakeProvider.Canary);

        var tested = await browser.SubmitAsync("/connections", $"/connections/{id}/test");
        var result = await tested.Content.ReadAsStringAsync();
        result.ShouldContain("Everything works.");
        result.ShouldContain("The account is olivia@example.org.");
        (await browser.ReadAsync($"/connections/{id}/disconnect")).ShouldContain("Disconnect GoTo Meeting?");
        var gone = await browser.SubmitAsync($"/connections/{id}/disconnect", $"/connections/{id}/disconnect");
        gone.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await browser.ReadAsync("/connections")).ShouldContain("Disconnected from GoTo Meeting");
        (await world.StatusAsync(id)).ShouldBe("disconnected");
        var saved = await browser.SubmitAsync(
            "/connections",
            "/connections/apps/gotomeeting/organizer",
            ("clientId", "client-2"),
            ("clientSecret", "")
        );
        saved.StatusCode.ShouldBe(HttpStatusCode.BadRequest, "another client id needs its own secret");
    }
}
