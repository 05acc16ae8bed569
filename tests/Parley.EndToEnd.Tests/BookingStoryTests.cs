using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Parley.Sandbox;

namespace Parley.EndToEnd.Tests;

/// <summary>The main story through the API alone: page, booking, confirmation, reschedule, cancel, against what the twin records.</summary>
public sealed class BookingStoryTests
{
    [Fact]
    public async Task A_customer_books_moves_and_cancels_and_gets_each_mail_once()
    {
        await using var place = await Place.StartAsync();
        var connection = await place.ConnectAsync();
        await CreatePageAsync(place, connection, "intro");
        var slots = await SlotsAsync(place, "intro");
        slots.Count.ShouldBeGreaterThan(3);

        var booked = await BookAsync(place, "intro", slots[0]);
        var id = booked.GetProperty("id").GetString();
        await MeetingsBecomeAsync(place, 1);
        (await place.MeetingsAsync())[0].GetProperty("startsAt").GetDateTimeOffset().ShouldBe(slots[0]);
        await MailsBecomeAsync(place, "ada@example.org", 1);
        var confirmation = (await place.MailsAsync("ada@example.org"))[0];
        confirmation.GetProperty("text").GetString()!.ShouldContain(booked.GetProperty("doorUrl").GetString()!);
        confirmation.GetProperty("text").GetString()!.ShouldContain(place.Twin.Url + "/join/");

        var meetingId = (await place.MeetingsAsync())[0].GetProperty("id").ToString();
        await place.Parley.PostAsync(
            $"/api/v1/bookings/{id}/reschedule",
            new { startsAt = slots[2].ToString("yyyy-MM-ddTHH:mm:ssZ") },
            HttpStatusCode.OK
        );
        await ParleyProcess.EventuallyAsync(
            async () => (await place.MeetingsAsync())[0].GetProperty("startsAt").GetDateTimeOffset() == slots[2],
            "the meeting moves"
        );
        (await place.MeetingsAsync()).ShouldHaveSingleItem().GetProperty("id").ToString().ShouldBe(meetingId);
        await MailsBecomeAsync(place, "ada@example.org", 2);

        await place.Parley.PostAsync($"/api/v1/bookings/{id}/cancel", new { reason = "Ill" }, HttpStatusCode.OK);
        await MeetingsBecomeAsync(place, 0);
        await MailsBecomeAsync(place, "ada@example.org", 3);
        var mails = await place.MailsAsync("ada@example.org");
        mails.Select(mail => mail.GetProperty("messageId").GetString()).Distinct().Count().ShouldBe(3);
        (await place.MailsAsync(ParleyProcess.OwnerEmail)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task After_kill_9_in_a_storm_no_acknowledged_booking_is_missing_and_each_gets_one_meeting()
    {
        await using var place = await Place.StartAsync();
        var connection = await place.ConnectAsync();
        await CreatePageAsync(place, connection, "storm");
        var slots = (await SlotsAsync(place, "storm")).Take(60).ToList();
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<string>();
        var storm = Task.WhenAll(
            slots.Select(
                async (slot, number) =>
                {
                    try
                    {
                        await Task.Delay(number * 8);
                        using var reply = await PostAsync(place, "storm", slot, $"guest{number}@example.org");
                        if (reply.StatusCode == HttpStatusCode.Created)
                        {
                            var body = await reply.Content.ReadFromJsonAsync<JsonElement>();
                            acknowledged.Add(body.GetProperty("id").GetString()!);
                        }
                    }
                    catch (HttpRequestException)
                    {
                        // Killed under this request: never acknowledged.
                    }
                }
            )
        );
        while (acknowledged.Count < 15)
        {
            await Task.Delay(5);
        }

        await place.Parley.KillAsync();
        await storm;
        await place.RestartAsync();

        var kept = (await place.Parley.GetAsync("/api/v1/bookings?limit=200&status=confirmed"))
            .GetProperty("items")
            .EnumerateArray()
            .Select(booking => booking.GetProperty("id").GetString()!)
            .ToHashSet();
        acknowledged.Count.ShouldBeGreaterThanOrEqualTo(15);
        acknowledged.ShouldAllBe(id => kept.Contains(id));
        await MeetingsBecomeAsync(place, kept.Count, 60);
        var starts = (await place.MeetingsAsync()).Select(meeting => meeting.GetProperty("startsAt").GetString());
        starts.Distinct().Count().ShouldBe(kept.Count);
    }

    [Fact]
    public async Task Two_hundred_bookings_at_once_never_meet_the_limit_of_ten_calls_a_second()
    {
        await using var place = await Place.StartAsync(rateLimit: new SandboxOptions().RateLimitPerSecond);
        var connection = await place.ConnectAsync();
        await CreatePageAsync(place, connection, "rush", durationMinutes: 15);
        var slots = (await SlotsAsync(place, "rush")).Take(200).ToList();
        slots.Count.ShouldBe(200);

        var replies = await Task.WhenAll(
            slots.Select((slot, number) => PostAsync(place, "rush", slot, $"guest{number}@example.org"))
        );
        replies.ShouldAllBe(reply => reply.StatusCode == HttpStatusCode.Created);
        await MeetingsBecomeAsync(place, 200, 120);

        (await RefusedAsync(place)).ShouldBe(0);
        // The limit is there: who keeps to none is refused.
        using var token = await place.Control.PostAsJsonAsync(
            "/control/tokens",
            new { provider = "gotomeeting", account = "olivia@northwind.example" }
        );
        using var hasty = new HttpClient { BaseAddress = place.Control.BaseAddress };
        hasty.DefaultRequestHeaders.Authorization = new(
            "Bearer",
            (await token.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString()
        );
        var calls = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(_ => hasty.GetAsync("/goto/G2M/rest/upcomingMeetings"))
        );
        calls.Count(reply => reply.StatusCode == HttpStatusCode.TooManyRequests).ShouldBeGreaterThan(10);
        (await RefusedAsync(place)).ShouldBeGreaterThan(10);
    }

    private static async Task<int> RefusedAsync(Place place)
    {
        var log = JsonDocument.Parse(await place.Control.GetStringAsync("/control/log")).RootElement;
        return log.GetProperty("items")
            .EnumerateArray()
            .Count(entry => entry.GetProperty("status").GetInt32() == (int)HttpStatusCode.TooManyRequests);
    }

    internal static Task<JsonElement> CreatePageAsync(
        Place place,
        string connection,
        string slug,
        int durationMinutes = 30
    ) =>
        place.Parley.PostAsync(
            "/api/v1/booking-pages",
            new
            {
                slug,
                title = "Intro call",
                durationMinutes,
                minimumNoticeMinutes = 0,
                schedule = new
                {
                    timeZone = "Europe/Berlin",
                    weekly = new[]
                    {
                        new
                        {
                            days = new[] { "MO", "TU", "WE", "TH", "FR" },
                            from = "09:00",
                            to = "17:00",
                        },
                    },
                },
                hosts = new[] { new { connectionId = connection } },
            }
        );

    internal static async Task<List<DateTimeOffset>> SlotsAsync(Place place, string slug)
    {
        var from = DateTimeOffset.UtcNow.AddDays(1).ToString("yyyy-MM-ddTHH:mm:ssZ");
        var to = DateTimeOffset.UtcNow.AddDays(15).ToString("yyyy-MM-ddTHH:mm:ssZ");
        var slots = await place.Parley.GetAsync(
            $"/api/v1/public/pages/{slug}/slots?from={from}&to={to}&timeZone=America/New_York"
        );
        return slots
            .GetProperty("slots")
            .EnumerateArray()
            .Select(slot => slot.GetProperty("startsAt").GetDateTimeOffset())
            .ToList();
    }

    private static async Task<JsonElement> BookAsync(Place place, string slug, DateTimeOffset slot)
    {
        using var reply = await PostAsync(place, slug, slot, "ada@example.org");
        return await ParleyProcess.ReadAsync(reply, HttpStatusCode.Created);
    }

    private static Task<HttpResponseMessage> PostAsync(Place place, string slug, DateTimeOffset slot, string email) =>
        place.Parley.Api.PostAsJsonAsync(
            $"/api/v1/public/pages/{slug}/bookings",
            new
            {
                startsAt = slot.ToString("yyyy-MM-ddTHH:mm:ssZ"),
                name = "Ada Lovelace",
                email,
                timeZone = "America/New_York",
                topic = "Analytical engines",
            }
        );

    private static Task MeetingsBecomeAsync(Place place, int count, int seconds = 30) =>
        ParleyProcess.EventuallyAsync(
            async () => (await place.MeetingsAsync()).Count == count,
            $"{count} meetings at the provider",
            seconds
        );

    private static Task MailsBecomeAsync(Place place, string to, int count) =>
        ParleyProcess.EventuallyAsync(
            async () => (await place.MailsAsync(to)).Count == count,
            $"{count} mails to {to}"
        );
}
