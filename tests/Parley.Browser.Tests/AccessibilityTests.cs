namespace Parley.Browser.Tests;

/// <summary>Every page under axe, in light and dark, on a desk and on a phone; nothing scrolls sideways.</summary>
[Trait("Speed", "Slow")]
public sealed class AccessibilityTests(Chromium chromium, FurnishedDemo furnished) : IClassFixture<FurnishedDemo>
{
    [Fact]
    public async Task Axe_finds_what_is_wrong_where_something_is()
    {
        await using var visitor = await chromium.VisitAsync(new Visit { WithoutPolicy = true, Width = 390 });
        await visitor.OpenAsync(furnished.Demo.Url + "/sign-in");
        await visitor.Page.EvaluateAsync(
            """
            () => {
              document.querySelector('label[for=f-email]').remove();
              document.querySelector('h1').style.width = '500px';
            }
            """
        );
        (await Axe.ViolationsAsync(visitor.Page)).ShouldContain(text => text.StartsWith("label:"));
        (await Axe.SidewaysAsync(visitor.Page)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task No_page_has_a_fault_axe_can_see()
    {
        await using var stranger = await chromium.VisitAsync(new Visit { WithoutPolicy = true });
        await using var owner = await chromium.VisitAsync(
            new Visit { WithoutPolicy = true, Passport = furnished.Passport }
        );
        var faults = new List<string>();

        foreach (var path in StrangersPaths())
        {
            await stranger.OpenAsync(new Uri(new Uri(furnished.Demo.Url), path).ToString());
            await Inspection.LookAsync(stranger, path, faults);
        }

        await stranger.OpenAsync(furnished.Demo.Url + "/sign-in");
        await stranger.Field("E-mail").FillAsync("nobody@example.org");
        await stranger.Field("Password").FillAsync("not the password");
        await stranger.Button("Sign in").ClickAsync();
        await Visitor.SeesAsync(stranger.Page.Locator("#problem"));
        await Inspection.LookAsync(stranger, "sign-in refused", faults);

        foreach (var path in MembersPaths().Concat(AdministratorsPaths()))
        {
            await owner.OpenAsync(furnished.Demo.Url + path);
            await Inspection.GlanceAsync(owner, path, faults);
        }

        await BookingStepsAsync(stranger, faults);
        await AfterFormsAsync(owner, faults);
        await WithALongNameAsync(owner, faults);
        string.Join('\n', faults).ShouldBeEmpty();
    }

    /// <summary>An address without a leading slash is whole already.</summary>
    private IEnumerable<string> StrangersPaths() =>
        [
            "/sign-in",
            "/forgot",
            "/reset?token=wrong",
            "/setup/unknown",
            "/no-such-page",
            furnished.ConnectUrl,
            "/book/intro",
            "/book/no-such-page",
            furnished.ManageUrl,
            furnished.ManageUrl + "/reschedule",
            furnished.ManageUrl + "/cancel",
            furnished.DoorUrl,
            "/j/unknown",
        ];

    private IEnumerable<string> MembersPaths() =>
        [
            "/",
            "/dashboard",
            "/dashboard?q=nothing-is-called-this",
            $"/meetings/{furnished.Arrangement}",
            $"/meetings/{furnished.Arrangement}/cancel",
            $"/meetings/{furnished.Arrangement}?scheduled",
            $"/meetings/{furnished.Arrangement}/edit",
            $"/meetings/{furnished.Booked}",
            $"/meetings/{furnished.Booked}/booking",
            "/meetings/new",
            furnished.AccountMeetings,
            $"{furnished.AccountMeetings}?organizer=nobody@example.org",
            $"{furnished.AccountMeetings}/{furnished.ForeignMeeting}",
            $"{furnished.AccountMeetings}/{furnished.ForeignMeeting}/edit",
            $"{furnished.AccountMeetings}/{furnished.ForeignMeeting}/delete",
            $"{furnished.AccountMeetings}/1",
            "/history",
            "/history?from=2001-01-01&to=2001-01-31",
            "/history?from=never",
            $"{furnished.AccountMeetings}/{furnished.HeldMeeting}/attendees",
            $"{furnished.AccountMeetings}/{furnished.ForeignMeeting}/attendees",
            "/connections",
            $"/connections/{furnished.Connection}/disconnect",
            $"/connections/{furnished.Connection}/test",
            $"/connections/{furnished.Connection}/log",
            $"/connections/{furnished.Connection}/log?operation=token.exchange&outcome=failed",
            $"/connections/{furnished.Connection}/console",
            $"/connections/{furnished.Connection}/console?operation=create",
            $"/connections/{furnished.Connection}/console?operation=update&meeting=310000101",
            $"/connections/{furnished.Connection}/console?operation=delete",
            "/connections/apps/gotomeeting/organizer/register",
            "/connections/apps/gotomeeting/account/register",
            "/booking-pages",
            "/booking-pages/new",
            $"/booking-pages/{furnished.PageId}",
            $"/booking-pages/{furnished.PageId}/delete",
            "/members",
            "/api-keys",
            "/account",
            "/no-such-page",
        ];

    /// <summary>What is set up once and looked after now and then.</summary>
    private IEnumerable<string> AdministratorsPaths() =>
        [
            furnished.Departure,
            "/webhook-endpoints",
            "/webhook-endpoints/new",
            furnished.Webhook,
            $"{furnished.Webhook}/edit",
            $"{furnished.Webhook}/secret",
            $"{furnished.Webhook}/delete",
            furnished.WebhookDelivery,
            "/write-backs",
            "/write-backs/new",
            furnished.WriteBack,
            $"{furnished.WriteBack}/edit",
            $"{furnished.WriteBack}/delete",
            "/audit",
            "/audit?who=customer&action=booking",
            "/audit?from=2001-01-01&to=2001-01-31",
            "/audit?from=never",
            "/meetings/arr_x",
        ];

    /// <summary>The steps of booking up to the form that comes back with an error; nothing is booked.</summary>
    private async Task BookingStepsAsync(Visitor customer, List<string> faults)
    {
        await customer.OpenAsync(furnished.BookingPage + "?tz=America/New_York");
        await customer.Page.Locator("a.day").Last.ClickAsync();
        await Inspection.LookAsync(customer, "a day's times", faults);
        await customer.Page.Locator(".slots a.slot").First.ClickAsync();
        await Inspection.LookAsync(customer, "details", faults);
        await customer.Field("Your name").FillAsync("Ada");
        await customer
            .Page.Locator("input[name=email]")
            .EvaluateAsync("field => { field.type = 'text'; field.value = 'x'; }");
        await customer.Button("Book this time").ClickAsync();
        await Visitor.SeesAsync(customer.Page.Locator("#problem"));
        await Inspection.LookAsync(customer, "details with an error", faults);
    }

    private async Task AfterFormsAsync(Visitor owner, List<string> faults)
    {
        await owner.OpenAsync(furnished.Demo.Url + "/members");
        await owner.Field("Who is it for?").FillAsync("Somebody with rather a long name");
        await owner.Button("Make invitation link").ClickAsync();
        await owner.SeesAsync("Give this link to the person you invite");
        await Inspection.LookAsync(owner, "members with a new invitation", faults);

        await owner.OpenAsync(furnished.Demo.Url + "/api-keys");
        await owner.Page.Locator("input[name=name]").FillAsync("CRM");
        await owner.Page.Locator("input[name=scopes][value='meetings:read']").CheckAsync();
        await owner.Button("Make key").ClickAsync();
        await owner.SeesAsync("Copy the key now");
        await Inspection.LookAsync(owner, "API keys with a new one", faults);

        await owner.OpenAsync(furnished.Demo.Url + "/meetings/new");
        await owner.Field("Subject").FillAsync("A meeting that ended before it began");
        await owner.Field("Date").FillAsync("2020-01-01");
        await owner.Field("By e-mail address").Or(owner.Field("Others, by e-mail address")).FillAsync("nobody");
        await owner.Field("Audio").SelectOptionAsync("custom");
        await owner.Button("Schedule meeting").ClickAsync();
        await Visitor.SeesAsync(owner.Page.Locator("#problem"));
        await Inspection.LookAsync(owner, "schedule with errors", faults);

        await owner.OpenAsync(furnished.Demo.Url + "/connections");
        await owner.Button("Test").First.ClickAsync();
        await owner.SeesAsync("There is a valid access token.");
        await Inspection.LookAsync(owner, "a tested connection", faults);
        await owner.OpenAsync(furnished.Demo.Url + $"/connections/{furnished.Connection}/console");
        await owner.Button("List upcoming meetings").ClickAsync();
        await Visitor.SeesAsync(owner.Heading("Answer"));
        await owner.Page.Locator("details summary").Filter(new LocatorFilterOptions { HasText = "Go on" }).ClickAsync();
        await Inspection.LookAsync(owner, "the console's answer", faults);
        await owner.OpenAsync(
            furnished.Demo.Url + $"/connections/{furnished.Connection}/console?operation=start&meeting=1"
        );
        await owner.Button("Fetch the host link").ClickAsync();
        await owner.SeesAsync("404 Not Found");
        await Inspection.LookAsync(owner, "the console's refusal", faults);
        await owner.OpenAsync(furnished.Demo.Url + "/connections/apps/gotomeeting/organizer/register");
        await owner.Button("Test app").ClickAsync();
        await owner.SeesAsync("The token endpoint accepts the client id and secret.");
        await Inspection.LookAsync(owner, "a tested app", faults);
        await owner.OpenAsync(furnished.Demo.Url + "/dashboard");
        foreach (var menu in await owner.Page.Locator("details.menu").AllAsync())
        {
            await menu.EvaluateAsync("menu => (menu.open = true)");
        }

        await Inspection.LookAsync(owner, "the open menu", faults);
    }

    /// <summary>Words longer than a column break; no page is wider for them.</summary>
    private async Task WithALongNameAsync(Visitor owner, List<string> faults)
    {
        await owner.OpenAsync(furnished.Demo.Url + "/account");
        await owner.Field("Name").FillAsync("Wolfgang Donaudampfschifffahrtsgesellschaftskapitän von und zu Hohenlohe");
        await owner.Button("Save").First.ClickAsync();
        await Visitor.SeesAsync(owner.Page.Locator(".banner.ok"));
        foreach (var path in (string[])["/", "/booking-pages", "/members", furnished.Departure, "/audit", "/account"])
        {
            await owner.OpenAsync(furnished.Demo.Url + path);
            await Inspection.GlanceAsync(owner, $"{path} with a long name", faults);
        }
    }
}
