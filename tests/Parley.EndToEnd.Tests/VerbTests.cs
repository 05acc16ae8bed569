using System.Diagnostics;

namespace Parley.EndToEnd.Tests;

/// <summary>The verbs of the executable beside serve, run as an operator runs them.</summary>
public sealed class VerbTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("parley-verbs-").FullName;
    private readonly string _masterKey = ParleyProcess.NewMasterKey();

    [Theory]
    [InlineData("doctor")]
    [InlineData("keys rotate")]
    public async Task A_verb_of_a_later_version_says_so_and_ends_with_2(string verb)
    {
        var run = await RunAsync(verb.Split(' '));

        run.ExitCode.ShouldBe(2);
        run.Error.ShouldContain($"not_supported: the verb \"{verb}\"");
    }

    [Fact]
    public async Task A_workspace_is_added_when_the_server_stands_still_and_refused_beside_it_on_SQLite()
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        await using (await ParleyProcess.StartAsync(_directory, _masterKey, settings))
        {
            var beside = await RunAsync("workspace", "add", "Second");
            beside.ExitCode.ShouldBe(1);
            beside.Error.ShouldContain("Stop it first");
            beside.Error.ShouldNotContain("   at ");
        }

        var alone = await RunAsync("workspace", "add", "Second");
        alone.ExitCode.ShouldBe(0);
        alone.Output.ShouldContain("/setup/");
        var reset = await RunAsync("user", "reset-password", ParleyProcess.OwnerEmail);
        reset.ExitCode.ShouldBe(0);
        reset.Output.ShouldContain("/reset?token=");
        (await RunAsync("user", "reset-password", "nobody@example.org")).ExitCode.ShouldBe(1);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Parley.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["PARLEY_DataDirectory"] = _directory;
        start.Environment["PARLEY_Secrets__MasterKey"] = _masterKey;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return (process.ExitCode, await output, await error);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
