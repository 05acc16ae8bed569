using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Webhooks;

/// <summary>
/// Delivers what is in the queue: due times are by the sandbox's clock, so that moving it brings repetitions forward. Deliveries outlive
/// a restart; one that was under way when the process ended is sent again, as the real service may.
/// </summary>
internal sealed class ZoomHookSender(World world, ZoomHookPost post, FaultDraw faults, WireLog log, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await ValidateAsync(stoppingToken);
                foreach (ZoomDelivery delivery in world.Read(ZoomHookQueue.Due))
                {
                    await DeliverAsync(delivery, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    private async Task DeliverAsync(ZoomDelivery delivery, CancellationToken stoppingToken)
    {
        (string? secret, Instant now) = world.Read(state =>
            (state.Zoom.Apps.Find(delivery.AppId)?.SecretToken, state.Now)
        );
        Fault? fault = faults.Next(WireProvider.Zoom, ZoomHookQueue.Operation, delivery.Body);
        if (secret is null || fault?.Kind == FaultKinds.LoseWebhook)
        {
            Log(delivery, now, 0, "", fault, 0);
            Put(delivery with { State = ZoomDeliveryState.Lost });
            return;
        }

        ZoomDelivery after = delivery;
        for (int times = fault?.Kind == FaultKinds.DuplicateWebhook ? 2 : 1; times > 0; times--)
        {
            long started = time.GetTimestamp();
            (int status, string answer) = await post.SendAsync(delivery.Url, delivery.Body, secret, now, stoppingToken);
            Log(delivery, now, status, answer, fault, time.GetElapsedTime(started).TotalMilliseconds);
            after = ZoomHookQueue.Answered(delivery, status, now);
        }

        Put(after);
    }

    // Gone meanwhile: the sandbox was reset.
    private void Put(ZoomDelivery delivery) =>
        world.Change(state =>
        {
            if (state.Zoom.Deliveries.Find(delivery.Id) is not null)
            {
                state.Zoom.Deliveries.Put(delivery.Id, delivery);
            }
        });

    private async Task ValidateAsync(CancellationToken stoppingToken)
    {
        (List<ZoomHook> due, Instant now) = world.Read(state =>
            (
                state
                    .Zoom.Hooks.All.Where(hook =>
                        hook is { Url: not null, Disabled: false } && hook.ValidatedAt + ZoomHook.ValidFor <= state.Now
                    )
                    .ToList(),
                state.Now
            )
        );
        foreach (ZoomHook hook in due)
        {
            if (world.Read(state => state.Zoom.Apps.Find(hook.AppId)?.SecretToken) is { } secret)
            {
                bool holds = await post.ValidateAsync(hook.Url!, secret, now, stoppingToken) is null;
                world.Change(state =>
                {
                    if (state.Zoom.Hooks.Find(hook.AppId) == hook)
                    {
                        state.Zoom.Hooks.Put(
                            hook.AppId,
                            hook with
                            {
                                ValidatedAt = now,
                                Failures = holds ? 0 : hook.Failures + 1,
                            }
                        );
                    }
                });
            }
        }
    }

    private void Log(ZoomDelivery delivery, Instant now, int status, string answer, Fault? fault, double durationMs) =>
        log.Add(
            new WireEntry
            {
                Id = 0,
                At = now,
                Provider = WireProvider.Zoom,
                Operation = ZoomHookQueue.Operation,
                Method = "POST",
                Path = delivery.Url,
                Status = status,
                Fault = fault?.Kind,
                RequestBody = delivery.Body,
                ResponseBody = answer,
                DurationMs = durationMs,
            }
        );
}
