using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;

namespace Parley.Server.Mail;

internal static class MailModule
{
    public static IServiceCollection AddMail(this IServiceCollection services)
    {
        services.TryAddSingleton<IMailTransport, SmtpTransport>();
        return services
            .AddSingleton<MailPlanner>()
            .AddSingleton<MailFactsReader>()
            .AddSingleton<AccountMails>()
            .AddSingleton<ConnectionMails>()
            .AddSingleton<IEffectHandler, MailEffects>()
            .AddSingleton<IStartupStep, MailRelease>()
            .AddSingleton<MissingMeetings>()
            .AddHostedService(provider => provider.GetRequiredService<MissingMeetings>());
    }

    public static void MapMail(this IEndpointRouteBuilder routes) { }
}
