using System.Globalization;
using System.Text.Json.Nodes;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Marketplace;

/// <summary>What users ask their administrator for, and what becomes of it.</summary>
internal static class ZoomRequests
{
    /// <summary>A user presses "Request pre-approve"; the developer is told, nothing else happens.</summary>
    public static void Add(World state, ZoomApp app, ZoomUser user)
    {
        ZoomAppRequest request = new()
        {
            AppId = app.Id,
            UserId = user.Id,
            AccountId = user.AccountId,
            Status = ZoomRequestStatus.Pending,
            RequestedAt = state.Now,
        };
        if (state.Zoom.Requests.Find(request.Key) is { Status: ZoomRequestStatus.Pending })
        {
            return;
        }

        state.Zoom.Requests.Put(request.Key, request);
        ZoomEvents.Raise(
            state,
            ZoomEvents.AuthorizationRequested,
            user.AccountId,
            new JsonObject
            {
                ["app_name"] = app.Name,
                ["app_type"] = "OAuth",
                ["app_status"] = "published",
                ["app_description"] = $"{app.Name} makes and keeps meetings.",
                ["install_requirements"] = new JsonObject
                {
                    ["user_role"] = app.Kind == ZoomAppKind.Admin ? "Account Admin" : "Any User",
                },
            },
            app.Id,
            new JsonObject { ["event_ts"] = state.Now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) }
        );
    }

    public static IReadOnlyList<ZoomAppRequest> Of(
        World state,
        ZoomApp app,
        string accountId,
        ZoomRequestStatus status
    ) =>
        [
            .. state
                .Zoom.Requests.All.Where(request =>
                    request.AppId == app.Id && request.AccountId == accountId && request.Status == status
                )
                .OrderBy(request => request.RequestedAt)
                .ThenBy(request => request.UserId, StringComparer.Ordinal),
        ];

    /// <summary>Approves requests and, with them, the app for those who asked.</summary>
    public static void Approve(World state, ZoomApp app, string accountId, IReadOnlyList<ZoomAppRequest> requests)
    {
        Decide(state, requests, ZoomRequestStatus.Approved);
        ZoomApprovals.Approve(state, app, accountId, [.. requests.Select(request => request.UserId)], []);
    }

    public static void Decide(World state, IReadOnlyList<ZoomAppRequest> requests, ZoomRequestStatus status)
    {
        foreach (ZoomAppRequest request in requests)
        {
            state.Zoom.Requests.Put(request.Key, request with { Status = status });
        }
    }
}
