using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Budget;
using Parley.Server.Hosting;

namespace Parley.Server.Provisioning;

internal static class ProvisioningModule
{
    public static IServiceCollection AddProvisioning(this IServiceCollection services) =>
        services
            .AddSingleton<EffectSignal>()
            .AddSingleton<ArrangementWatch>()
            .AddSingleton<Leases>()
            .AddSingleton(new Backoff(Random.Shared.NextDouble))
            .AddSingleton<Arrangements>()
            .AddSingleton<Handovers>()
            .AddSingleton<EffectWrites>()
            .AddSingleton<MeetingFollowUps>()
            .AddSingleton<WriteBudgets>()
            .AddSingleton<ConnectionBudgets>()
            .AddSingleton<DailyQuota>()
            .AddSingleton<MeetingOutcomes>()
            .AddSingleton<MeetingRecreation>()
            .AddSingleton<MovedMeetings>()
            .AddSingleton<MeetingEntry>()
            .AddSingleton<MeetingReconciliation>()
            .AddSingleton<MeetingSends>()
            .AddSingleton<LateSweep>()
            .AddSingleton<MeetingEffects>()
            .AddSingleton<IEffectHandler, GhostEffects>()
            .AddSingleton<EffectRunner>()
            .AddSingleton<IStartupStep, LeaseTakeover>()
            .AddHostedService<Provisioner>()
            .AddHostedService<EffectRelay>();

    public static void MapProvisioning(this IEndpointRouteBuilder routes) => routes.MapLedgerApi();
}
