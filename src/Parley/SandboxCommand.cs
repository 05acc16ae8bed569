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
        var redirectUris = List("Sandbox:RedirectUris", "http://127.0.0.1:5080/oauth/gotomeeting/callback");
        var zoomRedirectUris = List("Sandbox:ZoomRedirectUris", "http://127.0.0.1:5080/oauth/zoom/callback");
        await using var sandbox = await SandboxBeside.StartAsync(configuration, redirectUris, zoomRedirectUris);
        Console.WriteLine($"Sandbox    {sandbox.Url}");
        Console.WriteLine($"Mail       127.0.0.1:{sandbox.SmtpPort}");
        Console.WriteLine($"Client     {sandbox.ClientId}");
        foreach (var app in sandbox.ZoomApps)
        {
            Console.WriteLine($"Zoom app   {app.ClientId} ({app.Purpose})");
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return 0;

        string[] List(string setting, string usual) =>
            (configuration[setting] ?? usual).Split(
                ',',
                StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries
            );
    }
}
