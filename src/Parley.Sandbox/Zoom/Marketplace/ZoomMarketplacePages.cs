using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Sandbox.Pages;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.OAuth;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Marketplace;

/// <summary>
/// The Marketplace: add an app from there (which calls the redirect URI without a state), and what administrators do about apps.
/// Whoever looks may play each account's administrator.
/// </summary>
internal sealed class ZoomMarketplacePages(World world)
{
    public const string Path = "/zoom/marketplace";

    public static void Map(IEndpointRouteBuilder routes, ZoomMarketplacePages pages)
    {
        routes.MapGet(Path, pages.Show);
        routes.MapGet($"{Path}/apps/{{appId}}/add", pages.Add);
        routes.MapPost($"{Path}/decide", (Delegate)pages.DecideAsync);
    }

    private IResult Show(HttpContext context) =>
        world.Read(state =>
            SandboxPage.Of<ZoomMarketplacePage>(
                context,
                new
                {
                    Apps = (IReadOnlyList<ZoomApp>)
                        [
                            .. state
                                .Zoom.Apps.All.Where(app => app.Kind != ZoomAppKind.ServerToServer)
                                .OrderBy(app => app.Kind),
                        ],
                    Rows = (IReadOnlyList<ZoomMarketplaceRow>)
                        [
                            .. from account in state.Zoom.Accounts.All.OrderBy(
                                account => account.Name,
                                StringComparer.Ordinal
                            )
                            from app in state
                                .Zoom.Apps.All.Where(app => app.Kind != ZoomAppKind.ServerToServer)
                                .OrderBy(app => app.Kind)
                            select Row(state, app, account),
                        ],
                }
            )
        );

    /// <summary>"Add app": an authorize request as the Marketplace makes it, with the first registered redirect URI, no state, no challenge.</summary>
    private IResult Add(HttpContext context, string appId) =>
        world.Read(state =>
            state.Zoom.Apps.Find(appId) is { Kind: not ZoomAppKind.ServerToServer } app
                ? PageForms.SeeOther(
                    $"{ZoomAuthorizeEndpoints.AuthorizePath}?response_type=code&client_id={Uri.EscapeDataString(app.ClientId)}"
                        + $"&redirect_uri={Uri.EscapeDataString(app.RedirectUris.Count > 0 ? app.RedirectUris[0] : "")}"
                )
                : Missing(context)
        );

    private async Task<IResult> DecideAsync(HttpContext context)
    {
        IFormCollection form = await PageForms.ReadAsync(context);
        return world.Change(state =>
        {
            if (
                state.Zoom.Apps.Find(form["app"].ToString()) is not { } app
                || state.Zoom.Accounts.Find(form["account"].ToString()) is not { } account
            )
            {
                return Missing(context);
            }

            ZoomUser? user = state.Zoom.Users.Find(form["user"].ToString());
            if (user is not null && user.AccountId != account.Id)
            {
                return Missing(context);
            }

            IReadOnlyList<ZoomAppRequest> asked =
                user is null ? ZoomRequests.Of(state, app, account.Id, ZoomRequestStatus.Pending)
                : state.Zoom.Requests.Find(ZoomInstall.KeyOf(app.Id, user.Id)) is { } one ? [one]
                : [];
            switch (form["action"].ToString(), user)
            {
                case ("approve", null):
                    ZoomRequests.Decide(state, asked, ZoomRequestStatus.Approved);
                    ZoomApprovals.ApproveAll(state, app, account.Id);
                    break;
                case ("approve", { } wanted):
                    ZoomRequests.Decide(state, asked, ZoomRequestStatus.Approved);
                    ZoomApprovals.Approve(state, app, account.Id, [wanted.Id], []);
                    break;
                case ("decline", not null):
                    ZoomRequests.Decide(state, asked, ZoomRequestStatus.Rejected);
                    break;
                case ("withdraw", null):
                    ZoomApprovals.WithdrawAll(state, app, account.Id);
                    break;
                case ("remove", { } owner):
                    ZoomApprovals.Deauthorize(state, app, owner);
                    break;
                default:
                    return Missing(context);
            }

            return PageForms.SeeOther(Path);
        });
    }

    private static ZoomMarketplaceRow Row(World state, ZoomApp app, ZoomAccount account) =>
        new(
            app,
            account,
            ZoomApprovals.Required(state, account),
            ZoomApprovals.Of(state, app, account.Id).All,
            [
                .. state
                    .Zoom.UsersOf.Of(account.Id)
                    .Where(user =>
                        ZoomApprovals.Of(state, app, account.Id).UserIds.Contains(user.Id, StringComparer.Ordinal)
                    )
                    .OrderBy(user => user.Email, StringComparer.Ordinal),
            ],
            [
                .. ZoomRequests
                    .Of(state, app, account.Id, ZoomRequestStatus.Pending)
                    .Select(request => state.Zoom.Users.Find(request.UserId))
                    .OfType<ZoomUser>(),
            ],
            [
                .. state
                    .Zoom.Installs.All.Where(install => install.AppId == app.Id)
                    .Select(install => state.Zoom.Users.Find(install.UserId))
                    .OfType<ZoomUser>()
                    .Where(user => user.AccountId == account.Id)
                    .OrderBy(user => user.Email, StringComparer.Ordinal),
            ]
        );

    private static IResult Missing(HttpContext context) =>
        SandboxPage.Of<MessagePage>(
            context,
            new { Title = "No such app, account or user", Text = "A reset may have taken it." },
            status: StatusCodes.Status404NotFound
        );
}

/// <summary>One app in one account, as its administrator sees it.</summary>
public sealed record ZoomMarketplaceRow(
    ZoomApp App,
    ZoomAccount Account,
    bool ApprovalRequired,
    bool ApprovedForAll,
    IReadOnlyList<ZoomUser> ApprovedFor,
    IReadOnlyList<ZoomUser> Asking,
    IReadOnlyList<ZoomUser> Added
);
