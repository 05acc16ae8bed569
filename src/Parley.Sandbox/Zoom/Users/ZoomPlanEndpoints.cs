using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Users;

/// <summary><c>GET /accounts/{me|id}/plans/usage</c>: alive but hardly documented, so whether it answers is a switch (reference §4).</summary>
internal sealed class ZoomPlanEndpoints(ZoomApi api)
{
    private readonly ZoomApi api = api;

    public static void Map(IEndpointRouteBuilder routes, ZoomPlanEndpoints endpoints) =>
        endpoints.api.Map(routes, ZoomOperations.PlanUsage, Usage);

    private static IResult Usage(ZoomRequest request)
    {
        ZoomAccount account = request.Caller.Account;
        switch (request.Switches.PlanUsage)
        {
            case "4711":
                return ZoomErrors.Scopes(ZoomScopes.Missing(request.Operation, request.Caller.App));
            case "403":
                return ZoomErrors.Of(
                    StatusCodes.Status403Forbidden,
                    403,
                    "Access to the Zoom REST API has been denied for this account. Contact Zoom Support for details."
                );
        }

        if (request.Route("accountId") is not "me" and var id && id != account.Id)
        {
            return ZoomErrors.Of(StatusCodes.Status404NotFound, 2001, $"Account does not exist: {id}.");
        }

        if (account.Plan == "free")
        {
            return ZoomErrors.NotEntitled("Only available for paid account.");
        }

        IReadOnlyCollection<ZoomUser> users = request.Zoom.UsersOf.Of(account.Id);
        return WireJson.Answer(
            StatusCodes.Status200OK,
            new JsonObject
            {
                ["plan_base"] = new JsonObject
                {
                    ["type"] = account.Plan == "business" ? "yearly_business" : "monthly_pro",
                    ["hosts"] = account.Hosts,
                    ["usage"] = users.Count(user => user is { Status: ZoomUserStatus.Active, Licensed: true }),
                    ["pending"] = users.Count(user => user is { Status: ZoomUserStatus.Pending, Licensed: true }),
                },
                ["plan_webinar"] = new JsonArray(),
                ["plan_large_meeting"] = new JsonArray(),
                ["plan_recording"] = new JsonObject
                {
                    ["type"] = "cmr_monthly_commitment_40",
                    ["free_storage"] = "10 GB",
                    ["free_storage_usage"] = "0",
                    ["plan_storage"] = "100 GB",
                    ["plan_storage_usage"] = "0",
                    ["plan_storage_exceed"] = "0",
                },
            }
        );
    }
}
