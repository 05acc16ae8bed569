using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>What was held: past meetings, instances, participants.</summary>
public sealed class ZoomPastTests
{
    [Fact]
    public async Task The_number_means_the_last_run_and_each_uuid_its_own()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(token);
        await twin.ZoomRefusedAsync($"past_meetings/{made.Id()}", token, 404, 3001);
        await twin.ZoomRunAsync(made.Id(), extra: ""","startedAt":"2026-10-01T09:00:00Z" """);
        string first = made.Text("uuid");
        await twin.ZoomRunAsync(made.Id(), extra: ""","startedAt":"2026-10-08T09:00:00Z" """);

        JsonNode last = await twin.ZoomGetAsync($"past_meetings/{made.Id()}", token);
        last.Text("start_time").ShouldBe("2026-10-08T09:00:00Z");
        last.Text("end_time").ShouldBe("2026-10-08T09:40:00Z");
        last["duration"]!.GetValue<int>().ShouldBe(40);
        last["participants_count"]!.GetValue<int>().ShouldBe(3);
        last["total_minutes"]!.GetValue<int>().ShouldBe(120);
        JsonNode one = await twin.ZoomGetAsync($"past_meetings/{Twice(first)}", token);
        one.Text("uuid").ShouldBe(first);
        one.Text("start_time").ShouldBe("2026-10-01T09:00:00Z");
        (await twin.ZoomGetAsync($"past_meetings/{made.Id()}/instances", token))["meetings"]!
            .AsArray()
            .Select(run => run.Text("uuid"))
            .ShouldBe([first, last.Text("uuid")]);
    }

    [Fact]
    public async Task A_uuid_with_slashes_is_found_however_often_it_is_encoded()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        await twin.ZoomSettingsAsync("\"uuids\":\"slashes\"");
        string token = await twin.ZoomTokenAsync();
        JsonNode made = await twin.ZoomCreateAsync(token);
        await twin.ZoomRunAsync(made.Id());
        string uuid = made.Text("uuid");
        uuid.ShouldStartWith("/");
        uuid.ShouldContain("//");
        foreach (string path in new[] { Uri.EscapeDataString(uuid), Twice(uuid), Uri.EscapeDataString(Twice(uuid)) })
        {
            (await twin.ZoomGetAsync($"past_meetings/{path}", token)).Text("uuid").ShouldBe(uuid);
            (await twin.ZoomGetAsync($"past_meetings/{path}/participants", token))["participants"]!
                .AsArray()
                .Count.ShouldBe(3);
        }

        await twin.ZoomRefusedAsync($"past_meetings/{uuid}", token, 400, 2300);
    }

    [Fact]
    public async Task Participants_are_rows_of_joins_and_outsiders_have_no_address()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        long id = (await twin.ZoomCreateAsync(token)).Id();
        await twin.ZoomRunAsync(
            id,
            """
            [{"name":"Alice","email":"alice@customer.example","joinedAt":"2026-10-01T09:00:00Z","leftAt":"2026-10-01T09:10:00Z"},
             {"name":"Alice","email":"alice@customer.example","joinedAt":"2026-10-01T09:20:00Z","leftAt":"2026-10-01T09:40:00Z"},
             {"name":"Bruno Basic","email":"bruno@northwind.example"}]
            """,
            ""","startedAt":"2026-10-01T09:00:00Z" """
        );
        JsonArray rows = (await twin.ZoomGetAsync($"past_meetings/{id}/participants", token))[
            "participants"
        ]!.AsArray();
        rows.Count.ShouldBe(4);
        JsonNode[] alice = [.. rows.Where(row => row.Text("name") == "Alice").Select(row => row!)];
        alice.Select(row => row["duration"]!.GetValue<int>()).ShouldBe([600, 1200]);
        alice.Select(row => row.Text("user_id")).Distinct().Count().ShouldBe(2);
        alice.ShouldAllBe(row => row.Text("id") == "" && row.Text("user_email") == "");
        JsonNode bruno = rows.Single(row => row.Text("name") == "Bruno Basic")!;
        bruno.Text("user_email").ShouldBe(ZoomCalls.Bruno);
        bruno["internal_user"]!.GetValue<bool>().ShouldBeTrue();
        JsonNode page = await twin.ZoomGetAsync($"past_meetings/{id}/participants?page_size=3", token);
        page["participants"]!.AsArray().Count.ShouldBe(3);
        (
            await twin.ZoomGetAsync(
                $"past_meetings/{id}/participants?page_size=3&next_page_token={page.Text("next_page_token")}",
                token
            )
        )["participants"]!
            .AsArray()
            .Count.ShouldBe(1);
        // The meeting itself counts people, not joins.
        (await twin.ZoomGetAsync($"past_meetings/{id}", token))["participants_count"]!
            .GetValue<int>()
            .ShouldBe(3);
    }

    [Fact]
    public async Task Nobody_is_listed_when_only_one_person_came()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        string token = await twin.ZoomTokenAsync();
        long id = (await twin.ZoomCreateAsync(token)).Id();
        await twin.ZoomRunAsync(id, "[]", ""","startedAt":"2026-11-20T09:00:00Z" """);
        (await twin.ZoomGetAsync($"past_meetings/{id}/participants", token))["participants"]!.AsArray().ShouldBeEmpty();
        await twin.ZoomRunAsync(id);
        (await twin.ZoomGetAsync($"past_meetings/{id}/participants", token))["participants"]!
            .AsArray()
            .Count.ShouldBe(3);
    }

    [Fact]
    public async Task Figures_settle_after_a_while()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        await twin.ZoomSettingsAsync("\"settleMinutes\":15");
        string token = await twin.ZoomTokenAsync();
        string admin = await twin.ZoomAdminTokenAsync();
        long id = (await twin.ZoomCreateAsync(token)).Id();
        await twin.ZoomRunAsync(id);
        (await Seconds()).ShouldAllBe(seconds => seconds == 0);
        await twin.ZoomRefusedAsync($"report/meetings/{id}", admin, 404, 3001);
        await twin.ControlAsync("clock", """{"advanceSeconds":900}""");
        (await Seconds()).ShouldAllBe(seconds => seconds == 2400);
        await twin.ZoomGetAsync($"report/meetings/{id}", admin);

        async Task<IEnumerable<int>> Seconds() =>
            (await twin.ZoomGetAsync($"past_meetings/{id}/participants", token))["participants"]!
                .AsArray()
                .Select(row => row!["duration"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_basic_host_and_a_free_account_have_no_past_and_a_year_is_the_end_of_it()
    {
        await using Twin twin = await ZoomMeetingCalls.StartAsync();
        foreach (string host in new[] { ZoomCalls.Bruno, ZoomCalls.Sol })
        {
            string token = await twin.ZoomTokenAsync(host);
            long id = (await twin.ZoomCreateAsync(token)).Id();
            await twin.ZoomRunAsync(id);
            await twin.ZoomRefusedAsync($"past_meetings/{id}", token, 400, 200);
        }

        string zoe = await twin.ZoomTokenAsync();
        long old = (await twin.ZoomCreateOfAsync(zoe, """{"type":3}""")).Id();
        await twin.ZoomRunAsync(old, extra: ""","startedAt":"2024-10-01T09:00:00Z" """);
        await twin.ZoomRefusedAsync($"past_meetings/{old}", zoe, 400, 12702);
        await twin.ZoomRefusedAsync($"past_meetings/{old}/participants", zoe, 400, 12702);
        await twin.ZoomRefusedAsync($"past_meetings/{old}", await twin.ZoomTokenAsync(ZoomCalls.Bruno), 404, 3001);
    }

    private static string Twice(string uuid) => Uri.EscapeDataString(Uri.EscapeDataString(uuid));
}
