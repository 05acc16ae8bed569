using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>The asset manager: sets a connector up, watches a run, reads the report, takes it along.</summary>
[Trait("Speed", "Slow")]
public sealed class UsageStoryTests(Chromium chromium)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task From_setup_to_the_report_and_its_table(bool script)
    {
        await using var demo = await Demo.StartAsync();
        await demo.PeopledAsync(people: 12);
        await demo.ControlAsync("faults", Slow(300));
        await using var owner = await chromium.VisitAsync(new Visit { Script = script });
        var room = new OrganizerRoom(owner, demo);
        await room.SignInAsync();
        await owner.Link("Usage").ClickAsync();
        await owner.Link("Set up the first account").ClickAsync();
        await owner.Link("GoTo Meeting").ClickAsync();
        await owner.Button("Get token").ClickAsync();
        await room.ConsentAsync(OrganizerRoom.Olivia);
        await owner.SeesAsync("Success.");
        await owner.Button("Test connection").ClickAsync();
        await owner.SeesAsync("Administrator role");

        await owner.Page.Locator("#f-every").SelectOptionAsync("weekly");
        await owner.Field("Weekday").SelectOptionAsync("FRI");
        await owner.Field("Time zone").SelectOptionAsync("Europe/Berlin");
        await owner.Field("Dates in").SelectOptionAsync("de");
        await PriceAsync(owner, 0, "GoTo Meeting Business", "14.50", "EUR");
        await owner.Button("Add another price").ClickAsync();
        await PriceAsync(owner, 1, "GoTo Webinar Standard", "99", "USD");
        await owner.Button("Save and run now").ClickAsync();

        await Visitor.SeesAsync(owner.Heading("Under way"));
        if (script)
        {
            // By itself: people are counted, then it is done.
            await Visitor.SeesAsync(owner.Page.Locator("progress[value]"));
            await Assertions.Expect(owner.Link("Look again")).ToBeHiddenAsync();
            await Assertions
                .Expect(owner.Link("Open the report"))
                .ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 60_000 });
        }
        else
        {
            await ParleyProcess.EventuallyAsync(
                async () =>
                {
                    if (await owner.Link("Open the report").CountAsync() > 0)
                    {
                        return true;
                    }

                    await owner.Link("Look again").ClickAsync();
                    return false;
                },
                "the run completes"
            );
        }

        await owner.Link("Open the report").ClickAsync();
        await owner.SeesAsync("145.00 EUR");
        await owner.SeesAsync("297.00 USD");
        await owner.Field("Name or address").FillAsync("olivia");
        await owner.Page.Locator("form[role=search] button").ClickAsync();
        await owner.SeesAsync("1 person");
        await owner.SeesAsync("Meeting history");
        var download = await owner.Page.RunAndWaitForDownloadAsync(() => owner.Link("Download as CSV").ClickAsync());
        var csv = await File.ReadAllTextAsync(await download.PathAsync());
        csv.ShouldContain("\"olivia@northwind.example\"");
        csv.ShouldMatch("\"\\d\\d\\.\\d\\d\\.20\\d\\d\"");
        await owner.Link("Right-sizing").ClickAsync();
        await owner.SeesAsync("Enough for every day");

        // A run is cancelled after a question, in a dialog or on a page of its own.
        await owner.Link("Runs").ClickAsync();
        await demo.ControlAsync("faults", Slow(2000));
        await owner.Button("Run now").ClickAsync();
        await Visitor.SeesAsync(owner.Heading("Under way"));
        await owner.Link("Cancel run").ClickAsync();
        await Visitor.SeesAsync(owner.Heading("Cancel this run?"));
        await owner.Button("Cancel run").ClickAsync();
        await Visitor.SeesAsync(
            owner
                .Page.GetByText("The run ends after the person it is reading.")
                .Or(owner.Page.GetByText("The run is cancelled."))
                .First
        );
        owner.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_page_of_usage_has_a_fault_axe_can_see()
    {
        await using var demo = await Demo.StartAsync();
        await demo.PeopledAsync(people: 70);
        await using var owner = await chromium.VisitAsync(new Visit { WithoutPolicy = true });
        var room = new OrganizerRoom(owner, demo);
        var faults = new List<string>();
        await room.SignInAsync();
        await LookAsync("/usage", "usage none");
        await LookAsync("/usage/new?provider=gotomeeting", "usage setup new");
        await owner.Button("Get token").ClickAsync();
        await room.ConsentAsync(OrganizerRoom.Olivia);
        await owner.SeesAsync("Success.");
        await Inspection.LookAsync(owner, "usage setup success", faults);
        var usage = new Uri(owner.Page.Url).AbsolutePath.Replace("/setup", "", StringComparison.Ordinal);
        await LookAsync(usage, "usage report before a run");
        await LookAsync(usage + "/setup?connected=before", "usage setup same account");
        await owner.Button("Test connection").ClickAsync();
        await owner.SeesAsync("Administrator role");
        await Inspection.LookAsync(owner, "usage setup tested", faults);
        await PriceAsync(owner, 0, "GoTo Meeting Business", "cheap", "EURO");
        await owner.Field("Leave out").FillAsync("nobody");
        await owner.Button("Save").Last.ClickAsync();
        await Visitor.SeesAsync(owner.Page.Locator("#problem"));
        await Inspection.LookAsync(owner, "usage setup refused", faults);
        await PriceAsync(owner, 0, "GoTo Meeting Business", "14.50", "EUR");
        await owner.Field("Leave out").FillAsync("@phones.example");
        await demo.ControlAsync("faults", Slow(4000));
        await owner.Button("Save and run now").ClickAsync();
        await Visitor.SeesAsync(owner.Page.Locator("progress"));
        await Inspection.LookAsync(owner, "usage run under way", faults);
        await owner.OpenAsync(owner.Page.Url + "/cancel");
        await Inspection.LookAsync(owner, "usage run cancel", faults);
        await owner.Button("Cancel run").ClickAsync();
        await demo.ResetFaultsAsync();
        await Assertions
            .Expect(owner.Button("Run now"))
            .ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 60_000 });
        await Inspection.LookAsync(owner, "usage run cancelled", faults);
        await demo.ControlAsync(
            "faults",
            new
            {
                provider = "gotomeeting",
                operation = "organizers.history",
                kind = "failBefore",
                times = 3,
                status = 400,
                body = """{"errorCode":"InvalidRequest","description":"No such organizer"}""",
            }
        );
        await owner.Button("Run now").ClickAsync();
        await Assertions
            .Expect(owner.Link("Open the report"))
            .ToBeVisibleAsync(new LocatorAssertionsToBeVisibleOptions { Timeout = 60_000 });
        await Inspection.LookAsync(owner, "usage run done", faults);
        await Elapsed.MonthsPassAsync(demo.DataDirectory, 9);
        await LookAsync(usage, "usage report");
        await LookAsync(usage + "?state=neverActive&sort=name&dir=desc&page=2", "usage report narrowed");
        await LookAsync(usage + "?q=nobody+at+all", "usage report nobody");
        await LookAsync(usage + "/right-sizing", "usage right-sizing");
        await LookAsync(usage + "/runs", "usage runs");
        await LookAsync("/usage", "usage list");
        await LookAsync(usage + "/import", "usage import");
        await ImportAsync(owner, "Who,When\nolivia@northwind.example,02/10/2026\n");
        await Visitor.SeesAsync(owner.Page.Locator("#problem"));
        await Inspection.LookAsync(owner, "usage import columns", faults);
        await owner.OpenAsync(demo.Url + usage + "/import");
        await ImportAsync(
            owner,
            "email,last meeting\nperson-0001@northwind.example,02/10/2026\nperson-0002@northwind.example,03/04/2026\nghost@northwind.example,05/10/2026\nperson-0003@northwind.example,\n"
        );
        await Visitor.SeesAsync(owner.Heading("What came of it"));
        await Inspection.LookAsync(owner, "usage import done", faults);
        string.Join('\n', faults).ShouldBeEmpty();

        async Task LookAsync(string path, string where)
        {
            await owner.OpenAsync(demo.Url + path);
            await Inspection.LookAsync(owner, where, faults);
        }
    }

    private static async Task ImportAsync(Visitor visitor, string csv)
    {
        await visitor
            .Page.Locator("input[type=file]")
            .SetInputFilesAsync(
                new FilePayload
                {
                    Name = "activity.csv",
                    MimeType = "text/csv",
                    Buffer = System.Text.Encoding.UTF8.GetBytes(csv),
                }
            );
        await visitor.Field("Language of the report").SelectOptionAsync("en-GB");
        await visitor.Button("Import").ClickAsync();
    }

    private static object Slow(int milliseconds) =>
        new
        {
            provider = "gotomeeting",
            operation = "organizers.history",
            kind = "delayBefore",
            times = 500,
            delayMs = milliseconds,
        };

    private static async Task PriceAsync(Visitor visitor, int index, string licence, string price, string currency)
    {
        await visitor.Page.Locator($"#f-plans-{index}-match").FillAsync(licence);
        await visitor.Page.Locator($"#f-plans-{index}-pricePerSeat").FillAsync(price);
        await visitor.Page.Locator($"#f-plans-{index}-currency").FillAsync(currency);
    }
}
