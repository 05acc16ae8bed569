using System.Text.Json;
using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>
/// The main job from end to end, by hand: connect an account, offer times, book, move, cancel. What counts is the sandbox's own record.
/// </summary>
[Trait("Speed", "Slow")]
public sealed class BookingStoryTests(Chromium chromium)
{
    private const string NewYork = "America/New_York";
    private const string Ada = "ada@example.org";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_customer_books_moves_and_cancels_with_script_and_without(bool script)
    {
        await using var demo = await Demo.StartAsync();
        await using var olivia = await chromium.VisitAsync(new Visit { Script = script });
        var organizer = new OrganizerRoom(olivia, demo);
        await organizer.SignInAsync();
        await organizer.ConnectGoToMeetingAsync();
        var page = await organizer.OfferTimesAsync("Intro call", "intro");

        await using var visitor = await chromium.VisitAsync(new Visit { Script = script, TimeZone = NewYork });
        var customer = new CustomerRoom(visitor);
        await customer.OpenAsync(page, NewYork, script);
        var booked = await customer.ChooseAsync(0, NewYork);
        await visitor.SeesAsync(CustomerRoom.Clock(booked, NewYork));
        await customer.BookAsync("Ada Lovelace", Ada, "Analytical engines");
        await customer.SeesHowToJoinAsync(script);
        await visitor.SeesAsync(CustomerRoom.Clock(booked, NewYork));

        await demo.MeetingsBecomeAsync(1);
        var meeting = (await demo.MeetingsAsync())[0];
        meeting.GetProperty("startsAt").GetDateTimeOffset().ShouldBe(booked);
        await demo.MailsBecomeAsync(Ada, 1);
        var confirmation = (await demo.MailsAsync(Ada))[0].GetProperty("text").GetString()!;
        confirmation.ShouldContain(demo.SandboxUrl + "/join/");
        confirmation.ShouldContain(CustomerRoom.Clock(booked, NewYork));
        var row = await organizer.RowsAsync();
        (await row.CountAsync()).ShouldBe(1);
        (await row.InnerTextAsync()).ShouldContain("Ada Lovelace");

        // The door, before its time, in the hands of somebody the invitation was passed on to.
        var door = MailLinks.Door(confirmation);
        await using var guest = await chromium.VisitAsync(new Visit { Script = script, TimeZone = NewYork });
        await guest.OpenAsync(door);
        await Visitor.SeesAsync(guest.Heading("You are early"));
        await guest.SeesAsync("GoTo Meeting");
        guest.Page.Url.ShouldStartWith(demo.Url);
        guest.Complaints.ShouldBeEmpty();

        var manage = MailLinks.Manage(confirmation);
        manage.ShouldStartWith(demo.Url);
        await visitor.OpenAsync(manage);
        await visitor.Link("Reschedule").ClickAsync();
        var moved = await customer.ChooseAsync(3, NewYork);
        moved.ShouldNotBe(booked);
        await customer.MoveAsync();
        await ParleyProcess.EventuallyAsync(
            async () => (await demo.MeetingsAsync())[0].GetProperty("startsAt").GetDateTimeOffset() == moved,
            "the meeting moves"
        );
        Id((await demo.MeetingsAsync()).ShouldHaveSingleItem()).ShouldBe(Id(meeting));
        await demo.MailsBecomeAsync(Ada, 2);

        await customer.CancelAsync("Ill");
        await demo.MeetingsBecomeAsync(0);
        (await (await organizer.RowsAsync()).CountAsync()).ShouldBe(0);
        (await guest.OpenAsync(door))!.Status.ShouldBe(410);
        await Visitor.SeesAsync(guest.Heading("This meeting is cancelled"));

        await demo.MailsBecomeAsync(Ada, 3);
        var mails = await demo.MailsAsync(Ada);
        mails.Select(mail => mail.GetProperty("messageId").GetString()).Distinct().Count().ShouldBe(3);
        await olivia.OpenAsync(demo.SandboxUrl + "/mailbox");
        await Assertions
            .Expect(olivia.Page.Locator("tbody tr", new PageLocatorOptions { HasText = Ada }))
            .ToHaveCountAsync(3);

        olivia.Complaints.Concat(visitor.Complaints).ShouldBeEmpty();
    }

    private static string Id(JsonElement meeting) => meeting.GetProperty("id").ToString();
}
