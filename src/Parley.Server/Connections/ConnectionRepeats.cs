using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access;
using Parley.Server.Budget;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>What a repeated request of <see cref="ConnectionsApi"/> is answered with. Links are never stored: they are made anew.</summary>
internal static class ConnectionRepeats
{
    /// <summary>Where the reply is the connection.</summary>
    public static IdempotencyRules Changed =>
        new()
        {
            Rebuild = async (context, id) =>
                await FindAsync(context, id) is { } entry
                    ? ConnectionView.Of(
                        entry,
                        await context
                            .RequestServices.GetRequiredService<ConnectionBudgets>()
                            .OfAsync(entry, context.RequestAborted)
                    )
                    : null,
            IdOf = body => ((ConnectionView)body).Id,
        };

    public static IdempotencyRules Reconnecting =>
        new()
        {
            Rebuild = async (context, id) =>
                await FindAsync(context, id) is { } entry ? await LinkAsync(context, entry) : null,
            IdOf = body => ((ConnectReply)body).Id,
        };

    /// <summary>A new link for the same connection, as long as it is pending.</summary>
    public static async Task<object?> StartedAsync(HttpContext context, string id) =>
        await FindAsync(context, id) is not { } entry ? null
        : entry.Connection.ConnectedAt is not null || entry.Connection.DisconnectedAt is not null
            ? new ConnectReply(entry.Id, entry.Status, null, null)
        : await LinkAsync(context, entry);

    private static Task<ConnectionEntry?> FindAsync(HttpContext context, string id) =>
        context
            .RequestServices.GetRequiredService<ConnectionDirectory>()
            .FindAsync(Caller.Of(context).WorkspaceId, id, context.RequestAborted);

    private static async Task<ConnectReply> LinkAsync(HttpContext context, ConnectionEntry entry)
    {
        var link = await context
            .RequestServices.GetRequiredService<ConnectLinks>()
            .ReissueAsync(Caller.Of(context).WorkspaceId, entry.Id, context.RequestAborted);
        return new ConnectReply(
            entry.Id,
            entry.Status,
            link.Succeeded ? link.Value.ConnectUrl : null,
            link.Succeeded ? link.Value.ExpiresAt : null
        );
    }
}
