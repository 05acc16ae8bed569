using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Organizers and groups by the deprecated calls, and who may make them (reference §2.2).</summary>
public sealed class OrganizerTests
{
    private const string Range = "startDate=2026-01-01T00:00:00Z&endDate=2026-12-01T00:00:00Z";
    private const string Olivia = "7300195775692112801";
    private const string Oscar = "7300195775692112813";
    private const string New =
        """{"organizerEmail":"new@northwind.example","firstName":"Nora","lastName":"New","productType":"G2M"}""";

    [Theory]
    [InlineData("GET", "organizers")]
    [InlineData("POST", "organizers")]
    [InlineData("DELETE", "organizers?email=oscar@northwind.example")]
    [InlineData("GET", "organizers/" + Olivia)]
    [InlineData("PUT", "organizers/" + Olivia)]
    [InlineData("DELETE", "organizers/" + Olivia)]
    [InlineData("GET", "organizers/" + Olivia + "/upcomingMeetings")]
    [InlineData("GET", "organizers/" + Olivia + "/historicalMeetings?" + Range)]
    [InlineData("GET", "organizers/" + Olivia + "/attendees?" + Range)]
    [InlineData("GET", "organizers/" + Olivia + "/meetings?scheduled=true")]
    [InlineData("DELETE", "organizers/" + Olivia + "/sessions/1")]
    [InlineData("GET", "groups")]
    [InlineData("GET", "groups/{group}/organizers")]
    [InlineData("POST", "groups/{group}/organizers")]
    [InlineData("GET", "groups/{group}/upcomingMeetings")]
    [InlineData("GET", "groups/{group}/historicalMeetings?" + Range)]
    [InlineData("GET", "groups/{group}/attendees")]
    [InlineData("GET", "groups/{group}/meetings?scheduled=true")]
    public async Task Other_people_take_the_admin_role_and_the_scope_identity(string method, string path)
    {
        await using Twin twin = await Twin.StartAsync();
        string admin = await twin.TokenAsync();
        path = path.Replace("{group}", await GroupAsync(twin, admin), StringComparison.Ordinal);
        string scopeless = await twin.TokenAsync(extra: ""","scopes":["collab:"]""");
        string oscar = await twin.TokenAsync(Twin.Oscar);
        // Olivia is the administrator: without identity: she may still ask for herself, so Oscar's key stands in.
        string other = path.Replace(Olivia, Oscar, StringComparison.Ordinal);
        (await StatusAsync(twin, method, other, scopeless)).ShouldBe(HttpStatusCode.Forbidden);
        using HttpResponseMessage refused = await CallAsync(twin, method, path, oscar);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await refused.Content.ReadAsStringAsync()).ShouldNotContain("InvalidToken");
        (await StatusAsync(twin, method, path, admin)).ShouldNotBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task One_s_own_key_takes_neither_role_nor_identity_except_where_the_client_needs_it_anyway()
    {
        await using Twin twin = await Twin.StartAsync();
        string plain = await twin.TokenAsync(Twin.Oscar, ""","scopes":["collab:"]""");
        foreach (
            string list in new[]
            {
                "upcomingMeetings",
                $"historicalMeetings?{Range}",
                $"attendees?{Range}",
                "meetings?scheduled=true",
            }
        )
        {
            (await StatusAsync(twin, "GET", $"organizers/{Oscar}/{list}", plain)).ShouldBe(HttpStatusCode.OK, list);
        }

        (await StatusAsync(twin, "GET", $"organizers/{Oscar}", plain)).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync(twin, "GET", $"organizers/{Oscar}", await twin.TokenAsync(Twin.Oscar))).ShouldBe(
            HttpStatusCode.OK
        );
        (await StatusAsync(twin, "PUT", $"organizers/{Oscar}", await twin.TokenAsync(Twin.Oscar))).ShouldBe(
            HttpStatusCode.Forbidden
        );
        long id = await twin.CreateAsync(plain);
        (await StatusAsync(twin, "GET", $"meetings/{id}/attendees", plain)).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync(twin, "GET", $"meetings/{id}/attendees", await twin.TokenAsync(Twin.Oscar))).ShouldBe(
            HttpStatusCode.OK
        );
    }

    [Fact]
    public async Task A_reporting_client_with_identity_alone_reads_and_cannot_make_meetings()
    {
        await using Twin twin = await Twin.StartAsync();
        string reporting = await twin.TokenAsync(extra: ""","scopes":["identity:"]""");
        (await StatusAsync(twin, "GET", $"organizers/{Oscar}/historicalMeetings?{Range}", reporting)).ShouldBe(
            HttpStatusCode.OK
        );
        using HttpResponseMessage made = await twin.G2mAsync(HttpMethod.Post, "meetings", reporting, Twin.Meeting());
        made.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task Attendees_of_a_meeting_are_for_its_organizers_and_for_administrators()
    {
        await using Twin twin = await Twin.StartAsync();
        string olivia = await twin.TokenAsync();
        string oscar = await twin.TokenAsync(Twin.Oscar);
        long mine = await twin.CreateAsync(olivia);
        long his = await twin.CreateAsync(oscar);
        (await StatusAsync(twin, "GET", $"meetings/{his}/attendees", olivia)).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(twin, "GET", $"meetings/{mine}/attendees", oscar)).ShouldBe(HttpStatusCode.NotFound);
        using HttpResponseMessage shared = await twin.G2mAsync(
            HttpMethod.Put,
            $"meetings/{mine}",
            olivia,
            Twin.Meeting().Replace("{\"subject\"", $"{{\"coorganizerKeys\":[\"{Oscar}\"],\"subject\"")
        );
        shared.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await StatusAsync(twin, "GET", $"meetings/{mine}/attendees", oscar)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_organizer_is_made_once_given_products_suspended_and_removed()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        using (HttpResponseMessage made = await twin.G2mAsync(HttpMethod.Post, "organizers", token, New))
        {
            made.StatusCode.ShouldBe(HttpStatusCode.Created);
            JsonNode row = (await Twin.ReadAsync(made)).AsArray().ShouldHaveSingleItem()!;
            row["key"]!.ToJsonString().Length.ShouldBe(19);
            row["email"]!.GetValue<string>().ShouldBe("new@northwind.example");
        }

        using HttpResponseMessage twice = await twin.G2mAsync(HttpMethod.Post, "organizers", token, New);
        twice.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        JsonNode read = await OneAsync(twin, token);
        string path = $"organizers/{read["organizerKey"]!.ToJsonString()}";
        read["products"]!.ToJsonString().ShouldBe("[\"G2M\"]");
        read["status"]!.GetValue<string>().ShouldBe("active");
        await twin.CreateAsync(await twin.TokenAsync("new@northwind.example"));

        (await PutAsync(twin, token, path, """{"productType":"G2W"}""")).ShouldBe(HttpStatusCode.NoContent);
        (await OneAsync(twin, token))["products"]!.ToJsonString().ShouldBe("[\"G2M\",\"G2W\"]");
        (await PutAsync(twin, token, path, """{"status":"suspended"}""")).ShouldBe(HttpStatusCode.NoContent);
        JsonNode suspended = await OneAsync(twin, token);
        suspended["status"]!.GetValue<string>().ShouldBe("suspended");
        suspended["products"]!.AsArray().ShouldBeEmpty();
        (await PutAsync(twin, token, path, """{"productType":"G2M"}""")).ShouldBe(HttpStatusCode.NoContent);
        (await OneAsync(twin, token))["status"]!.GetValue<string>().ShouldBe("active");

        (await StatusAsync(twin, "DELETE", path, token)).ShouldBe(HttpStatusCode.NoContent);
        (await StatusAsync(twin, "GET", path, token)).ShouldBe(HttpStatusCode.NotFound);
        (await StatusAsync(twin, "GET", "organizers?email=new@northwind.example", token)).ShouldBe(
            HttpStatusCode.NotFound
        );
        (await StatusAsync(twin, "DELETE", "organizers?email=new@northwind.example", token)).ShouldBe(
            HttpStatusCode.BadRequest
        );
    }

    [Theory]
    [InlineData("POST", """{"organizerEmail":"new@northwind.example","firstName":"Nora","lastName":"New"}""")]
    [InlineData(
        "POST",
        """{"organizerEmail":"new@northwind.example","firstName":"Nora","lastName":"New","productType":"ZOOM"}"""
    )]
    [InlineData("POST", """{"organizerEmail":"nobody","firstName":"Nora","lastName":"New","productType":"G2M"}""")]
    [InlineData("POST", "[]")]
    [InlineData("POST", "{")]
    [InlineData("PUT", """{"status":"active"}""")]
    [InlineData("PUT", """{"status":"suspended","productType":"G2M"}""")]
    [InlineData("PUT", "{}")]
    public async Task A_body_that_does_not_fit_is_a_400(string method, string body)
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        string path = method == "POST" ? "organizers" : $"organizers/{Oscar}";
        string before = (await twin.ControlAsync("accounts")).ToJsonString();
        using HttpResponseMessage reply = await twin.G2mAsync(new HttpMethod(method), path, token, body);
        reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await twin.ControlAsync("accounts")).ToJsonString().ShouldBe(before);
    }

    [Fact]
    public async Task A_group_of_more_than_fifty_organizers_lists_its_people_and_none_of_their_meetings()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        string group = await GroupAsync(twin, token);
        int there = (await ListAsync(twin, $"groups/{group}/organizers", token)).Count;
        for (int number = there; number < 50; number++)
        {
            await AddAsync(number);
        }

        (await StatusAsync(twin, "GET", $"groups/{group}/upcomingMeetings", token)).ShouldBe(HttpStatusCode.OK);
        await AddAsync(50);
        foreach (
            string list in new[]
            {
                "upcomingMeetings",
                $"historicalMeetings?{Range}",
                "attendees",
                "meetings?scheduled=true",
            }
        )
        {
            (await StatusAsync(twin, "GET", $"groups/{group}/{list}", token)).ShouldBe(HttpStatusCode.BadRequest, list);
        }

        (await ListAsync(twin, $"groups/{group}/organizers", token)).Count.ShouldBe(51);
        JsonNode row = (await ListAsync(twin, "groups", token)).Single(one =>
            one!["groupkey"]!.ToJsonString() == group
        )!;
        row["numOrganizers"]!.GetValue<int>().ShouldBe(51);
        row["parentKey"]!.ToJsonString().ShouldBe(group);

        async Task AddAsync(int number)
        {
            using HttpResponseMessage reply = await twin.G2mAsync(
                HttpMethod.Post,
                $"groups/{group}/organizers",
                token,
                New.Replace("new@", $"new{number}@", StringComparison.Ordinal)
            );
            reply.StatusCode.ShouldBe(HttpStatusCode.Created);
        }
    }

    private static async Task<string> GroupAsync(Twin twin, string token) =>
        (await ListAsync(twin, "groups", token))[0]!["groupkey"]!.ToJsonString();

    private static async Task<JsonNode> OneAsync(Twin twin, string token) =>
        (await ListAsync(twin, "organizers?email=NEW@northwind.example", token)).ShouldHaveSingleItem()!;

    private static async Task<HttpStatusCode> PutAsync(Twin twin, string token, string path, string body)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Put, path, token, body);
        return reply.StatusCode;
    }

    private static async Task<HttpResponseMessage> CallAsync(Twin twin, string method, string path, string token) =>
        await twin.G2mAsync(new HttpMethod(method), path, token, method is "POST" or "PUT" ? "{}" : null);

    private static async Task<HttpStatusCode> StatusAsync(Twin twin, string method, string path, string token)
    {
        using HttpResponseMessage reply = await CallAsync(twin, method, path, token);
        return reply.StatusCode;
    }

    private static async Task<JsonArray> ListAsync(Twin twin, string path, string token)
    {
        using HttpResponseMessage reply = await twin.G2mAsync(HttpMethod.Get, path, token);
        reply.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        return (await Twin.ReadAsync(reply)).AsArray();
    }
}
