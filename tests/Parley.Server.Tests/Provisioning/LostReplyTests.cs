using System.Net;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Provisioning;

/// <summary>Calls whose reply never came, or lied: in the end exactly one meeting, or none.</summary>
public sealed class LostReplyTests
{
    private static readonly Instant Ten = Instant.FromUtc(2026, 12, 10, 10, 0);

    [Theory]
    [InlineData(DatabaseKind.Sqlite, "applyThenDrop")]
    [InlineData(DatabaseKind.Sqlite, "applyThenFail")]
    [InlineData(DatabaseKind.Sqlite, "truncate")]
    [InlineData(DatabaseKind.Sqlite, "html")]
    [InlineData(DatabaseKind.Postgres, "applyThenDrop")]
    public async Task A_create_whose_reply_is_lost_is_adopted_with_a_working_link(DatabaseKind database, string kind)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        await server.FaultAsync("meetings.create", kind);

        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        await server.SettledAsync(id);

        var meeting = (await server.TruthAsync()).ShouldHaveSingleItem();
        var arrangement = await server.ArrangementAsync(id);
        arrangement.ProviderMeetingId.ShouldBe(meeting.Id);
        arrangement.JoinUrlSource.ShouldBe("derived");
        (await server.TwinHttp.GetAsync(arrangement.JoinUrl)).StatusCode.ShouldBe(HttpStatusCode.OK);
        arrangement.DialInNumbers.ShouldNotBeEmpty();
        (await server.CallsAsync("meetings.create")).ShouldBe(1);
        (await server.HistoryAsync(id)).ShouldBe([
            "PLANNED/",
            "SENDING/",
            "UNKNOWN/unknown",
            "RECONCILING/",
            "APPLIED/adopted",
        ]);
        (await MailsAsync(server, id)).ShouldBe(["confirmation"]);
        await server.SweptAsync();
        (await server.TruthAsync()).ShouldHaveSingleItem().Id.ShouldBe(meeting.Id);
    }

    [Theory, DatabaseMatrix]
    public async Task A_create_answered_500_is_found_not_made_and_sent_again(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        await server.FaultAsync("meetings.create", "failBefore");

        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        await server.SettledAsync(id);

        (await server.TruthAsync()).ShouldHaveSingleItem();
        (await server.CallsAsync("meetings.create")).ShouldBe(2);
        (await server.HistoryAsync(id)).ShouldBe([
            "PLANNED/",
            "SENDING/",
            "UNKNOWN/unknown",
            "RECONCILING/",
            "PLANNED/not_applied",
            "SENDING/",
            "APPLIED/created",
        ]);
        (await server.ArrangementAsync(id)).JoinUrlSource.ShouldBe("created");
        (await MailsAsync(server, id)).ShouldBe(["confirmation"]);
    }

    [Theory, DatabaseMatrix]
    public async Task A_create_applied_hours_late_leaves_a_ghost_that_a_sweep_removes(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        await server.FaultAsync("meetings.create", "applyLate", new { delayMs = 300_000 });

        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        await server.SettledAsync(id);
        var kept = (await server.TruthAsync()).ShouldHaveSingleItem();
        await server.AdvanceAsync(Duration.FromMinutes(6));
        await server.RunLateCallsAsync();
        (await server.TruthAsync()).Count.ShouldBe(2);
        await server.SweptAsync();

        (await server.TruthAsync()).ShouldHaveSingleItem().Id.ShouldBe(kept.Id);
        var ghost = (await server.EffectsAsync(id)).Single(effect => effect.Kind == GhostEffects.EffectKind);
        ghost.State.ShouldBe(EffectState.Applied);
    }

    [Theory, DatabaseMatrix]
    public async Task A_create_that_outlasts_the_time_out_ends_in_one_meeting(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        await server.FaultAsync("meetings.create", "delayBefore", new { delayMs = 3_000 });

        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        await server.SettledAsync(id);
        await TestServer.EventuallyAsync(
            async () => (await server.TruthAsync()).Count == await server.CallsAsync("meetings.create"),
            "the delayed call takes effect"
        );
        await server.SweptAsync();

        (await server.TruthAsync()).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite, "applyThenDrop", 1)]
    [InlineData(DatabaseKind.Sqlite, "failBefore", 2)]
    [InlineData(DatabaseKind.Sqlite, "refuse", 2)]
    [InlineData(DatabaseKind.Postgres, "applyThenDrop", 1)]
    [InlineData(DatabaseKind.Postgres, "failBefore", 2)]
    public async Task An_update_whose_reply_is_lost_ends_at_the_new_time(DatabaseKind database, string kind, int calls)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        var id = await server.CreateAsync();
        await server.FaultAsync("meetings.update", kind);

        (await server.PatchAsync(id, new { startsAt = "2026-12-10T10:00:00Z" })).Status.ShouldBe(
            HttpStatusCode.Accepted
        );
        await server.SettledAsync(id);

        (await server.TruthAsync()).ShouldHaveSingleItem().StartsAt.ShouldBe(Ten);
        (await server.CallsAsync("meetings.update")).ShouldBe(calls);
        (await server.StatesAsync(id)).ShouldBe("APPLIED APPLIED");
        await server.SweptAsync();
        (await server.TruthAsync()).ShouldHaveSingleItem().StartsAt.ShouldBe(Ten);
    }

    [Theory, DatabaseMatrix]
    public async Task An_update_applied_late_over_a_newer_one_is_put_right(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        var id = await server.CreateAsync();
        await server.FaultAsync("meetings.update", "applyLate", new { delayMs = 300_000 });

        await server.PatchAsync(id, new { startsAt = "2026-12-10T11:00:00Z" });
        await server.PatchAsync(id, new { startsAt = "2026-12-10T10:00:00Z" });
        await server.SettledAsync(id);
        (await server.TruthAsync()).ShouldHaveSingleItem().StartsAt.ShouldBe(Ten);
        await server.AdvanceAsync(Duration.FromMinutes(6));
        await server.RunLateCallsAsync();
        (await server.TruthAsync()).ShouldHaveSingleItem().StartsAt.ShouldNotBe(Ten);
        await server.SweptAsync();

        (await server.TruthAsync()).ShouldHaveSingleItem().StartsAt.ShouldBe(Ten);
    }

    [Theory, DatabaseMatrix]
    public async Task A_change_taken_back_while_its_first_call_is_unknown_is_sent_all_the_same(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        var id = await server.CreateAsync();
        await server.FaultAsync("meetings.update", "applyThenDrop");

        await server.PatchAsync(id, new { startsAt = "2026-12-10T10:00:00Z" });
        await server.PatchAsync(id, new { startsAt = "2026-12-10T09:00:00Z" });
        await server.SettledAsync(id);

        (await server.TruthAsync()).ShouldHaveSingleItem().StartsAt.ShouldBe(Instant.FromUtc(2026, 12, 10, 9, 0));
    }

    [Theory]
    [InlineData(DatabaseKind.Sqlite, "applyThenDrop", 1)]
    [InlineData(DatabaseKind.Sqlite, "failBefore", 2)]
    [InlineData(DatabaseKind.Postgres, "applyThenDrop", 1)]
    [InlineData(DatabaseKind.Postgres, "failBefore", 2)]
    public async Task A_delete_whose_reply_is_lost_ends_with_no_meeting(DatabaseKind database, string kind, int calls)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        var id = await server.CreateAsync();
        await server.FaultAsync("meetings.delete", kind);

        var (status, body) = await server.DeleteAsync(id);
        status.ShouldBe(HttpStatusCode.Accepted);
        body["status"]!.GetValue<string>().ShouldBe("removing");
        await server.SettledAsync(id);

        (await server.TruthAsync()).ShouldBeEmpty();
        (await server.CallsAsync("meetings.delete")).ShouldBe(calls);
        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task A_cancellation_while_the_create_is_unknown_removes_what_it_made(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        await server.FaultAsync("meetings.create", "applyThenDrop");
        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        (await server.TruthAsync()).ShouldHaveSingleItem();

        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.Accepted);
        await server.SettledAsync(id);

        (await server.TruthAsync()).ShouldBeEmpty();
        (await server.StatesAsync(id)).ShouldBe("APPLIED APPLIED");
        (await server.EffectsAsync(id))
            .Where(effect => effect.Kind == EffectKind.Mail)
            .ShouldAllBe(mail => mail.State == EffectState.Superseded);
    }

    [Theory, DatabaseMatrix]
    public async Task After_five_rounds_in_an_hour_a_person_must_look(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        await server.FaultAsync("meetings.create", "failBefore", new { times = 0 });

        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        await server.PumpAsync(
            async () => (await server.ArrangementAsync(id)).Attention is not null,
            "the rounds are used up"
        );
        (await server.ArrangementAsync(id)).Attention.ShouldBe("provider_unreliable");
        var calls = await server.CallsAsync("meetings.create");
        calls.ShouldBe(6);
        await server.AdvanceAsync(Duration.FromMinutes(30));
        await server.ClearFaultsAsync();
        await server.PumpAsync(
            async () => (await server.ArrangementAsync(id)).LinkIsKnown,
            "it is sent again after the hour",
            Duration.FromMinutes(1)
        );

        (await server.TruthAsync()).ShouldHaveSingleItem();
        (await server.ArrangementAsync(id)).Attention.ShouldBeNull();
    }

    private static Dictionary<string, string?> Quick =>
        new(StringComparer.Ordinal) { ["Provisioning:AnswerWait"] = "00:00:01" };

    private static async Task<List<string>> MailsAsync(ConnectedServer server, string id) =>
        (await server.EffectsAsync(id))
            .Where(effect => effect.Kind == EffectKind.Mail && effect.State != EffectState.Superseded)
            .Select(effect => effect.Operation)
            .ToList();
}
