using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Users, their settings and keys, and the plan (reference §4, §2.5).</summary>
public sealed class ZoomUserTests
{
    [Fact]
    public async Task Users_are_paged_by_a_token_that_lives_fifteen_minutes()
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync(
            "accounts",
            """{"provider":"zoom","generate":[{"count":60,"domain":"northwind.example"}]}"""
        );
        string token = await twin.ZoomAdminTokenAsync();
        List<string> seen = [];
        string next = "";
        do
        {
            JsonNode page = await OkAsync(twin, $"users?page_size=25&next_page_token={next}", token);
            page["total_records"]!.GetValue<int>().ShouldBe(63);
            page["page_count"]!.GetValue<int>().ShouldBe(3);
            seen.AddRange(page["users"].Texts("id"));
            next = page.Text("next_page_token");
        } while (next.Length > 0);

        seen.Count.ShouldBe(63);
        seen.Distinct(StringComparer.Ordinal).Count().ShouldBe(63);

        string old = (await OkAsync(twin, "users?page_size=25", token)).Text("next_page_token");
        await OkAsync(twin, $"users?page_size=25&next_page_token={old}", token);
        await twin.ControlAsync("clock", """{"advanceSeconds":900}""");
        (await twin.ZoomAsync($"users?page_size=25&next_page_token={old}", token)).Body.Code().ShouldBe(300);
        (await twin.ZoomAsync("users?next_page_token=!!", token)).Body.Code().ShouldBe(300);
    }

    [Fact]
    public async Task A_page_holds_300_and_2000_by_the_switch()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomAdminTokenAsync();
        await OkAsync(twin, "users?page_size=300", token);
        (HttpStatusCode status, JsonNode? refused) = await twin.ZoomAsync("users?page_size=301", token);
        status.ShouldBe(HttpStatusCode.BadRequest);
        refused.Code().ShouldBe(300);
        refused!["errors"]![0].Text("field").ShouldBe("page_size");
        await twin.ZoomSettingsAsync(""" "usersPageMax":2000 """);
        await OkAsync(twin, "users?page_size=2000", token);
    }

    [Fact]
    public async Task Someone_pending_is_listed_without_an_id_and_only_when_asked_for()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomAdminTokenAsync();
        (await OkAsync(twin, "users", token))["users"]
            .Texts("email")
            .ShouldBe([ZoomCalls.Adele, ZoomCalls.Bruno, ZoomCalls.Zoe]);
        JsonNode pending = (await OkAsync(twin, "users?status=pending", token))["users"]!
            .AsArray()
            .ShouldHaveSingleItem()!;
        pending["id"].ShouldBeNull();
        pending.Text("email").ShouldBe("piet@northwind.example");
        (await OkAsync(twin, "users?status=inactive", token))["users"]
            .Texts("email")
            .ShouldBe(["ida@northwind.example"]);
        (await OkAsync(twin, "users?role_id=0", token))["users"].Texts("email").ShouldBe([ZoomCalls.Adele]);
        (await twin.ZoomAsync("users?status=asleep", token)).Body.Code().ShouldBe(300);
    }

    [Fact]
    public async Task The_summary_and_the_plan_count_licensed_basic_and_pending()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomAdminTokenAsync();
        JsonNode summary = await OkAsync(twin, "users/summary", token);
        summary["licensed_users_count"]!.GetValue<int>().ShouldBe(2);
        summary["basic_users_count"]!.GetValue<int>().ShouldBe(1);
        summary["pending_users_count"]!.GetValue<int>().ShouldBe(1);
        summary["total_users_count"]!.GetValue<int>().ShouldBe(5);
        JsonNode plan = await OkAsync(twin, "accounts/me/plans/usage", token);
        plan["plan_base"]!["hosts"]!.GetValue<int>().ShouldBe(10);
        plan["plan_base"]!["usage"]!.GetValue<int>().ShouldBe(2);
        await OkAsync(twin, $"accounts/{ZoomCalls.Northwind}/plans/usage", token);
        (await twin.ZoomAsync($"accounts/{ZoomCalls.Contoso}/plans/usage", token)).Status.ShouldBe(
            HttpStatusCode.NotFound
        );
    }

    [Theory]
    [InlineData("4711", HttpStatusCode.BadRequest, 4711)]
    [InlineData("403", HttpStatusCode.Forbidden, 403)]
    public async Task Plan_usage_can_be_refused_in_either_way(string how, HttpStatusCode status, int code)
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomAdminTokenAsync();
        await OkAsync(twin, "accounts/me/plans/usage", token);
        await twin.ZoomSettingsAsync($""" "planUsage":"{how}" """);
        (HttpStatusCode seen, JsonNode? body) = await twin.ZoomAsync("accounts/me/plans/usage", token);
        seen.ShouldBe(status);
        body.Code().ShouldBe(code);
    }

    [Fact]
    public async Task A_free_account_has_no_plan_to_show()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomAdminTokenAsync(ZoomCalls.Sol);
        (await twin.ZoomAsync("accounts/me/plans/usage", token)).Body.Code().ShouldBe(200);
    }

    [Fact]
    public async Task Settings_show_the_accounts_value_where_it_is_locked()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomTokenAsync();
        await twin.ControlAsync(
            $"people/{ZoomCalls.Zoe}",
            """{"provider":"zoom","settings":{"waitingRoom":true,"meetingCapacity":500}}"""
        );
        JsonNode before = await OkAsync(twin, "users/me/settings", token);
        before["in_meeting"]!["waiting_room"]!.GetValue<bool>().ShouldBeTrue();
        before["feature"]!["meeting_capacity"]!.GetValue<int>().ShouldBe(500);
        await twin.ControlAsync(
            "accounts",
            """{"provider":"zoom","account":"Northwind Conferencing","lockedSettings":["waiting_room"]}"""
        );
        JsonNode after = await OkAsync(twin, "users/me/settings", token);
        after["in_meeting"]!["waiting_room"]!.GetValue<bool>().ShouldBeFalse();
        await twin.ControlAsync(
            "accounts",
            """{"provider":"zoom","account":"Northwind Conferencing","lockedSettings":["colour"]}""",
            HttpStatusCode.BadRequest
        );
    }

    [Fact]
    public async Task Keys_are_given_for_oneself_and_the_old_kind_is_retired()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomTokenAsync();
        string own = (await OkAsync(twin, "users/me/zak", token)).Text("token");
        string byId = (await OkAsync(twin, $"users/{ZoomCalls.ZoeId}/token?type=zak&ttl=60", token)).Text("token");
        own.ShouldNotBe(byId);
        (await OkAsync(twin, "users/me/token", token)).Text("token").ShouldContain("no longer supported");
        (await twin.ZoomAsync("users/me/token?type=zak&ttl=99999999", token)).Body.Code().ShouldBe(300);
        (await twin.ZoomAsync("users/me/zak", await twin.ZoomServerTokenAsync())).Body.Code().ShouldBe(1001);
        (await twin.ControlAsync("log?provider=zoom")).ToJsonString().ShouldNotContain(own);
    }

    private static async Task<JsonNode> OkAsync(Twin twin, string path, string token)
    {
        (HttpStatusCode status, JsonNode? body) = await twin.ZoomAsync(path, token);
        status.ShouldBe(HttpStatusCode.OK, body?.ToJsonString());
        return body!;
    }
}
