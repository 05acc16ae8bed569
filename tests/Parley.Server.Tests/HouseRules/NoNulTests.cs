using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.HouseRules;

/// <summary>Text no database and no person can use is refused, wherever it comes in; made from the API document, so that nothing new is missed.</summary>
public sealed partial class NoNulTests
{
    private static readonly string[] Odd = ["%00", "a%00b", "%01", "%7F", "%EF%BF%BF", "%ED%A0%80", new('9', 2000)];

    [Theory, DatabaseMatrix]
    public async Task No_read_of_the_API_breaks_on_odd_text(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var document = (await parley.Client.GetFromJsonAsync<JsonNode>("/openapi/v1.json"))!;
        var tried = 0;
        foreach (var (template, path) in document["paths"]!.AsObject())
        {
            if (path!["get"] is not { } operation)
            {
                continue;
            }

            var plain = Parameter().Replace(template, "xxx_nobody");
            var names = (operation["parameters"]?.AsArray() ?? [])
                .Where(parameter => parameter!["in"]!.GetValue<string>() == "query")
                .Select(parameter => parameter!["name"]!.GetValue<string>())
                .ToList();
            foreach (var odd in Odd)
            {
                if (plain != template)
                {
                    await RefusedAsync(Parameter().Replace(template, odd), odd);
                }

                foreach (var name in names)
                {
                    await RefusedAsync($"{plain}?{name}={odd}", odd);
                }

                await RefusedAsync($"{plain}?{odd}=1", odd);
            }
        }

        tried.ShouldBeGreaterThan(200);

        async Task RefusedAsync(string path, string odd)
        {
            tried++;
            using var reply = await parley.Api.GetAsync(path);
            ((int)reply.StatusCode).ShouldBeLessThan(500, path);
            if (odd.Contains("%00", StringComparison.Ordinal))
            {
                reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest, path);
            }
        }
    }

    [Theory, DatabaseMatrix]
    public async Task A_cursor_with_control_characters_is_no_cursor(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        foreach (var path in (string[])["connections", "meetings", "booking-pages", "bookings", "api-keys"])
        {
            foreach (var id in (string[])["con_\u0000", "con_\u0001"])
            {
                var cursor = Convert.ToBase64String(Encoding.UTF8.GetBytes("1 " + id)).TrimEnd('=').Replace('+', '-');
                using var reply = await parley.Api.GetAsync($"/api/v1/{path}?cursor={cursor}");
                reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest, path);
                (await reply.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!["cursor"].ShouldNotBeNull();
            }

            var good = Convert.ToBase64String("1 con_1"u8).TrimEnd('=').Replace('+', '-');
            (await parley.Api.GetAsync($"/api/v1/{path}?cursor={good}")).StatusCode.ShouldBe(HttpStatusCode.OK, path);
        }
    }

    [Theory, DatabaseMatrix]
    public async Task No_page_breaks_on_odd_text_in_its_address(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        using var owner = new FormBrowser(parley);
        await owner.SignInAsync();
        foreach (
            var path in (string[])
                [
                    "/meetings/new?like=",
                    "/meetings/new?connection=",
                    "/meetings?q=",
                    "/meetings?connection=",
                    "/meetings?cursor=",
                    "/history?connection=",
                    "/history?organizer=",
                    "/bookings?page=",
                    "/bookings?cursor=",
                    "/connections/con_nobody/log?operation=",
                    "/connections/con_nobody/console?meeting=",
                    "/sign-in?returnUrl=",
                    "/oauth/gotomeeting/callback?code=x&state=",
                ]
        )
        {
            foreach (var odd in Odd)
            {
                using var reply = await owner.GetAsync(path + odd);
                ((int)reply.StatusCode).ShouldBeLessThan(500, path + odd);
                if (odd.Contains("%00", StringComparison.Ordinal))
                {
                    reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest, path + odd);
                    WebUtility.HtmlDecode(await reply.Content.ReadAsStringAsync()).ShouldContain("U+0000");
                }
            }
        }

        // The framework's reader of plain forms refuses it by itself; of those with parts it does not.
        (await owner.SubmitAsync("/account", "/account", ("name", "O\u0000wner"))).StatusCode.ShouldBe(
            HttpStatusCode.BadRequest
        );
        using var parts = new MultipartFormDataContent
        {
            { new StringContent(FormBrowser.TokenOf(await owner.ReadAsync("/account"))), "_csrf" },
            { new StringContent("O\u0000wner"), "name" },
        };
        using var form = await owner.Http.PostAsync("/account", parts);
        form.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        WebUtility.HtmlDecode(await form.Content.ReadAsStringAsync()).ShouldContain("U+0000");
    }

    [Theory]
    [InlineData("\"a\\u0000b\"", 400)]
    [InlineData("\"a\\\\\\u0000b\"", 400)]
    [InlineData("\"a\\\\u0000b\"", 201)]
    public async Task A_body_with_the_escape_is_refused_and_one_that_only_spells_it_is_not(string name, int expected)
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        using var reply = await parley.Api.PostAsync(
            "/api/v1/api-keys",
            new StringContent($$"""{"name":{{name}},"scopes":["meetings:read"]}""", null, "application/json")
        );
        ((int)reply.StatusCode).ShouldBe(expected, await reply.Content.ReadAsStringAsync());
    }

    /// <summary>JSON can spell halves of characters. No operation breaks on one, in a value or in a name.</summary>
    [Fact]
    public async Task A_body_with_half_a_surrogate_pair_is_refused_by_every_operation()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        var document = (await parley.Client.GetFromJsonAsync<JsonNode>("/openapi/v1.json"))!;
        var tried = 0;
        foreach (var (template, path) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in path!.AsObject())
            {
                if (operation?["requestBody"]?["content"] is not JsonObject content)
                {
                    continue;
                }

                var type = content.First().Key;
                foreach (
                    var body in (string[])["""{"name":"\ud800"}""", """{"\udfff":1,"slug":"a"}""", """["\ud800x"]"""]
                )
                {
                    using var request = new HttpRequestMessage(
                        new HttpMethod(method),
                        Parameter().Replace(template, "xxx_nobody")
                    )
                    {
                        Content = new StringContent(body, null, type),
                    };
                    using var reply = await parley.Api.SendAsync(request);
                    ((int)reply.StatusCode).ShouldBeInRange(400, 499, $"{method} {template} {body}");
                    tried++;
                }
            }
        }

        tried.ShouldBeGreaterThan(50);
        await AnswersAsync("""{"name":"\ud83d\ude00","scopes":["meetings:read"]}""", HttpStatusCode.Created, null);
        await AnswersAsync("""{"name":"\ud83d","scopes":["meetings:read"]}""", HttpStatusCode.BadRequest, "name");
        await AnswersAsync("""{"name":"a","scopes":["a","\ude00"]}""", HttpStatusCode.BadRequest, "scopes[1]");

        async Task AnswersAsync(string body, HttpStatusCode status, string? field)
        {
            using var reply = await parley.Api.PostAsync(
                "/api/v1/api-keys",
                new StringContent(body, null, "application/json")
            );
            reply.StatusCode.ShouldBe(status, body);
            if (field is not null)
            {
                (await reply.Content.ReadFromJsonAsync<JsonNode>())!["errors"]![field].ShouldNotBeNull(body);
            }
        }
    }

    [GeneratedRegex("\\{[A-Za-z]+\\}", RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();
}
