using System.Diagnostics;
using System.Text.Json;

namespace Parley.Browser.Tests;

/// <summary>The API document before a linter's eyes, and the page it is read and tried on.</summary>
[Trait("Speed", "Slow")]
public sealed class ApiReferenceTests(Chromium chromium)
{
    /// <summary>What the linter needs at least.</summary>
    private static readonly Version LintersNode = new(20, 19);

    private const string Key = "pk_test_0123456789abcdefghijklmnop";

    /// <summary>Redocly's recommended rules, the strict way, and those in redocly.yaml. That docs/openapi.v1.json is what is served is another test's.</summary>
    [Fact]
    public async Task The_linter_finds_nothing_wrong_with_the_API_document()
    {
        var version = await NodeVersionAsync();
        Assert.SkipWhen(version < LintersNode, $"The linter needs Node.js {LintersNode} or later; here is {version}.");
        var folder = Path.Combine(Repository.Root, "tests", "Parley.Browser.Tests");
        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["REDOCLY_TELEMETRY"] = "off", ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true" },
        };
        foreach (
            var argument in (string[])
                [
                    "node_modules/@redocly/cli/bin/cli.js",
                    "lint",
                    "--config=redocly.yaml",
                    "--format=json",
                    "--max-problems=1000",
                    "../../docs/openapi.v1.json",
                ]
        )
        {
            start.ArgumentList.Add(argument);
        }

        using var linter = Process.Start(start)!;
        var errors = linter.StandardError.ReadToEndAsync();
        var output = await linter.StandardOutput.ReadToEndAsync();
        await linter.WaitForExitAsync();
        output.ShouldStartWith("{", customMessage: await errors);
        using var report = JsonDocument.Parse(output);
        string.Join(
                '\n',
                report
                    .RootElement.GetProperty("problems")
                    .EnumerateArray()
                    .Select(problem =>
                        $"{problem.GetProperty("ruleId")}: {problem.GetProperty("message")} {problem.GetProperty("location")[0].GetProperty("pointer")}"
                    )
            )
            .ShouldBeEmpty();
        linter.ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task The_reference_is_open_to_everyone_and_tries_a_key_under_the_strict_policy()
    {
        await using var demo = await Demo.StartAsync(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Bootstrap__Email"] = "owner@example.org",
                ["Bootstrap__Password"] = "correct horse battery",
                ["Bootstrap__ApiKey"] = Key,
            }
        );
        await using var visitor = await chromium.VisitAsync(new Visit());
        var reply = (await visitor.OpenAsync(demo.Url + "/docs"))!;
        (await reply.HeaderValueAsync("content-security-policy"))!.ShouldContain(
            "script-src 'self'; style-src 'self';"
        );
        var page = visitor.Page;
        var operation = page.Locator("#operations-Providers-listProviders");
        await page.Locator(".auth-wrapper .authorize").ClickAsync();
        await page.Locator(".modal-ux input").FillAsync(Key);
        await page.Locator(".modal-ux .auth-btn-wrapper .authorize").ClickAsync();
        await page.Locator(".modal-ux .btn-done").ClickAsync();
        await operation.Locator(".opblock-summary-control").ClickAsync();
        await operation.Locator(".execute").ClickAsync();
        await Assertions
            .Expect(operation.Locator(".live-responses-table tbody .response-col_status"))
            .ToContainTextAsync("200");
        await Assertions.Expect(operation.Locator(".live-responses-table")).ToContainTextAsync("gotomeeting");
        (await Axe.SidewaysAsync(page)).ShouldBeEmpty();
        await page.SetViewportSizeAsync(390, 844);
        (await Axe.SidewaysAsync(page)).ShouldBeEmpty();
        // One style attribute of the tool's own is refused, and nothing is lost by it: not worth loosening the policy.
        visitor
            .Complaints.Where(complaint => !complaint.Contains("inline style", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    private static async Task<Version> NodeVersionAsync()
    {
        var start = new ProcessStartInfo("node", "--version")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var node = Process.Start(start)!;
        var said = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        return Version.Parse(said.Trim().TrimStart('v'));
    }
}
