using System.Net;
using System.Text.Json.Nodes;
using Parley.Server.Access;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Meetings;

namespace Parley.Server.Tests.Booking;

/// <summary>The organizer's booking pages by their forms.</summary>
public sealed class EditorPagesTests
{
    [Theory, DatabaseMatrix]
    public async Task A_page_is_made_changed_paused_and_deleted_by_form(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var connection = await world.SeedConnectionAsync();
        var made = await world.Owner.SendAsync("/booking-pages/new", ("title", "Intro call"), ("description", "Hello"));
        made.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await made.Content.ReadAsStringAsync());
        var path = made.Headers.Location!.OriginalString;
        (await world.Owner.ReadAsync("/booking-pages")).ShouldContain("/book/intro-call");
        var page = await PageAsync(world, path);
        page["title"]!.GetValue<string>().ShouldBe("Intro call");
        page["hosts"]![0]!["connectionId"]!.GetValue<string>().ShouldBe(connection);
        page["schedule"]!["weekly"]!.AsArray().Count.ShouldBeGreaterThan(0);

        var changed = await world.Owner.SendAsync(
            path,
            ("title", "Longer call"),
            ("durationMinutes", "45"),
            ("buffers.afterMinutes", "15"),
            ("paused", "true")
        );
        changed.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await changed.Content.ReadAsStringAsync());
        page = await PageAsync(world, path);
        page["title"]!.GetValue<string>().ShouldBe("Longer call");
        page["slug"]!.GetValue<string>().ShouldBe("intro-call");
        page["durationMinutes"]!.GetValue<int>().ShouldBe(45);
        page["buffers"]!["afterMinutes"]!.GetValue<int>().ShouldBe(15);
        page["description"]!.GetValue<string>().ShouldBe("Hello");
        page["paused"]!.GetValue<bool>().ShouldBeTrue();
        (await (await world.Parley.Client.GetAsync("/book/intro-call")).TextAsync()).ShouldNotContain("start=");

        // The form carries the state it wants: a second click asks for the same again.
        (await world.Owner.ReadAsync("/booking-pages")).ShouldContain("name=\"paused\" value=\"false\"");
        foreach (var wanted in (string[])["false", "false", "true", "true"])
        {
            var pressed = await world.Owner.SubmitAsync("/booking-pages", path + "/pause", ("paused", wanted));
            pressed.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
            (await PageAsync(world, path))["paused"]!.GetValue<bool>().ShouldBe(wanted == "true");
        }

        (await world.Owner.SubmitAsync("/booking-pages", path + "/pause")).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest
        );
        (await PageAsync(world, path))["paused"]!.GetValue<bool>().ShouldBeTrue();

        (await world.Owner.GetAsync(path + "/delete")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await world.Owner.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await world.Owner.SendAsync(path + "/delete")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await world.Owner.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await world.Parley.Client.GetAsync("/book/intro-call")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("title", "", "f-title")]
    [InlineData("slug", "Not A Slug", "f-slug")]
    [InlineData("durationMinutes", "half an hour", "f-durationMinutes")]
    [InlineData("durationMinutes", "0", "f-durationMinutes")]
    [InlineData("stepMinutes", "9999", "f-stepMinutes")]
    [InlineData("buffers.beforeMinutes", "-1", "f-buffers.beforeMinutes")]
    [InlineData("minimumNoticeMinutes", "", "f-minimumNoticeMinutes")]
    [InlineData("period.days", "-3", "f-period.days")]
    [InlineData("schedule.timeZone", "Mars/Olympus", "f-schedule.timeZone")]
    [InlineData("connectionId", "con_nobody", "f-connectionId")]
    [InlineData("description", "\u0007", "f-description")]
    public async Task A_mistake_names_its_field_and_keeps_what_was_typed(string field, string value, string id)
    {
        await using var world = await DashboardWorld.StartAsync(DatabaseKind.Sqlite);
        await world.SeedConnectionAsync();
        var typed = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["title"] = "Intro call",
            ["slug"] = "intro",
            [field] = value,
        };

        var reply = await world.Owner.SendAsync(
            "/booking-pages/new",
            [.. typed.Select(pair => (pair.Key, pair.Value)), ("bufferless", "")]
        );

        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest, await reply.Content.ReadAsStringAsync());
        var page = await reply.TextAsync();
        page.ShouldContain($"href=\"#{id.Replace('.', '-')}\"");
        page.ShouldContain(field is "title" ? "value=\"intro\"" : "value=\"Intro call\"");
        if (value.Length > 0 && field is not ("connectionId" or "description"))
        {
            page.ShouldContain(value);
        }

        (await PagesAsync(world)).ShouldBe(0);
    }

    [Fact]
    public async Task Half_a_window_and_a_date_without_sense_name_the_day()
    {
        await using var world = await DashboardWorld.StartAsync(DatabaseKind.Sqlite);
        await world.SeedConnectionAsync();

        var half = await world.Owner.SendAsync(
            "/booking-pages/new",
            ("title", "Intro"),
            ("MO.from", "09:00"),
            ("MO.to", "")
        );
        half.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await half.TextAsync()).ShouldContain("Monday: give both times or none");
        var nowhere = await world.Owner.SendAsync(
            "/booking-pages/new",
            ("title", "Intro"),
            ("except.date", ""),
            ("except.from", "09:00"),
            ("except.to", "10:00")
        );
        nowhere.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await nowhere.TextAsync()).ShouldContain("give the date too");
        (await PagesAsync(world)).ShouldBe(0);
    }

    [Theory, DatabaseMatrix]
    public async Task A_stale_form_is_refused_and_shows_the_page_as_it_is(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        await world.SeedConnectionAsync();
        var path = await MakeAsync(world, "Intro call");
        var mine = await world.Owner.FilledAsync(path, ("title", "My title"), ("durationMinutes", "20"));
        (await world.Owner.SendAsync(path, ("title", "Their title"))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);

        var late = await world.Owner.Http.PostAsync(path, new FormUrlEncodedContent(mine.Fields));

        late.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var page = await late.TextAsync();
        page.ShouldContain("Not saved: somebody changed this page after you opened it.");
        page.ShouldContain("value=\"Their title\"");
        page.ShouldContain("you had entered “My title”");
        page.ShouldContain("you had entered “20”");
        (await PageAsync(world, path))["title"]!.GetValue<string>().ShouldBe("Their title");

        // A form without a version is no better.
        var bare = mine.Fields.Where(field => field.Key != "version").ToList();
        (await world.Owner.Http.PostAsync(path, new FormUrlEncodedContent(bare))).StatusCode.ShouldBe(
            HttpStatusCode.Conflict
        );
        (await world.Owner.SendAsync(path, ("title", "My title"))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await PageAsync(world, path))["title"]!.GetValue<string>().ShouldBe("My title");
    }

    [Theory, DatabaseMatrix]
    public async Task Of_many_saves_from_one_state_one_wins_and_no_other_is_lost_silently(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        await world.SeedConnectionAsync();
        var path = await MakeAsync(world, "Intro call");
        var forms = new List<List<KeyValuePair<string, string>>>();
        for (var number = 0; number < 6; number++)
        {
            forms.Add((await world.Owner.FilledAsync(path, ("title", $"Title {number}"))).Fields);
        }

        var replies = await Task.WhenAll(
            forms.Select(fields => world.Owner.Http.PostAsync(path, new FormUrlEncodedContent(fields)))
        );

        replies.Count(reply => reply.StatusCode == HttpStatusCode.SeeOther).ShouldBe(1);
        replies.Count(reply => reply.StatusCode == HttpStatusCode.Conflict).ShouldBe(5);
    }

    [Theory, DatabaseMatrix]
    public async Task Whoever_connected_the_account_hosts_also_after_another_account_is_chosen(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var (mia, miaId) = await world.AddMemberAsync(Role.Member);
        using var _ = mia;
        var own = await world.SeedConnectionAsync();
        var hers = await world.SeedConnectionAsync(miaId, name: "Mia Member");

        var made = await world.Owner.SendAsync("/booking-pages/new", ("title", "With Mia"), ("connectionId", hers));
        made.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await made.Content.ReadAsStringAsync());
        var path = made.Headers.Location!.OriginalString;
        (await HostAsync()).ShouldBe((miaId, hers));
        // It is hers now.
        (await mia.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await world.Owner.SendAsync(path, ("connectionId", own))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await HostAsync()).ShouldBe((world.OwnerId, own));
        (await mia.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await world.Owner.SendAsync(path, ("connectionId", hers))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await HostAsync()).ShouldBe((miaId, hers));
        // She cannot hand herself somebody else's account.
        (await mia.SendAsync(path, ("connectionId", own))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await HostAsync()).ShouldBe((miaId, hers));

        async Task<(string, string)> HostAsync()
        {
            var host = (await PageAsync(world, path))["hosts"]![0]!;
            return (host["memberId"]!.GetValue<string>(), host["connectionId"]!.GetValue<string>());
        }
    }

    [Theory, DatabaseMatrix]
    public async Task A_name_made_from_the_title_takes_the_next_number_that_is_free(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        await world.SeedConnectionAsync();
        var slugs = new List<string>();
        foreach (
            var title in (string[])
                ["Intro call", "Intro call", "Intro  Call!", "Привет", new string('x', 90), new string('x', 99)]
        )
        {
            slugs.Add((await PageAsync(world, await MakeAsync(world, title)))["slug"]!.GetValue<string>());
        }

        slugs.ShouldBe([
            "intro-call",
            "intro-call-2",
            "intro-call-3",
            "meeting",
            new string('x', 64),
            new string('x', 60) + "-2",
        ]);

        // A name somebody typed is theirs to change.
        var taken = await world.Owner.SendAsync("/booking-pages/new", ("title", "Other"), ("slug", "intro-call"));
        taken.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await taken.TextAsync()).ShouldContain("is already in use");
    }

    [Theory, DatabaseMatrix]
    public async Task Pages_of_others_are_as_absent_as_none(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        await world.SeedConnectionAsync();
        var (mia, _) = await world.AddMemberAsync(Role.Member);
        using var member = mia;
        var path = await MakeAsync(world, "Intro call");
        var foreign = await MakeAsync(world, "Foreign call");
        await world.Parley.Db.WriteAsync(async session =>
        {
            await session.ExecuteAsync(
                "INSERT INTO workspace (id, name, created_at) VALUES ('ws_other', 'Other', @now) /* all workspaces: tests */",
                new { now = FakeClock.Start }
            );
            await session.ExecuteAsync(
                "UPDATE booking_page SET workspace_id = 'ws_other' WHERE id = @id /* all workspaces: tests */",
                new { id = foreign.Split('/')[^1] }
            );
        });
        var rows = await CustomerRoom.EverythingAsync(world.Parley);

        await AbsentAsync(world.Owner, foreign);
        await AbsentAsync(member, path);
        await AbsentAsync(member, foreign);
        (await member.ReadAsync("/booking-pages")).ShouldNotContain("Intro call");
        (await world.Owner.ReadAsync("/booking-pages")).ShouldContain("Intro call");
        (await CustomerRoom.EverythingAsync(world.Parley)).ShouldBe(rows);
        (await world.Owner.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.OK);

        async Task AbsentAsync(FormBrowser browser, string page)
        {
            // Says what was flashed before, if anything.
            await browser.ReadAsync("/booking-pages");
            var nothing = await (await browser.GetAsync("/booking-pages/pag_nobody")).Content.ReadAsStringAsync();
            foreach (var tail in (string[])["", "/delete"])
            {
                var reply = await browser.GetAsync(page + tail);
                reply.StatusCode.ShouldBe(HttpStatusCode.NotFound, page + tail);
                (await reply.Content.ReadAsStringAsync()).Length.ShouldBe(nothing.Length, page + tail);
            }

            foreach (var tail in (string[])["", "/pause", "/delete"])
            {
                (await browser.SubmitAsync("/account", page + tail, ("title", "Mine"))).StatusCode.ShouldBe(
                    HttpStatusCode.NotFound,
                    page + tail
                );
            }
        }
    }

    private static async Task<string> MakeAsync(DashboardWorld world, string title)
    {
        var made = await world.Owner.SendAsync("/booking-pages/new", ("title", title));
        made.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await made.Content.ReadAsStringAsync());
        return made.Headers.Location!.OriginalString;
    }

    private static async Task<JsonNode> PageAsync(DashboardWorld world, string path) =>
        JsonNode.Parse(await world.Parley.Api.GetStringAsync("/api/v1" + path))!;

    private static Task<long> PagesAsync(DashboardWorld world) =>
        world.Parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>("SELECT COUNT(*) FROM booking_page /* all workspaces: tests */")
        );
}
