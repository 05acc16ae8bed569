using System.Net;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>Instant and recurring meetings, custom audio, and co-organizers by address.</summary>
public sealed class MeetingTypesTests
{
    private const string OdileKey = "7300195775692112843";

    [Theory, DatabaseMatrix]
    public async Task A_recurring_meeting_is_a_room_that_stays_and_takes_no_time(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync(
            new
            {
                subject = "Always open",
                timeZone = "Europe/Berlin",
                type = "recurring",
            }
        );
        var (_, view) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}");
        view["type"]!.GetValue<string>().ShouldBe("recurring");
        view["status"]!.GetValue<string>().ShouldBe("scheduled");
        view["startsAt"].ShouldBeNull();
        view["endsAt"].ShouldBeNull();
        (await OccupiedAsync(server)).ShouldBe(0);

        await server.AdvanceAsync(Duration.FromDays(3));
        (await server.PatchAsync(id, new { subject = "Still open" })).Status.ShouldBe(HttpStatusCode.OK);
        (await server.TruthAsync()).ShouldHaveSingleItem().Subject.ShouldStartWith("Still open");
        (await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}")).Body["status"]!
            .GetValue<string>()
            .ShouldBe("scheduled");
        (await server.SendAsync(HttpMethod.Get, server.Meetings)).Body["items"]!
            .AsArray()
            .ShouldContain(item =>
                item!["arrangementId"] != null && item["subject"]!.GetValue<string>() == "Still open"
            );

        var (type, problem) = await server.PatchAsync(id, new { type = "scheduled" });
        type.ShouldBe(HttpStatusCode.BadRequest);
        problem["errors"]!["type"].ShouldNotBeNull();
        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await server.TruthAsync()).ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task A_recurring_meeting_keeps_the_time_it_was_given(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync(
            new
            {
                subject = "Weekly",
                timeZone = "Europe/Berlin",
                type = "recurring",
                startsAt = "2026-12-10T09:00:00Z",
                durationMinutes = 45,
            }
        );
        var (_, view) = await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}");
        view["startsAt"]!.GetValue<string>().ShouldBe("2026-12-10T09:00:00Z");
        view["durationMinutes"]!.GetValue<int>().ShouldBe(45);
        (await server.TruthAsync()).ShouldHaveSingleItem().EndsAt.ShouldBe(Instant.FromUtc(2026, 12, 10, 9, 45));
        (await OccupiedAsync(server)).ShouldBe(0);

        await server.CreateAsync(ConnectedServer.Wish());
        (await OccupiedAsync(server)).ShouldBeGreaterThan(0);
    }

    [Theory, DatabaseMatrix]
    public async Task An_instant_meeting_starts_now(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var now = server.Clock.GetCurrentInstant();
        var id = await server.CreateAsync(
            new
            {
                subject = "Right now",
                timeZone = "Europe/Berlin",
                type = "instant",
            }
        );
        var made = await server.ArrangementAsync(id);
        (made.StartsAt - now).ShouldBeLessThan(Duration.FromMinutes(1));
        (made.EndsAt - made.StartsAt).ShouldBe(Duration.FromMinutes(60));
        made.Details.Type.ShouldBe(MeetingType.Instant);
        (await server.PatchAsync(id, new { subject = "Right then" })).Status.ShouldBe(HttpStatusCode.OK);

        var (status, problem) = await server.SendAsync(
            HttpMethod.Post,
            server.Meetings,
            new
            {
                subject = "Later",
                timeZone = "Europe/Berlin",
                type = "instant",
                startsAt = "2026-12-10T09:00:00Z",
            }
        );
        status.ShouldBe(HttpStatusCode.BadRequest);
        problem["errors"]!["startsAt"].ShouldNotBeNull();
    }

    [Theory, DatabaseMatrix]
    public async Task Co_organizers_are_named_by_address(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await server.CreateAsync(Wish("Odile@Northwind.example"));
        (await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{id}")).Body["coOrganizers"]!
            .AsArray()
            .Select(key => key!.GetValue<string>())
            .ShouldBe([OdileKey]);
        (await server.PatchAsync(id, new { coOrganizers = Array.Empty<string>() })).Status.ShouldBe(HttpStatusCode.OK);
        var (patched, view) = await server.PatchAsync(id, new { coOrganizers = new[] { "odile@northwind.example" } });
        patched.ShouldBe(HttpStatusCode.OK, view.ToJsonString());
        view["coOrganizers"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldBe(OdileKey);

        foreach (
            var nobody in (string[])["nobody@northwind.example", "sven@northwind.example", "una@northwind.example"]
        )
        {
            var (status, problem) = await server.SendAsync(HttpMethod.Post, server.Meetings, Wish(OdileKey, nobody));
            status.ShouldBe(HttpStatusCode.BadRequest, problem.ToJsonString());
            problem["errors"]!.AsObject().Select(error => error.Key).ShouldBe(["coOrganizers[1]"]);
        }

        (await server.TruthAsync()).ShouldHaveSingleItem();

        object Wish(params string[] coOrganizers) =>
            new
            {
                subject = "Together",
                timeZone = "Europe/Berlin",
                startsAt = "2026-12-10T09:00:00Z",
                durationMinutes = 30,
                audio = "custom",
                audioText = "Ring 555 0100",
                coOrganizers,
            };
    }

    [Theory, DatabaseMatrix]
    public async Task A_recurring_meeting_made_elsewhere_can_be_changed(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        (
            await server.ByHandAsync(
                HttpMethod.Post,
                "meetings",
                new
                {
                    subject = "By hand",
                    starttime = "2026-12-10T09:00:00Z",
                    endtime = "2026-12-10T10:00:00Z",
                    passwordrequired = false,
                    conferencecallinfo = "Hybrid",
                    timezonekey = "",
                    meetingtype = "recurring",
                }
            )
        ).StatusCode.ShouldBe(HttpStatusCode.Created);
        var id = (await server.TruthAsync()).ShouldHaveSingleItem().Id;
        var (status, body) = await server.PatchAsync(id, new { subject = "Renamed" });
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        body["type"]!.GetValue<string>().ShouldBe("recurring");
        body["subject"]!.GetValue<string>().ShouldBe("Renamed");
    }

    private static Task<long> OccupiedAsync(ConnectedServer server) =>
        server.Parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>("SELECT COUNT(*) FROM occupancy /* all workspaces: tests */")
        );
}
