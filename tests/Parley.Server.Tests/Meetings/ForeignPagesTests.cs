using System.Net;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>Meetings made in the provider's own program, on the pages.</summary>
public sealed class ForeignPagesTests
{
    [Theory, DatabaseMatrix]
    public async Task A_meeting_made_elsewhere_is_listed_shown_changed_started_and_deleted(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        var id = await world.MadeElsewhereAsync();
        var page = $"{world.Account}/{id}";
        (await world.Owner.ReadAsync(world.Account)).ShouldContain($"href=\"{page}\"");
        var html = await world.Owner.ReadAsync(page);
        html.ShouldContain("Made at GoTo Meeting, not by Parley");
        html.ShouldContain($"{world.Server.Twin.Url}/join/{id}");

        // GoTo tells no zone: the form has the reader's, as every page has.
        (
            await world.Owner.SubmitAsync("/account", "/account", ("name", "Owner"), ("timeZone", "Europe/Berlin"))
        ).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await world.Owner.ReadAsync("/api-keys")).ShouldContain("Times in Europe/Berlin.");
        var form = await world.Owner.ReadAsync(page + "/edit");
        form.ShouldContain("value=\"10:00\"");
        form.ShouldContain("hybrid is assumed</option>");
        form.ShouldContain("value=\"Made elsewhere\"");
        var changed = await world.Owner.SubmitAsync(
            page + "/edit",
            page + "/edit",
            world.Filled(("subject", "Renamed elsewhere"), ("audio", ""), ("coOrganizers", PagesWorld.Odile))
        );
        changed.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await changed.Content.ReadAsStringAsync());
        var shown = await world.Owner.ReadAsync(page);
        shown.ShouldContain("hybrid was assumed and is set now");
        shown.ShouldContain("Odile Organizer");
        var truth = (await world.TruthAsync()).ShouldHaveSingleItem();
        truth["subject"]!.GetValue<string>().ShouldBe("Renamed elsewhere");
        truth["startsAt"]!.GetValue<string>().ShouldBe("2026-12-10T13:30:00Z");
        truth["audio"]!.GetValue<string>().ShouldBe("Hybrid", StringCompareShould.IgnoreCase);

        var chosen = await world.Owner.SubmitAsync(
            page + "/edit",
            page + "/edit",
            world.Filled(("subject", "Renamed elsewhere"), ("audio", "pstn"))
        );
        chosen.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await world.Owner.ReadAsync(page)).ShouldNotContain("was assumed");
        (await world.TruthAsync())[0]["audio"]!.GetValue<string>().ShouldBe("PSTN", StringCompareShould.IgnoreCase);

        var started = await world.Owner.SubmitAsync(page, page + "/start");
        started.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        started.Headers.Location!.ToString().ShouldStartWith(world.Server.Twin.Url);
        started.Headers.CacheControl!.NoStore.ShouldBeTrue();
        started.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);

        (await world.Owner.ReadAsync(page + "/delete")).ShouldContain("Delete this meeting?");
        (await world.TruthAsync()).Count.ShouldBe(1);
        var deleted = await world.Owner.SubmitAsync(page + "/delete", page + "/delete");
        deleted.Headers.Location!.ToString().ShouldBe(world.Account);
        (await world.TruthAsync()).ShouldBeEmpty();
        (await world.Owner.ReadAsync(world.Account)).ShouldContain("is gone at GoTo Meeting.");
        (await world.Owner.GetAsync(page)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Mistakes_in_the_change_come_back_and_nothing_is_sent()
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite);
        var id = await world.MadeElsewhereAsync();
        var edit = $"{world.Account}/{id}/edit";
        var reply = await world.Owner.SubmitAsync(
            edit,
            edit,
            world.Filled(("subject", ""), ("durationMinutes", "0"), ("audio", "custom"), ("audioText", ""))
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var html = await reply.Content.ReadAsStringAsync();
        foreach (var field in (string[])["subject", "durationMinutes", "audioText"])
        {
            html.ShouldContain($"id=\"f-{field}-error\"", customMessage: field);
        }

        (await world.Server.CallsAsync("meetings.update")).ShouldBe(0);
    }

    [Theory, DatabaseMatrix]
    public async Task One_of_ours_leads_to_its_own_page(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        var arrangement = await world.Server.CreateAsync();
        var id = (await world.TruthAsync())[0]["id"]!.GetValue<string>();
        var there = await world.Owner.GetAsync($"{world.Account}/{id}");
        there.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        there.Headers.Location!.ToString().ShouldBe($"/meetings/{arrangement}");
        (await world.Owner.ReadAsync(world.Account)).ShouldContain($"href=\"/meetings/{arrangement}\"");
    }

    [Theory, DatabaseMatrix]
    public async Task An_administrator_sees_what_another_organizer_has_ahead(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        await world.MadeElsewhereAsync("Olivia's own");
        var issued = await world.Server.TwinHttp.PostAsync(
            "/control/tokens",
            new StringContent(
                """{"provider":"gotomeeting","account":"oscar@northwind.example"}""",
                System.Text.Encoding.UTF8,
                "application/json"
            )
        );
        using var request = new HttpRequestMessage(HttpMethod.Post, "/goto/G2M/rest/meetings");
        request.Headers.Authorization = new(
            "Bearer",
            (await ConnectedServer.Body(issued))["accessToken"]!.GetValue<string>()
        );
        request.Content = System.Net.Http.Json.JsonContent.Create(
            new
            {
                subject = "Oscar's plan",
                starttime = "2026-12-12T09:00:00Z",
                endtime = "2026-12-12T10:00:00Z",
                passwordrequired = false,
                conferencecallinfo = "Hybrid",
                timezonekey = "",
                meetingtype = "scheduled",
            }
        );
        (await world.Server.TwinHttp.SendAsync(request)).IsSuccessStatusCode.ShouldBeTrue();

        var own = await world.Owner.ReadAsync(world.Account);
        own.ShouldContain("Olivia&#x27;s own");
        own.ShouldNotContain("Oscar&#x27;s plan");
        own.ShouldContain("<option value=\"oscar@northwind.example\">Oscar Organizer</option>");
        var his = await world.Owner.ReadAsync($"{world.Account}?organizer=oscar@northwind.example");
        his.ShouldContain("Oscar&#x27;s plan");
        his.ShouldNotContain("Olivia&#x27;s own");
        var nobody = await world.Owner.GetAsync($"{world.Account}?organizer=nobody@example.org");
        nobody.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await nobody.Content.ReadAsStringAsync()).ShouldContain("is nobody in this GoTo Meeting account");
    }

    [Fact]
    public async Task Who_is_no_administrator_is_offered_no_other_organizers()
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite, account: "oscar@northwind.example");
        (await world.Owner.ReadAsync(world.Account)).ShouldNotContain("name=\"organizer\"");
        (await world.Owner.ReadAsync("/history")).ShouldNotContain("name=\"organizer\"");
        var form = await world.Owner.ReadAsync("/meetings/new");
        form.ShouldContain("The account's organizers cannot be listed.");
        form.ShouldContain("name=\"coOrganizerEmails\"");
    }
}
