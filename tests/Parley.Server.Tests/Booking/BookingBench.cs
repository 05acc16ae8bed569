using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using NodaTime.Text;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary>
/// The product with a connection that has no grant: bookings are taken, their meetings wait. It is Tuesday, 1 December 2026,
/// 08:00 UTC; Berlin is one hour ahead.
/// </summary>
public sealed class BookingBench(TestServer parley, string workspaceId) : IAsyncDisposable
{
    public const string ConnectionId = "con_bench";
    public TestServer Parley => parley;
    public HttpClient Api => parley.Api;
    public string WorkspaceId => workspaceId;

    public static async Task<BookingBench> StartAsync(
        DatabaseKind database,
        IDictionary<string, string?>? settings = null
    )
    {
        var parley = await TestServer.StartAsync(database, settings);
        var bench = new BookingBench(parley, await parley.WorkspaceIdAsync());
        await bench.AddConnectionAsync(ConnectionId);
        return bench;
    }

    public Task AddConnectionAsync(string id) =>
        parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO connection (workspace_id, id, provider, purpose, status, organizer_key, connected_at, created_at, updated_at)
                VALUES (@WorkspaceId, @id, 'gotomeeting', 'organizer', 'connected', @id, @now, @now, @now)
                """,
                new
                {
                    WorkspaceId,
                    id,
                    now = FakeClock.Start,
                }
            )
        );

    /// <summary>Weekdays 09:00–17:00 Berlin, 30 minutes, no notice; <paramref name="change"/> has the last word.</summary>
    public static JsonObject Page(string slug, Action<JsonObject>? change = null)
    {
        var page = JsonNode
            .Parse(
                $$"""
                {
                  "slug": "{{slug}}", "title": "Intro call", "durationMinutes": 30, "minimumNoticeMinutes": 0,
                  "schedule": { "timeZone": "Europe/Berlin",
                    "weekly": [ { "days": ["MO","TU","WE","TH","FR"], "from": "09:00", "to": "17:00" } ] },
                  "hosts": [ { "connectionId": "{{ConnectionId}}" } ]
                }
                """
            )!
            .AsObject();
        change?.Invoke(page);
        return page;
    }

    /// <returns>The page as the API shows it.</returns>
    public async Task<JsonElement> AddPageAsync(string slug, Action<JsonObject>? change = null)
    {
        var (status, body) = await SendAsync(HttpMethod.Post, "/api/v1/booking-pages", Page(slug, change));
        status.ShouldBe(HttpStatusCode.Created, body.ToString());
        return body;
    }

    public static JsonObject Wish(string startsAt, string email = "ada@example.org") =>
        new()
        {
            ["startsAt"] = startsAt,
            ["name"] = "Ada Lovelace",
            ["email"] = email,
            ["timeZone"] = "America/New_York",
        };

    /// <summary>Books without a key, as strangers do.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> BookAsync(
        string slug,
        string startsAt,
        string email = "ada@example.org"
    ) =>
        await ReadAsync(
            await parley.Client.PostAsJsonAsync($"/api/v1/public/pages/{slug}/bookings", Wish(startsAt, email))
        );

    /// <summary>As <see cref="BookAsync"/>, headers and all.</summary>
    public Task<HttpResponseMessage> RawBookAsync(string slug, string startsAt, string email) =>
        parley.Client.PostAsJsonAsync($"/api/v1/public/pages/{slug}/bookings", Wish(startsAt, email));

    /// <returns>The booking's id.</returns>
    public async Task<string> BookedAsync(string slug, string startsAt, string email = "ada@example.org")
    {
        var (status, body) = await BookAsync(slug, startsAt, email);
        status.ShouldBe(HttpStatusCode.Created, body.ToString());
        return body.GetProperty("id").GetString()!;
    }

    /// <summary>It is not free now: 409 <c>slot_taken</c>.</summary>
    public async Task<List<string>> RefusedAsync(string slug, string startsAt)
    {
        var (status, body) = await BookAsync(slug, startsAt);
        status.ShouldBe(HttpStatusCode.Conflict, $"{startsAt} {body}");
        body.GetProperty("code").GetString().ShouldBe("slot_taken");
        return Starts(body.GetProperty("alternatives"));
    }

    public async Task<List<string>> SlotsAsync(string slug, string from, string to)
    {
        var (status, body) = await SendAsync(
            HttpMethod.Get,
            $"/api/v1/public/pages/{slug}/slots?from={from}&to={to}&timeZone=America/New_York"
        );
        status.ShouldBe(HttpStatusCode.OK, body.ToString());
        return Starts(body.GetProperty("slots"));
    }

    public static List<string> Starts(JsonElement slots) =>
        slots.EnumerateArray().Select(slot => slot.GetProperty("startsAt").GetString()!).ToList();

    public static Instant At(string text) => InstantPattern.ExtendedIso.Parse(text).Value;

    public static string At(Instant instant) => InstantPattern.ExtendedIso.Format(instant);

    public async Task<(HttpStatusCode Status, JsonElement Body)> RescheduleAsync(string id, string startsAt) =>
        await SendAsync(
            HttpMethod.Post,
            $"/api/v1/bookings/{id}/reschedule",
            new JsonObject { ["startsAt"] = startsAt }
        );

    public async Task<(HttpStatusCode Status, JsonElement Body)> CancelAsync(string id) =>
        await SendAsync(HttpMethod.Post, $"/api/v1/bookings/{id}/cancel");

    public async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(
        HttpMethod method,
        string path,
        JsonNode? body = null,
        string? header = null,
        string? value = null,
        HttpClient? client = null
    )
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null
            ? null
            : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        return await ReadAsync(await (client ?? Api).SendAsync(request));
    }

    public static async Task<(HttpStatusCode Status, JsonElement Body)> ReadAsync(HttpResponseMessage reply)
    {
        using (reply)
        {
            var text = await reply.Content.ReadAsStringAsync();
            return (reply.StatusCode, JsonSerializer.Deserialize<JsonElement>(text.Length == 0 ? "{}" : text));
        }
    }

    public Task<long> CountAsync(string table) =>
        parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>($"SELECT COUNT(*) FROM {table} /* all workspaces: tests */")
        );

    /// <summary>Everything a booking writes.</summary>
    public async Task<(long Bookings, long Arrangements, long Effects, long Occupied)> RowsAsync() =>
        (
            await CountAsync("booking"),
            await CountAsync("arrangement"),
            await CountAsync("effect"),
            await CountAsync("occupancy")
        );

    /// <summary>A client whose key has these scopes only.</summary>
    public async Task<HttpClient> WithScopesAsync(params string[] scopes)
    {
        var made = await ReadAsync(await Api.PostAsJsonAsync("/api/v1/api-keys", new { name = "Narrow", scopes }));
        var client = parley.NewClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            made.Body.GetProperty("secret").GetString()
        );
        return client;
    }

    public ValueTask DisposeAsync() => parley.DisposeAsync();
}
