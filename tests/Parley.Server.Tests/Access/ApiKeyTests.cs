using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Access;

public sealed class ApiKeyTests
{
    [Theory, DatabaseMatrix]
    public async Task A_key_is_shown_once_stored_hashed_and_ends_at_once(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);

        var made = await parley.Api.PostAsJsonAsync(
            "/api/v1/api-keys",
            new { name = "CRM", scopes = new[] { "admin" } }
        );
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        var key = await JsonOf(made);
        var secret = key.GetProperty("secret").GetString()!;
        var id = key.GetProperty("id").GetString()!;
        made.Headers.Location!.OriginalString.ShouldBe("/api/v1/api-keys/" + id);

        using var client = Bearer(parley, secret);
        var listed = await client.GetStringAsync("/api/v1/api-keys");
        listed.ShouldContain(id);
        listed.ShouldNotContain(secret);
        var hashes = await parley.Db.ReadAsync(session =>
            session.QueryAsync<string>("SELECT hash FROM api_key /* all workspaces: test */")
        );
        hashes.ShouldContain(Ids.HashOf(secret));

        (await parley.Api.DeleteAsync("/api/v1/api-keys/" + id)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await client.GetAsync("/api/v1/api-keys")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await parley.Api.DeleteAsync("/api/v1/api-keys/" + id)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Without_a_key_the_answer_is_401_and_says_how()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        (await parley.Api.GetAsync("/api/v1/api-keys")).StatusCode.ShouldBe(HttpStatusCode.OK);

        var none = await parley.Client.GetAsync("/api/v1/api-keys");
        none.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        none.Headers.WwwAuthenticate.Single().Scheme.ShouldBe("Bearer");
        none.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await JsonOf(none)).GetProperty("code").GetString().ShouldBe("unauthenticated");

        using var wrong = Bearer(parley, TestServer.ApiKey + "x");
        var reply = await wrong.GetAsync("/api/v1/api-keys");
        reply.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        reply.Headers.WwwAuthenticate.ToString().ShouldContain("invalid_token");
    }

    [Fact]
    public async Task The_API_does_not_take_the_cookie_and_pages_do_not_take_keys()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        using var browser = new FormBrowser(parley);
        await browser.SignInAsync();

        (await browser.GetAsync("/members")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await browser.GetAsync("/api/v1/api-keys")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await parley.Api.GetAsync("/members")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task A_missing_scope_is_named()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        var made = await JsonOf(
            await parley.Api.PostAsJsonAsync(
                "/api/v1/api-keys",
                new { name = "Reader", scopes = new[] { "meetings:read" } }
            )
        );
        using var client = Bearer(parley, made.GetProperty("secret").GetString()!);

        var reply = await client.GetAsync("/api/v1/api-keys");

        reply.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await JsonOf(reply)).GetProperty("detail").GetString().ShouldBe("This key lacks the scope admin.");
    }

    [Fact]
    public async Task Mistakes_name_their_field()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);

        await Refused(new { name = "", scopes = new[] { "admin" } }, "invalid", "name");
        await Refused(new { name = "a\r\nb", scopes = new[] { "admin" } }, "invalid", "name");
        await Refused(new { name = "x", scopes = Array.Empty<string>() }, "invalid", "scopes");
        await Refused(new { name = "x", scopes = new[] { "everything" } }, "invalid", "scopes");
        await Refused(
            new
            {
                name = "x",
                scopes = new[] { "admin" },
                kind = "publishable",
            },
            "invalid",
            "scopes"
        );
        await Refused(new { name = "x", kind = "golden" }, "invalid", "kind");
        await Refused(
            new
            {
                name = "x",
                scopes = new[] { "admin" },
                origins = new[] { "https://crm.example.com" },
            },
            "invalid",
            "origins"
        );

        async Task Refused(object body, string code, string field)
        {
            var reply = await parley.Api.PostAsJsonAsync("/api/v1/api-keys", body);
            reply.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            var problem = await JsonOf(reply);
            problem.GetProperty("code").GetString().ShouldBe(code);
            problem.GetProperty("errors").TryGetProperty(field, out _).ShouldBeTrue();
        }
    }

    [Theory, DatabaseMatrix]
    public async Task Another_workspaces_key_is_the_same_404_as_none(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var (_, foreign) = await SecondWorkspaceAsync(parley);
        using var stranger = Bearer(parley, foreign);
        var own = await JsonOf(await stranger.GetAsync("/api/v1/api-keys"));
        var id = own.GetProperty("items")[0].GetProperty("id").GetString()!;
        (await JsonOf(await parley.Api.GetAsync("/api/v1/api-keys"))).GetRawText().ShouldNotContain(id);

        var other = await parley.Api.DeleteAsync("/api/v1/api-keys/" + id);
        var none = await parley.Api.DeleteAsync("/api/v1/api-keys/key_none");

        other.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await other.Content.ReadAsStringAsync()).ShouldBe(await none.Content.ReadAsStringAsync());
        (await stranger.GetAsync("/api/v1/api-keys")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory, DatabaseMatrix]
    public async Task Use_is_written_down_once_a_minute(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        await parley.Api.GetAsync("/api/v1/api-keys");
        var first = parley.Clock.GetCurrentInstant();
        await TestServer.EventuallyAsync(async () => await LastUsed() == first, "the first use is written");

        parley.Clock.Advance(Duration.FromMinutes(2));
        await parley.Api.GetAsync("/api/v1/api-keys");
        await TestServer.EventuallyAsync(
            async () => await LastUsed() == first + Duration.FromMinutes(2),
            "the later use is written"
        );

        async Task<Instant?> LastUsed() =>
            (
                await parley
                    .Services.GetRequiredService<ApiKeys>()
                    .ListAsync(await parley.WorkspaceIdAsync(), 1, Cursor.Start)
            )
                .Items.Single()
                .LastUsedAt;
    }

    [Theory, DatabaseMatrix]
    public async Task A_members_keys_end_with_the_member(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var (owner, secret) = await SecondWorkspaceAsync(parley);
        using var client = Bearer(parley, secret);
        (await client.GetAsync("/api/v1/api-keys")).StatusCode.ShouldBe(HttpStatusCode.OK);
        var memberships = parley.Services.GetRequiredService<Memberships>();
        await parley.Db.WriteAsync(session =>
            MemberStore.InsertAsync(
                session,
                memberships.Draft(owner.WorkspaceId, "third@example.org", "Third", Role.Owner, "UTC", null)
            )
        );

        (await memberships.DeactivateAsync(owner, owner.MemberId)).Succeeded.ShouldBeTrue();

        (await client.GetAsync("/api/v1/api-keys")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    internal static async Task<(Caller Owner, string Secret)> SecondWorkspaceAsync(TestServer parley)
    {
        var workspaces = parley.Services.GetRequiredService<Workspaces>();
        var memberships = parley.Services.GetRequiredService<Memberships>();
        var owner = await parley.Db.WriteAsync(async session =>
        {
            var workspaceId = await workspaces.AddAsync(session, "Elsewhere");
            var member = memberships.Draft(workspaceId, "else@example.org", "Else", Role.Owner, "UTC", null);
            await MemberStore.InsertAsync(session, member);
            return member;
        });
        var caller = new Caller(owner.WorkspaceId, owner.Id, Role.Owner, owner.Name, null);
        var key = await parley.Services.GetRequiredService<ApiKeys>().CreateAsync(caller, "Elsewhere", [Scope.Admin]);
        return (caller, key.Value.Secret);
    }

    internal static HttpClient Bearer(TestServer parley, string secret)
    {
        var client = parley.NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return client;
    }

    internal static async Task<JsonElement> JsonOf(HttpResponseMessage reply) =>
        JsonDocument.Parse(await reply.Content.ReadAsStringAsync()).RootElement;
}
