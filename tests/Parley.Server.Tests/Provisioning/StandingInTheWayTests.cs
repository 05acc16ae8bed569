using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Provisioning;

/// <summary>Refusals, quotas, dead grants, meetings that vanish: what is certain is acted on, what cannot be done waits or is said.</summary>
public sealed class StandingInTheWayTests
{
    private static readonly Instant Eleven = Instant.FromUtc(2026, 12, 10, 11, 0);

    [Theory]
    [InlineData(DatabaseKind.Sqlite, 40)]
    [InlineData(DatabaseKind.Sqlite, null)]
    [InlineData(DatabaseKind.Postgres, 40)]
    public async Task A_throttled_create_waits_as_it_is_told(DatabaseKind database, int? retryAfter)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        await server.FaultAsync(
            "meetings.create",
            "rateLimit",
            retryAfter is null ? null : new { retryAfterSeconds = retryAfter }
        );
        var asked = server.Clock.GetCurrentInstant();

        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        var effect = (await server.EffectsAsync(id)).Single(one => one.Kind == EffectKind.Meeting);
        effect.State.ShouldBe(EffectState.Planned);
        var wait = (effect.NotBefore - asked).TotalSeconds;
        (retryAfter is { } told ? wait == told : wait is >= 0.8 and <= 1.2).ShouldBeTrue($"{wait} s");
        // A newer wish does not get round the wait.
        (await server.PatchAsync(id, new { startsAt = "2026-12-10T11:00:00Z" })).Status.ShouldBe(
            HttpStatusCode.Accepted
        );
        (await server.CallsAsync("meetings.create")).ShouldBe(1);
        await server.SettledAsync(id);

        (await server.TruthAsync()).ShouldHaveSingleItem().StartsAt.ShouldBe(Eleven);
        (await server.CallsAsync("meetings.create")).ShouldBe(2);
        (await server.CallsAsync("meetings.update")).ShouldBe(0);
        (server.Clock.GetCurrentInstant() - asked).TotalSeconds.ShouldBeGreaterThanOrEqualTo(retryAfter ?? 0.8);
    }

    [Theory, DatabaseMatrix]
    public async Task An_organizer_without_licence_is_refused_and_nothing_is_left(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, account: ConnectedServer.Una);

        var (status, body) = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish());

        status.ShouldBe(HttpStatusCode.UnprocessableEntity, body.ToJsonString());
        body["code"]!.GetValue<string>().ShouldBe("provider_rejected");
        body["reason"]!.GetValue<string>().ShouldBe("organizer_not_licensed");
        (await server.TruthAsync()).ShouldBeEmpty();
        await TestServer.EventuallyAsync(async () => await server.OpenAsync() == 0, "the wish is taken back");
        var (_, list) = await server.SendAsync(HttpMethod.Get, "/api/v1/meetings");
        list["items"]!.AsArray().ShouldBeEmpty();
        (await UnsentMailsAsync(server)).ShouldBe(0);
    }

    [Theory, DatabaseMatrix]
    public async Task A_token_that_expired_before_the_call_is_renewed_on_the_way(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.AdvanceAsync(Duration.FromHours(2));

        await server.CreateAsync();

        (await server.TruthAsync()).ShouldHaveSingleItem();
        (await server.CallsAsync("oauth.refresh")).ShouldBe(1);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(401)]
    public async Task A_token_the_provider_ended_early_is_renewed_however_young_it_is(int expiryStatus)
    {
        await using var server = await ConnectedServer.StartAsync(DatabaseKind.Sqlite);
        await server.SettingsAsync(new { expiryStatus });
        for (var time = 1; time <= 3; time++)
        {
            // By the provider's clock alone: ours still takes the token for new.
            (
                await server.TwinHttp.PostAsJsonAsync("/control/clock", new { advanceSeconds = 3700 })
            ).StatusCode.ShouldBe(HttpStatusCode.OK);
            var (status, body) = await server.SendAsync(HttpMethod.Get, server.Meetings);
            status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
            (await server.CallsAsync("oauth.refresh")).ShouldBe(time);
        }

        var (_, connection) = await server.SendAsync(HttpMethod.Get, $"/api/v1/connections/{server.ConnectionId}");
        connection["status"]!.GetValue<string>().ShouldBe("connected");
    }

    [Theory, DatabaseMatrix]
    public async Task A_revoked_grant_blocks_and_reconnecting_resumes(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        var kept = await server.CreateAsync();
        await server.FaultAsync("meetings.update", "rateLimit", new { retryAfterSeconds = 30 });
        await server.PatchAsync(kept, new { startsAt = "2026-12-10T11:00:00Z" });
        await server.FaultAsync(
            "*",
            "failBefore",
            new
            {
                times = 0,
                status = 403,
                body = """{"errorCode":"InvalidToken","message":"Invalid token passed"}""",
                match = "/goto/G2M",
            }
        );
        await server.FaultAsync(
            "oauth.refresh",
            "failBefore",
            new
            {
                times = 0,
                status = 400,
                body = """{"error":"invalid_grant"}""",
            }
        );
        await server.AdvanceAsync(Duration.FromMinutes(2));
        await server.PumpAsync(
            async () => await server.StatesAsync(kept) == "APPLIED BLOCKED",
            "the update is blocked",
            Duration.FromSeconds(1)
        );
        var (refused, body) = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish());
        refused.ShouldBe(HttpStatusCode.Conflict);
        body["code"]!.GetValue<string>().ShouldBe("connection_needs_reconnect");

        await server.ClearFaultsAsync();
        await server.ReconnectAsync();
        await server.SettledAsync(kept);

        (await server.TruthAsync()).ShouldHaveSingleItem().StartsAt.ShouldBe(Eleven);
    }

    [Theory, DatabaseMatrix]
    public async Task What_is_blocked_past_the_end_expires_and_a_person_is_told(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        await server.FaultAsync("meetings.create", "rateLimit", new { times = 0, retryAfterSeconds = 3600 });
        var id = await server.CreateAsync(
            ConnectedServer.Wish(startsAt: "2026-12-01T09:00:00Z"),
            HttpStatusCode.Accepted
        );

        await server.AdvanceAsync(Duration.FromHours(3));
        await server.SettledAsync(id);

        (await server.StatesAsync(id)).ShouldBe("EXPIRED");
        (await server.ArrangementAsync(id)).Attention.ShouldBe("expired");
        (await server.CallsAsync("meetings.create")).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task Moves_made_while_a_call_is_under_way_become_one_call(DatabaseKind database)
    {
        var patient = Quick;
        patient["Provisioning:HttpTimeout"] = "00:00:20";
        await using var server = await ConnectedServer.StartAsync(database, patient);
        var id = await server.CreateAsync();
        await server.FaultAsync("meetings.update", "applyThenDelay", new { delayMs = 2_500 });

        var asked = new List<Task<(HttpStatusCode Status, JsonNode Body)>>();
        foreach (var hour in (string[])["14", "13", "11"])
        {
            // Nobody waits here for the answer, only until the wish is written down.
            asked.Add(server.PatchAsync(id, new { startsAt = $"2026-12-10T{hour}:00:00Z" }));
            await TestServer.EventuallyAsync(
                async () =>
                    (await server.ArrangementAsync(id)).Version == asked.Count + 1
                    && (await server.StatesAsync(id)).Contains("SENDING", StringComparison.Ordinal),
                $"the move to {hour} is wished, and one is under way"
            );
        }

        await server.SettledAsync(id);
        await Task.WhenAll(asked);

        (await server.TruthAsync()).ShouldHaveSingleItem().StartsAt.ShouldBe(Eleven);
        (await server.StatesAsync(id)).ShouldBe("APPLIED APPLIED SUPERSEDED APPLIED");
        (await server.CallsAsync("meetings.update")).ShouldBe(2);
        (await server.ArrangementAsync(id)).AppliedVersion.ShouldBe(4);
    }

    [Theory, DatabaseMatrix]
    public async Task A_move_there_and_back_is_not_sent(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        var id = await server.CreateAsync();
        await server.FaultAsync("meetings.update", "rateLimit", new { retryAfterSeconds = 30 });
        await server.PatchAsync(id, new { startsAt = "2026-12-10T14:00:00Z" });
        await server.PatchAsync(id, new { startsAt = "2026-12-10T09:00:00Z" });
        await server.SettledAsync(id);

        (await server.StatesAsync(id)).ShouldBe("APPLIED SUPERSEDED APPLIED");
        (await server.ArrangementAsync(id)).AppliedVersion.ShouldBe(3);
    }

    [Theory, DatabaseMatrix]
    public async Task A_meeting_deleted_by_hand_is_made_again_once_and_then_a_person_must_look(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();
        var door = (await server.ArrangementAsync(id)).DoorCode;
        await DeleteByHandAsync(server);

        (await server.PatchAsync(id, new { startsAt = "2026-12-10T11:00:00Z" })).Status.ShouldBe(HttpStatusCode.OK);
        (await server.TruthAsync()).ShouldHaveSingleItem().StartsAt.ShouldBe(Eleven);
        (await server.ArrangementAsync(id)).DoorCode.ShouldBe(door);
        (await server.ArrangementAsync(id)).JoinUrlSource.ShouldBe("created");
        await DeleteByHandAsync(server);
        var (status, body) = await server.PatchAsync(id, new { startsAt = "2026-12-10T12:00:00Z" });

        status.ShouldBe(HttpStatusCode.NotFound);
        body["code"]!.GetValue<string>().ShouldBe("meeting_not_found");
        (await server.TruthAsync()).ShouldBeEmpty();
        (await server.ArrangementAsync(id)).Attention.ShouldBe("vanished_again");
        await TestServer.EventuallyAsync(async () => await server.OpenAsync() == 0, "nothing more is tried");
        (await server.TruthAsync()).ShouldBeEmpty();
        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Theory, DatabaseMatrix]
    public async Task One_slow_account_does_not_keep_others_waiting(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        // Twenty strange lanes with more due than one look takes in; nothing of them can be done, for nobody knows their kind's arrangement.
        for (var lane = 0; lane < 20; lane++)
        {
            for (var place = 0; place < 16; place++)
            {
                await server.ExecuteAsync(
                    $"INSERT INTO effect (workspace_id, id, kind, operation, effect_key, lane, arrangement_id, version, state, not_before, created_at, updated_at) VALUES ('{server.WorkspaceId}', 'eff_x{lane:00}{place:00}', 'sweep', 'sweep', 'x/{lane}/{place}', 'con_x{lane:00}', 'arr_x{lane:00}{place:00}', 1, 'PLANNED', 0, 0, 0)"
                );
            }
        }

        await server.CreateAsync();

        (await server.TruthAsync()).ShouldHaveSingleItem();
    }

    private static async Task DeleteByHandAsync(ConnectedServer server)
    {
        var meeting = (await server.TruthAsync()).ShouldHaveSingleItem();
        (await server.ByHandAsync(HttpMethod.Delete, $"meetings/{meeting.Id}")).StatusCode.ShouldBe(
            HttpStatusCode.NoContent
        );
    }

    private static Task<long> UnsentMailsAsync(ConnectedServer server) =>
        server.Parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>(
                "SELECT COUNT(*) FROM effect WHERE kind = 'mail' AND finished_at IS NULL /* all workspaces: tests */"
            )
        );

    private static Dictionary<string, string?> Quick =>
        new(StringComparer.Ordinal) { ["Provisioning:AnswerWait"] = "00:00:00.5" };
}
