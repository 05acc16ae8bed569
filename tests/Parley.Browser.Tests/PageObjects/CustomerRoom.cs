using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using NodaTime;

namespace Parley.Browser.Tests.PageObjects;

/// <summary>What a customer does: a public booking page, and the booking's own page behind the link in the mail.</summary>
public sealed class CustomerRoom(Visitor visitor)
{
    public Visitor Visitor => visitor;

    /// <summary>Opens the page and sees to it that times are shown in this zone: by itself with script, by the form without.</summary>
    public async Task OpenAsync(string url, string zone, bool script)
    {
        await visitor.OpenAsync(url);
        if (!script)
        {
            await visitor.Field("Time zone").SelectOptionAsync(zone);
            await visitor.Button("Go").ClickAsync();
        }

        await visitor.SeesAsync($"Times are shown in {zone}");
    }

    /// <summary>Chooses the last day on show (far enough away for every notice, whatever today is), then one of its times.</summary>
    /// <returns>The instant that was chosen. The page named it on the clock of <paramref name="zone"/>.</returns>
    public async Task<DateTimeOffset> ChooseAsync(int time, string zone)
    {
        var days = visitor.Page.Locator("a.day");
        if (await days.CountAsync() < 2)
        {
            await visitor.Page.Locator(".month-nav a").Last.ClickAsync();
        }

        var date = (await days.Last.GetAttributeAsync("aria-label"))!.Split(", ")[0];
        await days.Last.ClickAsync();
        await Visitor.SeesAsync(visitor.Heading(date).First);
        var slot = visitor.Page.Locator(".slots a.slot").Nth(time);
        var query = (await slot.GetAttributeAsync("href"))!;
        var start = DateTimeOffset.Parse(
            QueryHelpers.ParseQuery(query[query.IndexOf('?', StringComparison.Ordinal)..])["start"]!,
            CultureInfo.InvariantCulture
        );
        (await slot.InnerTextAsync()).Trim().ShouldBe(Clock(start, zone));
        await slot.ClickAsync();
        return start;
    }

    public async Task BookAsync(string name, string email, string topic)
    {
        await visitor.Field("Your name").FillAsync(name);
        await visitor.Field("Your e-mail").FillAsync(email);
        await visitor.Field("What is it about?").FillAsync(topic);
        await visitor.Button("Book this time").ClickAsync();
    }

    /// <summary>Until the booking's page shows how to join: by itself with script, after Refresh without.</summary>
    public async Task SeesHowToJoinAsync(bool script)
    {
        await Visitor.SeesAsync(visitor.Heading("Joining"));
        while (!script && await visitor.Link("Join the meeting").CountAsync() == 0)
        {
            await visitor.Link("Refresh").ClickAsync();
        }

        await Visitor.SeesAsync(visitor.Link("Join the meeting"));
    }

    public async Task MoveAsync()
    {
        await visitor.Button("Move to this time").ClickAsync();
        await Visitor.SeesAsync(visitor.Link("Reschedule"));
    }

    public async Task CancelAsync(string reason)
    {
        await visitor.Link("Cancel meeting").ClickAsync();
        await visitor.Field("Reason").FillAsync(reason);
        await visitor.Button("Cancel meeting").ClickAsync();
        await visitor.SeesAsync("You cancelled this meeting.");
    }

    public static string Clock(DateTimeOffset at, string zone) =>
        Instant
            .FromDateTimeOffset(at)
            .InZone(DateTimeZoneProviders.Tzdb[zone])
            .ToString("HH:mm", CultureInfo.InvariantCulture);
}
