using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Parley.Browser.Tests;

/// <summary>One person at one browser. What the browser complains about on the way (policy, script errors, missing files) is kept.</summary>
public sealed class Visitor : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();

    private Visitor(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
    }

    public IPage Page { get; }
    public IReadOnlyCollection<string> Complaints => _complaints;

    public static async Task<Visitor> ArriveAsync(IBrowser browser, Visit visit)
    {
        var context = await browser.NewContextAsync(
            new BrowserNewContextOptions
            {
                Locale = "en-US",
                TimezoneId = visit.TimeZone,
                JavaScriptEnabled = visit.Script,
                ColorScheme = visit.Dark ? ColorScheme.Dark : ColorScheme.Light,
                ReducedMotion = ReducedMotion.Reduce,
                ViewportSize = new ViewportSize { Width = visit.Width, Height = visit.Height },
                BypassCSP = visit.WithoutPolicy,
                StorageState = visit.Passport,
            }
        );
        context.SetDefaultTimeout(15_000);
        var visitor = new Visitor(context, await context.NewPageAsync());
        context.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                visitor._complaints.Enqueue($"{message.Type} at {message.Location}: {message.Text}");
            }
        };
        context.WebError += (_, error) => visitor._complaints.Enqueue($"uncaught: {error.Error}");
        return visitor;
    }

    /// <summary>Cookies as they are now, to hand to another visitor.</summary>
    public Task<string> PassportAsync() => _context.StorageStateAsync();

    /// <summary>Signs out of everything at this host.</summary>
    public Task ForgetAsync(string host) =>
        _context.ClearCookiesAsync(new BrowserContextClearCookiesOptions { Domain = host });

    public Task<IResponse?> OpenAsync(string url) => Page.GotoAsync(url);

    // Playwright's WaitForURL and WaitForLoadState can miss the load event of a page that loads quickly, and then wait for it in
    // vain until they time out: both look, then listen. These look again and again.

    /// <summary>Until a page of this origin is there, wherever redirects led on the way.</summary>
    public Task ArrivesAtAsync(string origin) =>
        Assertions
            .Expect(Page)
            .ToHaveURLAsync(
                new Regex($"^{Regex.Escape(origin)}/", RegexOptions.None, TimeSpan.FromSeconds(1)),
                new PageAssertionsToHaveURLOptions { Timeout = 15_000 }
            );

    /// <summary>Needs script.</summary>
    public Task LoadedAsync() => Page.WaitForFunctionAsync("() => document.readyState === 'complete'");

    public ILocator Heading(string text) => Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = text });

    public ILocator Button(string text) =>
        Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = text, Exact = true });

    public ILocator Link(string text) =>
        Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = text, Exact = true });

    /// <summary>Where a desk keeps members, keys, webhooks and the like.</summary>
    public Task OpenWorkspaceMenuAsync() => Page.Locator("header.top .menu.workspace summary").ClickAsync();

    public ILocator Field(string label) => Page.GetByLabel(label);

    public Task SeesAsync(string text) => SeesAsync(Page.GetByText(text).First);

    public static Task SeesAsync(ILocator what) => Assertions.Expect(what).ToBeVisibleAsync();

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
