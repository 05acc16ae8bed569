using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Pages;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.Marketplace;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.OAuth;

/// <summary>The front-channel half of Zoom's OAuth: sign-in, pre-approval, consent, and straight on when it was given before.</summary>
internal sealed class ZoomAuthorizeEndpoints(World world)
{
    public const string AuthorizePath = "/zoom/oauth/authorize";
    private const int ShownUsers = 20;
    private const string CookieName = "zoom_sandbox_session";
    private static readonly Duration SignInLife = Duration.FromDays(30);

    public static void Map(IEndpointRouteBuilder routes, ZoomAuthorizeEndpoints endpoints)
    {
        routes.MapGet(AuthorizePath, endpoints.Authorize);
        routes.MapPost("/zoom/oauth/signin", (Delegate)endpoints.SignInAsync);
        routes.MapPost("/zoom/oauth/signout", (Delegate)endpoints.SignOutAsync);
        routes.MapPost("/zoom/oauth/consent", (Delegate)endpoints.ConsentAsync);
        routes.MapPost("/zoom/oauth/request-approval", (Delegate)endpoints.RequestApprovalAsync);
    }

    private IResult Authorize(HttpContext context) =>
        world.Change(state =>
            WithRequest(
                state,
                context,
                context.Request.QueryString.Value ?? "",
                request =>
                {
                    if (SignedIn(state, context) is not var (signIn, user))
                    {
                        return SignInPage(state, context, request, problem: null);
                    }

                    return Obstacle(state, context, request, signIn, user)
                        ?? (
                            state.Zoom.Installs.Find(ZoomInstall.KeyOf(request.App.Id, user.Id)) is not null
                                ? SeeOther(context, request.CodeUri(NewCode(state, request, user)))
                                : ConsentPage(state, context, request, user, signIn)
                        );
                }
            )
        );

    private async Task<IResult> SignInAsync(HttpContext context)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        return world.Change(state =>
            WithRequest(
                state,
                context,
                form["request"].ToString(),
                request =>
                {
                    string continueAs = form["continueAs"].ToString();
                    ZoomUser? user =
                        continueAs.Length > 0 ? state.Zoom.Users.Find(continueAs)
                        : state.Zoom.UserByEmail(form["email"].ToString()) is { } named
                        && Secrets.Same(named.Password, form["password"].ToString())
                            ? named
                        : null;
                    if (user is null)
                    {
                        return SignInPage(state, context, request, "This e-mail and password do not belong together.");
                    }

                    if (user.Status != ZoomUserStatus.Active)
                    {
                        return SignInPage(
                            state,
                            context,
                            request,
                            user.Status == ZoomUserStatus.Pending
                                ? "This invitation has not been accepted yet."
                                : "This user is deactivated. Ask the administrator of your account."
                        );
                    }

                    SignIn(state, context, user);
                    return SeeOther(context, AuthorizePath + request.Query);
                }
            )
        );
    }

    private async Task<IResult> SignOutAsync(HttpContext context)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        return world.Change(state =>
            WithRequest(
                state,
                context,
                form["request"].ToString(),
                request =>
                {
                    if (context.Request.Cookies[CookieName] is { } cookie)
                    {
                        state.Zoom.SignIns.Remove(Secrets.Hash(cookie));
                    }

                    context.Response.Cookies.Delete(CookieName, new CookieOptions { Path = "/zoom" });
                    return SeeOther(context, AuthorizePath + request.Query);
                }
            )
        );
    }

    private Task<IResult> ConsentAsync(HttpContext context) =>
        WithFormAsync(
            context,
            (state, form, request, signIn, user) =>
            {
                string decision = form["decision"].ToString();
                if (decision == "approveAndAllow" && user.Admin)
                {
                    ZoomApprovals.ApproveAll(state, request.App, user.AccountId);
                }

                if (Obstacle(state, context, request, signIn, user) is { } obstacle)
                {
                    return obstacle;
                }

                if (decision is "allow" or "approveAndAllow")
                {
                    return SeeOther(context, request.CodeUri(NewCode(state, request, user)));
                }

                return state.Zoom.Switches.Decline == "error"
                    ? SeeOther(context, request.DeclinedUri())
                    : SandboxPage.Of<MessagePage>(
                        context,
                        new { Title = "You declined", Text = "Nothing was authorised. You can close this page." }
                    );
            }
        );

    private Task<IResult> RequestApprovalAsync(HttpContext context) =>
        WithFormAsync(
            context,
            (state, _, request, signIn, user) =>
            {
                if (!ZoomApprovals.Allowed(state, request.App, user))
                {
                    ZoomRequests.Add(state, request.App, user);
                }

                return SeeOther(context, AuthorizePath + request.Query);
            }
        );

    private async Task<IResult> WithFormAsync(
        HttpContext context,
        Func<World, IFormCollection, ZoomAuthorizeRequest, SignIn, ZoomUser, IResult> answer
    )
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        return world.Change(state =>
            WithRequest(
                state,
                context,
                form["request"].ToString(),
                request =>
                    SignedIn(state, context) is var (signIn, user)
                    && Secrets.Same(signIn.FormKey, form["formKey"].ToString())
                        ? answer(state, form, request, signIn, user)
                        // Signed out meanwhile, or the form is not one of ours: ask again.
                        : SeeOther(context, AuthorizePath + request.Query)
            )
        );
    }

    private static IResult WithRequest(
        World state,
        HttpContext context,
        string query,
        Func<ZoomAuthorizeRequest, IResult> answer
    )
    {
        if (query.Length > 0 && query[0] != '?')
        {
            query = "?" + query;
        }

        (ZoomAuthorizeRequest? request, ZoomPageProblem? problem) = ZoomAuthorizeRequest.Read(state.Zoom, query);
        return request is null
            ? SandboxPage.Of<ZoomProblemPage>(context, new { Problem = problem }, status: 400)
            : answer(request);
    }

    /// <summary>Why someone who is signed in gets no consent page; null when they do. Nothing here ever goes back to the app.</summary>
    private static IResult? Obstacle(
        World state,
        HttpContext context,
        ZoomAuthorizeRequest request,
        SignIn signIn,
        ZoomUser user
    )
    {
        if (request.App.Kind == ZoomAppKind.Admin && !user.Admin)
        {
            return SandboxPage.Of<ZoomProblemPage>(
                context,
                new
                {
                    Problem = new ZoomPageProblem(
                        4711,
                        "You cannot authorize the app. Your role lacks the permissions that the app asks for."
                    ),
                    request.Query,
                },
                status: 403
            );
        }

        if (user.Admin || ZoomApprovals.Allowed(state, request.App, user))
        {
            // An administrator who has not approved yet does so on the consent page.
            return ZoomApprovals.Allowed(state, request.App, user)
                ? null
                : ConsentPage(state, context, request, user, signIn);
        }

        return SandboxPage.Of<ZoomPreApprovalPage>(
            context,
            new
            {
                Request = request.Query,
                AppName = request.App.Name,
                User = user,
                AccountName = state.Zoom.AccountOf(user).Name,
                signIn.FormKey,
                Status = state.Zoom.Requests.Find(ZoomInstall.KeyOf(request.App.Id, user.Id))?.Status,
            }
        );
    }

    private static void SignIn(World state, HttpContext context, ZoomUser user)
    {
        string cookie = Secrets.Text(32);
        string id = Secrets.Hash(cookie);
        state.Zoom.SignIns.Put(id, new SignIn(id, user.Id, Secrets.Text(24), state.Now + SignInLife));
        state.Zoom.Users.Put(user.Id, user with { LastLoginAt = state.Now });
        context.Response.Cookies.Append(
            CookieName,
            cookie,
            new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Lax,
                Path = "/zoom",
            }
        );
    }

    private static (SignIn SignIn, ZoomUser User)? SignedIn(World state, HttpContext context) =>
        context.Request.Cookies[CookieName] is { Length: > 0 } cookie
        && state.Zoom.SignIns.Find(Secrets.Hash(cookie)) is { } signIn
        && signIn.ExpiresAt > state.Now
        && state.Zoom.Users.Find(signIn.PersonKey) is { Status: ZoomUserStatus.Active } user
            ? (signIn, user)
            : null;

    private static string NewCode(World state, ZoomAuthorizeRequest request, ZoomUser user)
    {
        string code = Secrets.Text(32);
        string id = Secrets.Hash(code);
        state.Zoom.Codes.Put(
            id,
            new ZoomCode
            {
                Id = id,
                AppId = request.App.Id,
                UserId = user.Id,
                RedirectUri = request.RedirectUri,
                Challenge = request.Challenge,
                ChallengeMethod = request.ChallengeMethod,
                ExpiresAt = state.Now + Duration.FromSeconds(state.Zoom.Switches.CodeSeconds),
            }
        );
        return code;
    }

    private static IResult SignInPage(
        World state,
        HttpContext context,
        ZoomAuthorizeRequest request,
        string? problem
    ) =>
        SandboxPage.Of<ZoomSignInPage>(
            context,
            new
            {
                Request = request.Query,
                AppName = request.App.Name,
                Users = (IReadOnlyList<ZoomUser>)
                    [
                        .. state
                            .Zoom.Users.All.Where(user => user.Status == ZoomUserStatus.Active)
                            .OrderBy(user => user.Purpose.Length == 0)
                            .ThenBy(user => user.AccountId, StringComparer.Ordinal)
                            .ThenBy(user => user.Pmi)
                            .Take(ShownUsers),
                    ],
                Accounts = (IReadOnlyDictionary<string, string>)
                    state.Zoom.Accounts.All.ToDictionary(
                        account => account.Id,
                        account => account.Name,
                        StringComparer.Ordinal
                    ),
                Problem = problem,
            },
            formTarget: request.RedirectOrigin,
            status: problem is null ? 200 : 400
        );

    private static IResult ConsentPage(
        World state,
        HttpContext context,
        ZoomAuthorizeRequest request,
        ZoomUser user,
        SignIn signIn
    ) =>
        SandboxPage.Of<ZoomConsentPage>(
            context,
            new
            {
                Request = request.Query,
                AppName = request.App.Name,
                User = user,
                request.App.Scopes,
                signIn.FormKey,
                RedirectTo = request.RedirectOrigin,
                Approves = !ZoomApprovals.Allowed(state, request.App, user),
                AccountName = state.Zoom.AccountOf(user).Name,
            },
            formTarget: request.RedirectOrigin
        );

    private static IResult SeeOther(HttpContext context, string location)
    {
        context.Response.Headers.Location = location;
        context.Response.Headers.CacheControl = "no-store";
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }
}
