using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>
/// What is somebody's own. Owners and administrators reach everything of their workspace, a member what this file says — in the
/// browser and by API key alike (docs/decisions/0008).
/// </summary>
public sealed class OwnedThing
{
    /// <summary>Accounts the member connected; an id that was merged into another is that other's.</summary>
    public static readonly OwnedThing Connection = new(
        "connection",
        "EXISTS (SELECT 1 FROM connection oc WHERE oc.workspace_id = {0}.workspace_id AND oc.id = COALESCE({0}.merged_into, {0}.id) AND oc.member_id = @memberId)"
    );

    /// <summary>Meetings the member hosts, and those held with an account they connected.</summary>
    public static readonly OwnedThing Arrangement = new(
        "arrangement",
        "({0}.member_id = @memberId OR {0}.connection_id IN (SELECT oc.id FROM connection oc WHERE oc.workspace_id = {0}.workspace_id AND oc.member_id = @memberId))"
    );

    /// <summary>As <see cref="Arrangement"/>.</summary>
    public static readonly OwnedThing Booking = new(
        "booking",
        "({0}.host_member_id = @memberId OR {0}.host_connection_id IN (SELECT oc.id FROM connection oc WHERE oc.workspace_id = {0}.workspace_id AND oc.member_id = @memberId))"
    );

    /// <summary>Booking pages the member hosts.</summary>
    public static readonly OwnedThing BookingPage = new("booking_page", "{0}.host_member_id = @memberId");

    private readonly string _table;
    private readonly string _mine;

    private OwnedThing(string table, string mine) => (_table, _mine) = (table, mine);

    /// <summary>A condition for a query that binds <c>@seesAll</c> (the caller is an administrator) and <c>@memberId</c>.</summary>
    /// <param name="alias">What the query calls the thing's table.</param>
    public string Within(string alias) => $"(@seesAll = 1 OR {_mine.Replace("{0}", alias, StringComparison.Ordinal)})";

    /// <summary>False also when there is no such thing.</summary>
    public Task<bool> IsReachedAsync(DbSession session, Caller caller, string id) =>
        session.ScalarAsync<bool>(
            $"SELECT EXISTS (SELECT 1 FROM {_table} t WHERE t.workspace_id = @WorkspaceId AND t.id = @id AND {Within("t")})",
            new
            {
                caller.WorkspaceId,
                id,
                memberId = caller.MemberId,
                seesAll = caller.IsAdministrator,
            }
        );
}

/// <summary>On every endpoint that names a thing of a workspace in its path: who may name it. Read by the house rules.</summary>
public sealed record KeepsWithinReach(string Parameter);

public static class ReachConventions
{
    /// <summary>What is not the caller's own is as absent as what never was.</summary>
    /// <param name="parameter">The route parameter with the id; endpoints without it are left alone.</param>
    /// <param name="missing">What the endpoint itself answers when there is no such thing.</param>
    public static TBuilder KeepWithinReach<TBuilder>(
        this TBuilder builder,
        string parameter,
        OwnedThing thing,
        Func<Problem> missing
    )
        where TBuilder : IEndpointConventionBuilder =>
        builder
            .WithMetadata(new KeepsWithinReach(parameter))
            .AddEndpointFilter(
                async (invocation, next) =>
                {
                    var context = invocation.HttpContext;
                    var caller = Caller.Of(context);
                    // Within their workspace nothing is kept from administrators: the endpoint itself looks whether it is there.
                    return
                        caller.IsAdministrator
                        || context.GetRouteValue(parameter) is not string id
                        || await context
                            .RequestServices.GetRequiredService<Db>()
                            .ReadAsync(session => thing.IsReachedAsync(session, caller, id), context.RequestAborted)
                        ? await next(invocation)
                        : missing().ToResult();
                }
            );
}
