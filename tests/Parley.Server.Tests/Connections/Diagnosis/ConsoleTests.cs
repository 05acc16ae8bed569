using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parley.Server.Access;
using Parley.Server.Hosting;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections.Diagnosis;

public sealed partial class ConsoleTests
{
    [Theory, DatabaseMatrix]
    public async Task A_meeting_is_made_read_changed_started_and_removed_by_hand(DatabaseKind database)
    {
        await using var world = await TwinWorld.StartAsync(new TwinWorldOptions { Database = database });
        await world.ConnectedAsync();

        var made = await TryAsync(
            world,
            "create",
            HttpStatusCode.OK,
            ("subject", "It's <b>here</b>"),
            ("startsAt.date", "2026-12-05"),
            ("startsAt.time", "10:30"),
            ("durationMinutes", "45"),
            ("timeZone", "Europe/Berlin"),
            ("audio", "voip")
        );
        made.ShouldContain("201 Created");
        var id = MadeId().Match(made).Groups[1].Value;
        var api = await world.GetAsync($"{world.Api}/meetings/{id}");
        api["subject"]!.GetValue<string>().ShouldBe("It's <b>here</b>");
        api["startsAt"]!.GetValue<string>().ShouldBe("2026-12-05T09:30:00Z");
        api["durationMinutes"]!.GetValue<int>().ShouldBe(45);

        // What the page shows is what the API answers, prettier.
        var got = await TryAsync(world, "get", HttpStatusCode.OK, ("meetingId", id));
        got.ShouldContain("200 OK");
        JsonNode.DeepEquals(Body(got), api).ShouldBeTrue(got);

        (await TryAsync(world, "update", HttpStatusCode.OK, ("meetingId", id), ("subject", "Moved"))).ShouldContain(
            "\"subject\": \"Moved\""
        );
        (await world.GetAsync($"{world.Api}/meetings/{id}"))["startsAt"]!
            .GetValue<string>()
            .ShouldBe("2026-12-05T09:30:00Z", "what is left empty stays");
        (await TryAsync(world, "upcoming", HttpStatusCode.OK, ("limit", "5"))).ShouldContain("Moved");

        (await TryAsync(world, "delete", HttpStatusCode.BadRequest, ("meetingId", id))).ShouldContain("must be ticked");
        (await TryAsync(world, "delete", HttpStatusCode.OK, ("meetingId", id), ("agreed", "true"))).ShouldContain(
            "204 No Content"
        );
        (await TryAsync(world, "get", HttpStatusCode.NotFound, ("meetingId", id))).ShouldContain("404 Not Found");
    }

    [Fact]
    public async Task A_form_sent_twice_makes_one_meeting()
    {
        await using var world = await TwinWorld.StartAsync();
        await world.ConnectedAsync();
        var page = $"/connections/{world.Id}/console?operation=create";
        var html = await world.ReadAsync(page);
        var key = Regex.Match(html, "name=\"key\" value=\"([^\"]+)\"").Groups[1].Value;
        key.ShouldNotBeEmpty();
        (await world.ReadAsync(page)).ShouldNotContain(key);

        var first = await SendAsync(key);
        var second = await SendAsync(key);
        MadeId().Match(second).Groups[1].Value.ShouldBe(MadeId().Match(first).Groups[1].Value);
        (await CountAsync()).ShouldBe(1);

        await SendAsync("another-form");
        (await CountAsync()).ShouldBe(2);

        // The twin's account has meetings of its own.
        async Task<int> CountAsync() =>
            (await world.GetAsync($"{world.Api}/meetings"))["items"]!
                .AsArray()
                .Count(meeting => meeting!["subject"]!.GetValue<string>() == "Once");

        Task<string> SendAsync(string sent) =>
            TryAsync(
                world,
                "create",
                HttpStatusCode.OK,
                ("key", sent),
                ("subject", "Once"),
                ("startsAt.date", "2026-12-05"),
                ("startsAt.time", "10:30"),
                ("durationMinutes", "45"),
                ("timeZone", "UTC")
            );
    }

    [Fact]
    public async Task The_host_link_is_opened_and_never_shown_or_logged()
    {
        await using var world = await TwinWorld.StartAsync();
        await world.ConnectedAsync();
        var made = (
            await world.SendAsync(
                HttpMethod.Post,
                $"{world.Api}/meetings",
                new
                {
                    subject = "Demo",
                    startsAt = "2026-12-05T09:00:00Z",
                    durationMinutes = 30,
                    timeZone = "UTC",
                }
            )
        ).Body;
        var id = made["id"]!.GetValue<string>();

        var page = await TryAsync(world, "start", HttpStatusCode.OK, ("meetingId", id));
        page.ShouldContain("200 OK");
        page.ShouldContain("\"hostUrl\": \"(a secret: opened by the button, never shown)\"");
        page.ShouldNotContain("authenticationToken");
        page.ShouldNotContain($"{world.Twin.Url}/host");

        var opened = await world.Owner.SubmitAsync(
            $"/connections/{world.Id}/console?operation=start",
            $"/connections/{world.Id}/console/host-link",
            ("meetingId", id)
        );
        opened.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        opened.Headers.CacheControl!.NoStore.ShouldBeTrue();
        opened.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        var link = opened.Headers.Location!.ToString();
        link.ShouldStartWith(world.Twin.Url);
        world.Parley.Log.Lines.ShouldAllBe(line => !line.Contains(link));
        (await world.ReadAsync($"/connections/{world.Id}/log")).ShouldNotContain(link);
    }

    [Fact]
    public async Task Every_operation_has_its_form_and_its_curl_and_none_holds_a_key()
    {
        await using var world = await TwinWorld.StartAsync();
        await world.ConnectedAsync();
        // Listed twice: beside the form, and folded above it for narrow windows.
        var operations = Operation()
            .Matches(await world.ReadAsync($"/connections/{world.Id}/console"))
            .Select(match => match.Groups[1].Value)
            .Distinct()
            .ToList();
        operations.ShouldBe([
            "upcoming",
            "create",
            "get",
            "update",
            "delete",
            "start",
            "history",
            "attendees",
            "organizers",
            "radar",
            "arrangement",
            "ledger",
            "sessions",
            "look",
            "connection",
            "log",
            "test",
            "refresh",
        ]);
        foreach (var operation in operations)
        {
            var path = $"/connections/{world.Id}/console?operation={operation}&meeting=123456789";
            var page = await world.ReadAsync(path);
            var curl = Curl().Match(page).Groups[1].Value;
            curl.ShouldContain("-H \"Authorization: Bearer $PARLEY_API_KEY\"");
            curl.ShouldContain(
                $"'http://127.0.0.1:5080{(operation is "arrangement" or "ledger" or "sessions" or "look" ? "/api/v1/arrangements/" : world.Api)}"
            );
            page.ShouldNotContain(TestServer.ApiKey);
            // It is there to be answered: whatever the API says, it is an answer of the API.
            var (status, text) = await world.SubmitAsync(
                $"/connections/{world.Id}/console/{operation}",
                ("meetingId", "123456789"),
                ("arrangementId", "arr_nobody"),
                ("agreed", "true")
            );
            ((int)status).ShouldBeLessThan(500, operation);
            text.ShouldContain("Body of the answer", customMessage: operation);
        }

        (await world.SubmitAsync($"/connections/{world.Id}/console/nothing")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_curl_line_does_in_a_shell_what_the_form_did()
    {
        Assert.SkipWhen(!File.Exists("/usr/bin/curl"), "There is no curl.");
        await using var world = await TwinWorld.StartAsync();
        await world.ConnectedAsync();
        const string subject = "Ada's $HOME `id` \"plan\" & more";
        var page = await TryAsync(
            world,
            "create",
            HttpStatusCode.OK,
            ("subject", subject),
            ("startsAt.date", "2026-12-05"),
            ("startsAt.time", "10:30"),
            ("durationMinutes", "45"),
            ("timeZone", "UTC")
        );

        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(
            Curl()
                .Match(page)
                .Groups[1]
                .Value.Replace("http://127.0.0.1:5080", world.Parley.Url, StringComparison.Ordinal)
        );
        start.Environment["PARLEY_API_KEY"] = TestServer.ApiKey;
        using var shell = Process.Start(start)!;
        var answer = JsonNode.Parse(await shell.StandardOutput.ReadToEndAsync())!;
        answer["subject"]!.GetValue<string>().ShouldBe(subject);
        answer["startsAt"]!.GetValue<string>().ShouldBe("2026-12-05T10:30:00Z");
        var upcoming = await world.GetAsync($"{world.Api}/meetings");
        upcoming["items"]!
            .AsArray()
            .Count(meeting => meeting!["subject"]!.GetValue<string>() == subject)
            .ShouldBe(2, "one by the form, one by curl");
    }

    [Fact]
    public async Task Members_see_their_own_connections_and_administrators_all()
    {
        await using var world = await TwinWorld.StartAsync();
        await world.ConnectedAsync();
        await world.AddMemberAsync("mia@example.org", Role.Member);
        await world.AddMemberAsync("adam@example.org", Role.Admin);
        using var mia = new FormBrowser(world.Parley);
        await mia.SignInAsync("mia@example.org");
        using var adam = new FormBrowser(world.Parley);
        await adam.SignInAsync("adam@example.org");

        foreach (var page in (string[])["test", "log", "console"])
        {
            var path = $"/connections/{world.Id}/{page}";
            (await world.Owner.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await adam.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.OK);
            (await mia.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        }

        foreach (var action in (string[])["test", "console/upcoming", "console/host-link"])
        {
            var refused = await mia.SubmitAsync("/account", $"/connections/{world.Id}/{action}", ("meetingId", "1"));
            refused.StatusCode.ShouldBe(HttpStatusCode.NotFound, action);
        }

        (await mia.GetAsync("/connections/apps/gotomeeting/organizer/register")).StatusCode.ShouldNotBe(
            HttpStatusCode.OK
        );
        await world.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                "UPDATE connection SET member_id = (SELECT id FROM member WHERE email = 'mia@example.org') WHERE id = @Id /* all workspaces: test */",
                new { world.Id }
            )
        );
        (await mia.GetAsync($"/connections/{world.Id}/console")).StatusCode.ShouldBe(HttpStatusCode.OK, "her own");
    }

    private static async Task<string> TryAsync(
        TwinWorld world,
        string operation,
        HttpStatusCode expected,
        params (string Name, string Value)[] fields
    )
    {
        var (status, text) = await world.SubmitAsync($"/connections/{world.Id}/console/{operation}", fields);
        status.ShouldBe(expected, text);
        return text;
    }

    private static JsonNode Body(string page) => JsonNode.Parse(Answer().Match(page).Groups[1].Value)!;

    [GeneratedRegex("\"id\": \"(\\d+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex MadeId();

    [GeneratedRegex("console\\?operation=([a-z]+)", RegexOptions.NonBacktracking)]
    private static partial Regex Operation();

    [GeneratedRegex("aria-label=\"The call as a curl command\">(.*?)</pre>", RegexOptions.Singleline, 1000)]
    private static partial Regex Curl();

    [GeneratedRegex("aria-label=\"Body of the answer\">(.*?)</pre>", RegexOptions.Singleline, 1000)]
    private static partial Regex Answer();
}
