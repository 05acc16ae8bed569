using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Mailbox;

/// <summary>A mail server on 127.0.0.1 that takes every mail and delivers none (RFC 5321, without relaying).</summary>
internal sealed class SmtpServer : IAsyncDisposable
{
    private const int MostConnections = 100;

    private readonly TcpListener listener;
    private readonly World world;
    private readonly TimeProvider timeProvider;
    private readonly ILogger logger;
    private readonly CancellationTokenSource stopping = new();
    private readonly SemaphoreSlim connections = new(MostConnections);
    private readonly Lock gate = new();
    private readonly HashSet<Task> open = [];
    private Task accepting = Task.CompletedTask;

    private SmtpServer(int port, World world, TimeProvider timeProvider, ILogger logger)
    {
        listener = new TcpListener(IPAddress.Loopback, port);
        this.world = world;
        this.timeProvider = timeProvider;
        this.logger = logger;
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Listens from here on. SocketException: the port is taken.</summary>
    public static SmtpServer Start(int port, World world, TimeProvider timeProvider, ILogger logger)
    {
        SmtpServer server = new(port, world, timeProvider, logger);
        server.listener.Start();
        server.accepting = server.AcceptAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting;
        Task[] left;
        lock (gate)
        {
            left = [.. open];
        }

        await Task.WhenAll(left);
        stopping.Dispose();
        connections.Dispose();
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await connections.WaitAsync(stopping.Token);
                TcpClient client = await listener.AcceptTcpClientAsync(stopping.Token);
                Track(ServeAsync(client));
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException problem)
            {
                // A connection that broke before it was accepted; the next one is none the worse.
                logger.LogDebug(problem, "Accepting a mail connection failed");
                connections.Release();
            }
        }
    }

    private void Track(Task serving)
    {
        lock (gate)
        {
            open.Add(serving);
        }

        _ = serving.ContinueWith(
            done =>
            {
                lock (gate)
                {
                    open.Remove(done);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                client.NoDelay = true;
                await using NetworkStream stream = client.GetStream();
                await new SmtpSession(stream, world, timeProvider).RunAsync(stopping.Token);
            }
        }
        catch (Exception problem) when (problem is IOException or OperationCanceledException or SocketException)
        {
            logger.LogDebug(problem, "A mail connection ended early");
        }
        finally
        {
            connections.Release();
        }
    }
}
