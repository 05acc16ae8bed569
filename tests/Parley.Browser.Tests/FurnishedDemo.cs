using System.Net;
using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>A demo in use: a connected account, one that waits for its owner, meetings, an owner who is signed in.</summary>
public sealed class FurnishedDemo(Chromium chromium) : IAsyncLifetime
{
    public Demo Demo { get; private set; } = null!;

    /// <summary>The owner's cookies.</summary>
    public string Passport { get; private set; } = "";
    public string Connection { get; private set; } = "";
    public string Arrangement { get; private set; } = "";

    /// <summary>Path of the account's own list; one meeting in it was made elsewhere, another was held.</summary>
    public string AccountMeetings => $"/connections/{Connection}/meetings";
    public string ForeignMeeting { get; private set; } = "";
    public string HeldMeeting { get; private set; } = "";

    /// <summary>A public booking page, and one booking made on it.</summary>
    public string PageId { get; private set; } = "";
    public string BookingPage { get; private set; } = "";

    /// <summary>The meeting a customer booked.</summary>
    public string Booked { get; private set; } = "";
    public string ManageUrl { get; private set; } = "";
    public string DoorUrl { get; private set; } = "";

    /// <summary>Path of an endpoint that is switched off, and of a delivery given up for that.</summary>
    public string Webhook { get; private set; } = "";
    public string WebhookDelivery { get; private set; } = "";

    /// <summary>Path of a write-back that is switched off, so that nothing is tried in vain.</summary>
    public string WriteBack { get; private set; } = "";

    /// <summary>Path where the owner, who has all there is in the hands, is asked what becomes of it.</summary>
    public string Departure { get; private set; } = "";

    /// <summary>A link to Parley's own page before the provider's.</summary>
    public string ConnectUrl { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Demo = await Demo.StartAsync();
        await using var owner = await chromium.VisitAsync(new Visit());
        var room = new OrganizerRoom(owner, Demo);
        await room.SignInAsync();
        await room.ConnectGoToMeetingAsync();
        Passport = await owner.PassportAsync();
        Connection = await ConnectedAsync();
        for (var day = 1; day <= 3; day++)
        {
            var made = await Demo.Parley.PostAsync(
                $"/api/v1/connections/{Connection}/meetings",
                new
                {
                    subject = day == 1
                        ? "Quarterly review of everything that was promised and its price"
                        : $"Weekly {day}",
                    startsAt = DateTimeOffset.UtcNow.AddDays(day).ToString("yyyy-MM-ddTHH:00:00Z"),
                    durationMinutes = 45,
                    timeZone = "Europe/Berlin",
                }
            );
            Arrangement = made.GetProperty("arrangementId").GetString()!;
        }

        ForeignMeeting = await Demo.MadeElsewhereAsync(OrganizerRoom.Olivia, "Made in GoTo's own program");
        HeldMeeting = await Demo.HeldAsync(OrganizerRoom.Olivia, "What was held & recorded", sessions: 3);
        BookingPage = await room.OfferTimesAsync("Intro call", "intro");
        PageId = (await Demo.Parley.GetAsync("/api/v1/booking-pages"))
            .GetProperty("items")[0]
            .GetProperty("id")
            .GetString()!;
        await using var ada = await chromium.VisitAsync(new Visit());
        var customer = new CustomerRoom(ada);
        await customer.OpenAsync(BookingPage, "Europe/Berlin", script: true);
        await customer.ChooseAsync(2, "Europe/Berlin");
        await customer.BookAsync("Ada Lovelace", "ada@example.org", "Analytical engines and what they may do for us");
        await customer.SeesHowToJoinAsync(script: true);
        await Demo.MailsBecomeAsync("ada@example.org", 1);
        var mail = (await Demo.MailsAsync("ada@example.org"))[0].GetProperty("text").GetString()!;
        ManageUrl = MailLinks.Manage(mail);
        DoorUrl = MailLinks.Door(mail);
        Booked = (await Demo.Parley.GetAsync("/api/v1/meetings?q=Ada"))
            .GetProperty("items")[0]
            .GetProperty("arrangementId")
            .GetString()!;
        ConnectUrl = (
            await Demo.Parley.PostAsync("/api/v1/connections", new { provider = "gotomeeting", purpose = "organizer" })
        )
            .GetProperty("connectUrl")
            .GetString()!;
        var hook = (
            await Demo.Parley.PostAsync(
                "/api/v1/webhooks",
                new
                {
                    url = "https://hooks.example.org/a/rather/long/path/of/one/of/many/tenants/parley",
                    description = "CRM",
                    active = false,
                }
            )
        ).GetProperty("id");
        Webhook = $"/webhook-endpoints/{hook}";
        var delivery = await Demo.Parley.PostAsync($"/api/v1/webhooks/{hook}/test", new { }, HttpStatusCode.Accepted);
        WebhookDelivery = $"{Webhook}/deliveries/{delivery.GetProperty("id")}";
        WriteBack = await WriteBackAsync();
        var owners = (await Demo.Parley.GetAsync("/api/v1/members")).GetProperty("items");
        Departure = $"/members/{owners[0].GetProperty("id").GetString()}/deactivate";
    }

    private async Task<string> WriteBackAsync()
    {
        var made = await Demo.Parley.PostAsync(
            "/api/v1/write-backs",
            new
            {
                name = "Join link and outcome into the contact",
                url = "https://crm.example.org/api/v3/contacts/{{reference.recordId}}/notes?source=parley&kind=meeting",
                body = """{"text":"{{meeting.subject}}: {{meeting.joinUrl}}","minutes":{{session.durationMinutes}}}""",
                headers = new object[]
                {
                    new
                    {
                        name = "Authorization",
                        value = "Bearer secret",
                        secret = true,
                    },
                    new { name = "X-Source", value = "parley" },
                },
                events = new[] { "meeting.ready", "meeting.updated", "meeting.ended", "booking.cancelled" },
                system = "hubspot",
                active = false,
            }
        );
        return $"/write-backs/{made.GetProperty("id").GetString()}";
    }

    private async Task<string> ConnectedAsync()
    {
        var connections = await Demo.Parley.GetAsync("/api/v1/connections");
        return connections
            .GetProperty("items")
            .EnumerateArray()
            .First(item => item.GetProperty("status").GetString() == "connected")
            .GetProperty("id")
            .GetString()!;
    }

    public ValueTask DisposeAsync() => Demo.DisposeAsync();
}
