using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests;

/// <summary>Licences, groups and SCIM.</summary>
public sealed class AdminListTests
{
    [Fact]
    public async Task Licences_have_the_published_fields_and_count_seats()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.TokenAsync();
        (HttpStatusCode status, JsonNode? page) = await twin.AdminAsync(
            $"accounts/{DirectoryCalls.Northwind}/licenses",
            token
        );
        status.ShouldBe(HttpStatusCode.OK);
        page!["total"]!.GetValue<int>().ShouldBe(4);
        JsonNode business = page["results"]!
            .AsArray()
            .Single(item => item!["key"]!.ToString() == DirectoryCalls.Business)!;
        foreach (
            string field in new[]
            {
                "concurrentLicenseKey",
                "seats",
                "userCount",
                "enabled",
                "description",
                "type",
                "channel",
                "userKeys",
                "invitedUserKeys",
                "deviceKeys",
                "deviceCount",
                "products",
                "childLicenseKeys",
                "entitlements",
                "devicesOnly",
                "devicesAllowed",
                "externallyManaged",
            }
        )
        {
            business.AsObject().ContainsKey(field).ShouldBeTrue(field);
        }

        business["seats"]!.GetValue<int>().ShouldBe(10);
        business["userCount"]!.GetValue<int>().ShouldBe(3);
        business["invitedUserKeys"]!.AsArray().ShouldHaveSingleItem()!.ToString().ShouldBe(DirectoryCalls.InesKey);
        business["entitlements"]!.AsObject().ShouldHaveSingleItem().Key.ShouldBe("g2m");
        business["entitlements"]!["g2m"]!["coOrganizerProvisioned"]!.GetValue<bool>().ShouldBeTrue();
        business["entitlements"]!["g2m"]!.AsObject().Count.ShouldBe(13);
        JsonNode webinar = page["results"]!
            .AsArray()
            .Single(item => item!["key"]!.ToString() == DirectoryCalls.Webinar)!;
        webinar["products"]!.AsArray().Select(product => product!.GetValue<string>()).ShouldBe(["G2W", "G2M"]);
        page["results"]!.AsArray().Count(item => !item!["enabled"]!.GetValue<bool>()).ShouldBe(1);
        page["results"]!.AsArray().Count(item => item!["deviceCount"]!.GetValue<int>() == 1).ShouldBe(1);

        await twin.ControlAsync("settings", """{"countInvited":true}""");
        (_, JsonNode? counted) = await twin.AdminAsync(
            $"accounts/{DirectoryCalls.Northwind}/licenses/{DirectoryCalls.Business}",
            token
        );
        counted!["userCount"]!.GetValue<int>().ShouldBe(4);
    }

    [Theory]
    [InlineData("groups")]
    [InlineData("attributes")]
    [InlineData("rolesets")]
    [InlineData("templates")]
    [InlineData("licenses")]
    public async Task Every_list_has_the_envelope_and_is_for_admins(string list)
    {
        await using Twin twin = await Twin.StartAsync();
        string path = $"accounts/{DirectoryCalls.Northwind}/{list}";
        (HttpStatusCode status, JsonNode? page) = await twin.AdminAsync(path, await twin.TokenAsync());
        status.ShouldBe(HttpStatusCode.OK);
        page!["total"]!.GetValue<int>().ShouldBe(page["results"]?.AsArray().Count ?? 0);
        page.AsObject().ContainsKey("toIndex").ShouldBeTrue();
        (await twin.AdminAsync(path, await twin.TokenAsync(Twin.Oscar))).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await twin.AdminAsync(path, await twin.TokenAsync(Twin.Fiona))).Status.ShouldBe(HttpStatusCode.NotFound);
        (await twin.AdminAsync(path, token: null)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Scim_lists_people_and_groups_under_a_lower_case_resources()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.OrgTokenAsync();
        (HttpStatusCode status, JsonNode? users) = await twin.ScimAsync("Users", token);
        status.ShouldBe(HttpStatusCode.OK);
        users!["totalResults"]!.GetValue<int>().ShouldBe(8);
        users["resources"].Texts("userName").ShouldContain(Twin.Oscar);
        (_, JsonNode? found) = await twin.ScimAsync(
            $"Users?filter={Uri.EscapeDataString("userName eq \"OSCAR@northwind.example\"")}",
            token
        );
        found!["resources"].Texts("id").ShouldBe([DirectoryCalls.OscarKey]);
        (_, JsonNode? groups) = await twin.ScimAsync("Groups", token);
        JsonNode sales = groups!["resources"]!.AsArray().ShouldHaveSingleItem()!;
        sales["displayName"]!.GetValue<string>().ShouldBe("Sales");
        sales["members"].Texts("value").ShouldContain(DirectoryCalls.OscarKey);
        (await twin.ScimAsync($"Groups/{DirectoryCalls.Sales}", token)).Body!["id"]!
            .GetValue<string>()
            .ShouldBe(DirectoryCalls.Sales);
        (await twin.ScimAsync("Schemas/Users", token)).Body!["attributes"].Texts("name").ShouldContain("userName");
        (await twin.ScimAsync("ServiceProviderConfigs", token)).Body!["patch"]!["supported"]!
            .GetValue<bool>()
            .ShouldBeTrue();
    }

    [Fact]
    public async Task The_profile_scope_opens_ones_own_record_and_nothing_else()
    {
        await using Twin twin = await Twin.StartAsync();
        string own = await twin.TokenAsync(Twin.Oscar, ",\"scopes\":[\"identity:scim.me\"]");
        (await twin.ScimAsync("Users/me", own)).Status.ShouldBe(HttpStatusCode.OK);
        (await twin.ScimAsync($"Users/{DirectoryCalls.OscarKey}", own)).Status.ShouldBe(HttpStatusCode.OK);
        (await twin.ScimAsync($"Users/{DirectoryCalls.OliviaKey}", own)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await twin.ScimAsync("Users", own)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        string org = await twin.OrgTokenAsync(Twin.Oscar);
        (await twin.ScimAsync("Users", org)).Status.ShouldBe(HttpStatusCode.Forbidden);
        string admin = await twin.OrgTokenAsync();
        (await twin.ScimAsync($"Users/{DirectoryCalls.OscarKey}", admin)).Status.ShouldBe(HttpStatusCode.OK);
        (await twin.ScimAsync($"Users/{DirectoryCalls.FionaKey}", admin)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await twin.ScimAsync("Users/abc", admin)).Status.ShouldBe(HttpStatusCode.BadGateway);
    }

    [Fact]
    public async Task Scim_people_and_groups_are_made_changed_and_removed()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.OrgTokenAsync();
        (HttpStatusCode made, JsonNode? nina) = await twin.ScimAsync(
            "Users",
            token,
            HttpMethod.Post,
            """{"userName":"nina@northwind.example","name":{"givenName":"Nina","familyName":"New"}}"""
        );
        made.ShouldBe(HttpStatusCode.Created);
        string key = nina!["id"]!.GetValue<string>();
        (
            await twin.ScimAsync("Users", token, HttpMethod.Post, """{"userName":"nina@northwind.example"}""")
        ).Status.ShouldBe(HttpStatusCode.Conflict);
        (_, JsonNode? renamed) = await twin.ScimAsync(
            $"Users/{key}",
            token,
            HttpMethod.Patch,
            """{"name":{"familyName":"Newer"}}"""
        );
        renamed!["displayName"]!.GetValue<string>().ShouldBe("Nina Newer");

        (HttpStatusCode grouped, JsonNode? group) = await twin.ScimAsync(
            "Groups",
            token,
            HttpMethod.Post,
            $$"""{"displayName":"Support","members":[{"type":"user","value":"{{key}}"}]}"""
        );
        grouped.ShouldBe(HttpStatusCode.Created);
        string path = $"Groups/{group!["id"]!.GetValue<string>()}";
        (await MembersAsync(twin, token, path, "PATCH", DirectoryCalls.OscarKey)).ShouldBe(
            [DirectoryCalls.OscarKey, key],
            ignoreOrder: true
        );
        (await MembersAsync(twin, token, path, "PUT", key)).ShouldBe([key]);
        (await twin.ScimAsync(path, token, HttpMethod.Put, """{"members":[{"value":"1"}]}""")).Status.ShouldBe(
            HttpStatusCode.BadRequest
        );
        (await twin.ScimAsync(path, token, HttpMethod.Delete)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await twin.ScimAsync(path, token)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await twin.ScimAsync($"Users/{key}", token, HttpMethod.Delete)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await twin.ScimAsync($"Users/{key}", token)).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    private static async Task<IReadOnlyList<string>> MembersAsync(
        Twin twin,
        string token,
        string path,
        string method,
        string key
    )
    {
        (HttpStatusCode status, JsonNode? group) = await twin.ScimAsync(
            path,
            token,
            new HttpMethod(method),
            $$"""{"members":[{"type":"user","value":"{{key}}"}]}"""
        );
        status.ShouldBe(HttpStatusCode.OK);
        return [.. group!["members"].Texts("value")];
    }
}
