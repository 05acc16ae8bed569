using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Users;

/// <summary><c>/users</c>: who is in the account, and what their settings are (reference §4, §2.5).</summary>
internal sealed class ZoomUserEndpoints(ZoomApi api, SandboxAddress address)
{
    private const long MostTtlSeconds = 365L * 24 * 3600;
    private static readonly Duration OwnZakLife = Duration.FromMinutes(5);
    private static readonly string[] Statuses = ["active", "inactive", "pending"];

    public static void Map(IEndpointRouteBuilder routes, ZoomUserEndpoints endpoints)
    {
        endpoints.api.Map(routes, ZoomOperations.UsersList, List);
        endpoints.api.Map(routes, ZoomOperations.UsersSummary, Summary);
        endpoints.api.Map(routes, ZoomOperations.UsersZak, OwnZak);
        endpoints.api.Map(routes, ZoomOperations.UsersGet, endpoints.Get);
        endpoints.api.Map(routes, ZoomOperations.UsersSettings, Settings);
        endpoints.api.Map(routes, ZoomOperations.UsersToken, Token);
    }

    private readonly ZoomApi api = api;

    private static IResult List(ZoomRequest request)
    {
        string status = request.Query("status") ?? "active";
        if (Array.IndexOf(Statuses, status) is var index && index < 0)
        {
            return ZoomErrors.Validation(("status", "Invalid field."));
        }

        string? role = request.Query("role_id");
        Duration lag = WireCall.Of(request.Context).ListLag;
        List<ZoomUser> users =
        [
            .. request
                .Zoom.UsersOf.Of(request.Caller.Account.Id)
                .Where(user => user.Status == (ZoomUserStatus)index && (role is null || user.RoleId == role))
                // Those added while the list lags are not seen yet.
                .Where(user => lag == Duration.Zero || user.CreatedAt <= request.State.Now - lag)
                .OrderBy(user => user.Email, StringComparer.Ordinal),
        ];
        (ZoomPage<ZoomUser>? page, IResult? refusal) = ZoomPage.Of(request, users, request.Switches.UsersPageMax);
        return page is null
            ? refusal!
            : WireJson.Answer(
                StatusCodes.Status200OK,
                new JsonObject
                {
                    ["page_count"] = page.Count,
                    ["page_number"] = page.Number,
                    ["page_size"] = page.Size,
                    ["total_records"] = page.Total,
                    ["next_page_token"] = page.NextToken,
                    ["users"] = new JsonArray([.. page.Rows.Select(ZoomUserReplies.Row)]),
                }
            );
    }

    private static IResult Summary(ZoomRequest request)
    {
        IReadOnlyCollection<ZoomUser> users = request.Zoom.UsersOf.Of(request.Caller.Account.Id);
        int Count(Func<ZoomUser, bool> which) => users.Count(which);
        return WireJson.Answer(
            StatusCodes.Status200OK,
            new JsonObject
            {
                ["licensed_users_count"] = Count(user => user is { Status: ZoomUserStatus.Active, Licensed: true }),
                ["basic_users_count"] = Count(user => user is { Status: ZoomUserStatus.Active, Licensed: false }),
                ["on_prem_users_count"] = 0,
                ["room_users_count"] = 0,
                ["pending_users_count"] = Count(user => user.Status == ZoomUserStatus.Pending),
                ["join_only_users_count"] = 0,
                ["total_users_count"] = users.Count,
            }
        );
    }

    private IResult Get(ZoomRequest request) =>
        With(request, user => WireJson.Answer(StatusCodes.Status200OK, ZoomUserReplies.Whole(user, address.BaseUrl)));

    private static IResult Settings(ZoomRequest request) =>
        With(
            request,
            user =>
                WireJson.Answer(
                    StatusCodes.Status200OK,
                    ZoomUserReplies.Settings(ZoomLocks.Effective(request.State, user), user)
                )
        );

    /// <summary><c>type=token</c> is retired; <c>onbehalf</c> lets someone join for the user.</summary>
    private static IResult Token(ZoomRequest request) =>
        With(
            request,
            user =>
            {
                long ttl = (long)ZoomZaks.Usual.TotalSeconds;
                if (
                    request.Query("ttl") is { } text
                    && (
                        !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ttl)
                        || ttl > MostTtlSeconds
                    )
                )
                {
                    return ZoomErrors.Validation(("ttl", "Invalid field."));
                }

                return (request.Query("type") ?? "token") switch
                {
                    "token" => Answer("Token is no longer supported. Please use ZAK token instead."),
                    "zak" or "onbehalf" when user.Status == ZoomUserStatus.Active => Answer(
                        ZoomZaks.Issue(
                            request.State,
                            user,
                            Duration.FromSeconds(ttl == 0 ? (long)ZoomZaks.Usual.TotalSeconds : ttl)
                        )
                    ),
                    "zak" or "onbehalf" => ZoomErrors.UserUnknown(user.Id),
                    _ => ZoomErrors.Validation(("type", "Invalid field.")),
                };
            }
        );

    private static IResult OwnZak(ZoomRequest request)
    {
        (ZoomUser? user, _) = request.User("me");
        return user is null
            ? ZoomErrors.Of(StatusCodes.Status400BadRequest, 1001, "User not exist.")
            : Answer(ZoomZaks.Issue(request.State, user, OwnZakLife));
    }

    private static IResult With(ZoomRequest request, Func<ZoomUser, IResult> answer)
    {
        (ZoomUser? user, IResult? refusal) = request.User(request.Route("userId"));
        return user is null ? refusal! : answer(user);
    }

    private static IResult Answer(string token) =>
        WireJson.Answer(StatusCodes.Status200OK, new JsonObject { ["token"] = token });
}
