using Microsoft.Extensions.Configuration;

namespace Parley;

/// <summary><c>parley sandbox</c>: the twins by themselves, for any client program.</summary>
internal static class SandboxCommand
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var builder = new ConfigurationBuilder();
        Verbs.Configure(builder, arguments);
        var configuration = builder.Build();
        var redirectUris = (
            configuration["Sandbox:RedirectUris"] ?? "http://127.0.0.1:5080/oauth/gotomeeting/callback"
        ).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        await using var sandbox = await SandboxBeside.StartAsync(configuration, redirectUris);
        Console.WriteLine($"Sandbox    {sandbox.Url}");
        Console.WriteLine($"Mail       127.0.0.1:{sandbox.SmtpPort}");
        Console.WriteLine($"Client     {sandbox.ClientId}");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;
    }
}
