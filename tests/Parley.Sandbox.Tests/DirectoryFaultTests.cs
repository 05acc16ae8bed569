using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Faults on the directory and the token endpoint, and what of a fault outlives a restart.</summary>
public sealed class DirectoryFaultTests
{
    private const string Account = $"/goto/admin/rest/v1/accounts/{DirectoryCalls.Northwind}";
    private const string Scim = "/goto/identity/v1";

    public static TheoryData<string, string, string> Calls =>
        new()
        {
            { "oauth.authorize", "GET", "/goto/oauth/authorize" },
            { "oauth.token", "POST", "/goto/oauth/token" },
            { "oauth.revoke", "POST", "/goto/oauth/revoke" },
            { "oauth.introspect", "POST", "/goto/oauth/introspect" },
            { "oauth.metadata", "GET", "/goto/.well-known/oauth-authorization-server" },
            { "oauth.metadata", "GET", "/goto/oauth/jwks.json" },
            { "oauth.retired", "POST", "/goto/oauth/v2/token" },
            { "admin.me", "GET", "/goto/admin/rest/v1/me" },
            { "admin.users.list", "GET", $"{Account}/users" },
            { "admin.users.get", "GET", $"{Account}/users/{DirectoryCalls.OscarKey}" },
            { "admin.users.create", "POST", $"{Account}/users" },
            { "admin.users.update", "PUT", $"{Account}/users/{DirectoryCalls.OscarKey}" },
            { "admin.users.update", "PUT", $"{Account}/users" },
            { "admin.users.delete", "DELETE", $"{Account}/users/{DirectoryCalls.OscarKey}" },
            { "admin.licenses.list", "GET", $"{Account}/licenses" },
            { "admin.licenses.get", "GET", $"{Account}/licenses/{DirectoryCalls.Business}" },
            { "admin.licenses.unassign", "DELETE", $"{Account}/licenses/1/users/2" },
            { "admin.groups.list", "GET", $"{Account}/groups" },
            { "admin.attributes.list", "GET", $"{Account}/attributes" },
            { "admin.rolesets.list", "GET", $"{Account}/rolesets" },
            { "admin.templates.list", "GET", $"{Account}/templates" },
            { "scim.me", "GET", $"{Scim}/Users/me" },
            { "scim.users.list", "GET", $"{Scim}/Users" },
            { "scim.users.get", "GET", $"{Scim}/Users/{DirectoryCalls.OscarKey}" },
            { "scim.users.create", "POST", $"{Scim}/Users" },
            { "scim.users.update", "PATCH", $"{Scim}/Users/{DirectoryCalls.OscarKey}" },
            { "scim.users.delete", "DELETE", $"{Scim}/Users/{DirectoryCalls.OscarKey}" },
            { "scim.groups.list", "GET", $"{Scim}/Groups" },
            { "scim.groups.get", "GET", $"{Scim}/Groups/{DirectoryCalls.Sales}" },
            { "scim.groups.create", "POST", $"{Scim}/Groups" },
            { "scim.groups.update", "PUT", $"{Scim}/Groups/{DirectoryCalls.Sales}" },
            { "scim.groups.delete", "DELETE", $"{Scim}/Groups/{DirectoryCalls.Sales}" },
            { "scim.schema", "GET", $"{Scim}/Schemas/Users" },
            { "scim.configuration", "GET", $"{Scim}/ServiceProviderConfigs" },
        };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task Every_call_of_directory_and_authorization_has_a_name_that_faults_strike(
        string operation,
        string method,
        string path
    )
    {
        await using Twin twin = await Twin.StartAsync();
        await AddAsync(twin, operation, "failBefore", ",\"status\":418");
        (await SendAsync(twin, method, path)).ShouldBe(418);
        (await SendAsync(twin, method, path)).ShouldNotBe(418);
        (await twin.ControlAsync($"log?operation={operation}"))["items"]!.AsArray().Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("refuse", false, 0)]
    [InlineData("failBefore", false, 500)]
    [InlineData("rateLimit", false, 429)]
    [InlineData("applyLate", false, 504)]
    [InlineData("delayBefore", true, 200)]
    [InlineData("applyThenFail", true, 500)]
    [InlineData("applyThenDrop", true, 0)]
    [InlineData("applyThenDelay", true, 200)]
    [InlineData("truncate", true, 0)]
    [InlineData("html", true, 200)]
    public async Task Every_kind_strikes_a_write_of_the_directory_as_it_says(string kind, bool done, int status)
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        string delay = kind.Contains("elay", StringComparison.Ordinal) ? ",\"delayMs\":50" : "";
        await AddAsync(twin, "admin.users.update", kind, delay);
        (await RenameAsync(twin, token)).ShouldBe(status);
        (await LastNameAsync(twin)).ShouldBe(done ? "Renamed" : "Organizer");
        (await RenameAsync(twin, token)).ShouldBe(200);
        (await LastNameAsync(twin)).ShouldBe("Renamed");
    }

    [Fact]
    public async Task A_lagging_list_of_people_does_not_show_who_was_added_just_now()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        await twin.ControlAsync("clock", """{"advanceSeconds":120}""");
        await twin.ControlAsync("accounts", """{"email":"nina@northwind.example"}""");
        (await twin.AdminAsync(DirectoryCalls.Users, token)).Body!["total"]!.GetValue<int>().ShouldBe(9);
        await AddAsync(twin, "admin.users.list", "listLag", ",\"delayMs\":60000");
        (await twin.AdminAsync(DirectoryCalls.Users, token)).Body!["total"]!.GetValue<int>().ShouldBe(8);
        await twin.ControlAsync("clock", """{"advanceSeconds":61}""");
        (await twin.AdminAsync(DirectoryCalls.Users, token)).Body!["total"]!.GetValue<int>().ShouldBe(9);
    }

    [Fact]
    public async Task Rotating_and_dropping_leaves_the_client_with_a_refresh_token_that_is_dead()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode made = await twin.ControlAsync("tokens", $$"""{"account":"{{Twin.Olivia}}"}""");
        string refresh = made["refreshToken"]!.GetValue<string>();
        string access = made["accessToken"]!.GetValue<string>();
        (await RefreshAsync(twin, refresh)).ShouldBe(HttpStatusCode.OK);
        await AddAsync(twin, "oauth.refresh", "rotateAndDrop");
        await Should.ThrowAsync<HttpRequestException>(() => RefreshAsync(twin, refresh));
        (await RefreshAsync(twin, refresh)).ShouldBe(HttpStatusCode.BadRequest);
        using HttpResponseMessage dead = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", access);
        dead.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        JsonNode problem = await twin.ControlAsync(
            "faults",
            """{"operation":"oauth.token","kind":"rotateAndDrop"}""",
            HttpStatusCode.BadRequest
        );
        problem["errors"]!.AsObject().ShouldHaveSingleItem().Key.ShouldBe("operation");
    }

    [Fact]
    public async Task A_call_to_be_applied_late_is_applied_after_a_restart_too_and_the_journal_holds_no_token()
    {
        string folder = Directory.CreateTempSubdirectory("sandbox-tests-").FullName;
        try
        {
            await using (Twin twin = await Twin.StartAsync(folder))
            {
                string token = await twin.TokenAsync(extra: ",\"expiresInSeconds\":60");
                await AddAsync(twin, "meetings.create", "applyLate", ",\"delayMs\":300000");
                using HttpResponseMessage reply = await twin.G2mAsync(
                    HttpMethod.Post,
                    "meetings",
                    token,
                    Twin.Meeting("Late but there")
                );
                reply.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
                (await File.ReadAllTextAsync(Path.Combine(folder, "sandbox.journal"))).ShouldNotContain(token);
            }

            await using Twin again = await Twin.StartAsync(folder);
            (await again.ControlAsync("faults"))["late"]!.AsArray().ShouldHaveSingleItem();
            (await again.MeetingsAsync()).ShouldBeEmpty();
            await again.ControlAsync("clock", """{"advanceSeconds":301}""");
            (await again.MeetingsAsync()).ShouldHaveSingleItem()!["subject"]!
                .GetValue<string>()
                .ShouldBe("Late but there");
            (await again.ControlAsync("faults"))["late"]!.AsArray().ShouldBeEmpty();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_late_call_happens_by_itself_when_its_time_has_come_after_a_restart()
    {
        string folder = Directory.CreateTempSubdirectory("sandbox-tests-").FullName;
        try
        {
            await using (Twin twin = await Twin.StartAsync(folder))
            {
                string token = await twin.TokenAsync();
                await AddAsync(twin, "meetings.create", "applyLate", ",\"delayMs\":2000");
                using HttpResponseMessage reply = await twin.G2mAsync(
                    HttpMethod.Post,
                    "meetings",
                    token,
                    Twin.Meeting()
                );
                reply.StatusCode.ShouldBe(HttpStatusCode.GatewayTimeout);
            }

            await using Twin again = await Twin.StartAsync(folder);
            await again.UntilAsync(async () => (await again.MeetingsAsync()).Count == 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task An_unknown_operation_is_refused_with_the_names_of_the_known_ones()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode problem = await twin.ControlAsync(
            "faults",
            """{"operation":"admin.dance","kind":"html"}""",
            HttpStatusCode.BadRequest
        );
        string detail = problem["detail"]!.GetValue<string>();
        detail.ShouldContain("admin.users.list");
        detail.ShouldContain("scim.groups.update");
        detail.ShouldContain("meetings.create");
    }

    private static Task<JsonNode> AddAsync(Twin twin, string operation, string kind, string extra = "") =>
        twin.ControlAsync(
            "faults",
            $$"""{"operation":"{{operation}}","kind":"{{kind}}"{{extra}}}""",
            HttpStatusCode.Created
        );

    private static async Task<int> SendAsync(Twin twin, string method, string path)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        using HttpResponseMessage reply = await twin.Http.SendAsync(request);
        return (int)reply.StatusCode;
    }

    /// <summary>0: the connection was cut.</summary>
    private static async Task<int> RenameAsync(Twin twin, string token)
    {
        using HttpRequestMessage request = new(HttpMethod.Put, $"{Account}/users/{DirectoryCalls.OscarKey}");
        request.Headers.Authorization = new("Bearer", token);
        request.Content = Twin.Json("""{"lastName":"Renamed"}""");
        try
        {
            using HttpResponseMessage reply = await twin.Http.SendAsync(request);
            await reply.Content.ReadAsStringAsync();
            return (int)reply.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    private static async Task<string> LastNameAsync(Twin twin) =>
        (await twin.ControlAsync("accounts"))["items"]!
            .AsArray()
            .Single(person => person!["email"]!.GetValue<string>() == Twin.Oscar)!["lastName"]!.GetValue<string>();

    private static async Task<HttpStatusCode> RefreshAsync(Twin twin, string refresh)
    {
        using HttpResponseMessage reply = await twin.TokenCallAsync(
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh)
        );
        return reply.StatusCode;
    }
}
