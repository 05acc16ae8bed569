namespace Parley.Browser.Tests;

/// <summary>
/// The pictures of the README, remade with
/// <c>PARLEY_SCREENSHOTS=docs/images artifacts/bin/Parley.Browser.Tests/debug/Parley.Browser.Tests -explicit only</c>; a relative
/// folder is one of the checkout.
/// </summary>
[Trait("Speed", "Slow")]
public sealed class Screenshots(Chromium chromium, FurnishedDemo furnished) : IClassFixture<FurnishedDemo>
{
    private static readonly string Wanted = Environment.GetEnvironmentVariable("PARLEY_SCREENSHOTS") ?? "";
    private readonly string _folder = Path.Combine(Repository.Root, Wanted);

    [Fact(Explicit = true)]
    public async Task Take()
    {
        Assert.SkipWhen(Wanted.Length == 0, "PARLEY_SCREENSHOTS names no folder.");
        var owner = new Visit { Passport = furnished.Passport, Height = 800 };
        var phone = new Visit
        {
            Dark = true,
            Width = 390,
            Height = 844,
        };
        await furnished.Demo.PeopledAsync(people: 20);
        await IntroducedAsync(owner);
        await TakeAsync(owner, furnished.Demo.Url + "/dashboard", "dashboard");
        await TakeAsync(new Visit { Height = 800 }, furnished.BookingPage, "booking-page", chooseDay: true);
        await TakeAsync(phone, furnished.BookingPage, "booking-page-phone-dark", chooseDay: true);
        await TakeAsync(new Visit { Height = 800 }, furnished.ManageUrl, "confirmation");
        await TakeAsync(owner, furnished.Demo.Url + "/meetings/new", "schedule");
        await TakeAsync(owner, furnished.Demo.Url + "/history", "history");
        await TakeAsync(owner with { Height = 1250 }, await ReportedAsync(owner) + "/right-sizing", "usage");
    }

    /// <summary>A name and a zone, as people have.</summary>
    private async Task IntroducedAsync(Visit visit)
    {
        await using var owner = await chromium.VisitAsync(visit);
        await owner.OpenAsync(furnished.Demo.Url + "/account");
        await owner.Field("Name").FillAsync("Olivia Organizer");
        await owner.Field("Time zone").SelectOptionAsync("Europe/Berlin");
        await owner.Button("Save").First.ClickAsync();
        await Visitor.SeesAsync(owner.Page.Locator(".banner.ok"));
    }

    /// <summary>Sets the report on an account up and has it run.</summary>
    /// <returns>The report's address.</returns>
    private async Task<string> ReportedAsync(Visit visit)
    {
        await using var owner = await chromium.VisitAsync(visit);
        await owner.OpenAsync(furnished.Demo.Url + "/usage/new?provider=gotomeeting");
        await owner.Button("Get token").ClickAsync();
        // Whoever connected the account is signed in at the provider still, and has allowed it.
        await owner.SeesAsync("Success.");
        var report = owner.Page.Url.Split("/setup")[0];
        await owner.Page.Locator("#f-plans-0-match").FillAsync("GoTo Meeting Business");
        await owner.Page.Locator("#f-plans-0-pricePerSeat").FillAsync("14.50");
        await owner.Page.Locator("#f-plans-0-currency").FillAsync("EUR");
        await owner.Button("Save and run now").ClickAsync();
        await Assertions
            .Expect(owner.Link("Open the report"))
            .ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 60_000 });
        return report;
    }

    private async Task TakeAsync(Visit visit, string url, string name, bool chooseDay = false)
    {
        await using var visitor = await chromium.VisitAsync(visit);
        await visitor.OpenAsync(url);
        if (chooseDay)
        {
            await visitor.Page.Locator("a.day").Last.ClickAsync();
            await Visitor.SeesAsync(visitor.Page.Locator(".slots"));
            await visitor.Page.EvaluateAsync("() => scrollTo(0, 0)");
        }

        await visitor.Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(_folder, name + ".png") });
    }
}
