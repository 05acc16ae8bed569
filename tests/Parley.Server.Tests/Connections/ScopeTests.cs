using System.Text.Json;
using Parley.Conferencing;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections;

/// <summary>What a permission does not include: named when it is given, before it is needed, and when the provider says so.</summary>
public sealed class ScopeTests
{
    [Theory, DatabaseMatrix]
    public async Task What_is_missing_is_named_at_connect_and_per_operation(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        world.GoTo.Granted = ["meet:create", "meet:list", "who:"];
        var (id, path) = await world.LinkAsync();
        using var browser = new FormBrowser(world.Parley);
        await browser.GetAsync(ConnectWorld.Callback(await ConnectWorld.ContinueAsync(browser, path)));

        (await browser.ReadAsync("/connect/done")).ShouldContain("lacks meet:delete (to remove meetings)");
        var connection = await world.GetAsync(id);
        connection.GetProperty("status").GetString().ShouldBe("missingScopes");
        Missing(connection).ShouldBe(["meet:delete"]);
        var capabilities = connection.GetProperty("capabilities");
        Reason(capabilities, "create").ShouldBeNull();
        Reason(capabilities, "delete").ShouldBe("Missing scope: meet:delete.");
        Reason(capabilities, "licences")!.ShouldContain("only a connection for reports");

        // The wide scope covers all; what accounts need is not asked of an organizer.
        world.GoTo.Granted = ["meet:", "who:"];
        await world.ReconnectAsync(id);
        (await world.StatusAsync(id)).ShouldBe("connected");
        Missing(await world.GetAsync(id)).ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task A_refusal_that_names_several_scopes_of_which_one_would_do_is_understood(DatabaseKind database)
    {
        await using var world = await ConnectWorld.StartAsync(database, shape: StrictProvider.Shape);
        world.GoTo.Granted = null;
        var id = await world.ConnectAsync();
        Missing(await world.GetAsync(id)).ShouldBeEmpty("nothing was said, nothing was refused");

        await RefuseAsync("meet:delete, meet:");
        Missing(await world.GetAsync(id)).ShouldBe(["meet:delete"], "create is not meant, though meet: would cover it");
        await RefuseAsync("meet:delete, meet:");
        Missing(await world.GetAsync(id)).ShouldBe(["meet:delete"]);
        await RefuseAsync("odd:one,odd:two");
        var missing = await world.GetAsync(id);
        Missing(missing).ShouldBe(["meet:delete", "odd:one"]);
        missing.GetProperty("missingScopes")[1].GetProperty("coveredBy")[0].GetString().ShouldBe("odd:two");
        await RefuseAsync("meet:");
        Missing(await world.GetAsync(id)).ShouldBe(["meet:create", "meet:delete", "meet:list", "odd:one"]);

        async Task RefuseAsync(string scopes)
        {
            world.GoTo.OnCall = _ =>
                FakeProvider.Failure(FailureKind.MissingScope, FailureCodes.MissingScope) with
                {
                    Scope = scopes,
                };
            (await world.CallAsync(id)).Failure!.Kind.ShouldBe(FailureKind.MissingScope);
        }
    }

    private static List<string> Missing(JsonElement connection) =>
        connection
            .GetProperty("missingScopes")
            .EnumerateArray()
            .Select(scope => scope.GetProperty("scope").GetString()!)
            .ToList();

    private static string? Reason(JsonElement capabilities, string name) =>
        capabilities.GetProperty(name).GetProperty("reason").GetString();
}
