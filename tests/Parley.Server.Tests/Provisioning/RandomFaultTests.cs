using System.Net;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Provisioning;

/// <summary>
/// Faults, moves and cancellations drawn by a seed; then the faults end and the sweeps pass. What is wanted then stands at the
/// provider exactly once and at the right time, and nothing else does. <c>PARLEY_FAULT_SEEDS=1-20</c> runs more.
/// </summary>
public sealed class RandomFaultTests
{
    private static readonly string[] Kinds =
    [
        "refuse",
        "failBefore",
        "applyThenFail",
        "applyThenDrop",
        "applyLate",
        "truncate",
        "html",
        "rateLimit",
    ];

    private static readonly string[] Operations =
    [
        "meetings.create",
        "meetings.update",
        "meetings.delete",
        "meetings.get",
        "meetings.upcoming",
    ];

    public static TheoryData<DatabaseKind, int, int> Seeds()
    {
        var data = new TheoryData<DatabaseKind, int, int>();
        if (Environment.GetEnvironmentVariable("PARLEY_FAULT_SEEDS") is { } range)
        {
            var ends = range.Split('-').Select(int.Parse).ToArray();
            for (var seed = ends[0]; seed <= ends[^1]; seed++)
            {
                data.Add(seed % 2 == 0 ? DatabaseKind.Postgres : DatabaseKind.Sqlite, seed, 100);
            }
        }
        else
        {
            data.Add(DatabaseKind.Sqlite, 1, 24);
        }

        return data;
    }

    [Theory, MemberData(nameof(Seeds))]
    public async Task After_any_faults_every_wish_stands_exactly_once(DatabaseKind database, int seed, int wishes)
    {
        await using var server = await ConnectedServer.StartAsync(
            database,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Provisioning:AnswerWait"] = "00:00:00.02" }
        );
        var random = new Random(seed);
        foreach (var operation in Operations)
        {
            foreach (var kind in Kinds.Where(_ => random.Next(3) > 0))
            {
                await server.FaultAsync(
                    operation,
                    kind,
                    kind == "applyLate"
                        ? new
                        {
                            times = 0,
                            seed = random.Next(),
                            probability = 0.06,
                            delayMs = random.Next(1_000, 900_000),
                        }
                        : new
                        {
                            times = 0,
                            seed = random.Next(),
                            probability = 0.06,
                        }
                );
            }
        }

        await server.FaultAsync(
            "meetings.upcoming",
            "listLag",
            new
            {
                times = 0,
                seed = random.Next(),
                probability = 0.2,
                delayMs = 5_000,
            }
        );
        var ids = new List<string>();
        for (var step = 0; ids.Count < wishes; step++)
        {
            switch (random.Next(10))
            {
                case 0 or 1 when ids.Count > 0:
                    await server.PatchAsync(
                        ids[random.Next(ids.Count)],
                        new
                        {
                            startsAt = $"2026-12-{random.Next(10, 28)}T{random.Next(8, 18):00}:{random.Next(60):00}:00Z",
                        }
                    );
                    break;
                case 2 when ids.Count > 0:
                    await server.DeleteAsync(ids[random.Next(ids.Count)]);
                    break;
                default:
                    var (status, body) = await server.SendAsync(
                        HttpMethod.Post,
                        server.Meetings,
                        ConnectedServer.Wish($"Wish {ids.Count}", $"2026-12-{random.Next(10, 28)}T10:00:00Z")
                    );
                    ((int)status).ShouldBeInRange(201, 202, body.ToJsonString());
                    ids.Add(body["arrangementId"]!.GetValue<string>());
                    break;
            }

            server.Clock.Advance(Duration.FromMilliseconds(random.Next(0, 4_000)));
            if (step % 8 == 0)
            {
                await server.RunLateCallsAsync();
            }
        }

        await server.ClearFaultsAsync();
        server.Clock.Advance(Duration.FromMinutes(16));
        await server.RunLateCallsAsync();
        await server.SweptAsync();

        var truth = (await server.TruthAsync()).ToLookup(meeting => meeting.Id, StringComparer.Ordinal);
        var expected = 0;
        foreach (var id in ids)
        {
            var wanted = await server.ArrangementAsync(id);
            var history = $"seed {seed}, {id}: {string.Join(" → ", await server.HistoryAsync(id))}";
            if (!wanted.IsPresent)
            {
                wanted.AppliedVersion.ShouldBe(wanted.Version, history);
                continue;
            }

            expected++;
            var meeting = truth[wanted.ProviderMeetingId ?? ""].SingleOrDefault();
            meeting.ShouldNotBeNull(history);
            meeting.StartsAt.ShouldBe(wanted.StartsAt, history);
            meeting.EndsAt.ShouldBe(wanted.EndsAt, history);
            wanted.AppliedVersion.ShouldBe(wanted.Version, history);
            wanted.LinkIsKnown.ShouldBeTrue(history);
        }

        foreach (var meeting in truth.SelectMany(group => group))
        {
            foreach (var id in ids)
            {
                var owner = await server.ArrangementAsync(id);
                if (
                    meeting.Subject.Contains(owner.Marker, StringComparison.Ordinal)
                    && (!owner.IsPresent || owner.ProviderMeetingId != meeting.Id)
                )
                {
                    var story = (await server.EffectsAsync(id)).Select(effect =>
                        $"{effect.Kind} v{effect.Version} {effect.State} {effect.Outcome} {effect.OutcomeDetail} sent {effect.SentAt} {effect.Sent}"
                    );
                    Assert.Fail($"seed {seed}: {meeting} of {owner}: {string.Join("\n", story)}");
                }
            }
        }

        truth.Count.ShouldBe(expected, $"seed {seed}: meetings nobody wants");
    }
}
