using System.Net;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Observed;

/// <summary>What a listing does not confirm is put right, once, and never for strangers.</summary>
public sealed class OrphanRadarTests
{
    [Theory, DatabaseMatrix]
    public async Task A_meeting_that_vanished_is_made_again_once_and_then_a_person_must_look(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();
        var before = await server.ArrangementAsync(id);
        await MailSentAsync(server);
        (await RadarAsync(server))["findings"]!.AsArray().ShouldBeEmpty();

        await server.RemovedElsewhereAsync(before.ProviderMeetingId!);
        var finding = (await RadarAsync(server))["findings"]!.AsArray().ShouldHaveSingleItem()!;
        finding["arrangementId"]!.GetValue<string>().ShouldBe(id);
        finding["finding"]!.GetValue<string>().ShouldBe("missing");
        await DoneAsync(server);

        var again = await server.ArrangementAsync(id);
        again.Recreated.ShouldBe(1);
        again.DoorCode.ShouldBe(before.DoorCode);
        again.Attention.ShouldBeNull();
        var made = (await server.TruthAsync()).ShouldHaveSingleItem();
        made.Id.ShouldBe(again.ProviderMeetingId);
        made.Id.ShouldNotBe(before.ProviderMeetingId);
        // The mail is planned once the meeting is there, a moment after its effect is done.
        await TestServer.EventuallyAsync(
            async () => (await MailsAsync(server, id)).SequenceEqual(["confirmation", "update"]),
            "its people are told of the new meeting"
        );

        await server.RemovedElsewhereAsync(made.Id);
        (await RadarAsync(server))["findings"]!.AsArray().Count.ShouldBe(1);
        await DoneAsync(server);

        (await server.ArrangementAsync(id)).Attention.ShouldBe(MeetingRecreation.VanishedAgain);
        (await server.TruthAsync()).ShouldBeEmpty();
        (await RadarAsync(server))["findings"]!.AsArray().ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task What_only_the_listing_leaves_out_is_not_made_again(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();
        await server.FaultAsync("meetings.upcoming", "listLag", new { delayMs = 86_400_000 });

        (await RadarAsync(server))["findings"]!.AsArray().ShouldHaveSingleItem();
        await DoneAsync(server);

        (await server.ArrangementAsync(id)).Recreated.ShouldBe(0);
        (await server.CallsAsync("meetings.create")).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task A_second_meeting_at_our_time_goes_and_one_at_another_time_is_left_for_a_person(
        DatabaseKind database
    )
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();
        var ours = await server.ArrangementAsync(id);
        var twin = await server.MadeElsewhereAsync(
            $"Demo with Alice [{ours.Marker}]",
            "2026-12-10T09:00:00Z",
            "2026-12-10T09:30:00Z"
        );
        (await RadarAsync(server))["findings"]!.AsArray().ShouldHaveSingleItem()!["finding"]!
            .GetValue<string>()
            .ShouldBe("doubled");
        await DoneAsync(server);
        (await server.TruthAsync()).ShouldHaveSingleItem().Id.ShouldBe(ours.ProviderMeetingId);
        (await server.ArrangementAsync(id)).Attention.ShouldBeNull();
        twin.ShouldNotBe(ours.ProviderMeetingId);

        var elsewhen = await server.MadeElsewhereAsync($"Copied [{ours.Marker}]");
        await RadarAsync(server);
        await DoneAsync(server);

        (await server.TruthAsync()).ShouldContain(meeting => meeting.Id == elsewhen);
        (await server.ArrangementAsync(id)).Attention.ShouldBe("stray_meeting");
    }

    [Theory, DatabaseMatrix]
    public async Task A_cancelled_meeting_that_is_still_there_is_removed(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();
        await server.FaultAsync(
            "meetings.delete",
            "failBefore",
            new { status = 404, body = """{"errorCode":"NoSuchMeeting"}""" }
        );
        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await server.TruthAsync()).ShouldHaveSingleItem("the provider only said that it was gone");

        (await RadarAsync(server))["findings"]!.AsArray().ShouldHaveSingleItem()!["finding"]!
            .GetValue<string>()
            .ShouldBe("leftOver");
        await DoneAsync(server);

        (await server.TruthAsync()).ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task Marks_nobody_here_knows_are_shown_and_never_touched(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var stranger = await server.MadeElsewhereAsync("Another installation's [K7Q2M]");

        var report = await RadarAsync(server);
        await DoneAsync(server);

        report["strangers"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldBe(stranger);
        report["findings"]!.AsArray().ShouldBeEmpty();
        (await server.TruthAsync()).ShouldHaveSingleItem().Id.ShouldBe(stranger);
        (await server.AllAsync("?q=another")).Count.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task A_time_the_organizer_changed_is_left_as_it_is(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();
        await server.FaultAsync("meetings.upcoming", "listLag", new { delayMs = 86_400_000 });
        var moved = await server.ByHandAsync(
            HttpMethod.Put,
            $"meetings/{(await server.ArrangementAsync(id)).ProviderMeetingId}",
            new
            {
                subject = (await server.TruthAsync()).ShouldHaveSingleItem().Subject,
                starttime = "2026-12-10T15:00:00Z",
                endtime = "2026-12-10T15:30:00Z",
                passwordrequired = false,
                conferencecallinfo = "Hybrid",
                timezonekey = "",
                meetingtype = "scheduled",
            }
        );
        moved.StatusCode.ShouldBe(HttpStatusCode.NoContent, await moved.Content.ReadAsStringAsync());

        await RadarAsync(server);
        await DoneAsync(server);

        (await server.TruthAsync()).ShouldHaveSingleItem().StartsAt.ShouldBe(Instant.FromUtc(2026, 12, 10, 15, 0));
    }

    [Theory, DatabaseMatrix]
    public async Task Once_a_day_it_looks_by_itself(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(
            database,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Provisioning:ListInterval"] = "00:05:00" }
        );
        var id = await server.CreateAsync();
        await TestServer.EventuallyAsync(async () => await server.ListedAtAsync() is not null, "the day's first look");
        await server.RemovedElsewhereAsync((await server.ArrangementAsync(id)).ProviderMeetingId!);

        await server.AdvanceAsync(Duration.FromDays(1));
        await TestServer.EventuallyAsync(
            async () => (await server.ArrangementAsync(id)) is { Recreated: 1, LinkIsKnown: true },
            "the next day's makes it again"
        );

        (await server.TruthAsync()).ShouldHaveSingleItem();
    }

    private static async Task<JsonNode> RadarAsync(ConnectedServer server)
    {
        // What was done just now may not show yet: it is left alone.
        await server.AdvanceAsync(Duration.FromMinutes(1));
        var (status, body) = await server.SendAsync(
            HttpMethod.Post,
            $"/api/v1/connections/{server.ConnectionId}/radar"
        );
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        return body;
    }

    private static Task DoneAsync(ConnectedServer server) =>
        server.PumpAsync(async () => await server.OpenAsync() == 0, "everything found is done");

    // As if the mail had left: the harness has no transport. The runner finds so first, lest it writes that over this.
    private static async Task MailSentAsync(ConnectedServer server)
    {
        await TestServer.EventuallyAsync(
            async () =>
                await server.Parley.Db.ReadAsync(session =>
                    session.ScalarAsync<long>(
                        "SELECT COUNT(*) FROM effect WHERE kind = 'mail' AND (outcome_code IS NULL OR state <> 'PLANNED') /* all workspaces: test */"
                    )
                ) == 0,
            "the mail has been tried"
        );
        await server.ExecuteAsync("UPDATE effect SET state = 'APPLIED', finished_at = not_before WHERE kind = 'mail'");
    }

    private static async Task<List<string>> MailsAsync(ConnectedServer server, string id) =>
        (await server.EffectsAsync(id))
            .Where(effect => effect.Kind == EffectKind.Mail && effect.State != EffectState.Superseded)
            .Select(effect => effect.Operation)
            .Distinct(StringComparer.Ordinal)
            .ToList();
}
