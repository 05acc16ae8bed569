using System.Globalization;
using System.Text.Json.Nodes;
using Parley.Sandbox.Control;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Control;

/// <summary>The Zoom side of <c>/control/settings</c>: the switches of docs/sandbox.md, and the scopes ticked on the apps.</summary>
internal static class ZoomSettingFields
{
    private const int Decade = 10 * 365 * 24 * 3600;
    private const string Strict = "strict";
    private const string Grace = "grace:";

    /// <summary>What a change does to the world; what it does not name stays.</summary>
    public static Action<World> Read(ControlBody body)
    {
        string? rotation = body.Text("rotation");
        int? grace = null;
        if (rotation is not (null or Strict))
        {
            if (
                rotation.StartsWith(Grace, StringComparison.Ordinal)
                && int.TryParse(
                    rotation.AsSpan(Grace.Length),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out int seconds
                )
            )
            {
                grace = seconds;
            }
            else
            {
                body.Refuse("rotation", "must be strict or grace:<seconds>");
            }
        }

        int? refreshLife = body.Whole("refreshTokenSeconds", 1, Decade);
        int? accessLife = body.Whole("accessTokenSeconds", 1, Decade);
        int? codeLife = body.Whole("codeSeconds", 1, 24 * 3600);
        int? expiry = body.Whole("expiryStatus", 400, 401);
        string? decline = body.Text("decline", oneOf: ["error", "never"]);
        string? scope = body.Text("authorizeScope", oneOf: ["ignored", "refused"]);
        bool? https = body.Flag("httpsRedirect");
        bool? codes = body.Flag("oauthErrorCodes");
        string? apiUrl = body.Text("apiUrl");
        string? preApproval = body.Text("preApproval", oneOf: ["multiUser", "always", "never"]);
        string? reapproval = body.Text("reapproval", oneOf: ["newConsent", "revives"]);
        int? pageMax = body.Whole("usersPageMax", 1, 2000);
        string? plan = body.Text("planUsage", oneOf: ["available", "4711", "403"]);
        string? me = body.Text("serverToServerMe", oneOf: ["refused", "owner"]);
        string? style = body.Text("scopeStyle", oneOf: ["granular", "classic"]);
        IReadOnlyList<string>? organizer = body.Texts("organizerScopes");
        IReadOnlyList<string>? account = body.Texts("accountScopes");
        return state =>
        {
            ZoomSwitches before = state.Zoom.Switches;
            state.Zoom.Switches = before with
            {
                RotationGraceSeconds = rotation is null ? before.RotationGraceSeconds : grace,
                RefreshTokenSeconds = refreshLife ?? before.RefreshTokenSeconds,
                AccessTokenSeconds = accessLife ?? before.AccessTokenSeconds,
                CodeSeconds = codeLife ?? before.CodeSeconds,
                ExpiryStatus = expiry ?? before.ExpiryStatus,
                Decline = decline ?? before.Decline,
                AuthorizeScope = scope ?? before.AuthorizeScope,
                HttpsRedirect = https ?? before.HttpsRedirect,
                OauthErrorCodes = codes ?? before.OauthErrorCodes,
                ApiUrl = apiUrl ?? before.ApiUrl,
                PreApproval = preApproval ?? before.PreApproval,
                Reapproval = reapproval ?? before.Reapproval,
                UsersPageMax = pageMax ?? before.UsersPageMax,
                PlanUsage = plan ?? before.PlanUsage,
                ServerToServerMe = me ?? before.ServerToServerMe,
            };
            foreach (ZoomApp app in state.Zoom.Apps.All.ToList())
            {
                bool own = app.Kind == ZoomAppKind.User;
                IReadOnlyList<string>? ticked =
                    (own ? organizer : account)
                    ?? style switch
                    {
                        "classic" => own ? ZoomScopes.ClassicOrganizer : ZoomScopes.ClassicAccount,
                        "granular" => own ? ZoomScopes.Organizer : ZoomScopes.Account,
                        _ => null,
                    };
                bool classic = style is null ? app.ClassicScopes : style == "classic";
                state.Zoom.Apps.Put(app.Id, app with { Scopes = ticked ?? app.Scopes, ClassicScopes = classic });
            }
        };
    }

    public static JsonObject Show(World state)
    {
        ZoomSwitches switches = state.Zoom.Switches;
        return new JsonObject
        {
            ["provider"] = ProviderField.Zoom,
            ["rotation"] = switches.RotationGraceSeconds is { } seconds
                ? string.Create(CultureInfo.InvariantCulture, $"{Grace}{seconds}")
                : Strict,
            ["refreshTokenSeconds"] = switches.RefreshTokenSeconds,
            ["accessTokenSeconds"] = switches.AccessTokenSeconds,
            ["codeSeconds"] = switches.CodeSeconds,
            ["expiryStatus"] = switches.ExpiryStatus,
            ["decline"] = switches.Decline,
            ["authorizeScope"] = switches.AuthorizeScope,
            ["httpsRedirect"] = switches.HttpsRedirect,
            ["oauthErrorCodes"] = switches.OauthErrorCodes,
            ["apiUrl"] = switches.ApiUrl,
            ["preApproval"] = switches.PreApproval,
            ["reapproval"] = switches.Reapproval,
            ["usersPageMax"] = switches.UsersPageMax,
            ["planUsage"] = switches.PlanUsage,
            ["serverToServerMe"] = switches.ServerToServerMe,
            ["scopeStyle"] = state.Zoom.Apps.All.Any(app => app.ClassicScopes) ? "classic" : "granular",
            ["organizerScopes"] = ControlJson.Texts(ScopesOf(state, ZoomPersonas.OrganizerApp)),
            ["accountScopes"] = ControlJson.Texts(ScopesOf(state, ZoomPersonas.AccountApp)),
        };
    }

    private static IReadOnlyList<string> ScopesOf(World state, string appId) =>
        state.Zoom.Apps.Find(appId)?.Scopes ?? [];
}
