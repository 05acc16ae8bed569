using Microsoft.AspNetCore.Http;

namespace Parley.Sandbox.Control;

/// <summary>Refusals of the control API: RFC 9457 problems with a stable <c>code</c>.</summary>
internal static class ControlProblem
{
    public static IResult Invalid(IDictionary<string, string[]> errors) =>
        Results.Problem(
            title: "The request does not fit",
            detail: string.Join("; ", errors.Select(error => $"{error.Key} {string.Join(", ", error.Value)}")),
            statusCode: StatusCodes.Status400BadRequest,
            extensions: new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["code"] = "invalid_request",
                ["errors"] = errors,
            }
        );

    public static IResult Of(int status, string code, string detail) =>
        Results.Problem(
            title: code.Replace('_', ' '),
            detail: detail,
            statusCode: status,
            extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["code"] = code }
        );

    public static IResult NotSupported(string detail) => Of(StatusCodes.Status400BadRequest, "not_supported", detail);

    public static IResult NotFound(string detail) => Of(StatusCodes.Status404NotFound, "not_found", detail);
}
