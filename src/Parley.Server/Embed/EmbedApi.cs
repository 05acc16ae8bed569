using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Meetings;
using Parley.Server.Web;

namespace Parley.Server.Embed;

/// <summary>What a page needs to know before it offers a dialog.</summary>
public sealed record EmbedInfoView
{
    public required string Provider { get; init; }

    /// <summary>The organizer's IANA zone; null: the provider does not tell it.</summary>
    public required string? TimeZone { get; init; }
    public required EmbedLimitsView Limits { get; init; }

    /// <summary>Whether meetings can be scheduled now.</summary>
    public required bool Ready { get; init; }

    /// <summary>Why not, and what to do; null when they can.</summary>
    public required string? Reason { get; init; }
}

public sealed record EmbedLimitsView(int SubjectLength, int DurationMinutes, int DaysAhead);

/// <summary>A scheduled meeting as the page that asked for it sees it. Never with host rights.</summary>
public sealed record EmbedMeetingView
{
    /// <summary>Unguessable; opens <c>…/meetings/{id}</c> for this key alone.</summary>
    public required string Id { get; init; }

    /// <summary>As of <see cref="MeetingStatus"/>.</summary>
    public required string Status { get; init; }
    public required string Subject { get; init; }
    public required Instant? StartsAt { get; init; }
    public required Instant? EndsAt { get; init; }
    public required string? TimeZone { get; init; }

    /// <summary>The provider's own link; null while the meeting is being prepared.</summary>
    public required string? JoinUrl { get; init; }

    /// <summary>Parley's link: it stays, and leads to wherever the meeting is.</summary>
    public required string? DoorUrl { get; init; }
    public required ReferenceRequest? Reference { get; init; }
}

/// <summary>
/// <c>/embed/api/{key}</c>: what the scripts on other people's pages call. The key is part of the address so that a browser's preflight, which
/// carries nothing else, is answered for exactly the origins of that key. No cookie is read, no credentials are allowed.
/// </summary>
internal static class EmbedApi
{
    public static void MapEmbedApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/embed/api/{key}").AllowAnonymous().ExcludeFromDescription();
        api.AddEndpointFilter(EmbedDoor.OpenAsync);
        api.MapGet("", InfoAsync);
        api.MapPost("/meetings", ScheduleAsync)
            .WithIdempotency(
                new IdempotencyRules
                {
                    Rebuild = async (context, ticket) => await FindAsync(context, ticket),
                    OwnerOf = context =>
                        ValueTask.FromResult<IdempotencyOwner?>(
                            new IdempotencyOwner(EmbedDoor.Key(context).WorkspaceId, EmbedDoor.Key(context).Id)
                        ),
                }
            );
        api.MapGet("/meetings/{ticket}", PollAsync);
        foreach (var path in (string[])["", "/meetings", "/meetings/{ticket}"])
        {
            api.MapMethods(path, [HttpMethods.Options], () => Results.NoContent());
        }
    }

    private static async Task<IResult> InfoAsync(
        HttpContext context,
        ConnectionDirectory connections,
        CancellationToken cancellationToken
    )
    {
        var key = EmbedDoor.Key(context);
        var connection = await connections.FindAsync(key.WorkspaceId, key.ConnectionId!, cancellationToken);
        var ready = connection is not null && MeetingDesk.Unusable(connection) is null;
        var problem = EmbedMeetings.NotConnected;
        return Results.Json(
            new EmbedInfoView
            {
                Provider = connection?.Provider.Name ?? "",
                TimeZone = connection?.Connection.TimeZone,
                Limits = new EmbedLimitsView(100, EmbedMeetings.LongestMinutes, EmbedMeetings.DaysAhead),
                Ready = ready,
                Reason = ready ? null : $"{problem.Detail} {problem.Next}",
            },
            Json.Api
        );
    }

    private static async Task<IResult> ScheduleAsync(
        HttpContext context,
        EmbedMeetings meetings,
        EmbedLimits limits,
        CancellationToken cancellationToken
    )
    {
        if (limits.Schedules(context.Connection.RemoteIpAddress) is { } tooMany)
        {
            return tooMany.ToResult();
        }

        var body = await RequestBody.ReadAsync<EmbedMeetingRequest>(context);
        if (!body.Succeeded)
        {
            return body.Problem!.ToResult();
        }

        var key = EmbedDoor.Key(context);
        var made = await meetings.ScheduleAsync(key, body.Value, IdempotencyClaim.Of(context), cancellationToken);
        if (!made.Succeeded)
        {
            return made.Problem!.ToResult();
        }

        var (ticket, change) = made.Value;
        context.Response.Headers.Location = EmbedMeetings.LocationOf(key, ticket);
        return Results.Json(
            await ViewAsync(context, ticket, change.Arrangement),
            Json.Api,
            statusCode: change.Done ? StatusCodes.Status201Created : StatusCodes.Status202Accepted
        );
    }

    private static async Task<IResult> PollAsync(string ticket, HttpContext context) =>
        await FindAsync(context, ticket) is { } view
            ? Results.Json(view, Json.Api)
            : new Problem(ProblemCodes.NotFound, "There is nothing here, or not for this key.").ToResult();

    private static async Task<EmbedMeetingView?> FindAsync(HttpContext context, string ticket) =>
        await context
            .RequestServices.GetRequiredService<EmbedMeetings>()
            .FindAsync(EmbedDoor.Key(context), ticket, context.RequestAborted)
            is { } arrangement
            ? await ViewAsync(context, ticket, arrangement)
            : null;

    private static async Task<EmbedMeetingView> ViewAsync(
        HttpContext context,
        string ticket,
        Provisioning.Arrangement arrangement
    )
    {
        var view = await context
            .RequestServices.GetRequiredService<MeetingReader>()
            .ViewAsync(arrangement, context.RequestAborted);
        return new EmbedMeetingView
        {
            Id = ticket,
            Status = view.Status,
            Subject = view.Subject,
            StartsAt = view.StartsAt,
            EndsAt = view.EndsAt,
            TimeZone = view.TimeZone,
            JoinUrl = view.JoinUrl,
            DoorUrl = view.DoorUrl,
            Reference = arrangement.Reference is null
                ? null
                : System.Text.Json.JsonSerializer.Deserialize<ReferenceRequest>(arrangement.Reference, Json.Stored),
        };
    }
}
