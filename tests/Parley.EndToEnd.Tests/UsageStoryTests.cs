using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Usage;

namespace Parley.EndToEnd.Tests;

/// <summary>Aggregation runs in real processes that are killed, against a twin that counts what reaches it.</summary>
public sealed class UsageStoryTests
{
    private static readonly Dictionary<string, string> InAHurry = new(StringComparer.Ordinal)
    {
        ["Providers__GoToMeeting__CallsPerSecond"] = "100000",
        ["Providers__GoToMeeting__HttpTimeout"] = "00:00:10",
        ["Usage__LookbackDays"] = "400",
        // The dashboard's own look at the account would be counted with the run's calls.
        ["Provisioning__ListInterval"] = "00:00:00",
    };

    [Fact]
    public async Task A_run_killed_half_way_goes_on_where_it_was_and_tells_the_same_and_the_command_line_exports_it()
    {
        await using var place = await Place.StartAsync(InAHurry);
        var account = await PopulatedAsync(place, 600, 6000);
        var run = await StartRunAsync(place.Parley, account);
        await HalfWayAsync(place.Parley, account, run);
        await place.Parley.KillAsync();
        var before = await place.CallsAsync("organizers.history");
        await place.RestartAsync();
        var ended = await EndedAsync(place.Parley, account, run, 60);
        await ShouldHaveGoneOnAsync(place, ended, before);
        var asOf = SystemClock.Instance.GetCurrentInstant();
        await ShouldBeTrueAsync(place, place.Parley, account, asOf);

        // The same table from the command line, beside the server, which has the database open, and alone.
        var csv = await place.Parley.Api.GetStringAsync(
            $"/api/v1/usage/report.csv?connectionId={account}&asOf={asOf}&locale=ja"
        );
        csv.Split("\r\n").Length.ShouldBeGreaterThan(600);
        string[] export = ["usage", "export", "--connection", account, "--as-of", $"{asOf}", "--locale", "ja"];
        var beside = await place.RunVerbAsync(export);
        beside.ExitCode.ShouldBe(0, beside.Error);
        beside.Output.TrimStart('\uFEFF').ShouldBe(csv.TrimStart('\uFEFF'));
        var told = await place.Parley.GetAsync($"/api/v1/usage/report?connectionId={account}&asOf={asOf}");
        await place.Parley.KillAsync();

        var alone = await place.RunVerbAsync(export);
        alone.ExitCode.ShouldBe(0, alone.Error);
        alone.Output.TrimStart('\uFEFF').ShouldBe(csv.TrimStart('\uFEFF'));
        alone.Error.ShouldContain("people as of");
        var file = Path.Combine(place.DataDirectory, "report.json");
        var json = await place.RunVerbAsync([.. export, "--format", "json", "--out", file]);
        json.ExitCode.ShouldBe(0, json.Error);
        JsonNode
            .DeepEquals(JsonNode.Parse(await File.ReadAllTextAsync(file)), JsonNode.Parse(told.GetRawText()))
            .ShouldBeTrue("the file says what the API says");
        foreach (
            var (wrong, because) in new (string[], string)[]
            {
                (["usage", "export", "--connection", "con_none"], "no connection con_none"),
                (["usage", "export", "--connection", account, "--as-of", "soon"], "--as-of is a moment"),
                (["usage", "export", "--connection", account, "--locale", "sv"], "The locale is one of"),
                (["usage", "export", "--connection", account, "--format", "pdf"], "The format is csv or json"),
                (["usage", "export", "--connection", account, "--as-of", "2020-01-01"], "no aggregation run"),
            }
        )
        {
            var refused = await place.RunVerbAsync(wrong);
            refused.ExitCode.ShouldBe(1);
            refused.Error.ShouldContain(because);
            refused.Error.ShouldNotContain("   at ");
        }
    }

    [Fact]
    public async Task Another_process_goes_on_with_the_run_of_one_that_was_killed()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var place = await Place.OnPostgresAsync(InAHurry);
        var account = await PopulatedAsync(place, 600, 6000);
        var run = await StartRunAsync(place.Parley, account);
        await HalfWayAsync(place.Parley, account, run);
        await place.Parley.KillAsync();
        var before = await place.CallsAsync("organizers.history");
        await using var second = await place.AddNodeAsync();
        // Its lease must lapse first: half a minute.
        var ended = await EndedAsync(second, account, run, 90);
        await ShouldHaveGoneOnAsync(place, ended, before);
        await ShouldBeTrueAsync(place, second, account, SystemClock.Instance.GetCurrentInstant());
    }

    [Fact]
    public async Task Every_request_of_a_run_keeps_to_the_provider_s_rate()
    {
        await using var place = await Place.StartAsync(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Usage__LookbackDays"] = "400",
                ["Provisioning__ListInterval"] = "00:00:00",
            },
            rateLimit: 10
        );
        var account = await PopulatedAsync(place, 210, 800);
        var watch = Stopwatch.StartNew();
        var run = await StartRunAsync(place.Parley, account);
        var ended = await EndedAsync(place.Parley, account, run, 90);
        ended.GetProperty("status").GetString().ShouldBe("completed", ended.ToString());
        watch.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(15), "ten calls a second");
        (await place.CallsAsync("admin.users.list")).ShouldBe(2);
        using var log = JsonDocument.Parse(await place.Control.GetStringAsync("/control/log"));
        log.RootElement.GetProperty("items")
            .EnumerateArray()
            .Count(entry => entry.GetProperty("status").GetInt32() == 429)
            .ShouldBe(0);
        await ShouldBeTrueAsync(place, place.Parley, account, SystemClock.Instance.GetCurrentInstant());
    }

    private static async Task<string> PopulatedAsync(Place place, int users, int sessions)
    {
        var to = SystemClock.Instance.GetCurrentInstant() - Duration.FromHours(3);
        using var populated = await place.Control.PostAsJsonAsync(
            "/control/populate",
            new
            {
                seed = 3,
                users,
                sessions,
                devices = 5,
                from = (to - Duration.FromDays(365)).ToString(),
                to = to.ToString(),
            }
        );
        populated.StatusCode.ShouldBe(HttpStatusCode.Created, await populated.Content.ReadAsStringAsync());
        return await place.ConnectAsync(purpose: "account");
    }

    private static async Task<string> StartRunAsync(ParleyProcess parley, string account) =>
        (await parley.PostAsync($"/api/v1/usage/connectors/{account}/run", new { }, HttpStatusCode.Accepted))
            .GetProperty("id")
            .GetString()!;

    private static async Task HalfWayAsync(ParleyProcess parley, string account, string run) =>
        await ParleyProcess.EventuallyAsync(
            async () =>
            {
                var now = await RunAsync(parley, account, run);
                now.GetProperty("status").GetString().ShouldBeOneOf("queued", "running");
                return now.GetProperty("usersDone").GetInt32() >= 250;
            },
            "the run is half way"
        );

    private static async Task<JsonElement> EndedAsync(ParleyProcess parley, string account, string run, int seconds)
    {
        await ParleyProcess.EventuallyAsync(
            async () =>
                (await RunAsync(parley, account, run)).GetProperty("status").GetString() is not ("queued" or "running"),
            "the run ends",
            seconds
        );
        return await RunAsync(parley, account, run);
    }

    private static async Task<JsonElement> RunAsync(ParleyProcess parley, string account, string run) =>
        (await parley.GetAsync($"/api/v1/usage/connectors/{account}/runs"))
            .GetProperty("items")
            .EnumerateArray()
            .Single(one => one.GetProperty("id").GetString() == run);

    private static async Task ShouldHaveGoneOnAsync(Place place, JsonElement ended, long before)
    {
        ended.GetProperty("status").GetString().ShouldBe("completed", ended.ToString());
        var users = ended.GetProperty("usersTotal").GetInt32();
        ended.GetProperty("usersDone").GetInt32().ShouldBe(users);
        before.ShouldBeInRange(200, users - 50, "it was killed about half way");
        // What was read and not written yet is read again, nothing else: 32 users at most, and the four calls under way.
        var calls = await place.CallsAsync("organizers.history");
        calls.ShouldBeInRange(users, users + 36);
        // The directory and the licences were not asked for again.
        (await place.CallsAsync("admin.users.list")).ShouldBe(4);
        (await place.CallsAsync("admin.licenses.list")).ShouldBe(2);
    }

    private static async Task ShouldBeTrueAsync(Place place, ParleyProcess parley, string account, Instant asOf)
    {
        var report = await parley.GetAsync($"/api/v1/usage/report?connectionId={account}&asOf={asOf}");
        (await AccountTruth.ReadAsync(place.Control, asOf)).ShouldBeTold(
            JsonNode.Parse(report.GetRawText())!,
            asOf,
            DateTimeZone.Utc
        );
    }
}
