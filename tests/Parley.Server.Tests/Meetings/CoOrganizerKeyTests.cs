using System.Net;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>Co-organizers named by key: looked up where the directory can be read, and the field is named that is wrong.</summary>
public sealed class CoOrganizerKeyTests
{
    private const string Oscar = "7300195775692112813";
    private const string OliviaKey = "7300195775692112801";
    private const string Una = "7300195775692112827";
    private const string Sven = "7300195775692112861";

    [Theory, DatabaseMatrix]
    public async Task A_key_that_is_nobody_s_or_may_not_help_is_refused_by_its_field(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        // What the provider would do with it is not known: it may pass over such a key in silence.
        await server.SettingsAsync(new { badCoOrganizer = "ignored" });
        var id = await CreateAsync(HttpStatusCode.Created, [Oscar, OliviaKey]);
        (await CreateAsync(HttpStatusCode.BadRequest, [Oscar, "99999999"])).ShouldBe(
            "coOrganizers[1]: is nobody in this GoTo Meeting account"
        );
        (await CreateAsync(HttpStatusCode.BadRequest, ["Oscar Organizer"])).ShouldBe(
            "coOrganizers[0]: must be an organizer key or an e-mail address"
        );
        (await CreateAsync(HttpStatusCode.BadRequest, ["not-a-number"])).ShouldContain("is nobody");
        (await CreateAsync(HttpStatusCode.BadRequest, [Una])).ShouldContain("coOrganizers[0]: may not organize");
        // So many that everybody is read once.
        (await CreateAsync(HttpStatusCode.BadRequest, [Oscar, "1", "2", Sven])).ShouldStartWith("coOrganizers[1]: is");

        var (status, problem) = await server.PatchAsync(id, new { coOrganizers = new[] { "99999999" } });
        status.ShouldBe(HttpStatusCode.BadRequest);
        problem["errors"]!.AsObject().Select(error => error.Key).ShouldBe(["coOrganizers[0]"]);
        (await server.PatchAsync(id, new { coOrganizers = new[] { Oscar } })).Status.ShouldBe(HttpStatusCode.OK);
        (await server.TruthAsync()).ShouldHaveSingleItem();

        async Task<string> CreateAsync(HttpStatusCode expected, string[] coOrganizers) =>
            await CreateWithAsync(server, expected, coOrganizers);
    }

    [Theory, DatabaseMatrix]
    public async Task Where_the_directory_cannot_be_read_the_provider_judges(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, account: "oscar@northwind.example");
        await CreateWithAsync(server, HttpStatusCode.Created, [OliviaKey]);
        await CreateWithAsync(server, HttpStatusCode.UnprocessableEntity, ["99999999"]);
        (await server.CallsAsync("admin.users.get")).ShouldBe(0);

        var (_, connection) = await server.SendAsync(HttpMethod.Get, $"/api/v1/connections/{server.ConnectionId}");
        Available(connection, "organizers").ShouldBeFalse("listing people takes an administrator");
        Available(connection, "create").ShouldBeTrue();
        connection["capabilities"]!["organizers"]!["reason"]!.GetValue<string>().ShouldContain("administrator role");
    }

    [Fact]
    public async Task An_administrator_s_directory_that_does_not_answer_stops_no_meeting()
    {
        await using var server = await ConnectedServer.StartAsync(DatabaseKind.Sqlite);
        await server.FaultAsync("admin.users.get", "failBefore", new { times = 0 });
        await CreateWithAsync(server, HttpStatusCode.Created, [Oscar]);
    }

    [Fact]
    public async Task A_connection_for_reports_does_not_offer_to_make_meetings()
    {
        await using var server = await ConnectedServer.StartAsync(DatabaseKind.Sqlite);
        var account = await server.ConnectAnotherAsync("rita@northwind.example", "account");
        var (_, connection) = await server.SendAsync(HttpMethod.Get, $"/api/v1/connections/{account}");
        Available(connection, "create").ShouldBeFalse();
        Available(connection, "historyOfOthers").ShouldBeTrue();
        Available(connection, "organizers").ShouldBeTrue();

        var (status, problem) = await server.SendAsync(
            HttpMethod.Post,
            $"/api/v1/connections/{account}/meetings",
            ConnectedServer.Wish()
        );
        status.ShouldBe(HttpStatusCode.Conflict);
        problem["detail"]!
            .GetValue<string>()
            .ShouldBe(connection["capabilities"]!["create"]!["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_GoTo_has_no_word_for_is_said_with_the_meeting()
    {
        await using var server = await ConnectedServer.StartAsync(DatabaseKind.Sqlite);
        var (status, body) = await server.SendAsync(
            HttpMethod.Post,
            server.Meetings,
            new
            {
                subject = "With a waiting room",
                startsAt = "2026-12-10T09:00:00Z",
                durationMinutes = 30,
                timeZone = "UTC",
                options = new { waitingRoom = true, joinBeforeHost = false },
            }
        );
        status.ShouldBe(HttpStatusCode.Created, body.ToJsonString());
        body["warnings"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldContain("waiting room");
    }

    private static bool Available(JsonNode connection, string capability) =>
        connection["capabilities"]![capability]!["available"]!.GetValue<bool>();

    /// <returns>The arrangement's id, or what is wrong.</returns>
    private static async Task<string> CreateWithAsync(
        ConnectedServer server,
        HttpStatusCode expected,
        string[] coOrganizers
    )
    {
        var (status, body) = await server.SendAsync(
            HttpMethod.Post,
            server.Meetings,
            new
            {
                subject = "Together",
                startsAt = "2026-12-10T09:00:00Z",
                durationMinutes = 30,
                timeZone = "Europe/Berlin",
                coOrganizers,
            }
        );
        status.ShouldBe(expected, body.ToJsonString());
        return expected == HttpStatusCode.Created ? body["arrangementId"]!.GetValue<string>()
            : body["errors"] is JsonObject errors
                ? string.Join(" ", errors.Select(error => $"{error.Key}: {error.Value![0]!.GetValue<string>()}"))
            : "";
    }
}
