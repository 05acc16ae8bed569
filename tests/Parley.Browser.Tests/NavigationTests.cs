using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>The header of the organizer's room: links side by side on a desk, one menu in one row on a phone.</summary>
[Trait("Speed", "Slow")]
public sealed class NavigationTests(Chromium chromium)
{
    private static readonly string[] Places =
    [
        "Home",
        "Dashboard",
        "History",
        "Booking pages",
        "Video conferencing",
        "Usage",
        "Members",
        "API keys",
        "Webhooks",
        "Write-backs",
        "Audit",
        "Your account",
    ];

    [Fact]
    public async Task A_desk_has_all_places_in_one_row_and_a_phone_has_one_menu_that_moves_nothing()
    {
        await using var demo = await Demo.StartAsync();
        await using var owner = await chromium.VisitAsync(new Visit());
        await new OrganizerRoom(owner, demo).SignInAsync();
        await owner.OpenAsync(demo.Url + "/history");
        (await HeaderAsync(owner)).ShouldSatisfyAllConditions(
            header => header.Height.ShouldBeLessThan(64),
            header => header.Right.ShouldBe(1280)
        );
        (await owner.Link("Usage").CountAsync()).ShouldBe(1);
        await owner.OpenWorkspaceMenuAsync();
        (await owner.Link("Members").CountAsync()).ShouldBe(1);
        await owner.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(Menu(owner)).ToBeHiddenAsync();

        foreach (var width in (int[])[390, 320])
        {
            await owner.Page.SetViewportSizeAsync(width, 700);
            var closed = await HeaderAsync(owner);
            closed.Height.ShouldBeLessThan(56);
            closed.Right.ShouldBe(width);
            (await Axe.SidewaysAsync(owner.Page)).ShouldBeEmpty();
            (await owner.Link("Members").CountAsync()).ShouldBe(0);

            // By keyboard alone: open, look, leave with Escape, and the focus is where it was.
            await Menu(owner).FocusAsync();
            await owner.Page.Keyboard.PressAsync("Enter");
            foreach (var place in Places)
            {
                await Assertions.Expect(owner.Link(place)).ToBeInViewportAsync();
            }

            await Assertions.Expect(owner.Button("Sign out")).ToBeInViewportAsync();
            (await HeaderAsync(owner)).ShouldBe(closed);
            (await owner.Link("History").GetAttributeAsync("aria-current")).ShouldBe("page");
            await owner.Page.Keyboard.PressAsync("Tab");
            await Assertions.Expect(owner.Link("Home")).ToBeFocusedAsync();
            await owner.Page.Keyboard.PressAsync("Escape");
            (await owner.Link("Members").CountAsync()).ShouldBe(0);
            await Assertions.Expect(Menu(owner)).ToBeFocusedAsync();

            await Menu(owner).ClickAsync();
            await Visitor.SeesAsync(owner.Link("Members"));
            await owner.Page.Mouse.ClickAsync(20, 680);
            (await owner.Link("Members").CountAsync()).ShouldBe(0);
        }
    }

    [Fact]
    public async Task The_menu_of_a_phone_needs_no_script()
    {
        await using var demo = await Demo.StartAsync();
        await using var owner = await chromium.VisitAsync(new Visit { Script = false, Width = 320 });
        await new OrganizerRoom(owner, demo).SignInAsync();
        (await owner.Link("Members").CountAsync()).ShouldBe(0);
        await Menu(owner).ClickAsync();
        await owner.Link("Members").ClickAsync();
        await Visitor.SeesAsync(owner.Heading("Members"));
        owner.Complaints.ShouldBeEmpty();
    }

    private static ILocator Menu(Visitor visitor) =>
        visitor.Page.Locator("header.top summary", new() { HasText = "Menu" });

    /// <summary>The header's height and right edge, and where the content begins.</summary>
    private static async Task<(double Height, double Right, double Content)> HeaderAsync(Visitor visitor)
    {
        var numbers = await visitor.Page.EvaluateAsync<double[]>(
            """
            () => {
              const header = document.querySelector('header.top').getBoundingClientRect();
              return [header.height, header.right, document.querySelector('main').getBoundingClientRect().top];
            }
            """
        );
        return (numbers[0], numbers[1], numbers[2]);
    }
}
