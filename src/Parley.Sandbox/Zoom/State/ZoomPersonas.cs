using Parley.Sandbox.State;

namespace Parley.Sandbox.Zoom.State;

/// <summary>The Zoom accounts, users and apps of a fresh sandbox; users and accounts are always under the same ids.</summary>
internal static class ZoomPersonas
{
    public const string Northwind = "NwAcc0unt7hQ2sT5vX8zBg";
    public const string Contoso = "CtAcc0unt4kL7pR1mW9yDf";
    public const string Solo = "SlAcc0unt9bN3cJ6rG2tHa";

    public const string OrganizerApp = "organizer";
    public const string AccountApp = "account";
    public const string ServerApp = "server";

    /// <summary>Back to the personas; the apps stay as they are registered, with the scopes they began with.</summary>
    public static void Reset(World world)
    {
        ZoomTables zoom = world.Zoom;
        zoom.Clear();
        foreach (ZoomAccount account in Accounts())
        {
            zoom.Accounts.Put(account.Id, account);
        }

        foreach (ZoomUser user in Users())
        {
            zoom.Users.Put(user.Id, user with { CreatedAt = world.Now });
        }

        PutApps(world);
        // Someone approved the organizers' app for all of Northwind, so that Connect works at once; at Contoso nobody has.
        foreach (ZoomApp app in zoom.Apps.All.Where(app => app.Kind != ZoomAppKind.ServerToServer).ToList())
        {
            ZoomApproval approval = new()
            {
                AppId = app.Id,
                AccountId = Northwind,
                All = true,
            };
            zoom.Approvals.Put(approval.Key, approval);
        }
    }

    /// <summary>Registers the apps that are missing, and ticks the scopes they begin with on those that are there.</summary>
    private static void PutApps(World world)
    {
        Table<ZoomApp> apps = world.Zoom.Apps;
        Put(OrganizerApp, "Parley", ZoomAppKind.User, ZoomScopes.Organizer, accountId: null, OrganizerApp);
        Put(AccountApp, "Parley for administrators", ZoomAppKind.Admin, ZoomScopes.Account, null, AccountApp);
        Put(ServerApp, "Parley server-to-server", ZoomAppKind.ServerToServer, ZoomScopes.Account, Northwind, "");

        void Put(
            string id,
            string name,
            ZoomAppKind kind,
            IReadOnlyList<string> scopes,
            string? accountId,
            string purpose
        )
        {
            ZoomApp fresh =
                apps.Find(id)
                ?? new ZoomApp
                {
                    Id = id,
                    Name = name,
                    Kind = kind,
                    ClientId = Secrets.Text(16),
                    ClientSecret = Secrets.Text(24),
                    RedirectUris = [],
                    Scopes = scopes,
                    AccountId = accountId,
                    SecretToken = Secrets.Text(16),
                    Purpose = purpose,
                };
            apps.Put(id, fresh with { Scopes = scopes, ClassicScopes = false });
        }
    }

    private static IEnumerable<ZoomAccount> Accounts()
    {
        yield return new ZoomAccount
        {
            Id = Northwind,
            Name = "Northwind Conferencing",
            Plan = "pro",
            Settings = new ZoomUserSettings(),
        };
        yield return new ZoomAccount
        {
            Id = Contoso,
            Name = "Contoso",
            Plan = "business",
            PreApprovalRequired = true,
            Settings = new ZoomUserSettings { WaitingRoom = true },
            LockedSettings = ["waiting_room", "breakout_room"],
            Hosts = 50,
        };
        yield return new ZoomAccount
        {
            Id = Solo,
            Name = "Sol Solo",
            Plan = "free",
            Settings = new ZoomUserSettings { CloudRecording = false },
            Hosts = 0,
        };
    }

    private static IEnumerable<ZoomUser> Users()
    {
        yield return Make(
            "zoeU5er1dAb3Cd5Ef7Gh9J",
            Northwind,
            "zoe@northwind.example",
            "Zoe",
            "Organizer",
            4155550101
        ) with
        {
            TimeZone = "America/New_York",
            Department = "Sales",
            Purpose = "A licensed organizer whose administrator approved the app: everything works for her.",
        };
        yield return Make(
            "brunoU5er2Kb4Lc6Md8Ne0",
            Northwind,
            "bruno@northwind.example",
            "Bruno",
            "Basic",
            4155550102
        ) with
        {
            Type = 1,
            TimeZone = "Europe/Berlin",
            Department = "Sales",
            Purpose = "A Basic organizer: his meetings are cut after 40 minutes, no past meetings, no reports.",
        };
        yield return Make(
            "adeleU5er3Pf5Qg7Rh9Sj1",
            Northwind,
            "adele@northwind.example",
            "Adele",
            "Admin",
            4155550103
        ) with
        {
            RoleId = "0",
            TimeZone = "America/New_York",
            Department = "IT",
            Purpose =
                "Owner of the account: authorises the app for administrators, approves apps, reads users and reports.",
        };
        yield return Make(
            "idaU5er4Tk6Ul8Vm0Wn2Xp",
            Northwind,
            "ida@northwind.example",
            "Ida",
            "Inactive",
            4155550104
        ) with
        {
            Status = ZoomUserStatus.Inactive,
            Purpose = "Deactivated: listed, cannot sign in.",
        };
        yield return Make(
            "pietU5er5Yq7Zr9As1Bt3C",
            Northwind,
            "piet@northwind.example",
            "Piet",
            "Pending",
            4155550105
        ) with
        {
            Type = 1,
            Status = ZoomUserStatus.Pending,
            Purpose = "Invited, has not accepted: listed without an id, cannot sign in.",
        };
        yield return Make(
            "noraU5er6Du8Ev0Fw2Gx4H",
            Contoso,
            "nora@contoso.example",
            "Nora",
            "Organizer",
            4155550106
        ) with
        {
            TimeZone = "America/Chicago",
            Purpose = "An organizer whose administrator has not approved the app: she is stuck until one does.",
        };
        yield return Make("almaU5er7Jy9Kz1La3Mb5N", Contoso, "alma@contoso.example", "Alma", "Admin", 4155550107) with
        {
            RoleId = "1",
            TimeZone = "America/Chicago",
            Purpose = "Administrator of Contoso: approves apps, or approves and authorises in one step.",
        };
        yield return Make("solU5er8Pc0Qd2Re4Sf6Tg", Solo, "sol@solo.example", "Sol", "Solo", 4155550108) with
        {
            Type = 1,
            RoleId = "0",
            TimeZone = "Europe/Madrid",
            Purpose = "Alone in a free account: nobody has to approve, limits are narrow, nothing paid works.",
        };
    }

    private static ZoomUser Make(string id, string account, string email, string first, string last, long pmi) =>
        new()
        {
            Id = id,
            AccountId = account,
            Email = email,
            FirstName = first,
            LastName = last,
            Password = Seed.Password,
            Type = 2,
            Status = ZoomUserStatus.Active,
            RoleId = "2",
            TimeZone = "Europe/London",
            Pmi = pmi,
            Settings = new ZoomUserSettings(),
        };
}
