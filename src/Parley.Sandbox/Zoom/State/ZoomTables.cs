using System.Text.Json.Serialization;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.Webhooks;

namespace Parley.Sandbox.Zoom.State;

/// <summary>The Zoom part of the world: its tables, under the world's lock and in its journal.</summary>
internal sealed class ZoomTables
{
    private const string Only = "only";
    private readonly Table<ZoomSwitches> switches;

    public ZoomTables(World world)
    {
        switches = world.Make("zoomSwitches", ZoomJson.Default.ZoomSwitches);
        Accounts = world.Make("zoomAccounts", ZoomJson.Default.ZoomAccount);
        Users = world.Make("zoomUsers", ZoomJson.Default.ZoomUser);
        Apps = world.Make("zoomApps", ZoomJson.Default.ZoomApp);
        Installs = world.Make("zoomInstalls", ZoomJson.Default.ZoomInstall);
        Approvals = world.Make("zoomApprovals", ZoomJson.Default.ZoomApproval);
        Requests = world.Make("zoomRequests", ZoomJson.Default.ZoomAppRequest);
        SignIns = world.Make("zoomSignIns", StateJson.Default.SignIn);
        Codes = world.Make("zoomCodes", ZoomJson.Default.ZoomCode);
        Tokens = world.Make("zoomTokens", ZoomJson.Default.ZoomToken);
        Events = world.Make("zoomEvents", ZoomJson.Default.ZoomEvent);
        Hooks = world.Make("zoomHooks", ZoomJson.Default.ZoomHook);
        Deliveries = world.Make("zoomDeliveries", ZoomJson.Default.ZoomDelivery);
        Zaks = world.Make("zoomZaks", ZoomJson.Default.ZoomZak);
        UsersOf = Users.IndexBy(user => user.AccountId);
        UsersByEmail = Users.IndexBy(user => user.Email.ToLowerInvariant());
        TokensOf = Tokens.IndexBy(token => token.GrantId);
    }

    public Table<ZoomAccount> Accounts { get; }
    public Table<ZoomUser> Users { get; }

    /// <summary>By app id.</summary>
    public Table<ZoomApp> Apps { get; }
    public Table<ZoomInstall> Installs { get; }
    public Table<ZoomApproval> Approvals { get; }
    public Table<ZoomAppRequest> Requests { get; }

    /// <summary>Browsers signed in at Zoom, by hash of the cookie.</summary>
    public Table<SignIn> SignIns { get; }
    public Table<ZoomCode> Codes { get; }
    public Table<ZoomToken> Tokens { get; }
    public Table<ZoomEvent> Events { get; }

    /// <summary>Where events go, by app id.</summary>
    public Table<ZoomHook> Hooks { get; }
    public Table<ZoomDelivery> Deliveries { get; }
    public Table<ZoomZak> Zaks { get; }

    /// <summary>Users by account id.</summary>
    public TableIndex<ZoomUser> UsersOf { get; }

    /// <summary>Users by e-mail in small letters.</summary>
    public TableIndex<ZoomUser> UsersByEmail { get; }

    /// <summary>Tokens by grant.</summary>
    public TableIndex<ZoomToken> TokensOf { get; }

    public ZoomSwitches Switches
    {
        get => switches.Find(Only) ?? new ZoomSwitches();
        set => switches.Put(Only, value);
    }

    public ZoomUser? UserByEmail(string email) => UsersByEmail.Of(email.Trim().ToLowerInvariant()).FirstOrDefault();

    public ZoomAccount AccountOf(ZoomUser user) =>
        Accounts.Find(user.AccountId)
        ?? throw new InvalidOperationException($"The account of {user.Email} is missing.");

    public ZoomApp? AppByClient(string clientId) => Apps.All.FirstOrDefault(app => app.ClientId == clientId);

    /// <summary>Takes everything away but the apps: they are registered from the first start on.</summary>
    public void Clear()
    {
        Switches = new ZoomSwitches();
        Accounts.RemoveWhere(_ => true);
        Users.RemoveWhere(_ => true);
        Installs.RemoveWhere(_ => true);
        Approvals.RemoveWhere(_ => true);
        Requests.RemoveWhere(_ => true);
        SignIns.RemoveWhere(_ => true);
        Codes.RemoveWhere(_ => true);
        Tokens.RemoveWhere(_ => true);
        Events.RemoveWhere(_ => true);
        Deliveries.RemoveWhere(_ => true);
        Zaks.RemoveWhere(_ => true);
    }
}

/// <summary>How the journal spells the Zoom entities.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    Converters = [typeof(InstantConverter)]
)]
[JsonSerializable(typeof(ZoomSwitches))]
[JsonSerializable(typeof(ZoomAccount))]
[JsonSerializable(typeof(ZoomUser))]
[JsonSerializable(typeof(ZoomApp))]
[JsonSerializable(typeof(ZoomInstall))]
[JsonSerializable(typeof(ZoomApproval))]
[JsonSerializable(typeof(ZoomAppRequest))]
[JsonSerializable(typeof(ZoomCode))]
[JsonSerializable(typeof(ZoomToken))]
[JsonSerializable(typeof(ZoomEvent))]
[JsonSerializable(typeof(ZoomHook))]
[JsonSerializable(typeof(ZoomDelivery))]
[JsonSerializable(typeof(ZoomZak))]
internal sealed partial class ZoomJson : JsonSerializerContext;
