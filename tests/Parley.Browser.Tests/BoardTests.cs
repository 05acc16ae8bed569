using System.Diagnostics;
using System.Globalization;
using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>The dashboard of a team with 10 000 meetings ahead.</summary>
[Trait("Speed", "Slow")]
public sealed class BoardTests(Chromium chromium)
{
    private const int Many = 10_000;

    [Fact]
    public async Task Ten_thousand_meetings_are_there_quickly_and_two_windows_follow_each_other()
    {
        await using var demo = await Demo.StartAsync();
        await using var olivia = await chromium.VisitAsync(new Visit());
        var room = new OrganizerRoom(olivia, demo);
        await room.SignInAsync();
        await room.ConnectGoToMeetingAsync();
        var meetings = $"/api/v1/connections/{await ConnectedAsync(demo)}/meetings";
        await demo.Parley.PostAsync(meetings, Meeting("Piles"));
        await Elapsed.MeetingsPileUpAsync(demo.DataDirectory, Many);

        // Time to the first rows: the page itself, then as sorted and filtered.
        var page = olivia.Page;
        await olivia.OpenAsync(demo.Url + "/dashboard");
        var watch = Stopwatch.StartNew();
        await page.GotoAsync(demo.Url + "/dashboard", new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
        await Visitor.SeesAsync(Row(olivia, "Pile 00001"));
        var first = watch.Elapsed;
        await Assertions.Expect(page.Locator(".arriving")).ToBeHiddenAsync();
        watch.Restart();
        await olivia.Link("Subject").ClickAsync();
        await Assertions.Expect(page.Locator("th[aria-sort=ascending]")).ToHaveTextAsync("Subject▲");
        var sorted = watch.Elapsed;
        await olivia.Link("Subject").ClickAsync();
        await Visitor.SeesAsync(Row(olivia, "Pile 10000"));
        TestContext.Current.SendDiagnosticMessage(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Many} meetings: first rows after {first.TotalMilliseconds:0} ms, sorted by subject after {sorted.TotalMilliseconds:0} ms"
            )
        );
        first.ShouldBeLessThan(TimeSpan.FromSeconds(3));

        // The same list, narrowed, in two windows.
        await olivia.Field("Subject or customer").FillAsync("Pile 0999");
        await olivia.Button("Show").ClickAsync();
        await Assertions.Expect(Rows(olivia)).ToHaveCountAsync(10);
        var address = page.Url;
        address.ShouldContain("q=Pile");
        address.ShouldContain("sort=-subject");
        await using var second = await chromium.VisitAsync(new Visit { Passport = await olivia.PassportAsync() });
        await second.OpenAsync(address);
        await Assertions.Expect(Rows(second)).ToHaveCountAsync(10);
        await second.Link("Join link of Pile 09995").FocusAsync();

        await page.EvaluateAsync("() => { window.stays = true; }");
        await olivia.Link("Cancel Pile 09993").ClickAsync();
        await Visitor.SeesAsync(olivia.Heading("Cancel this meeting?"));
        await olivia.Button("Cancel meeting").ClickAsync();
        await olivia.SeesAsync("is cancelled");
        await Assertions.Expect(Rows(olivia)).ToHaveCountAsync(9);
        page.Url.ShouldBe(address);
        (await page.EvaluateAsync<bool>("() => window.stays === true")).ShouldBeTrue("the page was not left");

        await Assertions.Expect(Rows(second)).ToHaveCountAsync(9);
        await demo.Parley.PostAsync(meetings, Meeting("Pile 0999 of somebody else"));
        await Visitor.SeesAsync(Row(second, "Pile 0999 of somebody else"));
        await Visitor.SeesAsync(Row(olivia, "Pile 0999 of somebody else"));
        await Assertions.Expect(second.Link("Join link of Pile 09995")).ToBeFocusedAsync();
        second.Complaints.ShouldBeEmpty();
        olivia.Complaints.ShouldBeEmpty();

        await using var plain = await chromium.VisitAsync(
            new Visit { Passport = await olivia.PassportAsync(), Script = false }
        );
        await plain.OpenAsync(demo.Url + "/dashboard");
        await Visitor.SeesAsync(Row(plain, "Pile 00001"));
        await Assertions.Expect(plain.Page.Locator(".arriving")).ToBeHiddenAsync();
    }

    private static object Meeting(string subject) =>
        new
        {
            subject,
            startsAt = DateTimeOffset.UtcNow.AddDays(3).ToString("yyyy-MM-ddTHH:00:00Z", CultureInfo.InvariantCulture),
            durationMinutes = 30,
            timeZone = "UTC",
        };

    private static ILocator Rows(Visitor visitor) => visitor.Page.Locator("table.meetings tbody tr");

    private static ILocator Row(Visitor visitor, string subject) =>
        Rows(visitor).Filter(new LocatorFilterOptions { HasText = subject });

    private static async Task<string> ConnectedAsync(Demo demo) =>
        (await demo.Parley.GetAsync("/api/v1/connections"))
            .GetProperty("items")
            .EnumerateArray()
            .First(item => item.GetProperty("status").GetString() == "connected")
            .GetProperty("id")
            .GetString()!;
}
