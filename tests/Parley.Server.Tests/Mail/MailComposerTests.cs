using NodaTime;
using Parley.Scheduling.Calendar;
using Parley.Server.Mail;
using Parley.Server.Provisioning;

namespace Parley.Server.Tests.Mail;

/// <summary>What the mails say, and what they must never say.</summary>
public sealed class MailComposerTests
{
    private const string Door = "https://meet.example.org/j/door-code";
    private const string Manage = "https://meet.example.org/booking/bkg_1/manage-token";
    private static readonly Instant Start = Instant.FromUtc(2026, 12, 1, 13, 30);

    [Fact]
    public void The_customers_confirmation_has_everything_needed_to_join()
    {
        var mail = Compose();

        mail.Subject.ShouldBe("Confirmed: Intro call, Tue 1 Dec, 07:30–08:00");
        mail.ReplyTo.ShouldBe(new Mailbox("Olga Host", "olga@example.org"));
        foreach (var text in (string[])[mail.Text, Decoded(mail.Html)])
        {
            text.ShouldContain("Tuesday 1 December 2026, 07:30–08:00 (America/Chicago, UTC-6)");
            text.ShouldContain("Tuesday 1 December 2026, 14:30–15:00 (Europe/Berlin, UTC+1)");
            text.ShouldContain("123456789");
            text.ShouldContain("+49 89 1234567 (Germany)");
            text.ShouldContain("+1 800 555 0199 (United States, toll-free)");
            text.ShouldContain("987-654-321");
            text.ShouldContain("pw42");
            text.ShouldContain(Manage);
            text.IndexOf(Door, StringComparison.Ordinal)
                .ShouldBeLessThan(text.IndexOf("https://meet.goto.com/123456789", StringComparison.Ordinal));
        }

        mail.Html.ShouldContain($"href=\"{Door}\"");
        mail.Html.ShouldContain("href=\"https://meet.goto.com/123456789\"");
        mail.Html.ShouldContain("prefers-color-scheme:dark");
    }

    [Fact]
    public void The_hosts_time_is_left_out_where_the_clocks_agree()
    {
        Compose().Text.ShouldContain("For Olga Host:");
        Compose(facts => facts with { HostTimeZone = "America/Mexico_City" }).Text.ShouldNotContain("For Olga Host:");
    }

    [Fact]
    public void Dates_are_written_the_way_of_the_readers_country()
    {
        var american = Compose(payload: payload => payload with { Locale = "en-US" });

        american.Text.ShouldContain("December 1, 2026");
        american.Text.ShouldContain("7:30");
        american.Text.ShouldContain("AM");
    }

    [Fact]
    public void The_invitation_is_sound_and_carries_no_manage_link()
    {
        var calendar = Compose().Calendar.ShouldNotBeNull();

        calendar.Method.ShouldBe(CalendarMethod.Request);
        var lines = Lines(calendar);
        lines.ShouldContain("METHOD:REQUEST");
        lines.ShouldContain("UID:arr_1@parley");
        lines.ShouldContain("SEQUENCE:4");
        lines.ShouldContain("DTSTAMP:20261130T090000Z");
        lines.ShouldContain("DTSTART;TZID=America/Chicago:20261201T073000");
        lines.ShouldContain("BEGIN:VTIMEZONE");
        lines.ShouldContain($"LOCATION:{Door}");
        lines.ShouldContain("ORGANIZER;CN=\"Olga Host\":mailto:olga@example.org");
        lines.ShouldContain(line =>
            line.StartsWith("ATTENDEE", StringComparison.Ordinal)
            && line.EndsWith(":mailto:carla@example.org", StringComparison.Ordinal)
        );
        string.Join('\n', lines).ShouldContain("123456789");
        string.Join('\n', lines).ShouldNotContain("manage-token");
    }

    [Fact]
    public void Without_a_link_it_says_where_the_details_will_be()
    {
        var mail = Compose(facts =>
            facts with
            {
                Arrangement = facts.Arrangement with { ProviderMeetingId = null, JoinUrl = null },
            }
        );

        mail.Text.ShouldContain(Door);
        mail.Text.ShouldContain("they appear behind this link");
        mail.Text.ShouldNotContain("goto.com");
        mail.Text.ShouldNotContain("Meeting ID");
        Lines(mail.Calendar!).ShouldContain($"LOCATION:{Door}");
    }

    [Fact]
    public void The_organizers_copy_is_for_their_calendar_and_cannot_manage_the_booking()
    {
        var mail = Compose(payload: _ => Organizer);

        mail.Subject.ShouldBe("New booking: Intro call, Tue 1 Dec, 14:30–15:00");
        mail.ReplyTo.ShouldBe(new Mailbox("Carla Customer", "carla@example.org"));
        mail.Text.ShouldContain("Carla Customer (carla@example.org)");
        mail.Text.ShouldContain("For Carla Customer: Tuesday 1 December 2026, 07:30–08:00 (America/Chicago, UTC-6)");
        mail.Text.ShouldContain("Topic: About the offer");
        mail.Text.ShouldContain("https://meet.example.org/\r\n");
        mail.Calendar!.Method.ShouldBe(CalendarMethod.Publish);
        Lines(mail.Calendar).ShouldContain("METHOD:PUBLISH");
        Lines(mail.Calendar).ShouldNotContain(line => line.StartsWith("ATTENDEE", StringComparison.Ordinal));
        $"{mail.Text}{mail.Html}{mail.Calendar.Text}".ShouldNotContain("manage-token");
    }

    [Fact]
    public void A_move_names_the_old_time_and_an_unmoved_change_does_not()
    {
        var before = Customer with
        {
            StartsAt = Start - Duration.FromDays(1),
            EndsAt = Start - Duration.FromHours(23.5),
        };

        var moved = Compose(turn: new MailTurn(MailDecision.Leave, MailOperation.Update, before));
        var renamed = Compose(turn: new MailTurn(MailDecision.Leave, MailOperation.Update, Customer));

        moved.Subject.ShouldBe("Moved: Intro call, now Tue 1 Dec, 07:30–08:00");
        moved.Text.ShouldContain("Before: Monday 30 November 2026, 07:30–08:00 (America/Chicago, UTC-6)");
        renamed.Subject.ShouldStartWith("Updated: Intro call");
        renamed.Text.ShouldNotContain("Before:");
        renamed.Calendar!.Method.ShouldBe(CalendarMethod.Request);
    }

    [Theory]
    [InlineData(MailRole.Attendee, "Your meeting with Olga Host is cancelled.")]
    [InlineData(MailRole.Organizer, "The meeting with Carla Customer is cancelled")]
    public void A_cancellation_says_so_and_invites_nobody_to_join(string role, string sentence)
    {
        var mail = Compose(
            facts =>
                facts with
                {
                    Booking = facts.Booking! with { CancelReason = "Ill, sorry" },
                    Arrangement = facts.Arrangement with { Desired = "absent" },
                },
            payload => role == MailRole.Organizer ? Organizer : payload,
            new MailTurn(MailDecision.Leave, MailOperation.Cancellation, Customer)
        );

        mail.Subject.ShouldStartWith("Cancelled: Intro call");
        mail.Text.ShouldContain(sentence);
        mail.Text.ShouldContain("Reason given: Ill, sorry");
        mail.Text.ShouldNotContain(Door);
        mail.Text.ShouldNotContain("manage-token");
        var lines = Lines(mail.Calendar!);
        lines.ShouldContain("METHOD:CANCEL");
        lines.ShouldContain("STATUS:CANCELLED");
        lines.ShouldContain("UID:arr_1@parley");
    }

    [Theory]
    [InlineData("<script>alert(1)</script><a href=\"https://evil.example\">x</a>")]
    [InlineData("[click](https://evil.example/x) https://evil.example www.evil.example")]
    [InlineData("Win! evil.example now, mail me@evil.example or mailto:me@evil.example")]
    [InlineData("\u202Egpj.exe\u202C \u2028 line\r\nBcc: x@evil.example")]
    public void A_strangers_words_are_shown_and_never_become_a_link(string hostile)
    {
        var mails = new[] { Customer, Organizer }.Select(payload =>
            Compose(
                facts =>
                    facts with
                    {
                        Arrangement = facts.Arrangement with { Subject = hostile },
                        Booking = facts.Booking! with { CustomerName = hostile, Topic = hostile },
                    },
                _ => payload with { Name = hostile }
            )
        );
        foreach (var mail in mails)
        {
            mail.Html.ShouldNotContain("<script");
            mail.Html.ShouldNotContain("href=\"https://evil");
            mail.Html.ShouldNotContain("\u202E");
            foreach (var text in (string[])[mail.Text, Decoded(mail.Html)])
            {
                text.ShouldNotContain("https://evil");
                text.ShouldNotContain("www.evil");
                text.ShouldNotContain("evil.example");
                text.ShouldNotContain("mailto:me");
                text.Replace("\u2060", "").ShouldContain(hostile.Contains("gpj") ? "gpj.exe" : "evil.example");
            }

            Lines(mail.Calendar!).Count(line => line == "BEGIN:VEVENT").ShouldBe(1);
            Lines(mail.Calendar!).ShouldNotContain(line => line.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public void A_customers_topic_is_not_echoed_to_the_address_they_typed()
    {
        Compose(payload: _ => Organizer).Text.ShouldContain("About the offer");
        var mail = Compose();
        $"{mail.Subject}{mail.Text}{mail.Html}{mail.Calendar!.Text}".ShouldNotContain("About the offer");
    }

    [Fact]
    public void A_calendar_entry_cannot_be_broken_open()
    {
        var mail = Compose(facts =>
            facts with
            {
                Arrangement = facts.Arrangement with { Subject = "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil;x,y\\z" },
                Host = new Mailbox("O\"\r\nATTENDEE:mailto:x@example.com", "olga@example.org"),
            }
        );

        var lines = Lines(mail.Calendar!);
        lines.Count(line => line == "END:VEVENT").ShouldBe(1);
        lines.Count(line => line.StartsWith("UID:", StringComparison.Ordinal)).ShouldBe(1);
        lines.Count(line => line.StartsWith("ATTENDEE", StringComparison.Ordinal)).ShouldBe(1);
        lines.ShouldContain("SUMMARY:a END:VEVENT BEGIN:VEVENT UID:evil\\;x\\,y\\\\z");
        mail.Calendar!.Text.Split("\r\n").ShouldAllBe(line => System.Text.Encoding.UTF8.GetByteCount(line) <= 75);
    }

    [Theory]
    [InlineData("javascript:alert(1)")]
    [InlineData("/relative")]
    public void A_join_link_a_browser_should_not_follow_is_left_out(string joinUrl)
    {
        var mail = Compose(facts => facts with { Arrangement = facts.Arrangement with { JoinUrl = joinUrl } });

        $"{mail.Text}{mail.Html}".ShouldNotContain(joinUrl);
        mail.Text.ShouldContain(Door);
    }

    private static readonly MailPayload Customer = new()
    {
        Role = MailRole.Attendee,
        Name = "Carla Customer",
        Email = "carla@example.org",
        TimeZone = "America/Chicago",
        Locale = "en",
        StartsAt = Start,
        EndsAt = Start + Duration.FromMinutes(30),
    };

    private static readonly MailPayload Organizer = Customer with
    {
        Role = MailRole.Organizer,
        Name = "Olga Host",
        Email = "olga@example.org",
        TimeZone = "Europe/Berlin",
    };

    private static OutgoingMail Compose(
        Func<MailFacts, MailFacts>? change = null,
        Func<MailPayload, MailPayload>? payload = null,
        MailTurn? turn = null
    )
    {
        var made = Start - Duration.FromDays(2);
        var facts = new MailFacts
        {
            Arrangement = new Arrangement
            {
                WorkspaceId = "ws_1",
                Id = "arr_1",
                ConnectionId = "con_1",
                Provider = "gotomeeting",
                Source = ArrangementSource.Booking,
                BookingId = "bkg_1",
                MemberId = "mem_1",
                Marker = "K7Q2MX",
                DoorCode = "door-code",
                Desired = "present",
                Version = 4,
                Subject = "Intro call",
                StartsAt = Start,
                EndsAt = Start + Duration.FromMinutes(30),
                TimeZone = "Europe/Berlin",
                Spec = "{}",
                Attendees = "[]",
                ProviderMeetingId = "123456789",
                JoinUrl = "https://meet.goto.com/123456789",
                DialIn =
                    """[{"country":"Germany","number":"+49 89 1234567","tollFree":false},{"country":"United States","number":"+1 800 555 0199","tollFree":true}]""",
                AccessCode = "987-654-321",
                Passcode = "pw42",
                CreatedAt = made,
                UpdatedAt = Instant.FromUtc(2026, 11, 30, 9, 0),
            },
            Booking = new MailBooking
            {
                Id = "bkg_1",
                CustomerName = "Carla Customer",
                CustomerEmail = "carla@example.org",
                CustomerTimeZone = "America/Chicago",
                Topic = "About the offer",
                ManageGeneration = 1,
            },
            Host = new Mailbox("Olga Host", "olga@example.org"),
            HostTimeZone = "Europe/Berlin",
            ProviderName = "GoTo Meeting",
            DoorUrl = Door,
            HomeUrl = "https://meet.example.org/",
            ManageUrl = Manage,
            Mails = [],
        };
        var effect = new Effect
        {
            WorkspaceId = "ws_1",
            Id = "eff_1",
            Kind = EffectKind.Mail,
            Operation = MailOperation.Confirmation,
            EffectKey = "k",
            Lane = "mail",
            Version = 4,
            State = EffectState.Sending,
            NotBefore = made,
            CreatedAt = made,
            UpdatedAt = made,
            Payload = (payload?.Invoke(Customer) ?? Customer).ToJson(),
        };
        return MailComposer.Compose(
            effect,
            turn ?? new MailTurn(MailDecision.Leave, MailOperation.Confirmation),
            change?.Invoke(facts) ?? facts
        );
    }

    private static string Decoded(string html) => System.Net.WebUtility.HtmlDecode(html);

    private static List<string> Lines(CalendarPart calendar) =>
        [
            .. calendar
                .Text.Replace("\r\n ", "", StringComparison.Ordinal)
                .Split("\r\n", StringSplitOptions.RemoveEmptyEntries),
        ];
}
