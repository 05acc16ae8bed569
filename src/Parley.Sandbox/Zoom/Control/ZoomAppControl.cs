using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Control;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.Marketplace;
using Parley.Sandbox.Zoom.Meetings;
using Parley.Sandbox.Zoom.OAuth;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Control;

/// <summary>
/// The Zoom side of <c>/control/tokens</c>, <c>/control/settings</c> and <c>/control/clients</c>, and what only Zoom has:
/// <c>/control/zoom/approvals</c>, <c>/control/zoom/deauthorizations</c>, <c>/control/zoom/events</c>.
/// </summary>
internal sealed class ZoomAppControl(World world)
{
    private const int Decade = 10 * 365 * 24 * 3600;
    private static readonly string[] AppIds =
    [
        ZoomPersonas.OrganizerApp,
        ZoomPersonas.AccountApp,
        ZoomPersonas.ServerApp,
    ];

    public static void Map(IEndpointRouteBuilder routes, ZoomAppControl control)
    {
        RouteGroupBuilder group = routes.MapGroup("/control/zoom");
        group.MapPost("/approvals", (Delegate)control.ApproveAsync);
        group.MapPost("/deauthorizations", (Delegate)control.DeauthorizeAsync);
        group.MapGet("/events", control.Events);
    }

    public IResult ChangeSettings(ControlBody body)
    {
        Action<World> change = ZoomSettingFields.Read(body);
        Action<World> meetings = MeetingFields.Read(body);
        if (body.Problem() is { } problem)
        {
            return problem;
        }

        world.Change(state =>
        {
            change(state);
            meetings(state);
        });
        return Settings();
    }

    public IResult Settings() =>
        world.Read(state => ControlJson.Answer(MeetingFields.With(ZoomSettingFields.Show(state), state)));

    /// <summary>
    /// Tokens without the browser, of a user for <c>app</c> <c>organizer</c> (usual) or <c>account</c>, or of <c>server</c>, which has no user.
    /// They join what the user's grant has already given: nothing is revoked.
    /// </summary>
    public IResult Tokens(ControlBody body)
    {
        string appId = body.Text("app", oneOf: AppIds) ?? ZoomPersonas.OrganizerApp;
        bool server = appId == ZoomPersonas.ServerApp;
        string? email = body.Text("account", required: !server);
        IReadOnlyList<string>? scopes = body.Texts("scopes");
        int? life = body.Whole("expiresInSeconds", -Decade, Decade);
        string? chosen = body.Text("accessToken");
        if (chosen is not null && !chosen.All(c => c is > ' ' and < '\x7f'))
        {
            body.Refuse("accessToken", "must be printable ASCII without blanks");
        }

        if (server && email is not null)
        {
            body.Refuse("account", "has no meaning for a server-to-server app");
        }

        return body.Problem()
            ?? world.Change(state =>
            {
                ZoomApp app = state.Zoom.Apps.Find(appId)!;
                ZoomUser? user = server ? null : state.Zoom.UserByEmail(email!);
                if (!server && user is null)
                {
                    return ControlProblem.NotFound($"There is no Zoom user {email}.");
                }

                if (user is not null and not { Status: ZoomUserStatus.Active })
                {
                    return ControlProblem.Of(
                        StatusCodes.Status409Conflict,
                        "conflict",
                        $"{email} is {Users.ZoomUserReplies.Status(user)} and holds no tokens."
                    );
                }

                string grant = user is null ? Secrets.Text(12) : GrantOf(state, app, user);
                Duration lasts = life is { } seconds ? Duration.FromSeconds(seconds) : ZoomIssue.AccessLife(state);
                IReadOnlyList<string> granted = scopes ?? app.Scopes;
                string accountId = user?.AccountId ?? app.AccountId ?? "";
                string access = ZoomIssue.Access(
                    state,
                    app,
                    accountId,
                    user,
                    grant,
                    granted,
                    chosen ?? Secrets.AccessToken(),
                    lasts
                );
                JsonObject reply = new() { ["accessToken"] = access };
                if (user is not null)
                {
                    reply["refreshToken"] = ZoomIssue.Refresh(state, app, user, grant, granted);
                    reply["userId"] = user.Id;
                }

                reply["accountId"] = accountId;
                reply["expiresAt"] = ControlJson.Time(state.Now + lasts);
                return ControlJson.Answer(reply, StatusCodes.Status201Created);
            });
    }

    public static IEnumerable<JsonNode> Clients(World state) =>
        state
            .Zoom.Apps.All.OrderBy(app => Array.IndexOf(AppIds, app.Id))
            .Select(app =>
                (JsonNode)
                    new JsonObject
                    {
                        ["provider"] = ProviderField.Zoom,
                        ["app"] = app.Id,
                        ["clientId"] = app.ClientId,
                        ["clientSecret"] = app.ClientSecret,
                        ["secretToken"] = app.SecretToken,
                        ["name"] = app.Name,
                        ["kind"] = app.Kind switch
                        {
                            ZoomAppKind.User => "user",
                            ZoomAppKind.Admin => "admin",
                            _ => "server",
                        },
                        ["accountId"] = app.AccountId,
                        ["redirectUris"] = ControlJson.Texts(app.RedirectUris),
                        ["scopes"] = ControlJson.Texts(app.Scopes),
                    }
            );

    /// <summary>Registers a redirect URI with the apps that people authorise.</summary>
    public IResult AddRedirectUri(string uri) =>
        world.Change(state =>
        {
            AddRedirectUris(state, [uri]);
            return ControlJson.Items(Clients(state));
        });

    public static void AddRedirectUris(World state, IReadOnlyList<string> uris)
    {
        foreach (ZoomApp app in state.Zoom.Apps.All.Where(app => app.Kind != ZoomAppKind.ServerToServer).ToList())
        {
            state.Zoom.Apps.Put(
                app.Id,
                app with
                {
                    RedirectUris = [.. app.RedirectUris.Union(uris, StringComparer.Ordinal)],
                }
            );
        }
    }

    /// <summary><c>{"app","account":name,"action":"approve"|"withdraw","users":[e-mail]}</c>; without <c>users</c> it is for all of the account.</summary>
    private async Task<IResult> ApproveAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        string appId = body.Text("app", oneOf: AppIds[..2]) ?? ZoomPersonas.OrganizerApp;
        string? name = body.Text("account", required: true);
        string? action = body.Text("action", required: true, oneOf: ["approve", "withdraw"]);
        IReadOnlyList<string>? emails = body.Texts("users");
        return body.Problem()
            ?? world.Change(state =>
            {
                if (state.Zoom.Accounts.All.FirstOrDefault(known => known.Name == name) is not { } account)
                {
                    return ControlProblem.NotFound($"There is no Zoom account {name}.");
                }

                ZoomApp app = state.Zoom.Apps.Find(appId)!;
                List<ZoomUser?> users = [.. (emails ?? []).Select(state.Zoom.UserByEmail)];
                if (users.Any(user => user?.AccountId != account.Id))
                {
                    return ControlProblem.NotFound("Not all of the users are in the account.");
                }

                List<string> ids = [.. users.Select(user => user!.Id)];
                switch (action, emails)
                {
                    case ("approve", null):
                        ZoomApprovals.ApproveAll(state, app, account.Id);
                        break;
                    case ("approve", _):
                        ZoomApprovals.Approve(state, app, account.Id, ids, []);
                        break;
                    case (_, null):
                        ZoomApprovals.WithdrawAll(state, app, account.Id);
                        break;
                    default:
                        ZoomApprovals.Withdraw(state, app, account.Id, ids, []);
                        break;
                }

                return Results.NoContent();
            });
    }

    /// <summary><c>{"app","account":e-mail}</c>: the user, or an administrator for them, removes the app.</summary>
    private async Task<IResult> DeauthorizeAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        string appId = body.Text("app", oneOf: AppIds[..2]) ?? ZoomPersonas.OrganizerApp;
        string? email = body.Text("account", required: true);
        return body.Problem()
            ?? world.Change(state =>
                state.Zoom.UserByEmail(email!) is { } user
                && ZoomApprovals.Deauthorize(state, state.Zoom.Apps.Find(appId)!, user)
                    ? Results.NoContent()
                    : ControlProblem.NotFound($"{email} has not added the app.")
            );
    }

    /// <summary>What happened that webhooks tell of, oldest first.</summary>
    private IResult Events(string? name) =>
        world.Read(state =>
            ControlJson.Items([
                .. state
                    .Zoom.Events.All.Where(one => name is null || one.Name == name)
                    .OrderBy(one => one.Number)
                    .Select(one => new JsonObject
                    {
                        ["number"] = one.Number,
                        ["event"] = one.Name,
                        ["at"] = ControlJson.Time(one.At),
                        ["accountId"] = one.AccountId,
                        ["app"] = one.AppId,
                        ["payload"] = JsonNode.Parse(one.Payload),
                    }),
            ])
        );

    private static string GrantOf(World state, ZoomApp app, ZoomUser user) =>
        state.Zoom.Installs.Find(ZoomInstall.KeyOf(app.Id, user.Id))?.GrantId ?? ZoomIssue.Grant(state, app, user);
}
