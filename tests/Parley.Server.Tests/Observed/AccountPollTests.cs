using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Observed;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Observed;

/// <summary>What a connection for reports shows of other organizers.</summary>
public sealed class AccountPollTests
{
    private const string Odile = "odile@northwind.example";

    [Theory, DatabaseMatrix]
    public async Task Every_organizer_of_an_account_is_shown_once_and_stands_in_nobodys_way(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await server.AddPageAsync("intro");
        var account = await server.ConnectAnotherAsync(ConnectedServer.Olivia, "account");
        await server.MadeElsewhereAsync("Olivia by hand", "2026-12-10T10:00:00Z", "2026-12-10T11:00:00Z");
        await MadeByAsync(server, Odile, "Odile by hand");
        (await server.AllAsync("?q=by+hand")).ShouldBeEmpty();

        await RoundAsync(server, 5);

        (await server.Parley.CountAsync("observed_organizer")).ShouldBeGreaterThan(1);
        var odiles = (await server.AllAsync("?q=by+hand")).ShouldHaveSingleItem()!;
        odiles["subject"]!.GetValue<string>().ShouldBe("Odile by hand");
        odiles["connectionId"]!.GetValue<string>().ShouldBe(account);
        odiles["organizer"]!["email"]!.GetValue<string>().ShouldBe(Odile);
        odiles["observedAt"].ShouldNotBeNull();
        odiles["source"]!.GetValue<string>().ShouldBe("provider");
        (await server.Parley.CountAsync("occupancy")).ShouldBe(0, "it is somebody else's time");
        (await server.BookAsync("intro", "2026-12-10T12:00:00Z")).Status.ShouldBe(HttpStatusCode.Created);

        // Listed by her own connection alone, though the account reads her as well.
        await server.ListAsync();
        (await server.AllAsync("?q=olivia+by+hand")).Count.ShouldBe(1);

        // Once she connects in person, that connection tells.
        await server.ConnectAnotherAsync(Odile);
        (await server.AllAsync("?q=odile+by+hand")).ShouldBeEmpty("her own connection has not been listed yet");
        var listed = await ListedAsync(server);
        await RoundAsync(server, 3);
        (await server.AllAsync("?q=odile+by+hand")).ShouldBeEmpty();
        (await ListedAsync(server)).ShouldBe(listed, "who is connected in person is not asked for");

        (await server.SendAsync(HttpMethod.Delete, $"/api/v1/connections/{account}")).Status.ShouldBe(
            HttpStatusCode.NoContent
        );
        await RoundAsync(server, 1);
        (await server.Parley.CountAsync("observed_organizer")).ShouldBe(0);
        (await server.Parley.CountAsync("observed_account")).ShouldBe(0);
    }

    private static Task<long> ListedAsync(ConnectedServer server) =>
        server.Parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>(
                "SELECT listed_at FROM observed_organizer WHERE email = @Odile /* all workspaces: tests */",
                new { Odile }
            )
        );

    // Each look has one call of the account's made; the pace is by the clock.
    private static async Task RoundAsync(ConnectedServer server, int looks)
    {
        for (var look = 0; look < looks; look++)
        {
            await server.AdvanceAsync(Duration.FromSeconds(3));
            await server.Parley.Services.GetRequiredService<AccountPoll>().LookAsync(default);
        }
    }

    private static async Task MadeByAsync(ConnectedServer server, string organizer, string subject)
    {
        var reply = await server.ByHandAsync(
            HttpMethod.Post,
            "meetings",
            new
            {
                subject,
                starttime = "2026-12-10T12:00:00Z",
                endtime = "2026-12-10T13:00:00Z",
                passwordrequired = false,
                conferencecallinfo = "Hybrid",
                timezonekey = "",
                meetingtype = "scheduled",
            },
            organizer
        );
        reply.StatusCode.ShouldBe(HttpStatusCode.Created, await reply.Content.ReadAsStringAsync());
    }
}
