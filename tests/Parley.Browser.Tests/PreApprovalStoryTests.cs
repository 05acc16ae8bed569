using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>An administrator stands between an employee and their Zoom account, and Zoom tells nobody.</summary>
[Trait("Speed", "Slow")]
public sealed class PreApprovalStoryTests(Chromium chromium)
{
    private const string Nora = "nora@contoso.example";

    [Fact]
    public async Task The_employee_asks_the_administrator_approves_the_employee_finishes_and_a_meeting_is_made()
    {
        await using var demo = await Demo.StartAsync();
        await using var nora = await chromium.VisitAsync(new Visit { WithoutPolicy = true });
        await using var alma = await chromium.VisitAsync(new Visit { WithoutPolicy = true });
        var room = new OrganizerRoom(nora, demo);
        await room.SignInAsync();
        await room.LeaveForZoomAsync(Nora);

        // Stuck: the provider's page leads nowhere but to its administrator.
        await nora.SeesAsync("is not approved");
        await nora.Button("Request pre-approve").ClickAsync();
        await nora.SeesAsync("Your request was sent.");
        nora.Page.Url.ShouldStartWith(demo.SandboxUrl);

        await nora.OpenAsync(demo.Url + "/connections");
        await nora.SeesAsync("has not come back with a permission");
        await NothingIsWrongAsync(nora);
        await nora.Link("Did Zoom ask for approval?").ClickAsync();
        await Visitor.SeesAsync(nora.Heading("Ask an administrator"));
        var message = await nora.Field("Message to your administrator").InputValueAsync();
        message.ShouldContain("App: Parley");
        message.ShouldContain("meeting:write:meeting");
        message.ShouldContain(demo.Url + "/approval/app_");
        (await nora.Link("Write a mail").GetAttributeAsync("href"))!.ShouldStartWith("mailto:?subject=");
        await NothingIsWrongAsync(nora);
        await nora.Button("I have asked an administrator").ClickAsync();
        await nora.SeesAsync("Waits for approval");
        await NothingIsWrongAsync(nora);

        // The administrator follows the message, without being a member here.
        var words = message.Split([' ', '\n']);
        await alma.OpenAsync(words.Single(word => word.StartsWith(demo.Url, StringComparison.Ordinal)));
        await Visitor.SeesAsync(alma.Heading("What to do"));
        await NothingIsWrongAsync(alma);
        await alma.OpenAsync(demo.SandboxUrl + "/zoom/marketplace");
        await alma.Button("Approve Nora Organizer for Parley").ClickAsync();

        await nora.Button("Connect Zoom again").ClickAsync();
        await nora.ArrivesAtAsync(demo.SandboxUrl);
        if (await nora.Field("Password").IsVisibleAsync())
        {
            await room.SignInAtProviderAsync(Nora);
        }

        await nora.Button("Allow").ClickAsync();
        await nora.ArrivesAtAsync(demo.Url);
        await nora.SeesAsync("Connected to Zoom as nora@contoso.example.");
        await room.ScheduleAsync("Made after all", DateTimeOffset.UtcNow.AddDays(1));
        await ParleyProcess.EventuallyAsync(
            async () => (await demo.ZoomMeetingsAsync()).Count == 1,
            "the meeting is in Nora's Zoom account"
        );
        nora.Complaints.ShouldBeEmpty();
        alma.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_link_is_taken_up_again_and_an_app_added_at_the_marketplace_starts_here()
    {
        await using var demo = await Demo.StartAsync();
        var asked = await demo.Parley.PostAsync(
            "/api/v1/connections",
            new { provider = "zoom", purpose = "organizer" }
        );
        var link = asked.GetProperty("connectUrl").GetString()!;
        await using var nora = await chromium.VisitAsync(new Visit { WithoutPolicy = true, Width = 390 });
        await nora.OpenAsync(link);
        await NothingIsWrongAsync(nora);
        await nora.Button("Continue to Zoom").ClickAsync();
        await new OrganizerRoom(nora, demo).SignInAtProviderAsync(Nora);
        await nora.SeesAsync("is not approved");
        await nora.OpenAsync(link);
        await NothingIsWrongAsync(nora);
        await nora.Button("I have asked an administrator").ClickAsync();
        await nora.SeesAsync("was asked to approve");
        await NothingIsWrongAsync(nora);
        await nora.Button("Continue to Zoom").ClickAsync();
        await nora.SeesAsync("is not approved");
        nora.Complaints.ShouldBeEmpty();

        await using var zoe = await chromium.VisitAsync(new Visit { WithoutPolicy = true, Width = 390 });
        await zoe.OpenAsync(demo.SandboxUrl + "/zoom/marketplace/apps/organizer/add");
        await new OrganizerRoom(zoe, demo).SignInAtProviderAsync("zoe@northwind.example");
        await zoe.Button("Allow").ClickAsync();
        await zoe.ArrivesAtAsync(demo.Url);
        await zoe.SeesAsync("Nothing is connected yet");
        await NothingIsWrongAsync(zoe);
        await zoe.Link("Sign in").ClickAsync();
        await zoe.Field("E-mail").FillAsync(ParleyProcess.OwnerEmail);
        await zoe.Field("Password").FillAsync(ParleyProcess.OwnerPassword);
        await zoe.Button("Sign in").ClickAsync();
        await Visitor.SeesAsync(zoe.Heading("Video conferencing"));
        await zoe.OpenAsync(demo.Url + "/connections/apps/zoom/account/register");
        await zoe.Field("Kind of app").SelectOptionAsync("serverToServer");
        await NothingIsWrongAsync(zoe);
        zoe.Complaints.ShouldBeEmpty();
    }

    private static async Task NothingIsWrongAsync(Visitor visitor)
    {
        await visitor.LoadedAsync();
        (await Axe.ViolationsAsync(visitor.Page)).ShouldBeEmpty(visitor.Page.Url);
        (await Axe.SidewaysAsync(visitor.Page)).ShouldBeEmpty(visitor.Page.Url);
    }
}
