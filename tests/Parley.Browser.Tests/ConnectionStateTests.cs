using System.Net;
using System.Text.Json;
using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>A connection in every state it can be in, and every page that shows it then, under axe and to be looked at.</summary>
[Trait("Speed", "Slow")]
public sealed class ConnectionStateTests(Chromium chromium)
{
    private static readonly string[] Operations =
    [
        "upcoming",
        "create",
        "get",
        "update",
        "delete",
        "start",
        "history",
        "attendees",
        "organizers",
        "test",
        "refresh",
    ];

    [Fact]
    public async Task No_state_of_a_connection_has_a_fault_axe_can_see()
    {
        await using var demo = await Demo.StartAsync();
        await using var owner = await chromium.VisitAsync(new Visit { WithoutPolicy = true });
        var room = new OrganizerRoom(owner, demo);
        var faults = new List<string>();
        await room.SignInAsync();
        await LookAsync("/connections", "connection none");
        await LookAsync("/meetings/new", "connection none, schedule");
        await LookAsync("/history", "connection none, history");

        var pending = (await AskAsync()).Id;
        var approval = (await AskAsync()).Id;
        await demo.Parley.PostAsync($"/api/v1/connections/{approval}/approval-requested", new { }, HttpStatusCode.OK);
        var connected = await ConnectAsync("olivia@northwind.example");
        var expiring = await ConnectAsync("fiona@fabrikam.example");
        var revoked = await ConnectAsync("odile@northwind.example");
        var over = await ConnectAsync("una@northwind.example");
        var powerless = await ConnectAsync("oscar@northwind.example", "account");
        await demo.ControlAsync("settings", new { clientScopes = new[] { "identity:", "identity:scim.me" } });
        var scopeless = await ConnectAsync("rita@northwind.example");
        await demo.ControlAsync(
            "settings",
            new { clientScopes = new[] { "collab:", "identity:", "identity:scim.me" } }
        );
        await Elapsed.ConsentEndsAsync(demo.DataDirectory, expiring, TimeSpan.FromDays(10));
        await Elapsed.ConsentEndsAsync(demo.DataDirectory, over, TimeSpan.FromDays(-1));
        await demo.ControlAsync(
            "faults",
            new
            {
                provider = "gotomeeting",
                operation = "oauth.refresh",
                kind = "failBefore",
                status = 400,
                body = """{"error":"invalid_grant","error_description":"refresh token revoked"}""",
            }
        );
        await demo.Parley.PostAsync($"/api/v1/connections/{revoked}/refresh", new { }, HttpStatusCode.Conflict);

        var states = (await demo.Parley.GetAsync("/api/v1/connections?limit=50"))
            .GetProperty("items")
            .EnumerateArray()
            .ToDictionary(item => item.GetProperty("id").GetString()!, Shown);
        states.ShouldBe(
            new Dictionary<string, (string, string?)>
            {
                [pending] = ("pending", null),
                [approval] = ("pendingApproval", "approval_requested"),
                [connected] = ("connected", null),
                [expiring] = ("expiring", "connection_expiring"),
                [revoked] = ("needsReconnect", "invalid_grant"),
                [over] = ("needsReconnect", "connection_lifetime_over"),
                [powerless] = ("connected", "not_an_administrator"),
                [scopeless] = ("missingScopes", "missing_scope"),
            },
            ignoreOrder: true
        );

        await LookAsync("/connections", "connections in every state");
        await LookAsync("/dashboard", "dashboard with every trouble");
        await LookAsync("/history", "history with troubles");
        await LookAsync($"/connections/{scopeless}/meetings", "meetings without the scope");
        await LookAsync($"/connections/{revoked}/meetings", "meetings of a revoked connection");
        await LookAsync($"/connections/{powerless}/meetings", "meetings for an account of reports");
        await LookAsync($"/connections/{approval}/test", "test waits for approval");
        await TestAsync(connected, "test good", good: true);
        await TestAsync(expiring, "test of an expiring one", good: true);
        await TestAsync(revoked, "test of a revoked one");
        await TestAsync(over, "test after the lifetime");
        await TestAsync(powerless, "test without administrator");
        await TestAsync(scopeless, "test without scopes");
        await LookAsync($"/connections/{pending}/log", "log empty");
        await LookAsync($"/connections/{revoked}/log", "log with failures");
        foreach (var operation in Operations)
        {
            await LookAsync($"/connections/{connected}/console?operation={operation}", $"console form {operation}");
        }

        await owner.OpenAsync($"{demo.Url}/connections/{connected}/console?operation=create");
        await owner.Field("Subject").FillAsync("By hand");
        await owner.Button("Create meeting").ClickAsync();
        await owner.SeesAsync("201 Created");
        await Inspection.LookAsync(owner, "console answer created", faults);
        await owner.OpenAsync($"{demo.Url}/connections/{connected}/console?operation=get");
        await owner.Field("Meeting id").FillAsync(" ");
        await owner.Button("Get meeting").ClickAsync();
        await Visitor.SeesAsync(owner.Page.Locator("#problem"));
        await Inspection.LookAsync(owner, "console form refused", faults);

        await ReconnectAsync(revoked);
        await room.SignInAtProviderAsync("olivia@northwind.example");
        await Visitor.SeesAsync(owner.Heading("Another account"));
        await Inspection.LookAsync(owner, "reconnect with another account", faults);
        await owner.ForgetAsync(new Uri(demo.SandboxUrl).Host);
        await owner.Button("Try again as odile@northwind.example").ClickAsync();
        await room.SignInAtProviderAsync("odile@northwind.example");
        await owner.SeesAsync("Connected to GoTo Meeting as ");
        await Inspection.LookAsync(owner, "connections after reconnecting", faults);

        await LookAsync($"/connections/{expiring}/disconnect", "disconnect");
        await owner.Button("Disconnect GoTo Meeting").ClickAsync();
        await owner.SeesAsync("Disconnected from GoTo Meeting");
        foreach (var page in (string[])["test", "log", "console"])
        {
            await LookAsync($"/connections/{expiring}/{page}", $"disconnected {page}");
        }

        string.Join('\n', faults).ShouldBeEmpty();

        async Task LookAsync(string path, string where)
        {
            var answer = await owner.OpenAsync(demo.Url + path);
            answer!.Status.ShouldBe(200, path);
            await Inspection.LookAsync(owner, where, faults);
        }

        async Task TestAsync(string id, string where, bool good = false)
        {
            await owner.OpenAsync($"{demo.Url}/connections/{id}/test");
            await owner.Button("Test connection").ClickAsync();
            await owner.SeesAsync(good ? "works." : "not work:");
            await Inspection.LookAsync(owner, where, faults);
        }

        async Task ReconnectAsync(string id)
        {
            await owner.OpenAsync(demo.Url + "/connections");
            await owner.Page.Locator($"form[action='/connections/{id}/reconnect'] button").ClickAsync();
        }

        async Task<(string Id, string Url)> AskAsync(string purpose = "organizer")
        {
            var asked = await demo.Parley.PostAsync("/api/v1/connections", new { provider = "gotomeeting", purpose });
            return (asked.GetProperty("id").GetString()!, asked.GetProperty("connectUrl").GetString()!);
        }

        async Task<string> ConnectAsync(string email, string purpose = "organizer")
        {
            // In a browser of their own: the provider remembers who signed in.
            var (id, url) = await AskAsync(purpose);
            await using var person = await chromium.VisitAsync(new Visit());
            await person.OpenAsync(url);
            await person.Button("Continue to GoTo Meeting").ClickAsync();
            await new OrganizerRoom(person, demo).ConsentAsync(email);
            await person.SeesAsync("Connected to GoTo Meeting");
            return id;
        }
    }

    private static (string, string?) Shown(JsonElement connection) =>
        (
            connection.GetProperty("status").GetString()!,
            connection.GetProperty("problem") is { ValueKind: JsonValueKind.Object } problem
                ? problem.GetProperty("code").GetString()
                : null
        );
}
