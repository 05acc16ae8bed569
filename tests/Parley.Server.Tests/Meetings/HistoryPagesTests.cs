using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using NodaTime;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>What was held and who was there, on the pages and as tables.</summary>
public sealed partial class HistoryPagesTests
{
    private static readonly object Held = new
    {
        organizer = ConnectedServer.Olivia,
        sessions = new object[]
        {
            new
            {
                subject = "=HYPERLINK(\"x\")",
                startedAt = "2026-11-20T09:00:00Z",
                minutes = 65,
                attendees = new object[]
                {
                    new
                    {
                        name = "@Ada",
                        email = "ada@example.org",
                        joinedAt = "2026-11-20T09:05:00Z",
                        leftAt = "2026-11-20T09:50:00Z",
                    },
                    new { name = "Bob" },
                },
                recording = new { name = "Talk", readyAfterMinutes = 0 },
            },
            new
            {
                subject = "Long ago",
                startedAt = "2026-03-01T09:00:00Z",
                minutes = 30,
            },
        },
    };

    [Theory, DatabaseMatrix]
    public async Task What_was_held_is_listed_with_recordings_and_leads_to_who_was_there(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        var empty = await world.Owner.ReadAsync("/history");
        empty.ShouldContain("Nothing was held in this range");
        var held = await world.HeldAsync(Held);
        var meeting = held["meetingIds"]![0]!.GetValue<string>();
        var session = held["sessionIds"]![0]!.GetValue<string>();

        var html = await world.Owner.ReadAsync("/history");
        html.ShouldContain("=HYPERLINK(&quot;x&quot;)");
        html.ShouldContain("1 h 5 min");
        html.ShouldContain("Fri 20 Nov 2026, 09:00");
        html.ShouldContain("rel=\"noopener noreferrer\" aria-label=\"Watch the recording of");
        html.ShouldNotContain("Long ago");
        var attendees = $"/connections/{world.Server.ConnectionId}/meetings/{meeting}/attendees";
        html.ShouldContain($"href=\"{attendees}#s-{session}\"");
        var year = await world.Owner.ReadAsync("/history?from=2026-01-01&to=2026-12-01");
        year.ShouldContain("Long ago");
        (
            await world.Owner.ReadAsync(
                $"/history?from=2026-11-20&to=2026-11-20&connection={world.Server.ConnectionId}"
            )
        ).ShouldContain("1 h 5 min");
        year.ShouldContain("Week by week");
        year.ShouldContain("16 Nov 2026: 1 meeting");
        html.ShouldContain("role=\"img\" aria-labelledby=\"held-attendees-title held-attendees-desc\"");
        (await world.Owner.ReadAsync("/history?from=2023-01-01&to=2026-12-01")).ShouldContain("Month by month");
        var weeks = (await world.Owner.ReadAsync("/history/weeks.csv?from=2026-11-10&to=2026-12-01")).Split("\r\n");
        weeks[0].ShouldEndWith("\"Week of\",\"Meetings\",\"Attendees\",\"Minutes\"");
        weeks[1].ShouldBe("\"2026-11-09\",\"0\",\"0\",\"0\"");
        weeks[2].ShouldStartWith("\"2026-11-16\",\"1\",");
        weeks.Length.ShouldBe(6);

        var people = await world.Owner.ReadAsync(attendees);
        people.ShouldContain("@Ada");
        people.ShouldContain("ada@example.org");
        people.ShouldContain("09:05");
        people.ShouldContain("09:50");
        people.ShouldContain(">45</td>");
        people.ShouldContain("Guest, no address told");
        people.ShouldContain($"id=\"s-{session}\"");
        people.ShouldContain("1 session");
    }

    [Theory, DatabaseMatrix]
    public async Task Both_are_downloaded_as_tables_no_spreadsheet_runs(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        var held = await world.HeldAsync(Held);
        var reply = await world.Owner.GetAsync("/history.csv?from=2026-01-01&to=2026-12-01");
        reply.StatusCode.ShouldBe(HttpStatusCode.OK);
        reply.Content.Headers.ContentType!.ToString().ShouldBe("text/csv; charset=utf-8");
        reply.Content.Headers.ContentDisposition!.FileName!.Trim('"').ShouldBe("history-2026-01-01-2026-12-01.csv");
        var bytes = await reply.Content.ReadAsByteArrayAsync();
        bytes[..3].ShouldBe([0xEF, 0xBB, 0xBF]);
        var lines = Encoding.UTF8.GetString(bytes[3..]).Split("\r\n");
        lines[0].ShouldStartWith("\"Started (UTC)\",\"Minutes\",\"Subject\",");
        lines[1].ShouldStartWith("\"2026-11-20 09:00:00\",\"65\",\"'=HYPERLINK(\"\"x\"\")\",\"Olivia Organizer\",");
        lines[2].ShouldContain("Long ago");
        lines.Length.ShouldBe(4);

        var meeting = held["meetingIds"]![0]!.GetValue<string>();
        var people = await world.Owner.ReadAsync(
            $"/connections/{world.Server.ConnectionId}/meetings/{meeting}/attendees.csv"
        );
        people.ShouldContain("\"'@Ada\",\"ada@example.org\",");
        people.ShouldContain(",\"2026-11-20 09:05:00\",\"2026-11-20 09:50:00\",\"45\",");
    }

    [Theory]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData("+49 30", "\"'+49 30\"")]
    [InlineData("-1", "\"'-1\"")]
    [InlineData("@SUM", "\"'@SUM\"")]
    [InlineData("\tx", "\"'\tx\"")]
    [InlineData("\rx", "\"'\rx\"")]
    [InlineData("\"=1\"", "\"\"\"=1\"\"\"")]
    [InlineData("\nx", "\"'\nx\"")]
    [InlineData("Bob;=cmd|'/C calc'!A0;x", "\"Bob;=cmd|'/C calc'!A0;x\"")]
    [InlineData("plain = text", "\"plain = text\"")]
    [InlineData("a,b", "\"a,b\"")]
    public async Task A_cell_that_would_run_becomes_text(string cell, string written)
    {
        var context = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        await using (var csv = await Web.CsvReply.StartAsync(context, "x", "One", "Two"))
        {
            await csv.AddAsync(cell, "end");
        }

        Encoding
            .UTF8.GetString(body.ToArray())
            .TrimStart('\uFEFF')
            .ShouldBe($"\"One\",\"Two\"\r\n{written},\"end\"\r\n");
    }

    [Fact]
    public async Task A_long_history_is_paged_and_downloaded_whole()
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite);
        await world.HeldAsync(
            new
            {
                organizer = ConnectedServer.Olivia,
                count = 130,
                from = "2026-11-05T00:00:00Z",
                to = "2026-11-30T00:00:00Z",
                attendees = 1,
                meetings = 5,
            }
        );
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var sizes = new List<int>();
        string? path = "/history";
        while (path is not null)
        {
            var html = await world.Owner.ReadAsync(path);
            var sessions = SessionLink().Matches(html).Select(link => link.Groups["id"].Value).ToList();
            sizes.Add(sessions.Count);
            sessions.ForEach(session => seen.Add(session).ShouldBeTrue(session));
            path = NextLink().Match(html) is { Success: true } next
                ? WebUtility.HtmlDecode(next.Groups["path"].Value)
                : null;
        }

        sizes.ShouldBe([50, 50, 30]);
        var csv = await world.Owner.ReadAsync("/history.csv");
        csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(131);
    }

    [Theory, DatabaseMatrix]
    public async Task Several_accounts_make_one_list_and_one_that_fails_does_not_hide_the_others(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        var other = await world.Server.ConnectAnotherAsync("oscar@northwind.example");
        foreach (var organizer in (string[])[ConnectedServer.Olivia, "oscar@northwind.example"])
        {
            await world.HeldAsync(
                new
                {
                    organizer,
                    count = 40,
                    from = "2026-11-05T00:00:00Z",
                    to = "2026-11-30T00:00:00Z",
                    attendees = 1,
                    meetings = 5,
                    subject = $"Of {organizer}",
                }
            );
        }

        var first = await world.Owner.ReadAsync("/history");
        first.ShouldContain("Of oscar@northwind.example");
        first.ShouldContain("Of olivia@northwind.example");
        var second = await world.Owner.ReadAsync(WebUtility.HtmlDecode(NextLink().Match(first).Groups["path"].Value));
        var pages = new[] { first, second }
            .Select(html => SessionLink().Matches(html).Select(link => link.Groups["id"].Value).ToList())
            .ToList();
        pages.Select(page => page.Count).ShouldBe([50, 30]);
        pages.SelectMany(page => page).Distinct(StringComparer.Ordinal).Count().ShouldBe(80);
        NextLink().IsMatch(second).ShouldBeFalse();
        (await world.Owner.ReadAsync("/history.csv"))
            .Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
            .Length.ShouldBe(81);
        var his = await world.Owner.ReadAsync($"/history?connection={other}");
        his.ShouldContain("Of oscar@northwind.example");
        his.ShouldNotContain("Of olivia@northwind.example");

        await world.Server.ExecuteAsync($"UPDATE connection SET missing_scopes = 'collab:' WHERE id = '{other}'");
        var some = await world.Owner.ReadAsync("/history");
        some.ShouldContain("Of olivia@northwind.example");
        some.ShouldNotContain("Of oscar@northwind.example 1");
        some.ShouldContain("does not include collab:.");
        some.ShouldContain($"action=\"/connections/{other}/reconnect\"");
        (await world.Owner.GetAsync("/history.csv")).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Theory, DatabaseMatrix]
    public async Task A_missing_right_is_named_with_its_cure(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database, before: SchedulePagesTests.WithoutIdentityAsync);
        var held = await world.HeldAsync(Held);
        (await world.Owner.ReadAsync("/history")).ShouldContain("1 h 5 min");
        var path =
            $"/connections/{world.Server.ConnectionId}/meetings/{held["meetingIds"]![0]!.GetValue<string>()}/attendees";
        var reply = await world.Owner.GetAsync(path);
        reply.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        var html = await reply.Content.ReadAsStringAsync();
        html.ShouldContain("does not include identity:.");
        html.ShouldContain($"action=\"/connections/{world.Server.ConnectionId}/reconnect\"");
        (await world.Owner.GetAsync(path + ".csv")).Headers.Location!.ToString().ShouldBe(path);
    }

    [Theory, DatabaseMatrix]
    public async Task An_administrator_reads_the_history_of_another_organizer(DatabaseKind database)
    {
        await using var world = await PagesWorld.StartAsync(database);
        await world.HeldAsync(Held);
        await world.HeldAsync(
            new
            {
                organizer = "oscar@northwind.example",
                sessions = new object[] { new { subject = "Held by Oscar", startedAt = "2026-11-21T09:00:00Z" } },
            }
        );
        (await world.Owner.ReadAsync("/history")).ShouldNotContain("Held by Oscar");
        var his = await world.Owner.ReadAsync("/history?organizer=oscar@northwind.example");
        his.ShouldContain("Held by Oscar");
        his.ShouldNotContain("HYPERLINK");
        var nobody = await world.Owner.GetAsync("/history?organizer=nobody@example.org");
        nobody.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await nobody.Content.ReadAsStringAsync()).ShouldContain("is nobody in this GoTo Meeting account");
    }

    [Theory]
    [InlineData("from=2026-13-01&to=2026-12-01", "must be a day such as")]
    [InlineData("from=2026-12-02&to=2026-12-01", "must not lie before the first day")]
    [InlineData("from=2010-12-02&to=2026-12-01", "at most 5 years")]
    public async Task A_range_that_cannot_be_is_said(string query, string says)
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite);
        foreach (var path in (string[])["/history", "/history.csv"])
        {
            var reply = await world.Owner.GetAsync($"{path}?{query}");
            reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest, path);
            (await reply.Content.ReadAsStringAsync()).ShouldContain(says);
        }
    }

    [GeneratedRegex("#s-(?<id>[^\"]+)\"", RegexOptions.NonBacktracking)]
    private static partial Regex SessionLink();

    [GeneratedRegex("href=\"(?<path>/history[^\"]+)\" rel=\"next\"", RegexOptions.NonBacktracking)]
    private static partial Regex NextLink();
}
