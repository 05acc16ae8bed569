using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Pages;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;
using Parley.Sandbox.Zoom.Marketplace;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.OAuth;

/// <summary>The back-channel half of Zoom's OAuth (reference §1.1–1.4): token and revoke.</summary>
internal sealed class ZoomTokenEndpoints(World world, SandboxAddress address)
{
    public static void Map(IEndpointRouteBuilder routes, ZoomTokenEndpoints endpoints)
    {
        routes.MapPost("/zoom/oauth/token", (Delegate)endpoints.TokenAsync);
        routes.MapPost("/zoom/oauth/revoke", (Delegate)endpoints.RevokeAsync);
    }

    private Task<IResult> TokenAsync(HttpContext context) =>
        WithAppAsync(
            context,
            (state, app, fields) =>
                fields["grant_type"] switch
                {
                    "authorization_code" => Exchange(state, app, fields),
                    "refresh_token" => Refresh(state, app, fields, WireCall.Of(context).ReceivedAt),
                    "account_credentials" => ForAccount(state, app, fields),
                    "client_credentials" => ForApp(state, app),
                    "" => ZoomOAuthError.Of(state.Zoom.Switches, 400, "invalid_request", "Missing grant type", 4706),
                    _ => ZoomOAuthError.Of(
                        state.Zoom.Switches,
                        400,
                        "unsupported_grant_type",
                        "unsupported grant type",
                        4705
                    ),
                }
        );

    private IResult Exchange(World state, ZoomApp app, ZoomFields fields)
    {
        ZoomSwitches switches = state.Zoom.Switches;
        string secret = fields["code"];
        ZoomCode? code = state.Zoom.Codes.Find(Secrets.Hash(secret));
        IResult InvalidCode(int number) =>
            ZoomOAuthError.Of(switches, 400, "invalid_request", $"Invalid authorization code {secret}", number);

        if (code is null || code.AppId != app.Id || code.Used)
        {
            return InvalidCode(4734);
        }

        if (code.ExpiresAt <= state.Now)
        {
            return InvalidCode(4733);
        }

        if (code.RedirectUri != fields["redirect_uri"])
        {
            return ZoomOAuthError.Of(switches, 400, "invalid_request", "Redirect URI mismatch", 4709);
        }

        string verifier = fields["code_verifier"];
        if (code.Challenge is null ? verifier.Length > 0 : !Verifies(verifier, code))
        {
            return ZoomOAuthError.Of(switches, 400, "invalid_request", "Invalid code verifier");
        }

        // Spent only by a call that is right in everything: nothing says that a wrong one costs it.
        state.Zoom.Codes.Put(code.Id, code with { Used = true });
        if (state.Zoom.Users.Find(code.UserId) is not { Status: ZoomUserStatus.Active } user)
        {
            return ZoomOAuthError.Ended(switches, ZoomTokenEnd.OwnerGone);
        }

        if (!ZoomApprovals.Allowed(state, app, user))
        {
            return ZoomOAuthError.Ended(switches, ZoomTokenEnd.Disabled);
        }

        string grant = ZoomIssue.Grant(state, app, user);
        string access = ZoomIssue.Access(state, app, user.AccountId, user, grant);
        string refresh = ZoomIssue.Refresh(state, app, user, grant, app.Scopes);
        return Reply(state, access, refresh, app.Scopes);
    }

    private IResult Refresh(World state, ZoomApp app, ZoomFields fields, Instant receivedAt)
    {
        ZoomSwitches switches = state.Zoom.Switches;
        ZoomToken? token = state.Zoom.Tokens.Find(Secrets.Hash(fields["refresh_token"]));
        if (token is not { Kind: ZoomTokenKind.Refresh } || token.AppId != app.Id || token.ExpiresAt <= receivedAt)
        {
            return ZoomOAuthError.DeadToken(switches);
        }

        if (!token.LiveAt(receivedAt))
        {
            return ZoomOAuthError.Ended(switches, token.End);
        }

        if (state.Zoom.Users.Find(token.UserId ?? "") is not { Status: ZoomUserStatus.Active } user)
        {
            return ZoomOAuthError.Ended(switches, ZoomTokenEnd.OwnerGone);
        }

        if (token.End != ZoomTokenEnd.Rotated)
        {
            Duration grace = Duration.FromSeconds(switches.RotationGraceSeconds ?? 0);
            state.Zoom.Tokens.Put(token.Id, token with { EndedAt = state.Now + grace, End = ZoomTokenEnd.Rotated });
        }

        // The access token of before lives on until its time.
        string refresh = ZoomIssue.Refresh(state, app, user, token.GrantId, token.Scopes);
        string access = ZoomIssue.Access(
            state,
            app,
            user.AccountId,
            user,
            token.GrantId,
            token.Scopes,
            Secrets.AccessToken(),
            ZoomIssue.AccessLife(state)
        );
        return Reply(state, access, refresh, token.Scopes);
    }

    /// <summary>Server-to-server: several live tokens coexist, and there is nothing to refresh.</summary>
    private IResult ForAccount(World state, ZoomApp app, ZoomFields fields)
    {
        if (app.Kind != ZoomAppKind.ServerToServer)
        {
            return ZoomOAuthError.Of(
                state.Zoom.Switches,
                400,
                "unsupported_grant_type",
                "unsupported grant type",
                4705
            );
        }

        return fields["account_id"] == app.AccountId
            ? Reply(
                state,
                ZoomIssue.Access(state, app, app.AccountId, user: null, Secrets.Text(12)),
                refresh: null,
                app.Scopes
            )
            : ZoomOAuthError.Of(state.Zoom.Switches, 400, "invalid_request", "Bad Request");
    }

    /// <summary>For the app alone, to manage its webhook subscriptions: no account's data can be read with it.</summary>
    private IResult ForApp(World state, ZoomApp app) =>
        Reply(
            state,
            ZoomIssue.Access(state, app, accountId: null, user: null, Secrets.Text(12)),
            refresh: null,
            app.Scopes
        );

    private IResult Reply(World state, string access, string? refresh, IReadOnlyList<string> scopes)
    {
        ZoomSwitches switches = state.Zoom.Switches;
        JsonObject reply = new() { ["access_token"] = access, ["token_type"] = "bearer" };
        if (refresh is not null)
        {
            reply["refresh_token"] = refresh;
        }

        reply["expires_in"] = switches.AccessTokenSeconds;
        reply["scope"] = string.Join(' ', scopes);
        if (switches.ApiUrl != "absent")
        {
            reply["api_url"] = switches.ApiUrl == "own" ? $"{address.BaseUrl}/zoom" : switches.ApiUrl;
        }

        return WireJson.Answer(StatusCodes.Status200OK, reply);
    }

    /// <summary>Ends everything the grant gave; success whether or not the token was known (RFC 7009).</summary>
    private Task<IResult> RevokeAsync(HttpContext context) =>
        WithAppAsync(
            context,
            (state, app, fields) =>
            {
                if (state.Zoom.Tokens.Find(Secrets.Hash(fields["token"])) is { } token && token.AppId == app.Id)
                {
                    ZoomIssue.End(state, other => other.GrantId == token.GrantId, ZoomTokenEnd.Revoked);
                    if (
                        state.Zoom.Installs.Find(ZoomInstall.KeyOf(app.Id, token.UserId ?? "")) is { } install
                        && install.GrantId == token.GrantId
                    )
                    {
                        state.Zoom.Installs.Remove(install.Key);
                    }
                }

                return WireJson.Answer(StatusCodes.Status200OK, new JsonObject { ["status"] = "success" });
            }
        );

    private async Task<IResult> WithAppAsync(HttpContext context, Func<World, ZoomApp, ZoomFields, IResult> answer)
    {
        context.Response.Headers.CacheControl = "no-store";
        ZoomFields fields = new(await PageForms.ReadAsync(context), context.Request.Query);
        return world.Change(state =>
        {
            (ZoomApp? app, IResult? refusal) = ZoomClientAuthentication.Of(state.Zoom, context, fields);
            return app is null ? refusal! : answer(state, app, fields);
        });
    }

    private static bool Verifies(string verifier, ZoomCode code) =>
        code.ChallengeMethod == "plain"
            ? Secrets.Same(verifier, code.Challenge!)
            : verifier.Length is >= 43 and <= 128
                && Secrets.Same(Secrets.Base64Url(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))), code.Challenge!);
}
