using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Access;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>
/// <c>/dashboard/events</c> (text/event-stream): tells an open dashboard that something in the workspace's meetings changed, never what.
/// It then asks for its own part again, as the member it is; so nothing leaves here that a role would have to be looked at for.
/// </summary>
internal static class DashboardEvents
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    /// <summary>A stream that lasts longer ends; the browser opens the next one, with whatever its cookie is worth then.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    public static void MapDashboardEvents(this IEndpointRouteBuilder routes) =>
        routes.MapGet($"{DashboardPages.Path}/events", Listen).RequireMember().ExcludeFromDescription();

    private static IResult Listen(
        HttpContext context,
        OpenStreams streams,
        MeetingChanges changes,
        SignIn signIn,
        TimeProvider time
    )
    {
        var caller = Caller.Of(context);
        if (streams.Open(caller) is not { } stream)
        {
            context.Response.Headers.RetryAfter = "60";
            return Results.StatusCode(StatusCodes.Status429TooManyRequests);
        }

        context.Response.RegisterForDispose(stream);
        var watch = changes.Watch(caller.WorkspaceId);
        context.Response.RegisterForDispose(watch);
        // A proxy that collects a reply before it passes it on would undo this.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(
            EventsAsync(watch, stream, signIn, context.User, time, context.RequestAborted)
        );
    }

    private static async IAsyncEnumerable<SseItem<string>> EventsAsync(
        MeetingWatch watch,
        OpenStream stream,
        SignIn signIn,
        ClaimsPrincipal user,
        TimeProvider time,
        [EnumeratorCancellation] CancellationToken aborted
    )
    {
        using var bound = new CancellationTokenSource(Longest, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, stream.Ended, aborted);
        // What changed between the page and this stream is made up for at once.
        yield return Item(changed: true);
        while (await watch.NextAsync(Beat, time, linked.Token) is { } changed)
        {
            if (!await signIn.StillHoldsAsync(user, CancellationToken.None))
            {
                yield break;
            }

            yield return Item(changed);
        }
    }

    // An event without data is none to a browser.
    private static SseItem<string> Item(bool changed) =>
        new("1", changed ? "changed" : "still") { ReconnectionInterval = Again };
}
