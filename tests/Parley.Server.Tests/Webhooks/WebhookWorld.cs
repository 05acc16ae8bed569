using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing.Zoom;
using Parley.Server.Connections;
using Parley.Server.Secrets;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Webhooks;

/// <summary>
/// A connected server whose provider delivers events in Zoom's form, read by the real reader: what follows from them is the same for every
/// provider, and the twin behind it shows what is really there.
/// </summary>
internal sealed class WebhookWorld : IAsyncDisposable
{
    public const string Secret = "secret-token-canary-51d0";
    public const string InstallationSecret = "installation-canary-77aa";
    private static readonly JsonSerializerOptions Spelling = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
    private long _stamps;

    private WebhookWorld(ConnectedServer server) => Server = server;

    public ConnectedServer Server { get; }
    public HttpClient Http => Server.Parley.Client;
    public string AppId { get; private set; } = "";
    public string Path => $"/webhooks/{Server.ProviderId}/{AppId}";
    public Connection Connection { get; private set; } = null!;

    public static async Task<WebhookWorld> StartAsync(
        DatabaseKind database,
        IDictionary<string, string?>? settings = null,
        string? secret = Secret
    )
    {
        return await OverAsync(await ConnectedServer.StartAsync(database, settings), secret);
    }

    /// <summary>Over a server there is, which is not ended with this.</summary>
    public static async Task<WebhookWorld> OverAsync(ConnectedServer server, string? secret = Secret)
    {
        server.Provider.Events = new ZoomEvents();
        var world = new WebhookWorld(server);
        await world.SetSecretAsync(secret);
        world.Connection = (
            await server.Parley.Db.ReadAsync(session =>
                Connection.FindAsync(session, server.WorkspaceId, server.ConnectionId)
            )
        )!;
        return world;
    }

    public async Task SetSecretAsync(string? secret)
    {
        var db = Server.Parley.Db;
        var vault = Server.Parley.Services.GetRequiredService<Vault>();
        AppId = await db.WriteAsync(async session =>
        {
            var app = await session.FirstAsync<ProviderApp>(
                $"SELECT {ProviderApp.Columns} FROM provider_app WHERE workspace_id = @WorkspaceId AND purpose = 'organizer'",
                new { Server.WorkspaceId }
            );
            await session.ExecuteAsync(
                "UPDATE provider_app SET webhook_secret = @cell WHERE workspace_id = @WorkspaceId AND id = @Id",
                new
                {
                    app.WorkspaceId,
                    app.Id,
                    cell = secret is null
                        ? null
                        : await vault.EncryptAsync(
                            session,
                            new SecretCell(app.WorkspaceId, "provider_app", app.Id, "webhook_secret", app.Generation),
                            secret
                        ),
                }
            );
            return app.Id;
        });
    }

    // — events as Zoom writes them

    public string Meeting(
        string name,
        string meetingId,
        string uuid = "run+1==",
        Duration ago = default,
        string? host = null,
        JsonObject? participant = null
    )
    {
        var subject = new JsonObject
        {
            ["id"] = long.Parse(meetingId, CultureInfo.InvariantCulture),
            ["uuid"] = uuid,
            ["host_id"] = host ?? Connection.OrganizerKey,
            ["topic"] = "Besprechung mit Ümläuten — 打ち合わせ",
        };
        if (participant is not null)
        {
            subject["participant"] = participant;
        }

        return Event(name, new JsonObject { ["account_id"] = Connection.AccountKey, ["object"] = subject }, ago);
    }

    public string Participant(
        string name,
        string meetingId,
        string who,
        string uuid = "run+1==",
        Duration ago = default
    ) =>
        Meeting(
            $"meeting.participant_{name}",
            meetingId,
            uuid,
            ago,
            participant: new JsonObject
            {
                ["user_id"] = who,
                ["user_name"] = who,
                ["email"] = $"{who}@example.org",
            }
        );

    /// <summary>In its own form: the time is text, inside the payload.</summary>
    public string Removed(string? clientId = null, string? user = null, Duration ago = default)
    {
        var at = (Server.Clock.GetCurrentInstant() - ago)
            .InUtc()
            .ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["event"] = "app_deauthorized",
            ["payload"] = new JsonObject
            {
                ["account_id"] = Connection.AccountKey,
                ["user_id"] = user ?? Connection.OrganizerKey,
                ["signature"] = "abc",
                ["deauthorization_time"] = at,
                ["client_id"] = clientId ?? Server.Twin.ClientId,
                ["event_ts"] = at,
            },
        }.ToJsonString(Spelling);
    }

    // Told apart by their times, as real ones are: the clock here stands still.
    private string Event(string name, JsonObject payload, Duration ago)
    {
        var at = Server.Clock.GetCurrentInstant() - ago;
        return new JsonObject
        {
            ["event"] = name,
            ["event_ts"] = at.ToUnixTimeMilliseconds() - 1_000 + Interlocked.Increment(ref _stamps),
            ["payload"] = payload,
        }.ToJsonString(Spelling);
    }

    // — deliveries

    public HttpRequestMessage Request(
        string body,
        string? path = null,
        string secret = Secret,
        Duration skew = default,
        string? sent = null
    )
    {
        var stamp = (Server.Clock.GetCurrentInstant() + skew)
            .ToUnixTimeSeconds()
            .ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, path ?? Path)
        {
            Content = new StringContent(sent ?? body, Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("x-zm-request-timestamp", stamp);
        request.Headers.TryAddWithoutValidation("x-zm-signature", $"v0={Hmac(secret, $"v0:{stamp}:{body}")}");
        return request;
    }

    public async Task<HttpResponseMessage> SendAsync(
        string body,
        string? path = null,
        string secret = Secret,
        Duration skew = default,
        string? sent = null
    )
    {
        using var request = Request(body, path, secret, skew, sent);
        return await Http.SendAsync(request);
    }

    public async Task DeliverAsync(string body, string? path = null, string secret = Secret)
    {
        using var reply = await SendAsync(body, path, secret);
        reply.StatusCode.ShouldBe(HttpStatusCode.NoContent, await reply.Content.ReadAsStringAsync());
    }

    public static string Hmac(string secret, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));

    /// <summary>One look of the poll, and the end of what it began.</summary>
    public Task PollAsync() =>
        Server.Parley.Services.GetRequiredService<Parley.Server.Observed.ListingPoll>().LookAsync(default);

    // — what became of it

    public Task<long> CountAsync(string table, string where = "1 = 1") =>
        Server.Parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>($"SELECT COUNT(*) FROM {table} WHERE {where} /* all workspaces: tests */")
        );

    public async Task<string> StatusAsync(string query)
    {
        var (status, body) = await Server.SendAsync(HttpMethod.Get, $"/api/v1/meetings?q={query}");
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        return body["items"]!.AsArray().ShouldHaveSingleItem()!["status"]!.GetValue<string>();
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
