using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Sandbox.Control;
using Parley.Sandbox.GoTo.Directory;
using Parley.Sandbox.GoTo.Meetings;
using Parley.Sandbox.GoTo.OAuth;
using Parley.Sandbox.Mailbox;
using Parley.Sandbox.Pages;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom;
using Parley.Sandbox.Zoom.Control;
using Parley.Sandbox.Zoom.State;
using Parley.Sandbox.Zoom.Webhooks;

namespace Parley.Sandbox;

/// <summary>
/// A running sandbox: the GoTo twin under <c>/goto</c>, the Zoom twin under <c>/zoom</c>, a mail server, pages under <c>/</c> and the control API under <c>/control</c>.
/// Many may run in one process.
/// </summary>
public sealed class SandboxHost : IAsyncDisposable
{
    private readonly WebApplication webApp;
    private readonly World state;
    private readonly SmtpServer mailServer;
    private readonly SandboxAddress where;
    private int disposed;

    private SandboxHost(WebApplication webApp, World state, SmtpServer mailServer, SandboxAddress where)
    {
        this.webApp = webApp;
        this.state = state;
        this.mailServer = mailServer;
        this.where = where;
    }

    /// <summary>Where it listens, e.g. <c>http://localhost:5081</c>; the real port when 0 was asked for. No slash at the end.</summary>
    public string Url => where.BaseUrl;

    /// <summary>Port of the mail server on 127.0.0.1.</summary>
    public int SmtpPort => where.SmtpPort;

    /// <summary>Id of the registered OAuth client.</summary>
    public string ClientId => state.Read(now => now.Client.Id);

    /// <summary>Secret of the registered OAuth client.</summary>
    public string ClientSecret => state.Read(now => now.Client.Secret);

    /// <summary>The apps of the Zoom twin that people authorise, by what they are for.</summary>
    public IReadOnlyList<SandboxApp> ZoomApps =>
        state.Read(now =>
            (IReadOnlyList<SandboxApp>)
                [
                    .. now
                        .Zoom.Apps.All.Where(app => app.Purpose.Length > 0)
                        .OrderByDescending(app => app.Purpose, StringComparer.Ordinal)
                        .Select(app => new SandboxApp(app.Purpose, app.ClientId, app.ClientSecret, app.SecretToken)),
                ]
        );

    /// <summary>
    /// Starts a sandbox; when this returns it answers. ArgumentException: the URL is not a plain http one, or other
    /// machines could call it and <see cref="SandboxOptions.Expose"/> is not set. IOException: a port is taken,
    /// or another sandbox has the data directory open.
    /// </summary>
    public static async Task<SandboxHost> StartAsync(
        SandboxOptions options,
        CancellationToken cancellationToken = default
    )
    {
        Uri url = ReadUrl(options.Url);
        if (!options.Expose && !KnownHostOnly.IsLoopback(url))
        {
            throw new ArgumentException(
                $"{url.GetLeftPart(UriPartial.Authority)} can be called from other machines, and the sandbox asks nobody for a password. "
                    + "Set Sandbox:Url (Sandbox__Url) to an address of localhost, or Sandbox:Expose (Sandbox__Expose) to true if that is meant.",
                nameof(options)
            );
        }

        World world = new(options.Clock) { UsualRate = options.RateLimitPerSecond };
        WebApplication? app = null;
        SmtpServer? smtp = null;
        try
        {
            if (options.DataDirectory is not null)
            {
                world.OpenJournal(options.DataDirectory);
            }

            Prepare(world, options);
            SandboxAddress address = new();
            app = Build(url, world, address, options);
            smtp = StartSmtp(world, options);
            await app.StartAsync(cancellationToken);
            address.BaseUrl = $"http://{url.Host}:{BoundPort(app)}";
            address.SmtpPort = smtp.Port;
            return new SandboxHost(app, world, smtp, address);
        }
        catch
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }

            if (smtp is not null)
            {
                await smtp.DisposeAsync();
            }

            world.Dispose();
            throw;
        }
    }

    /// <summary>Stops listening and closes the journal. Calls that wait for a delay fault are cut.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 1)
        {
            return;
        }

        using (CancellationTokenSource patience = new(TimeSpan.FromSeconds(2)))
        {
            await webApp.StopAsync(patience.Token);
        }

        await webApp.DisposeAsync();
        await mailServer.DisposeAsync();
        state.Dispose();
    }

    private static WebApplication Build(Uri url, World world, SandboxAddress address, SandboxOptions options)
    {
        // Nothing from the environment: the process around us may be configured for something else.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            Listen(kestrel, url);
        });
        builder.Services.AddSingleton(options.LoggerFactory);
        builder.Services.AddRoutingCore();
        builder.Services.AddRazorComponents();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(world);
        builder.Services.AddSingleton(address);
        builder.Services.AddSingleton(options.Clock);
        builder.Services.AddSingleton(options.TimeProvider);
        builder.Services.AddSingleton<WireLog>();
        builder.Services.AddSingleton<FaultDraw>();
        builder.Services.AddSingleton<RateGate>();
        builder.Services.AddSingleton<MeetingApi>();
        builder.Services.AddSingleton<LateCalls>();
        ZoomTwin.Add(builder.Services);

        WebApplication app = builder.Build();
        app.UseMiddleware<KnownHostOnly>(url);
        app.UseMiddleware<SameOriginOnly>();
        app.UseMiddleware<WireMiddleware>();
        app.UseRouting();
        MapAll(app);
        return app;
    }

    private static void MapAll(WebApplication app)
    {
        T Make<T>() => ActivatorUtilities.CreateInstance<T>(app.Services);
        AuthorizeEndpoints.Map(app, Make<AuthorizeEndpoints>());
        TokenEndpoints.Map(app, Make<TokenEndpoints>());
        ServerDocuments.Map(app, Make<ServerDocuments>());
        MeetingEndpoints.Map(app, Make<MeetingEndpoints>());
        HistoryEndpoints.Map(app, Make<HistoryEndpoints>());
        OrganizerEndpoints.Map(app, Make<OrganizerEndpoints>());
        GroupEndpoints.Map(app, Make<GroupEndpoints>());
        DirectoryEndpoints.Map(app, Make<DirectoryEndpoints>());
        AdminUserEndpoints.Map(app, Make<AdminUserEndpoints>());
        ScimEndpoints.Map(app, Make<ScimEndpoints>());
        ScimGroupEndpoints.Map(app, Make<ScimGroupEndpoints>());
        RoomEndpoints.Map(app, Make<RoomEndpoints>());
        ControlEndpoints.Map(app, Make<ControlEndpoints>());
        FaultEndpoints.Map(app, Make<FaultEndpoints>());
        HeldEndpoints.Map(app, Make<HeldEndpoints>());
        PopulateEndpoints.Map(app, Make<PopulateEndpoints>());
        TruthEndpoints.Map(app, Make<TruthEndpoints>());
        MeetingPages.Map(app, Make<MeetingPages>());
        AccountEndpoints.Map(app, Make<AccountEndpoints>());
        SandboxPages.Map(app, Make<SandboxPages>());
        ZoomTwin.Map(app);
        // What the real edge says to a path it does not route.
        app.MapFallback(
            "/goto/{**path}",
            context => WireJson.EdgeError(404, "NOT_FOUND", "No route for this path").ExecuteAsync(context)
        );
    }

    private static void Prepare(World world, SandboxOptions options) =>
        world.Change(fresh =>
        {
            if (!fresh.Seeded)
            {
                fresh.Client = new Client
                {
                    Id = options.ClientId ?? Secrets.Text(16),
                    Secret = options.ClientSecret ?? Secrets.Text(24),
                    Name = "Parley",
                    RedirectUris = [],
                    Scopes = Seed.AllScopes,
                };
                Seed.Reset(fresh);
            }

            if (fresh.Zoom.Apps.Count == 0)
            {
                // A journal from before there was a Zoom twin.
                ZoomPersonas.Reset(fresh);
            }

            ZoomAppControl.AddRedirectUris(fresh, options.ZoomRedirectUris);
            ZoomHookControl.Begin(fresh, options);
            Client known = fresh.Client;
            fresh.Client = known with
            {
                Id = options.ClientId ?? known.Id,
                Secret = options.ClientSecret ?? known.Secret,
                RedirectUris = [.. known.RedirectUris.Union(options.RedirectUris, StringComparer.Ordinal)],
            };
        });

    private static SmtpServer StartSmtp(World world, SandboxOptions options)
    {
        try
        {
            return SmtpServer.Start(
                options.SmtpPort,
                world,
                options.TimeProvider,
                options.LoggerFactory.CreateLogger<SmtpServer>()
            );
        }
        catch (System.Net.Sockets.SocketException taken)
        {
            throw new IOException(
                string.Create(CultureInfo.InvariantCulture, $"The mail port {options.SmtpPort} cannot be opened."),
                taken
            );
        }
    }

    private static Uri ReadUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? url)
        && url.Scheme == Uri.UriSchemeHttp
        && url.AbsolutePath == "/"
            ? url
            : throw new ArgumentException($"'{text}' is not an http URL of a host and a port.", nameof(text));

    private static void Listen(KestrelServerOptions kestrel, Uri url)
    {
        if (IPAddress.TryParse(url.Host.Trim('[', ']'), out IPAddress? ip))
        {
            kestrel.Listen(ip, url.Port);
        }
        else if (!url.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            kestrel.ListenAnyIP(url.Port);
        }
        else if (url.Port == 0)
        {
            // The two loopback addresses cannot be given the same free port.
            kestrel.Listen(IPAddress.Loopback, 0);
        }
        else
        {
            kestrel.ListenLocalhost(url.Port);
        }
    }

    private static int BoundPort(WebApplication app) =>
        new Uri(
            app.Services.GetRequiredService<IServer>()
                .Features.GetRequiredFeature<IServerAddressesFeature>()
                .Addresses.First()
                .Replace("[::]", "localhost", StringComparison.Ordinal)
        ).Port;
}
