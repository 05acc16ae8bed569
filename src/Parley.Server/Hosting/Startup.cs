using Microsoft.Extensions.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Hosting;

/// <summary>Something to be done before the first request, in order, never touching the network.</summary>
public interface IStartupStep
{
    /// <summary>Low numbers first.</summary>
    int Order { get; }

    Task RunAsync(CancellationToken cancellationToken);
}

/// <summary>Opens the database and runs the start-up steps before the server listens.</summary>
internal sealed class Startup(Db db, IEnumerable<IStartupStep> steps) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await db.OpenAsync(cancellationToken);
        foreach (var step in steps.OrderBy(step => step.Order))
        {
            await step.RunAsync(cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
