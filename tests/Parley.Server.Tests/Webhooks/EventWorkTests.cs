using System.Net;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Meetings;
using Parley.Server.Tests.Observed;

namespace Parley.Server.Tests.Webhooks;

/// <summary>What follows from an event, and from one that never came.</summary>
public sealed class EventWorkTests
{
    private static Dictionary<string, string?> Polled =>
        new(StringComparer.Ordinal) { ["Provisioning:ListInterval"] = "00:05:00" };

    [Theory, DatabaseMatrix]
    public async Task A_meeting_of_ours_removed_at_the_provider_is_made_again_once_and_then_a_person_looks(
        DatabaseKind database
    )
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var server = world.Server;
        var id = await server.CreateAsync();
        await server.AdvanceAsync(Duration.FromSeconds(5));
        var first = (await server.ArrangementAsync(id)).ProviderMeetingId!;
        await server.RemovedElsewhereAsync(first);

        await world.DeliverAsync(world.Meeting("meeting.deleted", first));
        await MadeAsync(another: first);
        var second = (await server.ArrangementAsync(id)).ProviderMeetingId!;
        (await server.TruthAsync())
            .Single(meeting => meeting.Subject.StartsWith("Demo", StringComparison.Ordinal))
            .Id.ShouldBe(second);
        (await server.ArrangementAsync(id)).Attention.ShouldBeNull();

        await server.AdvanceAsync(Duration.FromSeconds(5));
        await server.RemovedElsewhereAsync(second);
        await world.DeliverAsync(world.Meeting("meeting.deleted", second));
        await server.PumpAsync(
            async () => (await server.ArrangementAsync(id)).Attention is not null,
            "a person is called"
        );
        (await server.ArrangementAsync(id)).Attention.ShouldBe(MeetingRecreation.VanishedAgain);

        Task MadeAsync(string another) =>
            server.PumpAsync(
                async () =>
                    await server.ArrangementAsync(id)
                        is { ProviderMeetingId: { } held, AppliedVersion: var applied } now
                    && held != another
                    && applied == now.Version,
                "it is made again"
            );
    }

    [Theory, DatabaseMatrix]
    public async Task The_echo_of_our_own_changes_changes_nothing(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var server = world.Server;
        var id = await server.CreateAsync();
        var held = (await server.ArrangementAsync(id)).ProviderMeetingId!;
        await world.DeliverAsync(world.Meeting("meeting.created", held));
        (await server.PatchAsync(held, new { subject = "Demo, moved" })).Status.ShouldBe(HttpStatusCode.OK);
        await world.DeliverAsync(world.Meeting("meeting.updated", held));
        (await world.CountAsync("effect", "kind = 'sweep'")).ShouldBe(0);
        // Late: it is looked at, and nothing is found.
        await server.AdvanceAsync(Duration.FromMinutes(5));
        await world.DeliverAsync(world.Meeting("meeting.updated", held));
        await world.DeliverAsync(world.Meeting("meeting.updated", held));
        (await world.CountAsync("effect", "kind = 'sweep'")).ShouldBe(1, "one look serves both");
        await server.SweptAsync();
        (await server.DeleteAsync(held)).Status.ShouldBe(HttpStatusCode.NoContent);
        await world.DeliverAsync(world.Meeting("meeting.deleted", held));

        await server.SweptAsync();
        var after = await server.ArrangementAsync(id);
        (after.Version, after.Recreated, after.Attention).ShouldBe((3, 0, null));
        (await server.CallsAsync("meetings.create")).ShouldBe(1);
        (await server.CallsAsync("meetings.update")).ShouldBe(1);
        (await server.CallsAsync("meetings.delete")).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task News_of_a_meeting_made_elsewhere_is_seen_at_once(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database, Polled);
        var server = world.Server;
        await server.ListAsync();
        await server.AdvanceAsync(Duration.FromSeconds(10));
        var id = await server.MadeElsewhereAsync("Made by hand");
        (await server.AllAsync("?q=made")).ShouldBeEmpty();

        await world.DeliverAsync(world.Meeting("meeting.created", id));

        await TestServer.EventuallyAsync(async () => (await server.AllAsync("?q=made")).Count == 1, "it is listed");
        await server.AdvanceAsync(Duration.FromSeconds(10));
        await server.RemovedElsewhereAsync(id);
        await world.DeliverAsync(world.Meeting("meeting.deleted", id));
        await TestServer.EventuallyAsync(async () => (await server.AllAsync("?q=made")).Count == 0, "it is gone");
    }

    [Theory, DatabaseMatrix]
    public async Task A_stream_of_events_causes_few_listings(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database, Polled);
        var server = world.Server;
        await server.ListAsync();
        var before = await server.CallsAsync("meetings.upcoming");
        for (var second = 0; second < 20; second++)
        {
            await server.AdvanceAsync(Duration.FromSeconds(1));
            await world.DeliverAsync(world.Meeting("meeting.updated", "111222333"));
            await world.PollAsync();
        }

        (await server.CallsAsync("meetings.upcoming") - before).ShouldBeInRange(1, 5);
    }

    [Theory, DatabaseMatrix]
    public async Task A_lost_removal_of_ours_and_a_lost_change_of_others_are_found_by_the_next_poll(
        DatabaseKind database
    )
    {
        await using var world = await WebhookWorld.StartAsync(database, Polled);
        var server = world.Server;
        var id = await server.CreateAsync();
        var elsewhere = await server.MadeElsewhereAsync("Made by hand");
        await server.AdvanceAsync(Duration.FromSeconds(10));
        await server.ListAsync();
        (await server.AllAsync("?q=made")).Count.ShouldBe(1);
        // The daily round of today is done: nothing but the interval is to help.
        await server.ExecuteAsync("UPDATE observation SET radar_day = 99999");

        var held = (await server.ArrangementAsync(id)).ProviderMeetingId!;
        await server.RemovedElsewhereAsync(held);
        var changed = await server.ByHandAsync(
            HttpMethod.Put,
            $"meetings/{elsewhere}",
            new
            {
                subject = "Renamed by hand",
                starttime = "2026-12-10T15:00:00Z",
                endtime = "2026-12-10T16:00:00Z",
                passwordrequired = false,
                conferencecallinfo = "Hybrid",
                timezonekey = "",
                meetingtype = "scheduled",
            }
        );
        changed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        // No webhook comes. An interval and its tenth later:
        await server.AdvanceAsync(Duration.FromSeconds(331));
        await world.PollAsync();

        await server.PumpAsync(async () => (await server.AllAsync("?q=renamed")).Count == 1, "the change is seen");
        await server.PumpAsync(
            async () => await server.ArrangementAsync(id) is { ProviderMeetingId: { } now } && now != held,
            "it is made again"
        );
        (await server.ArrangementAsync(id)).Recreated.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task That_a_meeting_runs_and_who_is_in_it_is_shown_at_once(DatabaseKind database)
    {
        await using var pages = await PagesWorld.StartAsync(database, Polled);
        var world = await WebhookWorld.OverAsync(pages.Server);
        var server = world.Server;
        var path = await pages.ScheduledAsync(("date", "2026-12-01"), ("time", "10:00"));
        var arrangement = await server.ArrangementAsync(path.Split('/')[^1].Split('?')[0]);
        await server.SettledAsync(arrangement.Id);
        var id = (await server.ArrangementAsync(arrangement.Id)).ProviderMeetingId!;
        server.Clock.Set(arrangement.StartsAt);
        await server.ListAsync();
        (await world.StatusAsync("review")).ShouldBe("scheduled");

        await world.DeliverAsync(world.Meeting("meeting.started", id));
        (await world.StatusAsync("review")).ShouldBe("inProgress");
        (await pages.Owner.ReadAsync("/dashboard")).ShouldContain("In progress");
        (await pages.Owner.ReadAsync($"/meetings/{arrangement.Id}")).ShouldContain("In progress");
        await world.DeliverAsync(world.Participant("joined", id, "alice"));
        await world.DeliverAsync(world.Participant("joined", id, "<b>bob"));
        await world.DeliverAsync(world.Participant("joined", id, "carol"));
        await world.DeliverAsync(world.Participant("left", id, "carol"));

        var html = await pages.Owner.ReadAsync($"/meetings/{arrangement.Id}");
        html.ShouldContain("In the meeting now: 2");
        html.ShouldContain("alice@example.org");
        html.ShouldContain("&lt;b&gt;bob");
        html.ShouldNotContain("carol");

        await world.DeliverAsync(world.Meeting("meeting.ended", id));
        (await world.StatusAsync("review")).ShouldBe("ended");
        html = await pages.Owner.ReadAsync($"/meetings/{arrangement.Id}");
        html.ShouldContain("Ended");
        html.ShouldNotContain("alice@example.org");
        html.ShouldContain("Start meeting", customMessage: "it can be started again while its time lasts");
        (await world.CountAsync("observed_presence")).ShouldBe(0);

        await world.DeliverAsync(world.Meeting("meeting.started", id, "run+2=="));
        (await world.StatusAsync("review")).ShouldBe("inProgress");
    }

    [Theory, DatabaseMatrix]
    public async Task Events_out_of_order_come_to_the_same(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var server = world.Server;
        var id = await server.MadeElsewhereAsync("Made by hand");
        await server.ListAsync();
        var started = world.Meeting("meeting.started", id, "one");
        var alice = world.Participant("joined", id, "alice", "one");
        var aliceLeft = world.Participant("left", id, "alice", "one");
        var bob = world.Participant("joined", id, "bob", "one");
        var ended = world.Meeting("meeting.ended", id, "one");
        var again = world.Meeting("meeting.started", id, "two");
        var carol = world.Participant("joined", id, "carol", "two");

        // Who leaves before they came.
        await world.DeliverAsync(aliceLeft);
        await world.DeliverAsync(bob);
        (await world.StatusAsync("made")).ShouldBe("inProgress", "where people are, it runs");
        await world.DeliverAsync(alice);
        await world.DeliverAsync(started);
        (await world.CountAsync("observed_presence", "inside > 0")).ShouldBe(1);
        // The second run before the end of the first.
        await world.DeliverAsync(carol);
        await world.DeliverAsync(ended);
        await world.DeliverAsync(again);

        (await world.StatusAsync("made")).ShouldBe("inProgress");
        (await world.CountAsync("observed_presence", "name = 'carol' AND inside = 1")).ShouldBe(1);
        (await world.CountAsync("observed_presence", "session_id = 'one'")).ShouldBe(0);
        await world.DeliverAsync(world.Participant("left", id, "bob", "one", Duration.FromMilliseconds(900)));
        (await world.CountAsync("observed_presence")).ShouldBe(1, "late news of the first run");
        await world.DeliverAsync(world.Meeting("meeting.ended", id, "two"));
        (await world.StatusAsync("made")).ShouldBe("scheduled", "it was opened before its time");
    }

    [Theory, DatabaseMatrix]
    public async Task A_later_listing_corrects_what_a_lost_event_would_have_told(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var server = world.Server;
        var id = await server.MadeElsewhereAsync("Made by hand");
        await server.ListAsync();
        await world.DeliverAsync(world.Meeting("meeting.started", id));
        await server.ListAsync();
        (await world.StatusAsync("made")).ShouldBe("inProgress", "the list may lag behind");

        await server.AdvanceAsync(Duration.FromMinutes(3));
        await server.ListAsync();

        (await world.StatusAsync("made")).ShouldBe("scheduled");
    }

    [Theory, DatabaseMatrix]
    public async Task What_is_known_of_the_address_stands_on_the_pages(DatabaseKind database)
    {
        await using var pages = await PagesWorld.StartAsync(database);
        var world = await WebhookWorld.OverAsync(pages.Server, null);
        foreach (var page in (string[])["/connections", "/connections/apps/gotomeeting/organizer/register"])
        {
            var html = await pages.Owner.ReadAsync(page);
            html.ShouldContain($"http://127.0.0.1:5080/webhooks/gotomeeting/{world.AppId}");
            html.ShouldContain("Not set: every event is refused");
            html.ShouldContain("None yet");
        }

        await world.SetSecretAsync(WebhookWorld.Secret);
        (
            await world.SendAsync("""{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}""")
        ).StatusCode.ShouldBe(HttpStatusCode.OK);
        await world.DeliverAsync(world.Meeting("meeting.updated", "111222333"));
        foreach (var page in (string[])["/connections", "/connections/apps/gotomeeting/organizer/register"])
        {
            var html = await pages.Owner.ReadAsync(page);
            html.ShouldContain("Stored");
            html.ShouldContain("Address checked");
            html.ShouldContain("meeting.updated, ");
            html.ShouldNotContain(WebhookWorld.Secret);
        }
    }
}
