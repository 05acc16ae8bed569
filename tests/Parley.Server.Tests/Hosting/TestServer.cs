using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Tests.Hosting;

/// <summary>
/// The real product on real Kestrel, with a database of its own, a clock that tests move and no way out: a call to any host that is
/// not on this machine fails the test that made it.
/// </summary>
public sealed class TestServer : IAsyncDisposable
{
    public const string OwnerEmail = "owner@example.org";
    public const string OwnerPassword = "correct horse battery";
    public const string ApiKey = "pk_test_0123456789abcdefghijklmnop";
    private readonly WebApplication _app;
    private readonly string _directory;

    private TestServer(WebApplication app, string directory, FakeClock clock)
    {
        _app = app;
        _directory = directory;
        Clock = clock;
        Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Client = NewClient();
        Api = NewClient();
        Api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ApiKey);
    }

    public string Url { get; }

    /// <summary>No cookies kept, no redirects followed.</summary>
    public HttpClient Client { get; }

    /// <summary>As <see cref="Client"/>, with a key that has every scope.</summary>
    public HttpClient Api { get; }
    public FakeClock Clock { get; }
    public IServiceProvider Services => _app.Services;
    public Db Db => Services.GetRequiredService<Db>();
    public string DataDirectory => _directory;

    /// <summary>Everything the server logged, for tests that look for secrets.</summary>
    public CapturedLog Log => Services.GetRequiredService<CapturedLog>();

    public Task<string> WorkspaceIdAsync() =>
        Db.ReadAsync(session =>
            session.FirstAsync<string>("SELECT id FROM workspace ORDER BY created_at, id /* all workspaces: tests */")
        );

    /// <param name="settings">Configuration keys with colons, e.g. <c>Mail:Smtp:Host</c>.</param>
    /// <param name="configure">Last word on services: fakes go here.</param>
    /// <param name="shareDatabaseWith">A second node on the same PostgreSQL database.</param>
    public static async Task<TestServer> StartAsync(
        DatabaseKind database,
        IDictionary<string, string?>? settings = null,
        Action<IServiceCollection>? configure = null,
        DemoOptions? demo = null,
        TestServer? shareDatabaseWith = null
    )
    {
        var directory = Directory.CreateTempSubdirectory("parley-test-").FullName;
        var clock = shareDatabaseWith?.Clock ?? new FakeClock();
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["PublicUrl"] = "http://127.0.0.1:5080",
            ["DataDirectory"] = directory,
            ["Secrets:MasterKey"] =
                shareDatabaseWith?._masterKey ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Bootstrap:Email"] = OwnerEmail,
            ["Bootstrap:Password"] = OwnerPassword,
            ["Bootstrap:ApiKey"] = ApiKey,
            ["RateLimits:Enabled"] = "false",
            ["Provisioning:AnswerWait"] = "00:00:05",
            // Nothing is listed but what a test causes; tests of the poll turn it on.
            ["Provisioning:ListInterval"] = "00:00:00",
        };
        if (database == DatabaseKind.Postgres)
        {
            values["Database:Provider"] = "postgres";
            values["Database:ConnectionString"] =
                shareDatabaseWith?._connectionString
                ?? await (
                    await PostgresCluster.GetAsync()
                    ?? throw new InvalidOperationException("PostgreSQL is not installed (apt-get install postgresql).")
                ).CreateMigratedDatabaseAsync();
        }

        foreach (var (key, value) in settings ?? new Dictionary<string, string?>(StringComparer.Ordinal))
        {
            values[key] = value;
        }

        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(values);
        builder.WebHost.UseUrls(values["Urls"]!);
        builder.Logging.ClearProviders();
        var log = new CapturedLog();
        builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        builder.Services.AddSingleton(log);
        builder.Services.AddSingleton<IClock>(clock);
        builder.Services.AddSingleton<IHttpMessageHandlerBuilderFilter, NoWayOut>();
        builder.AddParley(demo);
        // Hundreds of servers are started with an owner each: a slow hash is not what these tests are about.
        builder.Services.Configure<Microsoft.AspNetCore.Identity.PasswordHasherOptions>(hasher =>
            hasher.IterationCount = 1000
        );
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseParley();
        await app.StartAsync();
        var server = new TestServer(app, directory, clock)
        {
            _masterKey = values["Secrets:MasterKey"],
            _connectionString = values.GetValueOrDefault("Database:ConnectionString"),
        };
        clock.Moved += server.Ring;
        return server;
    }

    private string? _masterKey;
    private string? _connectionString;

    /// <summary>A client that keeps cookies: one browser.</summary>
    public HttpClient NewBrowser() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new System.Net.CookieContainer() })
        {
            BaseAddress = new Uri(Url),
        };

    public HttpClient NewClient() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(Url) };

    /// <summary>Waits, in real time and at most 30 s, until something the background work does has come true.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new TimeoutException($"Waited 30 s in vain: {what}");
            }

            await Task.Delay(10);
        }
    }

    /// <summary>
    /// Moves the clock once nothing is on the wire and nothing is due. A call under way would seem to have taken as long as the clock
    /// leaps, be taken for lost and be made again.
    /// </summary>
    public async Task AdvanceAsync(Duration by)
    {
        await PumpAsync(async () => !await BusyAsync(), "the ledger is at rest before the clock moves", Duration.Zero);
        Clock.Advance(by);
    }

    /// <summary>
    /// Moves the clock in steps until <paramref name="condition"/> holds, hardly while a call is under way or due; at most 40 s of real
    /// time. What nobody has finished for 10 s was dropped by whoever held it: then the clock moves on until somebody takes it over.
    /// </summary>
    public async Task PumpAsync(Func<Task<bool>> condition, string what, Duration? step = null)
    {
        var usual = step ?? Duration.FromMilliseconds(200);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var rested = watch.Elapsed;
        while (!await condition())
        {
            if (watch.Elapsed > TimeSpan.FromSeconds(40))
            {
                throw new TimeoutException($"Waited 40 s in vain: {what}; open: {await OpenEffectsAsync()}");
            }

            if (!await BusyAsync())
            {
                rested = watch.Elapsed;
                Clock.Advance(usual);
            }
            else if (watch.Elapsed - rested > TimeSpan.FromSeconds(10))
            {
                Clock.Advance(Duration.FromSeconds(1));
            }
            else
            {
                Clock.Advance(Duration.Min(usual, Duration.FromMilliseconds(20)));
            }

            await Task.Delay(15);
        }
    }

    private Task<string> OpenEffectsAsync() =>
        Db.ReadAsync(async session =>
            string.Join(
                ", ",
                await session.QueryAsync<string>(
                    "SELECT kind || ' ' || operation || ' ' || state FROM effect WHERE finished_at IS NULL /* all workspaces: tests */"
                )
            )
        );

    private Task<bool> BusyAsync() =>
        Db.ReadAsync(async session =>
            await session.ScalarAsync<long>(
                "SELECT COUNT(*) FROM effect WHERE finished_at IS NULL AND (state IN ('SENDING', 'RECONCILING') OR state = 'PLANNED' AND not_before <= @now) /* all workspaces: tests */",
                new { now = Clock.GetCurrentInstant() }
            ) > 0
        );

    private void Ring() => Services.GetService<EffectSignal>()?.Ring();

    public async ValueTask DisposeAsync()
    {
        Clock.Moved -= Ring;
        Client.Dispose();
        Api.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Refuses every call that would leave this machine.</summary>
    private sealed class NoWayOut : IHttpMessageHandlerBuilderFilter
    {
        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) =>
            builder =>
            {
                next(builder);
                builder.AdditionalHandlers.Insert(0, new Guard());
            };

        private sealed class Guard : DelegatingHandler
        {
            protected override Task<HttpResponseMessage> SendAsync(
                HttpRequestMessage request,
                CancellationToken cancellationToken
            ) =>
                request.RequestUri!.IsLoopback
                    ? base.SendAsync(request, cancellationToken)
                    : throw new InvalidOperationException($"A test tried to reach {request.RequestUri.Host}.");
        }
    }
}
