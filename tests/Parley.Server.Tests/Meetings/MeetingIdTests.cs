using System.Net;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>A meeting id as people write it means the same meeting as the id the provider tells.</summary>
public sealed class MeetingIdTests
{
    [Theory, DatabaseMatrix]
    public async Task A_meeting_of_ours_is_ours_by_a_dashed_id_too(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var arrangement = await server.CreateAsync();
        var id = (await server.TruthAsync()).ShouldHaveSingleItem().Id;

        foreach (var written in (string[])[id, Grouped(id, "-"), Grouped(id, "%20")])
        {
            var (read, view) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{written}");
            read.ShouldBe(HttpStatusCode.OK, written);
            view["arrangementId"]?.GetValue<string>().ShouldBe(arrangement, written);
            view["id"]!.GetValue<string>().ShouldBe(id);
            var (changed, now) = await server.PatchAsync(written, new { subject = $"Renamed {written.Length}" });
            changed.ShouldBe(HttpStatusCode.OK, written);
            now["arrangementId"]?.GetValue<string>().ShouldBe(arrangement, written);
            now["assumed"].ShouldBeNull();
            (await server.ArrangementAsync(arrangement)).Subject.ShouldBe($"Renamed {written.Length}");
            (await server.SendAsync(HttpMethod.Post, $"{server.Meetings}/{written}/start")).Status.ShouldBe(
                HttpStatusCode.OK,
                written
            );
        }

        (await server.DeleteAsync(Grouped(id, "-"))).Status.ShouldBe(HttpStatusCode.NoContent);
        (await server.ArrangementAsync(arrangement)).IsPresent.ShouldBeFalse();
        (await server.TruthAsync()).ShouldBeEmpty();
        foreach (var written in (string[])[id, Grouped(id, "-")])
        {
            (await server.DeleteAsync(written)).Status.ShouldBe(HttpStatusCode.NotFound, written);
            (await server.SendAsync(HttpMethod.Post, $"{server.Meetings}/{written}/start")).Status.ShouldBe(
                HttpStatusCode.NotFound,
                written
            );
        }
    }

    [Theory, DatabaseMatrix]
    public async Task A_dashed_id_does_not_get_past_the_booking_a_meeting_belongs_to(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var arrangement = await server.CreateAsync();
        var id = (await server.TruthAsync()).ShouldHaveSingleItem().Id;
        await server.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                "UPDATE arrangement SET booking_id = 'bkg_1' WHERE workspace_id = @WorkspaceId AND id = @arrangement",
                new { server.WorkspaceId, arrangement }
            )
        );

        foreach (var written in (string[])[id, Grouped(id, "-"), Grouped(id, "%20")])
        {
            (await server.PatchAsync(written, new { subject = "Taken over" })).Status.ShouldBe(
                HttpStatusCode.Conflict,
                written
            );
            (await server.DeleteAsync(written)).Status.ShouldBe(HttpStatusCode.Conflict, written);
        }

        (await server.TruthAsync()).ShouldHaveSingleItem().Subject.ShouldStartWith("Demo with Alice");
    }

    [Fact]
    public async Task The_pages_know_a_meeting_by_a_dashed_id()
    {
        await using var world = await PagesWorld.StartAsync(DatabaseKind.Sqlite);
        var arrangement = await world.Server.CreateAsync();
        var own = (await world.TruthAsync())[0]["id"]!.GetValue<string>();
        var there = await world.Owner.GetAsync($"{world.Account}/{Grouped(own, "-")}");
        there.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        there.Headers.Location!.ToString().ShouldBe($"/meetings/{arrangement}");

        var foreign = await world.MadeElsewhereAsync();
        (await world.Owner.ReadAsync($"{world.Account}/{Grouped(foreign, "-")}")).ShouldContain("Made elsewhere");
    }

    private static string Grouped(string id, string between) => $"{id[..3]}{between}{id[3..6]}{between}{id[6..]}";
}
