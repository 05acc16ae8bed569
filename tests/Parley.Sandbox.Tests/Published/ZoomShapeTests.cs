using System.Net;
using System.Text.Json.Nodes;

namespace Parley.Sandbox.Tests.Published;

/// <summary>What the Zoom twin answers has the shape of the published files, and its calls take the scopes they name.</summary>
public sealed class ZoomShapeTests
{
    private static readonly OpenApiFile Users = OpenApiFile.Read("zoom-users");
    private static readonly OpenApiFile Marketplace = OpenApiFile.Read("zoom-marketplace");

    [Theory]
    [InlineData("/users", "users")]
    [InlineData("/users", "users?status=pending")]
    [InlineData("/users/summary", "users/summary")]
    [InlineData("/users/{userId}", "users/me")]
    [InlineData("/users/{userId}", "users/bruno@northwind.example")]
    [InlineData("/users/{userId}/settings", "users/me/settings")]
    [InlineData("/users/{userId}/token", "users/me/token?type=zak")]
    [InlineData("/users/me/zak", "users/me/zak")]
    public async Task Users_answer_as_published(string declared, string path)
    {
        await using Twin twin = await Twin.StartAsync();
        (HttpStatusCode status, JsonNode? body) = await twin.ZoomAsync(path, await twin.ZoomAdminTokenAsync());
        Users.CheckReply("GET", declared, (int)status, body).ShouldBeEmpty();
        status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_Marketplace_answers_as_published()
    {
        await using Twin twin = await Twin.StartAsync();
        string token = await twin.ZoomAdminTokenAsync(ZoomCalls.Alma);
        string nora = (await twin.ZoomAsync($"users/{ZoomCalls.Nora}", token)).Body.Text("id");
        string ids = $"[\"{nora}\"]";
        await CheckAsync("POST", "requests", $$"""{"action":"add_user","user_ids":{{ids}}}""", 201);
        await CheckAsync("GET", "requests", null, 200);
        await CheckAsync("PATCH", "requests", $$"""{"action":"approve","request_user_ids":{{ids}}}""", 204);
        await CheckAsync("POST", "preApprove", $$"""{"action":"disapprove_user","user_ids":{{ids}}}""", 201);

        async Task CheckAsync(string method, string what, string? body, int expected)
        {
            string declared = $"/marketplace/apps/{{appId}}/{what}";
            if (body is not null)
            {
                Marketplace.CheckRequest(method, declared, JsonNode.Parse(body)!).ShouldBeEmpty();
            }

            (HttpStatusCode status, JsonNode? reply) = await twin.ZoomAsync(
                $"marketplace/apps/organizer/{what}",
                token,
                new HttpMethod(method),
                body
            );
            ((int)status).ShouldBe(expected, reply?.ToJsonString());
            Marketplace.CheckReply(method, declared, expected, reply).ShouldBeEmpty();
        }
    }

    /// <summary>The classic scopes without <c>:admin</c> are named for every call, also where only administrators get an answer.</summary>
    [Fact]
    public async Task Every_scope_the_files_name_is_enough_and_any_other_is_not()
    {
        await using Twin twin = await Twin.StartAsync();
        // More calls a second than the plan allows.
        await twin.ZoomSettingsAsync(""" "limitsEnforced":false """);
        int checkedOnes = 0;
        foreach (OpenApiFile file in new[] { Users, Marketplace })
        {
            foreach ((string method, string path, IReadOnlyList<string> scopes) in file.Scopes())
            {
                string call = path.TrimStart('/')
                    .Replace("{userId}", "me", StringComparison.Ordinal)
                    .Replace("{appId}", "nothing", StringComparison.Ordinal);
                (await CodeAsync(call, method, "nothing:at:all")).ShouldBe(4711, call);
                foreach (
                    string scope in scopes.Where(scope =>
                        scope.EndsWith(":admin", StringComparison.Ordinal) || scope.Count(c => c == ':') > 1
                    )
                )
                {
                    (await CodeAsync(call, method, scope)).ShouldNotBe(4711, $"{call} {scope}");
                    checkedOnes++;
                }
            }
        }

        checkedOnes.ShouldBeGreaterThan(20);

        async Task<int?> CodeAsync(string call, string method, string scope)
        {
            string token = await twin.ZoomTokenAsync(ZoomCalls.Adele, $$""","app":"account","scopes":["{{scope}}"]""");
            (_, JsonNode? body) = await twin.ZoomAsync(
                call,
                token,
                new HttpMethod(method),
                method == "GET" ? null : "{}"
            );
            return body?["code"]?.GetValue<int>();
        }
    }

    [Fact]
    public void A_reply_that_differs_from_the_file_is_found()
    {
        JsonNode good = JsonNode.Parse("""{"id":"x","type":2,"email":"a@b.example"}""")!;
        Users.CheckReply("GET", "/users/{userId}", 200, good).ShouldBeEmpty();
        foreach (
            string bad in new[]
            {
                """{"id":"x"}""",
                """{"id":"x","type":3}""",
                """{"id":1,"type":2}""",
                """{"type":2,"colour":"red"}""",
            }
        )
        {
            Users.CheckReply("GET", "/users/{userId}", 200, JsonNode.Parse(bad)).ShouldHaveSingleItem();
        }

        Users
            .CheckReply("GET", "/users/{userId}/settings", 200, JsonNode.Parse("""{"in_meeting":{"waiting_room":1}}"""))
            .ShouldHaveSingleItem();
    }
}
