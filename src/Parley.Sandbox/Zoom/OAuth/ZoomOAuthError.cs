using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.OAuth;

/// <summary>Errors of the token side (reference §1.5): <c>reason</c> and <c>error</c>; some with a number besides.</summary>
internal static class ZoomOAuthError
{
    public static IResult Of(ZoomSwitches switches, int status, string error, string reason, int? code = null)
    {
        JsonObject body = new() { ["reason"] = reason, ["error"] = error };
        if (code is not null && switches.OauthErrorCodes)
        {
            body["errorCode"] = code;
            body["errorMessage"] = reason;
        }

        return WireJson.Answer(status, body);
    }

    /// <summary>A refresh token that is unknown, expired or was used, word for word as measured.</summary>
    public static IResult DeadToken(ZoomSwitches switches) =>
        Of(switches, StatusCodes.Status400BadRequest, "invalid_grant", "Invalid Token!");

    /// <summary>A refresh token that somebody ended.</summary>
    public static IResult Ended(ZoomSwitches switches, ZoomTokenEnd why) =>
        why switch
        {
            ZoomTokenEnd.Disabled => Of(switches, 400, "invalid_grant", "The token was disabled by the admin.", 4738),
            ZoomTokenEnd.OwnerGone => Of(
                switches,
                400,
                "invalid_grant",
                "The owner of the token does not exist.",
                4735
            ),
            ZoomTokenEnd.Reauthorized or ZoomTokenEnd.Revoked or ZoomTokenEnd.Deauthorized => Of(
                switches,
                400,
                "invalid_grant",
                "The token has been revoked.",
                4741
            ),
            _ => DeadToken(switches),
        };
}
