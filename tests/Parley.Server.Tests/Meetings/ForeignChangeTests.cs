using System.Net;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Meetings;

/// <summary>Changes of meetings made elsewhere that somebody else may be changing too, and removals that must wait.</summary>
public sealed class ForeignChangeTests
{
    [Theory, DatabaseMatrix]
    public async Task A_meeting_made_elsewhere_has_an_ETag_and_a_change_thought_out_on_another_state_is_refused(
        DatabaseKind database
    )
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await ElsewhereAsync(server, "By hand");
        var path = $"{server.Meetings}/{id}";
        var tag = await TagAsync();
        (await TagAsync()).ShouldBe(tag, "nobody changed it");

        using var request = new HttpRequestMessage(HttpMethod.Patch, path)
        {
            Content = new StringContent("""{"subject":"First"}""", null, "application/merge-patch+json"),
        };
        request.Headers.TryAddWithoutValidation("If-Match", tag);
        using var changed = await server.Api.SendAsync(request);
        changed.StatusCode.ShouldBe(HttpStatusCode.OK);
        var next = changed.Headers.ETag!.ToString();
        next.ShouldNotBe(tag);
        // The change's reply says what was assumed, which is another sight: what If-Match compares, before the ~, is the same.
        (await TagAsync())
            .Split('~')[0]
            .ShouldBe(next.Split('~')[0]);

        var (status, problem) = await server.SendAsync(HttpMethod.Patch, path, new { subject = "Second" }, tag);
        status.ShouldBe(HttpStatusCode.PreconditionFailed);
        problem["code"]!.GetValue<string>().ShouldBe("precondition_failed");
        (await server.TruthAsync()).ShouldHaveSingleItem().Subject.ShouldBe("First");
        (await server.SendAsync(HttpMethod.Patch, path, new { subject = "Third" }, "*")).Status.ShouldBe(
            HttpStatusCode.OK
        );

        async Task<string> TagAsync()
        {
            using var read = await server.Api.GetAsync(path);
            return read.Headers.ETag.ShouldNotBeNull().ToString();
        }
    }

    [Theory, DatabaseMatrix]
    public async Task A_change_that_is_refused_looks_nobody_up(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var id = await ElsewhereAsync(server, "By hand");
        string[] nobody = ["nobody@northwind.example"];

        var (unknown, who) = await server.PatchAsync(id, new { coOrganizers = nobody });
        unknown.ShouldBe(HttpStatusCode.BadRequest);
        who["errors"]!.AsObject().Select(error => error.Key).ShouldBe(["coOrganizers[0]"]);
        var (kept, why) = await server.PatchAsync(id, new { attendees = Array.Empty<object>(), subject = "Theirs" });
        kept.ShouldBe(HttpStatusCode.BadRequest, "nobody would write to them");
        why["errors"]!.AsObject().Select(error => error.Key).ShouldBe(["attendees"]);
        var (bad, what) = await server.PatchAsync(id, new { subject = "", coOrganizers = nobody });
        bad.ShouldBe(HttpStatusCode.BadRequest);
        what["errors"]!.AsObject().Select(error => error.Key).ShouldBe(["subject"]);
    }

    [Theory, DatabaseMatrix]
    public async Task A_removal_wished_on_a_broken_connection_is_kept_and_done_when_it_is_renewed(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(
            database,
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Provisioning:AnswerWait"] = "00:00:02" }
        );
        var id = await server.CreateAsync();
        var own = (await server.ArrangementAsync(id)).ProviderMeetingId!;
        await ElsewhereAsync(server, "By hand");
        var foreign = (await server.TruthAsync()).Single(meeting => meeting.Id != own).Id;
        await server.FaultAsync(
            "*",
            "failBefore",
            new
            {
                times = 0,
                status = 403,
                body = """{"errorCode":"InvalidToken","message":"Invalid token passed"}""",
                match = "/goto/G2M",
            }
        );
        await server.FaultAsync(
            "oauth.refresh",
            "failBefore",
            new
            {
                times = 0,
                status = 400,
                body = """{"error":"invalid_grant"}""",
            }
        );
        await server.AdvanceAsync(NodaTime.Duration.FromMinutes(2));

        var (changed, why) = await server.PatchAsync(own, new { subject = "Moved" });
        changed.ShouldBe(HttpStatusCode.Conflict, why.ToJsonString());
        why["code"]!.GetValue<string>().ShouldBe("connection_needs_reconnect");
        var (status, body) = await server.DeleteAsync(own);
        status.ShouldBe(HttpStatusCode.Accepted, body.ToJsonString());
        body["status"]!.GetValue<string>().ShouldBe("removing");
        var (theirs, problem) = await server.DeleteAsync(foreign);
        theirs.ShouldBe(HttpStatusCode.Conflict);
        problem["code"]!.GetValue<string>().ShouldBe("connection_needs_reconnect");
        (await server.TruthAsync()).Count.ShouldBe(2);

        await server.ClearFaultsAsync();
        await server.ReconnectAsync();
        await server.SettledAsync(id);
        (await server.TruthAsync()).ShouldHaveSingleItem().Id.ShouldBe(foreign);
        (await server.SendAsync(HttpMethod.Get, $"{server.Meetings}/{own}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory, DatabaseMatrix]
    public async Task Rooms_that_stay_stand_behind_all_that_have_their_time(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        await RoomAsync("Ours without a time", null);
        await RoomAsync("Ours with a time", "2026-12-01T09:00:00Z");
        await ElsewhereAsync(server, "Theirs", "recurring", "2026-12-02");
        await server.CreateAsync(ConnectedServer.Wish("Dated", "2026-12-10T09:00:00Z"));
        await ElsewhereAsync(server, "Dated by hand", "scheduled", "2026-12-11");

        string[] rooms = ["Ours with a time", "Ours without a time", "Theirs"];
        foreach (
            var list in (string[])
                [server.Meetings, "/api/v1/meetings?from=2026-11-01T00:00:00Z", "/api/v1/meetings?limit=2"]
        )
        {
            var all = await SubjectsAsync(list);
            all.Take(2).ShouldBe(["Dated", "Dated by hand"], ignoreOrder: false, customMessage: list);
            all.Skip(2).ShouldBe(rooms, ignoreOrder: true, customMessage: list);
        }

        (await SubjectsAsync("/api/v1/meetings?to=2026-11-30T00:00:00Z")).ShouldBe(
            rooms,
            ignoreOrder: true,
            customMessage: "they are there at any time"
        );

        Task RoomAsync(string subject, string? startsAt) =>
            server.CreateAsync(
                new
                {
                    subject,
                    startsAt,
                    durationMinutes = startsAt is null ? (int?)null : 45,
                    timeZone = "Europe/Berlin",
                    type = "recurring",
                }
            );

        async Task<List<string>> SubjectsAsync(string list)
        {
            var subjects = new List<string>();
            string? cursor = null;
            do
            {
                var next = cursor is null ? "" : $"{(list.Contains('?') ? '&' : '?')}cursor={cursor}";
                var (status, page) = await server.SendAsync(HttpMethod.Get, list + next);
                status.ShouldBe(HttpStatusCode.OK, page.ToJsonString());
                subjects.AddRange(
                    page["items"]!
                        .AsArray()
                        .Select(item => item!["subject"]!.GetValue<string>())
                        // The room every account has from the start.
                        .Where(subject => subject != "Olivia's Meeting")
                );
                cursor = page["nextCursor"]?.GetValue<string>();
            } while (cursor is not null);

            return subjects;
        }
    }

    [Theory, DatabaseMatrix]
    public async Task The_door_of_a_room_with_a_time_names_that_time_and_one_without_names_none(DatabaseKind database)
    {
        await using var server = await ConnectedServer.StartAsync(database);
        var timed = await server.CreateAsync(
            new
            {
                subject = "Weekly",
                startsAt = "2026-12-10T09:00:00Z",
                durationMinutes = 45,
                timeZone = "Europe/Berlin",
                type = "recurring",
            }
        );
        var page = await server.Parley.Client.GetStringAsync($"/j/{(await server.ArrangementAsync(timed)).DoorCode}");
        page.ShouldContain("10:00");
        page.ShouldContain("10:45");
        page.ShouldNotContain("9999");

        var untimed = await server.CreateAsync(
            new
            {
                subject = "Always",
                timeZone = "Europe/Berlin",
                type = "recurring",
            }
        );
        var door = await server.Parley.Client.GetAsync($"/j/{(await server.ArrangementAsync(untimed)).DoorCode}");
        door.StatusCode.ShouldBe(HttpStatusCode.SeeOther, "it is open");
    }

    [Fact]
    public async Task The_radar_of_a_connection_for_reports_is_a_conflict_and_the_document_says_so()
    {
        await using var server = await ConnectedServer.StartAsync(DatabaseKind.Sqlite);
        var reports = await server.ConnectAnotherAsync(ConnectedServer.Olivia, "account");
        var (status, problem) = await server.SendAsync(HttpMethod.Post, $"/api/v1/connections/{reports}/radar");
        status.ShouldBe(HttpStatusCode.Conflict, problem.ToJsonString());
        problem["code"]!.GetValue<string>().ShouldBe("conflict");
        var (_, document) = await server.SendAsync(HttpMethod.Get, "/openapi/v1.json");
        var radar = document["paths"]!["/api/v1/connections/{connectionId}/radar"]!["post"]!;
        radar["description"]!.GetValue<string>().ShouldContain("purpose `account`");
        radar["responses"]!["409"]!["description"]!.GetValue<string>().ShouldContain("`conflict`");
    }

    private static async Task<string> ElsewhereAsync(
        ConnectedServer server,
        string subject,
        string type = "scheduled",
        string day = "2026-12-10"
    )
    {
        var made = await server.ByHandAsync(
            HttpMethod.Post,
            "meetings",
            new
            {
                subject,
                starttime = $"{day}T09:00:00Z",
                endtime = $"{day}T10:00:00Z",
                passwordrequired = false,
                conferencecallinfo = "Hybrid",
                timezonekey = "",
                meetingtype = type,
            }
        );
        made.StatusCode.ShouldBe(HttpStatusCode.Created);
        return (await server.TruthAsync()).First(meeting => meeting.Subject == subject).Id;
    }
}
