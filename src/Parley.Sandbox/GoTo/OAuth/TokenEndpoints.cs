using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.OAuth;

/// <summary>The back-channel half of the authorization server (reference §1.4–1.6): token, revoke, introspect.</summary>
internal sealed class TokenEndpoints(World world)
{
    public static void Map(IEndpointRouteBuilder routes, TokenEndpoints endpoints)
    {
        routes.MapPost("/goto/oauth/token", (Delegate)endpoints.TokenAsync);
        routes.MapPost("/goto/oauth/revoke", (Delegate)endpoints.RevokeAsync);
        routes.MapPost("/goto/oauth/introspect", (Delegate)endpoints.IntrospectAsync);
    }

    private Task<IResult> TokenAsync(HttpContext context) =>
        WithClientAsync(
            context,
            (state, form) =>
                form["grant_type"].ToString() switch
                {
                    "authorization_code" => Exchange(state, form),
                    "refresh_token" => Refresh(state, form, WireCall.Of(context).Rotate),
                    "personal_access_token" when state.Directory.PatGrant => Trade(state, form),
                    "" => OAuthError.Answer(400, "invalid_request", "grant_type is missing"),
                    "client_credentials" or "password" or "personal_access_token" => OAuthError.Answer(
                        401,
                        "unauthorized_client",
                        "Unauthorized grant type"
                    ),
                    _ => OAuthError.Answer(400, "unsupported_grant_type", "Unsupported grant type"),
                }
        );

    private static IResult Exchange(World state, IFormCollection form)
    {
        string secret = form["code"].ToString();
        if (secret.Length == 0)
        {
            return OAuthError.Answer(400, "invalid_request", "code is missing");
        }

        AuthorizationCode? code = state.Codes.Find(Secrets.Hash(secret));
        if (code is null || code.ClientId != state.Client.Id)
        {
            return OAuthError.InvalidGrant("The authorization code is not known");
        }

        if (code.Used)
        {
            // RFC 6749 §4.1.2: a second use means someone else has it, so the first use's tokens go too.
            Issue.Withdraw(state, code.GrantId);
            return OAuthError.InvalidGrant("The authorization code was used before");
        }

        state.Codes.Put(code.Id, code with { Used = true });
        if (code.ExpiresAt <= state.Now)
        {
            return OAuthError.InvalidGrant("The authorization code has expired");
        }

        string? redirectUri = form.ContainsKey("redirect_uri") ? form["redirect_uri"].ToString() : null;
        if (code.RedirectUri is not null && code.RedirectUri != redirectUri)
        {
            return OAuthError.InvalidGrant("redirect_uri differs from the one of the authorization request");
        }

        string verifier = form["code_verifier"].ToString();
        if (code.Challenge is not null && !Verifies(verifier, code.Challenge))
        {
            return OAuthError.InvalidGrant("code_verifier does not match the challenge");
        }

        if (code.Challenge is null && verifier.Length > 0)
        {
            // RFC 9700 §2.1.1: a verifier without a challenge means the challenge was stripped on the way.
            return OAuthError.InvalidGrant("code_verifier without a code_challenge");
        }

        Duration life = Duration.FromSeconds(state.Settings.AccessTokenSeconds);
        (string access, string refresh) = Issue.Pair(state, code.PersonKey, code.Scopes, code.GrantId, life);
        return Reply(state, access, refresh, code.PersonKey, code.Scopes);
    }

    /// <summary>The vendor's grant: a personal access token against an access token; there is nothing to refresh.</summary>
    private static IResult Trade(World state, IFormCollection form)
    {
        Token? pat = state.Tokens.Find(Secrets.Hash(form["pat"].ToString()));
        if (pat is not { Kind: TokenKind.Personal } || pat.ExpiresAt <= state.Now)
        {
            return OAuthError.InvalidGrant("The personal access token is not known, was revoked or has expired");
        }

        if (pat.Scopes.Except(state.Client.Scopes, StringComparer.Ordinal).Any())
        {
            return OAuthError.Answer(400, "invalid_scope", "The client is not registered for every scope of the token");
        }

        Duration life = Duration.FromSeconds(state.Settings.AccessTokenSeconds);
        string access = Issue.Access(state, pat.PersonKey, pat.Scopes, pat.GrantId, life);
        return Reply(state, access, refresh: null, pat.PersonKey, pat.Scopes, assurance: 3);
    }

    private static IResult Refresh(World state, IFormCollection form, bool rotate)
    {
        string secret = form["refresh_token"].ToString();
        if (secret.Length == 0)
        {
            return OAuthError.Answer(400, "invalid_request", "refresh_token is missing");
        }

        Token? token = state.Tokens.Find(Secrets.Hash(secret));
        if (token is not { Kind: TokenKind.Refresh } || token.ExpiresAt <= state.Now)
        {
            return OAuthError.InvalidGrant("The refresh token is not known, was revoked or has expired");
        }

        string[] wanted = form["scope"].ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (wanted.Except(token.Scopes, StringComparer.Ordinal).Any())
        {
            return OAuthError.Answer(400, "invalid_scope", "The scope exceeds what was granted");
        }

        IReadOnlyList<string> scopes = wanted.Length > 0 ? wanted : token.Scopes;
        Duration life = Duration.FromSeconds(state.Settings.AccessTokenSeconds);
        string? next = null;
        switch (rotate ? "rotated" : state.Settings.RefreshPolicy)
        {
            case "same":
                next = secret;
                break;
            case "rotated":
                // The guide of 2017: one use only, and using it also ends the current access token.
                Issue.Withdraw(state, token.GrantId);
                next = Issue.Refresh(state, token.PersonKey, token.Scopes, token.GrantId);
                break;
        }

        string access = Issue.Access(state, token.PersonKey, scopes, token.GrantId, life);
        return Reply(state, access, next, token.PersonKey, scopes);
    }

    private static IResult Reply(
        World state,
        string access,
        string? refresh,
        string personKey,
        IReadOnlyList<string> scopes,
        int? assurance = null
    )
    {
        Person? person = state.People.Find(personKey);
        JsonObject reply = new()
        {
            ["access_token"] = access,
            ["token_type"] = "Bearer",
            ["expires_in"] = state.Settings.AccessTokenSeconds,
        };
        if (refresh is not null)
        {
            reply["refresh_token"] = refresh;
        }

        reply["scope"] = string.Join(' ', scopes);
        // No organizer_key, no account_key: the current host has dropped them.
        reply["principal"] = person?.Email;
        if (assurance is not null)
        {
            reply["loa"] = assurance;
        }

        if (state.Directory.OldTokenReply && person is not null)
        {
            reply["organizer_key"] = person.Key;
            reply["account_key"] = person.AccountKey;
            reply["account_type"] = "corporate";
            reply["firstName"] = person.FirstName;
            reply["lastName"] = person.LastName;
            reply["email"] = person.Email;
            reply["platform"] = "GLOBAL";
            reply["version"] = "3";
        }

        return WireJson.Answer(200, reply);
    }

    /// <summary>RFC 7009: 200 whether or not the token was known. A refresh token takes its access tokens along.</summary>
    private Task<IResult> RevokeAsync(HttpContext context) =>
        WithClientAsync(
            context,
            (state, form) =>
            {
                string secret = form["token"].ToString();
                if (secret.Length == 0)
                {
                    return OAuthError.Answer(400, "invalid_request", "token is missing");
                }

                if (state.Tokens.Find(Secrets.Hash(secret)) is { } token)
                {
                    if (token.Kind is TokenKind.Refresh or TokenKind.Personal)
                    {
                        Issue.Withdraw(state, token.GrantId);
                    }
                    else
                    {
                        state.Tokens.Remove(token.Id);
                    }
                }

                return Results.Ok();
            }
        );

    /// <summary>RFC 7662.</summary>
    private Task<IResult> IntrospectAsync(HttpContext context) =>
        WithClientAsync(
            context,
            (state, form) =>
                state.Tokens.Find(Secrets.Hash(form["token"].ToString())) is { } token && token.ExpiresAt > state.Now
                    ? WireJson.Answer(
                        200,
                        new JsonObject
                        {
                            ["active"] = true,
                            ["scope"] = string.Join(' ', token.Scopes),
                            ["client_id"] = token.ClientId,
                            ["username"] = state.People.Find(token.PersonKey)?.Email,
                            ["iat"] = token.IssuedAt.ToUnixTimeSeconds(),
                            ["exp"] = token.ExpiresAt.ToUnixTimeSeconds(),
                        }
                    )
                    : WireJson.Answer(200, new JsonObject { ["active"] = false })
        );

    private async Task<IResult> WithClientAsync(HttpContext context, Func<World, IFormCollection, IResult> answer)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (!context.Request.HasFormContentType)
        {
            return OAuthError.Answer(400, "invalid_request", "Send application/x-www-form-urlencoded");
        }

        IFormCollection form;
        try
        {
            form = await context.Request.ReadFormAsync();
        }
        catch (InvalidDataException)
        {
            return OAuthError.Answer(400, "invalid_request", "The form cannot be read");
        }

        // RFC 6749 §3.2: no parameter twice.
        if (form.Any(field => field.Value.Count > 1))
        {
            return OAuthError.Answer(400, "invalid_request", "A parameter is sent twice");
        }

        return world.Change(state =>
            ClientAuthentication.Refusal(state.Client, context, form, state.Directory.PublicClient)
            ?? answer(state, form)
        );
    }

    private static bool Verifies(string verifier, string challenge) =>
        verifier.Length is >= 43 and <= 128
        && Secrets.Same(Secrets.Base64Url(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))), challenge);
}
