using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>The people of an account in the admin API.</summary>
public sealed class AdminUserTests
{
    [Fact]
    public async Task A_list_comes_in_pages_whose_toIndex_is_the_last_row()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (HttpStatusCode status, JsonNode? page) = await twin.AdminAsync(
            $"{DirectoryCalls.Users}?pageSize=3&attributes=key,email",
            token
        );
        status.ShouldBe(HttpStatusCode.OK);
        (page!["fromIndex"]!.GetValue<int>(), page["toIndex"]!.GetValue<int>()).ShouldBe((0, 2));
        page["total"]!.GetValue<int>().ShouldBe(8);
        page["results"]![0]!.AsObject().Select(field => field.Key).ShouldBe(["key", "email"]);
        page["results"]![0]!["key"]!.GetValue<string>().ShouldBe(DirectoryCalls.OliviaKey);

        (_, JsonNode? last) = await twin.AdminAsync($"{DirectoryCalls.Users}?pageSize=3&offset=6", token);
        (last!["fromIndex"]!.GetValue<int>(), last["toIndex"]!.GetValue<int>()).ShouldBe((6, 7));
        last["results"]!.AsArray().Count.ShouldBe(2);
        // The second account's people are not among them; the desk phone is.
        (_, JsonNode? all) = await twin.AdminAsync(DirectoryCalls.Users, token);
        all!["results"].Texts("email").ShouldNotContain(Twin.Fiona);
        all["results"].Texts("email").ShouldContain("desk-0412@devices.logmein.com");
    }

    [Theory]
    [InlineData("pageSize=0")]
    [InlineData("pageSize=1001")]
    [InlineData("pageSize=all")]
    [InlineData("offset=-1")]
    [InlineData("filter=email+eq+%22oscar@northwind.example%22")]
    [InlineData("filter=shoe%20eq%20%2242%22")]
    [InlineData("filter=oscar")]
    public async Task A_list_that_cannot_be_read_is_400(string query)
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (await twin.AdminAsync($"{DirectoryCalls.Users}?pageSize=1000&offset=0", token)).Status.ShouldBe(
            HttpStatusCode.OK
        );
        (await twin.AdminAsync($"{DirectoryCalls.Users}?{query}", token)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("""email eq "OSCAR@northwind.example" """, 1)]
    [InlineData("""(email="(?i)Oscar@Northwind.example")""", 1)]
    [InlineData("""(email="(?i)oscar@northwind.example") & (status="active")""", 1)]
    [InlineData("""(email="(?i)oscar@northwind.example") & (status="suspended")""", 0)]
    [InlineData("""groupName eq "Sales" """, 2)]
    [InlineData("""status eq "invited" """, 1)]
    [InlineData("""email eq "fiona@fabrikam.example" """, 0)]
    public async Task Both_forms_of_a_filter_find_people_whatever_the_case_of_the_email(string filter, int found)
    {
        await using Twin twin = await Twin.StartAsync();
        (_, JsonNode? page) = await twin.AdminAsync(
            $"{DirectoryCalls.Users}?filter={Uri.EscapeDataString(filter.Trim())}",
            await twin.TokenAsync()
        );
        page!["total"]!.GetValue<int>().ShouldBe(found, page.ToJsonString());
        page["results"]?.AsArray().Count.ShouldBe(found);
    }

    [Fact]
    public async Task An_empty_match_has_no_results_at_all_or_an_empty_array_by_switch()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        string path = $"{DirectoryCalls.Users}?filter=email%20eq%20%22nobody@northwind.example%22";
        (HttpStatusCode status, JsonNode? absent) = await twin.AdminAsync(path, token);
        status.ShouldBe(HttpStatusCode.OK);
        absent!["total"]!.GetValue<int>().ShouldBe(0);
        absent.AsObject().ContainsKey("results").ShouldBeFalse();
        await twin.ControlAsync("settings", """{"emptyResults":"array"}""");
        (await twin.AdminAsync(path, token)).Body!["results"]!.AsArray().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("mixed", JsonValueKind.String, JsonValueKind.Number)]
    [InlineData("strings", JsonValueKind.String, JsonValueKind.String)]
    [InlineData("numbers", JsonValueKind.Number, JsonValueKind.Number)]
    public async Task Keys_are_text_or_numbers_by_switch_and_always_exact(
        string switched,
        JsonValueKind user,
        JsonValueKind licence
    )
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("settings", $$"""{"adminKeys":"{{switched}}"}""");
        string token = await twin.TokenAsync();
        (_, JsonNode? me) = await twin.AdminAsync("me", token);
        (_, JsonNode? users) = await twin.AdminAsync(DirectoryCalls.Users, token);
        (_, JsonNode? licences) = await twin.AdminAsync($"accounts/{DirectoryCalls.Northwind}/licenses", token);
        me!["key"]!.GetValueKind().ShouldBe(user);
        me["accountKey"]!.GetValueKind().ShouldBe(licence);
        users!["results"]![0]!["key"]!.GetValueKind().ShouldBe(user);
        users["results"]![0]!["licenseKeys"]![0]!.GetValueKind().ShouldBe(user);
        licences!["results"]![0]!["key"]!.GetValueKind().ShouldBe(licence);
        licences["results"]![0]!["userKeys"]![0]!.GetValueKind().ShouldBe(licence);
        users["results"].Texts("key").ShouldContain(DirectoryCalls.OscarKey);
        // A double cannot hold any of them.
        ((long)(double)long.Parse(DirectoryCalls.OscarKey, null))
            .ToString(System.Globalization.CultureInfo.InvariantCulture)
            .ShouldNotBe(DirectoryCalls.OscarKey);
    }

    [Fact]
    public async Task Roles_decide_who_reads_and_who_writes()
    {
        await using Twin twin = await Twin.StartAsync();
        string owner = await twin.TokenAsync();
        string reports = await twin.TokenAsync(DirectoryCalls.Rita);
        string organizer = await twin.TokenAsync(Twin.Oscar);
        string one = $"{DirectoryCalls.Users}/{DirectoryCalls.OscarKey}";
        const string change = """{"lastName":"Renamed"}""";
        (await twin.AdminAsync(one, owner)).Status.ShouldBe(HttpStatusCode.OK);
        (await twin.AdminAsync(one, reports)).Status.ShouldBe(HttpStatusCode.OK);
        (HttpStatusCode refused, JsonNode? why) = await twin.AdminAsync(one, organizer);
        refused.ShouldBe(HttpStatusCode.Forbidden);
        why!.ToJsonString().ShouldNotContain("InvalidToken");
        (await twin.AdminAsync("me", organizer)).Status.ShouldBe(HttpStatusCode.OK);

        (await twin.AdminAsync(one, reports, HttpMethod.Put, change)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await twin.AdminAsync(one, reports, HttpMethod.Delete)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (HttpStatusCode done, JsonNode? after) = await twin.AdminAsync(one, owner, HttpMethod.Put, change);
        done.ShouldBe(HttpStatusCode.OK);
        after!["lastName"]!.GetValue<string>().ShouldBe("Renamed");
        await twin.ControlAsync("settings", """{"adminPutStatus":204}""");
        (await twin.AdminAsync(one, owner, HttpMethod.Put, change)).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Without_the_scope_it_is_401_with_letters_502_and_of_another_account_404()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (await twin.AdminAsync($"{DirectoryCalls.Users}/{DirectoryCalls.OscarKey}", token)).Status.ShouldBe(
            HttpStatusCode.OK
        );
        string modest = await twin.TokenAsync(extra: ",\"scopes\":[\"collab:\"]");
        (HttpStatusCode status, JsonNode? body) = await twin.AdminAsync(DirectoryCalls.Users, modest);
        status.ShouldBe(HttpStatusCode.Unauthorized);
        body!["errorCode"]!.GetValue<string>().ShouldBe("not.authenticated");
        (await twin.AdminAsync($"{DirectoryCalls.Users}/abc", token)).Status.ShouldBe(HttpStatusCode.BadGateway);
        (await twin.AdminAsync("accounts/abc/users", token)).Status.ShouldBe(HttpStatusCode.BadGateway);
        (await twin.AdminAsync($"{DirectoryCalls.Users}/{DirectoryCalls.FionaKey}", token)).Status.ShouldBe(
            HttpStatusCode.NotFound
        );
        (await twin.AdminAsync($"accounts/{DirectoryCalls.Fabrikam}/users", token)).Status.ShouldBe(
            HttpStatusCode.NotFound
        );
        (await twin.AdminAsync($"accounts/{DirectoryCalls.Fabrikam}/users", await twin.TokenAsync(Twin.Fiona))).Body![
            "total"
        ]!
            .GetValue<int>()
            .ShouldBe(1);
    }

    [Fact]
    public async Task People_are_added_with_those_who_were_there_in_the_same_array()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (HttpStatusCode status, JsonNode? made) = await twin.AdminAsync(
            DirectoryCalls.Users,
            token,
            HttpMethod.Post,
            $$"""
            {"users":[{"email":"nina@northwind.example","firstName":"Nina"},{"email":"{{Twin.Oscar}}"}],
             "licenseKeys":[{{DirectoryCalls.Business}}],"suppressEmail":true}
            """
        );
        status.ShouldBe(HttpStatusCode.OK);
        made!.AsArray().Count.ShouldBe(2);
        made[0]!["key"]!.GetValueKind().ShouldBe(JsonValueKind.Number);
        made[1]!["key"]!.ToString().ShouldBe(DirectoryCalls.OscarKey);
        string key = made[0]!["key"]!.ToString();
        key.Length.ShouldBe(19);
        (_, JsonNode? nina) = await twin.AdminAsync($"{DirectoryCalls.Users}/{key}", token);
        nina!["status"]!.GetValue<string>().ShouldBe("invited");
        nina["licenseKeys"]![0]!.GetValue<string>().ShouldBe(DirectoryCalls.Business);

        // Removed and added again, she is the same person.
        (await twin.AdminAsync($"{DirectoryCalls.Users}/{key}", token, HttpMethod.Delete)).Status.ShouldBe(
            HttpStatusCode.NoContent
        );
        (await twin.AdminAsync($"{DirectoryCalls.Users}/{key}", token)).Status.ShouldBe(HttpStatusCode.NotFound);
        (_, JsonNode? again) = await twin.AdminAsync(
            DirectoryCalls.Users,
            token,
            HttpMethod.Post,
            """{"users":[{"email":"nina@northwind.example"}]}"""
        );
        again![0]!["key"]!.ToString().ShouldBe(key);

        // The flat form of older clients says when someone is there already.
        (
            await twin.AdminAsync(DirectoryCalls.Users, token, HttpMethod.Post, $$"""{"email":"{{Twin.Oscar}}"}""")
        ).Status.ShouldBe(HttpStatusCode.Conflict);
        (await twin.AdminAsync(DirectoryCalls.Users, token, HttpMethod.Post, "[]")).Status.ShouldBe(
            HttpStatusCode.BadRequest
        );
    }

    [Fact]
    public async Task Licences_and_roles_are_given_and_taken_and_meetings_follow()
    {
        await using Twin twin = await Twin.StartAsync();
        string owner = await twin.TokenAsync();
        string una = await twin.TokenAsync(Twin.Una);
        string path = $"{DirectoryCalls.Users}/{DirectoryCalls.UnaKey}";
        (await CreateAsync(twin, una)).ShouldBe(HttpStatusCode.InternalServerError);
        (HttpStatusCode given, JsonNode? user) = await twin.AdminAsync(
            path,
            owner,
            HttpMethod.Put,
            $$"""{"licenseKeys":["{{DirectoryCalls.Webinar}}"],"adminRoles":["RUN_REPORTS"]}"""
        );
        given.ShouldBe(HttpStatusCode.OK);
        user!["products"]!.AsArray().Select(product => product!.GetValue<string>()).ShouldBe(["G2W", "G2M"]);
        (await CreateAsync(twin, una)).ShouldBe(HttpStatusCode.Created);
        (await twin.AdminAsync(DirectoryCalls.Users, una)).Status.ShouldBe(HttpStatusCode.OK);

        string licence = $"accounts/{DirectoryCalls.Northwind}/licenses/{DirectoryCalls.Webinar}";
        (_, JsonNode? before) = await twin.AdminAsync(licence, owner);
        before!["userCount"]!.GetValue<int>().ShouldBe(2);
        HttpStatusCode taken = (
            await twin.AdminAsync($"{licence}/users/{DirectoryCalls.UnaKey}", owner, HttpMethod.Delete)
        ).Status;
        taken.ShouldBe(HttpStatusCode.NoContent);
        (await twin.AdminAsync(licence, owner)).Body!["userCount"]!.GetValue<int>().ShouldBe(1);
        (await CreateAsync(twin, una)).ShouldBe(HttpStatusCode.InternalServerError);
        (await twin.AdminAsync($"{licence}/users/{DirectoryCalls.UnaKey}", owner, HttpMethod.Delete)).Status.ShouldBe(
            HttpStatusCode.NotFound
        );
        (await twin.AdminAsync(path, owner, HttpMethod.Put, """{"adminRoles":["KING"]}""")).Status.ShouldBe(
            HttpStatusCode.BadRequest
        );
    }

    [Fact]
    public async Task Several_keys_or_a_filter_change_several_people_and_seats_run_out()
    {
        await using Twin twin = await Twin.StartAsync();
        string owner = await twin.TokenAsync();
        string two = $"{DirectoryCalls.Users}/{DirectoryCalls.OscarKey},{DirectoryCalls.UnaKey}";
        string give = $$"""{"licenseKeys":["{{DirectoryCalls.Webinar}}"]}""";
        (await twin.AdminAsync(two, owner, HttpMethod.Put, give)).Status.ShouldBe(HttpStatusCode.NoContent);
        // Three seats, three holders.
        (HttpStatusCode full, _) = await twin.AdminAsync(
            $"{DirectoryCalls.Users}/{DirectoryCalls.InesKey}",
            owner,
            HttpMethod.Put,
            give
        );
        full.ShouldBe(HttpStatusCode.Conflict);
        string filter = $"{DirectoryCalls.Users}?filter={Uri.EscapeDataString("groupName eq \"Sales\"")}";
        (await twin.AdminAsync(filter, owner, HttpMethod.Put, """{"locale":"de_DE"}""")).Status.ShouldBe(
            HttpStatusCode.NoContent
        );
        (
            await twin.AdminAsync($"{DirectoryCalls.Users}?filter={Uri.EscapeDataString("locale eq \"de_DE\"")}", owner)
        ).Body!["total"]!
            .GetValue<int>()
            .ShouldBe(2);
        (await twin.AdminAsync(DirectoryCalls.Users, owner, HttpMethod.Delete)).Status.ShouldBe(
            HttpStatusCode.BadRequest
        );
        (await twin.AdminAsync(filter, owner, HttpMethod.Delete)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await twin.AdminAsync(DirectoryCalls.Users, owner)).Body!["total"]!.GetValue<int>().ShouldBe(6);
    }

    [Theory]
    [InlineData("lower", "active", "suspended", "invited")]
    [InlineData("upper", "ACTIVE", "SUSPENDED", "INVITED")]
    [InlineData("interface", "Active", "Suspended", "Invite sent")]
    public async Task The_words_for_a_status_are_a_switch(string words, string active, string suspended, string invited)
    {
        await using Twin twin = await Twin.StartAsync();
        await twin.ControlAsync("settings", $$"""{"statusWords":"{{words}}"}""");
        string token = await twin.TokenAsync();
        foreach (
            (string key, string word) in new[]
            {
                (DirectoryCalls.OscarKey, active),
                (DirectoryCalls.SvenKey, suspended),
                (DirectoryCalls.InesKey, invited),
            }
        )
        {
            (_, JsonNode? user) = await twin.AdminAsync($"{DirectoryCalls.Users}/{key}", token);
            user!["status"]!.GetValue<string>().ShouldBe(word);
        }
    }

    private static async Task<HttpStatusCode> CreateAsync(Twin twin, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Post, "meetings", token, Twin.Meeting());
        return reply.StatusCode;
    }
}
