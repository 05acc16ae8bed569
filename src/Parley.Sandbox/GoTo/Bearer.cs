using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo;

/// <summary>Who calls, by access token.</summary>
internal sealed record Caller(Person Person, IReadOnlyList<string> Scopes)
{
    public bool May(string scope) => Scopes.Contains(scope, StringComparer.Ordinal);
}

/// <summary>Reads the three forms of Authorization that production takes: <c>Bearer t</c>, <c>t</c>, <c>OAuth oauth_token=t</c>.</summary>
internal static class Bearer
{
    private const string BearerForm = "Bearer ";
    private const string OAuthForm = "OAuth oauth_token=";

    /// <summary>Null: no token, an unknown one, or one expired at <paramref name="at"/>.</summary>
    public static Caller? Caller(World state, HttpContext context, Instant at)
    {
        Token? token = state.Tokens.Find(
            WireCall.Of(context).TokenId ?? TokenId(context.Request.Headers.Authorization.ToString())
        );
        return
            token is { Kind: TokenKind.Access }
            && token.ExpiresAt > at
            && state.People.Find(token.PersonKey) is { } person
            ? new Caller(person, token.Scopes)
            : null;
    }

    /// <summary>Under what a token of an Authorization header is kept.</summary>
    public static string TokenId(string header)
    {
        header = header.Trim();
        return Secrets.Hash(
            header.StartsWith(BearerForm, StringComparison.OrdinalIgnoreCase) ? header[BearerForm.Length..].Trim()
            : header.StartsWith(OAuthForm, StringComparison.OrdinalIgnoreCase)
                ? header[OAuthForm.Length..].Trim(' ', '"')
            : header
        );
    }
}
