using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Parley.Server.Mail;

internal static class MailModule
{
    public static IServiceCollection AddMail(this IServiceCollection services) => services.AddSingleton<MailPlanner>();

    public static void MapMail(this IEndpointRouteBuilder routes) { }
}
