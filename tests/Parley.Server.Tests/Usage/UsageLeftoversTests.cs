using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Hosting;
using Parley.Server.Tests.Connections;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Usage;

public sealed class UsageLeftoversTests
{
    private static readonly string[] Tables =
    [
        "usage_session",
        "usage_user",
        "usage_licence",
        "usage_host",
        "usage_run_problem",
        "usage_run",
        "usage_connector",
    ];

    [Theory, DatabaseMatrix]
    public async Task What_was_read_of_an_account_goes_a_month_after_it_was_disconnected(DatabaseKind database)
    {
        await using var world = await UsageWorld.StartAsync(database, Account());
        await world.PutAsync(new { active = true });
        (await world.RunAsync())["problemCount"]!.GetValue<int>().ShouldBe(1);
        (await CountsAsync(world)).ShouldAllBe(count => count > 0);
        (await world.Api.DeleteAsync($"/api/v1/connections/{world.ConnectionId}")).EnsureSuccessStatusCode();

        await world.AdvanceAsync(Duration.FromDays(29));
        await ClearAsync(world);
        (await CountsAsync(world)).ShouldAllBe(count => count > 0);
        await world.AdvanceAsync(Duration.FromDays(2));
        // The schedule may have begun a run meanwhile, which may have lost its lease to the leap: it ends once that has lapsed.
        await world.Connections.Parley.PumpAsync(
            async () =>
            {
                await ClearAsync(world);
                return (await CountsAsync(world)).All(count => count == 0);
            },
            "nothing is left",
            Duration.FromSeconds(30)
        );
    }

    [Theory, DatabaseMatrix]
    public async Task Runs_older_than_400_days_go_but_the_last_completed_one_stays(DatabaseKind database)
    {
        await using var world = await UsageWorld.StartAsync(database, Account());
        await world.RunAsync();
        await world.AdvanceAsync(Duration.FromDays(1));
        var last = await world.RunAsync();
        await world.AdvanceAsync(Duration.FromDays(398));
        await ClearAsync(world);
        (await world.RunsAsync()).Count.ShouldBe(2);

        await world.AdvanceAsync(Duration.FromDays(10));
        await ClearAsync(world);
        (await world.RunsAsync()).Single()["id"]!.GetValue<string>().ShouldBe(last["id"]!.GetValue<string>());
        // Its licences are there as well: the report rests on it.
        (await world.ReportAsync())["seats"]!
            .GetValue<int>()
            .ShouldBe(10);
        (await CountAsync(world, "usage_licence")).ShouldBe(1);
        (await CountAsync(world, "usage_session")).ShouldBe(1);
    }

    private static PeopleAccount Account()
    {
        var people = new PeopleAccount();
        var ann = people.Add("Ann");
        people.Add("Bob");
        people.Held(ann, FakeClock.Start - Duration.FromDays(3), 60);
        people.Licences.Add(
            new DirectoryLicence
            {
                Key = "G2M",
                Seats = 10,
                Enabled = true,
            }
        );
        people.Hosts = new ActiveHosts(
            [new ActiveHost(ann, null, 1, 60)],
            "report/users",
            new DateInterval(new LocalDate(2026, 11, 1), new LocalDate(2026, 12, 1))
        );
        people.OnUser = key =>
            key == ann ? null : FakeProvider.Failure(FailureKind.Rejected, "provider_rejected", "No such organizer.");
        return people;
    }

    private static Task ClearAsync(UsageWorld world) =>
        world.Connections.Parley.Services.GetRequiredService<Housekeeping>().ClearAsync(default);

    private static async Task<List<long>> CountsAsync(UsageWorld world)
    {
        var counts = new List<long>();
        foreach (var table in Tables)
        {
            counts.Add(await CountAsync(world, table));
        }

        return counts;
    }

    private static Task<long> CountAsync(UsageWorld world, string table) =>
        world.Connections.Parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>($"SELECT COUNT(*) FROM {table} /* all workspaces: tests */")
        );
}
