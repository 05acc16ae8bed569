using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Storage;

public sealed class DbTests
{
    private const string Insert =
        "INSERT INTO inbox (workspace_id, provider, app_id, event_key, name, received_at) VALUES ('ws', 'p', '', @id, 'n', @at)";
    private const string Count = "SELECT COUNT(*) FROM inbox WHERE workspace_id = 'ws'";

    [Theory, DatabaseMatrix]
    public async Task A_failing_write_leaves_nothing_and_disturbs_no_other(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var writes = Enumerable
            .Range(0, 60)
            .Select(async number =>
            {
                try
                {
                    await parley.Db.WriteAsync(async session =>
                    {
                        await session.ExecuteAsync(Insert, new { id = $"e{number}", at = FakeClock.Start });
                        if (number % 3 == 0)
                        {
                            throw new InvalidOperationException("on purpose");
                        }
                    });
                    return true;
                }
                catch (InvalidOperationException exception) when (exception.Message == "on purpose")
                {
                    return false;
                }
            });
        var outcomes = await Task.WhenAll(writes);

        outcomes.Count(succeeded => succeeded).ShouldBe(40);
        (await parley.Db.ReadAsync(session => session.ScalarAsync<long>(Count))).ShouldBe(40);
    }

    [Fact]
    public async Task A_command_reads_beside_the_server_that_has_the_file_open_and_changes_nothing()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        await parley.Db.WriteAsync(session => session.ExecuteAsync(Insert, new { id = "seen", at = FakeClock.Start }));
        await using var second = new SqliteDb(parley.DataDirectory);
        (await Should.ThrowAsync<StartupException>(() => second.OpenAsync(default))).Message.ShouldContain(
            "Stop it first"
        );

        await using var reader = new SqliteDb(parley.DataDirectory);
        await reader.OpenForReadingAsync(default);
        (await reader.ReadAsync(session => session.ScalarAsync<long>(Count))).ShouldBe(1);
        await parley.Db.WriteAsync(session => session.ExecuteAsync(Insert, new { id = "later", at = FakeClock.Start }));
        (await reader.ReadAsync(session => session.ScalarAsync<long>(Count))).ShouldBe(2);
        await Should.ThrowAsync<InvalidOperationException>(() =>
            reader.WriteAsync(session => session.ExecuteAsync(Insert, new { id = "not", at = FakeClock.Start }))
        );
    }

    [Fact]
    public async Task Where_there_is_nothing_to_read_or_it_is_older_a_reader_says_so_and_makes_nothing()
    {
        var directory = Directory.CreateTempSubdirectory("parley-test-").FullName;
        try
        {
            await using (var nothing = new SqliteDb(directory))
            {
                (
                    await Should.ThrowAsync<StartupException>(() => nothing.OpenForReadingAsync(default))
                ).Message.ShouldContain("no database");
            }

            Directory.EnumerateFileSystemEntries(directory).ShouldBeEmpty();
            await using (var server = new SqliteDb(directory))
            {
                await server.OpenAsync(default);
                await server.WriteAsync(session =>
                    session.ExecuteAsync(
                        "DELETE FROM schema_migration WHERE number = (SELECT MAX(number) FROM schema_migration) /* all workspaces: the schema */"
                    )
                );
            }

            await using var older = new SqliteDb(directory);
            (await Should.ThrowAsync<StartupException>(() => older.OpenForReadingAsync(default))).Message.ShouldContain(
                "older form"
            );
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory, DatabaseMatrix]
    public async Task A_failing_write_that_is_alone_leaves_nothing_and_the_next_one_works(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        await Should.ThrowAsync<InvalidOperationException>(() =>
            parley.Db.WriteAsync(async session =>
            {
                await session.ExecuteAsync(Insert, new { id = "lost", at = FakeClock.Start });
                throw new InvalidOperationException("on purpose");
            })
        );
        await parley.Db.WriteAsync(session => session.ExecuteAsync(Insert, new { id = "kept", at = FakeClock.Start }));

        (
            await parley.Db.ReadAsync(session =>
                session.QueryAsync<string>("SELECT event_key FROM inbox WHERE workspace_id = 'ws'")
            )
        ).ShouldBe(["kept"]);
    }

    [Theory, DatabaseMatrix]
    public async Task A_statement_used_again_knows_nothing_of_its_former_values_rows_or_refusal(DatabaseKind database)
    {
        const string Listed =
            "SELECT event_key FROM inbox WHERE workspace_id = 'ws' AND event_key IN @ids ORDER BY event_key";
        await using var parley = await TestServer.StartAsync(database);
        await parley.Db.WriteAsync(async session =>
        {
            foreach (var id in (string[])["a", "b", "c"])
            {
                await session.ExecuteAsync(Insert, new { id, at = FakeClock.Start });
            }
        });
        await Should.ThrowAsync<System.Data.Common.DbException>(() =>
            parley.Db.WriteAsync(session => session.ExecuteAsync(Insert, new { id = "a", at = FakeClock.Start }))
        );
        await parley.Db.WriteAsync(session => session.ExecuteAsync(Insert, new { id = "d", at = FakeClock.Start }));

        await parley.Db.ReadAsync(async session =>
        {
            (await session.QueryAsync<string>(Listed, new { ids = new[] { "a", "b" } })).ShouldBe(["a", "b"]);
            (await session.QueryAsync<string>(Listed, new { ids = new[] { "c", "x" } })).ShouldBe(["c"]);
            (await session.QueryAsync<string>(Listed, new { ids = new[] { "d" } })).ShouldBe(["d"]);
            (await session.QueryAsync<string>(Listed, new { ids = Array.Empty<string>() })).ShouldBeEmpty();
            (await session.FirstOrDefaultAsync<string>(Listed, new { ids = new[] { "a", "b", "c" } })).ShouldBe("a");
            (await session.QueryAsync<string>(Listed, new { ids = new[] { "d", "c", "a" } })).ShouldBe(["a", "c", "d"]);
            return true;
        });
    }

    [Theory, DatabaseMatrix]
    public async Task Values_that_follow_a_list_are_those_of_this_call(DatabaseKind database)
    {
        const string Listed =
            "SELECT event_key FROM inbox WHERE workspace_id = @workspace AND event_key IN @ids AND received_at >= @from ORDER BY event_key LIMIT @most";
        await using var parley = await TestServer.StartAsync(database);
        await parley.Db.WriteAsync(async session =>
        {
            foreach (var (id, seconds) in new[] { ("a", 1), ("b", 2), ("c", 3) })
            {
                await session.ExecuteAsync(Insert, new { id, at = FakeClock.Start + Duration.FromSeconds(seconds) });
            }
        });

        await parley.Db.ReadAsync(async session =>
        {
            (await AskAsync(session, ["a", "b", "c"], 2, 9)).ShouldBe(["b", "c"]);
            (await AskAsync(session, ["a", "b", "c"], 1, 2)).ShouldBe(["a", "b"]);
            (await AskAsync(session, ["a", "c"], 1, 9)).ShouldBe(["a", "c"]);
            (await AskAsync(session, [], 1, 9)).ShouldBeEmpty();
            (await AskAsync(session, ["a", "b", "c"], 3, 1)).ShouldBe(["c"]);
            return true;
        });

        static Task<List<string>> AskAsync(DbSession session, string[] ids, int from, int most) =>
            session.QueryAsync<string>(
                Listed,
                new
                {
                    workspace = "ws",
                    ids,
                    from = FakeClock.Start + Duration.FromSeconds(from),
                    most,
                }
            );
    }

    [Theory, DatabaseMatrix]
    public async Task A_statement_that_names_no_workspace_is_refused(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        (await parley.Db.ReadAsync(session => session.ScalarAsync<long>(Count))).ShouldBe(0);

        var refused = await Should.ThrowAsync<InvalidOperationException>(() =>
            parley.Db.ReadAsync(session => session.ScalarAsync<long>("SELECT COUNT(*) FROM inbox"))
        );

        refused.Message.ShouldContain("workspace");
    }

    [Theory, DatabaseMatrix]
    public async Task Instants_truth_and_absence_come_back_as_they_were_stored(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var at = FakeClock.Start + Duration.FromTicks(12345670);
        await parley.Db.WriteAsync(session => session.ExecuteAsync(Insert, new { id = "x", at }));

        var row = await parley.Db.ReadAsync(session =>
            session.FirstAsync<Row>(
                "SELECT received_at, CASE WHEN @truth = 1 THEN 1 ELSE 0 END AS truth, NULL AS absent FROM inbox WHERE workspace_id = 'ws'",
                new { truth = true }
            )
        );

        row.ReceivedAt.ShouldBe(at);
        row.Truth.ShouldBeTrue();
        row.Absent.ShouldBeNull();
    }

    [Theory, DatabaseMatrix]
    public async Task A_lease_has_one_holder_and_its_fence_only_rises(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var leases = parley.Services.GetRequiredService<Leases>();
        var term = Duration.FromMinutes(1);

        var first = await leases.TryTakeAsync("ws", "grant/1", term, default);
        first.ShouldNotBeNull();
        (await leases.TryTakeAsync("ws", "grant/1", term, default)).ShouldBeNull();
        (await parley.Db.WriteAsync(session => leases.HoldsAsync(session, first))).ShouldBeTrue();

        await leases.ReleaseAsync(first, default);
        var second = await leases.TryTakeAsync("ws", "grant/1", term, default);
        second.ShouldNotBeNull();
        second.Fence.ShouldBeGreaterThan(first.Fence);
        (await parley.Db.WriteAsync(session => leases.HoldsAsync(session, first))).ShouldBeFalse();
        (await leases.TryTakeAsync("other", "grant/1", term, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_second_process_is_kept_out_of_a_sqlite_directory()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);

        var refused = await Should.ThrowAsync<StartupException>(() =>
            new SqliteDb(parley.DataDirectory).OpenAsync(default)
        );

        refused.Message.ShouldContain(parley.DataDirectory);
    }

    private sealed record Row
    {
        public required Instant ReceivedAt { get; init; }
        public required bool Truth { get; init; }
        public Instant? Absent { get; init; }
    }
}
