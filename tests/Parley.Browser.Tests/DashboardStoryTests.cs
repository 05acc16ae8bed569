using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>An organizer connects, schedules a meeting and cancels it; the sandbox's own record is what counts.</summary>
[Trait("Speed", "Slow")]
public sealed class DashboardStoryTests(Chromium chromium)
{
    private const string Subject = "Budget & plans <2027>";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_organizer_connects_schedules_and_cancels_with_script_and_without(bool script)
    {
        await using var demo = await Demo.StartAsync();
        await using var olivia = await chromium.VisitAsync(new Visit { Script = script });
        var room = new OrganizerRoom(olivia, demo);
        await room.SignInAsync();
        await olivia.SeesAsync("Three steps until people can book you");
        await olivia.Link("Dashboard").ClickAsync();
        await olivia.SeesAsync("No meetings yet");
        await room.ConnectGoToMeetingAsync();

        var tomorrow = DateTimeOffset.UtcNow.AddDays(1);
        var start = new DateTimeOffset(tomorrow.Year, tomorrow.Month, tomorrow.Day, 9, 30, 0, TimeSpan.Zero);
        await room.ScheduleAsync(Subject, start);
        await demo.MeetingsBecomeAsync(1);
        var made = (await demo.MeetingsAsync())[0];
        made.GetProperty("startsAt").GetDateTimeOffset().ShouldBe(start);
        var row = await room.RowsAsync();
        (await row.CountAsync()).ShouldBe(1, string.Join(" | ", await row.AllInnerTextsAsync()));
        (await row.InnerTextAsync()).ShouldContain(Subject);

        await room.CancelAsync(Subject);
        await demo.MeetingsBecomeAsync(0);
        (await (await room.RowsAsync()).CountAsync()).ShouldBe(0);
        await olivia.SeesAsync("Nothing is planned");
        olivia.Complaints.ShouldBeEmpty();
    }
}
