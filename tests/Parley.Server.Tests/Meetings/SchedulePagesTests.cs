using System.Net;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>"Schedule a meeting" and "Change a meeting" as forms over HTTP, with the twin behind.</summary>
public sealed class SchedulePagesTests
{
    [Theory, DatabaseMatrix]
    public async Task Everything_typed_reaches_the_provider_and_the_page_says_how_to_join(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        var form = await world.Owner.ReadAsync("/meetings/new");
        form.ShouldContain("Odile Organizer");
        form.ShouldNotContain("Ines Invited");
        form.ShouldNotContain("Desk Phone");

        var path = await world.ScheduledAsync(
            ("description", "Numbers\nand plans"),
            ("passcodeRequired", "true"),
            ("audio", "custom"),
            ("audioText", "Ring +49 30 1234"),
            ("coOrganizers", PagesWorld.Odile),
            ("coOrganizerEmails", "Oscar@Northwind.example"),
            ("attendees", "Ada Example <ada@example.org>\nbob@example.org")
        );
        var made = (await world.TruthAsync()).ShouldHaveSingleItem();
        made["startsAt"]!.GetValue<string>().ShouldBe("2026-12-10T13:30:00Z");
        made["endsAt"]!.GetValue<string>().ShouldBe("2026-12-10T14:15:00Z");
        made["passwordRequired"]!.GetValue<bool>().ShouldBeTrue();
        made["audio"]!.GetValue<string>().ShouldBe("Ring +49 30 1234");
        made["coOrganizerKeys"]!
            .AsArray()
            .Select(key => key!.GetValue<string>())
            .ShouldBe([PagesWorld.Odile, PagesWorld.Oscar], ignoreOrder: true);

        path.ShouldEndWith("?scheduled");
        var html = await world.Owner.ReadAsync(path);
        html.ShouldContain("is scheduled:");
        html.ShouldContain("aria-label=\"Join link to hand on\"");
        html.ShouldContain("Schedule another");
        html.ShouldContain("Odile Organizer, Oscar Organizer");
        html.ShouldContain("Ring &#x2B;49 30 1234");
        html.ShouldContain("My own text (custom)");
        html.ShouldContain("and plans");
        html.ShouldContain("Asked for; GoTo Meeting does not tell it.");
        (await world.Owner.ReadAsync(path.Replace("?scheduled", "", StringComparison.Ordinal))).ShouldNotContain(
            "is scheduled:"
        );
    }

    [Theory, DatabaseMatrix]
    public async Task Numbers_to_dial_and_the_access_code_are_shown(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        var html = await world.Owner.ReadAsync(await world.ScheduledAsync());
        html.ShouldContain("href=\"tel:");
        html.ShouldContain("with access code ");
        html.ShouldContain("<dt>Access code</dt>");
    }

    [Theory, DatabaseMatrix]
    public async Task Another_one_keeps_account_zone_length_and_audio(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        var path = await world.ScheduledAsync(("audio", "voip"), ("durationMinutes", "25"));
        var id = path.Split('/', '?')[2];
        var html = await world.Owner.ReadAsync($"/meetings/new?like={id}");
        html.ShouldContain("<option value=\"voip\" selected>");
        html.ShouldContain("<option value=\"Europe/Berlin\" selected>");
        html.ShouldContain("name=\"durationMinutes\" type=\"number\" value=\"25\"");
        html.ShouldNotContain("Quarterly");
        PagesWorld.Hidden(html, "connectionId").ShouldBe(world.Server.ConnectionId);
    }

    [Theory, DatabaseMatrix]
    public async Task A_form_sent_twice_makes_one_meeting(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        var key = PagesWorld.Hidden(await world.Owner.ReadAsync("/meetings/new"), "key");
        var replies = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.ScheduleAsync(("key", key))));
        var places = replies.Select(reply => reply.Headers.Location?.ToString()).ToList();
        places.Distinct().ShouldHaveSingleItem().ShouldNotBeNull();
        (await world.ScheduledAsync(("key", key))).ShouldBe(places[0]);
        (await world.TruthAsync()).Count.ShouldBe(1);

        // Another form is another meeting, though it says the same.
        var other = PagesWorld.Hidden(await world.Owner.ReadAsync("/meetings/new"), "key");
        (await world.ScheduledAsync(("key", other))).ShouldNotBe(places[0]);
        (await world.TruthAsync()).Count.ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task An_answer_that_is_late_is_said_and_the_page_looks_again(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(
            database,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Provisioning:AnswerWait"] = "00:00:00.2" }
        );
        await world.Server.FaultAsync("meetings.create", "delayBefore", new { delayMs = 600 });
        var path = await world.ScheduledAsync();
        var html = await world.Owner.ReadAsync(path);
        html.ShouldContain("is noted, and GoTo Meeting has not answered yet.");
        html.ShouldNotContain("is scheduled:");
        var id = path.Split('/', '?')[2];
        html.ShouldContain($"data-live=\"/meetings/{id}/live?scheduled\"");

        await TestServer.EventuallyAsync(
            async () =>
                (await world.Owner.ReadAsync($"/meetings/{id}/live?scheduled")).Contains(
                    "is scheduled:",
                    StringComparison.Ordinal
                ),
            "the page tells"
        );
        (await world.Owner.ReadAsync(path)).ShouldContain("data-live=\"\"");
    }

    [Theory]
    [InlineData("2027-03-28", "02:30", "f-time-error", "from 02:00 to 03:00")]
    [InlineData("2020-03-28", "10:00", "f-date-error", "lies in the past")]
    [InlineData("tomorrow", "10:00", "f-date-error", "must be a day such as")]
    [InlineData("2027-03-27", "25:00", "f-time-error", "must be a time such as")]
    public async Task A_time_that_cannot_be_is_said_at_its_field(string date, string time, string place, string says)
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite);
        var reply = await world.ScheduleAsync(("date", date), ("time", time), ("description", "kept"));
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var html = await reply.Content.ReadAsStringAsync();
        html.ShouldContain($"id=\"{place}\"");
        html.ShouldContain(says);
        html.ShouldContain(">kept</textarea>");
        html.ShouldContain("Quarterly &lt;review&gt;");
        (await world.TruthAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_a_time_that_comes_twice_the_page_says_which_was_taken()
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite);
        var path = await world.ScheduledAsync(("date", "2027-10-31"), ("time", "02:30"));
        (await world.TruthAsync())[0]["startsAt"]!.GetValue<string>().ShouldBe("2027-10-31T00:30:00Z");
        var html = await world.Owner.ReadAsync(path);
        html.ShouldContain("02:30 comes twice that night in Europe/Berlin");
        html.ShouldContain("The first was taken: UTC&#x2B;2:00");
        html.ShouldContain("give its time in UTC: 01:30");

        // Changing something else leaves the second of the two alone.
        var edit = $"/meetings/{path.Split('/', '?')[2]}/edit";
        await world.Owner.SubmitAsync(
            edit,
            edit,
            world.Filled(("version", "1"), ("timeZone", "UTC"), ("date", "2027-10-31"), ("time", "01:30"))
        );
        await world.Owner.SubmitAsync(
            edit,
            edit,
            world.Filled(("version", "2"), ("date", "2027-10-31"), ("time", "02:30"), ("subject", "Renamed"))
        );
        var now = (await world.TruthAsync()).ShouldHaveSingleItem();
        now["subject"]!.GetValue<string>().ShouldStartWith("Renamed");
        now["startsAt"]!.GetValue<string>().ShouldBe("2027-10-31T01:30:00Z");
    }

    [Theory]
    [InlineData("15:15", 45)]
    [InlineData("00:30", 600)]
    public async Task An_end_counts_instead_of_the_length(string end, int minutes)
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite);
        await world.ScheduledAsync(("durationMinutes", "5"), ("endTime", end));
        var made = (await world.Server.TruthAsync()).ShouldHaveSingleItem();
        (made.EndsAt - made.StartsAt).ShouldBe(Duration.FromMinutes(minutes));
    }

    [Fact]
    public async Task A_meeting_of_now_and_a_room_that_stays_take_no_time()
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite);
        var now = await world.ScheduledAsync(("type", "instant"), ("date", null), ("time", null), ("subject", "Now"));
        (await world.Owner.ReadAsync(now)).ShouldContain("Instant: it began when it was made");
        var room = await world.ScheduledAsync(
            ("type", "recurring"),
            ("durationMinutes", null),
            ("subject", "Room"),
            ("notify", null),
            ("attendees", "ada@example.org")
        );
        (await world.Owner.ReadAsync(room)).ShouldContain("Recurring: a room that stays");
        (await world.TruthAsync())
            .Select(node => node["type"]!.GetValue<string>())
            .ShouldBe(["immediate", "recurring"], ignoreOrder: true);

        var invited = await world.ScheduleAsync(("type", "recurring"), ("attendees", "ada@example.org"));
        invited.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await invited.Content.ReadAsStringAsync()).ShouldContain("id=\"f-notify-error\"");
    }

    [Theory, DatabaseMatrix]
    public async Task What_the_provider_refuses_shows_cause_and_cure_and_may_be_sent_again(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database, account: ConnectedServer.Una);
        var key = PagesWorld.Hidden(await world.Owner.ReadAsync("/meetings/new"), "key");
        var refused = await world.ScheduleAsync(("key", key), ("coOrganizerEmails", ""));
        refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var html = await refused.Content.ReadAsStringAsync();
        html.ShouldContain("licence");
        html.ShouldContain("value=\"Quarterly &lt;review&gt;\"");
        var next = PagesWorld.Hidden(html, "key");
        next.ShouldNotBe(key);
        (await world.ScheduleAsync(("key", next))).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await world.TruthAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Somebody_who_is_not_in_the_account_is_named_with_what_was_typed()
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite);
        var reply = await world.ScheduleAsync(("coOrganizerEmails", "oscar@northwind.example, stranger@example.org"));
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var html = await reply.Content.ReadAsStringAsync();
        html.ShouldContain("id=\"f-coOrganizerEmails-error\"");
        html.ShouldContain("no. 2 (stranger@example.org) is nobody in this GoTo Meeting account");
        html.ShouldContain("value=\"oscar@northwind.example, stranger@example.org\"");
        (await world.TruthAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Another_account_shows_its_own_organizers_and_keeps_what_was_typed()
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite);
        var fabrikam = await world.Server.ConnectAnotherAsync("fiona@fabrikam.example");
        (await world.Owner.ReadAsync($"/meetings/new?connection={world.Server.ConnectionId}")).ShouldContain(
            "Odile Organizer"
        );
        var fields = world.Filled(("connectionId", fabrikam), ("coOrganizers", PagesWorld.Odile));

        var shown = await world.Owner.SubmitAsync("/meetings/new", "/meetings/new", [.. fields, ("show", "1")]);
        shown.StatusCode.ShouldBe(HttpStatusCode.OK);
        var html = await shown.Content.ReadAsStringAsync();
        html.ShouldContain("value=\"Quarterly &lt;review&gt;\"");
        html.ShouldContain($"<option value=\"{fabrikam}\" selected>");
        html.ShouldNotContain("Odile Organizer");
        PagesWorld.Hidden(html, "coOrganizersOf").ShouldBe(fabrikam);

        // Sent without looking at them first: nobody of the other account is taken along unseen.
        var unseen = await world.Owner.SubmitAsync("/meetings/new", "/meetings/new", fields);
        unseen.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await unseen.Content.ReadAsStringAsync()).ShouldContain("were those of another account");
        (await world.TruthAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_the_right_the_form_says_which_and_schedules_all_the_same()
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite, before: WithoutIdentityAsync);
        var html = await world.Owner.ReadAsync("/meetings/new");
        html.ShouldContain("The account's organizers cannot be listed.");
        html.ShouldContain("does not include identity:.");
        html.ShouldContain("then refresh the connection.");

        var reply = await world.ScheduleAsync(("coOrganizerEmails", "oscar@northwind.example"));
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await reply.Content.ReadAsStringAsync()).ShouldContain("By e-mail address cannot be looked up.");
        await world.ScheduledAsync();
        (await world.TruthAsync()).Count.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task A_change_replaces_the_whole_meeting_and_keeps_what_the_form_does_not_show(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        var id = await world.Server.CreateAsync(
            new
            {
                subject = "Before",
                startsAt = "2026-12-10T09:00:00Z",
                durationMinutes = 30,
                timeZone = "Europe/Berlin",
                audio = "pstn",
                reference = new { system = "crm", recordId = "7" },
                coOrganizers = new[] { PagesWorld.Odile },
                attendees = new object[]
                {
                    new { name = "Ada", email = "ada@example.org" },
                    new
                    {
                        name = "Quiet",
                        email = "quiet@example.org",
                        notify = false,
                    },
                },
            }
        );
        var edit = $"/meetings/{id}/edit";
        var html = await world.Owner.ReadAsync(edit);
        html.ShouldContain("value=\"10:00\"");
        html.ShouldContain("<option value=\"pstn\" selected>");
        html.ShouldContain("Ada &lt;ada@example.org&gt;");
        html.ShouldContain($"value=\"{PagesWorld.Odile}\" checked");

        var reply = await world.Owner.SubmitAsync(
            edit,
            edit,
            world.Filled(
                ("version", PagesWorld.Hidden(html, "version")),
                ("subject", "After"),
                ("time", "11:00"),
                ("audio", "voip"),
                ("attendees", "Ada <ada@example.org>\nQuiet <quiet@example.org>\nNew <new@example.org>")
            )
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await reply.Content.ReadAsStringAsync());
        (await world.Owner.ReadAsync($"/meetings/{id}")).ShouldContain("Changed, here and at GoTo Meeting.");
        var truth = (await world.TruthAsync()).ShouldHaveSingleItem();
        truth["startsAt"]!.GetValue<string>().ShouldBe("2026-12-10T10:00:00Z");
        truth["audio"]!.GetValue<string>().ShouldBe("VoIP", StringCompareShould.IgnoreCase);
        truth["coOrganizerKeys"]!.AsArray().ShouldBeEmpty();
        var kept = await world.Server.ArrangementAsync(id);
        kept.Reference.ShouldNotBeNull().ShouldContain("crm");
        kept.AttendeeList.Select(one => (one.Name, one.Notify))
            .ShouldBe([("Ada", true), ("Quiet", false), ("New", true)]);

        // The form is from before the change above.
        var late = await world.Owner.SubmitAsync(edit, edit, world.Filled(("version", "1"), ("subject", "Late")));
        late.StatusCode.ShouldBe(HttpStatusCode.PreconditionFailed);
        var again = await late.Content.ReadAsStringAsync();
        again.ShouldContain("was changed while this form was open");
        again.ShouldContain("value=\"Late\"");
        PagesWorld.Hidden(again, "version").ShouldBe("2");
    }

    [Fact]
    public async Task The_form_is_for_members_who_see_the_meeting_and_their_own_accounts()
    {
        await using var world = await DashboardWorld.StartAsync(DatabaseKind.Sqlite);
        var connection = await world.ConnectAsync();
        var id = await world.SeedMeetingAsync(connection, "Private");
        (await world.Owner.GetAsync($"/meetings/{id}/edit")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var (mia, _) = await world.AddMemberAsync(Role.Member);
        using var browser = mia;
        (await browser.GetAsync($"/meetings/{id}/edit")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await browser.GetAsync($"/connections/{connection}/meetings")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await browser.GetAsync($"/connections/{connection}/meetings/1/attendees")).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
        (await browser.ReadAsync($"/meetings/new?like={id}")).ShouldContain("No account can host it yet");
        (await browser.ReadAsync($"/history?connection={connection}")).ShouldContain("No account to look into");
    }

    internal static async Task WithoutIdentityAsync(ConnectedServer server)
    {
        await server.SettingsAsync(new { clientScopes = new[] { "collab:", "identity:scim.me" } });
        await server.ReconnectAsync();
    }
}
