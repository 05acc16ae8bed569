using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Provisioning;

/// <summary>Changes GoTo does not show afterwards (audio, who helps, the passcode): not taken for done unseen, and what follows from them is told anew.</summary>
public sealed class UnseenChangeTests
{
    private const string OscarKey = "7300195775692112813";

    [Theory, DatabaseMatrix]
    public async Task A_change_that_was_lost_is_made_although_the_meeting_looks_the_same_without_it(
        DatabaseKind database
    )
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        var id = await CreateAsync(server);
        await LostAsync(new { audio = "voip" }, "failBefore");
        (await TruthAsync(server))["audio"]!.GetValue<string>().ShouldBe("VoIP");
        await LostAsync(new { coOrganizers = new[] { OscarKey } }, "failBefore");
        Helpers(await TruthAsync(server)).ShouldBe([OscarKey]);
        await LostAsync(new { passcodeRequired = true }, "failBefore");
        (await TruthAsync(server))["passwordRequired"]!.GetValue<bool>().ShouldBeTrue();
        await LostAsync(new { audio = "custom", audioText = "Ring me" }, "applyThenDrop");
        await LostAsync(new { coOrganizers = Array.Empty<string>() }, "failBefore");

        var truth = await TruthAsync(server);
        truth["audio"]!.GetValue<string>().ShouldBe("Ring me");
        Helpers(truth).ShouldBeEmpty();
        (await server.ArrangementAsync(id)).Attention.ShouldBeNull();
        await server.SweptAsync();
        (await TruthAsync(server)).ToJsonString().ShouldBe(truth.ToJsonString());

        async Task LostAsync(object patch, string kind)
        {
            var calls = await server.CallsAsync("meetings.update");
            await server.FaultAsync("meetings.update", kind);
            (await server.PatchAsync(id, patch)).Status.ShouldBe(HttpStatusCode.Accepted);
            await server.SettledAsync(id);
            (await server.CallsAsync("meetings.update")).ShouldBe(calls + 2);
        }
    }

    [Theory, DatabaseMatrix]
    public async Task A_change_that_shows_is_not_sent_twice(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database, Quick);
        var id = await CreateAsync(server);
        await server.FaultAsync("meetings.update", "applyThenDrop");

        var patch = new { startsAt = "2026-12-10T10:00:00Z", audio = "voip" };
        (await server.PatchAsync(id, patch)).Status.ShouldBe(HttpStatusCode.Accepted);
        await server.SettledAsync(id);

        (await server.CallsAsync("meetings.update")).ShouldBe(1);
        (await TruthAsync(server))["audio"]!.GetValue<string>().ShouldBe("VoIP");
        (await server.ArrangementAsync(id)).DialInNumbers.ShouldBeEmpty("nobody can dial in any more");
    }

    [Theory, DatabaseMatrix]
    public async Task Who_may_no_longer_dial_in_is_not_given_the_numbers_of_before(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync();
        (await server.ArrangementAsync(id)).DialInNumbers.ShouldNotBeEmpty();
        var reads = await server.CallsAsync("meetings.get");
        (await server.PatchAsync(id, new { subject = "Renamed" })).Status.ShouldBe(HttpStatusCode.OK);
        (await server.CallsAsync("meetings.get")).ShouldBe(reads, "a new subject leaves the numbers as they are");

        (await DialInAsync(new { audio = "voip" })).ShouldBe(0);
        (await server.ArrangementAsync(id)).AccessCode.ShouldBeNull();
        (await DialInAsync(new { audio = "hybrid" })).ShouldBeGreaterThan(0);
        (await server.ArrangementAsync(id)).AccessCode.ShouldNotBeNull();
        await server.FaultAsync("meetings.get", "failBefore", new { times = 0 });
        (await DialInAsync(new { audio = "private" })).ShouldBe(0, "also when the provider cannot be asked");

        async Task<int> DialInAsync(object patch)
        {
            var (status, body) = await server.PatchAsync(id, patch);
            status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
            var told = body["dialIn"]!.AsArray().Count;
            (await server.ArrangementAsync(id)).DialInNumbers.Count.ShouldBe(told);
            return told;
        }
    }

    // However short the wait for an answer is.
    private static async Task<string> CreateAsync(ConnectedServer server)
    {
        var (_, body) = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish());
        var id = body["arrangementId"]!.GetValue<string>();
        await server.SettledAsync(id);
        return id;
    }

    private static List<string> Helpers(JsonNode truth) =>
        truth["coOrganizerKeys"]!.AsArray().Select(key => key!.GetValue<string>()).ToList();

    private static async Task<JsonNode> TruthAsync(ConnectedServer server)
    {
        var meeting = (await server.TwinHttp.GetFromJsonAsync<JsonNode>("/control/meetings"))!["items"]!
            .AsArray()
            .ShouldHaveSingleItem()!;
        foreach (var varying in (string[])["updatedAt", "sessions"])
        {
            meeting.AsObject().Remove(varying);
        }

        return meeting;
    }

    private static Dictionary<string, string?> Quick =>
        new(StringComparer.Ordinal) { ["Provisioning:AnswerWait"] = "00:00:01" };
}
