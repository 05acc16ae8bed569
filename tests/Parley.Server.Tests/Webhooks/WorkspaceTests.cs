using Parley.Server.Tests.Hosting;
using static Parley.Server.Tests.Webhooks.WebhookWorld;
using AccessTests = Parley.Server.Tests.Access.ApiKeyTests;

namespace Parley.Server.Tests.Webhooks;

/// <summary>Whose events reach whom.</summary>
public sealed class WorkspaceTests
{
    private const string Common = "/webhooks/gotomeeting";

    private static Dictionary<string, string?> Installation =>
        new(StringComparer.Ordinal) { ["Providers:GoToMeeting:WebhookSecretToken"] = InstallationSecret };

    [Theory, DatabaseMatrix]
    public async Task The_event_of_an_app_reaches_its_own_workspace_only(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database, Installation);
        var (elsewhere, _) = await AccessTests.SecondWorkspaceAsync(world.Server.Parley);
        await ConnectTooAsync(world, elsewhere.WorkspaceId, "app_theirs", "con_theirs", webhookSecret: true);

        await world.DeliverAsync(world.Meeting("meeting.started", "111222333"));
        await world.DeliverAsync(world.Removed());

        (await world.CountAsync("inbox", $"workspace_id = '{elsewhere.WorkspaceId}'")).ShouldBe(0);
        (await world.CountAsync("observed_run", $"workspace_id = '{elsewhere.WorkspaceId}'")).ShouldBe(0);
        (await world.CountAsync("connection", "id = 'con_theirs' AND status = 'connected'")).ShouldBe(1);
        (await world.CountAsync("connection", "status = 'disconnected'")).ShouldBe(1);

        // Nor does our secret open their address.
        using var forged = await world.SendAsync(world.Removed(), $"{Common}/app_theirs");
        ((int)forged.StatusCode).ShouldBe(401);
    }

    [Theory, DatabaseMatrix]
    public async Task The_installations_secret_serves_every_workspace_without_one_of_its_own(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database, Installation);
        var (elsewhere, _) = await AccessTests.SecondWorkspaceAsync(world.Server.Parley);
        await ConnectTooAsync(world, elsewhere.WorkspaceId, "app_theirs", "con_theirs", webhookSecret: false);
        var started = world.Meeting("meeting.started", "111222333");

        using (var wrong = await world.SendAsync(started, Common))
        {
            ((int)wrong.StatusCode).ShouldBe(401, "an app's secret is not the installation's");
        }

        await world.DeliverAsync(started, Common, InstallationSecret);
        await world.DeliverAsync(started, Common, InstallationSecret);
        (await world.CountAsync("observed_run", "connection_id = 'con_theirs' AND running = 1")).ShouldBe(1);
        (await world.CountAsync("observed_run")).ShouldBe(1, "ours has a secret of its own");
        await world.DeliverAsync(
            world.Meeting("meeting.started", "111222333", host: "nobody"),
            Common,
            InstallationSecret
        );
        (await world.CountAsync("inbox")).ShouldBe(1, "what concerns nobody is not kept");

        await world.SetSecretAsync(null);
        await world.DeliverAsync(world.Meeting("meeting.started", "111222333", "two"), Common, InstallationSecret);
        (await world.CountAsync("observed_run", "running = 1")).ShouldBe(2);
        await world.DeliverAsync(world.Removed(), Common, InstallationSecret);
        (await world.CountAsync("connection", "status = 'disconnected'")).ShouldBe(
            2,
            "one app, taken out of one account"
        );
    }

    [Theory, DatabaseMatrix]
    public async Task An_event_told_by_two_apps_of_a_workspace_has_one_effect(DatabaseKind database)
    {
        await using var world = await WebhookWorld.StartAsync(database, Installation);
        var joined = world.Participant("joined", "111222333", "alice");
        await world.DeliverAsync(joined);
        await world.SetSecretAsync(null);

        await world.DeliverAsync(joined, Common, InstallationSecret);

        (await world.CountAsync("inbox")).ShouldBe(2);
        (await world.CountAsync("observed_presence", "inside = 1")).ShouldBe(1);
    }

    /// <summary>The same account, connected in another workspace with the same client.</summary>
    private static async Task ConnectTooAsync(
        WebhookWorld world,
        string workspaceId,
        string appId,
        string connectionId,
        bool webhookSecret
    )
    {
        var parameters = new
        {
            theirs = workspaceId,
            appId,
            connectionId,
            webhookSecret,
            ours = world.Server.WorkspaceId,
            ourApp = world.AppId,
            ourConnection = world.Server.ConnectionId,
        };
        await world.Server.Parley.Db.WriteAsync(async session =>
        {
            await session.ExecuteAsync(
                """
                INSERT INTO provider_app (workspace_id, id, provider, purpose, kind, client_id, client_secret, webhook_secret, generation, created_at, updated_at)
                SELECT @theirs, @appId, provider, purpose, kind, client_id, client_secret, CASE WHEN @webhookSecret = 1 THEN client_secret END, generation, created_at, updated_at
                FROM provider_app WHERE workspace_id = @ours AND id = @ourApp
                """,
                parameters
            );
            await session.ExecuteAsync(
                """
                INSERT INTO oauth_grant (workspace_id, id, provider_app_id, provider, client_id, account_subject, scopes, generation, state, created_at, updated_at)
                SELECT @theirs, 'gr_theirs', @appId, provider, client_id, account_subject, scopes, 1, 'live', created_at, updated_at FROM oauth_grant WHERE workspace_id = @ours
                """,
                parameters
            );
            await session.ExecuteAsync(
                """
                INSERT INTO connection (workspace_id, id, provider, purpose, grant_id, status, organizer_key, account_key, connected_at, created_at, updated_at)
                SELECT @theirs, @connectionId, provider, purpose, 'gr_theirs', 'connected', organizer_key, account_key, connected_at, created_at, updated_at
                FROM connection WHERE workspace_id = @ours AND id = @ourConnection
                """,
                parameters
            );
        });
    }
}
