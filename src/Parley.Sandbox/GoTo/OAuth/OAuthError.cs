using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.OAuth;

/// <summary>Errors of the token side, in the shape of RFC 6749 §5.2.</summary>
internal static class OAuthError
{
    public static IResult Answer(int status, string error, string description) =>
        WireJson.Answer(status, new JsonObject { ["error"] = error, ["error_description"] = description });

    public static IResult InvalidGrant(string description) => Answer(400, "invalid_grant", description);
}
