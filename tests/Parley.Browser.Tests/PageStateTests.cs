using System.Globalization;
using System.Net;
using System.Text.Json;
using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>States of pages that come late or only when something went wrong: empty, expiring, refused, cancelled, taken.</summary>
[Trait("Speed", "Slow")]
public sealed class PageStateTests(Chromium chromium)
{
    private const int TenDays = 10 * 24 * 3600;

    [Fact]
    public async Task No_state_of_a_page_has_a_fault_axe_can_see()
    {
        await using var demo = await Demo.StartAsync();
        await using var owner = await chromium.VisitAsync(new Visit { WithoutPolicy = true });
        await using var stranger = await chromium.VisitAsync(new Visit { WithoutPolicy = true });
        var room = new OrganizerRoom(owner, demo);
        var faults = new List<string>();
        await room.SignInAsync();
        await Inspection.LookAsync(owner, "a newcomer's home", faults);
        await owner.OpenAsync(demo.Url + "/dashboard");
        await Inspection.LookAsync(owner, "empty dashboard", faults);
        await owner.OpenAsync(demo.Url + "/booking-pages");
        await Inspection.LookAsync(owner, "no booking pages", faults);

        // Begun and left: the panel of a connection that never was.
        await owner.OpenAsync(demo.Url + "/connections");
        await owner.Page.Locator("form[action='/connections/start'] button").First.ClickAsync();
        await owner.ArrivesAtAsync(demo.SandboxUrl);
        await owner.OpenAsync(demo.Url + "/connections");
        await Visitor.SeesAsync(owner.Heading("Not connected yet"));
        await Inspection.LookAsync(owner, "unfinished connection", faults);
        await owner.Link("Remove").ClickAsync();
        await Inspection.LookAsync(owner, "remove an unfinished connection", faults);
        await owner.Button("Remove unfinished GoTo Meeting connection").ClickAsync();
        await owner.SeesAsync("The unfinished GoTo Meeting connection is removed.");
        (await owner.Heading("Not connected yet").CountAsync()).ShouldBe(0);

        await demo.ControlAsync("settings", new { refreshTokenSeconds = TenDays });
        await room.ConnectGoToMeetingAsync();
        await Elapsed.ConsentsEndSoonAsync(demo.DataDirectory);
        await owner.OpenAsync(demo.Url + "/connections");
        await owner.SeesAsync("Expires soon");
        await Inspection.LookAsync(owner, "expiring connection", faults);
        await owner.OpenAsync(demo.Url + "/dashboard");
        await Inspection.LookAsync(owner, "dashboard of an expiring connection", faults);

        await owner.OpenAsync(demo.Url + "/booking-pages/new");
        await owner.Field("Name in the link").FillAsync("Not a name");
        await owner.Field("Title").FillAsync("Intro call");
        await owner.Field("Monday, to (1)").FillAsync("");
        await owner.Button("Create booking page").ClickAsync();
        await Visitor.SeesAsync(owner.Page.Locator("#problem"));
        await Inspection.LookAsync(owner, "editor with errors", faults);
        var bookingPage = await room.OfferTimesAsync("Intro call", "intro");
        var editor = owner.Page.Url;
        await StaleEditorAsync(owner, editor, faults);

        var (start, kept, gone) = await BookedAsync(demo);
        await owner.OpenAsync(demo.Url + "/dashboard");
        await owner.Page.Locator("a[data-dialog]").First.ClickAsync();
        await Visitor.SeesAsync(owner.Page.Locator("dialog[open]"));
        await Inspection.LookAsync(owner, "the open cancel dialog", faults);

        await stranger.OpenAsync($"{bookingPage}/details?start={start}&tz=Europe/Berlin");
        await stranger.SeesAsync("That time has just been taken.");
        await Inspection.LookAsync(stranger, "just taken", faults);
        await stranger.OpenAsync($"{Manage(kept)}/reschedule?start={Next(start, 60)}");
        await Inspection.LookAsync(stranger, "move to this time", faults);
        await demo.Parley.PostAsync(
            $"/api/v1/bookings/{gone.GetProperty("id").GetString()}/cancel",
            new { },
            HttpStatusCode.OK
        );
        await stranger.OpenAsync(Manage(gone));
        await Visitor.SeesAsync(stranger.Heading("This meeting is cancelled"));
        await Inspection.LookAsync(stranger, "cancelled booking", faults);
        await stranger.OpenAsync(gone.GetProperty("doorUrl").GetString()!);
        await Visitor.SeesAsync(stranger.Heading("This meeting is cancelled"));
        await Inspection.LookAsync(stranger, "door of a cancelled meeting", faults);

        // The permission ends at the provider; trying the connection finds out.
        await demo.ControlAsync("clock", new { advanceSeconds = TenDays + 3600 });
        await owner.OpenAsync(demo.Url + "/connections");
        await owner.Button("Test").First.ClickAsync();
        await owner.SeesAsync("Refresh your connection");
        await Inspection.LookAsync(owner, "a test that fails", faults);
        await owner.OpenAsync(demo.Url + "/connections");
        await Visitor.SeesAsync(owner.Page.Locator(".banner.danger").First);
        await Inspection.LookAsync(owner, "connection that needs reconnecting", faults);
        await owner.OpenAsync(demo.Url + "/dashboard");
        await Inspection.LookAsync(owner, "dashboard of a broken connection", faults);

        string.Join('\n', faults).ShouldBeEmpty();
    }

    private async Task StaleEditorAsync(Visitor owner, string editor, List<string> faults)
    {
        await owner.OpenAsync(editor);
        await using var colleague = await chromium.VisitAsync(new Visit { Passport = await owner.PassportAsync() });
        await colleague.OpenAsync(editor);
        await colleague.Field("Description").FillAsync("Said by a colleague");
        await colleague.Button("Save booking page").ClickAsync();
        await colleague.SeesAsync("is saved.");
        await owner.Field("Title").FillAsync("Another title");
        await owner.Button("Save booking page").ClickAsync();
        await owner.SeesAsync("Not saved: somebody changed this page after you opened it.");
        await Inspection.LookAsync(owner, "editor of a page that changed meanwhile", faults);
        (await owner.Field("Description").InputValueAsync()).ShouldBe("Said by a colleague");
    }

    /// <summary>Two bookings, one after the other, on the first free day far enough away.</summary>
    private static async Task<(string Start, JsonElement Kept, JsonElement Gone)> BookedAsync(Demo demo)
    {
        var from = DateTimeOffset.UtcNow.AddDays(2).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var to = DateTimeOffset.UtcNow.AddDays(9).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var slots = (
            await demo.Parley.GetAsync($"/api/v1/public/pages/intro/slots?from={from}T00:00:00Z&to={to}T00:00:00Z")
        ).GetProperty("slots");
        var starts = slots.EnumerateArray().Take(2).Select(slot => slot.GetProperty("startsAt").GetString()!).ToList();
        var bookings = new List<JsonElement>();
        foreach (var start in starts)
        {
            bookings.Add(
                await demo.Parley.PostAsync(
                    "/api/v1/public/pages/intro/bookings",
                    new
                    {
                        startsAt = start,
                        name = "Ada Lovelace",
                        email = "ada@example.org",
                        timeZone = "Europe/Berlin",
                        topic = "Analytical engines and what they may do for us",
                    }
                )
            );
        }

        return (starts[0], bookings[0], bookings[1]);
    }

    private static string Manage(JsonElement booking) => booking.GetProperty("manageUrl").GetString()!;

    private static string Next(string start, int minutes) =>
        DateTimeOffset
            .Parse(start, CultureInfo.InvariantCulture)
            .AddMinutes(minutes)
            .ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
