using System.Net;
using Parley.Server.Storage;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Storage;

/// <summary>More at once than the database has connections for: everybody is told to come again, nobody hears of a fault.</summary>
public sealed class OverloadTests
{
    [Fact]
    public async Task A_crowd_that_takes_every_connection_is_told_to_come_again()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed (apt-get install postgresql)");
        var database = await (await PostgresCluster.GetAsync())!.CreateDatabaseAsync();
        await using var parley = await TestServer.StartAsync(
            DatabaseKind.Postgres,
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Database:ConnectionString"] = database + ";Maximum Pool Size=5;Timeout=1",
            }
        );
        (await parley.Api.GetAsync("/api/v1/connections")).StatusCode.ShouldBe(HttpStatusCode.OK);

        // Everybody holds on to a connection until told; the last of them find none.
        var release = new TaskCompletionSource();
        var crowd = Enumerable
            .Range(0, 8)
            .Select(_ =>
                parley.Db.ReadAsync(async _ =>
                {
                    await release.Task;
                    return true;
                })
            )
            .ToList();
        try
        {
            var first = await Task.WhenAny(crowd);
            first.Exception!.InnerException.ShouldBeOfType<OverloadedException>();

            var refused = await parley.Api.GetAsync("/api/v1/connections");
            refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            refused.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
            (await ApiKeyTests.JsonOf(refused)).GetProperty("code").GetString().ShouldBe("overloaded");

            var page = await parley.Client.GetAsync("/book/nowhere");
            page.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            page.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
            (await page.Content.ReadAsStringAsync()).ShouldContain("Very busy just now");
        }
        finally
        {
            release.SetResult();
            await Task.WhenAll(crowd.Select(one => one.ContinueWith(_ => true, TaskScheduler.Default)));
        }

        (await parley.Api.GetAsync("/api/v1/connections")).StatusCode.ShouldBe(HttpStatusCode.OK);
        parley.Log.Lines.ShouldNotContain(line => line.Contains("failed (trace", StringComparison.Ordinal));
    }
}
