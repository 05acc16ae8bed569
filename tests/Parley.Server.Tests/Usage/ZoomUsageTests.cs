using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using NodaTime.Text;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Conferencing.Zoom;
using Parley.Sandbox;
using Parley.Server.Tests.Connections;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Usage;

/// <summary>
/// The run over the real Zoom adapter and the Zoom twin, with the token of a server-to-server app: on 1 December the thirty days lie in two
/// of Zoom's report months.
/// </summary>
public sealed class ZoomUsageTests
{
    private const string Domain = "people.example";
    private static readonly Instant Now = FakeClock.Start;

    [Theory, DatabaseMatrix]
    public async Task Thirty_days_over_two_report_months_count_each_host_once(DatabaseKind database)
    {
        await using var twin = await Twin.StartAsync();
        await using var world = await twin.ConnectAsync(database);
        var run = await world.RunAsync();
        run["status"]!.GetValue<string>().ShouldBe("completed", run.ToJsonString());
        run["problems"]!.AsArray().ShouldBeEmpty();

        var report = await world.ReportAsync();
        await twin.ShouldBeTrueAsync(report);
        var straddling = Item(report, 2);
        straddling["state"]!.GetValue<string>().ShouldBe("active");
        straddling["meetingsInWindow"]!.GetValue<int>().ShouldBe(12);
        Item(report, 3)["state"]!.GetValue<string>().ShouldBe("inactive");
        Item(report, 3)["source"]!.GetValue<string>().ShouldBe("history");
        Item(report, 4)["state"]!.GetValue<string>().ShouldBe("neverActive");
        report["licences"]!
            .AsArray()
            .ShouldContain(licence =>
                licence!["name"]!.GetValue<string>() == "Zoom Meetings, by accounts/me/plans/usage"
                && licence["seatsAreTold"]!.GetValue<bool>()
                && licence["assignedSeats"]!.GetValue<int>() > 10
            );
    }

    [Theory]
    [InlineData("4711")]
    [InlineData("403")]
    public async Task Where_the_plan_s_numbers_are_refused_the_next_source_tells_and_is_named(string plans)
    {
        await using var twin = await Twin.StartAsync();
        await twin.PostAsync("settings", new { provider = "zoom", planUsage = plans });
        await using var world = await twin.ConnectAsync(DatabaseKind.Sqlite);
        (await world.RunAsync())["status"]!.GetValue<string>().ShouldBe("completed");
        var report = await world.ReportAsync();
        await twin.ShouldBeTrueAsync(report);
        var licensed = report["licences"]!
            .AsArray()
            .Single(licence => licence!["name"]!.GetValue<string>() == "Zoom Meetings, by users/summary")!;
        licensed["seatsAreTold"]!.GetValue<bool>().ShouldBeFalse();
        licensed["seats"]!.GetValue<int>().ShouldBe(licensed["assignedSeats"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_report_of_hosts_that_is_refused_is_said_and_the_history_of_meetings_answers()
    {
        await using var twin = await Twin.StartAsync();
        await twin.PostAsync(
            "faults",
            new
            {
                provider = "zoom",
                operation = "reports.users",
                kind = "failBefore",
                status = 400,
                body = """{"code":4711,"message":"Invalid access token, does not contain scopes:[report:read:list_users:admin]."}""",
                times = 0,
            }
        );
        await using var world = await twin.ConnectAsync(DatabaseKind.Sqlite);
        var run = await world.RunAsync();
        run["status"]!.GetValue<string>().ShouldBe("completed", run.ToJsonString());
        run["problems"]!.AsArray().Single()!["code"]!
            .GetValue<string>()
            .ShouldBe("hosts_report_unavailable", run.ToJsonString());
        var report = await world.ReportAsync();
        await twin.ShouldBeTrueAsync(report);
        Item(report, 2)["source"]!.GetValue<string>().ShouldBe("history");
    }

    [Fact]
    public async Task A_plan_too_small_to_be_told_of_the_past_is_said_person_by_person()
    {
        await using var twin = await Twin.StartAsync();
        await twin.PostAsync(
            "accounts",
            new
            {
                provider = "zoom",
                account = "Northwind Conferencing",
                plan = "free",
            }
        );
        await using var world = await twin.ConnectAsync(DatabaseKind.Sqlite);
        var run = await world.RunAsync();
        run["status"]!.GetValue<string>().ShouldBe("completed", run.ToJsonString());
        var problems = run["problems"]!.AsArray();
        problems.ShouldContain(problem => problem!["code"]!.GetValue<string>() == "hosts_report_unavailable");
        problems
            .Select(problem => problem!["email"]?.GetValue<string>())
            .OfType<string>()
            .Order(StringComparer.Ordinal)
            .ShouldBe([Email(1), Email(2), Email(3)]);
        (await world.ReportAsync())["unreadUsers"]!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public async Task An_account_connected_server_to_server_is_reported_and_every_request_keeps_to_zoom_s_rate()
    {
        await using var twin = await Twin.StartAsync(withPeople: false);
        await using var parley = await TestServer.StartAsync(
            DatabaseKind.Sqlite,
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Providers:Zoom:TokenUrl"] = twin.Url + "/zoom/oauth/token",
                ["Providers:Zoom:RevokeUrl"] = twin.Url + "/zoom/oauth/revoke",
                ["Providers:Zoom:ApiBaseUrl"] = twin.Url + "/zoom/v2",
                ["Providers:Zoom:JoinHosts"] = twin.Url,
                ["Usage:LookbackDays"] = "31",
            }
        );
        var app = await twin.ServerAppAsync();
        var put = await parley.Api.PutAsJsonAsync(
            "/api/v1/providers/zoom/apps/account",
            new
            {
                kind = "serverToServer",
                clientId = app["clientId"]!.GetValue<string>(),
                clientSecret = app["clientSecret"]!.GetValue<string>(),
                accountId = app["accountId"]!.GetValue<string>(),
            }
        );
        put.IsSuccessStatusCode.ShouldBeTrue(await put.Content.ReadAsStringAsync());
        var connected = await parley.Api.PostAsJsonAsync(
            "/api/v1/connections",
            new { provider = "zoom", purpose = "account" }
        );
        connected.IsSuccessStatusCode.ShouldBeTrue(await connected.Content.ReadAsStringAsync());
        var id = (await connected.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
        var connector = $"/api/v1/usage/connectors/{id}";
        var watch = System.Diagnostics.Stopwatch.StartNew();
        (await parley.Api.PostAsync($"{connector}/run", null)).IsSuccessStatusCode.ShouldBeTrue();
        JsonNode run;
        do
        {
            await Task.Delay(100);
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(90));
            run = (await parley.Api.GetFromJsonAsync<JsonNode>($"{connector}/runs"))!["items"]![0]!;
        } while (run["status"]!.GetValue<string>() is "queued" or "running");

        run["status"]!.GetValue<string>().ShouldBe("completed", run.ToJsonString());
        // Its descriptor allows twenty a second: eighteen are used, after a burst of sixteen.
        run["requests"]!.GetValue<int>().ShouldBeLessThan((int)(16 + (18 * watch.Elapsed.TotalSeconds)) + 2);
        var report = await parley.Api.GetFromJsonAsync<JsonNode>($"/api/v1/usage/report?connectionId={id}");
        var zoe = report!["items"]!
            .AsArray()
            .Single(item => item!["email"]!.GetValue<string>() == "zoe@northwind.example")!;
        zoe["state"]!.GetValue<string>().ShouldBe("active");
        zoe["meetingsInWindow"]!.GetValue<int>().ShouldBe(3);
        report["activeUsers"]!.GetValue<int>().ShouldBe(1);
    }

    private static JsonNode Item(JsonNode report, int person) =>
        report["items"]!.AsArray().Single(item => item!["email"]!.GetValue<string>() == Email(person))!;

    private static string Email(int person) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"person-{person:0000}@{Domain}");

    private sealed class Twin(SandboxHost host) : IAsyncDisposable
    {
        private readonly HttpClient _control = new() { BaseAddress = new Uri(host.Url) };
        private ServiceProvider? _services;

        public string Url => host.Url;

        /// <summary>The app an administrator registers for the account itself.</summary>
        public async Task<JsonNode> ServerAppAsync() =>
            (await _control.GetFromJsonAsync<JsonNode>("/control/clients?provider=zoom"))!["items"]!
                .AsArray()
                .Single(one => one!["kind"]!.GetValue<string>() == "server")!;

        public static async Task<Twin> StartAsync(bool withPeople = true)
        {
            var twin = new Twin(
                await SandboxHost.StartAsync(new SandboxOptions { Url = "http://127.0.0.1:0", Clock = new FakeClock() })
            );
            await twin.PostAsync("settings", new { provider = "zoom", limitsEnforced = false });
            if (!withPeople)
            {
                await twin.HeldAsync(
                    "zoe@northwind.example",
                    3,
                    Now - Duration.FromDays(20),
                    Now - Duration.FromHours(2)
                );
                return twin;
            }

            await twin.PostAsync(
                "accounts",
                new
                {
                    provider = "zoom",
                    account = "Northwind Conferencing",
                    generate = new[] { new { count = 12, domain = Domain } },
                }
            );
            await twin.HeldAsync(Email(1), 20, Now - Duration.FromDays(60), Now - Duration.FromHours(2));
            // Eleven days, the last of them in December.
            await twin.HeldAsync(Email(2), 12, Now - Duration.FromDays(11), Now - Duration.FromHours(1));
            await twin.HeldAsync(Email(3), 5, Now - Duration.FromDays(85), Now - Duration.FromDays(40));
            return twin;
        }

        /// <summary>A server whose administrator's connection reads this twin's account.</summary>
        public async Task<UsageWorld> ConnectAsync(DatabaseKind database)
        {
            var services = new ServiceCollection();
            services.AddSingleton<IClock>(new FakeClock());
            _services = services
                .AddZoom(
                    new ZoomOptions
                    {
                        TokenUrl = host.Url + "/zoom/oauth/token",
                        ApiBaseUrl = host.Url + "/zoom/v2",
                        TrustedInsecureOrigins = [host.Url],
                        ReadRetryDelay = TimeSpan.Zero,
                    }
                )
                .BuildServiceProvider();
            var zoom = _services.GetRequiredService<ProviderCatalogue>().Find("zoom")!;
            var app = await ServerAppAsync();
            var account = app["accountId"]!.GetValue<string>();
            var tokens = await zoom.OAuth.RequestAccountTokenAsync(
                new OAuthApp(app["clientId"]!.GetValue<string>(), app["clientSecret"]!.GetValue<string>()),
                account,
                default
            );
            tokens.Failure.ShouldBeNull();
            var borrowed = new BorrowedAccount(
                zoom.Provider,
                new ProviderAccess(tokens.Value.AccessToken)
                {
                    ServerToServerAccount = account,
                    ApiBaseUrl = tokens.Value.ApiBaseUrl,
                }
            );
            return await UsageWorld.StartAsync(
                database,
                new FakeProvider("gotomeeting", "Zoom by its real adapter")
                {
                    RecordsOfAccount = borrowed,
                    DirectoryOfAccount = borrowed,
                    MoreCapabilities = ["activeHosts"],
                }
            );
        }

        /// <summary>Everybody's meetings of the last thirty days, counted from the twin's own record.</summary>
        public async Task ShouldBeTrueAsync(JsonNode report)
        {
            var active = 0;
            foreach (var item in report["items"]!.AsArray())
            {
                var email = item!["email"]!.GetValue<string>();
                var held = (
                    await _control.GetFromJsonAsync<JsonNode>(
                        $"/control/sessions?provider=zoom&organizer={Uri.EscapeDataString(email)}"
                    )
                )!["items"]!
                    .AsArray()
                    .Select(session =>
                        InstantPattern.ExtendedIso.Parse(session!["startedAt"]!.GetValue<string>()).Value
                    )
                    .ToList();
                var inWindow = held.Count(start => start > Now - Duration.FromDays(30));
                active += inWindow > 0 ? 1 : 0;
                item["meetingsInWindow"]!.GetValue<int>().ShouldBe(inWindow, email);
                item["state"]!
                    .GetValue<string>()
                    .ShouldBe(
                        inWindow > 0 ? "active"
                            : held.Count > 0 ? "inactive"
                            : "neverActive",
                        email
                    );
            }

            report["activeUsers"]!.GetValue<int>().ShouldBe(active);
            active.ShouldBe(2);
        }

        public async Task PostAsync(string path, object body)
        {
            var reply = await _control.PostAsJsonAsync("/control/" + path, body);
            reply.IsSuccessStatusCode.ShouldBeTrue(await reply.Content.ReadAsStringAsync());
        }

        private Task HeldAsync(string organizer, int count, Instant from, Instant to) =>
            PostAsync(
                "sessions",
                new
                {
                    provider = "zoom",
                    organizer,
                    count,
                    from = InstantPattern.General.Format(from),
                    to = InstantPattern.General.Format(to),
                    attendees = 2,
                    meetings = 3,
                }
            );

        public async ValueTask DisposeAsync()
        {
            _control.Dispose();
            if (_services is not null)
            {
                await _services.DisposeAsync();
            }

            await host.DisposeAsync();
        }
    }
}
