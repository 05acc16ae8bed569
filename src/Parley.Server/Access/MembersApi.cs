using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Access.Leaving;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>A person of the workspace.</summary>
/// <param name="Role"><c>owner</c>, <c>admin</c> or <c>member</c>.</param>
/// <param name="DeactivatedAt">Null: may sign in.</param>
public sealed record MemberReply(
    string Id,
    string Email,
    string Name,
    string Role,
    string TimeZone,
    Instant CreatedAt,
    Instant? DeactivatedAt
)
{
    internal static MemberReply Of(Member member) =>
        new(member.Id, member.Email, member.Name, member.Role, member.TimeZone, member.CreatedAt, member.DeactivatedAt);
}

/// <summary>What became of a member who was deactivated.</summary>
/// <param name="Moved">Meetings that have another host now.</param>
/// <param name="NotMoved">Those that could not move and were kept or cancelled as <c>whenNotFree</c> says.</param>
public sealed record DepartureReply(
    MemberReply Member,
    int Moved,
    int Cancelled,
    int Kept,
    IReadOnlyList<NotMoved> NotMoved
);

/// <summary>Members: <c>/api/v1/members</c>. Administrators' keys with the scope admin.</summary>
internal static class MembersApi
{
    private static Problem NoMember => new(ProblemCodes.NotFound, "There is no such member.");

    public static void MapMembersApi(this IEndpointRouteBuilder routes)
    {
        var api = routes
            .MapGroup("/api/v1/members")
            .RequireScope(Scope.Admin)
            .RequireAdministratorsKey()
            .WithTags("Members");
        api.MapGet("", ListAsync)
            .WithName("listMembers")
            .WithSummary("Members, oldest first, the deactivated ones too")
            .Produces<Page<MemberReply>>();
        api.MapGet("/{id}", GetAsync).WithName("getMember").WithSummary("One member").Produces<MemberReply>();
        api.MapPatch("/{id}", PatchAsync)
            .WithName("patchMember")
            .WithSummary("Change role, name or time zone; only owners make, change or remove owners, and one remains")
            .HonoursIfMatch()
            .Accepts<MemberChange>("application/json")
            .Produces<MemberReply>();
        api.MapGet("/{id}/holdings", HoldingsAsync)
            .WithName("getMemberHoldings")
            .WithSummary("What is in a member's hands: bookings and meetings to come, pages, connections, keys")
            .Produces<Holdings>();
        api.MapPost("/{id}/deactivate", DeactivateAsync)
            .WithIdempotency(IdempotencyRules.ReplyKept)
            .WithName("deactivateMember")
            .WithSummary(
                "End a member's access and say what becomes of what they hold; browsers and keys end in any case"
            )
            .Accepts<DepartureRequest>("application/json")
            .Produces<DepartureReply>()
            .ProducesProblem(409);
        api.MapPost("/{id}/reactivate", ReactivateAsync)
            .WithIdempotency(OfMember)
            .WithName("reactivateMember")
            .WithSummary("Let a member sign in again; what was given away stays where it is")
            .Produces<MemberReply>();
        api.MapPost("/{id}/sign-out", SignOutAsync)
            .WithIdempotency(OfMember)
            .WithName("signOutMember")
            .WithSummary("End every browser session of a member")
            .Produces<MemberReply>();
    }

    private static IdempotencyRules OfMember =>
        new()
        {
            Rebuild = async (context, id) =>
                await context
                    .RequestServices.GetRequiredService<Memberships>()
                    .FindAsync(Caller.Of(context).WorkspaceId, id)
                    is { } member
                    ? MemberReply.Of(member)
                    : null,
            IdOf = body => ((MemberReply)body).Id,
        };

    private static Task<IResult> ListAsync(HttpContext context, Memberships memberships)
    {
        var list = ListRequest.Read(context);
        return list.AnswerAsync(async () =>
            (await memberships.PageAsync(Caller.Of(context).WorkspaceId, list.Limit, list.After)).Select(MemberReply.Of)
        );
    }

    private static async Task<IResult> GetAsync(string id, HttpContext context, Memberships memberships) =>
        await memberships.FindAsync(Caller.Of(context).WorkspaceId, id) is { } member
            ? Show(context, member)
            : NoMember.ToResult();

    private static async Task<IResult> HoldingsAsync(
        string id,
        HttpContext context,
        Memberships memberships,
        Departure departure
    )
    {
        var workspaceId = Caller.Of(context).WorkspaceId;
        return await memberships.FindAsync(workspaceId, id) is null
            ? NoMember.ToResult()
            : Results.Json(await departure.HoldingsAsync(workspaceId, id), Json.Api);
    }

    private static async Task<IResult> PatchAsync(string id, HttpContext context, Memberships memberships)
    {
        var body = await RequestBody.ReadAsync<MemberChange>(context);
        return body.Succeeded
            ? Reply(
                context,
                await memberships.ChangeAsync(Caller.Of(context), id, body.Value, Precondition.Of(context))
            )
            : body.Problem!.ToResult();
    }

    private static async Task<IResult> DeactivateAsync(
        string id,
        HttpContext context,
        Departure departure,
        CancellationToken cancellationToken
    )
    {
        var body = await OptionalAsync(context);
        if (!body.Succeeded)
        {
            return body.Problem!.ToResult();
        }

        var left = await departure.LeaveAsync(Caller.Of(context), id, body.Value, cancellationToken);
        return left.Problem is { } problem
            ? problem.ToResult()
            : Results.Json(
                new DepartureReply(
                    MemberReply.Of(left.Value.Member),
                    left.Value.Moved,
                    left.Value.Cancelled,
                    left.Value.Kept,
                    left.Value.NotMoved
                ),
                Json.Api
            );
    }

    private static async Task<IResult> ReactivateAsync(string id, HttpContext context, Memberships memberships) =>
        Reply(context, await memberships.ReactivateAsync(Caller.Of(context), id));

    private static async Task<IResult> SignOutAsync(string id, HttpContext context, Memberships memberships) =>
        Reply(context, await memberships.SignOutAsync(Caller.Of(context), id));

    /// <summary>A member's row keeps no count of its changes: its state is all that is shown of it.</summary>
    internal static string StateOf(Member member) => EntityTags.StateOf(MemberReply.Of(member));

    private static IResult Reply(HttpContext context, Answer<Member> answer) =>
        answer.Problem is { } problem ? problem.ToResult() : Show(context, answer.Value);

    private static IResult Show(HttpContext context, Member member)
    {
        EntityTags.Show(context, StateOf(member));
        return Results.Json(MemberReply.Of(member), Json.Api);
    }

    // Whoever holds nothing needs no choices.
    private static async Task<Answer<DepartureRequest>> OptionalAsync(HttpContext context) =>
        context.Request.ContentLength is null or 0 && context.Request.Headers.TransferEncoding.Count == 0
            ? new DepartureRequest()
            : await RequestBody.ReadAsync<DepartureRequest>(context);
}
