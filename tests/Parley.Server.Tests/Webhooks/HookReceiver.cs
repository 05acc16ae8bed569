using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Parley.Server.Tests.Webhooks;

/// <summary>What a receiver was sent.</summary>
internal sealed record HookCall(string Id, string Timestamp, string Signature, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;
    public string Type => Json["type"]!.GetValue<string>();
}

/// <summary>A program that takes Parley's webhooks; answers what a test tells it to.</summary>
internal sealed class HookReceiver : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentQueue<HookCall> _calls = new();

    private HookReceiver(WebApplication web) => _web = web;

    public string Url { get; private set; } = "";
    public Func<HookCall, int> Answer { get; set; } = _ => 204;

    /// <summary>Every attempt, in the order in which they came.</summary>
    public IReadOnlyList<HookCall> Calls => [.. _calls];

    public static async Task<HookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var web = builder.Build();
        var receiver = new HookReceiver(web);
        web.MapPost("/{**path}", (Delegate)receiver.TakeAsync);
        await web.StartAsync();
        receiver.Url =
            web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
            + "/hook";
        return receiver;
    }

    private async Task<IResult> TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var call = new HookCall(
            context.Request.Headers["webhook-id"].ToString(),
            context.Request.Headers["webhook-timestamp"].ToString(),
            context.Request.Headers["webhook-signature"].ToString(),
            await reader.ReadToEndAsync()
        );
        _calls.Enqueue(call);
        var status = Answer(call);
        return status == (int)HttpStatusCode.Found
            ? Results.Redirect("http://169.254.169.254/")
            : Results.StatusCode(status);
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();
}
