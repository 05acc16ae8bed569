using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NodaTime;
using Parley.Server.Booking;
using Parley.Server.Hosting;
using Parley.Server.Mail;
using Parley.Server.Provisioning;
using Parley.Server.Secrets;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Mail;

/// <summary>What becomes of a mail when the mail server is away, refuses, or leaves us in doubt.</summary>
public sealed class MailEffectsTests
{
    [Theory, DatabaseMatrix]
    public async Task Not_sent_is_tried_again_ever_more_slowly_until_it_leaves(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        bench.Postbox.Answer(MailOutcomeKind.NotSent, MailCodes.Unreachable);
        await bench.ArrangeAsync("ann@example.org");
        await bench.ProvideAsync();
        var waits = new List<double>();
        for (var attempt = 0; attempt < 9; attempt++)
        {
            await bench.RunDueAsync();
            var mail = (await bench.MailsAsync()).ShouldHaveSingleItem();
            mail.State.ShouldBe(EffectState.Planned);
            var wait = mail.NotBefore - bench.Clock.GetCurrentInstant();
            waits.Add(wait.TotalSeconds);
            bench.Clock.Advance(wait);
        }

        waits.ShouldBe([10, 20, 40, 80, 160, 320, 640, 900, 900]);
        var health = await bench.HealthAsync();
        health.Waiting.ShouldHaveSingleItem().Code.ShouldBe(MailCodes.Unreachable);
        health.IsFine.ShouldBeFalse();

        bench.Postbox.Answer(null);
        await bench.RunDueAsync();
        bench.Postbox.Sent.ShouldHaveSingleItem();
        bench.Postbox.Tried.Select(mail => mail.Id).Distinct(StringComparer.Ordinal).Count().ShouldBe(1);
        (await bench.HealthAsync()).IsFine.ShouldBeTrue();
    }

    [Theory, DatabaseMatrix]
    public async Task A_mail_that_could_not_leave_before_the_meeting_ended_expires(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        bench.Postbox.Answer(MailOutcomeKind.NotSent);
        await bench.ArrangeAsync("ann@example.org");
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        bench.Clock.Set(bench.Meeting.EndsAt);
        bench.Postbox.Answer(null);
        await bench.RunDueAsync();

        (await bench.MailsAsync()).ShouldHaveSingleItem().State.ShouldBe(EffectState.Expired);
        bench.Postbox.Sent.ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task A_refused_mail_is_final_and_its_reader_was_told_nothing(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        bench.Postbox.Answer(MailOutcomeKind.Rejected, MailCodes.Rejected);
        await bench.ArrangeAsync("ann@example.org");
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        await bench.AdvanceAsync(Duration.FromHours(2));

        var mail = (await bench.MailsAsync()).ShouldHaveSingleItem();
        mail.State.ShouldBe(EffectState.Rejected);
        mail.OutcomeDetail.ShouldBe("as scripted");
        bench.Postbox.Tried.Count.ShouldBe(1);
        (await bench.HealthAsync()).Refused.ShouldBe(1);

        bench.Postbox.Answer(null);
        await bench.CancelAsync();
        await bench.AdvanceAsync(Duration.FromMinutes(5));
        bench.Postbox.Sent.ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task A_lost_reply_means_once_more_with_the_same_id_and_never_a_third_time(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        bench.Postbox.Answer(MailOutcomeKind.Unknown, MailCodes.ReplyLost);
        await bench.ArrangeAsync("ann@example.org");
        await bench.ProvideAsync();
        for (var look = 0; look < 20; look++)
        {
            await bench.RunDueAsync();
            bench.Clock.Advance(Duration.FromMinutes(1));
        }

        bench.Postbox.Tried.Count.ShouldBe(2);
        bench.Postbox.Tried[1].Id.ShouldBe(bench.Postbox.Tried[0].Id);
        bench.Postbox.Tried[1].Text.ShouldBe(bench.Postbox.Tried[0].Text);
        var mail = (await bench.MailsAsync()).ShouldHaveSingleItem();
        mail.State.ShouldBe(EffectState.Unknown);
        mail.OutcomeCode.ShouldBe(MailCodes.Unconfirmed);
        (await bench.HealthAsync()).Unconfirmed.ShouldBe(1);

        // They may have it, so a cancellation is owed.
        bench.Postbox.Answer(null);
        await bench.CancelAsync();
        await bench.RunDueAsync();
        bench.Postbox.Sent.ShouldHaveSingleItem().Subject.ShouldStartWith("Cancelled:");

        bench.Clock.Set(bench.Meeting.EndsAt);
        await bench.RunDueAsync();
        (await bench.MailToAsync("ann@example.org", MailOperation.Confirmation)).State.ShouldBe(EffectState.Expired);
    }

    [Theory, DatabaseMatrix]
    public async Task Moved_while_the_reply_is_in_doubt_the_newer_mail_is_an_update_and_the_old_is_not_repeated(
        DatabaseKind database
    )
    {
        await using var bench = await MailBench.StartAsync(database);
        bench.Postbox.Answer(MailOutcomeKind.Unknown, MailCodes.ReplyLost);
        await bench.ArrangeAsync("ann@example.org");
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        bench.Postbox.Answer(null);
        await bench.MoveAsync(Duration.FromHours(1));
        await bench.ProvideAsync();
        await bench.AdvanceAsync(Duration.FromMinutes(5));
        await bench.AdvanceAsync(Duration.FromMinutes(5));

        bench.Postbox.Sent.ShouldHaveSingleItem().Subject.ShouldStartWith("Moved:");
        bench.Postbox.Tried.Count.ShouldBe(2);
    }

    [Theory, DatabaseMatrix]
    public async Task Without_a_mail_server_mails_wait_and_say_so(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database, smtp: false);
        await bench.BookAsync();
        await bench.ProvideAsync();
        await bench.RunDueAsync();

        bench.Postbox.Tried.ShouldBeEmpty();
        (await bench.MailsAsync()).ShouldAllBe(mail => mail.State == EffectState.Planned);
        var health = await bench.HealthAsync();
        health.WaitingCount.ShouldBe(2);
        health.Waiting[0].Code.ShouldBe(MailCodes.NotConfigured);
        health.Waiting[0].Since.ShouldBe(FakeClock.Start);
    }

    [Theory, DatabaseMatrix]
    public async Task Once_a_mail_server_is_configured_what_waited_is_due_at_the_next_start(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database, smtp: false);
        await bench.ArrangeAsync("ann@example.org");
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        (await bench.MailsAsync())[0].NotBefore.ShouldBeGreaterThan(bench.Clock.GetCurrentInstant());
        var options = bench.Server.Services.GetRequiredService<ParleyOptions>();

        await new MailRelease(bench.Server.Db, bench.Clock, options).RunAsync(default);
        (await bench.MailsAsync())[0].NotBefore.ShouldBeGreaterThan(bench.Clock.GetCurrentInstant());
        await new MailRelease(bench.Server.Db, bench.Clock, WithServer(options)).RunAsync(default);

        (await bench.MailsAsync())[0].NotBefore.ShouldBe(bench.Clock.GetCurrentInstant());
    }

    [Theory, DatabaseMatrix]
    public async Task Over_smtp_each_reader_gets_one_whole_mail_and_a_repeat_keeps_its_message_id(DatabaseKind database)
    {
        await using var server = new SmtpCapture { Script = verb => verb == "." ? SmtpCapture.Cut : null };
        await using var bench = await MailBench.StartAsync(database, server: server);
        await bench.ArrangeAsync("ann@example.org");
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        var mail = (await bench.MailsAsync()).ShouldHaveSingleItem();
        mail.State.ShouldBe(EffectState.Unknown);

        server.Script = _ => null;
        await bench.AdvanceAsync(Duration.FromMinutes(1));
        await bench.RunDueAsync();

        (await bench.MailsAsync())[0].State.ShouldBe(EffectState.Applied);
        var read = ReadMail.Parse(server.Messages.ShouldHaveSingleItem());
        read["Message-ID"].ShouldBe($"<{mail.Id}@127.0.0.1>");
        read["Reply-To"].ShouldBe("\"Olga Host\" <olga@example.org>");
        read.Text.ShouldContain("Olga Host invites you to a meeting.");
        read.CalendarLines.ShouldContain($"UID:{bench.Meeting.Id}@parley");
        bench.Server.Log.Lines.ShouldAllBe(line => !line.Contains(bench.Meeting.DoorCode));
    }

    private static ParleyOptions WithServer(ParleyOptions options) =>
        new()
        {
            PublicUrl = options.PublicUrl,
            DataDirectory = options.DataDirectory,
            Database = options.Database,
            Secrets = options.Secrets,
            Bootstrap = options.Bootstrap,
            Mail = options.Mail with { Smtp = new SmtpOptions("127.0.0.1", 25, null, null, SmtpSecurity.None) },
            Provisioning = options.Provisioning,
            RateLimitsEnabled = options.RateLimitsEnabled,
            Demo = options.Demo,
        };

    [Theory, DatabaseMatrix]
    public async Task A_missing_meeting_alerts_the_organizer_a_day_before_and_everyone_an_hour_before(
        DatabaseKind database
    )
    {
        await using var bench = await MailBench.StartAsync(database);
        var watch = bench.Server.Services.GetRequiredService<MissingMeetings>();
        async Task LookAsync()
        {
            await watch.LookAsync(default);
            await watch.LookAsync(default);
            await bench.RunDueAsync();
        }

        await bench.BookAsync();
        await bench.AdvanceAsync(Duration.FromMinutes(30));
        await LookAsync();
        bench.Postbox.Sent.Count.ShouldBe(2);

        bench.Clock.Set(MailBench.Start - Duration.FromHours(23));
        await LookAsync();
        var alert = bench.Postbox.Sent.Skip(2).ShouldHaveSingleItem();
        alert.To.Email.ShouldBe(MailBench.Host);
        alert.Subject.ShouldStartWith("Not ready yet: Intro call");
        alert.Calendar.ShouldBeNull();

        bench.Clock.Set(MailBench.Start - Duration.FromMinutes(50));
        await LookAsync();
        bench
            .Postbox.Sent.Skip(3)
            .Select(mail => mail.To.Email)
            .ShouldBe([MailBench.Customer, MailBench.Host], ignoreOrder: true);
        bench.Postbox.Sent[^1].Text.ShouldContain($"/j/{bench.Meeting.DoorCode}");
    }

    [Theory, DatabaseMatrix]
    public async Task An_alert_is_dropped_when_the_meeting_came_to_be(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        await bench.BookAsync();
        bench.Clock.Set(MailBench.Start - Duration.FromHours(5));
        var watch = bench.Server.Services.GetRequiredService<MissingMeetings>();
        (await watch.LookAsync(default)).ShouldBe(1);
        await bench.ProvideAsync();
        await bench.RunDueAsync();

        bench.Postbox.Sent.ShouldAllBe(mail => !mail.Subject.StartsWith("Not ready"));
        (await bench.MailToAsync(MailBench.Host, MailOperation.NotReadyDay)).State.ShouldBe(EffectState.Superseded);
        (await watch.LookAsync(default)).ShouldBe(0);
    }

    [Theory, DatabaseMatrix]
    public async Task A_reset_link_waits_encrypted_and_is_erased_once_sent(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        const string Link = "http://127.0.0.1:5080/reset/canary-0123456789";
        var accounts = bench.Server.Services.GetRequiredService<AccountMails>();
        await bench.Server.Db.WriteAsync(session =>
            accounts.PlanPasswordResetAsync(session, "ws_mail", "Olga", MailBench.Host, "Europe/Berlin", Link)
        );
        var waiting = (await bench.MailsAsync()).ShouldHaveSingleItem();
        MailPayload.Of(waiting).Secret.ShouldNotBeNull();
        waiting.ToString().ShouldNotContain("canary");

        await bench.RunDueAsync();

        var mail = bench.Postbox.Sent.ShouldHaveSingleItem();
        mail.Text.ShouldContain(Link);
        mail.Html.ShouldContain($"href=\"{Link}\"");
        mail.To.Email.ShouldBe(MailBench.Host);
        MailPayload.Of((await bench.MailsAsync())[0]).Secret.ShouldBeNull();
        bench.Server.Log.Lines.ShouldAllBe(line => !line.Contains("canary"));
    }

    [Theory, DatabaseMatrix]
    public async Task A_reset_link_that_ran_out_is_not_sent(DatabaseKind database)
    {
        await using var bench = await MailBench.StartAsync(database);
        bench.Postbox.Answer(MailOutcomeKind.NotSent);
        var accounts = bench.Server.Services.GetRequiredService<AccountMails>();
        await bench.Server.Db.WriteAsync(session =>
            accounts.PlanPasswordResetAsync(session, "ws_mail", "Olga", MailBench.Host, "Europe/Berlin", "http://x/")
        );
        await bench.RunDueAsync();
        await bench.AdvanceAsync(AccountMails.ResetUse);

        (await bench.MailsAsync()).ShouldHaveSingleItem().State.ShouldBe(EffectState.Expired);
        bench.Postbox.Tried.Count.ShouldBe(1);
    }

    [Theory, DatabaseMatrix]
    public async Task The_manage_link_opens_only_its_booking_and_stands_only_in_the_customers_text(
        DatabaseKind database
    )
    {
        await using var bench = await MailBench.StartAsync(database);
        await bench.BookAsync();
        await bench.ProvideAsync();
        await bench.RunDueAsync();
        var mail = bench.Postbox.To(MailBench.Customer).Single();
        var start = mail.Text.IndexOf("/booking/bkg_1/", StringComparison.Ordinal);
        start.ShouldBePositive();
        var token = mail.Text[(start + "/booking/bkg_1/".Length)..].Split('\r')[0];
        token.Length.ShouldBe(22);
        var vault = bench.Server.Services.GetRequiredService<Vault>();
        Task<bool> OpensAsync(string booking, int generation, string with) =>
            bench.Server.Db.ReadAsync(session =>
                ManageLink.VerifyAsync(session, vault, "ws_mail", booking, generation, with)
            );

        (await OpensAsync("bkg_1", 1, token)).ShouldBeTrue();
        (await OpensAsync("bkg_1", 2, token)).ShouldBeFalse();
        (await OpensAsync("bkg_2", 1, token)).ShouldBeFalse();
        (await OpensAsync("bkg_1", 1, token[..^1])).ShouldBeFalse();
        mail.Html.ShouldContain(token);
        mail.Calendar!.Text.Replace("\r\n ", "", StringComparison.Ordinal).ShouldNotContain(token);
        var copy = bench.Postbox.To(MailBench.Host).Single();
        $"{copy.Text}{copy.Html}{copy.Calendar!.Text}".ShouldNotContain("/booking/");
        (await bench.MailsAsync()).ShouldAllBe(one => !one.Payload!.Contains(token));
        bench.Server.Log.Lines.ShouldAllBe(line => !line.Contains(token));
    }
}
