using System.Text.Json.Nodes;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Users;

/// <summary>What webhooks tell of users (reference §7). Whoever changes them does so as the account's owner.</summary>
internal static class ZoomUserEvents
{
    public static void Created(World state, ZoomUser user)
    {
        JsonObject payload = ByOwner(state, user.AccountId);
        JsonObject thing = Brief(user);
        thing["display_name"] = user.FullName;
        payload["creation_type"] = "create";
        payload["object"] = thing;
        ZoomEvents.Raise(state, "user.created", user.AccountId, payload);
    }

    /// <summary>A change of status has events of its own; of the rest only what changed is told.</summary>
    public static void Changed(World state, ZoomUser before, ZoomUser after)
    {
        switch (before.Status, after.Status)
        {
            case (ZoomUserStatus.Active, ZoomUserStatus.Inactive):
                Tell(state, "user.deactivated", after);
                break;
            case (ZoomUserStatus.Inactive, ZoomUserStatus.Active):
                Tell(state, "user.activated", after);
                break;
            case (ZoomUserStatus.Pending, ZoomUserStatus.Active):
                ZoomEvents.Raise(
                    state,
                    "user.invitation_accepted",
                    after.AccountId,
                    new JsonObject { ["account_id"] = after.AccountId, ["object"] = Brief(after) }
                );
                break;
        }

        JsonObject was = Told(before);
        JsonObject now = Told(after);
        List<string> changed =
        [
            .. now.Select(field => field.Key).Where(name => !JsonNode.DeepEquals(was[name], now[name])),
        ];
        if (changed.Count == 0)
        {
            return;
        }

        JsonObject payload = ByOwner(state, after.AccountId);
        payload["object"] = Only(after, now, changed);
        payload["old_object"] = Only(after, was, changed);
        payload["time_stamp"] = state.Now.ToUnixTimeMilliseconds();
        ZoomEvents.Raise(state, "user.updated", after.AccountId, payload);
    }

    /// <param name="state">The world, from which the user has just gone.</param>
    /// <param name="user">Who.</param>
    /// <param name="disassociated">Whether the user left the account with meetings and all, rather than ceased to be.</param>
    public static void Gone(World state, ZoomUser user, bool disassociated) =>
        Tell(state, disassociated ? "user.disassociated" : "user.deleted", user);

    private static void Tell(World state, string name, ZoomUser user)
    {
        JsonObject payload = ByOwner(state, user.AccountId);
        payload["object"] = Brief(user);
        ZoomEvents.Raise(state, name, user.AccountId, payload);
    }

    private static JsonObject Brief(ZoomUser user) =>
        new()
        {
            ["id"] = user.Id,
            ["first_name"] = user.FirstName,
            ["last_name"] = user.LastName,
            ["email"] = user.Email,
            ["type"] = user.Type,
        };

    private static JsonObject Told(ZoomUser user)
    {
        JsonObject told = Brief(user);
        told["pmi"] = user.Pmi;
        told["timezone"] = user.TimeZone;
        told["dept"] = user.Department;
        told["language"] = user.Language;
        told["role"] = user.RoleId;
        return told;
    }

    private static JsonObject Only(ZoomUser user, JsonObject told, IReadOnlyList<string> changed)
    {
        JsonObject only = new() { ["id"] = user.Id };
        foreach (string name in changed)
        {
            only[name] = told[name]?.DeepClone();
        }

        return only;
    }

    private static JsonObject ByOwner(World state, string accountId)
    {
        ZoomUser? owner = state.Zoom.UsersOf.Of(accountId).FirstOrDefault(user => user.RoleId == "0");
        return new JsonObject
        {
            ["account_id"] = accountId,
            ["operator"] = owner?.Email ?? "",
            ["operator_id"] = owner?.Id ?? "",
        };
    }
}
