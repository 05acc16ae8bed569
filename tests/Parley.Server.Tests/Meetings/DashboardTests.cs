using System.Net;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

public sealed class DashboardTests
{
    [Theory, DatabaseMatrix]
    public async Task Nobody_sees_it_without_signing_in(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        (await world.Owner.GetAsync("/dashboard")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var stranger = await world.Parley.Client.GetAsync("/dashboard");
        stranger.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        stranger.Headers.Location!.ToString().ShouldStartWith("/sign-in");
    }

    [Theory, DatabaseMatrix]
    public async Task Upcoming_meetings_stand_in_order_with_time_organizer_source_status_and_door(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var connection = await world.SeedConnectionAsync();
        await world.SeedMeetingAsync(connection, "Later one", Duration.FromHours(5));
        await world.SeedMeetingAsync(connection, "Sooner one", Duration.FromHours(2), meetingId: null);
        await world.SeedMeetingAsync(connection, "Over since an hour", -Duration.FromHours(1));
        var html = WebUtility.HtmlDecode(await world.Owner.ReadAsync("/dashboard"));

        html.IndexOf("Sooner one", StringComparison.Ordinal).ShouldBePositive();
        html.IndexOf("Later one", StringComparison.Ordinal)
            .ShouldBeGreaterThan(html.IndexOf("Sooner one", StringComparison.Ordinal));
        html.ShouldNotContain("Over since an hour");
        html.ShouldContain("Tue 1 Dec,</span> <span class=\"nowrap\">10:00–10:30</span>");
        html.ShouldContain("Today");
        html.ShouldContain("Times in UTC");
        html.ShouldContain("Olivia Organizer");
        html.ShouldContain("GoTo Meeting");
        html.ShouldContain("Made by API");
        html.ShouldContain("Being set up");
        html.ShouldContain("Scheduled");
        html.ShouldContain("http://127.0.0.1:5080/j/");
        html.ShouldContain("data-board=\"/dashboard/live?\"");
        html.ShouldContain("data-moving=\"1\"");
    }

    [Theory, DatabaseMatrix]
    public async Task A_hostile_subject_is_text(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var connection = await world.SeedConnectionAsync(name: "<b>Olivia</b>");
        var id = await world.SeedMeetingAsync(connection, "\"><script>alert(1)</script>", attention: "expired");
        foreach (var path in (string[])["/dashboard", $"/meetings/{id}", $"/meetings/{id}/cancel", "/dashboard/live"])
        {
            var html = await world.Owner.ReadAsync(path);
            html.ShouldContain("&lt;script&gt;alert(1)", customMessage: path);
            html.ShouldNotContain("<script>alert(1)", customMessage: path);
            html.ShouldNotContain("<b>Olivia", customMessage: path);
        }
    }

    [Theory, DatabaseMatrix]
    public async Task Members_see_what_they_host_and_admins_see_all(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var (mia, miaId) = await world.AddMemberAsync(Role.Member);
        var (admin, _) = await world.AddMemberAsync(Role.Admin);
        var owners = await world.SeedConnectionAsync();
        var hers = await world.SeedConnectionAsync(miaId, name: "Mia");
        var secret = await world.SeedMeetingAsync(owners, "Of the owner");
        await world.SeedMeetingAsync(hers, "With her account", meetingId: "1");
        await world.SeedMeetingAsync(owners, "Hosted by her", meetingId: "2", memberId: miaId);

        var seen = WebUtility.HtmlDecode(await mia.ReadAsync("/dashboard"));
        seen.ShouldContain("With her account");
        seen.ShouldContain("Hosted by her");
        seen.ShouldContain("Times in America/New_York");
        seen.ShouldContain("Tue 1 Dec,</span> <span class=\"nowrap\">06:00–06:30</span>");
        seen.ShouldNotContain("Of the owner");
        (await admin.ReadAsync("/dashboard")).ShouldContain("Of the owner");
        (await admin.GetAsync($"/meetings/{secret}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var path in (string[])["", "/live", "/cancel"])
        {
            (await mia.GetAsync($"/meetings/{secret}{path}")).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        mia.Dispose();
        admin.Dispose();
    }

    [Theory, DatabaseMatrix]
    public async Task Problems_stand_on_top_with_cause_and_cure(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        (await world.Owner.ReadAsync("/dashboard")).ShouldNotContain("class=\"troubles\"");
        var broken = await world.SeedConnectionAsync(
            status: ConnectionStatus.NeedsReconnect,
            problem: "The consent was withdrawn."
        );
        await world.SeedMeetingAsync(broken, "Waiting for it", meetingId: null);
        var odd = await world.SeedMeetingAsync(broken, "Odd link", attention: "untrusted_join_link");
        var html = await world.Owner.ReadAsync("/dashboard");

        html.ShouldContain("2 things need you");
        html.ShouldContain("The consent was withdrawn.");
        html.ShouldContain("1 meeting waits for it.");
        html.ShouldContain($"/connections#{broken}");
        html.ShouldContain("the link is withheld");
        html.ShouldContain("On hold");
        html.ShouldContain($"/meetings/{odd}");
        html.IndexOf("2 things need you", StringComparison.Ordinal)
            .ShouldBeLessThan(html.IndexOf("Upcoming meetings", StringComparison.Ordinal));
    }

    [Theory, DatabaseMatrix]
    public async Task What_the_mail_server_said_is_shown_to_administrators_only(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var (member, _) = await world.AddMemberAsync("member");
        var (admin, _) = await world.AddMemberAsync("admin");
        using var memberBrowser = member;
        using var adminBrowser = admin;
        await world.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO effect (workspace_id, id, kind, operation, effect_key, lane, version, state, not_before, outcome_code, outcome_detail, created_at, updated_at)
                VALUES (@WorkspaceId, 'eff_mail', 'mail', 'send', 'mail/1', 'mail', 1, 'PLANNED', 9000000000000000, 'mail_try_later', '450 mailbox of alice@customer.example is busy', 0, 0)
                """,
                new { world.WorkspaceId }
            )
        );

        foreach (var administrator in (FormBrowser[])[world.Owner, admin])
        {
            (await administrator.ReadAsync("/dashboard")).ShouldContain(
                "450 mailbox of alice@customer.example is busy"
            );
        }

        var html = await member.ReadAsync("/dashboard");
        html.ShouldContain("1 mail waits");
        html.ShouldContain("The mail server asks to try later.");
        html.ShouldNotContain("alice@customer.example");
    }

    [Theory, DatabaseMatrix]
    public async Task An_empty_list_says_how_to_fill_it(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        (await world.Owner.ReadAsync("/dashboard")).ShouldContain("Connect an account");
        await world.SeedConnectionAsync();
        var html = await world.Owner.ReadAsync("/dashboard");
        html.ShouldContain("Create a booking page");
        html.ShouldContain("/meetings/new");
        (await world.Owner.ReadAsync("/dashboard?q=nothing")).ShouldContain("No meeting matches");
    }

    [Theory, DatabaseMatrix]
    public async Task Filters_stand_in_the_address_and_pages_follow_by_cursor(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var connection = await world.SeedConnectionAsync();
        for (var number = 0; number < 26; number++)
        {
            await world.SeedMeetingAsync(
                connection,
                $"Review no. {number:00}",
                Duration.FromHours(number + 1),
                meetingId: $"9{number}"
            );
        }

        await world.SeedMeetingAsync(connection, "100%_sure", Duration.FromHours(1), meetingId: null);
        var found = await world.Owner.ReadAsync("/dashboard?q=%25_S");
        found.ShouldContain("100%_sure");
        found.ShouldNotContain("Review no.");
        found.ShouldContain("value=\"%_S\"");
        var waiting = await world.Owner.ReadAsync("/dashboard?status=provisioning");
        waiting.ShouldContain("100%_sure");
        waiting.ShouldNotContain("Review no.");

        var first = await world.Owner.ReadAsync("/dashboard?q=REVIEW");
        first.ShouldContain("Review no. 24");
        first.ShouldNotContain("Review no. 25");
        var end = first.IndexOf("\" rel=\"next\"", StringComparison.Ordinal);
        var next = first[(first.LastIndexOf('"', end - 1) + 1)..end];
        next.ShouldContain("q=REVIEW");
        var second = await world.Owner.ReadAsync(WebUtility.HtmlDecode(next));
        second.ShouldContain("Review no. 25");
        second.ShouldNotContain("Review no. 24");
        (await world.Owner.ReadAsync("/dashboard?cursor=broken!&status=odd&connection=con_x")).ShouldContain(
            "Review no. 00"
        );
    }
}
