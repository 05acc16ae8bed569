using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections.Approval;
using Parley.Server.Hosting;
using Parley.Server.Web;

namespace Parley.Server.Connections;

/// <summary>The public pages of connecting: the link, its Continue, and where providers send people back to.</summary>
internal static class ConnectPages
{
    public static void MapConnectPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/connect/{link}", ShowAsync).AllowAnonymous().ExcludeFromDescription();
        routes.MapPost("/connect/{link}", ContinueAsync).AllowAnonymous().ExcludeFromDescription();
        routes.MapPost("/connect/{link}/again", AgainAsync).AllowAnonymous().ExcludeFromDescription();
        routes.MapPost("/connect/{link}/approval-requested", AskedAsync).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/connect/done", Done).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/oauth/{provider}/callback", CallbackAsync).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>Binds this browser and sends it to the provider.</summary>
    public static IResult Leave(HttpContext context, ParleyOptions options, Continuation continuation)
    {
        context.Response.Cookies.Append(
            CookieName(options, continuation.FlowId),
            continuation.BrowserSecret,
            CookieOf(options, ConnectLinks.FlowLife.ToTimeSpan())
        );
        if (continuation.FromLink)
        {
            // Who is stopped at the provider comes back by the same link, days later perhaps.
            context.Response.Cookies.Append(
                LeftName(options, continuation.FlowId),
                continuation.BrowserSecret,
                CookieOf(options, ConnectLinks.LinkLife.ToTimeSpan(), "/connect")
            );
        }

        context.SendNoReferrer();
        return Pages.SeeOther(continuation.AuthorizeUrl);
    }

    // Looking uses nothing up: mail scanners and previews open links too.
    private static async Task<IResult> ShowAsync(
        HttpContext context,
        string link,
        ConnectLinks links,
        ParleyOptions options,
        CancellationToken cancellationToken
    )
    {
        context.SendNoReferrer();
        if (await links.ViewAsync(link, LeftSecretOf(context, options), cancellationToken) is not { } view)
        {
            return Results.StatusCode(404);
        }

        var provider = view.Provider.Provider.Descriptor;
        if (!view.IsUsable)
        {
            return view.CanResume
                ? Pages.Render<LeftPage>(
                    context,
                    new
                    {
                        Workspace = view.WorkspaceName,
                        Provider = provider,
                        Link = link,
                        Request = ApprovalRequest.Of(provider, view.App, view.WorkspaceName, options.Origin),
                    }
                )
                : UsedUp(context);
        }

        AuthorizeOrigin.Allow(context, view.Provider);
        return Pages.Render<ConnectPage>(
            context,
            new
            {
                Workspace = view.WorkspaceName,
                Provider = provider,
                Link = link,
                view.Reconnect,
                view.WaitsForApproval,
                view.Account,
            }
        );
    }

    private static Task<IResult> AgainAsync(
        HttpContext context,
        string link,
        [FromForm] IFormCollection form,
        ConnectLinks links,
        ParleyOptions options,
        CancellationToken cancellationToken
    ) => ResumeAsync(context, link, form, links, options, asked: false, cancellationToken);

    private static Task<IResult> AskedAsync(
        HttpContext context,
        string link,
        [FromForm] IFormCollection form,
        ConnectLinks links,
        ParleyOptions options,
        CancellationToken cancellationToken
    ) => ResumeAsync(context, link, form, links, options, asked: true, cancellationToken);

    private static async Task<IResult> ResumeAsync(
        HttpContext context,
        string link,
        IFormCollection form,
        ConnectLinks links,
        ParleyOptions options,
        bool asked,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        context.SendNoReferrer();
        var answer = await links.ResumeAsync(link, LeftSecretOf(context, options), asked, cancellationToken);
        return answer.Problem is not { } problem
            ? Pages.SeeOther(new Uri(answer.Value.ConnectUrl).AbsolutePath)
            : Refused(context, problem);
    }

    private static async Task<IResult> ContinueAsync(
        HttpContext context,
        string link,
        [FromForm] IFormCollection form,
        ConnectLinks links,
        ParleyOptions options,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        context.SendNoReferrer();
        var answer = await links.ContinueAsync(link, cancellationToken);
        return answer.Problem is { } problem
            ? Refused(context, problem)
            : Leave(context, options, answer.Value with { FromLink = true });
    }

    private static IResult Refused(HttpContext context, Problem problem) =>
        problem.Code == ProblemCodes.NotFound ? Results.StatusCode(404)
        : problem.Next == ConnectLinks.AskForNewLink ? UsedUp(context)
        : Message(context, 409, "This cannot go on yet", problem.Detail, problem.Next);

    private static IResult Done(HttpContext context) =>
        Message(context, 200, "All done", "You can close this window.", null);

    private static async Task<IResult> CallbackAsync(
        HttpContext context,
        string provider,
        ConnectCallback callback,
        ParleyOptions options,
        Flash flash
    )
    {
        context.SendNoReferrer();
        var query = context.Request.Query;
        var outcome = await callback.FinishAsync(
            new CallbackRequest
            {
                Provider = provider,
                State = Single("state"),
                NamesState = query.ContainsKey("state"),
                Code = Single("code"),
                Error = Single("error"),
                ErrorDescription = Single("error_description"),
                Issuer = Single("iss"),
                BrowserSecretOf = flow => context.Request.Cookies[CookieName(options, flow)],
                Caller = await CallerAsync(context),
            },
            context.RequestAborted
        );
        if (outcome.Installed is { } purposes)
        {
            if (purposes.Count > 0)
            {
                AuthorizeOrigin.Allow(context, outcome.Provider!);
            }

            return Pages.Render<InstalledPage>(
                context,
                new
                {
                    outcome.Title,
                    outcome.Text,
                    outcome.Next,
                    Provider = outcome.Provider!.Provider.Descriptor,
                    Purposes = purposes,
                },
                outcome.Status
            );
        }

        if (outcome.SignInFirst)
        {
            return Message(
                context,
                outcome.Status,
                outcome.Title,
                outcome.Text,
                null,
                signInPath: context.Request.Path + context.Request.QueryString
            );
        }

        if (outcome is { FlowId: { } flow, WorkspaceId: not null })
        {
            context.Response.Cookies.Delete(CookieName(options, flow), CookieOf(options, null));
        }

        if (outcome.ConnectionId is null)
        {
            // The choice is for who is signed in here; a link's visitor is told in words.
            var choosing =
                outcome.WrongAccount is not null && (await CallerAsync(context))?.WorkspaceId == outcome.WorkspaceId;
            if (choosing)
            {
                AuthorizeOrigin.Allow(context, outcome.Provider!);
            }

            return Message(
                context,
                outcome.Status,
                outcome.Title,
                outcome.Text,
                outcome.Next,
                outcome.ProviderWords,
                outcome.Provider?.Provider.Descriptor.Name,
                providerId: outcome.Provider?.Id,
                choice: choosing ? outcome.WrongAccount : null,
                approvalPath: outcome.ApprovalOf is { } waiting
                && (await CallerAsync(context))?.WorkspaceId == outcome.WorkspaceId
                    ? ApprovalPages.PathOf(waiting)
                    : null
            );
        }

        context.Response.Cookies.Delete(LeftName(options, outcome.FlowId!), CookieOf(options, null, "/connect"));
        flash.Set(
            context,
            outcome.Next is null ? FlashKind.Ok : FlashKind.Warn,
            $"{outcome.Text} {outcome.Next}".TrimEnd()
        );
        var caller = await CallerAsync(context);
        return Pages.SeeOther(caller?.WorkspaceId == outcome.WorkspaceId ? ConnectionPages.Path : "/connect/done");

        // Given twice is as good as not given: two readers might choose differently.
        string? Single(string name) => query[name] is { Count: 1 } values ? values[0] : null;
    }

    // The browser's session and nothing else: an API key has no say here.
    private static async Task<Caller?> CallerAsync(HttpContext context)
    {
        var session = await context.AuthenticateAsync(IdentityConstants.ApplicationScheme);
        if (!session.Succeeded)
        {
            return null;
        }

        context.User = session.Principal;
        return Caller.Find(context);
    }

    private static IResult UsedUp(HttpContext context) =>
        Message(
            context,
            410,
            "This link no longer works",
            "It was used already or is too old.",
            "Ask whoever sent it for a new one."
        );

    private static IResult Message(
        HttpContext context,
        int status,
        string title,
        string text,
        string? next,
        string? words = null,
        string? providerName = null,
        string? signInPath = null,
        string? providerId = null,
        WrongAccount? choice = null,
        string? approvalPath = null
    ) =>
        Pages.Render<ConnectMessagePage>(
            context,
            new
            {
                Title = title,
                Text = text,
                Next = next,
                ProviderWords = words,
                ProviderName = providerName,
                SignInPath = signInPath,
                ProviderId = providerId,
                Choice = choice,
                ApprovalPath = approvalPath,
            },
            status
        );

    private static string CookieName(ParleyOptions options, string flowId) =>
        (Cookies.IsHttps(options) ? "__Secure-parley-" : "parley-") + flowId;

    private static string LeftName(ParleyOptions options, string flowId) => CookieName(options, flowId) + "-left";

    private static Func<string, string?> LeftSecretOf(HttpContext context, ParleyOptions options) =>
        flow => context.Request.Cookies[LeftName(options, flow)];

    // Seen by the callback alone. Lax: the provider's redirect is a top-level navigation, and the cookie must come along.
    private static CookieOptions CookieOf(ParleyOptions options, TimeSpan? life, string path = "/oauth") =>
        new()
        {
            HttpOnly = true,
            IsEssential = true,
            MaxAge = life,
            Path = path,
            SameSite = SameSiteMode.Lax,
            Secure = Cookies.IsHttps(options),
        };
}
