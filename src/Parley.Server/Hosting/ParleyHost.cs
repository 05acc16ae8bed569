using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Audit;
using Parley.Server.Booking;
using Parley.Server.Connections;
using Parley.Server.Embed;
using Parley.Server.Home;
using Parley.Server.Mail;
using Parley.Server.Meetings;
using Parley.Server.Observed;
using Parley.Server.Outcomes;
using Parley.Server.Provisioning;
using Parley.Server.Secrets;
using Parley.Server.Storage;
using Parley.Server.Usage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Inbound;
using Parley.Server.Webhooks.Outbound;
using Parley.Server.WriteBack;

namespace Parley.Server.Hosting;

/// <summary>The one composition of the product: the executable and the tests both build their host with it.</summary>
public static class ParleyHost
{
    /// <exception cref="StartupException">The configuration is wrong or there is no master key.</exception>
    public static WebApplicationBuilder AddParley(this WebApplicationBuilder builder, DemoOptions? demo = null)
    {
        var options = new OptionsReader(builder.Configuration).Read(demo ?? DemoOptions.Off);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        var services = builder.Services;
        services.AddSingleton(options);
        services.TryAddSingleton<IClock>(SystemClock.Instance);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Ids>();
        services.AddSingleton(MasterKey.Load(options));
        services.AddSingleton<Vault>();
        // By factory, so that the container closes it: connections, and SQLite's lock, end with the host.
        services.AddSingleton<Db>(_ =>
            options.Database.Provider == DatabaseProvider.Postgres
                ? new PostgresDb(options.Database.ConnectionString!)
                : new SqliteDb(options.DataDirectory)
        );
        services.AddHostedService<Startup>();
        services.AddSingleton<Housekeeping>().AddHostedService(provider => provider.GetRequiredService<Housekeeping>());
        services.AddProviders(builder.Configuration, options);
        services
            .AddWeb()
            .AddAccess()
            .AddAudit()
            .AddProviderConnections()
            .AddProvisioning()
            .AddObserved()
            .AddInboundWebhooks()
            .AddWebhooksOut()
            .AddMail()
            .AddMeetings()
            .AddBooking()
            .AddUsage()
            .AddOutcomes()
            .AddWriteBacks()
            .AddEmbed();
        return builder;
    }

    public static WebApplication UseParley(this WebApplication app)
    {
        app.UseWeb();
        app.MapHealth();
        app.MapWeb();
        app.MapAccess();
        app.MapAudit();
        app.MapProviderConnections();
        app.MapProvisioning();
        app.MapObserved();
        app.MapInboundWebhooks();
        app.MapWebhooksOut();
        app.MapMail();
        app.MapMeetings();
        app.MapBooking();
        app.MapUsage();
        app.MapHome();
        app.MapOutcomes();
        app.MapWriteBacks();
        app.MapEmbed();
        return app;
    }
}
