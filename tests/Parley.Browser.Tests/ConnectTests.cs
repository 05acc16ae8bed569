using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>Connecting crosses origins inside one form submission; only a browser knows whether the policies allow it.</summary>
[Trait("Speed", "Slow")]
public sealed class ConnectTests(Chromium chromium)
{
    [Fact]
    public async Task The_connect_pages_lead_to_their_provider_and_no_other_page_may()
    {
        await using var demo = await Demo.StartAsync();
        await using var olivia = await chromium.VisitAsync(new Visit());
        var room = new OrganizerRoom(olivia, demo);
        await room.SignInAsync();
        await room.ConnectGoToMeetingAsync();
        await olivia.SeesAsync("Olivia");
        olivia.Complaints.ShouldBeEmpty();

        var asked = await demo.Parley.PostAsync(
            "/api/v1/connections",
            new { provider = "gotomeeting", purpose = "organizer" }
        );
        await using var other = await chromium.VisitAsync(new Visit());
        await other.OpenAsync(asked.GetProperty("connectUrl").GetString()!);
        await other.Button("Continue to GoTo Meeting").ClickAsync();
        await new OrganizerRoom(other, demo).ConsentAsync("oscar@northwind.example");
        await other.SeesAsync("Connected to GoTo Meeting as ");
        other.Complaints.ShouldBeEmpty();

        // The same browser stops a form that would leave from a page without that permission, and this visitor hears of it.
        await olivia.OpenAsync(demo.Url + "/account");
        await olivia.Page.EvaluateAsync(
            "url => { const form = document.querySelector('form[action=\"/account\"]'); form.action = url; form.submit(); }",
            demo.SandboxUrl + "/goto/oauth/signin"
        );
        await ParleyProcess.EventuallyAsync(
            () => Task.FromResult(olivia.Complaints.Any(text => text.Contains("form-action"))),
            "the browser reports a form that leaves"
        );
        olivia.Page.Url.ShouldBe(demo.Url + "/account");
    }
}
