using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom;

/// <summary>Who calls, by access token. <see cref="User"/> is null for server-to-server tokens.</summary>
internal sealed record ZoomCaller(ZoomApp App, ZoomAccount Account, ZoomUser? User, IReadOnlyList<string> Scopes);

/// <summary>Reads <c>Authorization: Bearer</c>.</summary>
internal static class ZoomBearer
{
    /// <summary>The caller, or the refusal: code 124 whatever is wrong with the token.</summary>
    public static (ZoomCaller? Caller, IResult? Refusal) Caller(World state, HttpContext context)
    {
        WireCall call = WireCall.Of(context);
        ZoomSwitches switches = state.Zoom.Switches;
        if (context.Request.Query.ContainsKey("access_token"))
        {
            // Refused since 2023, whatever the header says.
            return Refuse(
                switches with
                {
                    ExpiryStatus = StatusCodes.Status401Unauthorized,
                },
                "Invalid access token. The access token must not be sent as a query-string parameter."
            );
        }

        ZoomToken? token = state.Zoom.Tokens.Find(
            call.TokenId ?? GoTo.Bearer.TokenId(context.Request.Headers.Authorization.ToString())
        );
        if (
            token is not { Kind: ZoomTokenKind.Access }
            || (token.EndedAt is { } ended && ended <= call.ReceivedAt)
            || state.Zoom.Apps.Find(token.AppId) is not { } app
            || state.Zoom.Accounts.Find(token.AccountId ?? "") is not { } account
        )
        {
            return Refuse(switches, "Invalid access token.");
        }

        if (token.ExpiresAt <= call.ReceivedAt)
        {
            return Refuse(switches, "Access token is expired.");
        }

        ZoomUser? user = token.UserId is null ? null : state.Zoom.Users.Find(token.UserId);
        return token.UserId is not null && user is not { Status: ZoomUserStatus.Active }
            ? Refuse(switches, "Invalid access token.")
            : (new ZoomCaller(app, account, user, token.Scopes), null);
    }

    private static (ZoomCaller?, IResult?) Refuse(ZoomSwitches switches, string message) =>
        (null, ZoomErrors.Token(switches, message));
}
