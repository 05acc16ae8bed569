namespace Parley.Browser.Tests;

/// <summary>axe-core, as <c>npm ci</c> put it into this folder.</summary>
public static class Axe
{
    private static readonly Lazy<string> Script = new(() => File.ReadAllText(Find()));

    /// <summary>What is wrong with the page as it stands, every rule of axe's default set: rule, help, and the elements.</summary>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(IPage page)
    {
        if (!await page.EvaluateAsync<bool>("() => 'axe' in window"))
        {
            await page.EvaluateAsync(Script.Value);
        }

        return await page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run(document)).violations.map(
              (rule) => `${rule.id}: ${rule.help} – ${rule.nodes.map((node) => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? '')).join(' | ')}`)
            """
        );
    }

    /// <summary>The widest elements that reach beyond the window, empty when nothing scrolls sideways.</summary>
    public static Task<string[]> SidewaysAsync(IPage page) =>
        page.EvaluateAsync<string[]>(
            """
            () => {
              const root = document.documentElement;
              if (root.scrollWidth <= root.clientWidth) return [];
              return [`${root.scrollWidth} px in a window of ${root.clientWidth}`].concat(
                [...document.querySelectorAll('body *')]
                  .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1)
                  .slice(0, 5).map((element) => element.outerHTML.slice(0, 120)));
            }
            """
        );

    private static string Find()
    {
        var script = Path.Combine(
            Repository.Root,
            "tests",
            "Parley.Browser.Tests",
            "node_modules",
            "axe-core",
            "axe.min.js"
        );
        return File.Exists(script)
            ? script
            : throw new InvalidOperationException(
                $"{script} is missing: run npm ci --ignore-scripts in tests/Parley.Browser.Tests."
            );
    }
}
