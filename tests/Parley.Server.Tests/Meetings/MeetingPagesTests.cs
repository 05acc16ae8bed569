using System.Net;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Tests.Connections;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

public sealed class MeetingPagesTests
{
    private static readonly (string, string)[] Filled =
    [
        ("subject", "Quarterly <review>"),
        ("date", "2026-12-03"),
        ("time", "14:30"),
        ("durationMinutes", "45"),
        ("timeZone", "Europe/Berlin"),
        ("attendees", "Ada Example <ada@example.org>\nbob@example.org"),
        ("notify", "true"),
    ];

    [Theory, DatabaseMatrix]
    public async Task A_meeting_is_scheduled_looked_at_started_and_cancelled(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var connection = await world.ConnectAsync();
        var made = await world.Owner.SubmitAsync(
            "/meetings/new",
            "/meetings/new",
            [.. Filled, ("connectionId", connection)]
        );
        made.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await made.Content.ReadAsStringAsync());
        var path = made.Headers.Location!.ToString();
        (await world.Owner.ReadAsync(path)).ShouldContain("Quarterly &lt;review&gt;” is scheduled:");
        path = path.Split('?')[0];
        var sent = world.Provider.Meetings.ShouldHaveSingleItem();
        sent.Value.StartsAt.ShouldBe(NodaTime.Instant.FromUtc(2026, 12, 3, 13, 30));
        (sent.Value.EndsAt - sent.Value.StartsAt).TotalMinutes.ShouldBe(45);

        var html = await world.Owner.ReadAsync(path);
        html.ShouldContain($"https://meet.gotomeeting.example/{sent.Key}");
        html.ShouldContain("/j/");
        html.ShouldContain("Ada Example");
        html.ShouldContain("bob@example.org");
        html.ShouldContain("GoTo Meeting created the meeting");
        html.ShouldContain("Scheduled here");

        var page = await world.Owner.GetAsync(path);
        page.Headers.GetValues("Content-Security-Policy")
            .Single()
            .ShouldContain("form-action 'self' https://host.gotomeeting.example");
        var started = await world.Owner.SubmitAsync(path, path + "/start");
        started.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        started.Headers.Location!.ToString().ShouldBe(DashboardWorld.HostUrl);
        started.Headers.CacheControl!.NoStore.ShouldBeTrue();
        started.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        world.Parley.Log.Lines.ShouldNotContain(line => line.Contains("canary-host", StringComparison.Ordinal));

        (await world.Owner.ReadAsync(path + "/cancel")).ShouldContain("2 people are told by mail.");
        world.Provider.Meetings.Count.ShouldBe(1);
        var cancelled = await world.Owner.SubmitAsync(path + "/cancel", path + "/cancel");
        cancelled.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        cancelled.Headers.Location!.ToString().ShouldBe("/dashboard");
        world.Provider.Meetings.ShouldBeEmpty();
        (await world.Owner.ReadAsync("/dashboard")).ShouldContain("is cancelled, and gone at GoTo Meeting.");
        (await world.Owner.ReadAsync("/dashboard")).ShouldNotContain("Quarterly");
        var story = await world.Owner.ReadAsync(path);
        story.ShouldContain("The meeting is gone at GoTo Meeting");
        story.ShouldNotContain($"{path}/start");
        story.ShouldNotContain($"{path}/cancel");
    }

    [Theory, DatabaseMatrix]
    public async Task Mistakes_come_back_at_their_fields_and_nothing_is_made(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        await world.ConnectAsync();
        var answer = await world.Owner.SubmitAsync(
            "/meetings/new",
            "/meetings/new",
            ("subject", ""),
            ("date", "2020-01-01"),
            ("time", "14:30"),
            ("durationMinutes", "0"),
            ("timeZone", "Europe/Berlin"),
            ("attendees", "not an address"),
            ("connectionId", "con_other")
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var html = await answer.Content.ReadAsStringAsync();
        foreach (var field in (string[])["subject", "date", "durationMinutes", "attendees", "connectionId"])
        {
            html.ShouldContain($"id=\"f-{field}-error\"", customMessage: field);
        }

        html.ShouldContain("value=\"2020-01-01\"");
        html.ShouldContain("not an address</textarea>");
        world.Provider.Meetings.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_time_the_clocks_leap_over_is_refused()
    {
        await using var world = await DashboardWorld.StartAsync(DatabaseKind.Sqlite);
        var connection = await world.ConnectAsync();
        var answer = await world.Owner.SubmitAsync(
            "/meetings/new",
            "/meetings/new",
            ("subject", "Early"),
            ("date", "2027-03-28"),
            ("time", "02:30"),
            ("durationMinutes", "30"),
            ("timeZone", "Europe/Berlin"),
            ("attendees", ""),
            ("connectionId", connection)
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("the clocks go forward");
    }

    [Theory, DatabaseMatrix]
    public async Task What_the_provider_refuses_is_said_on_the_form(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var connection = await world.ConnectAsync();
        world.Provider.OnCreate = FakeProvider.Failure(
            FailureKind.Rejected,
            FailureCodes.OrganizerNotLicensed,
            "The account has no licence."
        );
        var answer = await world.Owner.SubmitAsync(
            "/meetings/new",
            "/meetings/new",
            [.. Filled, ("connectionId", connection)]
        );
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var html = await answer.Content.ReadAsStringAsync();
        html.ShouldContain("The account has no licence.");
        html.ShouldContain("value=\"Quarterly &lt;review&gt;\"");
    }

    [Theory, DatabaseMatrix]
    public async Task Start_and_cancel_demand_the_form_token(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var connection = await world.ConnectAsync();
        var id = await world.SeedMeetingAsync(connection, "Guarded");
        foreach (var deed in (string[])["start", "cancel"])
        {
            var reply = await world.Owner.Http.PostAsync($"/meetings/{id}/{deed}", new FormUrlEncodedContent([]));
            reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest, deed);
        }

        (await world.Owner.ReadAsync("/dashboard")).ShouldContain("Guarded");
        (await world.Owner.SubmitAsync("/dashboard", $"/meetings/{id}/start"))
            .Headers.Location!.ToString()
            .ShouldBe(DashboardWorld.HostUrl);
    }

    [Theory, DatabaseMatrix]
    public async Task Only_the_account_s_owner_and_administrators_start(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var connection = await world.ConnectAsync();
        var (mia, miaId) = await world.AddMemberAsync(Role.Member);
        using var browser = mia;
        var id = await world.SeedMeetingAsync(connection, "Hosted by Mia", memberId: miaId);

        var html = await browser.ReadAsync($"/meetings/{id}");
        html.ShouldContain("Hosted by Mia");
        html.ShouldNotContain($"/meetings/{id}/start");
        var refused = await browser.SubmitAsync($"/meetings/{id}/cancel", $"/meetings/{id}/start");
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await world.Owner.SubmitAsync("/dashboard", $"/meetings/{id}/start")).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );
    }

    [Theory, DatabaseMatrix]
    public async Task A_start_the_provider_refuses_says_why(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var connection = await world.ConnectAsync();
        var id = await world.SeedMeetingAsync(connection, "Not today");
        world.Provider.OnStart = FakeProvider.Failure(
            FailureKind.Rejected,
            FailureCodes.NotAllowed,
            "Only its host may."
        );
        var answer = await world.Owner.SubmitAsync("/dashboard", $"/meetings/{id}/start");
        answer.Headers.Location!.ToString().ShouldBe($"/meetings/{id}");
        (await world.Owner.ReadAsync($"/meetings/{id}")).ShouldContain("was not started. Only its host may.");
    }
}
