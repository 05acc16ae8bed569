using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Connections;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

public sealed class TokenRefreshTests
{
    private static readonly Duration NearItsEnd = Duration.FromMinutes(56);

    [Theory, DatabaseMatrix]
    public async Task Thirty_callers_refresh_once(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        (await world.CallAsync(id)).Succeeded.ShouldBeTrue();
        world.GoTo.Refreshes.ShouldBe(0, "the token is young");
        await world.Parley.AdvanceAsync(NearItsEnd);

        var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => world.CallAsync(id)));

        results.ShouldAllBe(result => result.Succeeded);
        world.GoTo.Refreshes.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task A_refused_token_is_refreshed_once_and_the_call_made_again(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        await world.Parley.AdvanceAsync(Duration.FromMinutes(10));
        world.GoTo.OnCall = token =>
            token.StartsWith("access-1-", StringComparison.Ordinal) ? FakeProvider.TokenRefused : null;

        (await world.CallAsync(id)).Succeeded.ShouldBeTrue();
        world.GoTo.Refreshes.ShouldBe(1);

        // Refused although new: another one is asked for, once, and no loop; the connection says so.
        world.GoTo.OnCall = _ => FakeProvider.TokenRefused;
        (await world.CallAsync(id)).Failure!.Kind.ShouldBe(FailureKind.GrantDead);
        world.GoTo.Refreshes.ShouldBe(2);
        (await world.CallAsync(id)).Failure!.Kind.ShouldBe(FailureKind.GrantDead);
        world.GoTo.Refreshes.ShouldBe(2);
        (await world.StatusAsync(id)).ShouldBe("needsReconnect");

        // It works again: nobody has to reconnect for that.
        world.GoTo.OnCall = _ => null;
        (await world.CallAsync(id)).Succeeded.ShouldBeTrue();
        (await world.StatusAsync(id)).ShouldBe("connected");
    }

    [Theory, DatabaseMatrix]
    public async Task A_reply_without_refresh_token_keeps_the_old_one(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, rotates: false);
        var id = await world.ConnectAsync();
        world.GoTo.OnRefresh = _ =>
            Task.FromResult<ProviderResult<TokenReply>?>(world.GoTo.Tokens(withRefreshToken: false));
        for (var round = 0; round < 3; round++)
        {
            await world.Parley.AdvanceAsync(NearItsEnd);
            (await world.CallAsync(id)).Succeeded.ShouldBeTrue();
        }

        world.GoTo.RefreshTokensSeen.ShouldBe(Enumerable.Repeat($"refresh-1-{FakeProvider.Canary}", 3));
    }

    [Theory, DatabaseMatrix]
    public async Task A_lost_reply_of_a_rotating_provider_is_told_as_what_it_is(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        await world.Parley.AdvanceAsync(NearItsEnd);
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(FakeProvider.Lost);
        (await world.CallAsync(id)).Succeeded.ShouldBeTrue("the old token lives four minutes more");
        await world.Parley.AdvanceAsync(Duration.FromMinutes(10));
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(FakeProvider.InvalidGrant);

        (await world.CallAsync(id)).Failure!.Code.ShouldBe(GrantFailures.RotationLost);

        var connection = await world.GetAsync(id);
        connection.GetProperty("status").GetString().ShouldBe("needsReconnect");
        connection.GetProperty("problem").GetProperty("code").GetString().ShouldBe("rotation_lost");
        var refreshes = world.GoTo.Refreshes;
        (await world.CallAsync(id)).Failure!.Kind.ShouldBe(FailureKind.GrantDead);
        world.GoTo.Refreshes.ShouldBe(refreshes, "a dead grant is not asked again");
    }

    [Theory, DatabaseMatrix]
    public async Task An_ended_permission_is_told_and_a_reconnect_heals_it(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        await world.Parley.AdvanceAsync(NearItsEnd);
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(FakeProvider.InvalidGrant);
        (await world.CallAsync(id)).Failure!.Code.ShouldBe(FailureCodes.InvalidGrant);
        (await world.GetAsync(id)).GetProperty("problem").GetProperty("code").GetString().ShouldBe("invalid_grant");

        var workspace = await world.Parley.WorkspaceIdAsync();
        await world.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO effect (workspace_id, id, kind, operation, effect_key, lane, version, state, not_before, created_at, updated_at)
                VALUES (@workspace, 'eff_1', 'meeting', 'create', 'k', @id, 1, 'BLOCKED', 0, 0, 0)
                """,
                new { workspace, id }
            )
        );
        var links = world.Parley.Services.GetRequiredService<ConnectLinks>();
        var link = await links.ReissueAsync(workspace, id, default);
        await world.FinishAsync(new Uri(link.Value.ConnectUrl).AbsolutePath);

        (await world.StatusAsync(id)).ShouldBe("connected");
        (
            await world.Parley.Db.ReadAsync(session =>
                session.ScalarAsync<long>(
                    "SELECT COUNT(*) FROM effect_event WHERE workspace_id = @workspace AND effect_id = 'eff_1' AND from_state = 'BLOCKED' AND to_state = 'PLANNED'",
                    new { workspace }
                )
            )
        ).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task A_renewed_token_heals_every_connection_of_its_grant_and_what_waited_goes_on(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        var account = await world.ConnectAsync("account");
        await BreakByClientSecretAsync(world, id);
        (await world.StatusAsync(account)).ShouldBe("needsReconnect");
        (await world.GetAsync(id)).GetProperty("problem").GetProperty("code").GetString().ShouldBe("invalid_client");

        var reply = await world.Api.PostAsync($"/api/v1/connections/{id}/refresh", null);

        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString().ShouldBe("connected");
        (await world.GetAsync(id)).GetProperty("problem").ValueKind.ShouldBe(JsonValueKind.Null);
        (await world.StatusAsync(account)).ShouldBe("connected");
        (await ResumedAsync(world)).ShouldBe(1);
        (await world.EventsAsync(id)).ShouldContain("restored/ok");
    }

    [Theory, DatabaseMatrix]
    public async Task Correcting_the_client_secret_tries_the_broken_connections_again(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        await BreakByClientSecretAsync(world, id);

        await world.PutAppAsync("gotomeeting");

        await TestServer.EventuallyAsync(async () => await world.StatusAsync(id) == "connected", "it is healed");
        (await ResumedAsync(world)).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task Refused_calls_are_not_cured_by_a_new_token_but_by_one_that_works(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        world.GoTo.OnCall = _ => FakeProvider.TokenRefused;
        (await world.CallAsync(id)).Failure!.Kind.ShouldBe(FailureKind.GrantDead);
        world.GoTo.Refreshes.ShouldBe(1);

        var refused = await world.Api.PostAsync($"/api/v1/connections/{id}/refresh", null);
        refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        world.GoTo.Refreshes.ShouldBe(2);
        (await world.StatusAsync(id)).ShouldBe("needsReconnect");

        world.GoTo.OnCall = _ => null;
        (await world.Api.PostAsync($"/api/v1/connections/{id}/refresh", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await world.StatusAsync(id)).ShouldBe("connected");
    }

    [Theory, DatabaseMatrix]
    public async Task One_refusal_of_a_new_token_breaks_nothing(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        var calls = 0;
        world.GoTo.OnCall = _ => ++calls == 1 ? FakeProvider.TokenRefused : null;

        (await world.CallAsync(id)).Succeeded.ShouldBeTrue();

        calls.ShouldBe(2);
        world.GoTo.Refreshes.ShouldBe(0);
        (await world.StatusAsync(id)).ShouldBe("connected");
        (await world.EventsAsync(id)).ShouldBe(["connected/ok"]);
    }

    // The client secret is wrong at the provider; then it is right again, and nobody has called.
    private static async Task BreakByClientSecretAsync(ConnectWorld world, string id)
    {
        await world.Parley.AdvanceAsync(Duration.FromHours(2));
        world.GoTo.OnRefresh = _ =>
            Task.FromResult<ProviderResult<TokenReply>?>(FakeProvider.Failure(FailureKind.Rejected, "invalid_client"));
        (await world.CallAsync(id)).Failure!.Kind.ShouldBe(FailureKind.GrantDead);
        (await world.StatusAsync(id)).ShouldBe("needsReconnect");
        var workspace = await world.Parley.WorkspaceIdAsync();
        await world.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO effect (workspace_id, id, kind, operation, effect_key, lane, version, state, not_before, created_at, updated_at)
                VALUES (@workspace, 'eff_1', 'meeting', 'create', 'k', @id, 1, 'BLOCKED', 9000000000000000, 0, 0)
                """,
                new { workspace, id }
            )
        );
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(null);
    }

    private static Task<long> ResumedAsync(ConnectWorld world) =>
        world.Parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>(
                "SELECT COUNT(*) FROM effect_event WHERE effect_id = 'eff_1' AND from_state = 'BLOCKED' AND to_state = 'PLANNED' /* all workspaces: tests */"
            )
        );

    [Theory, DatabaseMatrix]
    public async Task A_missing_scope_found_by_a_call_is_remembered(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        world.GoTo.OnCall = _ =>
            FakeProvider.Failure(FailureKind.MissingScope, FailureCodes.MissingScope) with
            {
                Scope = "meet:",
            };
        (await world.CallAsync(id)).Failure!.Kind.ShouldBe(FailureKind.MissingScope);

        var connection = await world.GetAsync(id);
        connection.GetProperty("status").GetString().ShouldBe("missingScopes");
        connection.GetProperty("missingScopes")[0].GetProperty("scope").GetString().ShouldBe("meet:");
        connection
            .GetProperty("capabilities")
            .GetProperty("create")
            .GetProperty("available")
            .GetBoolean()
            .ShouldBeFalse();
    }

    [Theory, DatabaseMatrix]
    public async Task A_token_moved_to_another_row_does_not_open(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var mine = await world.ConnectAsync();
        world.GoTo.Account = world.GoTo.Account with { OrganizerKey = "2", Email = "mallory@example.org" };
        var theirs = await world.ConnectAsync();
        (await world.CallAsync(mine)).Succeeded.ShouldBeTrue();
        (await world.CallAsync(theirs)).Succeeded.ShouldBeTrue();
        await world.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                "UPDATE oauth_grant SET access_token = (SELECT o.access_token FROM oauth_grant o WHERE o.account_subject = '2') /* all workspaces: an attacker */"
            )
        );

        var refused = await world.CallAsync(mine);

        refused.Failure!.Code.ShouldBe(GrantFailures.SecretUnreadable);
        (await world.GetAsync(mine))
            .GetProperty("problem")
            .GetProperty("code")
            .GetString()
            .ShouldBe("secret_unreadable");
        (await world.CallAsync(theirs)).Succeeded.ShouldBeTrue("where it belongs it still opens");
        world.Parley.Log.Lines.ShouldContain(line => line.StartsWith("Critical", StringComparison.Ordinal));
    }
}
