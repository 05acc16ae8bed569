using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Meetings;

namespace Parley.Server.Tests.Access;

/// <summary>docs/decisions/0008: a key reaches what its owner reaches.</summary>
public sealed class MemberKeyTests
{
    [Theory, DatabaseMatrix]
    public async Task A_members_key_reaches_the_members_own_and_nothing_of_colleagues(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var (browser, miaId) = await world.AddMemberAsync(Role.Member);
        browser.Dispose();
        using var mia = await KeyOfAsync(world, miaId, Scope.All);
        var hers = await ThingsAsync(world, "hers", await world.SeedConnectionAsync(miaId), miaId);
        var others = await ThingsAsync(world, "others", await world.SeedConnectionAsync(), world.OwnerId);
        var before = await CustomerRoom.EverythingAsync(world.Parley);

        foreach (var (method, path, body) in Requests(others, "2026-12-03T09:00:00Z"))
        {
            var (mineStatus, mine) = await SendAsync(mia, method, path, body);
            var (none, missing) = await SendAsync(mia, method, Unknown(path, others), body);
            mineStatus.ShouldBe(HttpStatusCode.NotFound, $"{method} {path}");
            none.ShouldBe(HttpStatusCode.NotFound, $"{method} {path}");
            mine.ShouldBe(missing, $"{method} {path}");
        }

        (await CustomerRoom.EverythingAsync(world.Parley)).ShouldBe(before);
        foreach (
            var list in (string[])
                ["/api/v1/connections", "/api/v1/booking-pages", "/api/v1/bookings", "/api/v1/meetings"]
        )
        {
            var (status, mine) = await SendAsync(mia, HttpMethod.Get, list, null);
            status.ShouldBe(HttpStatusCode.OK, list);
            var items = JsonNode.Parse(mine)!["items"]!.AsArray();
            items.Count.ShouldBe(1, $"{list} {mine}");
            var (_, all) = await SendAsync(world.Parley.Api, HttpMethod.Get, list, null);
            JsonNode.Parse(all)!["items"]!.AsArray().Count.ShouldBe(2, list);
        }

        // Her own, by the same requests.
        foreach (var (method, path, body) in Requests(hers, "2026-12-03T10:00:00Z"))
        {
            var (status, reply) = await SendAsync(mia, method, path, body);
            status.ShouldNotBe(HttpStatusCode.NotFound, $"{method} {path} {reply}");
            status.ShouldNotBe(HttpStatusCode.Forbidden, $"{method} {path} {reply}");
        }

        // The owner's key reaches everybody's.
        foreach (var (method, path, body) in Requests(others, "2026-12-03T11:00:00Z"))
        {
            var (status, reply) = await SendAsync(world.Parley.Api, method, path, body);
            status.ShouldNotBe(HttpStatusCode.NotFound, $"{method} {path} {reply}");
        }
    }

    [Theory, DatabaseMatrix]
    public async Task What_takes_an_administrator_takes_an_administrators_key_and_the_role_of_today(
        DatabaseKind database
    )
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var (browser, id) = await world.AddMemberAsync(Role.Admin);
        browser.Dispose();
        using var key = await KeyOfAsync(world, id, [Scope.Admin]);
        (string Path, HttpMethod Method, object? Body)[] requests =
        [
            ("/api/v1/api-keys", HttpMethod.Get, null),
            ("/api/v1/api-keys", HttpMethod.Post, new { name = "More", scopes = new[] { "admin" } }),
            (
                "/api/v1/providers/gotomeeting/app",
                HttpMethod.Put,
                new
                {
                    kind = "oauth",
                    clientId = "c",
                    clientSecret = "s",
                }
            ),
            ("/api/v1/providers/gotomeeting/apps/organizer/test", HttpMethod.Post, null),
        ];
        foreach (var (path, method, body) in requests)
        {
            (await SendAsync(key, method, path, body)).Status.ShouldNotBe(HttpStatusCode.Forbidden, path);
        }

        (await world.Owner.SubmitAsync("/members", $"/members/{id}/role", ("role", Role.Member))).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );

        foreach (var (path, method, body) in requests)
        {
            var (status, problem) = await SendAsync(key, method, path, body);
            status.ShouldBe(HttpStatusCode.Forbidden, path);
            problem.ShouldContain("This key belongs to a member");
        }

        (await SendAsync(key, HttpMethod.Get, "/api/v1/connections", null)).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Theory, DatabaseMatrix]
    public async Task A_members_key_makes_pages_for_the_member_alone(DatabaseKind database)
    {
        await using var world = await DashboardWorld.StartAsync(database);
        var (browser, miaId) = await world.AddMemberAsync(Role.Member);
        browser.Dispose();
        using var mia = await KeyOfAsync(world, miaId, ["bookings:write", "connections:write"]);
        var hers = await world.SeedConnectionAsync(miaId);
        var others = await world.SeedConnectionAsync();

        (await SendAsync(mia, HttpMethod.Post, "/api/v1/booking-pages", Page("one", hers))).Status.ShouldBe(
            HttpStatusCode.Created
        );
        var (status, problem) = await SendAsync(mia, HttpMethod.Post, "/api/v1/booking-pages", Page("two", others));
        status.ShouldBe(HttpStatusCode.BadRequest, problem);
        problem.ShouldContain("hosts[0].connectionId");
        (status, problem) = await SendAsync(
            mia,
            HttpMethod.Post,
            "/api/v1/booking-pages",
            Page("three", hers, world.OwnerId)
        );
        status.ShouldBe(HttpStatusCode.BadRequest, problem);
        problem.ShouldContain("hosts[0].memberId");
    }

    /// <summary>One of each, hosted by this member with this connection.</summary>
    private static async Task<Things> ThingsAsync(
        DashboardWorld world,
        string slug,
        string connectionId,
        string memberId
    )
    {
        var (status, page) = await SendAsync(
            world.Parley.Api,
            HttpMethod.Post,
            "/api/v1/booking-pages",
            Page(slug, connectionId, memberId)
        );
        status.ShouldBe(HttpStatusCode.Created, page);
        var (booked, booking) = await SendAsync(
            world.Parley.Client,
            HttpMethod.Post,
            $"/api/v1/public/pages/{slug}/bookings",
            BookingBench.Wish("2026-12-02T09:00:00Z")
        );
        booked.ShouldBe(HttpStatusCode.Created, booking);
        var id = JsonNode.Parse(booking)!["id"]!.GetValue<string>();
        var arrangement = await world.Parley.Db.ReadAsync(session =>
            session.FirstAsync<string>(
                "SELECT arrangement_id FROM booking WHERE workspace_id = @WorkspaceId AND id = @id",
                new { world.WorkspaceId, id }
            )
        );
        return new Things(connectionId, JsonNode.Parse(page)!["id"]!.GetValue<string>(), id, arrangement);
    }

    private static (HttpMethod Method, string Path, object? Body)[] Requests(Things things, string startsAt) =>
        [
            (HttpMethod.Get, $"/api/v1/connections/{things.Connection}", null),
            (HttpMethod.Get, $"/api/v1/connections/{things.Connection}/log", null),
            (HttpMethod.Post, $"/api/v1/connections/{things.Connection}/test", null),
            (HttpMethod.Post, $"/api/v1/connections/{things.Connection}/refresh", null),
            (HttpMethod.Post, $"/api/v1/connections/{things.Connection}/approval-requested", null),
            (HttpMethod.Get, $"/api/v1/connections/{things.Connection}/meetings/{things.Arrangement}", null),
            (HttpMethod.Delete, $"/api/v1/connections/{things.Connection}/meetings/{things.Arrangement}", null),
            (HttpMethod.Get, $"/api/v1/arrangements/{things.Arrangement}", null),
            (HttpMethod.Get, $"/api/v1/arrangements/{things.Arrangement}/ledger", null),
            (HttpMethod.Get, $"/api/v1/bookings/{things.Booking}", null),
            (HttpMethod.Post, $"/api/v1/bookings/{things.Booking}/reschedule", new { startsAt }),
            (HttpMethod.Post, $"/api/v1/bookings/{things.Booking}/cancel", null),
            (HttpMethod.Get, $"/api/v1/booking-pages/{things.Page}", null),
            (HttpMethod.Patch, $"/api/v1/booking-pages/{things.Page}", new { title = "Mine" }),
            (HttpMethod.Delete, $"/api/v1/booking-pages/{things.Page}", null),
            (HttpMethod.Delete, $"/api/v1/connections/{things.Connection}?force=true", null),
        ];

    private static string Unknown(string path, Things things) =>
        path.Replace(things.Connection, "con_nobody", StringComparison.Ordinal)
            .Replace(things.Arrangement, "arr_nobody", StringComparison.Ordinal)
            .Replace(things.Booking, "bkg_nobody", StringComparison.Ordinal)
            .Replace(things.Page, "pag_nobody", StringComparison.Ordinal);

    private static JsonObject Page(string slug, string connectionId, string? memberId = null) =>
        BookingBench.Page(
            slug,
            page =>
                page["hosts"] = new JsonArray(
                    memberId is null
                        ? new JsonObject { ["connectionId"] = connectionId }
                        : new JsonObject { ["connectionId"] = connectionId, ["memberId"] = memberId }
                )
        );

    private static async Task<HttpClient> KeyOfAsync(
        DashboardWorld world,
        string memberId,
        IReadOnlyCollection<string> scopes
    )
    {
        var made = await world
            .Parley.Services.GetRequiredService<ApiKeys>()
            .CreateAsync(new Caller(world.WorkspaceId, memberId, Role.Member, "", null), "Key", scopes);
        return ApiKeyTests.Bearer(world.Parley, made.Value.Secret);
    }

    private static async Task<(HttpStatusCode Status, string Body)> SendAsync(
        HttpClient client,
        HttpMethod method,
        string path,
        object? body
    )
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null
            ? null
            : new StringContent(JsonSerializer.Serialize(body), null, "application/json");
        using var reply = await client.SendAsync(request);
        return (reply.StatusCode, await reply.Content.ReadAsStringAsync());
    }

    private sealed record Things(string Connection, string Page, string Booking, string Arrangement);
}
