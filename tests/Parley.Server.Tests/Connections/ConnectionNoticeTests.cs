using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Connections;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

/// <summary>What people hear of a connection that ends or breaks: once each, whatever the clock, the nodes and the calls do.</summary>
public sealed class ConnectionNoticeTests
{
    [Theory, DatabaseMatrix]
    public async Task The_coming_end_is_told_at_30_14_7_and_1_days_and_the_end_itself_once_each(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        var end = FakeClock.Start + Duration.FromDays(365);
        var expected = 0;
        foreach (
            var (daysLeft, tells) in new[]
            {
                (31, 0),
                (30, 1),
                (29, 0),
                (14, 1),
                (13, 0),
                (7, 1),
                (1, 1),
                (0, 1),
                (-5, 0),
            }
        )
        {
            world.Parley.Clock.Set(end - Duration.FromDays(daysLeft));
            await world.CareAsync();
            await world.CareAsync();
            await world.MailedAsync();
            expected += tells;
            world.Postbox.Sent.Count.ShouldBe(expected, $"{daysLeft} days before the end");
        }

        world.Postbox.Sent.ShouldAllBe(mail => mail.To.Email == TestServer.OwnerEmail);
        world.Postbox.Sent[0].Subject.ShouldBe("Your GoTo Meeting connection ends on 1 December 2027");
        world.Postbox.Sent[0].Text.ShouldContain("Olivia Organizer (olivia@example.org)");
        world.Postbox.Sent[0].Text.ShouldContain($"http://127.0.0.1:5080/connections#{id}");
        world
            .Postbox.Sent[4]
            .Subject.ShouldBe("Your GoTo Meeting connection should have been refreshed by 1 December 2027");
        (await world.EventsAsync(id)).ShouldBe([
            "connected/ok",
            "expiring/ok",
            "expiring/ok",
            "expiring/ok",
            "expiring/ok",
            "expiring/ok",
        ]);
        var log = (await world.Api.GetFromJsonAsync<JsonElement>($"/api/v1/connections/{id}/log"))
            .GetProperty("items")
            .EnumerateArray()
            .Where(item => item.GetProperty("operation").GetString() == ConnectionEvents.Expiring)
            .Select(item => item.GetProperty("detail").GetString()!);
        foreach (var (line, days) in log.Reverse().Zip([30, 14, 7, 1, 0]))
        {
            line.ShouldContain($"({days} days left");
        }

        (await world.Api.GetFromJsonAsync<JsonElement>($"/api/v1/connections/{id}/log?outcome=failed"))
            .GetProperty("items")
            .EnumerateArray()
            .ShouldBeEmpty("a notice is no failure");
    }

    [Theory, DatabaseMatrix]
    public async Task Two_purposes_of_one_consent_are_written_about_once(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var organizer = await world.ConnectAsync();
        var account = await world.ConnectAsync("account");
        for (var flicker = 0; flicker < 3; flicker++)
        {
            world.GoTo.OnCall = _ => FakeProvider.TokenRefused;
            (await world.CallAsync(organizer)).Failure!.Kind.ShouldBe(FailureKind.GrantDead);
            await world.MailedAsync();
            world.GoTo.OnCall = _ => null;
            (await world.CallAsync(organizer)).Succeeded.ShouldBeTrue();
            (await world.CallAsync(account)).Succeeded.ShouldBeTrue();
        }

        world.Postbox.Sent.Count.ShouldBe(1);

        await world.Parley.AdvanceAsync(Duration.FromDays(340));
        await world.CareAsync();
        await world.CareAsync();
        await world.MailedAsync();
        world.Postbox.Sent.Count.ShouldBe(2);
        (await world.EventsAsync(organizer)).ShouldContain("expiring/ok");
        (await world.EventsAsync(account)).ShouldContain("expiring/ok");
    }

    [Theory, DatabaseMatrix]
    public async Task A_leap_over_several_notices_tells_the_most_urgent_and_a_new_consent_begins_anew(
        DatabaseKind database
    )
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        await world.Parley.AdvanceAsync(Duration.FromDays(360));
        await world.CareAsync();
        await world.MailedAsync();
        world.Postbox.Sent.ShouldHaveSingleItem();
        (await world.EventsAsync(id)).ShouldBe(["connected/ok", "expiring/ok"]);

        // Back and forth again: what was told stays told.
        await world.Parley.AdvanceAsync(Duration.FromDays(-20));
        await world.CareAsync();
        await world.Parley.AdvanceAsync(Duration.FromDays(20));
        await world.CareAsync();
        await world.MailedAsync();
        world.Postbox.Sent.ShouldHaveSingleItem();

        await world.ReconnectAsync(id);
        await world.Parley.AdvanceAsync(Duration.FromDays(300));
        await world.CareAsync();
        await world.MailedAsync();
        world.Postbox.Sent.ShouldHaveSingleItem("the new consent lasts another year");
        await world.Parley.AdvanceAsync(Duration.FromDays(40));
        await world.CareAsync();
        await world.MailedAsync();
        world.Postbox.Sent.Count.ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task Two_rounds_at_once_tell_once(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        await using var other =
            database == DatabaseKind.Postgres ? await ConnectWorld.StartAsync(database, besides: world) : null;
        for (var account = 0; account < 8; account++)
        {
            world.GoTo.Account = world.GoTo.Account with
            {
                OrganizerKey = $"{account}",
                Email = $"o{account}@example.org",
            };
            await world.ConnectAsync();
        }

        await world.Parley.AdvanceAsync(Duration.FromDays(340));

        await Task.WhenAll(
            Enumerable.Range(0, 6).Select(round => (round % 2 == 0 ? other ?? world : world).CareAsync())
        );
        await world.MailedAsync();

        world.Postbox.Sent.Count.ShouldBe(8);
        // Meanwhile every token was idle for long: each was used once, too.
        world.GoTo.Refreshes.ShouldBe(8);
    }

    [Theory, DatabaseMatrix]
    public async Task A_mail_that_waited_until_the_connection_was_refreshed_does_not_leave(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        world.Postbox.Answer(Server.Mail.MailOutcomeKind.NotSent);
        await world.Parley.AdvanceAsync(Duration.FromDays(340));
        await world.CareAsync();
        await TestServer.EventuallyAsync(() => Task.FromResult(world.Postbox.Tried.Count > 0), "it was tried");
        await world.ReconnectAsync(id);
        world.Postbox.Answer(null);
        await world.Parley.AdvanceAsync(Duration.FromHours(1));
        await world.MailedAsync();

        world.Postbox.Sent.ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task Without_the_member_who_connected_it_owners_and_administrators_hear_of_it(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        await world.ConnectAsync();
        await world.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO member (workspace_id, id, email, email_normalized, name, role, time_zone, security_stamp, deactivated_at, created_at)
                SELECT workspace_id, 'mem_' || role_name, role_name || '@example.org', role_name, role_name, role_name, 'UTC', '', gone, 0
                FROM (SELECT workspace_id FROM member) m, (SELECT 'admin' AS role_name, CAST(NULL AS BIGINT) AS gone UNION ALL SELECT 'member', NULL) r /* all workspaces: tests */
                """
            )
        );
        await world.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync("UPDATE connection SET member_id = 'mem_left' /* all workspaces: tests */")
        );
        await world.Parley.AdvanceAsync(Duration.FromDays(340));
        await world.CareAsync();
        await world.MailedAsync();

        world.Postbox.Sent.Select(mail => mail.To.Email).Order().ShouldBe(["admin@example.org", TestServer.OwnerEmail]);
    }

    [Theory, DatabaseMatrix]
    public async Task Past_its_lifetime_a_connection_says_so_and_works_while_the_provider_lets_it(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(
            database,
            settings: new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Connections:Lifetime"] = "40.00:00:00",
            }
        );
        var id = await world.ConnectAsync();
        (await world.StatusAsync(id)).ShouldBe("connected");
        await world.Parley.AdvanceAsync(Duration.FromDays(11));
        (await world.StatusAsync(id)).ShouldBe("expiring");
        await world.Parley.AdvanceAsync(Duration.FromDays(30));

        var over = await world.GetAsync(id);
        over.GetProperty("status").GetString().ShouldBe("needsReconnect");
        over.GetProperty("problem").GetProperty("code").GetString().ShouldBe("connection_lifetime_over");
        over.GetProperty("capabilities").GetProperty("create").GetProperty("available").GetBoolean().ShouldBeTrue();
        (await world.CallAsync(id)).Succeeded.ShouldBeTrue("nothing is killed needlessly");
        (await world.StatusAsync(id)).ShouldBe("needsReconnect", "a call that works does not renew the consent");

        // The banner on the dashboard and on the connection's page, one press from the provider.
        using var browser = new FormBrowser(world.Parley);
        await browser.SignInAsync();
        var dashboard = await browser.ReadAsync("/dashboard");
        dashboard.ShouldContain("should be refreshed now");
        dashboard.ShouldContain($"action=\"/connections/{id}/reconnect\"");
        (await browser.ReadAsync("/connections")).ShouldContain("meetings go on, but it may end at any moment");
        var pressed = await browser.SubmitAsync("/dashboard", $"/connections/{id}/reconnect");
        pressed.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        pressed.Headers.Location!.Host.ShouldBe("gotomeeting.example");

        await world.ReconnectAsync(id);
        (await world.StatusAsync(id)).ShouldBe("connected");
        (await browser.ReadAsync("/dashboard")).ShouldNotContain("/reconnect");
    }

    [Theory, DatabaseMatrix]
    public async Task A_broken_connection_is_told_once_and_again_only_after_it_was_healed(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        await world.Parley.AdvanceAsync(Duration.FromMinutes(56));
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(FakeProvider.InvalidGrant);

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => world.CallAsync(id)));
        (await world.CallAsync(id)).Failure!.Kind.ShouldBe(FailureKind.GrantDead);
        await world.MailedAsync();

        var mail = world.Postbox.Sent.ShouldHaveSingleItem();
        mail.To.Email.ShouldBe(TestServer.OwnerEmail);
        mail.Subject.ShouldBe("Your GoTo Meeting connection has stopped working");
        mail.Text.ShouldContain("olivia@example.org");
        mail.Text.ShouldContain($"/connections#{id}");
        (await world.EventsAsync(id)).ShouldBe(["connected/ok", "broken/invalid_grant"]);

        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(null);
        await world.Parley.AdvanceAsync(Duration.FromMinutes(1));
        await world.ReconnectAsync(id);
        (await world.CallAsync(id)).Succeeded.ShouldBeTrue();
        await world.Parley.AdvanceAsync(Duration.FromMinutes(56));
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(FakeProvider.InvalidGrant);
        await world.CallAsync(id);
        await world.MailedAsync();

        world.Postbox.Sent.Count.ShouldBe(2);
        (await world.EventsAsync(id)).ShouldBe([
            "connected/ok",
            "broken/invalid_grant",
            "restored/ok",
            "broken/invalid_grant",
        ]);
    }

    [Theory, DatabaseMatrix]
    public async Task A_connection_that_flickers_is_written_about_once_an_hour_at_most(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        for (var flicker = 0; flicker < 5; flicker++)
        {
            world.GoTo.OnCall = _ => FakeProvider.TokenRefused;
            (await world.CallAsync(id)).Failure!.Kind.ShouldBe(FailureKind.GrantDead);
            world.GoTo.OnCall = _ => null;
            await world.MailedAsync();
            (await world.CallAsync(id)).Succeeded.ShouldBeTrue();
        }

        world.Postbox.Sent.Count.ShouldBe(1);
        (await world.EventsAsync(id)).Count(line => line.StartsWith("broken", StringComparison.Ordinal)).ShouldBe(5);
    }

    [Theory, DatabaseMatrix]
    public async Task An_idle_refresh_token_is_used_once_in_time_and_a_busy_one_is_left_alone(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        await world.Parley.AdvanceAsync(Duration.FromDays(17));
        await world.CareAsync();
        world.GoTo.Refreshes.ShouldBe(0);

        await world.Parley.AdvanceAsync(Duration.FromDays(3));
        await world.CareAsync();
        await world.CareAsync();
        world.GoTo.Refreshes.ShouldBe(1);

        // A year without any call: never longer than twenty days idle, never used needlessly.
        for (var day = 0; day < 300; day++)
        {
            await world.Parley.AdvanceAsync(Duration.FromDays(1));
            await world.CareAsync();
        }

        world.GoTo.Refreshes.ShouldBeInRange(15, 18);
        (await world.StatusAsync(id)).ShouldBe("connected");

        // Revoked while nobody looked: found out here, before a customer does.
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(FakeProvider.InvalidGrant);
        await world.Parley.AdvanceAsync(Duration.FromDays(20));
        await world.CareAsync();
        (await world.StatusAsync(id)).ShouldBe("needsReconnect");
        var refreshes = world.GoTo.Refreshes;
        await world.Parley.AdvanceAsync(Duration.FromDays(20));
        await world.CareAsync();
        world.GoTo.Refreshes.ShouldBe(refreshes);
    }

    [Theory, DatabaseMatrix]
    public async Task A_renewal_nobody_answered_is_tried_again_an_hour_later(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, rotates: false);
        var id = await world.ConnectAsync();
        await world.Parley.AdvanceAsync(Duration.FromDays(20));
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(FakeProvider.Lost);
        await world.CareAsync();
        await world.CareAsync();
        world.GoTo.Refreshes.ShouldBe(1);
        world.GoTo.OnRefresh = _ => Task.FromResult<ProviderResult<TokenReply>?>(null);
        await world.Parley.AdvanceAsync(Duration.FromHours(1));
        await world.CareAsync();
        world.GoTo.Refreshes.ShouldBe(2);
        (await world.StatusAsync(id)).ShouldBe("connected");
    }
}
