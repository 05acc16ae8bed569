using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;
using NodaTime.Text;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.OAuth;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Marketplace;

/// <summary>Who may authorise an app, what a withdrawal does, and what is left when an app is removed (reference §1.6, §1.7).</summary>
internal static class ZoomApprovals
{
    private static readonly InstantPattern EventTime = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd HH:mm:ss");

    /// <summary>Whether users of the account need an administrator's approval at all.</summary>
    public static bool Required(World state, ZoomAccount account) =>
        account.PreApprovalRequired
        ?? state.Zoom.Switches.PreApproval switch
        {
            "always" => true,
            "never" => false,
            _ => state.Zoom.UsersOf.Of(account.Id).Count > 1,
        };

    public static ZoomApproval Of(World state, ZoomApp app, string accountId) =>
        state.Zoom.Approvals.Find(ZoomApproval.KeyOf(app.Id, accountId))
        ?? new ZoomApproval { AppId = app.Id, AccountId = accountId };

    public static bool Allowed(World state, ZoomApp app, ZoomUser user)
    {
        if (app.Kind == ZoomAppKind.ServerToServer || !Required(state, state.Zoom.AccountOf(user)))
        {
            return true;
        }

        ZoomApproval approval = Of(state, app, user.AccountId);
        return approval.All
            || approval.UserIds.Contains(user.Id, StringComparer.Ordinal)
            || approval.GroupIds.Intersect(user.GroupIds, StringComparer.Ordinal).Any();
    }

    public static void ApproveAll(World state, ZoomApp app, string accountId) =>
        Put(state, app, Of(state, app, accountId) with { All = true });

    public static void Approve(
        World state,
        ZoomApp app,
        string accountId,
        IReadOnlyList<string> users,
        IReadOnlyList<string> groups
    )
    {
        ZoomApproval before = Of(state, app, accountId);
        Put(
            state,
            app,
            before with
            {
                UserIds = [.. before.UserIds.Union(users, StringComparer.Ordinal)],
                GroupIds = [.. before.GroupIds.Union(groups, StringComparer.Ordinal)],
            }
        );
    }

    /// <summary>Takes the approval from everybody; tokens that are out die (4738).</summary>
    public static void WithdrawAll(World state, ZoomApp app, string accountId) =>
        Put(state, app, new ZoomApproval { AppId = app.Id, AccountId = accountId });

    /// <summary>Takes the approval from some; where all had it, everybody else keeps it by name.</summary>
    public static void Withdraw(
        World state,
        ZoomApp app,
        string accountId,
        IReadOnlyList<string> users,
        IReadOnlyList<string> groups
    )
    {
        ZoomApproval before = Of(state, app, accountId);
        IEnumerable<string> named = before.All
            ? state.Zoom.UsersOf.Of(accountId).Where(user => !InGroup(user)).Select(user => user.Id)
            : before.UserIds;
        Put(
            state,
            app,
            before with
            {
                All = false,
                UserIds = [.. named.Except(users, StringComparer.Ordinal).Order(StringComparer.Ordinal)],
                GroupIds = [.. before.GroupIds.Except(groups, StringComparer.Ordinal)],
            }
        );

        bool InGroup(ZoomUser user) => user.GroupIds.Intersect(groups, StringComparer.Ordinal).Any();
    }

    /// <summary>Ends the tokens of everybody in the account who is not allowed any more.</summary>
    public static void Enforce(World state, ZoomApp app, string accountId)
    {
        foreach (ZoomUser user in state.Zoom.UsersOf.Of(accountId).Where(user => !Allowed(state, app, user)).ToList())
        {
            Disable(state, app, user);
        }
    }

    /// <summary>Ends what an app holds of a user although the app stays added (4738).</summary>
    public static void Disable(World state, ZoomApp app, ZoomUser user)
    {
        ZoomIssue.End(state, token => token.AppId == app.Id && token.UserId == user.Id, ZoomTokenEnd.Disabled);
        state.Zoom.Installs.Remove(ZoomInstall.KeyOf(app.Id, user.Id));
        state.Zoom.Codes.RemoveWhere(code => code.AppId == app.Id && code.UserId == user.Id);
    }

    /// <summary>A user, or an administrator for them, removes the app: tokens die, the developer is told.</summary>
    /// <returns>Whether the user had it.</returns>
    public static bool Deauthorize(World state, ZoomApp app, ZoomUser user)
    {
        if (!state.Zoom.Installs.Remove(ZoomInstall.KeyOf(app.Id, user.Id)))
        {
            return false;
        }

        ZoomIssue.End(state, token => token.AppId == app.Id && token.UserId == user.Id, ZoomTokenEnd.Deauthorized);
        state.Zoom.Codes.RemoveWhere(code => code.AppId == app.Id && code.UserId == user.Id);
        Instant now = state.Now;
        ZoomEvents.Raise(
            state,
            ZoomEvents.AppDeauthorized,
            user.AccountId,
            new JsonObject
            {
                ["account_id"] = user.AccountId,
                ["user_id"] = user.Id,
                ["signature"] = Secrets.Hash(Secrets.Text(16)),
                ["deauthorization_time"] = now.ToString("uuuu-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                ["client_id"] = app.ClientId,
                // Inside, and as text: this event alone has no number at the top.
                ["event_ts"] = EventTime.Format(now),
            },
            app.Id
        );
        return true;
    }

    private static void Put(World state, ZoomApp app, ZoomApproval approval)
    {
        state.Zoom.Approvals.Put(approval.Key, approval);
        Enforce(state, app, approval.AccountId);
        if (state.Zoom.Switches.Reapproval == "revives")
        {
            Revive(state, app, approval.AccountId);
        }
    }

    // What was disabled for want of the approval, and of nothing else, works again with it.
    private static void Revive(World state, ZoomApp app, string accountId)
    {
        foreach (ZoomUser user in state.Zoom.UsersOf.Of(accountId).Where(user => Allowed(state, app, user)).ToList())
        {
            List<ZoomToken> disabled =
            [
                .. state.Zoom.Tokens.All.Where(token =>
                    token.AppId == app.Id && token.UserId == user.Id && token.End == ZoomTokenEnd.Disabled
                ),
            ];
            foreach (ZoomToken token in disabled)
            {
                state.Zoom.Tokens.Put(token.Id, token with { EndedAt = null, End = ZoomTokenEnd.None });
                string install = ZoomInstall.KeyOf(app.Id, user.Id);
                if (state.Zoom.Installs.Find(install) is null)
                {
                    state.Zoom.Installs.Put(install, new ZoomInstall(app.Id, user.Id, token.GrantId, state.Now));
                }
            }
        }
    }
}
