using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.OAuth;

/// <summary>An authorization request (reference §1.3; RFC 6749 §4.1.1, RFC 7636).</summary>
internal sealed record AuthorizeRequest
{
    /// <summary>Where the answer goes; always one of the registered URIs.</summary>
    public required string RedirectUri { get; init; }

    /// <summary>What the token call must repeat; null when the request left it out.</summary>
    public required string? SentRedirectUri { get; init; }
    public required string? State { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
    public required string? Challenge { get; init; }

    /// <summary>The query as it came, so that forms can carry it on.</summary>
    public required string Query { get; init; }

    /// <summary>
    /// A request; or a problem for the person at the screen (nothing may be redirected, RFC 6749 §4.1.2.1); or an error for the client.
    /// </summary>
    public static (AuthorizeRequest? Request, AuthorizeProblem? Problem, string? ErrorRedirect) Read(
        Client client,
        string query,
        DirectorySettings settings
    )
    {
        Dictionary<string, StringValues> fields = QueryHelpers.ParseQuery(query);
        string? Field(string name) => fields.TryGetValue(name, out StringValues value) ? value.ToString() : null;

        if (Field("client_id") != client.Id)
        {
            return (
                null,
                new AuthorizeProblem(
                    "Client not found",
                    "No client is registered under this client_id.",
                    Field("client_id"),
                    [client.Id]
                ),
                null
            );
        }

        string? sent = Field("redirect_uri");
        string? target = sent ?? (client.RedirectUris.Count == 1 ? client.RedirectUris[0] : null);
        if (target is null || !client.RedirectUris.Contains(target, StringComparer.Ordinal))
        {
            return (
                null,
                new AuthorizeProblem(
                    "Redirect URI not registered",
                    "The redirect_uri of the request must equal a registered one, character by character.",
                    sent,
                    client.RedirectUris
                ),
                null
            );
        }

        string? state = Field("state");
        (AuthorizeRequest?, AuthorizeProblem?, string?) Refuse(string error, string description) =>
            (null, null, ErrorUri(target, state, error, description));

        if (fields.Any(field => field.Value.Count > 1))
        {
            return Refuse("invalid_request", "A parameter is sent twice");
        }

        if (Field("response_type") != "code")
        {
            return Refuse("unsupported_response_type", "Only response_type=code is served");
        }

        string? challenge = Field("code_challenge");
        string? method = Field("code_challenge_method");
        if (challenge is null ? method is not null : method != "S256")
        {
            return Refuse(
                "invalid_request",
                "Only code_challenge_method=S256 is served, together with a code_challenge"
            );
        }

        if (challenge is null && (settings.PublicClient || settings.PkceRequired))
        {
            return Refuse(
                "invalid_request",
                settings.PublicClient
                    ? "A client without a secret must send a code_challenge"
                    : "PKCE is required: code_challenge is missing"
            );
        }

        if (
            challenge is not null
            && (challenge.Length != 43 || !challenge.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        )
        {
            return Refuse("invalid_request", "code_challenge is not an S256 challenge");
        }

        string[] scopes = (Field("scope") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (scopes.Except(client.Scopes, StringComparer.Ordinal).Any())
        {
            return Refuse("invalid_scope", "The client is not registered for every scope it asks for");
        }

        AuthorizeRequest request = new()
        {
            RedirectUri = target,
            SentRedirectUri = sent,
            State = state,
            Scopes = scopes.Length > 0 ? [.. scopes.Distinct(StringComparer.Ordinal)] : client.Scopes,
            Challenge = challenge,
            Query = query,
        };
        return (request, null, null);
    }

    public string CodeUri(string code) => With(RedirectUri, State, [new("code", code)]);

    public string DeniedUri() => ErrorUri(RedirectUri, State, "access_denied", "The user denied the request");

    /// <summary>Scheme, host and port of the redirect URI: Chromium applies form-action to redirects too.</summary>
    public string RedirectOrigin =>
        Uri.TryCreate(RedirectUri, UriKind.Absolute, out Uri? uri) ? $"{uri.Scheme}://{uri.Authority}" : "";

    private static string ErrorUri(string target, string? state, string error, string description) =>
        With(target, state, [new("error", error), new("error_description", description)]);

    private static string With(string target, string? state, List<KeyValuePair<string, string?>> fields)
    {
        if (state is not null)
        {
            fields.Add(new("state", state));
        }

        return QueryHelpers.AddQueryString(target, fields);
    }
}

/// <summary>Why an authorization request ends on a page of the provider: what was given, what is registered.</summary>
public sealed record AuthorizeProblem(string Title, string Detail, string? Given, IReadOnlyList<string> Registered);
