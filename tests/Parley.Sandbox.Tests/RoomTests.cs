using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>The pretend meeting behind join and host links.</summary>
public sealed class RoomTests
{
    [Fact]
    public async Task A_host_starts_guests_join_and_leave_and_attendance_is_kept()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        long id = await twin.CreateAsync(token);
        (await PageAsync(twin, $"/join/{id}")).ShouldContain("has not started this meeting");
        using (HttpResponseMessage early = await twin.PostFormAsync($"/join/{id}", ("name", "Too Early")))
        {
            early.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        }

        string hostKey = await HostKeyAsync(twin, id, token);
        // Opening the link starts nothing.
        (await PageAsync(twin, $"/host/{id}?authenticationToken={hostKey}")).ShouldContain("Start meeting");
        (await twin.MeetingsAsync())[0]!["running"]!.GetValue<bool>().ShouldBeFalse();

        await ActAsync(twin, id, hostKey, "start");
        (await StatusAsync(twin, id, token)).ShouldBe("ACTIVE");
        using HttpResponseMessage joined = await twin.PostFormAsync(
            $"/join/{id}",
            ("name", "Alice"),
            ("email", "alice@customer.example")
        );
        string mine = joined.Headers.Location!.OriginalString;
        (await PageAsync(twin, mine)).ShouldContain("You are here as <strong>Alice</strong>");
        using HttpResponseMessage left = await twin.PostFormAsync(
            $"/join/{id}/leave",
            ("me", mine[(mine.IndexOf("me=", StringComparison.Ordinal) + 3)..])
        );
        left.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        await ActAsync(twin, id, hostKey, "end");
        (await StatusAsync(twin, id, token)).ShouldBe("INACTIVE");

        JsonArray there = (await twin.MeetingsAsync())[0]!["sessions"]!.AsArray().ShouldHaveSingleItem()![
            "attendees"
        ]!.AsArray();
        there
            .Select(one => (one!["name"]!.GetValue<string>(), one["host"]!.GetValue<bool>()))
            .ShouldBe([("Olivia Organizer", true), ("Alice", false)], ignoreOrder: true);
        there.ShouldAllBe(one => one!["leftAt"] != null);
    }

    [Fact]
    public async Task A_host_link_is_good_for_its_meeting_and_its_hour_only()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        long id = await twin.CreateAsync(token);
        long other = await twin.CreateAsync(token);
        string key = await HostKeyAsync(twin, id, token);
        (await CodeAsync(twin, $"/host/{id}?authenticationToken={key}")).ShouldBe(HttpStatusCode.OK);
        (await CodeAsync(twin, $"/host/{other}?authenticationToken={key}")).ShouldBe(HttpStatusCode.NotFound);
        (await CodeAsync(twin, $"/host/{id}?authenticationToken=guess")).ShouldBe(HttpStatusCode.NotFound);
        (await CodeAsync(twin, $"/host/{id}")).ShouldBe(HttpStatusCode.NotFound);
        await twin.ControlAsync("clock", """{"advanceSeconds":3601}""");
        (await CodeAsync(twin, $"/host/{id}?authenticationToken={key}")).ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_meeting_that_was_removed_or_never_was_has_a_page_that_says_so()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        long id = await twin.CreateAsync(token);
        (await CodeAsync(twin, $"/join/{id}")).ShouldBe(HttpStatusCode.OK);
        using HttpResponseMessage deleted = await twin.G2mAsync(HttpMethod.Delete, $"meetings/{id}", token);
        (await CodeAsync(twin, $"/join/{id}")).ShouldBe(HttpStatusCode.NotFound);
        (await CodeAsync(twin, "/join/abc")).ShouldBe(HttpStatusCode.NotFound);
        using HttpResponseMessage odd = await twin.PostFormAsync("/join/%0D%0Ax/leave", ("me", "1"));
        odd.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using HttpResponseMessage noForm = await twin.Http.PostAsync("/join/310000101", Twin.Json("{}"));
        noForm.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    private static async Task<string> HostKeyAsync(Twin twin, long id, string token)
    {
        using HttpResponseMessage start = await twin.G2mAsync(HttpMethod.Get, $"meetings/{id}/start", token);
        return Twin.Query(
            new Uri((await Twin.ReadAsync(start))["hostURL"]!.GetValue<string>()),
            "authenticationToken"
        )!;
    }

    private static async Task ActAsync(Twin twin, long id, string key, string deed)
    {
        using HttpResponseMessage reply = await twin.PostFormAsync(
            $"/host/{id}",
            ("authenticationToken", key),
            ("deed", deed)
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    private static async Task<string> StatusAsync(Twin twin, long id, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, $"meetings/{id}", token);
        return (await Twin.ReadAsync(reply))[0]!["status"]!.GetValue<string>();
    }

    private static async Task<string> PageAsync(Twin twin, string path)
    {
        using HttpResponseMessage reply = await twin.Http.GetAsync(path);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await reply.Content.ReadAsStringAsync();
    }

    private static async Task<HttpStatusCode> CodeAsync(Twin twin, string path)
    {
        using HttpResponseMessage reply = await twin.Http.GetAsync(path);
        return reply.StatusCode;
    }
}
