using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary>Everybody wants the same host at once.</summary>
public sealed class BookingStormTests
{
    private const int Bookers = 200;

    [Theory, DatabaseMatrix]
    public async Task Two_hundred_at_once_never_overlap_and_every_loser_is_offered_what_is_free(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);

        await StormAsync(bench, [bench.Parley.Client]);
    }

    [Fact]
    public async Task Two_nodes_on_one_database_never_overlap_either()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed (apt-get install postgresql)");
        await using var bench = await BookingBench.StartAsync(DatabaseKind.Postgres);
        await using var other = await TestServer.StartAsync(DatabaseKind.Postgres, shareDatabaseWith: bench.Parley);

        await StormAsync(bench, [bench.Parley.Client, other.Client]);
    }

    [Theory, DatabaseMatrix]
    public async Task A_daily_limit_holds_when_all_come_at_once(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync(
            "few",
            page =>
            {
                page["stepMinutes"] = 30;
                page["limits"] = new JsonObject { ["bookingsPerDay"] = 3 };
            }
        );
        var slots = await bench.SlotsAsync("few", "2026-12-02T00:00:00Z", "2026-12-03T00:00:00Z");
        slots.Count.ShouldBe(16);

        var replies = await Task.WhenAll(slots.Select(slot => bench.BookAsync("few", slot)));

        replies.Count(reply => reply.Status == HttpStatusCode.Created).ShouldBe(3);
        replies.Count(reply => reply.Status == HttpStatusCode.Conflict).ShouldBe(13);
        (await bench.SlotsAsync("few", "2026-12-02T00:00:00Z", "2026-12-03T00:00:00Z")).ShouldBeEmpty();
        (await bench.SlotsAsync("few", "2026-12-03T00:00:00Z", "2026-12-04T00:00:00Z")).Count.ShouldBe(16);
        (await bench.CountAsync("booking")).ShouldBe(3);
    }

    private static async Task StormAsync(BookingBench bench, HttpClient[] nodes)
    {
        await bench.AddPageAsync("short", page => Buffered(page, 30, before: 10, after: 5));
        await bench.AddPageAsync("long", page => Buffered(page, 45, before: 0, after: 15));
        var opens = Instant.FromUtc(2026, 12, 2, 8, 0);

        // 37 and 435 have no common factor: starts all over the day, none twice.
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, Bookers)
                .Select(number =>
                    bench.SendAsync(
                        HttpMethod.Post,
                        $"/api/v1/public/pages/{(number % 2 == 0 ? "short" : "long")}/bookings",
                        BookingBench.Wish(
                            BookingBench.At(opens + Duration.FromMinutes(number * 37 % 435)),
                            $"guest{number}@example.org"
                        ),
                        client: nodes[number % nodes.Length]
                    )
                )
        );

        var accepted = replies.Where(reply => reply.Status == HttpStatusCode.Created).ToList();
        accepted.Count.ShouldBeInRange(4, 12);
        var losers = replies.Where(reply => reply.Status != HttpStatusCode.Created).ToList();
        losers.ShouldAllBe(reply => reply.Status == HttpStatusCode.Conflict);
        losers.ShouldAllBe(reply => reply.Body.GetProperty("code").GetString() == "slot_taken");
        losers.ShouldAllBe(reply => reply.Body.GetProperty("alternatives").GetArrayLength() == 6);
        ApartAsBuffersSay(accepted.ConvertAll(reply => reply.Body));
        (await bench.CountAsync("booking")).ShouldBe(accepted.Count);
        (await bench.CountAsync("arrangement")).ShouldBe(accepted.Count);

        // What is offered now is bookable now.
        var offered = await bench.RefusedAsync("long", accepted[0].Body.GetProperty("startsAt").GetString()!);
        offered.Count.ShouldBe(6);
        foreach (var start in offered)
        {
            var id = await bench.BookedAsync("long", start);
            (await bench.CancelAsync(id)).Status.ShouldBe(HttpStatusCode.OK);
        }
    }

    private static void Buffered(JsonObject page, int minutes, int before, int after)
    {
        page["durationMinutes"] = minutes;
        page["buffers"] = new JsonObject { ["beforeMinutes"] = before, ["afterMinutes"] = after };
    }

    private static void ApartAsBuffersSay(IEnumerable<JsonElement> bookings)
    {
        var inOrder = bookings
            .Select(booking =>
                (
                    From: BookingBench.At(booking.GetProperty("startsAt").GetString()!),
                    To: BookingBench.At(booking.GetProperty("endsAt").GetString()!)
                )
            )
            .OrderBy(booking => booking.From)
            .ToList();
        foreach (var (one, next) in inOrder.Zip(inOrder.Skip(1)))
        {
            var pause = After(one.To - one.From) + Before(next.To - next.From);
            (next.From - one.To).ShouldBeGreaterThanOrEqualTo(Duration.FromMinutes(pause), $"{one} then {next}");
        }

        static int Before(Duration length) => length == Duration.FromMinutes(30) ? 10 : 0;
        static int After(Duration length) => length == Duration.FromMinutes(30) ? 5 : 15;
    }
}
