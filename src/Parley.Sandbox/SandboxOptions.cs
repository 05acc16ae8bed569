using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace Parley.Sandbox;

/// <summary>How a sandbox is started. Every property has a working default.</summary>
public sealed record SandboxOptions
{
    /// <summary>
    /// Where the sandbox listens and how its own links begin; plain HTTP. An IP address is bound as it is, <c>localhost</c> means
    /// the loopback addresses, any other host name means every address. What other machines can reach takes <see cref="Expose"/>,
    /// and requests that name another host are refused. Port 0 takes a free one, see <see cref="SandboxHost.Url"/>.
    /// </summary>
    public string Url { get; init; } = "http://localhost:5081";

    /// <summary>Whether <see cref="Url"/> may be one that other machines can call: everything here is open to whoever can.</summary>
    public bool Expose { get; init; }

    /// <summary>Port of the mail server on 127.0.0.1; 0 takes a free one, see <see cref="SandboxHost.SmtpPort"/>.</summary>
    public int SmtpPort { get; init; }

    /// <summary>
    /// Folder of the journal. Everything acknowledged is in it before the answer leaves, so killing the process loses nothing.
    /// Null keeps everything in memory.
    /// </summary>
    public string? DataDirectory { get; init; }

    /// <summary>Redirect URIs the registered client has from the start; added to those already known.</summary>
    public IReadOnlyList<string> RedirectUris { get; init; } = [];

    /// <summary>Redirect URIs the Zoom apps have from the start; added to those already known.</summary>
    public IReadOnlyList<string> ZoomRedirectUris { get; init; } = [];

    /// <summary>Where the organizers' Zoom app sends its events, and tells of its removal, unless another address is set; null: nowhere.</summary>
    public string? ZoomWebhookUrl { get; init; }

    /// <summary>Id of the registered client; null = made on the first start and kept.</summary>
    public string? ClientId { get; init; }

    /// <summary>Secret of the registered client; null = made on the first start and kept.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>
    /// Calls a second each of the meeting and the admin API takes of an OAuth client before it answers 429, as many as a burst may have;
    /// null takes any number. <c>POST /control/settings</c> changes it while it runs.
    /// </summary>
    public int? RateLimitPerSecond { get; init; } = 10;

    /// <summary>The real clock. The sandbox's own clock runs beside it and can be moved by <c>POST /control/clock</c>.</summary>
    public IClock Clock { get; init; } = SystemClock.Instance;

    /// <summary>Measures the waits of delay faults and of latency.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the sandbox's own log goes; never carries a token or a host link.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}

/// <summary>An app that is registered at a twin.</summary>
/// <param name="Purpose"><c>organizer</c> or <c>account</c>.</param>
/// <param name="ClientId">Its OAuth client id.</param>
/// <param name="ClientSecret">Its OAuth client secret.</param>
/// <param name="WebhookSecret">What its webhooks are signed with.</param>
public sealed record SandboxApp(string Purpose, string ClientId, string ClientSecret, string WebhookSecret)
{
    public override string ToString() => $"SandboxApp {{ {Purpose}, {ClientId} }}";
}
