using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Booking;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Provisioning;

/// <summary>A meeting gets another host and another account: its id and door stay, and through every failure one meeting is left.</summary>
public sealed class HandoverTests
{
    private const string Bob = "mem_bob";

    [Theory, DatabaseMatrix]
    public async Task Whatever_fails_on_the_way_each_meeting_exists_once_with_its_new_host(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(
            database,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Provisioning:SettleTime"] = "00:00:00.1" }
        );
        var bobs = await BobsAccountAsync(server);

        // A booking whose customer has had the details.
        var (made, page) = await server.SendAsync(
            HttpMethod.Post,
            "/api/v1/booking-pages",
            BookingBench.Page("intro", one => one["hosts"]![0]!["connectionId"] = server.ConnectionId)
        );
        made.ShouldBe(HttpStatusCode.Created, page.ToJsonString());
        var (status, booked) = await server.SendAsync(
            HttpMethod.Post,
            "/api/v1/public/pages/intro/bookings",
            BookingBench.Wish("2026-12-03T08:00:00Z")
        );
        status.ShouldBe(HttpStatusCode.Created, booked.ToJsonString());
        var booking = booked["id"]!.GetValue<string>();
        var told = await server.Parley.Db.ReadAsync(session =>
            session.FirstAsync<string>(
                "SELECT arrangement_id FROM booking WHERE workspace_id = @WorkspaceId AND id = @booking",
                new { server.WorkspaceId, booking }
            )
        );
        await server.SettledAsync(told);
        // Only one that is not being tried just now: there is no mail server, and it would be put back.
        await TestServer.EventuallyAsync(
            async () =>
            {
                await server.ExecuteAsync(
                    "UPDATE effect SET state = 'APPLIED', finished_at = created_at WHERE kind = 'mail' AND operation = 'confirmation' AND state = 'PLANNED'"
                );
                return (await MailsAsync(server, told)).Count == 0;
            },
            "the confirmations count as sent"
        );
        var before = await server.ArrangementAsync(told);
        await MoveAsync(server, told, bobs);
        await server.SettledAsync(told);

        var after = await server.ArrangementAsync(told);
        after.ConnectionId.ShouldBe(bobs);
        after.DoorCode.ShouldBe(before.DoorCode);
        after.Version.ShouldBe(before.Version + 1);
        after.ProviderMeetingId.ShouldNotBe(before.ProviderMeetingId);
        after.LinkIsKnown.ShouldBeTrue();
        (await MailsAsync(server, told)).ShouldBe([
            "attendee ada@example.org update",
            "organizer bob@example.org confirmation",
            $"organizer {TestServer.OwnerEmail} cancellation",
        ]);
        var (_, shown) = await server.SendAsync(HttpMethod.Get, $"/api/v1/bookings/{booking}");
        shown["host"]!["memberId"]!.GetValue<string>().ShouldBe(Bob);
        (await TakenByAsync(server, told)).ShouldBe([bobs, Bob], ignoreOrder: true);

        // Refused while the new host has something else, and everything stays as it is.
        var busy = await server.CreateAsync(ConnectedServer.Wish("Busy", "2026-12-03T08:15:00Z"));
        (await ReassignAsync(server, busy, bobs)).ShouldBe("The new host has something else at that time.");
        (await server.ArrangementAsync(busy)).ConnectionId.ShouldBe(server.ConnectionId);

        // The first create's reply is lost, and it is handed over before anybody looked.
        await server.FaultAsync("meetings.create", "applyThenDrop");
        var lost = await server.CreateAsync(
            ConnectedServer.Wish("Lost", "2026-12-10T09:00:00Z"),
            HttpStatusCode.Accepted
        );
        await MoveAsync(server, lost, bobs);

        // Made at the new account without a reply; the removal at the old one fails without one, too.
        var dropped = await server.CreateAsync(ConnectedServer.Wish("Dropped", "2026-12-10T10:00:00Z"));
        await server.FaultAsync("meetings.create", "applyThenDrop");
        await server.FaultAsync("meetings.delete", "applyThenDrop");
        await MoveAsync(server, dropped, bobs);

        // The old account's create comes hours late.
        await server.FaultAsync("meetings.create", "applyLate", new { delayMs = 300_000 });
        var late = await server.CreateAsync(
            ConnectedServer.Wish("Late", "2026-12-10T11:00:00Z"),
            HttpStatusCode.Accepted
        );
        await MoveAsync(server, late, bobs);
        foreach (var id in new[] { lost, dropped, late })
        {
            await server.SettledAsync(id);
        }

        await server.AdvanceAsync(Duration.FromMinutes(6));
        await server.RunLateCallsAsync();
        await server.SweptAsync();

        var truth = await server.TruthAsync();
        foreach (var id in new[] { told, busy, lost, dropped, late })
        {
            var arrangement = await server.ArrangementAsync(id);
            var subject = arrangement.Subject;
            truth
                .Where(meeting => meeting.Subject.StartsWith(subject, StringComparison.Ordinal))
                .ShouldHaveSingleItem(subject)
                .Id.ShouldBe(arrangement.ProviderMeetingId, subject);
        }

        truth.Count.ShouldBe(5);
        // The story is told whole, the part at the former account included.
        (await server.HistoryAsync(dropped)).ShouldContain("APPLIED/created");
    }

    [Theory, DatabaseMatrix]
    public async Task A_reply_that_comes_after_the_meeting_was_handed_over_changes_nothing_of_it(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(
            database,
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Provisioning:SettleTime"] = "00:00:00.1",
                ["Provisioning:AnswerWait"] = "00:00:00.1",
            }
        );
        var bobs = await BobsAccountAsync(server);
        server.Provider.HoldCreateReplies = true;
        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        await TestServer.EventuallyAsync(
            () => Task.FromResult(server.Provider.Held == 1),
            "the create has reached the provider"
        );
        server.Provider.HoldCreateReplies = false;

        await MoveAsync(server, id, bobs);
        server.Provider.Release();
        await server.SettledAsync(id);
        await server.SweptAsync();

        var arrangement = await server.ArrangementAsync(id);
        arrangement.ConnectionId.ShouldBe(bobs);
        (await server.TruthAsync()).ShouldHaveSingleItem().Id.ShouldBe(arrangement.ProviderMeetingId);
        // Back to the first: a second relic, and still one meeting.
        await MoveAsync(server, id, server.ConnectionId);
        await server.SettledAsync(id);
        await server.SweptAsync();
        var back = await server.ArrangementAsync(id);
        (await server.TruthAsync()).ShouldHaveSingleItem().Id.ShouldBe(back.ProviderMeetingId);
        back.DoorCode.ShouldBe(arrangement.DoorCode);
    }

    [Theory, DatabaseMatrix]
    public async Task A_meeting_handed_over_shortly_before_it_starts_is_not_called_missing_at_once(
        DatabaseKind database
    )
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var bobs = await BobsAccountAsync(server);
        var soon = server.Parley.Clock.GetCurrentInstant() + Duration.FromHours(3);
        var id = await server.CreateAsync(
            ConnectedServer.Wish("Soon", NodaTime.Text.InstantPattern.General.Format(soon))
        );
        await server.SettledAsync(id);
        await server.AdvanceAsync(Duration.FromHours(2) + Duration.FromMinutes(20));
        var watch = server.Parley.Services.GetRequiredService<Parley.Server.Mail.MissingMeetings>();

        // Nobody reaches the provider just now: the new host's meeting has still to be made.
        await server.FaultAsync("meetings.create", "refuse", new { times = 100 });
        await MoveAsync(server, id, bobs);
        (await server.ArrangementAsync(id)).JoinUrl.ShouldBeNull();
        (await watch.LookAsync(CancellationToken.None)).ShouldBe(0);

        // Ten minutes on it is late.
        await server.AdvanceAsync(Duration.FromMinutes(11));
        (await watch.LookAsync(CancellationToken.None)).ShouldBe(1);
        (await MailsAsync(server, id)).ShouldContain(mail => mail.EndsWith("notReady1h", StringComparison.Ordinal));
        await server.ClearFaultsAsync();
        await server.AdvanceAsync(Duration.FromMinutes(2));
        await server.SettledAsync(id);
        (await server.ArrangementAsync(id)).LinkIsKnown.ShouldBeTrue();
        (await watch.LookAsync(CancellationToken.None)).ShouldBe(0);
    }

    private static async Task<string> BobsAccountAsync(ConnectedServer server)
    {
        await server.ExecuteAsync(
            $"""
            INSERT INTO member (workspace_id, id, email, email_normalized, name, role, time_zone, security_stamp, created_at)
            VALUES ('{server.WorkspaceId}', '{Bob}', 'bob@example.org', 'BOB@EXAMPLE.ORG', 'Bob', 'member', 'UTC', 'x', 1)
            """
        );
        var connection = await server.ConnectAnotherAsync("oscar@northwind.example");
        await server.ExecuteAsync($"UPDATE connection SET member_id = '{Bob}' WHERE id = '{connection}'");
        return connection;
    }

    private static async Task MoveAsync(ConnectedServer server, string id, string connection) =>
        (await ReassignAsync(server, id, connection)).ShouldBeNull();

    private static async Task<string?> ReassignAsync(ConnectedServer server, string id, string connection) =>
        (
            await server
                .Parley.Services.GetRequiredService<Reassignments>()
                .ReassignAsync(
                    server.WorkspaceId,
                    id,
                    new PageHost { MemberId = Bob, ConnectionId = connection },
                    CancellationToken.None
                )
        )
            .Problem
            ?.Detail;

    private static async Task<List<string>> MailsAsync(ConnectedServer server, string id) =>
        (await server.EffectsAsync(id))
            .Where(effect => effect.Kind == EffectKind.Mail && effect.FinishedAt is null)
            .Select(effect => (Mail: Parley.Server.Mail.MailPayload.Of(effect), effect.Operation))
            .Select(one => $"{one.Mail.Role} {one.Mail.Email} {one.Operation}")
            .Order(StringComparer.Ordinal)
            .ToList();

    private static Task<List<string>> TakenByAsync(ConnectedServer server, string id) =>
        server.Parley.Db.ReadAsync(session =>
            session.QueryAsync<string>(
                "SELECT subject FROM occupancy WHERE workspace_id = @WorkspaceId AND arrangement_id = @id",
                new { server.WorkspaceId, id }
            )
        );
}
