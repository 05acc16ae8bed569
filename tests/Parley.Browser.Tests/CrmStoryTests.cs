using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>
/// Parley in other people's pages, which have a strict policy and are of another site: the pretend CRM (localhost) and Parley (127.0.0.1).
/// </summary>
[Trait("Speed", "Slow")]
public sealed class CrmStoryTests(Chromium chromium)
{
    [Fact]
    public async Task A_contact_is_invited_from_the_CRM_by_keyboard_and_its_log_hears_of_it()
    {
        await using var demo = await Demo.StartAsync();
        await using var olivia = await chromium.VisitAsync(new Visit());
        await ConnectAsync(olivia, demo);

        await using var seller = await chromium.VisitAsync(new Visit { TimeZone = "America/New_York" });
        await seller.OpenAsync(demo.SandboxUrl + "/crm/contacts/1042");
        var keys = seller.Page.Keyboard;
        var dialog = seller.Page.GetByRole(AriaRole.Dialog, new() { Name = "Meeting with Ada Lovelace" });
        await ReachAsync(seller);
        await keys.PressAsync("Enter");
        await Visitor.SeesAsync(dialog);
        (await seller.Field("Subject").InputValueAsync()).ShouldBe("Meeting with Ada Lovelace");
        await seller.SeesAsync("Times are yours: America/New_York.");
        await Assertions.Expect(seller.Field("Subject")).ToBeFocusedAsync();
        await keys.PressAsync("Escape");
        await Assertions.Expect(dialog).ToBeHiddenAsync();
        (await FocusAsync(seller)).ShouldBe("PARLEY-SCHEDULE-MEETING");

        await keys.PressAsync("Enter");
        await seller.Field("Date").FillAsync(DateTime.UtcNow.AddDays(2).ToString("yyyy-MM-dd"));
        await seller.Field("Start").FillAsync("14:30");
        await seller.Field("Minutes").FocusAsync();
        // Impatient: the second press must not make a second meeting.
        await keys.PressAsync("Enter");
        await keys.PressAsync("Enter");
        await Visitor.SeesAsync(seller.Heading("Scheduled"));
        await seller.SeesAsync("The room is ready.");
        var door = await seller.Page.Locator("a[part=link]").GetAttributeAsync("href");
        door!.ShouldStartWith(demo.Url + "/j/");
        var meeting = (await demo.MeetingsAsync()).ShouldHaveSingleItem();
        meeting.GetProperty("subject").GetString()!.ShouldStartWith("Meeting with Ada Lovelace");
        TimeZoneInfo
            .ConvertTime(
                meeting.GetProperty("startsAt").GetDateTimeOffset(),
                TimeZoneInfo.FindSystemTimeZoneById("America/New_York")
            )
            .ToString("HH:mm")
            .ShouldBe("14:30");
        await demo.MailsBecomeAsync("ada@analytical.example", 1);

        // The log fills by itself, and leads where the meeting is.
        await seller.SeesAsync("Meeting scheduled: Meeting with Ada Lovelace");
        (await seller.Page.Locator(".crm-log a").GetAttributeAsync("href"))!.ShouldStartWith(
            demo.SandboxUrl + "/join/"
        );

        // So does how it went.
        await demo.ControlAsync(
            $"meetings/{meeting.GetProperty("id").GetString()}/run",
            new { minutes = 28, attendees = new[] { new { name = "Ada Lovelace", email = "ada@analytical.example" } } }
        );
        var known = await demo.Parley.GetAsync("/api/v1/meetings?q=Ada");
        var arrangement = known.GetProperty("items")[0].GetProperty("arrangementId").GetString();
        await demo.Parley.PostAsync(
            $"/api/v1/arrangements/{arrangement}/sessions/look",
            new { },
            System.Net.HttpStatusCode.Accepted
        );
        await seller.SeesAsync("Held 28 min, 2 attendees");
        seller.Complaints.ShouldBeEmpty();

        await seller.Button("Schedule another").ClickAsync();
        await seller.Field("Date").FillAsync(DateTime.UtcNow.AddDays(2).ToString("yyyy-MM-dd"));
        await seller.Field("Start").FillAsync("14:45");
        await keys.PressAsync("Enter");
        await seller.SeesAsync("Start overlaps another meeting of the organizer. Choose another start");
        await Assertions.Expect(seller.Field("Start")).ToBeFocusedAsync();
        (await demo.MeetingsAsync()).Count.ShouldBe(1);

        // The same page under a name the key was not made for.
        await seller.OpenAsync(demo.SandboxUrl.Replace("localhost", "127.0.0.1") + "/crm/contacts/1043");
        await seller.Button("Schedule meeting").First.ClickAsync();
        await Visitor.SeesAsync(seller.Heading("Meeting with Renée O'Neil <VIP>"));
        await seller.SeesAsync("not made for http://127.0.0.1");
        seller.Complaints.ShouldNotContain(complaint => complaint.Contains("Content Security Policy"));
        olivia.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_booking_page_in_a_frame_takes_a_booking_without_our_cookies_and_only_where_it_may_be()
    {
        await using var demo = await Demo.StartAsync();
        await using var olivia = await chromium.VisitAsync(new Visit());
        var room = await ConnectAsync(olivia, demo);
        await room.OfferTimesAsync("Intro call", "intro");
        await olivia.Field("Pages that may show it in a frame").FillAsync(demo.SandboxUrl);
        await olivia.Button("Save booking page").ClickAsync();
        await olivia.SeesAsync("/embed/booking.js");

        await using var customer = await chromium.VisitAsync(new Visit());
        await customer.OpenAsync(demo.SandboxUrl + "/crm/website?slug=intro");
        var frame = customer.Page.FrameLocator("iframe");
        await frame.GetByText("Times are shown in Europe/Berlin").WaitForAsync();
        var days = frame.Locator("a.day");
        if (await days.CountAsync() < 2)
        {
            await frame.Locator(".month-nav a").Last.ClickAsync();
        }

        await days.Last.ClickAsync();
        await frame.Locator(".slots a.slot").First.ClickAsync();
        await frame.GetByLabel("Your name").FillAsync("Ada Lovelace");
        await frame.GetByLabel("Your e-mail").FillAsync("ada@example.org");
        await frame.GetByRole(AriaRole.Button, new() { Name = "Book this time" }).ClickAsync();
        await Visitor.SeesAsync(frame.GetByRole(AriaRole.Heading, new() { Name = "Booked" }));
        await demo.MeetingsBecomeAsync(1);
        // As tall as what is in it: nothing to scroll inside.
        await customer.Page.WaitForFunctionAsync(
            "() => { const height = document.querySelector('parley-booking-page').shadowRoot.querySelector('iframe').offsetHeight; return height > 150 && height < 620; }"
        );
        (await customer.Page.Context.CookiesAsync([demo.Url])).ShouldBeEmpty();
        customer.Complaints.ShouldBeEmpty();

        await customer.OpenAsync(demo.SandboxUrl + "/crm/website?slug=intro&mode=popup");
        await customer.Button("Book a time").ClickAsync();
        await customer.Page.FrameLocator("iframe").GetByText("Times are shown in").First.WaitForAsync();
        await customer.Button("Close").ClickAsync();
        customer.Complaints.ShouldBeEmpty();

        await customer.OpenAsync(demo.SandboxUrl.Replace("localhost", "127.0.0.1") + "/crm/website?slug=intro");
        await ParleyProcess.EventuallyAsync(
            () => Task.FromResult(customer.Complaints.Any(complaint => complaint.Contains("frame-ancestors"))),
            "the frame is refused"
        );
        await LooksAsync(demo, olivia);
    }

    /// <summary>Under axe, light and dark, wide and narrow: the record, the dialog, its result, the organizer's pages.</summary>
    private async Task LooksAsync(Demo demo, Visitor olivia)
    {
        var faults = new List<string>();
        var passport = await olivia.PassportAsync();
        await using var seller = await chromium.VisitAsync(new Visit { WithoutPolicy = true, Passport = passport });
        await seller.OpenAsync(demo.SandboxUrl + "/crm/contacts/1044");
        await seller.Button("Schedule meeting").First.ClickAsync();
        await Inspection.GlanceAsync(seller, "crm dialog", faults);
        await seller.Field("Minutes").FillAsync("45");
        await seller.Page.Keyboard.PressAsync("Enter");
        await Visitor.SeesAsync(seller.Heading("Scheduled"));
        await Inspection.GlanceAsync(seller, "crm scheduled", faults);
        await seller.OpenAsync(demo.Url + "/api-keys");
        await seller.Link("Lines to paste for CRM demo").ClickAsync();
        await Visitor.SeesAsync(seller.Heading("Try it"));
        await Inspection.GlanceAsync(seller, "button page", faults);
        string.Join('\n', faults).ShouldBeEmpty();
    }

    private static async Task<OrganizerRoom> ConnectAsync(Visitor olivia, Demo demo)
    {
        var room = new OrganizerRoom(olivia, demo);
        await room.SignInAsync();
        await room.ConnectGoToMeetingAsync();
        await olivia.OpenWorkspaceMenuAsync();
        await olivia.Link("API keys").First.ClickAsync();
        await olivia.Button("Connect the CRM demo").ClickAsync();
        await olivia.SeesAsync("The CRM demo is connected");
        return room;
    }

    /// <summary>By Tab alone, from the top of the page.</summary>
    private static async Task ReachAsync(Visitor visitor)
    {
        for (var presses = 0; presses < 20; presses++)
        {
            await visitor.Page.Keyboard.PressAsync("Tab");
            if (await FocusAsync(visitor) == "PARLEY-SCHEDULE-MEETING")
            {
                return;
            }
        }

        throw new InvalidOperationException("Tab does not reach the button.");
    }

    private static Task<string> FocusAsync(Visitor visitor) =>
        visitor.Page.EvaluateAsync<string>("() => document.activeElement.tagName");
}
