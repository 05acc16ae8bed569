using System.Net;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Budget;

/// <summary>A host's day at the provider: what uses it, what does not, and what waits for the next.</summary>
public sealed class DailyQuotaTests
{
    private static readonly ProviderFailure DayUsedUp = new()
    {
        Kind = FailureKind.Throttled,
        Code = FailureCodes.Throttled,
        Message = "The provider's daily limit of this host is reached.",
        HttpStatus = 429,
        DailyQuota = true,
    };

    private static readonly ProviderFailure TooFast = DayUsedUp with
    {
        Message = "Too many calls a second.",
        DailyQuota = false,
        RetryAfter = Duration.FromSeconds(2),
    };

    [Theory, DatabaseMatrix]
    public async Task What_the_organizer_wishes_on_a_used_up_day_is_accepted_at_once_and_made_after_midnight(
        DatabaseKind database
    )
    {
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 1);
        var server = world.Server;
        await server.CreateAsync();

        var watch = System.Diagnostics.Stopwatch.StartNew();
        var (status, body) = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish("Second"));

        status.ShouldBe(HttpStatusCode.Accepted, body.ToJsonString());
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(8), "nobody waits for tomorrow");
        body["status"]!.GetValue<string>().ShouldBe("provisioning");
        body["queuedUntil"]!.GetValue<string>().ShouldBe("2026-12-02T00:00:00Z");
        var id = body["arrangementId"]!.GetValue<string>();
        (await server.HistoryAsync(id)).ShouldBe(["PLANNED/", "PLANNED/throttled"]);
        (await server.CallsAsync("meetings.create")).ShouldBe(1);

        world.ToNextDay();
        await server.SettledAsync(id);

        (await server.ArrangementAsync(id)).LinkIsKnown.ShouldBeTrue();
        (await server.ArrangementAsync(id)).QueuedUntil.ShouldBeNull();
        (await server.CallsAsync("meetings.create")).ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task Changes_count_too_removals_never_do_and_pending_moves_are_one(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 3);
        var server = world.Server;
        var id = await server.CreateAsync();
        (await server.PatchAsync(id, new { subject = "Second" })).Status.ShouldBe(HttpStatusCode.OK);
        (await server.PatchAsync(id, new { subject = "Third" })).Status.ShouldBe(HttpStatusCode.OK);
        (await world.UsedAsync()).ShouldBe(3);

        (await server.PatchAsync(id, new { subject = "Fourth" })).Status.ShouldBe(HttpStatusCode.Accepted);
        (await server.PatchAsync(id, new { subject = "Fifth" })).Status.ShouldBe(HttpStatusCode.Accepted);
        (await server.CallsAsync("meetings.update")).ShouldBe(2);
        world.ToNextDay();
        await server.SettledAsync(id);
        (await server.TruthAsync()).ShouldHaveSingleItem().Subject.ShouldContain("Fifth");
        (await server.CallsAsync("meetings.update")).ShouldBe(3);
        (await world.UsedAsync()).ShouldBe(1);

        await server.CreateAsync();
        await server.CreateAsync();
        (await world.UsedAsync()).ShouldBe(3);
        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await world.UsedAsync()).ShouldBe(3);
    }

    [Theory, DatabaseMatrix]
    public async Task What_was_not_sent_is_given_back_and_what_may_have_been_is_not(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 20);
        var server = world.Server;
        var tries = 0;
        server.Provider.OnCreate = _ =>
            ++tries <= 3 ? Failure(FailureKind.NeverSent, FailureCodes.ConnectionRefused) : null;
        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        await server.SettledAsync(id);
        tries.ShouldBe(4);
        (await world.UsedAsync()).ShouldBe(1);

        // An update that found nothing to send.
        server.Provider.OnUpdate = _ => new UpdatedMeeting { Sent = false };
        (await server.PatchAsync(id, new { subject = "As it was" })).Status.ShouldBe(HttpStatusCode.OK);
        (await world.UsedAsync()).ShouldBe(1);

        // One that was sent but refused, and one nobody knows about.
        server.Provider.OnUpdate = _ => Failure(FailureKind.Rejected, FailureCodes.Rejected);
        (await server.PatchAsync(id, new { subject = "Refused" })).Status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        server.Provider.OnUpdate = _ => new UpdatedMeeting { Sent = false };
        await server.SettledAsync(id);
        (await world.UsedAsync()).ShouldBe(2);
        var lost = 0;
        server.Provider.OnUpdate = _ =>
            ++lost == 1 ? (ProviderResult<UpdatedMeeting>)Failure(FailureKind.Unknown, FailureCodes.Timeout) : null;
        (await server.PatchAsync(id, new { subject = "Lost" })).Status.ShouldBeOneOf(
            HttpStatusCode.Accepted,
            HttpStatusCode.OK
        );
        await server.SettledAsync(id);
        (await server.TruthAsync()).ShouldHaveSingleItem().Subject.ShouldContain("Lost");
        (await world.UsedAsync()).ShouldBe(4);
    }

    [Theory, DatabaseMatrix]
    public async Task A_create_that_took_two_calls_counts_as_two(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 10);
        world.Server.Provider.OnCreated = told => told.Value with { Writes = 2 };

        await world.Server.CreateAsync();

        (await world.UsedAsync()).ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task A_process_that_dies_between_counting_and_sending_leaves_the_call_counted(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(
            database,
            dailyWrites: 2,
            settings: new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Provisioning:AnswerWait"] = "00:00:00.5",
            }
        );
        var server = world.Server;
        var tries = 0;
        // SENDING and the count are durable; nothing is sent and nothing written down, as when the process ends there.
        server.Provider.OnCreate = _ =>
            ++tries == 1 ? throw new InvalidOperationException("The process ends here.") : null;
        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        (await world.UsedAsync()).ShouldBe(1);
        await server.PumpAsync(
            async () => (await server.ArrangementAsync(id)).LinkIsKnown,
            "it is found out that nothing was made",
            Duration.FromSeconds(1)
        );

        (await server.CallsAsync("meetings.create")).ShouldBe(1);
        (await world.UsedAsync()).ShouldBe(2);
        (
            await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish("One too many"))
        ).Status.ShouldBe(HttpStatusCode.Accepted);
        await world.QuietAsync();
        (await server.CallsAsync("meetings.create")).ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task The_providers_own_word_that_the_day_is_used_up_ends_all_tries_but_removals(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 100);
        var server = world.Server;
        var kept = await server.CreateAsync();
        var tries = 0;
        server.Provider.OnCreate = _ =>
        {
            tries++;
            return DayUsedUp;
        };

        // Somebody else's program used the day: we learn it from the first refusal and ask no second time.
        var first = await server.CreateAsync(ConnectedServer.Wish("First"), HttpStatusCode.Accepted);
        var second = await server.CreateAsync(ConnectedServer.Wish("Second"), HttpStatusCode.Accepted);
        (await server.PatchAsync(kept, new { subject = "Changed" })).Status.ShouldBe(HttpStatusCode.Accepted);
        tries.ShouldBe(1);
        (await server.CallsAsync("meetings.update")).ShouldBe(0);
        (await world.UsedAsync()).ShouldBe(100);
        var removals = 0;
        server.Provider.OnDelete = () => ++removals <= 2 ? DayUsedUp : null;
        (await server.DeleteAsync(kept)).Status.ShouldBe(HttpStatusCode.Accepted);
        await server.PumpAsync(
            async () => (await server.TruthAsync()).Count == 0,
            "removals are tried again with back-off",
            Duration.FromSeconds(1)
        );
        removals.ShouldBe(3);
        server.Clock.GetCurrentInstant().ShouldBeLessThan(FakeClock.Start + Duration.FromMinutes(10));

        server.Provider.OnCreate = _ => null;
        world.ToNextDay();
        await server.SettledAsync(first);
        await server.SettledAsync(second);
        (await server.TruthAsync()).Count.ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task Too_fast_is_not_too_many_a_moment_later_it_is_sent(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 10);
        var server = world.Server;
        var tries = 0;
        server.Provider.OnCreate = _ => ++tries == 1 ? TooFast : null;

        var id = await server.CreateAsync(expected: HttpStatusCode.Accepted);
        (await server.ArrangementAsync(id)).QueuedUntil.ShouldBeNull();
        await server.SettledAsync(id);

        (await server.ArrangementAsync(id)).LinkIsKnown.ShouldBeTrue();
        server.Clock.GetCurrentInstant().ShouldBeLessThan(FakeClock.Start + Duration.FromMinutes(1));
        (await world.UsedAsync()).ShouldBe(1, "refused at the gate is nobody's create");
    }

    [Theory, DatabaseMatrix]
    public async Task A_booking_that_starts_before_midnight_may_use_half_of_the_reserve_and_no_more(
        DatabaseKind database
    )
    {
        // 6 for strangers, 2 more for what cannot wait, 2 always the organizer's.
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 10);
        var server = world.Server;
        var far = await world.StartsAsync("2026-12-10T00:00:00Z", "2026-12-11T00:00:00Z");
        foreach (var start in far.Take(7))
        {
            await world.BookAsync(start);
        }

        await world.QuietAsync();
        (await world.WritesAsync()).ShouldBe(6);
        var today = await world.StartsAsync("2026-12-01T12:00:00Z", "2026-12-01T20:00:00Z");
        var urgent = new List<string>();
        foreach (var start in today.Take(3))
        {
            urgent.Add(await world.ArrangementOfAsync(await world.BookAsync(start)));
        }

        await world.QuietAsync();
        (await world.WritesAsync()).ShouldBe(8);

        // Which of the three is left over is nobody's promise: two workers may take them in either order.
        var ends = new List<Arrangement>();
        foreach (var id in urgent)
        {
            ends.Add(await server.ArrangementAsync(id));
        }

        var late = ends.Where(end => !end.LinkIsKnown).ShouldHaveSingleItem();
        late.Attention.ShouldBe(DailyQuota.Code);

        // Moved by the organizer it is the organizer's own wish.
        var (moved, body) = await server.SendAsync(
            HttpMethod.Post,
            $"/api/v1/bookings/{late.BookingId}/reschedule",
            new { startsAt = today[5] }
        );
        moved.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        await server.SettledAsync(late.Id);
        (await server.ArrangementAsync(late.Id)).LinkIsKnown.ShouldBeTrue();
        (await server.ArrangementAsync(late.Id)).Attention.ShouldBeNull();
        await server.CreateAsync(ConnectedServer.Wish("The organizer's last"));
        (await world.UsedAsync()).ShouldBe(10);
        (await world.WritesAsync()).ShouldBe(10);
    }

    [Theory, DatabaseMatrix]
    public async Task A_customer_who_moves_again_and_again_leaves_the_organizer_their_part(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 10);
        var server = world.Server;
        var starts = await world.StartsAsync("2026-12-10T00:00:00Z", "2026-12-11T00:00:00Z");
        var booked = await world.BookAsync(starts[0]);
        var id = await world.ArrangementOfAsync(booked);
        await world.QuietAsync();
        var manage = new Uri(booked["manageUrl"]!.GetValue<string>()).AbsolutePath;
        using var browser = new Access.FormBrowser(server.Parley);
        for (var move = 1; move <= 12; move++)
        {
            var reply = await Booking.CustomerRoom.SendAsync(
                browser,
                $"{manage}/reschedule?start={starts[move]}",
                ("start", starts[move])
            );
            reply.StatusCode.ShouldBe(HttpStatusCode.SeeOther, await reply.Content.ReadAsStringAsync());
            await world.QuietAsync();
        }

        (await world.UsedAsync()).ShouldBe(8);
        (await server.CallsAsync("meetings.update")).ShouldBe(7);
        await server.CreateAsync(ConnectedServer.Wish("Still mine"));
        world.ToNextDay();
        await server.SettledAsync(id);
        var arrangement = await server.ArrangementAsync(id);
        (await server.TruthAsync())
            .Single(meeting => meeting.Id == arrangement.ProviderMeetingId)
            .StartsAt.ShouldBe(Booking.BookingBench.At(starts[12]));
        (await server.CallsAsync("meetings.update")).ShouldBe(8, "the moves that waited are one call");
    }

    [Theory, DatabaseMatrix]
    public async Task The_soonest_meetings_are_made_first_when_the_day_begins(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 10);
        var far = await world.StartsAsync("2026-12-20T00:00:00Z", "2026-12-21T00:00:00Z");
        var near = await world.StartsAsync("2026-12-06T00:00:00Z", "2026-12-07T00:00:00Z");
        foreach (var start in far.Take(12))
        {
            await world.BookAsync(start);
        }

        var last = await world.ArrangementOfAsync(await world.BookAsync(near[0]));
        await world.QuietAsync();
        (await world.WritesAsync()).ShouldBe(6);

        world.ToNextDay();
        await world.QuietAsync();

        (await world.WritesAsync()).ShouldBe(12);
        (await world.Server.ArrangementAsync(last)).LinkIsKnown.ShouldBeTrue();
    }

    [Theory, DatabaseMatrix]
    public async Task A_meeting_made_elsewhere_is_refused_where_nothing_could_be_kept_for_later(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 1);
        var server = world.Server;
        var made = await server.ByHandAsync(
            HttpMethod.Post,
            "meetings",
            new
            {
                subject = "Elsewhere",
                starttime = "2026-12-10T09:00:00Z",
                endtime = "2026-12-10T09:30:00Z",
                passwordrequired = false,
                conferencecallinfo = "Hybrid",
                timezonekey = "",
                meetingtype = "scheduled",
            }
        );
        made.StatusCode.ShouldBe(HttpStatusCode.Created, await made.Content.ReadAsStringAsync());
        var id = (await server.TruthAsync()).ShouldHaveSingleItem().Id;
        server.Provider.OnUpdate = _ => new UpdatedMeeting { Sent = false, Warnings = ["The waiting room is locked."] };
        var (agreed, view) = await server.PatchAsync(id, new { subject = "As it was" });
        agreed.ShouldBe(HttpStatusCode.OK, view.ToJsonString());
        view["warnings"]!.AsArray().ShouldHaveSingleItem()!.GetValue<string>().ShouldBe("The waiting room is locked.");
        (await world.UsedAsync()).ShouldBe(0, "nothing was sent");
        server.Provider.OnUpdate = _ => null;
        (await server.PatchAsync(id, new { subject = "Changed" })).Status.ShouldBe(HttpStatusCode.OK);

        using var request = new HttpRequestMessage(HttpMethod.Patch, $"{server.Meetings}/{id}");
        request.Content = System.Net.Http.Json.JsonContent.Create(new { subject = "Once more" });
        using var reply = await server.Api.SendAsync(request);

        var body = await ConnectedServer.Body(reply);
        ((int)reply.StatusCode).ShouldBe(429, body.ToJsonString());
        body["code"]!.GetValue<string>().ShouldBe("provider_quota");
        reply.Headers.RetryAfter!.Delta!.Value.TotalHours.ShouldBeInRange(15.9, 16.1);
        (await server.CallsAsync("meetings.update")).ShouldBe(1);
        (await server.DeleteAsync(id)).Status.ShouldBe(HttpStatusCode.NoContent);
    }

    [Theory, DatabaseMatrix]
    public async Task What_the_provider_did_not_take_is_said_until_it_agrees_to_everything(DatabaseKind database)
    {
        await using var world = await QuotaWorld.StartAsync(database, dailyWrites: 10);
        var server = world.Server;
        server.Provider.OnCreated = told =>
            told.Failure is null ? told.Value with { Warnings = ["The account keeps the waiting room on."] } : told;

        var (made, body) = await server.SendAsync(HttpMethod.Post, server.Meetings, ConnectedServer.Wish());

        made.ShouldBe(HttpStatusCode.Created);
        Warnings(body).ShouldBe(["The account keeps the waiting room on."]);
        var id = body["arrangementId"]!.GetValue<string>();
        var page = await PageAsync($"/meetings/{id}");
        page.ShouldContain("The account keeps the waiting room on.");
        (await PageAsync($"/meetings/{id}?scheduled")).ShouldContain("The account keeps the waiting room on.");
        server.Provider.OnUpdate = _ => new UpdatedMeeting { Warnings = ["Now it is the passcode."] };
        Warnings((await server.PatchAsync(id, new { subject = "Second" })).Body).ShouldBe(["Now it is the passcode."]);
        server.Provider.OnUpdate = _ => new UpdatedMeeting();
        Warnings((await server.PatchAsync(id, new { subject = "Third" })).Body).ShouldBeEmpty();
        (await PageAsync($"/meetings/{id}")).ShouldNotContain("did not take everything");

        async Task<string> PageAsync(string path)
        {
            using var browser = new Access.FormBrowser(server.Parley);
            await browser.SignInAsync();
            return await Booking.CustomerRoom.TextAsync(await browser.GetAsync(path));
        }

        static IEnumerable<string> Warnings(System.Text.Json.Nodes.JsonNode meeting) =>
            meeting["warnings"]!.AsArray().Select(warning => warning!.GetValue<string>());
    }

    private static ProviderFailure Failure(FailureKind kind, string code) =>
        new()
        {
            Kind = kind,
            Code = code,
            Message = "It failed.",
        };
}
