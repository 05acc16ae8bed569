using System.Net;
using NodaTime;
using Parley.Server.Observed;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Observed;

/// <summary>What was last observed, in the lists and on the calendars.</summary>
public sealed class ObservedListTests
{
    [Theory, DatabaseMatrix]
    public async Task A_listing_shows_meetings_made_elsewhere_beside_ours_each_once(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var ours = await server.CreateAsync();
        var theirs = await server.MadeElsewhereAsync("Demo by hand");
        (await server.AllAsync("?q=by+hand")).ShouldBeEmpty();
        await server.ListAsync();
        var listedAt = server.Clock.GetCurrentInstant();

        var items = await server.AllAsync("?from=2026-12-01T00:00:00Z&q=demo");
        items.Count.ShouldBe(2);
        items[0]!["arrangementId"]!.GetValue<string>().ShouldBe(ours);
        var foreign = items[1]!;
        foreign["id"]!.GetValue<string>().ShouldBe(theirs);
        foreign["source"]!.GetValue<string>().ShouldBe("provider");
        foreign["arrangementId"].ShouldBeNull();
        foreign["status"]!.GetValue<string>().ShouldBe("scheduled");
        foreign["observedAt"]!.GetValue<string>().ShouldBe(listedAt.ToString());
        items[0]!["observedAt"]!.GetValue<string>().ShouldBe(listedAt.ToString());
        (await server.AllAsync("?q=by+HAND")).Count.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task A_page_of_the_list_holds_both_kinds_in_order_and_the_cursor_walks_both(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        for (var hour = 8; hour < 14; hour++)
        {
            var start = $"2026-12-10T{hour:00}:00:00Z";
            if (hour % 2 == 0)
            {
                await server.CreateAsync(ConnectedServer.Wish($"Number {hour:00}", start));
            }
            else
            {
                await server.MadeElsewhereAsync($"Number {hour:00}", start, $"2026-12-10T{hour:00}:30:00Z");
            }
        }

        await server.ListAsync();
        string[] expected = ["Number 08", "Number 09", "Number 10", "Number 11", "Number 12", "Number 13"];
        foreach (var sort in (string[])["startsAt", "-startsAt"])
        {
            var walked = new List<string>();
            var cursor = "";
            do
            {
                var (_, body) = await server.SendAsync(
                    HttpMethod.Get,
                    $"/api/v1/meetings?limit=2&q=number&sort={sort}&cursor={cursor}"
                );
                walked.AddRange(body["items"]!.AsArray().Select(item => item!["subject"]!.GetValue<string>()));
                cursor = body["nextCursor"]?.GetValue<string>() ?? "";
            } while (cursor.Length > 0);

            walked.ShouldBe(sort == "startsAt" ? expected : expected.Reverse());
        }
    }

    [Theory, DatabaseMatrix]
    public async Task Who_is_in_a_room_is_told_while_the_listing_is_fresh(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.CreateAsync(ConnectedServer.Wish("Ours", "2026-12-02T09:00:00Z"));
        await server.MadeElsewhereAsync("Theirs", "2026-12-02T10:00:00Z", "2026-12-02T11:00:00Z");
        await server.ListAsync();
        (await server.AllAsync("?status=inProgress")).ShouldBeEmpty();
        await server.ExecuteAsync(
            "UPDATE observed_meeting SET in_progress = 1 WHERE subject LIKE '%urs%' OR subject LIKE '%eirs%'"
        );

        (await server.AllAsync("?status=inProgress"))
            .Select(item => item!["status"]!.GetValue<string>())
            .ShouldBe(["inProgress", "inProgress"]);
        await server.AdvanceAsync(Duration.FromHours(1));
        (await server.AllAsync("?status=inProgress")).ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task A_listing_that_fails_changes_nothing(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.MadeElsewhereAsync("Made by hand");
        await server.ListAsync();
        var listedAt = await server.ListedAtAsync();
        (await server.AllAsync("?q=made")).Count.ShouldBe(1);
        await server.FaultAsync("meetings.upcoming", "failBefore", new { times = 0 });
        await server.AdvanceAsync(Duration.FromMinutes(1));

        (await server.SendAsync(HttpMethod.Get, server.Meetings)).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);

        (await server.AllAsync("?q=made")).Count.ShouldBe(1);
        (await server.ListedAtAsync()).ShouldBe(listedAt);
    }

    [Theory, DatabaseMatrix]
    public async Task The_dashboard_shows_them_with_what_can_be_done_there(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.CreateAsync();
        await server.MadeElsewhereAsync("Made &lt;b&gt;by hand&lt;/b&gt;");
        await server.ListAsync();
        using var owner = new FormBrowser(server.Parley);
        await owner.SignInAsync();

        var html = await owner.ReadAsync("/dashboard");

        html.ShouldContain("Made &lt;b&gt;by hand&lt;/b&gt;");
        html.ShouldContain("Made at GoTo Meeting, seen 08:00");
        html.Split("/cancel?back=").Length.ShouldBe(2, "only ours can be cancelled");
        html.Split("/delete?back=").Length.ShouldBe(2, "one made elsewhere is deleted there");
        html.Split("/start").Length.ShouldBe(3);
    }

    [Theory, DatabaseMatrix]
    public async Task The_time_of_a_meeting_made_elsewhere_cannot_be_booked_until_it_is_gone(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.AddPageAsync("intro");
        var id = await server.MadeElsewhereAsync("Dentist", "2026-12-10T12:00:00Z", "2026-12-10T13:00:00Z");
        await server.MadeElsewhereAsync("My room", "2026-12-10T14:00:00Z", "2026-12-10T15:00:00Z", "recurring");
        await server.ListAsync();

        var (taken, problem) = await server.BookAsync("intro", "2026-12-10T12:30:00Z");
        taken.ShouldBe(HttpStatusCode.Conflict);
        problem["code"]!.GetValue<string>().ShouldBe("slot_taken");
        var (_, slots) = await server.SendAsync(
            HttpMethod.Get,
            "/api/v1/public/pages/intro/slots?from=2026-12-10T11:30:00Z&to=2026-12-10T14:30:00Z&timeZone=UTC"
        );
        slots["slots"]!
            .AsArray()
            .Select(slot => slot!["startsAt"]!.GetValue<string>())
            .ShouldBe(["2026-12-10T11:30:00Z", "2026-12-10T13:00:00Z", "2026-12-10T13:30:00Z", "2026-12-10T14:00:00Z"]);
        // A room that stands open blocks nothing.
        (await server.BookAsync("intro", "2026-12-10T14:00:00Z")).Status.ShouldBe(HttpStatusCode.Created);
        await server.RemovedElsewhereAsync(id);
        await server.ListAsync();

        (await server.BookAsync("intro", "2026-12-10T12:30:00Z")).Status.ShouldBe(HttpStatusCode.Created);
    }

    [Theory, DatabaseMatrix]
    public async Task What_is_removed_through_us_is_free_at_once(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.AddPageAsync("intro");
        var id = await server.MadeElsewhereAsync("Dentist");
        await server.ListAsync();
        (await server.BookAsync("intro", "2026-12-10T12:00:00Z")).Status.ShouldBe(HttpStatusCode.Conflict);

        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NoContent);

        (await server.BookAsync("intro", "2026-12-10T12:00:00Z")).Status.ShouldBe(HttpStatusCode.Created);
        (await server.AllAsync("?q=dentist")).ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task A_booking_of_ours_that_was_observed_is_not_in_its_own_way(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.AddPageAsync("intro");
        var (_, booking) = await server.BookAsync("intro", "2026-12-10T12:00:00Z");
        await TestServer.EventuallyAsync(async () => await server.OpenAsync() == 0, "the meeting is made");
        await server.ListAsync();
        (await server.Parley.CountAsync("observed_meeting")).ShouldBeGreaterThan(0);

        var (status, body) = await server.SendAsync(
            HttpMethod.Post,
            $"/api/v1/bookings/{booking["id"]!.GetValue<string>()}/reschedule",
            new { startsAt = "2026-12-10T12:30:00Z" }
        );
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        (await server.BookAsync("intro", "2026-12-10T12:00:00Z")).Status.ShouldBe(HttpStatusCode.Created);
    }

    [Theory, DatabaseMatrix]
    public async Task An_overlap_with_a_booking_does_not_hold_up_a_listing(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.AddPageAsync("intro");
        (await server.BookAsync("intro", "2026-12-10T12:00:00Z")).Status.ShouldBe(HttpStatusCode.Created);
        await server.MadeElsewhereAsync("Over it");
        await server.ListAsync();

        (await server.AllAsync("?q=over+it")).Count.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task An_older_listing_never_replaces_a_newer_one(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.MadeElsewhereAsync("Made by hand");
        await server.ListAsync();
        var listedAt = (await server.ListedAtAsync())!.Value;

        var replaced = await server.Parley.Db.WriteAsync(session =>
            ObservedMeetings.ReplaceAsync(
                session,
                server.WorkspaceId,
                server.ConnectionId,
                listedAt - Duration.FromSeconds(1),
                listedAt,
                []
            )
        );

        replaced.ShouldBeNull();
        (await server.AllAsync("?q=made")).Count.ShouldBe(1);
    }
}
