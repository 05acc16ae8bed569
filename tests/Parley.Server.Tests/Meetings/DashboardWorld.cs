using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Connections;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>A server with one signed-in owner, connections and arrangements put where a test wants them, and a provider that answers.</summary>
internal sealed class DashboardWorld : IAsyncDisposable
{
    public const string HostUrl = "https://host.gotomeeting.example/start?authenticationToken=canary-host";

    private DashboardWorld(TestServer parley, AnsweringProvider provider)
    {
        Parley = parley;
        Provider = provider;
        Owner = new FormBrowser(parley);
    }

    public TestServer Parley { get; }
    public AnsweringProvider Provider { get; }
    public FormBrowser Owner { get; }
    public string WorkspaceId { get; private set; } = "";
    public string OwnerId { get; private set; } = "";

    public static async Task<DashboardWorld> StartAsync(
        DatabaseKind database,
        IDictionary<string, string?>? settings = null
    )
    {
        var provider = new AnsweringProvider();
        var parley = await TestServer.StartAsync(
            database,
            settings,
            services => services.AddSingleton(new ProviderRegistration(provider, provider))
        );
        var world = new DashboardWorld(parley, provider) { WorkspaceId = await parley.WorkspaceIdAsync() };
        world.OwnerId = await parley.Db.ReadAsync(session =>
            session.FirstAsync<string>(
                "SELECT id FROM member WHERE workspace_id = @WorkspaceId",
                new { world.WorkspaceId }
            )
        );
        await world.Owner.SignInAsync();
        return world;
    }

    /// <summary>A connection as it is after connecting, without the way there; one with tokens comes from <see cref="ConnectAsync"/>.</summary>
    public async Task<string> SeedConnectionAsync(
        string? memberId = null,
        string status = ConnectionStatus.Connected,
        string name = "Olivia Organizer",
        string? problem = null
    )
    {
        var id = Parley.Services.GetRequiredService<Ids>().New("con");
        var now = Parley.Clock.GetCurrentInstant();
        await Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO connection (workspace_id, id, provider, purpose, member_id, status, account_email, account_name, organizer_key, connected_at,
                    connection_expires_at, problem_code, problem_detail, created_at, updated_at)
                VALUES (@WorkspaceId, @id, 'gotomeeting', 'organizer', @member, @status, @email, @name, @id, @now, @expires, @code, @problem, @now, @now)
                """,
                new
                {
                    WorkspaceId,
                    id,
                    member = memberId ?? OwnerId,
                    status,
                    email = "host@example.org",
                    name,
                    now,
                    expires = now + Duration.FromDays(300),
                    code = problem is null ? null : "invalid_grant",
                    problem,
                }
            )
        );
        return id;
    }

    /// <summary>The owner's account, connected the whole way: calls through it work.</summary>
    public async Task<string> ConnectAsync()
    {
        var app = await Parley.Api.PutAsJsonAsync(
            "/api/v1/providers/gotomeeting/app",
            new
            {
                kind = "oauth",
                clientId = "client-1",
                clientSecret = "secret-1",
            }
        );
        app.StatusCode.ShouldBe(HttpStatusCode.OK);
        var made = await Parley.Api.PostAsJsonAsync(
            "/api/v1/connections",
            new { provider = "gotomeeting", purpose = "organizer" }
        );
        var link = await made.Content.ReadFromJsonAsync<JsonElement>();
        using var browser = new FormBrowser(Parley);
        var path = new Uri(link.GetProperty("connectUrl").GetString()!).AbsolutePath;
        var back = await browser.GetAsync(ConnectWorld.Callback(await ConnectWorld.ContinueAsync(browser, path)));
        back.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await back.Content.ReadAsStringAsync());
        return link.GetProperty("id").GetString()!;
    }

    /// <summary>An arrangement as the ledger holds it once the provider has agreed, or has not.</summary>
    public async Task<string> SeedMeetingAsync(
        string connectionId,
        string subject,
        Duration? startsIn = null,
        string? meetingId = "850123456",
        string? attention = null,
        string source = ArrangementSource.Api,
        string? memberId = null
    )
    {
        var id = Parley.Services.GetRequiredService<Ids>().New("arr");
        var now = Parley.Clock.GetCurrentInstant();
        var start = now + (startsIn ?? Duration.FromHours(3));
        await Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO arrangement (workspace_id, id, connection_id, provider, source, member_id, marker, door_code, desired, version, applied_version,
                    subject, starts_at, ends_at, time_zone, spec, attendees, provider_meeting_id, join_url, join_url_source, attention, created_at, updated_at)
                VALUES (@WorkspaceId, @id, @connectionId, 'gotomeeting', @source, @memberId, @id, @door, 'present', 1, @applied,
                    @subject, @start, @end, 'Europe/Berlin', '{}', '[]', @meetingId, @join, 'created', @attention, @now, @now)
                """,
                new
                {
                    WorkspaceId,
                    id,
                    connectionId,
                    source,
                    memberId,
                    door = Ids.Unguessable(),
                    applied = meetingId is null ? 0 : 1,
                    subject,
                    start,
                    end = start + Duration.FromMinutes(30),
                    meetingId,
                    join = meetingId is null ? null : $"https://meet.goto.com/{meetingId}",
                    attention,
                    now,
                }
            )
        );
        return id;
    }

    /// <summary>A connection for reports and organizers it was seen to read.</summary>
    public async Task<string> SeedAccountAsync(string name, params (string Key, string Email, string Name)[] organizers)
    {
        var id = await SeedConnectionAsync(name: name);
        await ExecuteAsync(
            $"UPDATE connection SET purpose = 'account', is_administrator = 1, account_email = 'zelda@example.org' WHERE id = '{id}'"
        );
        await ExecuteAsync(
            $"INSERT INTO observed_account (workspace_id, connection_id, next_due, turn_at) VALUES ('{WorkspaceId}', '{id}', 0, 0)"
        );
        foreach (var (key, email, who) in organizers)
        {
            await ExecuteAsync(
                $"INSERT INTO observed_organizer (workspace_id, connection_id, organizer_key, email, name, listed_at, next_due) VALUES ('{WorkspaceId}', '{id}', '{key}', '{email}', '{who}', {Server.Storage.Micros.From(Parley.Clock.GetCurrentInstant())}, 0)"
            );
        }

        return id;
    }

    /// <summary>A meeting of an organizer that the account shows.</summary>
    public async Task SeedSeenAsync(string account, string key, string subject, Duration startsIn)
    {
        var start = Server.Storage.Micros.From(Parley.Clock.GetCurrentInstant() + startsIn);
        await ExecuteAsync(
            $"""
            INSERT INTO observed_meeting (workspace_id, connection_id, meeting_id, subject, plain_subject, starts_at, ends_at, type, in_progress, organizer_key, organizer_email, organizer_name, dial_in, join_url)
            SELECT workspace_id, connection_id, '{100 + subject.Length}', '{subject}', '{subject}', {start}, {start
                + 1_800_000_000}, 'scheduled', 0, organizer_key, email, name, '[]', 'https://meet.goto.com/{subject.Length}'
            FROM observed_organizer WHERE connection_id = '{account}' AND organizer_key = '{key}'
            """
        );
    }

    public Task ExecuteAsync(string sql) =>
        Parley.Db.WriteAsync(session => session.ExecuteAsync($"{sql} /* all workspaces: tests */"));

    /// <returns>A signed-in browser of a new member with this role, and their id.</returns>
    public async Task<(FormBrowser Browser, string Id)> AddMemberAsync(string role)
    {
        var email = $"{role}@example.org";
        await Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO member (workspace_id, id, email, email_normalized, name, role, time_zone, password_hash, security_stamp, created_at)
                SELECT workspace_id, @id, @email, @normalized, 'Mia Member', @role, 'America/New_York', password_hash, 'stamp-of-mia', created_at
                FROM member WHERE workspace_id = @WorkspaceId AND id = @OwnerId
                """,
                new
                {
                    id = $"mem_{role}",
                    email,
                    normalized = email.ToUpperInvariant(),
                    role,
                    WorkspaceId,
                    OwnerId,
                }
            )
        );
        var browser = new FormBrowser(Parley);
        await browser.SignInAsync(email);
        return (browser, $"mem_{role}");
    }

    public async ValueTask DisposeAsync()
    {
        Owner.Dispose();
        await Parley.DisposeAsync();
    }
}
