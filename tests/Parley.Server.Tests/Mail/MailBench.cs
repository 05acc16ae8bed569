using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Mail;
using Parley.Server.Provisioning;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Mail;

/// <summary>
/// The real storage, ledger and mail code; the provider's part is played by the test, and effects run only when it says so. One
/// host (Olga, Berlin) and one customer (Carla, Chicago).
/// </summary>
public sealed class MailBench : IAsyncDisposable
{
    public const string Customer = "carla@example.org";
    public const string Host = "olga@example.org";
    public static readonly Instant Start = FakeClock.Start + Duration.FromDays(7);
    private const string Workspace = "ws_mail";
    private const string DialIn =
        """[{"country":"Germany","number":"+49 89 1234567","tollFree":false},{"country":"United States","number":"+1 800 555 0199","tollFree":true}]""";

    private MailBench(TestServer server) => Server = server;

    public TestServer Server { get; }
    public Postbox Postbox { get; } = new();
    public FakeClock Clock => Server.Clock;
    public Arrangements Arrangements => Server.Services.GetRequiredService<Arrangements>();
    public Arrangement Meeting { get; private set; } = null!;

    /// <param name="server">Null: mails go to <see cref="Postbox"/>; else over SMTP to this one.</param>
    public static async Task<MailBench> StartAsync(DatabaseKind database, bool smtp = true, SmtpCapture? server = null)
    {
        MailBench? bench = null;
        var parley = await TestServer.StartAsync(
            database,
            server?.Settings
                ?? new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["Mail:Smtp:Host"] = smtp ? "127.0.0.1" : null,
                },
            services =>
            {
                var provisioner = services.Single(one =>
                    one.ServiceType == typeof(IHostedService) && one.ImplementationType == typeof(Provisioner)
                );
                services.Remove(provisioner);
                services.TryAddSingleton(new ProviderCatalogue([]));
                if (server is null)
                {
                    services.Replace(ServiceDescriptor.Singleton<IMailTransport>(_ => bench!.Postbox));
                }
            }
        );
        bench = new MailBench(parley);
        await bench.SeedAsync();
        return bench;
    }

    private Task SeedAsync() =>
        Server.Db.WriteAsync(async session =>
        {
            var now = FakeClock.Start;
            await session.ExecuteAsync(
                "INSERT INTO workspace (id, name, created_at) VALUES (@Workspace, 'Mail', @now) /* all workspaces: its own */",
                new { Workspace, now }
            );
            await Server.Services.GetRequiredService<Vault>().AddWorkspaceAsync(session, Workspace);
            await session.ExecuteAsync(
                "INSERT INTO member (workspace_id, id, email, email_normalized, name, role, time_zone, security_stamp, created_at) VALUES (@Workspace, 'mem_olga', @Host, 'OLGA@EXAMPLE.ORG', 'Olga Host', 'member', 'Europe/Berlin', 's', @now)",
                new
                {
                    Workspace,
                    Host,
                    now,
                }
            );
        });

    /// <summary>Carla books, as the booking pages do it: booking and arrangement in one transaction.</summary>
    public async Task BookAsync(string name = "Carla Customer", string subject = "Intro call", string? topic = null)
    {
        Meeting = await Server.Db.WriteAsync(async session =>
        {
            var made = await Arrangements.PlanAsync(
                session,
                new ArrangementDraft
                {
                    WorkspaceId = Workspace,
                    ConnectionId = "con_1",
                    Provider = "gotomeeting",
                    Source = ArrangementSource.Booking,
                    BookingId = "bkg_1",
                    MemberId = "mem_olga",
                    Subject = subject,
                    StartsAt = Start,
                    EndsAt = Start + Duration.FromMinutes(30),
                    TimeZone = "Europe/Berlin",
                    Attendees =
                    [
                        new ArrangementAttendee
                        {
                            Name = name,
                            Email = Customer,
                            TimeZone = "America/Chicago",
                        },
                    ],
                }
            );
            await session.ExecuteAsync(
                """
                INSERT INTO booking (workspace_id, id, page_id, arrangement_id, starts_at, ends_at, status, customer_name, customer_email, customer_email_key,
                    customer_time_zone, customer_locale, topic, host_member_id, host_connection_id, created_at, updated_at)
                VALUES (@Workspace, 'bkg_1', 'pag_1', @Id, @StartsAt, @EndsAt, 'confirmed', @name, @Customer, @Customer, 'America/Chicago', 'en', @topic,
                    'mem_olga', 'con_1', @CreatedAt, @CreatedAt)
                """,
                new
                {
                    Workspace,
                    made.Id,
                    made.StartsAt,
                    made.EndsAt,
                    name,
                    Customer,
                    topic,
                    made.CreatedAt,
                }
            );
            return made;
        });
    }

    /// <summary>Someone arranges a meeting by API and invites people.</summary>
    public async Task ArrangeAsync(params string[] emails) =>
        Meeting = await Server.Db.WriteAsync(session =>
            Arrangements.PlanAsync(
                session,
                new ArrangementDraft
                {
                    WorkspaceId = Workspace,
                    ConnectionId = "con_1",
                    Provider = "gotomeeting",
                    Source = ArrangementSource.Api,
                    MemberId = "mem_olga",
                    Subject = "Review",
                    StartsAt = Start,
                    EndsAt = Start + Duration.FromMinutes(30),
                    TimeZone = "Europe/Berlin",
                    Attendees = People(emails),
                }
            )
        );

    public static List<ArrangementAttendee> People(params string[] emails) =>
        emails.Select(email => new ArrangementAttendee { Name = email.Split('@')[0], Email = email }).ToList();

    public Task ChangeAsync(Func<Arrangement, Arrangement> change, bool notify = true) =>
        LockedAsync((session, locked) => Arrangements.ChangeAsync(session, change(locked), notify));

    public Task MoveAsync(Duration by) =>
        ChangeAsync(meeting => meeting with { StartsAt = meeting.StartsAt + by, EndsAt = meeting.EndsAt + by });

    public Task RevertAsync(Arrangement before) =>
        LockedAsync((session, locked) => Arrangements.RevertAsync(session, locked, before));

    public Task CancelAsync(bool notify = true) =>
        LockedAsync((session, locked) => Arrangements.CancelAsync(session, locked, notify));

    /// <summary>The provider did what was asked: the link is known and the latest version applied.</summary>
    public Task ProvideAsync() =>
        LockedAsync(
            async (session, locked) =>
            {
                await session.ExecuteAsync(
                    """
                    UPDATE arrangement SET provider_meeting_id = '123456789', join_url = 'https://meet.goto.com/123456789', join_url_source = 'created',
                        dial_in = @DialIn,
                        access_code = '987-654-321', passcode = 'pw42'
                    WHERE workspace_id = @WorkspaceId AND id = @Id
                    """,
                    new
                    {
                        locked.WorkspaceId,
                        locked.Id,
                        DialIn,
                    }
                );
                var effect = (await Effects.OfArrangementAsync(session, locked.WorkspaceId, locked.Id)).Last(one =>
                    one.Kind == EffectKind.Meeting
                );
                await Server.Services.GetRequiredService<MeetingOutcomes>().AgreedAsync(session, locked, effect);
                return (await Arrangements.FindAsync(session, locked.WorkspaceId, locked.Id))!;
            }
        );

    /// <summary>Runs the mails that are due now, each once at most, in the order of their plan.</summary>
    public async Task RunDueAsync()
    {
        var runner = Server.Services.GetRequiredService<EffectRunner>();
        foreach (var mail in await MailsAsync())
        {
            if (mail.FinishedAt is null && mail.NotBefore <= Clock.GetCurrentInstant())
            {
                await runner.RunAsync(mail.WorkspaceId, mail.Id, default);
            }
        }
    }

    public async Task AdvanceAsync(Duration by)
    {
        Clock.Advance(by);
        await RunDueAsync();
    }

    public Task<List<Effect>> MailsAsync() =>
        Server.Db.ReadAsync(session =>
            session.QueryAsync<Effect>(
                $"SELECT {Effects.Columns} FROM effect WHERE workspace_id = @Workspace AND kind = 'mail' ORDER BY version, created_at, id",
                new { Workspace }
            )
        );

    public async Task<Effect> MailToAsync(string email, string operation) =>
        (await MailsAsync()).Last(mail => mail.Operation == operation && MailPayload.Of(mail).Email == email);

    public Task<MailHealth> HealthAsync() =>
        Server.Db.ReadAsync(session => MailHealth.ReadAsync(session, Workspace, Clock.GetCurrentInstant()));

    private async Task LockedAsync(Func<DbSession, Arrangement, Task<Arrangement>> change) =>
        Meeting = await Server.Db.WriteAsync(async session =>
            await change(session, (await Arrangements.LockAsync(session, Meeting.WorkspaceId, Meeting.Id))!)
        );

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
