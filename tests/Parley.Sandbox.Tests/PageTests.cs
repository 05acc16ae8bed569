using System.Net;

namespace Parley.Sandbox.Tests;

public sealed class PageTests
{
    private const string Hostile = "</title>&lt;&quot;'\\\" onclick=x";

    [Fact]
    public async Task Every_page_escapes_hostile_text()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        // Angle brackets cannot come in as themselves; decoded entities and accounts can carry anything.
        long id = await twin.CreateAsync(token, "&lt;script&gt;alert(1)&lt;/script&gt; \\\" onclick=x");
        await twin.ControlAsync("settings", """{"subjectEntities":"decoded"}""");
        await twin.ControlAsync(
            "accounts",
            """{"email":"<i>@evil.example","firstName":"<script>n</script>","account":"<b>acc</b>"}"""
        );
        await twin.ControlAsync($"meetings/{id}/run", """{"attendees":[{"name":"<script>guest</script>"}]}""");
        await twin.ControlAsync("faults", """{"operation":"*","kind":"html","match":"<script>"}""");
        await MailSession.DeliverAsync(twin, $"Subject: {Hostile}\r\n<x>: <script>\r\n\r\n<script>text</script>");
        using (await twin.Http.GetAsync("/goto/G2M/rest/%3Cscript%3Epath%3C/script%3E?q=%3Cscript%3E"))
        {
            foreach (
                string path in new[]
                {
                    "/",
                    $"/join/{id}",
                    $"/meetings/{id}",
                    "/mailbox",
                    "/mailbox/1",
                    "/log",
                    "/log?operation=%3Cscript%3E",
                    twin.AuthorizeUrl(state: "%22%3E%3Cscript%3E"),
                    twin.AuthorizeUrl(redirect: "https://evil.example/\"><script>"),
                    "/join/%3Cscript%3E",
                }
            )
            {
                using HttpResponseMessage page = await twin.Http.GetAsync(path);
                string html = await page.Content.ReadAsStringAsync();
                html.ShouldContain("<!DOCTYPE html>", customMessage: path);
                html.ShouldNotContain("<script", Case.Insensitive, path);
                html.ShouldNotContain("\" onclick", Case.Insensitive, path);
                html.ShouldNotContain("<i>", Case.Insensitive, path);
                page.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldContain("'none'");
                page.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            }
        }
    }

    [Fact]
    public async Task The_buttons_of_the_overview_do_what_they_say()
    {
        await using Twin twin = await Twin.StartAsync();
        long id = await twin.CreateAsync(await twin.TokenAsync());
        string html = await twin.Http.GetStringAsync("/");
        html.ShouldContain($"/actions/meetings/{id}/run");
        await PostAsync(twin, $"/actions/meetings/{id}/run");
        (await twin.MeetingsAsync())[0]!["sessions"]!.AsArray().Count.ShouldBe(1);
        await PostAsync(twin, "/actions/faults", ("operation", "admin.me"), ("kind", "html"), ("times", "2"));
        (await twin.ControlAsync("faults"))["items"]!.AsArray().Count.ShouldBe(1);
        using (
            HttpResponseMessage refused = await twin.PostFormAsync(
                "/actions/faults",
                ("operation", "admin.me"),
                ("kind", "explode"),
                ("times", "2")
            )
        )
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }

        await PostAsync(twin, "/actions/faults/clear");
        (await twin.ControlAsync("faults"))["items"]!.AsArray().ShouldBeEmpty();
        await MailSession.DeliverAsync(twin, "Subject: x\r\n\r\n");
        await PostAsync(twin, "/actions/mail/clear");
        (await twin.ControlAsync("mail"))["items"]!.AsArray().ShouldBeEmpty();
        await PostAsync(twin, "/actions/reset");
        (await twin.MeetingsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_meetings_page_lists_its_sessions_and_adds_one_with_the_people_of_the_form()
    {
        await using Twin twin = await Twin.StartAsync();
        long id = await twin.CreateAsync(await twin.TokenAsync(), "Shown");
        (await twin.Http.GetStringAsync("/")).ShouldContain($"<a href=\"/meetings/{id}\">Shown</a>");
        (await twin.Http.GetStringAsync($"/meetings/{id}")).ShouldContain("None yet.");
        (string, string)[] fields =
        [
            ("form", "full"),
            ("startedAt", "2026-10-01T09:00"),
            ("minutes", "45"),
            ("attendees", "Alice Acker <alice@customer.example>\r\n\r\n Bob "),
            ("recording", "true"),
        ];
        using (HttpResponseMessage reply = await twin.PostFormAsync($"/actions/meetings/{id}/run", fields))
        {
            reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
            reply.Headers.Location!.OriginalString.ShouldBe($"/meetings/{id}");
        }

        System.Text.Json.Nodes.JsonNode session = (await twin.MeetingsAsync())[0]!["sessions"]!
            .AsArray()
            .ShouldHaveSingleItem()!;
        session["startedAt"]!.GetValue<string>().ShouldBe("2026-10-01T09:00:00Z");
        session["endedAt"]!.GetValue<string>().ShouldBe("2026-10-01T09:45:00Z");
        session["recording"]!["name"]!.GetValue<string>().ShouldBe("Shown");
        session["attendees"]!
            .AsArray()
            .Select(one => (one!["name"]!.GetValue<string>(), one["email"]?.GetValue<string>()))
            .ShouldBe(
                [("Olivia Organizer", Twin.Olivia), ("Alice Acker", "alice@customer.example"), ("Bob", null)],
                ignoreOrder: true
            );
        string page = await twin.Http.GetStringAsync($"/meetings/{id}");
        page.ShouldContain("Alice Acker &lt;alice@customer.example&gt;");
        page.ShouldNotContain("<td>");
    }

    [Theory]
    [InlineData("startedAt", "soon")]
    [InlineData("minutes", "0")]
    [InlineData("minutes", "1441")]
    [InlineData("attendees", "<only@address.example>")]
    [InlineData("attendees", "<script>x</script>")]
    public async Task A_session_that_does_not_fit_shows_the_form_again_with_what_was_typed(string field, string value)
    {
        await using Twin twin = await Twin.StartAsync();
        long id = await twin.CreateAsync(await twin.TokenAsync());
        Dictionary<string, string> fields = new()
        {
            ["form"] = "full",
            ["startedAt"] = "2026-10-01T09:00:00",
            ["minutes"] = "45",
            ["attendees"] = "Alice",
        };
        fields[field] = value;
        using HttpResponseMessage reply = await twin.PostFormAsync(
            $"/actions/meetings/{id}/run",
            [.. fields.Select(pair => (pair.Key, pair.Value))]
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        string html = await reply.Content.ReadAsStringAsync();
        html.ShouldContain("role=\"alert\"");
        html.ShouldContain(WebUtility.HtmlEncode(value));
        html.ShouldNotContain("<script");
        (await twin.MeetingsAsync())[0]!["sessions"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task On_a_phone_every_cell_of_the_overview_carries_the_name_of_its_column()
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.CreateAsync(await twin.TokenAsync());
        await twin.ControlAsync("faults", """{"operation":"*","kind":"html"}""");
        string html = await twin.Http.GetStringAsync("/");
        html.ShouldContain("<table class=\"stacks\">");
        html.ShouldNotContain("<td>");
        html.ShouldContain("<td data-label=\"Organizer\">Olivia Organizer</td>");
        (await twin.Http.GetStringAsync("/assets/sandbox.css")).ShouldContain("attr(data-label)");
    }

    private static async Task PostAsync(Twin twin, string path, params (string, string)[] fields)
    {
        using HttpResponseMessage reply = await twin.PostFormAsync(path, fields);
        reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther, path);
    }
}
