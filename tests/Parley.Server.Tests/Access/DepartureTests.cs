using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Access;

/// <summary>Members by API: invited, changed, and leaving with what they hold; and what the audit says of it.</summary>
public sealed class DepartureTests
{
    private const string Bob = "mem_bob";
    private const string Amy = "mem_amy";
    private const string Bobs = "con_bob";
    private const string Amys = "con_amy";

    [Theory, DatabaseMatrix]
    public async Task Whoever_leaves_hands_everything_over_and_the_audit_tells_it(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        var owner = (await bench.SendAsync(HttpMethod.Get, "/api/v1/members"))
            .Body.GetProperty("items")[0]
            .GetProperty("id")
            .GetString()!;
        await AddTwoHostsAsync(bench);
        await bench.AddPageAsync("amys", page => page["hosts"] = Hosts(Amy, Amys));
        var free = await bench.BookedAsync("bobs", "2026-12-02T08:00:00Z");
        var clash = await bench.BookedAsync("bobs", "2026-12-02T09:00:00Z");
        await bench.BookedAsync("amys", "2026-12-02T09:00:00Z");
        await ExecuteAsync(
            bench,
            $"INSERT INTO api_key (workspace_id, id, member_id, name, prefix, hash, scopes, created_at) VALUES ('{bench.WorkspaceId}', 'key_bob', '{Bob}', 'Robot', 'pk_bobbobbob', 'x', 'meetings:read', 1)"
        );

        // Everything in their hands is told, and every kind of it needs an answer.
        var held = (await bench.SendAsync(HttpMethod.Get, $"/api/v1/members/{Bob}/holdings")).Body;
        held.GetProperty("bookings").GetArrayLength().ShouldBe(2);
        held.GetProperty("bookingPages").GetArrayLength().ShouldBe(1);
        held.GetProperty("connections").GetArrayLength().ShouldBe(1);
        held.GetProperty("apiKeys").GetArrayLength().ShouldBe(1);
        var (status, problem) = await LeaveAsync(bench, []);
        status.ShouldBe(HttpStatusCode.BadRequest);
        problem
            .GetProperty("errors")
            .EnumerateObject()
            .Select(field => field.Name)
            .ShouldBe(["bookings.action", "bookingPages.action", "connections.action"], ignoreOrder: true);

        // Meetings that stay need their account.
        (status, problem) = await LeaveAsync(bench, Choices("keep", connections: "disconnect"));
        status.ShouldBe(HttpStatusCode.BadRequest);
        problem.GetProperty("errors").TryGetProperty("connections.action", out _).ShouldBeTrue();

        // What cannot move is named, and nothing is changed.
        (status, problem) = await LeaveAsync(bench, Choices("reassign", Amy));
        status.ShouldBe(HttpStatusCode.Conflict, problem.ToString());
        var stuck = problem.GetProperty("notMoved")[0];
        stuck.GetProperty("bookingId").GetString().ShouldBe(clash);
        stuck.GetProperty("reason").GetString().ShouldBe("The new host has something else at that time.");
        (await HostAsync(bench, free)).ShouldBe(Bob);

        (status, var left) = await LeaveAsync(bench, Choices("reassign", Amy, whenNotFree: "cancel"));
        status.ShouldBe(HttpStatusCode.OK, left.ToString());
        left.GetProperty("moved").GetInt32().ShouldBe(1);
        left.GetProperty("cancelled").GetInt32().ShouldBe(1);
        left.GetProperty("member").GetProperty("deactivatedAt").ValueKind.ShouldBe(JsonValueKind.String);
        (await HostAsync(bench, free)).ShouldBe(Amy);
        var called = (await bench.SendAsync(HttpMethod.Get, $"/api/v1/bookings/{clash}")).Body;
        called.GetProperty("status").GetString().ShouldBe("cancelled");
        (await ScalarAsync(bench, $"SELECT cancel_reason FROM booking WHERE id = '{clash}'")).ShouldBe(
            "Bob has left us."
        );
        (await bench.BookAsync("bobs", "2026-12-02T12:00:00Z")).Status.ShouldBe(HttpStatusCode.Conflict);
        (await ScalarAsync(bench, $"SELECT member_id FROM connection WHERE id = '{Bobs}'")).ShouldBe(owner);
        (
            await ScalarAsync(bench, "SELECT COUNT(*) FROM api_key WHERE id = 'key_bob' AND revoked_at IS NOT NULL")
        ).ShouldBe("1");

        // Roles: an owner remains, only known roles, and back again.
        (
            await bench.SendAsync(HttpMethod.Patch, $"/api/v1/members/{owner}", new JsonObject { ["role"] = "member" })
        ).Status.ShouldBe(HttpStatusCode.Conflict);
        (
            await bench.SendAsync(HttpMethod.Patch, $"/api/v1/members/{Amy}", new JsonObject { ["role"] = "king" })
        ).Status.ShouldBe(HttpStatusCode.BadRequest);
        (
            await bench.SendAsync(HttpMethod.Patch, $"/api/v1/members/{Amy}", new JsonObject { ["role"] = "admin" })
        ).Status.ShouldBe(HttpStatusCode.OK);
        (await bench.SendAsync(HttpMethod.Post, $"/api/v1/members/{Bob}/reactivate")).Status.ShouldBe(
            HttpStatusCode.OK
        );

        // Invitations by API.
        var (made, invitation) = await bench.SendAsync(
            HttpMethod.Post,
            "/api/v1/invitations",
            new JsonObject
            {
                ["note"] = "Carl",
                ["role"] = "member",
                ["expiresInDays"] = 3,
            }
        );
        made.ShouldBe(HttpStatusCode.Created);
        var link = invitation.GetProperty("link").GetString()!;
        (await bench.SendAsync(HttpMethod.Get, "/api/v1/invitations")).Body.ToString().ShouldNotContain(link);
        (
            await bench.SendAsync(HttpMethod.Delete, $"/api/v1/invitations/{invitation.GetProperty("id").GetString()}")
        ).Status.ShouldBe(HttpStatusCode.NoContent);

        // What was done, by whom, with what; page by page; nothing secret.
        var all = await AuditAsync(bench, "");
        var actions = all.Select(entry => entry.GetProperty("action").GetString()).ToList();
        actions.ShouldContain("booking.reassigned");
        actions.ShouldContain("booking.cancelled");
        actions.ShouldContain("booking_page.changed");
        actions.ShouldContain("connection.handed_over");
        actions.ShouldContain("api_key.revoked");
        actions.ShouldContain("member.deactivated");
        actions.ShouldContain("member.reactivated");
        actions.ShouldContain("invitation.withdrawn");
        var role = (await AuditAsync(bench, $"?action=member.role_changed&thing={Amy}")).ShouldHaveSingleItem();
        role.GetProperty("actor").GetString().ShouldBe("api_key");
        role.GetProperty("memberId").GetString().ShouldBe(owner);
        role.GetProperty("before").GetProperty("role").GetString().ShouldBe("member");
        role.GetProperty("after").GetProperty("role").GetString().ShouldBe("admin");
        (await AuditAsync(bench, "?who=customer"))
            .Select(entry => entry.GetProperty("action").GetString())
            .Distinct()
            .ShouldBe(["booking.created"]);
        (await AuditAsync(bench, "?action=member&limit=1")).Count.ShouldBe(
            actions.Count(action => action!.StartsWith("member.", StringComparison.Ordinal))
        );
        string.Concat(all.Select(entry => entry.ToString())).ShouldNotContain(link[^20..]);

        using var browser = new FormBrowser(bench.Parley);
        await browser.SignInAsync();
        var page = WebUtility.HtmlDecode(await browser.ReadAsync("/audit?action=member.role_changed"));
        page.ShouldContain("Role: member → admin");
        // Fields and accounts in the words of the pages, not in those of the code.
        var told = WebUtility.HtmlDecode(await browser.ReadAsync("/audit?action=booking"));
        told.ShouldContain("Begins: ");
        told.ShouldContain("Account: GoTo Meeting, ");
        told.ShouldNotContain("startsAt");
        told.ShouldNotContain("connectionId");
        (await browser.ReadAsync($"/audit.csv?thing={Amy}")).ShouldContain("member.role_changed");
        (await browser.ReadAsync($"/members/{Bob}/deactivate")).ShouldContain("/book/bobs");
        (await browser.ReadAsync($"/members/{Amy}/deactivate")).ShouldContain("Bookings to come");
    }

    [Theory, DatabaseMatrix]
    public async Task Pages_handed_over_go_on_at_their_address_with_the_new_host(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await AddTwoHostsAsync(bench);
        await bench.AddPageAsync("paused", page => (page["hosts"], page["paused"]) = (Hosts(Bob, Bobs), true));
        // One that would have stepped aside to the very account that hosts it now.
        await bench.AddPageAsync(
            "fallback",
            page =>
                (page["hosts"], page["whenDisconnected"]) = (Hosts(Bob, Bobs), new JsonObject { ["fallback"] = Amys })
        );
        await bench.AddPageAsync("amys", page => page["hosts"] = Hosts(Amy, Amys));

        async Task<(HttpStatusCode Status, JsonElement Body)> HandOverAsync(JsonObject pages) =>
            await LeaveAsync(
                bench,
                new JsonObject
                {
                    ["bookingPages"] = pages,
                    ["connections"] = new JsonObject { ["action"] = "keep" },
                }
            );

        // Only to somebody who is there, can host, and does not leave.
        foreach (var to in (string?[])[null, "mem_nobody", Bob])
        {
            var (refused, problem) = await HandOverAsync(new JsonObject { ["action"] = "handOver", ["memberId"] = to });
            refused.ShouldBe(HttpStatusCode.BadRequest, problem.ToString());
            problem.GetProperty("errors").TryGetProperty("bookingPages.memberId", out _).ShouldBeTrue();
        }

        var (status, left) = await HandOverAsync(new JsonObject { ["action"] = "handOver", ["memberId"] = Amy });

        status.ShouldBe(HttpStatusCode.OK, left.ToString());
        var pages = (await bench.SendAsync(HttpMethod.Get, "/api/v1/booking-pages")).Body.GetProperty("items");
        pages.GetArrayLength().ShouldBe(4);
        foreach (var page in pages.EnumerateArray())
        {
            var host = page.GetProperty("hosts").EnumerateArray().ShouldHaveSingleItem();
            host.GetProperty("memberId").GetString().ShouldBe(Amy);
            host.GetProperty("connectionId").GetString().ShouldBe(Amys);
            var slug = page.GetProperty("slug").GetString();
            page.GetProperty("paused").GetBoolean().ShouldBe(slug == "paused");
            page.GetProperty("whenDisconnected").ToString().ShouldBe("hold", slug);
        }

        // The address stays, and what is booked there is in her calendar: nowhere twice.
        var booked = await bench.BookedAsync("bobs", "2026-12-02T08:00:00Z");
        (await HostAsync(bench, booked)).ShouldBe(Amy);
        (await bench.BookAsync("amys", "2026-12-02T08:00:00Z")).Status.ShouldBe(HttpStatusCode.Conflict);
        (await AuditAsync(bench, "?action=booking_page.changed")).Count.ShouldBe(3);
        (await bench.SendAsync(HttpMethod.Get, $"/api/v1/members/{Bob}/holdings"))
            .Body.GetProperty("bookingPages")
            .GetArrayLength()
            .ShouldBe(0);
    }

    /// <summary>Bob and Amy, each with an account, and Bob with a page.</summary>
    private static async Task AddTwoHostsAsync(BookingBench bench)
    {
        await AddAsync(bench, Bob, "bob");
        await AddAsync(bench, Amy, "amy");
        foreach (var (connection, member) in new[] { (Bobs, Bob), (Amys, Amy) })
        {
            await bench.AddConnectionAsync(connection);
            await ExecuteAsync(bench, $"UPDATE connection SET member_id = '{member}' WHERE id = '{connection}'");
        }

        await bench.AddPageAsync("bobs", page => page["hosts"] = Hosts(Bob, Bobs));
    }

    private static JsonObject Choices(
        string bookings,
        string? to = null,
        string? whenNotFree = null,
        string connections = "keep"
    ) =>
        new()
        {
            ["bookings"] = new JsonObject
            {
                ["action"] = bookings,
                ["memberId"] = to,
                ["whenNotFree"] = whenNotFree,
                ["reason"] = "Bob has left us.",
            },
            ["bookingPages"] = new JsonObject { ["action"] = "pause" },
            ["connections"] = new JsonObject { ["action"] = connections },
        };

    private static Task<(HttpStatusCode Status, JsonElement Body)> LeaveAsync(BookingBench bench, JsonObject choices) =>
        bench.SendAsync(HttpMethod.Post, $"/api/v1/members/{Bob}/deactivate", choices);

    private static async Task<string?> HostAsync(BookingBench bench, string booking) =>
        (await bench.SendAsync(HttpMethod.Get, $"/api/v1/bookings/{booking}"))
            .Body.GetProperty("host")
            .GetProperty("memberId")
            .GetString();

    private static async Task<List<JsonElement>> AuditAsync(BookingBench bench, string query)
    {
        var entries = new List<JsonElement>();
        for (string? cursor = null; ; )
        {
            var next = cursor is null ? "" : $"{(query.Length == 0 ? '?' : '&')}cursor={cursor}";
            var page = (await bench.SendAsync(HttpMethod.Get, $"/api/v1/audit{query}{next}")).Body;
            entries.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("nextCursor").GetString();
            if (cursor is null)
            {
                return entries;
            }
        }
    }

    private static JsonArray Hosts(string member, string connection) =>
        new(new JsonObject { ["memberId"] = member, ["connectionId"] = connection });

    private static Task AddAsync(BookingBench bench, string id, string name) =>
        ExecuteAsync(
            bench,
            $"INSERT INTO member (workspace_id, id, email, email_normalized, name, role, time_zone, security_stamp, created_at) VALUES ('{bench.WorkspaceId}', '{id}', '{name}@example.org', '{name.ToUpperInvariant()}@EXAMPLE.ORG', '{name}', 'member', 'UTC', 'x', 2000000000000000)"
        );

    private static Task ExecuteAsync(BookingBench bench, string sql) =>
        bench.Parley.Db.WriteAsync(session => session.ExecuteAsync($"{sql} /* all workspaces: tests */"));

    private static Task<string?> ScalarAsync(BookingBench bench, string sql) =>
        bench.Parley.Db.ReadAsync(session => session.ScalarAsync<string>($"{sql} /* all workspaces: tests */"));
}
