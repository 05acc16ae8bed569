using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>The console in a real browser: a meeting is made, found, started in a window of its own, and removed.</summary>
[Trait("Speed", "Slow")]
public sealed class ConsoleStoryTests(Chromium chromium)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Operations_are_tried_by_hand_with_script_and_without(bool script)
    {
        await using var demo = await Demo.StartAsync();
        await using var olivia = await chromium.VisitAsync(new Visit { Script = script });
        var room = new OrganizerRoom(olivia, demo);
        await room.SignInAsync();
        await room.ConnectGoToMeetingAsync();

        await olivia.Link("Console").ClickAsync();
        await olivia.Link("Create a meeting").ClickAsync();
        await olivia.Field("Subject").FillAsync("By hand");
        await olivia.Button("Create meeting").ClickAsync();
        await olivia.SeesAsync("201 Created");
        await demo.MeetingsBecomeAsync(1);

        await olivia.Link("Start By hand").ClickAsync();
        await olivia.Button("Fetch the host link").ClickAsync();
        await olivia.SeesAsync("200 OK");
        var room2 = await olivia.Page.Context.RunAndWaitForPageAsync(() =>
            olivia.Button("Open the meeting as host").ClickAsync()
        );
        await room2.WaitForURLAsync(demo.SandboxUrl + "/**");
        await room2.CloseAsync();

        await olivia.Link("Delete By hand").Or(olivia.Link("Delete a meeting")).First.ClickAsync();
        await olivia.Field("Yes, remove this meeting for everybody").CheckAsync();
        await olivia.Button("Delete meeting").ClickAsync();
        await olivia.SeesAsync("204 No Content");
        await demo.MeetingsBecomeAsync(0);
        olivia.Complaints.ShouldBeEmpty();
    }
}
