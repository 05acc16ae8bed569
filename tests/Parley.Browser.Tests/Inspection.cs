namespace Parley.Browser.Tests;

/// <summary>
/// A page as it stands under axe, in both colour schemes on both widths. With <c>PARLEY_LOOKS</c> naming a folder, every look is
/// kept there as a picture, to be seen by people too.
/// </summary>
internal static class Inspection
{
    private static readonly (bool Dark, int Width)[] Looks = [(false, 1280), (true, 1280), (true, 390), (false, 390)];
    private static readonly (bool Dark, int Width)[] Glances = [(false, 1280), (true, 390)];
    private static readonly string Folder = Environment.GetEnvironmentVariable("PARLEY_LOOKS") ?? "";

    public static Task LookAsync(Visitor visitor, string where, List<string> faults) =>
        LookAsync(visitor, where, faults, Looks);

    /// <summary>Both schemes and both widths, but not every pair of them: for what is seen in a story.</summary>
    public static Task GlanceAsync(Visitor visitor, string where, List<string> faults) =>
        LookAsync(visitor, where, faults, Glances);

    private static async Task LookAsync(
        Visitor visitor,
        string where,
        List<string> faults,
        (bool Dark, int Width)[] looks
    )
    {
        await visitor.LoadedAsync();
        var before = visitor.Page.ViewportSize!;
        foreach (var (dark, width) in looks)
        {
            await visitor.Page.EmulateMediaAsync(
                new PageEmulateMediaOptions { ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light }
            );
            await visitor.Page.SetViewportSizeAsync(width, 844);
            var look = $"{where} ({(dark ? "dark" : "light")}, {width} px)";
            faults.AddRange((await Axe.ViolationsAsync(visitor.Page)).Select(fault => $"{look}: {fault}"));
            faults.AddRange(
                (await Axe.SidewaysAsync(visitor.Page)).Select(fault => $"{look} scrolls sideways: {fault}")
            );
            if (Folder.Length > 0)
            {
                var name = string.Concat(look.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'));
                await visitor.Page.ScreenshotAsync(
                    new PageScreenshotOptions { Path = Path.Combine(Folder, name + ".png"), FullPage = true }
                );
            }
        }

        // As narrow as pages must bear (WCAG 2.2, 1.4.10 Reflow).
        await visitor.Page.SetViewportSizeAsync(320, 844);
        faults.AddRange(
            (await Axe.SidewaysAsync(visitor.Page)).Select(fault => $"{where} (320 px) scrolls sideways: {fault}")
        );

        // What follows is found where a desk has it.
        await visitor.Page.SetViewportSizeAsync(before.Width, before.Height);
    }
}
