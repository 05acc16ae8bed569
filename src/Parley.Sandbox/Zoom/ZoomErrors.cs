using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom;

/// <summary>Errors of the API (reference §5): <c>{"code","message","errors":[{"field","message"}]}</c>.</summary>
internal static class ZoomErrors
{
    public static IResult Of(int status, int code, string message) =>
        WireJson.Answer(status, new JsonObject { ["code"] = code, ["message"] = message });

    /// <summary>300 with the fields that do not fit.</summary>
    public static IResult Validation(params IReadOnlyCollection<(string Field, string Message)> errors) =>
        WireJson.Answer(
            StatusCodes.Status400BadRequest,
            new JsonObject
            {
                ["code"] = 300,
                ["message"] = "Validation Failed.",
                ["errors"] = new JsonArray([
                    .. errors.Select(error => new JsonObject { ["field"] = error.Field, ["message"] = error.Message }),
                ]),
            }
        );

    /// <summary>124; the status is a switch.</summary>
    public static IResult Token(ZoomSwitches switches, string message) => Of(switches.ExpiryStatus, 124, message);

    /// <summary>4711 names what would have done; any one of them is enough.</summary>
    public static IResult Scopes(IEnumerable<string> missing) =>
        Of(
            StatusCodes.Status400BadRequest,
            4711,
            $"Invalid access token, does not contain scopes:[{string.Join(", ", missing)}]."
        );

    public static IResult UserUnknown(string who) =>
        Of(StatusCodes.Status404NotFound, 1001, $"User does not exist: {who}.");

    public static IResult MeetingUnknown(string meeting) =>
        Of(StatusCodes.Status404NotFound, 3001, $"Meeting does not exist: {meeting}.");

    /// <summary>200: a paid plan or a role permission is missing.</summary>
    public static IResult NotEntitled(string message) => Of(StatusCodes.Status400BadRequest, 200, message);

    public static IResult UnknownEndpoint() =>
        Of(StatusCodes.Status400BadRequest, 2300, "This API endpoint is not recognized.");
}
