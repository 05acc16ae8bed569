using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>The one list behind the dashboard, its downloads and the API: every order, every filter, both engines.</summary>
public sealed class BoardListTests
{
    [Theory, DatabaseMatrix]
    public async Task Every_order_and_filter_holds_over_pages_and_the_page_and_its_downloads_follow(
        DatabaseKind database
    )
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var olivia = await world.SeedConnectionAsync(name: "Olivia Organizer");
        var account = await world.SeedAccountAsync("Zelda Admin", ("k-bob", "bob@example.org", "Bob Builder"));
        await world.SeedMeetingAsync(olivia, "beta", Duration.FromHours(1), "1");
        await world.SeedMeetingAsync(olivia, "Alpha", Duration.FromHours(2), "2", attention: "expired");
        await world.SeedMeetingAsync(olivia, "=gamma", Duration.FromHours(3), null);
        await world.SeedMeetingAsync(olivia, "Over", -Duration.FromDays(2), "4");
        await world.SeedSeenAsync(account, "k-bob", "Delta of Bob", Duration.FromHours(26));
        await world.SeedSeenAsync(account, "k-bob", "Epsilon of Bob", Duration.FromHours(26));

        const string ahead = "from=2026-12-01T00:00:00Z&";
        await OrderAsync("startsAt", "beta", "Alpha", "=gamma", "Delta of Bob", "Epsilon of Bob");
        await OrderAsync("subject", "=gamma", "Alpha", "beta", "Delta of Bob", "Epsilon of Bob");
        await OrderAsync("organizer", "Delta of Bob", "Epsilon of Bob", "beta", "Alpha", "=gamma");
        await OrderAsync("source", "beta", "Alpha", "=gamma", "Delta of Bob", "Epsilon of Bob");
        await OrderAsync("status", "Alpha", "=gamma", "beta", "Delta of Bob", "Epsilon of Bob");
        (await ListAsync("sort=provider&" + ahead)).Length.ShouldBe(5);
        (await ListAsync(ahead + "organizer=BOB@example.org")).ShouldBe(["Delta of Bob", "Epsilon of Bob"]);
        (await ListAsync(ahead + "organizer=k-bob")).Length.ShouldBe(2);
        (await ListAsync(ahead + "organizer=host@example.org")).Length.ShouldBe(3);
        (await ListAsync(ahead + "provider=zoom")).ShouldBeEmpty();
        (await ListAsync(ahead + "to=2026-12-02T00:00:00Z&provider=gotomeeting")).Length.ShouldBe(3);
        (await ListAsync("")).ShouldContain("Over");
        (await world.Parley.Api.GetAsync("/api/v1/meetings?sort=colour")).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest
        );
        (await world.Parley.Api.GetAsync("/api/v1/meetings?sort=subject&cursor=OTk5IHg")).StatusCode.ShouldBe(
            HttpStatusCode.OK
        );

        var page = await world.Owner.ReadAsync("/dashboard?sort=-subject&organizer=bob%40example.org");
        page.ShouldContain("aria-sort=\"descending\"");
        page.IndexOf("Epsilon of Bob", StringComparison.Ordinal)
            .ShouldBeLessThan(page.IndexOf("Delta of Bob", StringComparison.Ordinal));
        page.ShouldNotContain(">beta<");
        page.ShouldContain("Bob Builder");
        page.ShouldContain("https://meet.goto.com/", customMessage: "one can join what one cannot change");
        page.ShouldNotContain($"/connections/{account}/meetings/", customMessage: "it is hosted elsewhere");
        (await world.Owner.ReadAsync("/dashboard?from=2026-11-01&to=2026-11-30")).ShouldContain(">Over<");
        (await world.Owner.ReadAsync("/dashboard?status=ended")).ShouldContain(">Over<");
        (await world.Owner.ReadAsync("/dashboard?from=2026-13-01&to=never&size=7&sort=colour")).ShouldContain(
            "Upcoming meetings"
        );

        var csv = await world.Owner.GetAsync("/dashboard.csv?sort=subject");
        csv.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        var lines = (await csv.Content.ReadAsStringAsync()).TrimStart('\uFEFF').Split("\r\n");
        lines.Length.ShouldBe(7);
        lines[1]
            .ShouldStartWith(
                "\"'=gamma\",\"2026-12-01 11:00:00\",\"2026-12-01 11:30:00\",\"30\",\"Olivia Organizer\",\"host@example.org\",\"GoTo Meeting\",\"Made by API\",\"Being set up\",\"http://127.0.0.1:5080/j/"
            );
        (await world.Owner.ReadAsync("/dashboard.csv?organizer=k-bob")).ShouldContain(
            "\"Made at GoTo Meeting\",\"Scheduled\",\"https://meet.goto.com/"
        );
        var ics = await world.Owner.GetAsync("/dashboard.ics?organizer=host@example.org");
        ics.Content.Headers.ContentType!.ToString().ShouldBe("text/calendar; charset=utf-8");
        var calendar = await ics.Content.ReadAsStringAsync();
        calendar.Split("BEGIN:VEVENT").Length.ShouldBe(4);
        calendar.ShouldContain("LOCATION:http://127.0.0.1:5080/j/");
        calendar.ShouldNotContain("METHOD:");

        var (mia, _) = await world.AddMemberAsync(Role.Member);
        foreach (var path in (string[])["/dashboard?from=2026-01-01", "/dashboard.csv", "/dashboard.ics"])
        {
            var seen = await mia.ReadAsync(path);
            seen.ShouldNotContain("Bob", customMessage: path);
            seen.ShouldNotContain("beta", customMessage: path);
        }

        mia.Dispose();

        // The organizer is connected in person: that connection tells, and what the account still shows of them does not.
        await world.ExecuteAsync($"UPDATE connection SET organizer_key = 'k-bob' WHERE id = '{olivia}'");
        (await ListAsync(ahead)).Length.ShouldBe(3);

        async Task OrderAsync(string sort, params string[] expected)
        {
            (await ListAsync($"{ahead}sort={sort}")).ShouldBe(expected, sort);
            (await ListAsync($"{ahead}sort=-{sort}")).ShouldBe(expected.Reverse(), sort);
        }

        async Task<string[]> ListAsync(string query)
        {
            var subjects = new List<string>();
            var cursor = "";
            do
            {
                var body = await world.Parley.Api.GetFromJsonAsync<JsonElement>(
                    $"/api/v1/meetings?{query}&limit=2&cursor={cursor}"
                );
                subjects.AddRange(
                    body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("subject").GetString()!)
                );
                cursor = body.GetProperty("nextCursor").GetString() ?? "";
            } while (cursor.Length > 0);

            return [.. subjects];
        }
    }

    [Fact]
    public async Task Cancelling_from_the_list_comes_back_to_it_and_to_no_other_place()
    {
        await using var world = await DashboardWorld.StartAsync(DatabaseKind.Sqlite);
        var connection = await world.ConnectAsync();
        var ids = new List<string>();
        foreach (var subject in (string[])["One", "Two"])
        {
            var made = await world.Parley.Api.PostAsJsonAsync(
                $"/api/v1/connections/{connection}/meetings",
                new
                {
                    subject,
                    startsAt = "2026-12-10T09:00:00Z",
                    durationMinutes = 30,
                    timeZone = "UTC",
                }
            );
            ids.Add((await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("arrangementId").GetString()!);
        }

        const string here = "/dashboard?q=One&sort=-subject";
        var list = WebUtility.HtmlDecode(await world.Owner.ReadAsync(here));
        var ask = $"/meetings/{ids[0]}/cancel?back={Uri.EscapeDataString(here)}";
        list.ShouldContain(ask);
        var done = await world.Owner.SubmitAsync(ask, $"/meetings/{ids[0]}/cancel", ("back", here));
        done.Headers.Location!.ToString().ShouldBe(here);
        (await world.Owner.ReadAsync(here)).ShouldContain("is cancelled");

        const string elsewhere = "//evil.example/dashboard";
        (
            await world.Owner.ReadAsync($"/meetings/{ids[1]}/cancel?back={Uri.EscapeDataString(elsewhere)}")
        ).ShouldNotContain("evil");
        var other = await world.Owner.SubmitAsync(
            $"/meetings/{ids[1]}/cancel",
            $"/meetings/{ids[1]}/cancel",
            ("back", elsewhere)
        );
        other.Headers.Location!.ToString().ShouldBe("/dashboard");
    }
}
