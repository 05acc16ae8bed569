using System.Text.RegularExpressions;

namespace Parley.Browser.Tests;

/// <summary>The first minutes of an installation: whoever reads the console becomes the owner, nobody else does.</summary>
[Trait("Speed", "Slow")]
public sealed partial class FirstRunTests(Chromium chromium)
{
    [Fact]
    public async Task The_link_on_the_console_makes_the_owner_once_and_the_bare_door_points_to_it()
    {
        await using var demo = await Demo.StartAsync(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Bootstrap__Email"] = "",
                ["Bootstrap__Password"] = "",
                ["Bootstrap__ApiKey"] = "",
            }
        );
        await using var stranger = await chromium.VisitAsync(new Visit());
        await stranger.OpenAsync(demo.Url + "/");
        await Visitor.SeesAsync(stranger.Heading("This Parley has no owner yet"));
        await stranger.SeesAsync("in its console");
        (await stranger.Page.Locator("form").CountAsync()).ShouldBe(0);

        var link = demo.Parley.Output.Select(line => SetupLinks().Match(line).Value).First(text => text.Length > 0);
        await using var owner = await chromium.VisitAsync(new Visit { TimeZone = "America/New_York" });
        await owner.OpenAsync(link);
        (await owner.Field("Time zone").InputValueAsync()).ShouldBe("America/New_York");
        await owner.Field("Your name").FillAsync("Grace Hopper");
        await owner.Field("E-mail").FillAsync("grace@example.org");
        await owner.Field("Password").FillAsync("nanoseconds of wire");
        await owner.Button("Become the owner").ClickAsync();
        await Visitor.SeesAsync(owner.Heading("Home"));
        await owner.SeesAsync("Grace Hopper");
        owner.Complaints.ShouldBeEmpty();

        var used = await stranger.OpenAsync(link);
        used!.Status.ShouldBe(404);
        (await stranger.Page.Locator("form").CountAsync()).ShouldBe(0);
        await stranger.OpenAsync(demo.Url + "/");
        await Visitor.SeesAsync(stranger.Heading("Sign in"));
    }

    [GeneratedRegex("http://\\S+/setup/\\S+", RegexOptions.None, 1000)]
    private static partial Regex SetupLinks();
}
