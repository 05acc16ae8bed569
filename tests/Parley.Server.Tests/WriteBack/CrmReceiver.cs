using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Parley.Server.Tests.WriteBack;

/// <summary>A request as it came.</summary>
internal sealed record CrmCall(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;
    public string Path => Target.Split('?')[0];

    /// <summary>Of a webhook: its type and what it tells.</summary>
    public string Type => Json["type"]!.GetValue<string>();
    public JsonNode Data => Json["data"]!;
}

/// <summary>A system of records: takes webhooks under /hook and whatever else is written to it; answers what a test tells it to.</summary>
internal sealed class CrmReceiver : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentQueue<CrmCall> _calls = new();

    private CrmReceiver(WebApplication web) => _web = web;

    public string Url { get; private set; } = "";
    public Func<CrmCall, int> Answer { get; set; } = _ => 204;

    /// <summary>Every webhook once, in the order in which they came: a slow answer may have been taken for lost.</summary>
    public IReadOnlyList<CrmCall> Hooks =>
        [.. _calls.Where(call => call.Path == "/hook").DistinctBy(call => call.Headers["webhook-id"])];

    /// <summary>Everything written once, likewise.</summary>
    public IReadOnlyList<CrmCall> Written => [.. Writes.DistinctBy(call => call.Headers["Idempotency-Key"])];

    /// <summary>Every attempt to write.</summary>
    public IReadOnlyList<CrmCall> Writes => [.. _calls.Where(call => call.Path != "/hook")];

    public static async Task<CrmReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var web = builder.Build();
        var receiver = new CrmReceiver(web);
        web.Run(receiver.TakeAsync);
        await web.StartAsync();
        receiver.Url = web
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        return receiver;
    }

    private async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var call = new CrmCall(
            context.Request.Method,
            // As written on the wire: whether a slash was escaped shows nowhere else.
            context.Features.Get<IHttpRequestFeature>()!.RawTarget,
            context.Request.Headers.ToDictionary(
                header => header.Key,
                header => header.Value.ToString(),
                StringComparer.OrdinalIgnoreCase
            ),
            await reader.ReadToEndAsync()
        );
        _calls.Enqueue(call);
        context.Response.StatusCode = Answer(call);
        if (context.Response.StatusCode != StatusCodes.Status204NoContent)
        {
            await context.Response.WriteAsync("an answer nobody repeats");
        }
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();
}
