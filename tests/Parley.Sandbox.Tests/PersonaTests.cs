using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>The people of a fresh sandbox, and those a control call adds, changes or removes.</summary>
public sealed class PersonaTests
{
    [Theory]
    [InlineData("sven@northwind.example", "suspended")]
    [InlineData("ines@northwind.example", "invitation")]
    public async Task Who_is_suspended_or_has_not_accepted_cannot_sign_in_and_holds_no_token(string email, string word)
    {
        await using Twin twin = await Twin.StartAsync();
        (await SignInAsync(twin, Twin.Oscar)).Status.ShouldBe(HttpStatusCode.SeeOther);
        (HttpStatusCode status, string page) = await SignInAsync(twin, email);
        status.ShouldBe(HttpStatusCode.BadRequest);
        page.ShouldContain(word, Case.Insensitive);
        JsonNode problem = await twin.ControlAsync("tokens", $$"""{"account":"{{email}}"}""", HttpStatusCode.Conflict);
        problem["code"]!.GetValue<string>().ShouldBe("conflict");
    }

    [Fact]
    public async Task The_overview_says_what_each_persona_is_for()
    {
        await using Twin twin = await Twin.StartAsync();
        string html = await twin.Http.GetStringAsync("/");
        foreach (JsonNode? person in (await twin.ControlAsync("accounts"))["items"]!.AsArray())
        {
            html.ShouldContain(person!["email"]!.GetValue<string>());
            string purpose = person["purpose"]!.GetValue<string>();
            purpose.ShouldNotBeEmpty();
            WebUtility.HtmlDecode(html).ShouldContain(purpose);
        }
    }

    [Fact]
    public async Task The_registration_can_be_read_by_whoever_runs_the_sandbox_alone()
    {
        await using Twin twin = await Twin.StartAsync();
        JsonNode client = (await twin.ControlAsync("clients"))["items"]!.AsArray().ShouldHaveSingleItem()!;
        client["clientId"]!.GetValue<string>().ShouldBe(twin.Host.ClientId);
        client["clientSecret"]!.GetValue<string>().ShouldBe(twin.Host.ClientSecret);
        client["redirectUris"]!.AsArray().Select(uri => uri!.GetValue<string>()).ShouldBe([Twin.Redirect]);
    }

    [Fact]
    public async Task Suspending_ends_tokens_and_licence_and_coming_back_needs_a_new_sign_in()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync(Twin.Oscar);
        await twin.CreateAsync(token);
        JsonNode suspended = await twin.ControlAsync($"people/{Twin.Oscar}", """{"status":"suspended"}""");
        suspended["licensed"]!.GetValue<bool>().ShouldBeFalse();
        suspended["licenceKeys"]!.AsArray().ShouldBeEmpty();
        using (HttpResponseMessage dead = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", token))
        {
            dead.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        }

        await twin.ControlAsync($"people/{Twin.Oscar}", """{"status":"active","licensed":true}""");
        await twin.CreateAsync(await twin.TokenAsync(Twin.Oscar), "Back again");
    }

    [Fact]
    public async Task A_licence_or_role_can_be_taken_and_a_licence_switched_off()
    {
        await using Twin twin = await Twin.StartAsync();
        string oscar = await twin.TokenAsync(Twin.Oscar);
        string olivia = await twin.TokenAsync();
        await twin.CreateAsync(oscar);
        await twin.ControlAsync($"people/{Twin.Oscar}", """{"licensed":false}""");
        (await CreateStatusAsync(twin, oscar)).ShouldBe(HttpStatusCode.InternalServerError);
        await twin.ControlAsync($"people/{Twin.Oscar}", """{"licensed":true}""");
        await twin.CreateAsync(oscar, "With licence");
        await twin.ControlAsync($"licences/{DirectoryCalls.Business}", """{"enabled":false}""");
        (await CreateStatusAsync(twin, oscar)).ShouldBe(HttpStatusCode.InternalServerError);
        // She still has the webinar plan, which has meetings in it.
        await twin.CreateAsync(olivia, "Webinar plan");

        (await twin.AdminAsync(DirectoryCalls.Users, olivia)).Status.ShouldBe(HttpStatusCode.OK);
        await twin.ControlAsync($"people/{Twin.Olivia}", """{"roles":[]}""");
        (await twin.AdminAsync(DirectoryCalls.Users, olivia)).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_removed_person_is_gone_with_everything_that_let_them_in()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync(Twin.Oscar);
        await twin.CreateAsync(token);
        using HttpResponseMessage removed = await twin.Http.DeleteAsync($"/control/people/{Twin.Oscar}");
        removed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        using HttpResponseMessage dead = await twin.G2mAsync(HttpMethod.Get, "upcomingMeetings", token);
        dead.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await SignInAsync(twin, Twin.Oscar)).Status.ShouldBe(HttpStatusCode.BadRequest);
        using HttpResponseMessage again = await twin.Http.DeleteAsync($"/control/people/{Twin.Oscar}");
        again.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await twin.MeetingsAsync()).ShouldHaveSingleItem();
        (await twin.Http.GetStringAsync("/")).ShouldContain("Demo with Alice");
    }

    [Fact]
    public async Task Two_thousand_people_of_a_new_account_take_seconds_and_are_paged_by_25_and_by_1000()
    {
        await using Twin twin = await Twin.StartAsync();
        Stopwatch clock = Stopwatch.StartNew();
        JsonNode made = await twin.ControlAsync(
            "accounts",
            """
            {"account":"Contoso",
             "licences":[{"description":"Big plan","products":["G2M"],"seats":5000}],
             "groups":["Empty group"],
             "users":[{"email":"carla@contoso.example","firstName":"Carla","admin":true}],
             "generate":[{"count":2000,"domain":"contoso.example","group":"Everybody","licenceNames":["Big plan"]}]}
            """,
            HttpStatusCode.Created
        );
        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        string account = made["accountKey"]!.GetValue<string>();
        made["users"]!.AsArray().Count.ShouldBe(2001);
        made["users"]!.AsArray().Count(user => user!["licensed"]!.GetValue<bool>()).ShouldBe(2001);
        made["users"].Texts("organizerKey").Distinct(StringComparer.Ordinal).Count().ShouldBe(2001);

        string token = await twin.TokenAsync("carla@contoso.example");
        (_, JsonNode? usual) = await twin.AdminAsync($"accounts/{account}/users", token);
        usual!["results"]!.AsArray().Count.ShouldBe(25);
        usual["total"]!.GetValue<int>().ShouldBe(2001);
        HashSet<string> seen = [];
        for (int offset = 0; offset < 2001; offset += 1000)
        {
            (_, JsonNode? page) = await twin.AdminAsync(
                $"accounts/{account}/users?pageSize=1000&offset={offset}&attributes=key",
                token
            );
            seen.UnionWith(page!["results"].Texts("key"));
        }

        seen.Count.ShouldBe(2001);
        (_, JsonNode? groups) = await twin.AdminAsync($"accounts/{account}/groups", token);
        groups!["results"]!
            .AsArray()
            .Select(group => (group!["name"]!.GetValue<string>(), group["totalMemberCount"]!.GetValue<int>()))
            .ShouldBe([("Empty group", 0), ("Everybody", 2000)], ignoreOrder: true);
        (await twin.Http.GetStringAsync("/")).ShouldContain("more;");
        await twin.CreateAsync(await twin.TokenAsync("person-2000@contoso.example"));
    }

    [Theory]
    [InlineData("accounts", """{}""", 400)]
    [InlineData("accounts", """{"users":[{"firstName":"No address"}]}""", 400)]
    [InlineData("accounts", """{"users":[{"email":"a@b.example"},{"email":"A@b.example"}]}""", 409)]
    [InlineData("accounts", """{"generate":[{"domain":"b.example"}]}""", 400)]
    [InlineData("accounts", """{"email":"a@b.example","roles":["KING"]}""", 400)]
    [InlineData("accounts", """{"email":"a@b.example","admin":true,"roles":[]}""", 400)]
    [InlineData("accounts", """{"email":"a@b.example","status":"asleep"}""", 400)]
    [InlineData("accounts", """{"licences":[{"seats":3}]}""", 400)]
    [InlineData("accounts", """{"email":"a@b.example","licenceNames":["No such plan"]}""", 404)]
    [InlineData("people/oscar@northwind.example", """{"licenceNames":["No such plan"]}""", 404)]
    [InlineData("people/nobody@northwind.example", """{"status":"active"}""", 404)]
    [InlineData("people/oscar@northwind.example", """{"email":"olivia@northwind.example"}""", 409)]
    [InlineData("people/oscar@northwind.example", """{"hat":"red"}""", 400)]
    [InlineData("licences/1", """{"enabled":true}""", 404)]
    [InlineData("settings", """{"adminKeys":"roman"}""", 400)]
    [InlineData("settings", """{"adminPutStatus":201}""", 400)]
    [InlineData("settings", """{"codeSeconds":0}""", 400)]
    [InlineData("tokens", """{"account":"olivia@northwind.example","kind":"pat","accessToken":"x"}""", 400)]
    public async Task What_does_not_fit_is_refused_and_nothing_is_made(string path, string body, int status)
    {
        await using Twin twin = await Twin.StartAsync();
        string before = (await twin.ControlAsync("accounts")).ToJsonString();
        JsonNode problem = await twin.ControlAsync(path, body, (HttpStatusCode)status);
        problem["code"]!.GetValue<string>().ShouldNotBeNullOrEmpty();
        (await twin.ControlAsync("accounts")).ToJsonString().ShouldBe(before);
    }

    private static async Task<(HttpStatusCode Status, string Page)> SignInAsync(Twin twin, string email)
    {
        string url = twin.AuthorizeUrl();
        using HttpResponseMessage reply = await twin.PostFormAsync(
            "/goto/oauth/signin",
            ("request", url[url.IndexOf('?', StringComparison.Ordinal)..]),
            ("email", email),
            ("password", "sandbox")
        );
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }

    private static async Task<HttpStatusCode> CreateStatusAsync(Twin twin, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Post, "meetings", token, Twin.Meeting());
        return reply.StatusCode;
    }
}
