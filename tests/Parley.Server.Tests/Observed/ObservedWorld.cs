using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Observed;
using Parley.Server.Storage;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Observed;

/// <summary>What tests of observation do with a connected server.</summary>
internal static class ObservedWorld
{
    /// <summary>Somebody makes a meeting at the provider, without Parley.</summary>
    /// <returns>The provider's id.</returns>
    public static async Task<string> MadeElsewhereAsync(
        this ConnectedServer server,
        string subject,
        string startsAt = "2026-12-10T12:00:00Z",
        string endsAt = "2026-12-10T13:00:00Z",
        string type = "scheduled"
    )
    {
        var made = await server.ByHandAsync(
            HttpMethod.Post,
            "meetings",
            new
            {
                subject,
                starttime = startsAt,
                endtime = endsAt,
                passwordrequired = false,
                conferencecallinfo = "Hybrid",
                timezonekey = "",
                meetingtype = type,
            }
        );
        var reply = await made.Content.ReadAsStringAsync();
        made.StatusCode.ShouldBe(HttpStatusCode.Created, reply);
        return System.Text.Json.Nodes.JsonNode.Parse(reply)![0]!["meetingid"]!.ToString();
    }

    public static async Task RemovedElsewhereAsync(this ConnectedServer server, string id) =>
        (await server.ByHandAsync(HttpMethod.Delete, $"meetings/{id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

    /// <summary>Has the connection listed now, a moment later than whatever was done before.</summary>
    public static async Task ListAsync(this ConnectedServer server)
    {
        await server.AdvanceAsync(Duration.FromSeconds(1));
        var (status, body) = await server.SendAsync(HttpMethod.Get, server.Meetings);
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
    }

    public static async Task<JsonArray> AllAsync(this ConnectedServer server, string query = "")
    {
        var (status, body) = await server.SendAsync(HttpMethod.Get, $"/api/v1/meetings{query}");
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        return body["items"]!.AsArray();
    }

    public static Task<Instant?> ListedAtAsync(this ConnectedServer server) =>
        server.Parley.Db.ReadAsync(session =>
            ObservedMeetings.ListedAtAsync(session, server.WorkspaceId, server.ConnectionId)
        );

    public static Task<long> CountAsync(this TestServer parley, string table) =>
        parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>($"SELECT COUNT(*) FROM {table} /* all workspaces: tests */")
        );

    public static Listings Listings(this ConnectedServer server) =>
        server.Parley.Services.GetRequiredService<Listings>();

    /// <summary>A booking page on the connection: weekdays 09:00–17:00 Berlin, 30 minutes.</summary>
    public static async Task AddPageAsync(this ConnectedServer server, string slug)
    {
        var page = BookingBench.Page(
            slug,
            one => one["hosts"] = new JsonArray(new JsonObject { ["connectionId"] = server.ConnectionId })
        );
        var (status, body) = await server.SendAsync(HttpMethod.Post, "/api/v1/booking-pages", page);
        status.ShouldBe(HttpStatusCode.Created, body.ToJsonString());
    }

    public static Task<(HttpStatusCode Status, JsonNode Body)> BookAsync(
        this ConnectedServer server,
        string slug,
        string startsAt
    ) => server.SendAsync(HttpMethod.Post, $"/api/v1/public/pages/{slug}/bookings", BookingBench.Wish(startsAt));
}
