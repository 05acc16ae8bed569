using System.Net;
using Parley.Server.Access;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>What an open dashboard is told, by whom, and until when.</summary>
public sealed class BoardEventsTests
{
    private const string Events = "/dashboard/events";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_change_by_anybody_is_told_at_once_and_the_stream_ends_with_the_session()
    {
        await using var world = await DashboardWorld.StartAsync(DatabaseKind.Sqlite);
        var connection = await world.SeedConnectionAsync();
        (await world.Parley.Client.GetAsync(Events)).StatusCode.ShouldBe(HttpStatusCode.SeeOther);

        await using var stream = await Stream.OpenAsync(world.Owner);
        (await stream.NextAsync()).ShouldBe("changed", "what happened before is made up for");
        // As another process would: nothing but the rows tells of it.
        await world.SeedMeetingAsync(connection, "Made on another node");
        (await stream.NextAsync()).ShouldBe("changed");
        (await world.Owner.ReadAsync("/dashboard/live")).ShouldContain("Made on another node");
        await world.ExecuteAsync("UPDATE connection SET updated_at = updated_at + 1000000");
        (await stream.NextAsync()).ShouldBe("changed");

        var (mia, miaId) = await world.AddMemberAsync(Role.Member);
        await using var hers = await Stream.OpenAsync(mia);
        (await hers.NextAsync()).ShouldBe("changed");
        await world.ExecuteAsync($"UPDATE member SET deactivated_at = 1 WHERE id = '{miaId}'");
        await world.SeedMeetingAsync(connection, "Another", meetingId: "2");
        (await hers.NextAsync()).ShouldBeNull("who may no longer is told nothing");
        (await stream.NextAsync()).ShouldBe("changed");
        mia.Dispose();

        // The menu's sign-out, in another tab.
        (await world.Owner.SubmitAsync("/account", "/sign-out")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await stream.NextAsync()).ShouldBeNull();
        (await world.Owner.GetAsync(Events)).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task A_member_has_few_of_them_and_a_server_that_stops_waits_for_none()
    {
        var world = await DashboardWorld.StartAsync(DatabaseKind.Sqlite);
        var open = new List<Stream>();
        for (var number = 0; number < 8; number++)
        {
            open.Add(await Stream.OpenAsync(world.Owner));
        }

        using (var refused = await world.Owner.Http.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead))
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
            refused.Headers.RetryAfter.ShouldNotBeNull();
        }

        await open[0].DisposeAsync();
        await TestServer.EventuallyAsync(
            async () =>
            {
                using var reply = await world.Owner.Http.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead);
                return reply.StatusCode == HttpStatusCode.OK;
            },
            "one that was closed makes room"
        );

        await world.DisposeAsync().AsTask().WaitAsync(Patience);
        foreach (var stream in open)
        {
            await stream.DisposeAsync();
        }
    }

    private sealed class Stream(HttpResponseMessage reply, StreamReader reader) : IAsyncDisposable
    {
        public static async Task<Stream> OpenAsync(FormBrowser browser)
        {
            var reply = await browser.Http.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead);
            reply.StatusCode.ShouldBe(HttpStatusCode.OK);
            reply.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
            return new Stream(reply, new StreamReader(await reply.Content.ReadAsStreamAsync()));
        }

        /// <returns>The next event that is not a sign of life; null: the stream is over.</returns>
        public async Task<string?> NextAsync()
        {
            while (await reader.ReadLineAsync().WaitAsync(Patience) is { } line)
            {
                if (line.StartsWith("event: ", StringComparison.Ordinal) && line != "event: still")
                {
                    return line["event: ".Length..];
                }
            }

            return null;
        }

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            reply.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
