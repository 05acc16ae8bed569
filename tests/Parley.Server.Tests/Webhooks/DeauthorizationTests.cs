using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Connections;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Connections;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Observed;

namespace Parley.Server.Tests.Webhooks;

/// <summary>Someone takes Parley out of their account at the provider.</summary>
public sealed class DeauthorizationTests
{
    [Theory, DatabaseMatrix]
    public async Task The_tokens_are_erased_and_the_meetings_kept(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var server = world.Server;
        var id = await server.CreateAsync();
        await server.ListAsync();
        (await world.CountAsync("oauth_grant", "access_token IS NOT NULL AND refresh_token IS NOT NULL")).ShouldBe(1);
        var tokens = await TokensAsync(world);
        if (database == DatabaseKind.Sqlite)
        {
            (await InFileAsync(server.Parley.DataDirectory, tokens)).ShouldBe(2);
        }

        var revocations = await server.CallsAsync("oauth.revoke");

        await world.DeliverAsync(world.Removed());

        (await world.CountAsync("oauth_grant", "access_token IS NOT NULL OR refresh_token IS NOT NULL")).ShouldBe(0);
        (await world.CountAsync("oauth_grant", "state = 'revoked'")).ShouldBe(1);
        (await world.CountAsync("observed_meeting")).ShouldBe(0);
        if (database == DatabaseKind.Sqlite)
        {
            // Not only out of reach: out of the file.
            (await InFileAsync(server.Parley.DataDirectory, tokens)).ShouldBe(0);
        }

        (await server.CallsAsync("oauth.revoke")).ShouldBe(revocations, "they are dead already");
        var connection = (await server.Api.GetFromJsonAsync<JsonNode>($"/api/v1/connections/{server.ConnectionId}"))!;
        connection["status"]!.GetValue<string>().ShouldBe("disconnected");
        connection["problem"]!["code"]!.GetValue<string>().ShouldBe("app_removed");
        connection["problem"]!["detail"]!.GetValue<string>().ShouldContain("removed from");
        var arrangement = await server.ArrangementAsync(id);
        arrangement.IsPresent.ShouldBeTrue();
        arrangement.Attention.ShouldBe(ConnectionObservations.DisconnectedAttention);

        using var owner = new FormBrowser(server.Parley);
        await owner.SignInAsync();
        (await owner.ReadAsync("/connections")).ShouldContain("Parley was removed from");

        await server.ReconnectAsync();
        (await server.ArrangementAsync(id)).Attention.ShouldBeNull("the same account lives again under its id");
        (await server.PatchAsync(arrangement.ProviderMeetingId!, new { subject = "Goes on" })).Status.ShouldBe(
            HttpStatusCode.OK
        );
    }

    [Theory, DatabaseMatrix]
    public async Task Late_news_does_not_end_a_newer_consent(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        await world.Server.AdvanceAsync(Duration.FromMinutes(10));
        var removed = world.Removed();
        await world.Server.AdvanceAsync(Duration.FromMinutes(2));
        await world.Server.ReconnectAsync();
        await world.Server.AdvanceAsync(Duration.FromMinutes(3));

        await world.DeliverAsync(removed);

        (await world.CountAsync("connection", "status = 'connected'")).ShouldBe(1);
        // The next removal is another event.
        await world.DeliverAsync(world.Removed());
        (await world.CountAsync("connection", "status = 'connected'")).ShouldBe(0);
    }

    [Theory, DatabaseMatrix]
    public async Task Another_app_or_another_person_is_not_touched(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        await world.DeliverAsync(world.Removed(clientId: "another-app"));
        await world.DeliverAsync(world.Removed(user: "7300195775692199999"));
        await world.DeliverAsync("""{"event":"app_deauthorized","payload":{"event_ts":"2026-12-01 10:00:00"}}""");

        (await world.CountAsync("connection", "status = 'connected'")).ShouldBe(1);
        (await world.CountAsync("oauth_grant", "state = 'live'")).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task Whoever_connected_it_hears_of_it_once(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var second = await world.Server.ConnectAnotherAsync(ConnectedServer.Olivia, "account");
        await world.Server.ExecuteAsync(
            $"INSERT INTO usage_user (workspace_id, connection_id, user_key, name, licences, standing, is_device, first_seen, seen_run) SELECT workspace_id, id, 'u1', 'Ada', '', 'active', 0, 0, 'run_1' FROM connection WHERE id = '{second}'"
        );
        (await world.CountAsync("usage_user")).ShouldBe(1);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => world.DeliverAsync(world.Removed())));

        (await world.CountAsync("connection", "status = 'disconnected'")).ShouldBe(2, "both live on one consent");
        second.ShouldNotBe(world.Server.ConnectionId);
        (await world.CountAsync("usage_user")).ShouldBe(0, "the people of the account are nobody's to keep");
        (await world.CountAsync("effect", "kind = 'mail' AND operation = 'connectionBroken'")).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task The_mail_says_why_and_what_to_do(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database);
        var id = await world.ConnectAsync();
        var removal = world.Parley.Services.GetRequiredService<Deauthorization>();
        var workspaceId = await world.Parley.WorkspaceIdAsync();

        await world.Parley.AdvanceAsync(Duration.FromSeconds(1));
        await world.Parley.Db.WriteAsync(session => removal.DeauthorizedAsync(session, workspaceId, id, null));
        await world.Parley.Db.WriteAsync(session => removal.DeauthorizedAsync(session, workspaceId, id, null));

        await world.MailedAsync();
        var mail = world.Postbox.Sent.ShouldHaveSingleItem();
        mail.Text.ShouldContain("Parley was removed from Olivia Organizer");
        mail.Text.ShouldContain("Connect GoTo Meeting again");
        (await world.EventsAsync(id)).ShouldBe(["connected/ok", "broken/app_removed"]);
        // Pressed by whoever has seen it: out of sight, as any other that is disconnected.
        using var owner = new FormBrowser(world.Parley);
        await owner.SignInAsync();
        (await owner.ReadAsync("/connections")).ShouldContain($"id=\"{id}\"");
        (await owner.SubmitAsync($"/connections/{id}/disconnect", $"/connections/{id}/disconnect")).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );
        (await owner.ReadAsync("/connections")).ShouldNotContain($"id=\"{id}\"");
    }

    [Theory, DatabaseMatrix]
    public async Task A_page_that_pauses_when_disconnected_pauses(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database);
        var server = world.Server;
        await server.AddPageAsync("holds");
        var pausing = BookingBench.Page(
            "pauses",
            page =>
            {
                page["hosts"] = new JsonArray(new JsonObject { ["connectionId"] = server.ConnectionId });
                page["whenDisconnected"] = "pause";
            }
        );
        (await server.SendAsync(HttpMethod.Post, "/api/v1/booking-pages", pausing)).Status.ShouldBe(
            HttpStatusCode.Created
        );
        (await server.BookAsync("pauses", "2026-12-08T12:00:00Z")).Status.ShouldBe(HttpStatusCode.Created);
        var (booked, body) = await server.BookAsync("holds", "2026-12-08T09:00:00Z");
        booked.ShouldBe(HttpStatusCode.Created, body.ToJsonString());

        await world.DeliverAsync(world.Removed());

        (await server.BookAsync("holds", "2026-12-08T10:00:00Z")).Status.ShouldBe(HttpStatusCode.Created);
        (await world.CountAsync("booking", "status = 'confirmed'")).ShouldBe(3, "none is lost");
        (await server.BookAsync("pauses", "2026-12-08T11:00:00Z")).Status.ShouldNotBe(HttpStatusCode.Created);
    }

    private static Task<List<byte[]>> TokensAsync(WebhookWorld world) =>
        world.Server.Parley.Db.ReadAsync(async session =>
        {
            var rows = await session.QueryAsync<Ciphertexts>(
                "SELECT access_token, refresh_token FROM oauth_grant /* all workspaces: tests */"
            );
            return rows.SelectMany(row => new[] { row.AccessToken, row.RefreshToken }).OfType<byte[]>().ToList();
        });

    private static async Task<int> InFileAsync(string directory, List<byte[]> tokens)
    {
        var file = Path.Combine(directory, "parley.db");
        await using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var checkpoint = connection.CreateCommand();
            checkpoint.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            await checkpoint.ExecuteNonQueryAsync();
        }

        var content = await File.ReadAllBytesAsync(file);
        // The tail is the encrypted text itself; its head is the key's id, which others share.
        return tokens.Count(token => content.AsSpan().IndexOf(token.AsSpan(token.Length - 24)) >= 0);
    }

    private sealed record Ciphertexts
    {
        public byte[]? AccessToken { get; init; }
        public byte[]? RefreshToken { get; init; }
    }
}
