using System.Text;
using Microsoft.AspNetCore.Http;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.OAuth;

/// <summary>Which app calls the token side: Basic, or id and secret among the fields.</summary>
internal static class ZoomClientAuthentication
{
    public static (ZoomApp? App, IResult? Refusal) Of(ZoomTables zoom, HttpContext context, ZoomFields fields)
    {
        string header = context.Request.Headers.Authorization.ToString();
        (string Id, string Secret)? pair = header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)
            ? Decode(header["Basic ".Length..].Trim())
            : (fields["client_id"], fields["client_secret"]);
        if (pair is not ({ Length: > 0 } id, { Length: > 0 } secret))
        {
            return (
                null,
                ZoomOAuthError.Of(
                    zoom.Switches,
                    StatusCodes.Status401Unauthorized,
                    "invalid_client",
                    "Missing client_id or client_secret",
                    4706
                )
            );
        }

        return zoom.AppByClient(id) is { } app && Secrets.Same(secret, app.ClientSecret)
            ? (app, null)
            : (
                null,
                ZoomOAuthError.Of(
                    zoom.Switches,
                    StatusCodes.Status401Unauthorized,
                    "invalid_client",
                    "Invalid client_id or client_secret",
                    4702
                )
            );
    }

    private static (string, string)? Decode(string encoded)
    {
        try
        {
            string pair = Encoding.UTF8.GetString(Convert.FromBase64String(encoded));
            int colon = pair.IndexOf(':', StringComparison.Ordinal);
            return colon < 0
                ? null
                : (Uri.UnescapeDataString(pair[..colon]), Uri.UnescapeDataString(pair[(colon + 1)..]));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

/// <summary>The fields of a token call. Zoom takes them from the body and, for clients that put them there, from the query.</summary>
internal sealed class ZoomFields(IFormCollection form, IQueryCollection query)
{
    public string this[string name] =>
        form.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues value)
            ? value.ToString()
            : query[name].ToString();
}
