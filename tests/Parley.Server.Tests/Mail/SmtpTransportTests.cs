using System.Net;
using System.Net.Sockets;
using NodaTime;
using Parley.Scheduling.Calendar;
using Parley.Server.Hosting;
using Parley.Server.Mail;

namespace Parley.Server.Tests.Mail;

public sealed class SmtpTransportTests
{
    private static readonly OutgoingMail Mail = new()
    {
        Id = "eff_1",
        To = new Mailbox("Zoë Müller", "zoe@example.org"),
        ReplyTo = new Mailbox("Olga", "olga@example.org"),
        Subject = "Confirmed: Prüfung — 日本, Tue 1 Dec",
        Text = "Hello\r\n.\r\nafter a lone dot, größer\r\n",
        Html = "<p>größer</p>\r\n.\r\n",
        Calendar = new CalendarPart("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n", CalendarMethod.Request),
    };

    [Fact]
    public async Task The_bytes_on_the_wire_are_one_sound_mime_message()
    {
        await using var server = new SmtpCapture();

        (await Transport(server.Port).SendAsync(Mail, default)).ShouldBe(MailOutcome.Sent);

        var raw = server.Messages.ShouldHaveSingleItem();
        raw.ShouldAllBe(character => character < 128);
        raw.Split("\r\n").ShouldAllBe(line => line.Length <= 998);
        var read = ReadMail.Parse(raw);
        read["Subject"].ShouldBe(Mail.Subject);
        read["To"].ShouldBe("Zoë Müller <zoe@example.org>");
        read["From"].ShouldBe("\"Parley\" <parley@meet.example.org>");
        read["Reply-To"].ShouldBe("\"Olga\" <olga@example.org>");
        read["Message-ID"].ShouldBe("<eff_1@meet.example.org>");
        read["Date"].ShouldNotBeNull();
        read["Auto-Submitted"].ShouldBe("auto-generated");
        read.Headers.Select(header => header.Name).ShouldBeUnique();
        read.Type.ShouldBe("multipart/mixed");
        read.Parts[0].Type.ShouldBe("multipart/alternative");
        read.Parts[0].Parts.Select(part => part.Type).ShouldBe(["text/plain", "text/html", "text/calendar"]);
        read.Text.ShouldBe(Mail.Text);
        read.Html.ShouldBe(Mail.Html);
        read.Calendar["Content-Type"]!.ShouldContain("method=REQUEST");
        read.Calendar["Content-Type"]!.ShouldContain("charset=utf-8");
        read.Calendar.Content.ShouldBe(Mail.Calendar!.Text);
        var attached = read.Leaf("application/ics");
        attached["Content-Disposition"]!.ShouldStartWith("attachment");
        attached["Content-Type"]!.ShouldContain("invite.ics");
        attached.Content.ShouldBe(Mail.Calendar.Text);
    }

    [Fact]
    public async Task A_mail_without_a_calendar_is_plain_alternatives()
    {
        await using var server = new SmtpCapture();

        await Transport(server.Port).SendAsync(Mail with { Calendar = null }, default);

        var read = ReadMail.Parse(server.Messages.ShouldHaveSingleItem());
        read.Type.ShouldBe("multipart/alternative");
        read.Parts.Select(part => part.Type).ShouldBe(["text/plain", "text/html"]);
    }

    [Theory]
    [InlineData("x\r\nBcc: victim@example.com\r\n\r\nbody")]
    [InlineData("x\nBcc: victim@example.com")]
    [InlineData("x\rBcc: victim@example.com")]
    [InlineData("x\u2028Bcc: victim@example.com\0")]
    [InlineData("\" <victim@example.com>, \"x")]
    public async Task No_text_can_add_a_header_or_a_recipient(string text)
    {
        await using var server = new SmtpCapture();

        var outcome = await Transport(server.Port)
            .SendAsync(
                Mail with
                {
                    Subject = text,
                    To = new Mailbox(text, "zoe@example.org"),
                    ReplyTo = new Mailbox(text, "olga@example.org"),
                },
                default
            );

        outcome.ShouldBe(MailOutcome.Sent);
        var read = ReadMail.Parse(server.Messages.ShouldHaveSingleItem());
        read["Bcc"].ShouldBeNull();
        read["To"]!.ShouldEndWith("<zoe@example.org>");
        server
            .Commands.Where(command => command.StartsWith("RCPT", StringComparison.Ordinal))
            .ShouldBe(["RCPT TO:<zoe@example.org>"]);
        read.Text.ShouldBe(Mail.Text);
    }

    [Fact]
    public async Task A_refused_connection_is_not_sent()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        var outcome = await Transport(port).SendAsync(Mail, default);

        outcome.Kind.ShouldBe(MailOutcomeKind.NotSent);
        outcome.Code.ShouldBe(MailCodes.Unreachable);
        outcome.Detail!.ShouldContain("refused");
    }

    [Theory]
    [InlineData("greeting", "421 4.3.2 shutting down", MailOutcomeKind.NotSent, MailCodes.TryLater)]
    [InlineData("MAIL", "451 4.7.1 greylisted", MailOutcomeKind.NotSent, MailCodes.TryLater)]
    [InlineData("MAIL", "530 5.7.0 sign in first", MailOutcomeKind.NotSent, MailCodes.SignInRefused)]
    [InlineData("MAIL", "553 5.1.8 no such sender", MailOutcomeKind.Rejected, MailCodes.Rejected)]
    [InlineData("RCPT", "450 4.2.0 busy", MailOutcomeKind.NotSent, MailCodes.TryLater)]
    [InlineData("RCPT", "451 4.7.1 greylisted", MailOutcomeKind.NotSent, MailCodes.TryLater)]
    [InlineData("RCPT", "550 5.1.1 nobody here", MailOutcomeKind.Rejected, MailCodes.Rejected)]
    [InlineData("RCPT", "554 5.7.1 relay access denied", MailOutcomeKind.NotSent, MailCodes.SignInRefused)]
    [InlineData("RCPT", "554 5.7.1 not you", MailOutcomeKind.Rejected, MailCodes.Rejected)]
    [InlineData("DATA", "452 4.3.1 disk full", MailOutcomeKind.NotSent, MailCodes.TryLater)]
    [InlineData(".", "451 4.3.0 scanner away", MailOutcomeKind.NotSent, MailCodes.TryLater)]
    [InlineData(".", "552 5.6.0 looks like spam", MailOutcomeKind.Rejected, MailCodes.Rejected)]
    public async Task A_reply_code_is_certain(string at, string reply, MailOutcomeKind kind, string code)
    {
        await using var server = new SmtpCapture { Script = verb => verb == at ? reply : null };

        var outcome = await Transport(server.Port).SendAsync(Mail, default);

        outcome.Kind.ShouldBe(kind);
        outcome.Code.ShouldBe(code);
        outcome.Detail!.ShouldContain(reply[4..]);
        server.Messages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("greeting", MailOutcomeKind.NotSent)]
    [InlineData("EHLO", MailOutcomeKind.NotSent)]
    [InlineData("MAIL", MailOutcomeKind.NotSent)]
    [InlineData("RCPT", MailOutcomeKind.NotSent)]
    [InlineData("DATA", MailOutcomeKind.NotSent)]
    [InlineData(".", MailOutcomeKind.Unknown)]
    public async Task A_connection_lost_is_unknown_only_after_content_left(string at, MailOutcomeKind kind)
    {
        await using var server = new SmtpCapture { Script = verb => verb == at ? SmtpCapture.Cut : null };

        var outcome = await Transport(server.Port).SendAsync(Mail, default);

        outcome.Kind.ShouldBe(kind, outcome.Detail);
        outcome.Code.ShouldBe(kind == MailOutcomeKind.Unknown ? MailCodes.ReplyLost : MailCodes.Unreachable);
    }

    [Fact]
    public async Task A_connection_lost_in_the_middle_of_the_content_is_unknown()
    {
        await using var server = new SmtpCapture { Script = verb => verb == "content" ? SmtpCapture.Cut : null };

        var outcome = await Transport(server.Port)
            .SendAsync(Mail with { Text = string.Concat(Enumerable.Repeat("a long mail\r\n", 200_000)) }, default);

        outcome.Kind.ShouldBe(MailOutcomeKind.Unknown);
    }

    [Fact]
    public async Task A_stop_before_the_content_leaves_is_not_sent()
    {
        using var stop = new CancellationTokenSource();
        await using var server = new SmtpCapture
        {
            Script = verb =>
            {
                if (verb == "RCPT")
                {
                    stop.Cancel();
                }

                return verb == "RCPT" ? "250 too late" : null;
            },
        };

        var outcome = await Transport(server.Port).SendAsync(Mail, stop.Token);

        outcome.Kind.ShouldBe(MailOutcomeKind.NotSent);
        server.Messages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("235 welcome", MailOutcomeKind.Sent, null)]
    [InlineData("535 5.7.8 wrong", MailOutcomeKind.NotSent, MailCodes.SignInRefused)]
    public async Task Signing_in_comes_before_the_mail(string reply, MailOutcomeKind kind, string? code)
    {
        var password = Convert.ToBase64String("secret"u8);
        await using var server = new SmtpCapture
        {
            Script = verb =>
                verb == "EHLO" ? "250-test\r\n250 AUTH LOGIN"
                : verb == "AUTH" ? "334 UGFzc3dvcmQ6"
                : verb.Equals(password, StringComparison.OrdinalIgnoreCase) ? reply
                : verb == "MAIL" && reply[0] == '5' ? "530 5.7.0 sign in first"
                : null,
        };

        var outcome = await Transport(server.Port, "parley").SendAsync(Mail, default);

        outcome.Kind.ShouldBe(kind, outcome.Detail);
        outcome.Code.ShouldBe(code);
        server.Commands.ShouldContain(password);
        server.Messages.Count.ShouldBe(kind == MailOutcomeKind.Sent ? 1 : 0);
        (outcome.Detail ?? "").ShouldNotContain("secret");
    }

    [Fact]
    public async Task A_server_without_starttls_gets_neither_password_nor_mail()
    {
        await using var server = new SmtpCapture
        {
            Script = verb => verb == "EHLO" ? "250-test\r\n250 AUTH LOGIN" : null,
        };

        var outcome = await Transport(server.Port, "parley", SmtpSecurity.StartTls).SendAsync(Mail, default);

        outcome.Kind.ShouldBe(MailOutcomeKind.NotSent);
        server.Commands.ShouldNotContain(command => command.StartsWith("AUTH") || command.StartsWith("MAIL"));
    }

    [Fact]
    public async Task An_address_no_header_can_hold_is_rejected()
    {
        var outcome = await Transport(1).SendAsync(Mail with { To = new Mailbox("x", "a..b@@example.org") }, default);

        outcome.Kind.ShouldBe(MailOutcomeKind.Rejected);
        outcome.Code.ShouldBe(MailCodes.AddressInvalid);
    }

    private static SmtpTransport Transport(int port, string? user = null, SmtpSecurity security = SmtpSecurity.None) =>
        new(
            new ParleyOptions
            {
                PublicUrl = "https://meet.example.org",
                DataDirectory = "",
                Database = new DatabaseOptions(DatabaseProvider.Sqlite, null),
                Secrets = new SecretsOptions(null),
                Bootstrap = new BootstrapOptions(null, null, null),
                Mail = new MailOptions(
                    "Parley <parley@meet.example.org>",
                    new SmtpOptions("127.0.0.1", port, user, user is null ? null : "secret", security),
                    Duration.FromMinutes(2)
                ),
                Provisioning = new ProvisioningOptions(
                    Duration.FromSeconds(10),
                    Duration.FromSeconds(15),
                    [],
                    Duration.FromSeconds(8)
                ),
                RateLimitsEnabled = false,
                Demo = DemoOptions.Off,
            },
            TimeProvider.System
        );
}
