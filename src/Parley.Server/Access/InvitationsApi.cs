using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>An invitation. <paramref name="Link"/> is there in the reply that made it and never again.</summary>
/// <param name="Note">Whom it is meant for.</param>
/// <param name="InvitedBy">A member's id.</param>
public sealed record InvitationReply(
    string Id,
    string Role,
    string Note,
    string InvitedBy,
    Instant CreatedAt,
    Instant ExpiresAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Link = null
)
{
    internal static InvitationReply Of(Invitation invitation, string? link = null) =>
        new(
            invitation.Id,
            invitation.Role,
            invitation.Note,
            invitation.InvitedBy,
            invitation.CreatedAt,
            invitation.ExpiresAt,
            link
        );
}

/// <param name="Note">Whom it is meant for; 1 to 100 characters.</param>
/// <param name="Role"><c>owner</c> (owners only), <c>admin</c> or <c>member</c>.</param>
/// <param name="ExpiresInDays">1 to 30; 7 without it.</param>
public sealed record InvitationRequest(string? Note, string? Role, int? ExpiresInDays = null);

/// <summary>Invitations by link: <c>/api/v1/invitations</c>.</summary>
internal static class InvitationsApi
{
    public static void MapInvitationsApi(this IEndpointRouteBuilder routes)
    {
        var api = routes
            .MapGroup("/api/v1/invitations")
            .RequireScope(Scope.Admin)
            .RequireAdministratorsKey()
            .WithTags("Members");
        api.MapGet("", ListAsync)
            .WithName("listInvitations")
            .WithSummary("Invitations that can still be used, without their links")
            .Produces<Page<InvitationReply>>();
        api.MapPost("", CreateAsync)
            .WithName("createInvitation")
            .WithSummary("Make a link by which one person joins; the link is in this reply only")
            .Accepts<InvitationRequest>("application/json")
            .Produces<InvitationReply>(201)
            .WithIdempotency(
                new IdempotencyRules
                {
                    Rebuild = async (context, id) =>
                        await context
                            .RequestServices.GetRequiredService<Invitations>()
                            .FindAsync(Caller.Of(context).WorkspaceId, id)
                            is { } invitation
                            ? InvitationReply.Of(invitation)
                            : null,
                }
            );
        api.MapDelete("/{id}", DeleteAsync)
            .WithName("deleteInvitation")
            .WithSummary("Withdraw an invitation; its link no longer works")
            .Produces(204)
            .ProducesProblem(404);
    }

    private static Task<IResult> ListAsync(HttpContext context, Invitations invitations)
    {
        var list = ListRequest.Read(context);
        return list.AnswerAsync(async () =>
            (await invitations.ListAsync(Caller.Of(context).WorkspaceId, list.Limit, list.After)).Select(one =>
                InvitationReply.Of(one)
            )
        );
    }

    private static async Task<IResult> CreateAsync(HttpContext context, Invitations invitations)
    {
        var body = await RequestBody.ReadAsync<InvitationRequest>(context);
        if (!body.Succeeded)
        {
            return body.Problem!.ToResult();
        }

        var claim = IdempotencyClaim.Of(context);
        var made = await invitations.InviteAsync(
            Caller.Of(context),
            body.Value.Role,
            body.Value.Note,
            body.Value.ExpiresInDays,
            claim is null ? null : (session, id) => claim.CommitAsync(session, 201, id, "/api/v1/invitations")
        );
        return made.Problem is { } problem
            ? problem.ToResult()
            : Results.Json(InvitationReply.Of(made.Value.Invitation, made.Value.Link), Json.Api, statusCode: 201);
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, Invitations invitations) =>
        (await invitations.WithdrawAsync(Caller.Of(context), id)).Problem is { } problem
            ? problem.ToResult()
            : Results.NoContent();
}
