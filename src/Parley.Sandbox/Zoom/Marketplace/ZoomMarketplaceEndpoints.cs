using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.State;
using Parley.Sandbox.Zoom.Users;

namespace Parley.Sandbox.Zoom.Marketplace;

/// <summary>The administrator's side of pre-approval as an API (reference §1.6).</summary>
internal sealed class ZoomMarketplaceEndpoints(ZoomApi api)
{
    private const int MostIds = 20;
    private readonly ZoomApi api = api;

    public static void Map(IEndpointRouteBuilder routes, ZoomMarketplaceEndpoints endpoints)
    {
        endpoints.api.Map(routes, ZoomOperations.PreApprove, PreApprove);
        endpoints.api.Map(routes, ZoomOperations.RequestsList, ListRequests);
        endpoints.api.Map(routes, ZoomOperations.RequestsCreate, AddRequests);
        endpoints.api.Map(routes, ZoomOperations.RequestsUpdate, UpdateRequests);
    }

    private static IResult PreApprove(ZoomRequest request) =>
        WithApp(
            request,
            app =>
            {
                if (request.Caller.User is { Admin: false })
                {
                    return ZoomErrors.Of(StatusCodes.Status400BadRequest, 1500, "User can not pre approve this app");
                }

                ZoomAccount account = request.Caller.Account;
                if (!ZoomApprovals.Required(request.State, account))
                {
                    return ZoomErrors.Of(StatusCodes.Status400BadRequest, 1404, "application_pre_approved_status_off");
                }

                if (Ids(request, "user_ids") is not { } users || Ids(request, "group_ids") is not { } groups)
                {
                    return ZoomErrors.Validation(("user_ids", "Up to 20 ids can be sent, as text."));
                }

                // Ids of others are dropped, as the answer shows.
                users = [.. users.Where(id => request.Zoom.Users.Find(id)?.AccountId == account.Id)];
                switch (Action(request))
                {
                    case "approve_all":
                        ZoomApprovals.ApproveAll(request.State, app, account.Id);
                        break;
                    case "disapprove_all":
                        ZoomApprovals.WithdrawAll(request.State, app, account.Id);
                        break;
                    case "approve_user":
                        ZoomApprovals.Approve(request.State, app, account.Id, users, []);
                        break;
                    case "approve_group":
                        ZoomApprovals.Approve(request.State, app, account.Id, [], groups);
                        break;
                    case "disapprove_user":
                        ZoomApprovals.Withdraw(request.State, app, account.Id, users, []);
                        break;
                    case "disapprove_group":
                        ZoomApprovals.Withdraw(request.State, app, account.Id, [], groups);
                        break;
                    default:
                        return ZoomErrors.Validation(("action", "Invalid field."));
                }

                return Done(request, "executed_at", users, groups);
            }
        );

    private static IResult ListRequests(ZoomRequest request) =>
        WithApp(
            request,
            app =>
            {
                ZoomRequestStatus? status = (request.Query("status") ?? "pending") switch
                {
                    "pending" => ZoomRequestStatus.Pending,
                    "approved" => ZoomRequestStatus.Approved,
                    "rejected" => ZoomRequestStatus.Rejected,
                    _ => null,
                };
                if (status is null)
                {
                    return ZoomErrors.Validation(("status", "Invalid field."));
                }

                (ZoomPage<ZoomAppRequest>? page, IResult? refusal) = ZoomPage.Of(
                    request,
                    ZoomRequests.Of(request.State, app, request.Caller.Account.Id, status.Value)
                );
                return page is null
                    ? refusal!
                    : WireJson.Answer(
                        StatusCodes.Status200OK,
                        new JsonObject
                        {
                            ["next_page_token"] = page.NextToken,
                            ["page_size"] = page.Size,
                            ["requests"] = new JsonArray([.. page.Rows.Select(row => Row(request.Zoom, row))]),
                        }
                    );
            }
        );

    /// <summary>The developer puts the app on users' list of requests, as if they had asked.</summary>
    private static IResult AddRequests(ZoomRequest request) =>
        WithApp(
            request,
            app =>
            {
                if (Ids(request, "user_ids") is not { } users || Ids(request, "group_ids") is not { } groups)
                {
                    return ZoomErrors.Validation(("user_ids", "Up to 20 ids can be sent, as text."));
                }

                string? action = Action(request);
                if (action is not ("add_all" or "add_user" or "add_group"))
                {
                    return ZoomErrors.Validation(("action", "Invalid field."));
                }

                List<ZoomUser> wanted =
                [
                    .. request
                        .Zoom.UsersOf.Of(request.Caller.Account.Id)
                        .Where(user => user.Status == ZoomUserStatus.Active)
                        .Where(user =>
                            action == "add_all"
                            || (action == "add_user" && users.Contains(user.Id, StringComparer.Ordinal))
                            || (action == "add_group" && user.GroupIds.Intersect(groups, StringComparer.Ordinal).Any())
                        ),
                ];
                wanted.ForEach(user => ZoomRequests.Add(request.State, app, user));
                return Done(request, "added_at", [.. wanted.Select(user => user.Id)], groups);
            }
        );

    private static IResult UpdateRequests(ZoomRequest request) =>
        WithApp(
            request,
            app =>
            {
                if (Ids(request, "request_user_ids", most: int.MaxValue) is not { } users)
                {
                    return ZoomErrors.Validation(("request_user_ids", "Invalid field."));
                }

                string accountId = request.Caller.Account.Id;
                IReadOnlyList<ZoomAppRequest> pending = ZoomRequests.Of(
                    request.State,
                    app,
                    accountId,
                    ZoomRequestStatus.Pending
                );
                List<ZoomAppRequest> named =
                [
                    .. pending.Where(one => users.Contains(one.UserId, StringComparer.Ordinal)),
                ];
                switch (Action(request))
                {
                    case "approve_all":
                        ZoomRequests.Approve(request.State, app, accountId, pending);
                        break;
                    case "approve":
                        ZoomRequests.Approve(request.State, app, accountId, named);
                        break;
                    case "decline_all":
                        ZoomRequests.Decide(request.State, pending, ZoomRequestStatus.Rejected);
                        ZoomApprovals.WithdrawAll(request.State, app, accountId);
                        foreach (ZoomUser user in request.Zoom.UsersOf.Of(accountId).ToList())
                        {
                            // Also where nobody needs an approval: what is installed is disabled.
                            ZoomApprovals.Disable(request.State, app, user);
                        }

                        break;
                    case "decline":
                        ZoomRequests.Decide(request.State, named, ZoomRequestStatus.Rejected);
                        break;
                    case "cancel":
                        named.ForEach(one => request.Zoom.Requests.Remove(one.Key));
                        break;
                    default:
                        return ZoomErrors.Validation(("action", "Invalid field."));
                }

                return Results.NoContent();
            }
        );

    private static IResult WithApp(ZoomRequest request, Func<ZoomApp, IResult> answer)
    {
        string id = request.Route("appId");
        return request.Zoom.Apps.Find(id) is { } app
            ? answer(app)
            : ZoomErrors.Of(StatusCodes.Status404NotFound, 1401, $"App ID does not exist: {id}");
    }

    private static string? Action(ZoomRequest request) =>
        request.Body["action"] is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? value.GetValue<string>()
            : null;

    /// <summary>Null: not an array of text, or too many.</summary>
    private static IReadOnlyList<string>? Ids(ZoomRequest request, string name, int most = MostIds) =>
        request.Body[name] switch
        {
            null => [],
            JsonArray items
                when items.Count <= most && items.All(item => item?.GetValueKind() == JsonValueKind.String) =>
            [
                .. items.Select(item => item!.GetValue<string>()),
            ],
            _ => null,
        };

    private static IResult Done(
        ZoomRequest request,
        string when,
        IReadOnlyList<string> users,
        IReadOnlyList<string> groups
    ) =>
        WireJson.Answer(
            StatusCodes.Status201Created,
            new JsonObject
            {
                [when] = ZoomUserReplies.Time(request.State.Now),
                ["user_ids"] = new JsonArray([.. users]),
                ["group_ids"] = new JsonArray([.. groups]),
            }
        );

    private static JsonNode Row(ZoomTables zoom, ZoomAppRequest request)
    {
        ZoomUser? user = zoom.Users.Find(request.UserId);
        return new JsonObject
        {
            ["request_user_id"] = request.UserId,
            ["request_user_name"] = user?.FullName ?? "",
            ["request_user_email"] = user?.Email ?? "",
            ["request_user_department"] = user?.Department ?? "",
            ["request_date_time"] = ZoomUserReplies.Time(request.RequestedAt),
            ["reason"] = "",
            ["status"] = request.Status.ToString().ToLowerInvariant(),
        };
    }
}
