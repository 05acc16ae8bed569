using System.Text;
using Microsoft.AspNetCore.Http;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.OAuth;

/// <summary>client_secret_basic and client_secret_post (RFC 6749 §2.3.1). An empty <c>client_id</c> beside Basic is let pass, as in production.</summary>
internal static class ClientAuthentication
{
    /// <summary>Null when the registered client has proved itself, else the refusal.</summary>
    public static IResult? Refusal(Client client, HttpContext context, IFormCollection form, bool isPublic)
    {
        string bodyId = form["client_id"].ToString();
        string bodySecret = form["client_secret"].ToString();
        string header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            // A public client has no secret to show (RFC 6749 §2.1); PKCE stands in for it.
            return bodyId.Length == 0 ? Unknown()
                : isPublic && bodyId == client.Id && bodySecret.Length == 0 ? null
                : Check(client, bodyId, bodySecret);
        }

        if (bodySecret.Length > 0)
        {
            return OAuthError.Answer(400, "invalid_request", "Send the client's secret in one way only");
        }

        string pair;
        try
        {
            pair = Encoding.UTF8.GetString(Convert.FromBase64String(header["Basic ".Length..].Trim()));
        }
        catch (FormatException)
        {
            return Unknown();
        }

        int colon = pair.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return Unknown();
        }

        string id = Uri.UnescapeDataString(pair[..colon]);
        return bodyId.Length > 0 && bodyId != id
            ? OAuthError.Answer(400, "invalid_request", "client_id differs from the Authorization header")
            : Check(client, id, Uri.UnescapeDataString(pair[(colon + 1)..]));
    }

    private static IResult? Check(Client client, string id, string secret)
    {
        if (id != client.Id)
        {
            return Unknown();
        }

        return Secrets.Same(secret, client.Secret)
            ? null
            : OAuthError.Answer(401, "invalid_client", "Client authentication failed.");
    }

    /// <summary>As recorded in 2026.</summary>
    private static IResult Unknown() => OAuthError.Answer(401, "invalid_client", "client not found");
}
