using System.Globalization;

namespace Parley.Browser.Tests.PageObjects;

/// <summary>What a member does in the web app.</summary>
public sealed class OrganizerRoom(Visitor visitor, Demo demo)
{
    public const string Olivia = "olivia@northwind.example";

    public Visitor Visitor => visitor;

    public async Task SignInAsync()
    {
        await visitor.OpenAsync(demo.Url + "/");
        await visitor.Field("E-mail").FillAsync(ParleyProcess.OwnerEmail);
        await visitor.Field("Password").FillAsync(ParleyProcess.OwnerPassword);
        await visitor.Button("Sign in").ClickAsync();
        await Visitor.SeesAsync(visitor.Heading("Home"));
    }

    /// <summary>From the menu to the provider's own pages and back.</summary>
    public async Task ConnectGoToMeetingAsync(string email = Olivia)
    {
        await visitor.Link("Video conferencing").ClickAsync();
        await visitor.Page.Locator(ConnectButton("gotomeeting")).ClickAsync();
        await ConsentAsync(email);
        await visitor.SeesAsync("Connected to GoTo Meeting as ");
        visitor.Page.Url.ShouldStartWith(demo.Url);
    }

    /// <summary>From the menu to Zoom's sign-in, whatever comes of it there.</summary>
    public async Task LeaveForZoomAsync(string email)
    {
        await visitor.Link("Video conferencing").ClickAsync();
        await visitor.Page.Locator(ConnectButton("zoom")).ClickAsync();
        await SignInAtProviderAsync(email);
    }

    private static string ConnectButton(string provider) =>
        $"form[action='/connections/start']:has(input[value={provider}]):has(input[value=organizer]) button";

    /// <summary>At the provider: sign in, allow, and come back.</summary>
    public async Task ConsentAsync(string email)
    {
        await SignInAtProviderAsync(email);
        await visitor.Button("Allow").ClickAsync();
        await visitor.ArrivesAtAsync(demo.Url);
    }

    /// <summary>All there is to do for somebody who allowed it before: the provider does not ask again.</summary>
    public async Task SignInAtProviderAsync(string email)
    {
        await visitor.ArrivesAtAsync(demo.SandboxUrl);
        await visitor.Field("E-mail").FillAsync(email);
        await visitor.Field("Password").FillAsync("sandbox");
        await visitor.Button("Sign in").ClickAsync();
    }

    /// <summary>From the dashboard: a meeting tomorrow, without invitations.</summary>
    public async Task ScheduleAsync(string subject, DateTimeOffset start)
    {
        await visitor.OpenAsync(demo.Url + "/meetings/new");
        await visitor.Field("Subject").FillAsync(subject);
        await visitor.Field("Date").FillAsync(start.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
        await visitor.Field("Start").FillAsync(start.ToString("HH:mm", CultureInfo.InvariantCulture));
        await visitor.Field("Time zone").SelectOptionAsync("UTC");
        await visitor.Button("Schedule meeting").ClickAsync();
        await Visitor.SeesAsync(visitor.Heading(subject));
    }

    /// <summary>The rows of the dashboard.</summary>
    public async Task<ILocator> RowsAsync()
    {
        await visitor.OpenAsync(demo.Url + "/dashboard");
        return visitor.Page.Locator("table.meetings tbody tr");
    }

    /// <summary>Presses Cancel in the row and says yes, in the dialog or on the page.</summary>
    public async Task CancelAsync(string subject)
    {
        await RowsAsync();
        await visitor.Link($"Cancel {subject}").ClickAsync();
        await Visitor.SeesAsync(visitor.Heading("Cancel this meeting?"));
        await visitor.Button("Cancel meeting").ClickAsync();
        await Assertions.Expect(visitor.Heading("Cancel this meeting?")).ToBeHiddenAsync();
    }

    /// <summary>From the menu: a booking page of the account that is connected, half an hour, working days nine to five, Berlin.</summary>
    /// <returns>Its public address, as the page offers it for sharing.</returns>
    public async Task<string> OfferTimesAsync(string title, string slug)
    {
        await visitor.OpenAsync(demo.Url + "/booking-pages");
        await visitor.Link("New booking page").ClickAsync();
        await visitor.Field("Title").FillAsync(title);
        await visitor.Field("Name in the link").FillAsync(slug);
        await visitor.Field("Hours are in").SelectOptionAsync("Europe/Berlin");
        await visitor.Field("Notice in minutes").FillAsync("0");
        await visitor.Button("Create booking page").ClickAsync();
        await visitor.SeesAsync("Share its link.");
        return await visitor.Field("Link of this booking page").InputValueAsync();
    }
}
