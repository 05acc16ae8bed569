using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Access;

public sealed class OperationTests
{
    [Theory, DatabaseMatrix]
    public async Task Another_workspace_gets_its_own_owner_who_sees_nothing_of_the_first(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var made = await parley.Services.GetRequiredService<Operations>().AddWorkspaceAsync("Second");
        made.Succeeded.ShouldBeTrue();
        var link = new Uri(made.Text.Split('\n')[1]).PathAndQuery;
        using var browser = new FormBrowser(parley);

        var joined = await browser.SubmitAsync(
            link,
            link,
            ("email", "second@example.org"),
            ("name", "Second Owner"),
            ("password", "nine words in a row"),
            ("timeZone", "UTC")
        );

        joined.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var members = await browser.ReadAsync("/members");
        members.ShouldContain("second@example.org");
        members.ShouldNotContain(TestServer.OwnerEmail);
        (await browser.ReadAsync("/api-keys")).ShouldContain("No API keys");
    }

    [Theory, DatabaseMatrix]
    public async Task An_operators_reset_link_sets_a_password(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        var operations = parley.Services.GetRequiredService<Operations>();
        (await operations.ResetPasswordAsync("nobody@example.org")).Succeeded.ShouldBeFalse();

        var link = new Uri((await operations.ResetPasswordAsync(TestServer.OwnerEmail)).Text.Split('\n')[1]);

        using var browser = new FormBrowser(parley);
        var set = await browser.SubmitAsync(
            link.PathAndQuery,
            "/reset",
            ("token", link.Query["?token=".Length..]),
            ("password", "an entirely new one")
        );
        set.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        (await browser.SignInAsync(password: "an entirely new one")).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task A_second_process_on_the_same_SQLite_file_is_told_to_stop_the_server_first()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);

        var refused = await Should.ThrowAsync<StartupException>(() =>
            TestServer.StartAsync(
                DatabaseKind.Sqlite,
                new Dictionary<string, string?> { ["DataDirectory"] = parley.DataDirectory }
            )
        );

        refused.Message.ShouldContain("Stop it first");
    }
}
