using System.Globalization;
using Parley.Browser.Tests.PageObjects;

namespace Parley.Browser.Tests;

/// <summary>Meetings of every kind, and a form with everything in it, under axe and to be looked at.</summary>
[Trait("Speed", "Slow")]
public sealed class MeetingStateTests(Chromium chromium)
{
    [Fact]
    public async Task No_kind_of_meeting_has_a_fault_axe_can_see()
    {
        await using var demo = await Demo.StartAsync();
        await using var owner = await chromium.VisitAsync(new Visit { WithoutPolicy = true });
        var room = new OrganizerRoom(owner, demo);
        var faults = new List<string>();
        await room.SignInAsync();
        await room.ConnectGoToMeetingAsync();
        await owner.ForgetAsync(new Uri(demo.SandboxUrl).Host);
        await room.ConnectGoToMeetingAsync("oscar@northwind.example");
        var olivia = (await demo.Parley.GetAsync("/api/v1/connections"))
            .GetProperty("items")
            .EnumerateArray()
            .Single(item => item.GetProperty("account").GetProperty("email").GetString() == OrganizerRoom.Olivia)
            .GetProperty("id")
            .GetString()!;
        await demo.HeldAsync(OrganizerRoom.Olivia, "Held with a name that goes on and on, as names of meetings do", 2);

        await LookAsync("/meetings/new", "schedule with several accounts");
        await LookAsync("/history", "history of several accounts");
        var invited = await MakeAsync(
            new
            {
                subject = "Review with people invited",
                startsAt = DateTimeOffset
                    .UtcNow.AddDays(1)
                    .ToString("yyyy-MM-ddTHH:00:00Z", CultureInfo.InvariantCulture),
                durationMinutes = 45,
                timeZone = "America/New_York",
                description = "What was promised.\nWhat it costs.",
                attendees = new object[]
                {
                    new { name = "Ada Lovelace", email = "ada@example.org" },
                    new
                    {
                        name = "Bob Quiet",
                        email = "bob@example.org",
                        notify = false,
                    },
                },
            }
        );
        await LookAsync($"/meetings/{invited}", "meeting with people invited");
        await LookAsync($"/meetings/{invited}/edit", "change with people invited");
        await owner.SeesAsync("Never, as was chosen for them: Bob Quiet.");
        await LookAsync($"/meetings/{invited}/cancel", "cancel with people invited");
        await LookAsync(
            $"/meetings/{await MakeAsync(new { subject = "Room that stays", type = "recurring", timeZone = "UTC" })}",
            "room"
        );
        await LookAsync(
            $"/meetings/{await MakeAsync(new { subject = "Right now", type = "instant", timeZone = "UTC", durationMinutes = 30 })}",
            "instant meeting"
        );

        await demo.ControlAsync(
            "faults",
            new
            {
                provider = "gotomeeting",
                operation = "meetings.create",
                kind = "failBefore",
                status = 503,
                times = 0,
            }
        );
        await room.ScheduleAsync("On its way", DateTimeOffset.UtcNow.AddDays(2));
        await owner.SeesAsync("is noted, and GoTo Meeting has not answered yet");
        await Inspection.LookAsync(owner, "scheduled and not answered yet", faults);
        await LookAsync("/dashboard", "dashboard of all kinds");
        string.Join('\n', faults).ShouldBeEmpty();

        async Task LookAsync(string path, string where)
        {
            var answer = await owner.OpenAsync(demo.Url + path);
            answer!.Status.ShouldBe(200, path);
            await Inspection.LookAsync(owner, where, faults);
        }

        async Task<string> MakeAsync(object meeting)
        {
            var made = await demo.Parley.PostAsync($"/api/v1/connections/{olivia}/meetings", meeting);
            return made.GetProperty("arrangementId").GetString()!;
        }
    }
}
