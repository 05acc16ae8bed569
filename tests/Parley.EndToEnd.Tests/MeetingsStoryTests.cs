using System.Net;
using System.Text.Json;

namespace Parley.EndToEnd.Tests;

/// <summary>The integrator's story with a server process of its own and providers known only by configuration.</summary>
public sealed class MeetingsStoryTests
{
    [Fact]
    public async Task A_meeting_is_made_moved_and_removed_through_the_api_and_the_provider_agrees_each_time()
    {
        await using var place = await Place.StartAsync();
        var connection = await place.ConnectAsync();
        var start = DateTimeOffset.UtcNow.AddDays(3);
        var startsAt = new DateTimeOffset(start.Year, start.Month, start.Day, 9, 0, 0, TimeSpan.Zero);

        var made = await place.Parley.PostAsync(
            $"/api/v1/connections/{connection}/meetings",
            new
            {
                subject = "Quarterly review <R&D>",
                startsAt = startsAt.ToString("yyyy-MM-ddTHH:mm:ssZ"),
                durationMinutes = 30,
                timeZone = "Europe/Berlin",
            }
        );
        made.GetProperty("status").GetString().ShouldBe("scheduled");
        made.GetProperty("subject").GetString().ShouldBe("Quarterly review <R&D>");
        made.GetProperty("joinUrl").GetString().ShouldStartWith(place.Twin.Url);
        var meeting = (await place.MeetingsAsync()).ShouldHaveSingleItem();
        var id = made.GetProperty("id").GetString();
        meeting.GetProperty("id").ToString().ShouldBe(id);

        using var patch = await place.Parley.Api.PatchAsync(
            $"/api/v1/connections/{connection}/meetings/{id}",
            new StringContent(
                JsonSerializer.Serialize(new { startsAt = startsAt.AddHours(2).ToString("yyyy-MM-ddTHH:mm:ssZ") }),
                System.Text.Encoding.UTF8,
                "application/merge-patch+json"
            )
        );
        var moved = await ParleyProcess.ReadAsync(patch, HttpStatusCode.OK);
        moved.GetProperty("durationMinutes").GetInt32().ShouldBe(30);
        (await place.MeetingsAsync())
            .ShouldHaveSingleItem()
            .GetProperty("startsAt")
            .GetDateTimeOffset()
            .ShouldBe(startsAt.AddHours(2));

        using var removed = await place.Parley.Api.DeleteAsync($"/api/v1/connections/{connection}/meetings/{id}");
        removed.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await place.MeetingsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_create_whose_reply_is_lost_ends_as_one_adopted_meeting_with_a_working_link()
    {
        await using var place = await Place.StartAsync();
        var connection = await place.ConnectAsync();
        await place.FaultAsync(
            new
            {
                provider = "gotomeeting",
                operation = "meetings.create",
                kind = "applyThenDrop",
                times = 1,
            }
        );

        using var reply = await place.Parley.Api.PostAsync(
            $"/api/v1/connections/{connection}/meetings",
            new StringContent(
                JsonSerializer.Serialize(
                    new
                    {
                        subject = "Lost reply",
                        startsAt = DateTimeOffset.UtcNow.AddDays(1).ToString("yyyy-MM-ddTHH:00:00Z"),
                        durationMinutes = 30,
                        timeZone = "UTC",
                    }
                ),
                System.Text.Encoding.UTF8,
                "application/json"
            )
        );
        reply.StatusCode.ShouldBeOneOf(HttpStatusCode.Created, HttpStatusCode.Accepted);
        var arrangement = JsonDocument
            .Parse(await reply.Content.ReadAsStringAsync())
            .RootElement.GetProperty("arrangementId")
            .GetString();
        JsonElement seen = default;
        await ParleyProcess.EventuallyAsync(
            async () =>
            {
                seen = await place.Parley.GetAsync($"/api/v1/arrangements/{arrangement}");
                return seen.GetProperty("status").GetString() == "scheduled";
            },
            "the meeting is adopted"
        );

        (await place.MeetingsAsync()).ShouldHaveSingleItem();
        seen.GetProperty("joinUrlSource").GetString().ShouldBe("derived");
        (await place.Control.GetAsync(seen.GetProperty("joinUrl").GetString())).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
