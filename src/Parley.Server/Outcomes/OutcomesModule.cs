using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Provisioning;

namespace Parley.Server.Outcomes;

internal static class OutcomesModule
{
    public static IServiceCollection AddOutcomes(this IServiceCollection services) =>
        services
            .AddSingleton<OutcomePlans>()
            .AddSingleton<OutcomeDesk>()
            .AddSingleton<SessionReader>()
            .AddSingleton<IEffectHandler, OutcomeEffects>()
            .AddSingleton<OutcomeWatch>()
            .AddHostedService(provider => provider.GetRequiredService<OutcomeWatch>());

    public static void MapOutcomes(this IEndpointRouteBuilder routes)
    {
        routes.MapOutcomesApi();
        routes.MapOutcomePages();
    }
}
