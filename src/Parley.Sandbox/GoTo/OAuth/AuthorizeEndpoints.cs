using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Pages;
using Parley.Sandbox.State;

namespace Parley.Sandbox.GoTo.OAuth;

/// <summary>The front-channel half of the authorization server: sign-in, consent, and straight on when both were done before.</summary>
internal sealed class AuthorizeEndpoints(World world)
{
    public const string AuthorizePath = "/goto/oauth/authorize";
    private const int ShownPeople = 20;
    private const string CookieName = "goto_sandbox_session";
    private static readonly Duration SignInLife = Duration.FromDays(30);

    public static void Map(IEndpointRouteBuilder routes, AuthorizeEndpoints endpoints)
    {
        routes.MapGet(AuthorizePath, endpoints.Authorize);
        routes.MapPost("/goto/oauth/signin", (Delegate)endpoints.SignInAsync);
        routes.MapPost("/goto/oauth/consent", (Delegate)endpoints.ConsentAsync);
        routes.MapPost("/goto/oauth/signout", (Delegate)endpoints.SignOutAsync);
    }

    private IResult Authorize(HttpContext context) =>
        world.Change(state =>
            WithRequest(
                state,
                context,
                context.Request.QueryString.Value ?? "",
                request =>
                {
                    if (SignedIn(state, context) is not var (signIn, person))
                    {
                        return SignInPage(state, context, request, problem: null);
                    }

                    Consent? consent = state.Consents.Find($"{state.Client.Id}|{person.Key}");
                    return consent is not null && !request.Scopes.Except(consent.Scopes, StringComparer.Ordinal).Any()
                        ? Results.Redirect(request.CodeUri(NewCode(state, request, person)))
                        : ConsentPage(state, context, request, person, signIn);
                }
            )
        );

    /// <summary>E-mail and password, or one of the "continue as" buttons.</summary>
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
                    string email = form["email"].ToString().Trim();
                    Person? person =
                        continueAs.Length > 0
                            ? state.People.Find(continueAs)
                            : state.People.All.FirstOrDefault(candidate =>
                                candidate.Email.Equals(email, StringComparison.OrdinalIgnoreCase)
                                && Secrets.Same(candidate.Password, form["password"].ToString())
                            );
                    if (person is null)
                    {
                        return SignInPage(state, context, request, "This e-mail and password do not belong together.");
                    }

                    if (Obstacle(person) is { } obstacle)
                    {
                        return SignInPage(state, context, request, obstacle);
                    }

                    string cookie = Secrets.Text(32);
                    string id = Secrets.Hash(cookie);
                    state.SignIns.Put(id, new SignIn(id, person.Key, Secrets.Text(24), state.Now + SignInLife));
                    context.Response.Cookies.Append(
                        CookieName,
                        cookie,
                        new CookieOptions
                        {
                            HttpOnly = true,
                            SameSite = SameSiteMode.Lax,
                            Path = "/goto",
                        }
                    );
                    return SeeOther(context, AuthorizePath + request.Query);
                }
            )
        );
    }

    private async Task<IResult> ConsentAsync(HttpContext context)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        return world.Change(state =>
            WithRequest(
                state,
                context,
                form["request"].ToString(),
                request =>
                {
                    if (
                        SignedIn(state, context) is not var (signIn, person)
                        || !Secrets.Same(signIn.FormKey, form["formKey"].ToString())
                    )
                    {
                        // Signed out meanwhile, or the form is not one of ours: ask again.
                        return SeeOther(context, AuthorizePath + request.Query);
                    }

                    if (form["decision"].ToString() != "allow")
                    {
                        return SeeOther(context, request.DeniedUri());
                    }

                    Consent? before = state.Consents.Find($"{state.Client.Id}|{person.Key}");
                    Consent consent = new(
                        state.Client.Id,
                        person.Key,
                        [.. request.Scopes.Union(before?.Scopes ?? [], StringComparer.Ordinal)]
                    );
                    state.Consents.Put(consent.Id, consent);
                    return SeeOther(context, request.CodeUri(NewCode(state, request, person)));
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
                        state.SignIns.Remove(Secrets.Hash(cookie));
                    }

                    context.Response.Cookies.Delete(CookieName, new CookieOptions { Path = "/goto" });
                    return SeeOther(context, AuthorizePath + request.Query);
                }
            )
        );
    }

    private static IResult WithRequest(
        World state,
        HttpContext context,
        string query,
        Func<AuthorizeRequest, IResult> answer
    )
    {
        if (query.Length > 0 && query[0] != '?')
        {
            query = "?" + query;
        }

        (AuthorizeRequest? request, AuthorizeProblem? problem, string? errorRedirect) = AuthorizeRequest.Read(
            state.Client,
            query,
            state.Directory
        );
        if (problem is not null)
        {
            return SandboxPage.Of<AuthorizeProblemPage>(context, new { Problem = problem }, status: 400);
        }

        return request is null ? SeeOther(context, errorRedirect!) : answer(request);
    }

    /// <summary>Why someone whose password is right is not let in.</summary>
    private static string? Obstacle(Person person) =>
        person switch
        {
            { Status: PersonStatus.Suspended } => "This account is suspended. Ask the administrator of your company.",
            { Status: PersonStatus.Invited } => "This invitation has not been accepted yet.",
            { Device: true } => "A phone cannot sign in.",
            _ => null,
        };

    private static (SignIn SignIn, Person Person)? SignedIn(World state, HttpContext context) =>
        context.Request.Cookies[CookieName] is { Length: > 0 } cookie
        && state.SignIns.Find(Secrets.Hash(cookie)) is { } signIn
        && signIn.ExpiresAt > state.Now
        && state.People.Find(signIn.PersonKey) is { } person
            ? (signIn, person)
            : null;

    private static string NewCode(World state, AuthorizeRequest request, Person person)
    {
        Expiry.Sweep(state);
        string code = Secrets.AccessToken()[..120] + Secrets.Text(12);
        string id = Secrets.Hash(code);
        state.Codes.Put(
            id,
            new AuthorizationCode
            {
                Id = id,
                ClientId = state.Client.Id,
                PersonKey = person.Key,
                RedirectUri = request.SentRedirectUri,
                Scopes = request.Scopes,
                Challenge = request.Challenge,
                GrantId = Secrets.Text(12),
                ExpiresAt = state.Now + Duration.FromSeconds(state.Directory.CodeSeconds),
            }
        );
        return code;
    }

    private static IResult SignInPage(World state, HttpContext context, AuthorizeRequest request, string? problem) =>
        SandboxPage.Of<SignInPage>(
            context,
            new
            {
                Request = request.Query,
                ClientName = state.Client.Name,
                People = (IReadOnlyList<Person>)
                    [
                        .. state
                            .People.All.Where(person => Obstacle(person) is null)
                            .OrderBy(person => person.Purpose.Length == 0)
                            .ThenBy(person => person.Key, StringComparer.Ordinal)
                            .Take(ShownPeople),
                    ],
                Accounts = (IReadOnlyDictionary<string, string>)
                    state.Accounts.All.ToDictionary(
                        account => account.Key,
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
        AuthorizeRequest request,
        Person person,
        SignIn signIn
    ) =>
        SandboxPage.Of<ConsentPage>(
            context,
            new
            {
                Request = request.Query,
                ClientName = state.Client.Name,
                Person = person,
                request.Scopes,
                signIn.FormKey,
                RedirectTo = request.RedirectOrigin,
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
