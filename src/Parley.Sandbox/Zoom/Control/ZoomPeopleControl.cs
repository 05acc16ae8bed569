using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Parley.Sandbox.Control;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.Marketplace;
using Parley.Sandbox.Zoom.OAuth;
using Parley.Sandbox.Zoom.State;
using Parley.Sandbox.Zoom.Users;

namespace Parley.Sandbox.Zoom.Control;

/// <summary>The Zoom side of <c>/control/accounts</c> and <c>/control/people</c>.</summary>
internal sealed class ZoomPeopleControl(World world)
{
    public IResult List() =>
        world.Read(state =>
            ControlJson.Answer(
                new JsonObject
                {
                    ["items"] = ControlJson.Array(
                        state
                            .Zoom.Users.All.OrderBy(user => user.Email, StringComparer.Ordinal)
                            .Select(user => ZoomUserFields.Show(state, user))
                    ),
                    ["accounts"] = ControlJson.Array(
                        state
                            .Zoom.Accounts.All.OrderBy(account => account.Name, StringComparer.Ordinal)
                            .Select(account => Account(state, account))
                    ),
                }
            )
        );

    /// <summary>One user (<c>email</c> and what else is known), or an account with <c>users</c> and <c>generate</c>; changes one that is there.</summary>
    public IResult Add(ControlBody body)
    {
        string name = body.Text("account") ?? "Northwind Conferencing";
        string? plan = body.Text("plan", oneOf: ["free", "pro", "business"]);
        bool noRule = body.IsNull("preApprovalRequired");
        bool? required = body.Flag("preApprovalRequired");
        IReadOnlyList<string>? locked = body.Texts("lockedSettings");
        if (locked?.Except(ZoomLocks.All, StringComparer.Ordinal).Any() == true)
        {
            body.Refuse("lockedSettings", $"must be among {string.Join(", ", ZoomLocks.All)}");
        }

        int? hosts = body.Whole("hosts", 0, 1_000_000);
        Func<ZoomUserSettings, ZoomUserSettings>? settings = body.Object(
            "accountSettings",
            ZoomUserFields.ReadSettings
        );
        bool one = body.Has("email");
        List<ZoomUserFields> users = one ? [ZoomUserFields.Read(body)] : [];
        users.AddRange(body.Objects("users", ZoomUserFields.Read) ?? []);
        users.AddRange((body.Objects("generate", ZoomUserFields.ReadMany) ?? []).SelectMany(many => many));
        if (users.Count == 0 && !body.Has("account"))
        {
            body.Refuse("email", "or users, generate, account: send at least one");
        }

        return body.Problem()
            ?? world.Change(state =>
            {
                HashSet<string> taken = new(
                    state.Zoom.Users.All.Select(user => user.Email),
                    StringComparer.OrdinalIgnoreCase
                );
                if (users.Find(user => !taken.Add(user.Email!)) is { } there)
                {
                    return Taken(there.Email!);
                }

                ZoomAccount account =
                    state.Zoom.Accounts.All.FirstOrDefault(known => known.Name == name)
                    ?? new ZoomAccount
                    {
                        Id = Secrets.Text(16),
                        Name = name,
                        Plan = "pro",
                        Settings = new ZoomUserSettings(),
                    };
                account = account with
                {
                    Plan = plan ?? account.Plan,
                    PreApprovalRequired = noRule ? null : required ?? account.PreApprovalRequired,
                    LockedSettings = locked ?? account.LockedSettings,
                    Hosts = hosts ?? account.Hosts,
                    Settings = settings?.Invoke(account.Settings) ?? account.Settings,
                };
                state.Zoom.Accounts.Put(account.Id, account);
                List<ZoomUser> added = [.. users.Select(user => user.Add(state, account))];
                if (one && added.Count == 1)
                {
                    // Accounts that come with their users have always been there.
                    ZoomUserEvents.Created(state, added[0]);
                }

                return ControlJson.Answer(
                    one && added.Count == 1 ? ZoomUserFields.Show(state, added[0]) : Added(state, account, added),
                    StatusCodes.Status201Created
                );
            });
    }

    public IResult Change(ControlBody body, string email)
    {
        ZoomUserFields fields = ZoomUserFields.Read(body, change: true);
        return body.Problem()
            ?? world.Change(state =>
            {
                if (state.Zoom.UserByEmail(email) is not { } user)
                {
                    return ControlProblem.NotFound($"There is no Zoom user {email}.");
                }

                if (fields.Email is { } wanted && state.Zoom.UserByEmail(wanted) is { } other && other.Id != user.Id)
                {
                    return Taken(wanted);
                }

                ZoomUser after = fields.Change(state, user);
                ZoomUserEvents.Changed(state, user, after);
                return ControlJson.Answer(ZoomUserFields.Show(state, after));
            });
    }

    /// <summary>Takes a user away; <paramref name="disassociated"/> = out of the account only, as webhooks tell it.</summary>
    public IResult Remove(string email, bool disassociated) =>
        world.Change(state =>
        {
            if (state.Zoom.UserByEmail(email) is not { } user)
            {
                return ControlProblem.NotFound($"There is no Zoom user {email}.");
            }

            ZoomIssue.End(state, token => token.UserId == user.Id, ZoomTokenEnd.OwnerGone);
            state.Zoom.Installs.RemoveWhere(install => install.UserId == user.Id);
            state.Zoom.Requests.RemoveWhere(request => request.UserId == user.Id);
            state.Zoom.Codes.RemoveWhere(code => code.UserId == user.Id);
            state.Zoom.SignIns.RemoveWhere(signIn => signIn.PersonKey == user.Id);
            state.Zoom.Users.Remove(user.Id);
            ZoomUserEvents.Gone(state, user, disassociated);
            return Results.NoContent();
        });

    private static JsonObject Added(World state, ZoomAccount account, IReadOnlyList<ZoomUser> users)
    {
        JsonObject shown = Account(state, account).AsObject();
        shown["users"] = ControlJson.Array(users.Select(user => ZoomUserFields.Show(state, user)));
        return shown;
    }

    private static JsonNode Account(World state, ZoomAccount account) =>
        new JsonObject
        {
            ["accountId"] = account.Id,
            ["account"] = account.Name,
            ["plan"] = account.Plan,
            ["hosts"] = account.Hosts,
            ["preApprovalRequired"] = ZoomApprovals.Required(state, account),
            ["lockedSettings"] = ControlJson.Texts(account.LockedSettings),
        };

    private static IResult Taken(string email) =>
        ControlProblem.Of(StatusCodes.Status409Conflict, "conflict", $"{email} is there already.");
}
