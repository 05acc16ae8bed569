using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>Scheduling with everything the form has, changing it, and looking at what was held; with script and without.</summary>
[Trait("Speed", "Slow")]
public sealed class ScheduleStoryTests(Chromium chromium)
{
    private const string Subject = "Roadmap & <budget>";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_meeting_is_scheduled_with_co_organizers_changed_and_another_one_begun(bool script)
    {
        await using var demo = await Demo.StartAsync();
        await using var olivia = await chromium.VisitAsync(new Visit { Script = script });
        var room = new OrganizerRoom(olivia, demo);
        await room.SignInAsync();
        await room.ConnectGoToMeetingAsync();

        await olivia.OpenAsync(demo.Url + "/meetings/new");
        var audioText = olivia.Field("Your own dial-in text");
        if (script)
        {
            await Assertions.Expect(audioText).ToBeHiddenAsync();
            await olivia.SeesAsync("100 characters left");
        }

        await olivia.Field("Subject").FillAsync(Subject);
        var tomorrow = DateTimeOffset.UtcNow.AddDays(1);
        await olivia.Field("Date").FillAsync(tomorrow.ToString("yyyy-MM-dd"));
        await olivia.Field("Start").FillAsync("09:30");
        await olivia.Field("Time zone").SelectOptionAsync("UTC");
        await olivia.Field("Or end").FillAsync("10:45");
        await olivia.Field("Odile Organizer").CheckAsync();
        await olivia.Field("Audio").SelectOptionAsync("custom");
        await Visitor.SeesAsync(audioText);
        await audioText.FillAsync("Ring the front desk");
        await olivia.Button("Schedule meeting").ClickAsync();

        await olivia.SeesAsync($"“{Subject}” is scheduled");
        (await olivia.Field("Join link to hand on").InputValueAsync()).ShouldStartWith(demo.Url + "/j/");
        await olivia.SeesAsync("Ring the front desk");
        await olivia.SeesAsync("Odile Organizer");
        var made = (await demo.MeetingsAsync()).ShouldHaveSingleItem();
        (made.GetProperty("endsAt").GetDateTimeOffset() - made.GetProperty("startsAt").GetDateTimeOffset()).ShouldBe(
            TimeSpan.FromMinutes(75)
        );

        await olivia.Link("Change").ClickAsync();
        (await olivia.Field("Odile Organizer").IsCheckedAsync()).ShouldBeTrue();
        await olivia.Field("Subject").FillAsync("Roadmap only");
        await olivia.Button("Save changes").ClickAsync();
        await olivia.SeesAsync("Changed, here and at GoTo Meeting.");
        (await demo.MeetingsAsync())
            .ShouldHaveSingleItem()
            .GetProperty("subject")
            .GetString()!
            .ShouldStartWith("Roadmap only");

        await olivia.OpenAsync(demo.Url + "/dashboard");
        await olivia.Link("Roadmap only").ClickAsync();
        await olivia.OpenAsync(olivia.Page.Url + "?scheduled");
        await olivia.Link("Schedule another").ClickAsync();
        (await olivia.Field("Length in minutes").InputValueAsync()).ShouldBe("75");
        (await olivia.Field("Audio").InputValueAsync()).ShouldBe("custom");
        (await olivia.Field("Subject").InputValueAsync()).ShouldBeEmpty();
        olivia.Complaints.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_held_leads_to_who_was_there_and_to_a_table(bool script)
    {
        await using var demo = await Demo.StartAsync();
        await using var olivia = await chromium.VisitAsync(new Visit { Script = script });
        var room = new OrganizerRoom(olivia, demo);
        await room.SignInAsync();
        await room.ConnectGoToMeetingAsync();
        await olivia.Link("History").First.ClickAsync();
        await olivia.SeesAsync("Nothing was held in this range");

        await demo.HeldAsync(OrganizerRoom.Olivia, "Held & recorded", sessions: 3);
        await olivia.OpenAsync(demo.Url + "/history");
        // The charts above have tables too, without links.
        (await olivia.Page.Locator("tbody tr th a").CountAsync()).ShouldBe(3);
        var download = await olivia.Page.RunAndWaitForDownloadAsync(() => olivia.Link("Download as CSV").ClickAsync());
        (await File.ReadAllLinesAsync(await download.PathAsync())).Length.ShouldBe(4);
        await olivia.Page.Locator("tbody tr th a").First.ClickAsync();
        await Visitor.SeesAsync(olivia.Heading("Who was there"));
        await olivia.SeesAsync("3 sessions");
        await olivia.SeesAsync("Guest, no address told");
        olivia.Complaints.ShouldBeEmpty();
    }
}
