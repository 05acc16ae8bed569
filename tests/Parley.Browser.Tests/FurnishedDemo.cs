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

        ConnectUrl = (
            await Demo.Parley.PostAsync("/api/v1/connections", new { provider = "gotomeeting", purpose = "organizer" })
        )
            .GetProperty("connectUrl")
            .GetString()!;
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
