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
        await TakeAsync(owner, furnished.Demo.Url + "/dashboard", "dashboard");
        await TakeAsync(owner, furnished.Demo.Url + "/connections", "video-conferencing");
        await TakeAsync(new Visit { Height = 800 }, furnished.BookingPage, "booking-page", chooseDay: true);
        await TakeAsync(phone, furnished.BookingPage, "booking-page-phone-dark", chooseDay: true);
        await TakeAsync(new Visit { Height = 800 }, furnished.ManageUrl, "confirmation");
        await TakeAsync(owner, furnished.Demo.Url + "/meetings/new", "schedule");
        await TakeAsync(owner, furnished.Demo.Url + "/history", "history");
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
