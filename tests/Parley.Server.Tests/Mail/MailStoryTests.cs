using NodaTime;
using Parley.Scheduling.Calendar;
using Parley.Server.Mail;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Mail;

/// <summary>Who hears what, when: the promises of mail over the life of a meeting, on both engines.</summary>
public sealed class MailStoryTests
{
    private static readonly Duration Hour = Duration.FromHours(1);
    private static readonly Duration LinkWait = Duration.FromMinutes(2);

    [Theory, DatabaseMatrix]
    public async Task The_confirmation_leaves_once_the_link_is_known_and_only_once(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        await bench.BookAsync();
        await bench.RunDueAsync();
        bench.Postbox.Sent.ShouldBeEmpty();

        await bench.ProvideAsync();
        await bench.RunDueAsync();
        await bench.AdvanceAsync(Hour);

        var mail = bench.Postbox.To(MailBench.Customer).ShouldHaveSingleItem();
        mail.Subject.ShouldStartWith("Confirmed: Intro call, Tue 8 Dec");
        mail.Text.ShouldContain("https://meet.goto.com/123456789");
        mail.Calendar!.Method.ShouldBe(CalendarMethod.Request);
        var copy = bench.Postbox.To(MailBench.Host).ShouldHaveSingleItem();
        copy.Subject.ShouldStartWith("New booking: Intro call");
        copy.Calendar!.Method.ShouldBe(CalendarMethod.Publish);
    }

    [Theory, DatabaseMatrix]
    public async Task Without_a_link_it_leaves_with_the_door_and_no_second_mail_follows(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        await bench.BookAsync();
        await bench.AdvanceAsync(LinkWait);

        var mail = bench.Postbox.To(MailBench.Customer).ShouldHaveSingleItem();
        mail.Text.ShouldContain($"/j/{bench.Meeting.DoorCode}");
        mail.Text.ShouldContain("they appear behind this link");

        await bench.ProvideAsync();
        await bench.AdvanceAsync(Hour);
        bench.Postbox.Sent.Count.ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task Moved_several_times_before_any_mail_there_is_one_confirmation_of_the_last_time(
        DatabaseKind database
    )
    {
        await using var bench = await MailBench.StartAsync(database);
        await bench.BookAsync();
        await bench.MoveAsync(Hour);
        await bench.MoveAsync(Hour);
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        await bench.AdvanceAsync(Hour);

        var mail = bench.Postbox.To(MailBench.Customer).ShouldHaveSingleItem();
        mail.Subject.ShouldStartWith("Confirmed:");
        mail.Text.ShouldContain("Tuesday 8 December 2026, 04:00–04:30 (America/Chicago, UTC-6)");
        mail.Text.ShouldNotContain("Before");
        mail.Calendar!.Text.ShouldContain("SEQUENCE:3\r\n");
    }

    [Theory, DatabaseMatrix]
    public async Task Moved_after_the_confirmation_there_is_an_update_of_the_same_event(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        await bench.BookAsync();
        await bench.ProvideAsync();
        await bench.RunDueAsync();

        await bench.MoveAsync(Hour);
        await bench.MoveAsync(Hour);
        await bench.ProvideAsync();
        await bench.RunDueAsync();

        var mails = bench.Postbox.To(MailBench.Customer).ToList();
        mails.Count.ShouldBe(2);
        mails[1].Subject.ShouldBe("Moved: Intro call, now Tue 8 Dec, 04:00–04:30");
        mails[1].Text.ShouldContain("Before: Tuesday 8 December 2026, 02:00–02:30 (America/Chicago, UTC-6)");
        Line(mails[1], "UID").ShouldBe(Line(mails[0], "UID"));
        Line(mails[0], "SEQUENCE").ShouldBe("SEQUENCE:1");
        Line(mails[1], "SEQUENCE").ShouldBe("SEQUENCE:3");
        bench.Postbox.To(MailBench.Host).Count().ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task Cancelled_before_any_mail_nobody_hears_anything(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        await bench.BookAsync();
        await bench.CancelAsync();
        await bench.AdvanceAsync(LinkWait);

        bench.Postbox.Tried.ShouldBeEmpty();
        (await bench.MailsAsync()).ShouldAllBe(mail => mail.State == EffectState.Superseded);
    }

    [Theory, DatabaseMatrix]
    public async Task Cancelled_after_the_confirmation_both_hear_of_it_at_once(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        await bench.BookAsync();
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        await bench.MoveAsync(Hour);
        await bench.CancelAsync();
        await bench.RunDueAsync();
        await bench.AdvanceAsync(Hour);

        var mails = bench.Postbox.To(MailBench.Customer).ToList();
        mails.Count.ShouldBe(2);
        mails[1].Subject.ShouldStartWith("Cancelled: Intro call");
        mails[1].Text.ShouldContain("02:00–02:30");
        mails[1].Calendar!.Text.ShouldContain("METHOD:CANCEL\r\n");
        mails[1].Calendar!.Text.ShouldContain("STATUS:CANCELLED\r\n");
        Line(mails[1], "UID").ShouldBe(Line(mails[0], "UID"));
        Line(mails[1], "SEQUENCE").ShouldBe("SEQUENCE:3");
        bench.Postbox.To(MailBench.Host).Last().Subject.ShouldStartWith("Cancelled:");
    }

    [Theory, DatabaseMatrix]
    public async Task Cancelled_without_notice_drops_what_waits_and_tells_nobody(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        await bench.BookAsync();
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        await bench.MoveAsync(Hour);
        await bench.CancelAsync(notify: false);
        await bench.AdvanceAsync(Hour);

        bench.Postbox.Tried.Count.ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task A_mail_still_being_retried_is_replaced_by_the_newer_one(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        bench.Postbox.Answer(MailOutcomeKind.NotSent);
        await bench.BookAsync();
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        bench.Postbox.Tried.Count.ShouldBe(2);

        await bench.MoveAsync(Hour);
        await bench.ProvideAsync();
        bench.Postbox.Answer(null);
        await bench.RunDueAsync();
        await bench.AdvanceAsync(Hour);

        var mail = bench.Postbox.To(MailBench.Customer).ShouldHaveSingleItem();
        mail.Subject.ShouldStartWith("Confirmed:");
        mail.Text.ShouldContain("03:00–03:30");
    }

    [Theory, DatabaseMatrix]
    public async Task Moved_while_the_confirmation_fails_on_the_wire_there_is_still_one_confirmation(
        DatabaseKind database
    )
    {
        await using var bench = await MailBench.StartAsync(database);
        var moved = false;
        bench.Postbox.Script = async mail =>
        {
            if (mail.To.Email != MailBench.Customer || moved)
            {
                return null;
            }

            moved = true;
            await bench.MoveAsync(Hour);
            return new MailOutcome(MailOutcomeKind.NotSent, MailCodes.TryLater, "as scripted");
        };
        await bench.BookAsync();
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        await bench.AdvanceAsync(Hour);

        var mail = bench.Postbox.To(MailBench.Customer).ShouldHaveSingleItem();
        mail.Subject.ShouldStartWith("Confirmed:");
        mail.Text.ShouldContain("03:00–03:30");
    }

    [Theory, DatabaseMatrix]
    public async Task Cancelled_while_the_confirmation_is_on_the_wire_the_cancellation_follows(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        bench.Postbox.Script = async mail =>
        {
            if (bench.Meeting.IsPresent)
            {
                await bench.CancelAsync();
                // Its turn comes while the confirmation is still out: order is kept.
                await bench.RunDueAsync();
            }

            return null;
        };
        await bench.BookAsync();
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        await bench.AdvanceAsync(Duration.FromSeconds(5));

        // Whichever of the two was first on the wire; the other was still unsent and hears nothing.
        bench.Postbox.Sent[1].To.ShouldBe(bench.Postbox.Sent[0].To);
        bench.Postbox.Sent[1].Subject.ShouldStartWith("Cancelled:");
        bench.Postbox.Sent.Count.ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task Who_is_no_longer_invited_hears_that_and_who_is_new_is_invited(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        await bench.ArrangeAsync("ann@example.org", "bob@example.org", "cy@example.org");
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        bench.Postbox.Sent.Count.ShouldBe(3);

        var people = MailBench.People("ann@example.org", "cy@example.org", "dora@example.org");
        people[1] = people[1] with { Notify = false };
        await bench.ChangeAsync(meeting =>
            meeting with
            {
                Attendees = System.Text.Json.JsonSerializer.Serialize(people, Parley.Server.Web.Json.Stored),
            }
        );
        await bench.ProvideAsync();
        await bench.RunDueAsync();

        bench
            .Postbox.Sent.Skip(3)
            .Select(mail => $"{mail.To.Email} {mail.Subject.Split(':')[0]}")
            .ShouldBe(
                ["ann@example.org Updated", "dora@example.org Confirmed", "bob@example.org Cancelled"],
                ignoreOrder: true
            );
    }

    [Theory, DatabaseMatrix]
    public async Task A_change_taken_back_before_anyone_heard_of_it_stays_silent(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        await bench.BookAsync();
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        var before = bench.Meeting;

        await bench.MoveAsync(Hour);
        await bench.RevertAsync(before);
        await bench.AdvanceAsync(Hour);
        bench.Postbox.Sent.Count.ShouldBe(2);

        await bench.MoveAsync(Hour);
        await bench.AdvanceAsync(LinkWait);
        await bench.RevertAsync(before);
        await bench.AdvanceAsync(LinkWait);
        bench
            .Postbox.To(MailBench.Customer)
            .Select(mail => mail.Subject)
            .Skip(1)
            .ShouldBe([
                "Moved: Intro call, now Tue 8 Dec, 03:00–03:30",
                "Moved: Intro call, now Tue 8 Dec, 02:00–02:30",
            ]);
    }

    private static string Line(OutgoingMail mail, string name) =>
        mail.Calendar!.Text.Split("\r\n").Single(line => line.StartsWith(name + ":", StringComparison.Ordinal));
}
