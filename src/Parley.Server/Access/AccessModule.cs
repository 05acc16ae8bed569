using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Server.Access.Leaving;
using Parley.Server.Hosting;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>Who may do what: workspaces, members, sign-in, API keys.</summary>
internal static class AccessModule
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.TryAddSingleton(new OperatorConsole(Console.Out));
        services.AddSingleton<Workspaces>();
        services.AddSingleton<AttemptLimit>();
        services.AddSingleton<Passwords>();
        services.AddSingleton<Memberships>();
        services.AddSingleton<Invitations>();
        services.AddSingleton<DeparturePlans>();
        services.AddSingleton<Departure>();
        services.AddSingleton<BrowserSessions>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<Accounts>();
        services.AddSingleton<OpenStreams>();
        services.AddSingleton<PasswordResets>();
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<KeyRates>();
        services.AddSingleton<FirstRun>();
        services.AddSingleton<Operations>();
        services.AddSingleton<MasterKeyCheck>();
        services.AddSingleton<IStartupStep>(provider => provider.GetRequiredService<MasterKeyCheck>());
        services.AddSingleton<IStartupStep>(provider => provider.GetRequiredService<FirstRun>());
        services.AddSingleton<ApiKeyUse>();
        services.AddHostedService(provider => provider.GetRequiredService<ApiKeyUse>());
        services.AddSingleton<PasswordResetRequests>();
        services.AddHostedService(provider => provider.GetRequiredService<PasswordResetRequests>());

        services.AddDataProtection().SetApplicationName("Parley");
        services.AddSingleton<KeyRing>();
        services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(provider =>
            provider.GetRequiredService<KeyRing>()
        );

        services
            .AddIdentityCore<Member>(identity =>
            {
                identity.User.RequireUniqueEmail = true;
                identity.Password.RequiredLength = Passwords.Shortest;
                identity.Password.RequireDigit = false;
                identity.Password.RequireLowercase = false;
                identity.Password.RequireUppercase = false;
                identity.Password.RequireNonAlphanumeric = false;
            })
            .AddUserStore<MemberStore>();
        services.AddSingleton<IPasswordHasher<Member>, PasswordHasher<Member>>();
        services
            .AddAuthentication(IdentityConstants.ApplicationScheme)
            .AddCookie(IdentityConstants.ApplicationScheme)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(AccessClaims.ApiKeyScheme, null);
        services
            .AddOptions<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme)
            .Configure<ParleyOptions>(ConfigureCookie);
        services.AddAuthorization();
        services.PostConfigure<LoggerFilterOptions>(KeepPathsOutOfLogs);
        return services;
    }

    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        routes.MapSetupPages();
        routes.MapSignInPages();
        routes.MapPasswordPages();
        routes.MapAccountPages();
        routes.MapMemberPages();
        routes.MapDeparturePages();
        routes.MapMembersApi();
        routes.MapInvitationsApi();
        routes.MapApiKeyPages();
        routes.MapApiKeysApi();
    }

    private static void ConfigureCookie(CookieAuthenticationOptions cookie, ParleyOptions options)
    {
        cookie.Cookie.Name = Cookies.Name(options, "session");
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.Path = "/";
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.Cookie.SecurePolicy = Cookies.Secure(options);
        cookie.ExpireTimeSpan = BrowserSessions.Life.ToTimeSpan();
        cookie.SlidingExpiration = true;
        cookie.Events.OnValidatePrincipal = SignIn.ValidateAsync;
        cookie.Events.OnRedirectToLogin = context =>
        {
            // After a POST there is nothing to come back to.
            var back = HttpMethods.IsGet(context.Request.Method)
                ? "?return_to=" + Uri.EscapeDataString(context.Request.Path + context.Request.QueryString)
                : "";
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = "/sign-in" + back;
            return Task.CompletedTask;
        };
        cookie.Events.OnRedirectToAccessDenied = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
    }

    // The framework logs request paths below Warning, and ours carry setup, reset, connect, manage and door secrets:
    // no configuration turns that on.
    private static void KeepPathsOutOfLogs(LoggerFilterOptions filters)
    {
        const string Framework = "Microsoft.AspNetCore";
        for (var index = 0; index < filters.Rules.Count; index++)
        {
            var rule = filters.Rules[index];
            if (
                rule.CategoryName?.StartsWith(Framework, StringComparison.OrdinalIgnoreCase) == true
                && rule.LogLevel is null or < LogLevel.Warning
            )
            {
                filters.Rules[index] = new LoggerFilterRule(
                    rule.ProviderName,
                    rule.CategoryName,
                    LogLevel.Warning,
                    rule.Filter
                );
            }
        }

        filters.Rules.Add(new LoggerFilterRule(null, Framework, LogLevel.Warning, null));
    }
}
