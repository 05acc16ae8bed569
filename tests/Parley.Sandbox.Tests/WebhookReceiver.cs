using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Parley.Sandbox.Tests;

/// <summary>What came in, byte for byte.</summary>
internal sealed record Received(string Path, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonNode Json => JsonNode.Parse(Body)!;
    public string Event => Json["event"]!.GetValue<string>();
}

/// <summary>An application that takes Zoom's webhooks: proves that it holds the secret, then answers as it is told.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<Received> received = new();

    private WebhookReceiver(WebApplication app) => this.app = app;

    public string Url { get; private set; } = "";

    /// <summary>The secret it thinks is the right one.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Status of the next answers.</summary>
    public int Status { get; set; } = 204;

    public IReadOnlyList<Received> Events => [.. received.Where(one => one.Event != "endpoint.url_validation")];
    public int Validations => received.Count(one => one.Event == "endpoint.url_validation");

    public static async Task<WebhookReceiver> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication web = builder.Build();
        web.Urls.Add("http://127.0.0.1:0");
        WebhookReceiver receiver = new(web);
        web.MapPost("/{**path}", receiver.TakeAsync);
        await web.StartAsync(TestContext.Current.CancellationToken);
        receiver.Url =
            web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
            + "/hook";
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    public static string Hmac(string secret, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(text)));

    private async Task TakeAsync(HttpContext context)
    {
        using StreamReader reader = new(context.Request.Body, Encoding.UTF8);
        Received one = new(
            context.Request.Path,
            await reader.ReadToEndAsync(),
            context.Request.Headers.ToDictionary(
                header => header.Key.ToLowerInvariant(),
                header => header.Value.ToString(),
                StringComparer.Ordinal
            )
        );
        received.Enqueue(one);
        if (one.Event == "endpoint.url_validation")
        {
            string plain = one.Json["payload"]!["plainToken"]!.GetValue<string>();
            await context.Response.WriteAsJsonAsync(new { plainToken = plain, encryptedToken = Hmac(Secret, plain) });
            return;
        }

        context.Response.StatusCode = Status;
        if (Status is 301 or 302)
        {
            context.Response.Headers.Location = "/elsewhere";
        }
    }
}
