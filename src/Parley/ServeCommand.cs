using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Server.Hosting;

namespace Parley;

/// <summary><c>parley serve</c>: the product, with the sandbox beside it when asked for.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "Parley" });
        builder.Configuration.Sources.Clear();
        Verbs.Configure(builder.Configuration, arguments);
        var urls = builder.Configuration["Urls"]!;
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        // Request lines would carry secret paths (setup, connect, manage links, doors): the framework stays quiet.
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning);

        var origin = (builder.Configuration["PublicUrl"] ?? urls.Split(';')[0]).TrimEnd('/');
        await using var sandbox = await SandboxBeside.StartAsync(builder.Configuration, origin);
        builder.WebHost.UseUrls(urls);
        builder.AddParley(SandboxBeside.Demo(sandbox));
        await using var app = builder.Build();
        app.UseParley();
        await app.StartAsync(cancellationToken);
        Announce(app, sandbox?.Url);
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    private static void Announce(WebApplication app, string? sandboxUrl)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Console.WriteLine($"Parley     {string.Join(' ', addresses)}");
        if (sandboxUrl is not null)
        {
            Console.WriteLine($"Sandbox    {sandboxUrl}   (demo: no real meetings, no real mail)");
        }
    }
}
