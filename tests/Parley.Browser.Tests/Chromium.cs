[assembly: AssemblyFixture(typeof(Parley.Browser.Tests.Chromium))]

namespace Parley.Browser.Tests;

/// <summary>The system's Chromium, started once for all tests. Everybody who visits gets a profile of their own.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = "/usr/bin/chromium",
                Args =
                [
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ],
            }
        );
    }

    public Task<Visitor> VisitAsync(Visit visit) => Visitor.ArriveAsync(_browser, visit);

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
    }
}

/// <summary>Who looks, and with what.</summary>
public sealed record Visit
{
    public string TimeZone { get; init; } = "Europe/Berlin";
    public bool Script { get; init; } = true;
    public bool Dark { get; init; }
    public int Width { get; init; } = 1280;
    public int Height { get; init; } = 900;

    /// <summary>Lets axe in past the pages' own policy. Never for a story: there the policy is part of what is tested.</summary>
    public bool WithoutPolicy { get; init; }

    /// <summary>Signed in already, as <see cref="Visitor.PassportAsync"/> says.</summary>
    public string? Passport { get; init; }
}
