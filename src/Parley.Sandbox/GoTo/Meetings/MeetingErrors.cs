using System.Net.Mime;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>
/// Refusals of the meeting API. Only that of an expired token was recorded; the shape of all others is a switch
/// (<see cref="MeetingSwitches.ErrorBody"/>).
/// </summary>
internal sealed class MeetingErrors(MeetingSwitches switches)
{
    public IResult BadRequest(string message) => Of(StatusCodes.Status400BadRequest, "InvalidRequest", message);

    public IResult Forbidden(string message) => Of(StatusCodes.Status403Forbidden, "AccessDenied", message);

    public IResult NotFound(string message) => Of(StatusCodes.Status404NotFound, "NotFound", message);

    public IResult Conflict(string message) => Of(StatusCodes.Status409Conflict, "Conflict", message);

    public IResult Of(int status, string code, string message) =>
        switches.ErrorBody switch
        {
            "g2w" => WireJson.Answer(
                status,
                new JsonObject
                {
                    ["errorCode"] = code,
                    ["description"] = message,
                    ["incident"] = $"{Secrets.Digits(18)}",
                }
            ),
            "edge" => WireJson.EdgeError(status, code, message),
            "empty" => Results.StatusCode(status),
            "html" => Results.Text(
                $"<!doctype html><html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>",
                MediaTypeNames.Text.Html,
                Encoding.UTF8,
                status
            ),
            _ => WireJson.MeetingError(status, code, message),
        };
}
