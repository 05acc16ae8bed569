using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Parley.Server.Tests.Hosting;

namespace Parley.EndToEnd.Tests;

/// <summary>Several real processes on one PostgreSQL, against a twin that counts what reaches it.</summary>
public sealed class SeveralProcessesTests
{
    [Fact]
    public async Task Thirty_calls_on_an_expired_token_in_three_processes_refresh_once_and_none_fails()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var place = await Place.OnPostgresAsync();
        await place.SettingsAsync(new { accessTokenSeconds = 1 });
        var connection = await place.ConnectAsync();
        await using var second = await place.AddNodeAsync();
        await using var third = await place.AddNodeAsync();
        await place.SettingsAsync(new { accessTokenSeconds = 3600 });
        var before = await place.CallsAsync("oauth.refresh");
        before.ShouldBe(0);
        // The token is a second old at least: nothing anybody sends with it is taken.
        await Task.Delay(1000);

        ParleyProcess[] nodes = [place.Parley, second, third];
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 30)
                .Select(number => nodes[number % 3].Api.GetAsync($"/api/v1/connections/{connection}/meetings"))
        );

        replies.Select(reply => reply.StatusCode).ShouldAllBe(status => status == HttpStatusCode.OK);
        (await place.CallsAsync("oauth.refresh")).ShouldBe(1);
        foreach (var reply in replies)
        {
            reply.Dispose();
        }

        // Three more rounds, each with a token at its end; the twin repeats no refresh token, so the stored one must have been kept.
        for (var round = 2; round <= 4; round++)
        {
            using var refreshed = await place.Parley.Api.PostAsync($"/api/v1/connections/{connection}/refresh", null);
            refreshed.StatusCode.ShouldBe(HttpStatusCode.OK, await refreshed.Content.ReadAsStringAsync());
            (await place.CallsAsync("oauth.refresh")).ShouldBe(round);
        }

        using var works = await third.Api.GetAsync($"/api/v1/connections/{connection}/meetings");
        works.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_rotated_token_whose_reply_was_lost_is_said_in_words_and_nothing_else_is_lost()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        await using var place = await Place.OnPostgresAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["Mail__WaitForLink"] = "00:00:02" }
        );
        await place.SettingsAsync(new { refreshPolicy = "rotated" });
        var connection = await place.ConnectAsync();
        await BookingStoryTests.CreatePageAsync(place, connection, "intro");
        var slots = await BookingStoryTests.SlotsAsync(place, "intro");
        (await BookAsync(place.Parley, "intro", slots[0], 0)).ShouldNotBeNull();
        await MeetingsBecomeAsync(place, 1);
        var meeting = (await place.MeetingsAsync())[0].GetProperty("id").ToString();
        await using var second = await place.AddNodeAsync();

        // Rotation in order: each pair is stored before it is used, whichever process asks.
        foreach (var node in new[] { place.Parley, second, place.Parley })
        {
            using var fine = await node.Api.PostAsync($"/api/v1/connections/{connection}/refresh", null);
            fine.StatusCode.ShouldBe(HttpStatusCode.OK, await fine.Content.ReadAsStringAsync());
        }

        await place.FaultAsync(
            new
            {
                provider = "gotomeeting",
                operation = "oauth.refresh",
                kind = "applyThenDrop",
                times = 1,
            }
        );
        using var dropped = await place.Parley.Api.PostAsync($"/api/v1/connections/{connection}/refresh", null);
        dropped.IsSuccessStatusCode.ShouldBeFalse();
        using var again = await second.Api.PostAsync($"/api/v1/connections/{connection}/refresh", null);
        again.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var problem = await again.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("code").GetString().ShouldBe("connection_needs_reconnect");
        problem.GetProperty("detail").GetString()!.ShouldContain("was lost on the way");

        var broken = await second.GetAsync($"/api/v1/connections/{connection}");
        broken.GetProperty("status").GetString().ShouldBe("needsReconnect");
        broken.GetProperty("problem").GetProperty("code").GetString().ShouldBe("rotation_lost");
        broken.GetProperty("problem").GetProperty("detail").GetString()!.ShouldContain("cannot be asked for again");
        broken.GetProperty("problem").GetProperty("next").GetString()!.ShouldContain("Refresh your connection");
        await ParleyProcess.EventuallyAsync(
            async () =>
                (await place.MailsAsync(ParleyProcess.OwnerEmail)).Count(mail =>
                    mail.GetProperty("subject").GetString()!.Contains("has stopped working", StringComparison.Ordinal)
                ) == 1,
            "one mail says so"
        );

        // Bookings are taken meanwhile, and one press makes everything good.
        (await BookAsync(second, "intro", slots[2], 1)).ShouldNotBeNull();
        await ParleyProcess.EventuallyAsync(
            async () => (await place.MailsAsync("guest1@example.org")).Count == 1,
            "the confirmation leaves without waiting for the meeting"
        );
        (await place.MailsAsync("guest1@example.org"))[0]
            .GetProperty("text")
            .GetString()!
            .ShouldContain("they appear behind this link");
        await place.ReconnectAsync(connection);
        var healed = await second.GetAsync($"/api/v1/connections/{connection}");
        healed.GetProperty("id").GetString().ShouldBe(connection);
        healed.GetProperty("status").GetString().ShouldBe("connected");
        await MeetingsBecomeAsync(place, 2);
        (await place.MeetingsAsync()).Select(one => one.GetProperty("id").ToString()).ShouldContain(meeting);
        (await second.GetAsync("/api/v1/bookings?status=confirmed")).GetProperty("items").GetArrayLength().ShouldBe(2);
        (await place.CallsAsync("meetings.create")).ShouldBe(2);
    }

    [Fact]
    public async Task Kill_9_of_one_process_of_two_in_a_storm_loses_no_acknowledged_booking_and_each_gets_one_meeting()
    {
        Assert.SkipUnless(PostgresCluster.Installed, "PostgreSQL is not installed");
        // What the dead one held lapses after four of these and twenty seconds.
        await using var place = await Place.OnPostgresAsync(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["Provisioning__HttpTimeout"] = "00:00:01" }
        );
        var connection = await place.ConnectAsync();
        await BookingStoryTests.CreatePageAsync(place, connection, "storm");
        var slots = (await BookingStoryTests.SlotsAsync(place, "storm")).Take(60).ToList();
        await using var second = await place.AddNodeAsync();
        ParleyProcess[] nodes = [place.Parley, second];
        var acknowledged = new ConcurrentBag<string>();
        var acknowledgedHere = 0;
        var storm = Task.WhenAll(
            slots.Select(
                async (slot, number) =>
                {
                    await Task.Delay(number * 8);
                    var node = nodes[number % 2];
                    if (await BookAsync(node, "storm", slot, number) is { } id)
                    {
                        acknowledged.Add(id);
                        if (node == second)
                        {
                            Interlocked.Increment(ref acknowledgedHere);
                        }
                    }
                }
            )
        );
        while (Volatile.Read(ref acknowledgedHere) < 8)
        {
            await Task.Delay(5);
        }

        await second.KillAsync();
        await storm;

        // Nobody starts anything again: the one that is left takes over what the dead one had in hand.
        acknowledged.Count.ShouldBeGreaterThan(30, "the living one served its half");
        var kept = (await place.Parley.GetAsync("/api/v1/bookings?limit=200&status=confirmed"))
            .GetProperty("items")
            .EnumerateArray()
            .Select(booking => booking.GetProperty("id").GetString()!)
            .ToHashSet(StringComparer.Ordinal);
        acknowledged.ShouldAllBe(id => kept.Contains(id));
        await ParleyProcess.EventuallyAsync(
            async () =>
                (await place.Parley.GetAsync("/api/v1/bookings?limit=200&status=confirmed"))
                    .GetProperty("items")
                    .EnumerateArray()
                    .All(booking =>
                        booking.GetProperty("meeting") is { ValueKind: JsonValueKind.Object } meeting
                        && meeting.GetProperty("status").GetString() == "scheduled"
                    ),
            "every booking has its meeting",
            90
        );
        await MeetingsBecomeAsync(place, kept.Count, 30);
        (await place.MeetingsAsync())
            .Select(meeting => meeting.GetProperty("startsAt").GetString())
            .Distinct(StringComparer.Ordinal)
            .Count()
            .ShouldBe(kept.Count);
    }

    /// <returns>The booking's id; null when nobody acknowledged it.</returns>
    private static async Task<string?> BookAsync(ParleyProcess node, string slug, DateTimeOffset slot, int number)
    {
        try
        {
            using var reply = await node.Api.PostAsJsonAsync(
                $"/api/v1/public/pages/{slug}/bookings",
                new
                {
                    startsAt = slot.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture),
                    name = "Ada Lovelace",
                    email = $"guest{number}@example.org",
                    timeZone = "America/New_York",
                }
            );
            return reply.StatusCode == HttpStatusCode.Created
                ? (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()
                : null;
        }
        catch (HttpRequestException)
        {
            // Killed under this request: never acknowledged.
            return null;
        }
    }

    private static Task MeetingsBecomeAsync(Place place, int count, int seconds = 30) =>
        ParleyProcess.EventuallyAsync(
            async () => (await place.MeetingsAsync()).Count == count,
            $"{count} meetings at the provider",
            seconds
        );
}
