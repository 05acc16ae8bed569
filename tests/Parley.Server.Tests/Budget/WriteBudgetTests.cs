using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Budget;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Tests.Connections;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Budget;

/// <summary>The counter by itself: what it grants, what it refuses, and that several processes are one.</summary>
public sealed class WriteBudgetTests
{
    private const int Limit = 20;
    private const int Share = 12;
    private const int UrgentShare = 16;
    private static readonly BudgetHost Olivia = new("counting", "7000000000000000001");

    [Theory, DatabaseMatrix]
    public async Task Whatever_is_asked_and_given_back_the_counter_agrees_with_its_model(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database, configure: Counting);
        var budgets = parley.Services.GetRequiredService<WriteBudgets>();
        for (var seed = 1; seed <= 6; seed++)
        {
            var random = new Random(seed);
            var host = Olivia with { Key = $"host {seed}" };
            var model = new Dictionary<LocalDate, (int Used, int Public)>();
            var taken = new List<TakenWrite>();
            var fullest = 0;
            parley.Clock.Set(FakeClock.Start + Duration.FromDays(10 * seed));
            for (var step = 0; step < 200; step++)
            {
                var today = parley.Clock.GetCurrentInstant().InUtc().Date;
                var (used, isPublic) = model.GetValueOrDefault(today);
                switch (random.Next(10))
                {
                    case 0:
                        parley.Clock.Advance(Duration.FromHours(random.Next(1, 3)));
                        break;
                    case 1 or 2 when taken.Count > 0:
                        var back = taken[random.Next(taken.Count)];
                        taken.Remove(back);
                        await parley.Db.WriteAsync(session => WriteBudgets.GiveBackAsync(session, back));
                        var day = back.Day.InUtc().Date;
                        var then = model[day];
                        model[day] = (then.Used - 1, then.Public - (back.IsPublic ? 1 : 0));
                        break;
                    default:
                        var purpose = (WritePurpose)random.Next(3);
                        var ceiling = purpose switch
                        {
                            WritePurpose.Own => int.MaxValue,
                            WritePurpose.Public => Share,
                            _ => UrgentShare,
                        };
                        var expected = used < Limit && isPublic < ceiling;
                        var answer = await parley.Db.WriteAsync(session => budgets.TakeAsync(session, host, purpose));
                        (answer.Taken is not null).ShouldBe(
                            expected,
                            $"seed {seed}, step {step}: {purpose} at {used}/{isPublic}"
                        );
                        (answer.Refusal is null).ShouldBe(expected);
                        if (answer.Taken is { } one)
                        {
                            taken.Add(one);
                            model[today] = (used + 1, isPublic + (purpose == WritePurpose.Own ? 0 : 1));
                        }
                        else
                        {
                            answer.Refusal!.Until.ShouldBe(today.PlusDays(1).AtMidnight().InUtc().ToInstant());
                        }

                        break;
                }

                var now = parley.Clock.GetCurrentInstant().InUtc().Date;
                var view = (await parley.Db.ReadAsync(session => budgets.ReadAsync(session, host)))!;
                fullest = Math.Max(fullest, view.Used);
                view.Used.ShouldBe(model.GetValueOrDefault(now).Used, $"seed {seed}, step {step}");
                (view.Limit, view.Reserved).ShouldBe((Limit, Limit - Share));
            }

            model.Values.ShouldAllBe(one => one.Used <= Limit && one.Public <= UrgentShare);
            fullest.ShouldBe(Limit, "the limit was tried");
        }
    }

    [Theory, DatabaseMatrix]
    public async Task Everybody_at_once_gets_what_there_is_and_no_more(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database, configure: Counting);

        await RushAsync([parley]);
    }

    [Fact]
    public async Task Two_nodes_at_once_get_what_there_is_and_no_more()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var one = await TestServer.StartAsync(DatabaseKind.Postgres, configure: Counting);
        await using var two = await TestServer.StartAsync(
            DatabaseKind.Postgres,
            configure: Counting,
            shareDatabaseWith: one
        );

        await RushAsync([one, two]);
    }

    [Theory, DatabaseMatrix]
    public async Task What_the_provider_calls_used_up_is_closed_until_its_day_is_over(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database, configure: Counting);
        var budgets = parley.Services.GetRequiredService<WriteBudgets>();
        (await TakeAsync(WritePurpose.Own)).Taken.ShouldNotBeNull();

        var until = await parley.Db.WriteAsync(session => budgets.CloseAsync(session, Olivia, null));

        var midnight = Instant.FromUtc(2026, 12, 2, 0, 0);
        until.ShouldBe(midnight);
        (await TakeAsync(WritePurpose.Own)).Refusal!.Until.ShouldBe(midnight);
        (await parley.Db.ReadAsync(session => budgets.ReadAsync(session, Olivia)))!.Used.ShouldBe(Limit);
        // Somebody else's day is not ours.
        (
            await parley.Db.WriteAsync(session =>
                budgets.TakeAsync(session, Olivia with { Key = "8" }, WritePurpose.Own)
            )
        ).Taken.ShouldNotBeNull();
        parley.Clock.Set(midnight);
        (await TakeAsync(WritePurpose.Own)).Taken.ShouldNotBeNull();

        // Just after midnight by our clock it may be the day before by theirs: the new day is not given up for that.
        until = await parley.Db.WriteAsync(session => budgets.CloseAsync(session, Olivia, null));
        until.ShouldBe(midnight + Duration.FromMinutes(10));
        // Where the provider says when, that counts.
        until = await parley.Db.WriteAsync(session => budgets.CloseAsync(session, Olivia, Duration.FromSeconds(7)));
        until.ShouldBe(midnight + Duration.FromSeconds(7));
        parley.Clock.Set(until);
        (await TakeAsync(WritePurpose.Own)).Taken.ShouldNotBeNull();

        Task<WriteAnswer> TakeAsync(WritePurpose purpose) =>
            parley.Db.WriteAsync(session => budgets.TakeAsync(session, Olivia, purpose));
    }

    [Theory, DatabaseMatrix]
    public async Task A_call_that_could_arrive_on_the_next_day_waits_for_it(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database, configure: Counting);
        var budgets = parley.Services.GetRequiredService<WriteBudgets>();
        parley.Clock.Set(Instant.FromUtc(2026, 12, 1, 23, 59, 50));

        var answer = await parley.Db.WriteAsync(session => budgets.TakeAsync(session, Olivia, WritePurpose.Own));

        answer.Refusal!.Until.ShouldBeNull("nothing is used up");
        answer.Refusal.At.ShouldBe(Instant.FromUtc(2026, 12, 2, 0, 0, 5));
    }

    [Theory, DatabaseMatrix]
    public async Task An_account_is_one_host_whichever_connections_and_workspaces_use_it(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database, configure: Counting);
        var own = await parley.WorkspaceIdAsync();
        await parley.Db.WriteAsync(async session =>
        {
            await session.ExecuteAsync(
                "INSERT INTO workspace (id, name, created_at) VALUES ('ws_other', 'Other', 0) /* all workspaces: tests */"
            );
            foreach (
                var (workspace, id, key, merged) in ((string, string, string?, string?)[])
                    [
                        (own, "con_1", "77", null),
                        ("ws_other", "con_2", "77", null),
                        (own, "con_3", null, "con_1"),
                        (own, "con_4", null, null),
                    ]
            )
            {
                await session.ExecuteAsync(
                    """
                    INSERT INTO connection (workspace_id, id, provider, purpose, status, organizer_key, merged_into, created_at, updated_at)
                    VALUES (@workspace, @id, 'counting', 'organizer', 'connected', @key, @merged, 0, 0)
                    """,
                    new
                    {
                        workspace,
                        id,
                        key,
                        merged,
                    }
                );
            }
        });

        var host = new BudgetHost("counting", "77");
        (await HostOfAsync(own, "con_1")).ShouldBe(host);
        (await HostOfAsync("ws_other", "con_2")).ShouldBe(host);
        (await HostOfAsync(own, "con_3")).ShouldBe(host);
        (await HostOfAsync(own, "con_4")).ShouldNotBe(host);

        Task<BudgetHost> HostOfAsync(string workspace, string id) =>
            parley.Db.ReadAsync(session => WriteBudgets.HostOfAsync(session, workspace, id, "counting"));
    }

    private static async Task RushAsync(TestServer[] nodes)
    {
        var purposes = new[] { WritePurpose.Public, WritePurpose.PublicUrgent, WritePurpose.Public, WritePurpose.Own };
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 120)
                .Select(number =>
                {
                    var node = nodes[number % nodes.Length];
                    var budgets = node.Services.GetRequiredService<WriteBudgets>();
                    return Task.Run(() =>
                        node.Db.WriteAsync(session =>
                            budgets.TakeAsync(session, Olivia, purposes[number / nodes.Length % purposes.Length])
                        )
                    );
                })
        );

        var taken = answers.Select(answer => answer.Taken).OfType<TakenWrite>().ToList();
        taken.Count.ShouldBe(Limit);
        taken.Count(one => one.IsPublic).ShouldBeInRange(1, UrgentShare);
        var row = await nodes[0]
            .Db.ReadAsync(session =>
                session.FirstAsync<Row>("SELECT used, public_used FROM write_budget /* all workspaces: tests */")
            );
        (row.Used, row.PublicUsed).ShouldBe((Limit, taken.Count(one => one.IsPublic)));
    }

    [Theory, DatabaseMatrix]
    public async Task What_may_take_two_calls_begins_only_where_there_is_room_for_both(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database, configure: Counting);
        var budgets = parley.Services.GetRequiredService<WriteBudgets>();
        budgets.MostCalls("counting", "create", passcodeRequired: true).ShouldBe(2);
        budgets.MostCalls("counting", "create", passcodeRequired: false).ShouldBe(1);
        budgets.MostCalls("counting", "update", passcodeRequired: true).ShouldBe(1);
        for (var number = 0; number < Limit - 3; number++)
        {
            (await TakeAsync(1)).Taken.ShouldNotBeNull();
        }

        var both = (await TakeAsync(2)).Taken.ShouldNotBeNull();
        (await UsedAsync()).ShouldBe(Limit - 1);
        var refused = (await TakeAsync(2)).Refusal.ShouldNotBeNull();
        refused.Why.ShouldContain("1 is left");
        (await TakeAsync(1)).Taken.ShouldNotBeNull("a meeting of one call still has room");
        (await UsedAsync()).ShouldBe(Limit);

        // Zoom made a passcode up itself: the second call was not needed.
        await parley.Db.WriteAsync(session => WriteBudgets.CountAsync(session, both, 1));
        (await UsedAsync()).ShouldBe(Limit - 1);

        Task<WriteAnswer> TakeAsync(int calls) =>
            parley.Db.WriteAsync(session => budgets.TakeAsync(session, Olivia, WritePurpose.Own, calls));

        async Task<int> UsedAsync() => (await parley.Db.ReadAsync(session => budgets.ReadAsync(session, Olivia)))!.Used;
    }

    private static void Counting(IServiceCollection services)
    {
        var provider = new FakeProvider("counting", "Counting")
        {
            DailyWrites = new DailyWriteAllowance(Limit) { FurtherForPasscode = 1 },
        };
        services.AddSingleton(new ProviderRegistration(provider, provider));
    }

    private sealed record Row
    {
        public required int Used { get; init; }
        public required int PublicUsed { get; init; }
    }
}
