using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Observed;

/// <summary>Two processes on one PostgreSQL that look for work once an hour: only a hint can be quick.</summary>
public sealed class EffectRelayTests
{
    private static Dictionary<string, string?> Lazy =>
        new(StringComparer.Ordinal) { ["Provisioning:LookInterval"] = "01:00:00" };

    [Fact]
    public async Task What_is_planned_on_one_node_the_other_does_promptly_though_it_looks_seldom()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        var probe = new Probe();
        await using var one = await TestServer.StartAsync(DatabaseKind.Postgres, Lazy, WithoutProvisioner);
        await using var two = await TestServer.StartAsync(
            DatabaseKind.Postgres,
            Lazy,
            services => services.AddSingleton<IEffectHandler>(probe),
            shareDatabaseWith: one
        );
        await ListeningAsync(two, 2);

        for (var round = 1; round <= 3; round++)
        {
            await PlanAsync(one, $"probe/{round}");
            await TestServer.EventuallyAsync(() => Task.FromResult(probe.Sent == round), $"the hint {round} arrives");
        }
    }

    [Fact]
    public async Task A_line_that_broke_is_mended_and_what_was_announced_meanwhile_is_found()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        var probe = new Probe();
        await using var one = await TestServer.StartAsync(DatabaseKind.Postgres, Lazy, WithoutProvisioner);
        await using var two = await TestServer.StartAsync(
            DatabaseKind.Postgres,
            Lazy,
            services => services.AddSingleton<IEffectHandler>(probe),
            shareDatabaseWith: one
        );
        await ListeningAsync(two, 2);
        await two.Db.ReadAsync(session =>
            session.ScalarAsync<long>(
                "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' /* all workspaces: tests */"
            )
        );

        await PlanAsync(one, "probe/unheard");

        await TestServer.EventuallyAsync(() => Task.FromResult(probe.Sent == 1), "it listens again and looks");
    }

    private static void WithoutProvisioner(IServiceCollection services) =>
        services.Remove(
            services.Single(service =>
                service.ServiceType == typeof(IHostedService) && service.ImplementationType == typeof(Provisioner)
            )
        );

    private static Task ListeningAsync(TestServer server, long nodes) =>
        TestServer.EventuallyAsync(
            async () =>
                await server.Db.ReadAsync(session =>
                    session.ScalarAsync<long>(
                        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' /* all workspaces: tests */"
                    )
                ) == nodes,
            "both listen"
        );

    private static async Task PlanAsync(TestServer server, string key)
    {
        var workspaceId = await server.WorkspaceIdAsync();
        var ids = server.Services.GetRequiredService<Ids>();
        var signal = server.Services.GetRequiredService<EffectSignal>();
        var now = server.Clock.GetCurrentInstant();
        await server.Db.WriteAsync(async session =>
        {
            await Effects.PlanAsync(
                session,
                new EffectDraft
                {
                    WorkspaceId = workspaceId,
                    Id = ids.New("eff"),
                    Kind = Probe.ProbeKind,
                    Operation = "probe",
                    Key = key,
                    Lane = "probe",
                    Version = 1,
                    NotBefore = now,
                    CreatedAt = now,
                }
            );
            session.AfterCommit(signal.Announce);
        });
    }

    private sealed class Probe : IEffectHandler
    {
        public const string ProbeKind = "probe";
        private int _sent;

        public int Sent => Volatile.Read(ref _sent);
        public string Kind => ProbeKind;

        public Task<EffectOutcome> SendAsync(Effect effect, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _sent);
            return Task.FromResult(new EffectOutcome { State = EffectState.Applied, Code = "probed" });
        }

        public Task<EffectOutcome> ReconcileAsync(Effect effect, CancellationToken cancellationToken) =>
            SendAsync(effect, cancellationToken);
    }
}
