using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NodaTime;
using Parley.Scheduling.Calendar;

namespace Parley.Scheduling.Tests.Calendar;

public sealed class ICalendarTests
{
    private static readonly CalendarEvent Meeting = new()
    {
        Uid = "b-17@parley.example",
        Sequence = 2,
        Stamp = Instant.FromUtc(2026, 11, 20, 8, 30),
        StartsAt = Instant.FromUtc(2026, 12, 1, 13, 30),
        EndsAt = Instant.FromUtc(2026, 12, 1, 14, 0),
        TimeZone = DateTimeZoneProviders.Tzdb["Europe/Berlin"],
        Summary = "Planning",
        Description = "First line\nsecond; with, marks \\ and all",
        Location = "https://parley.example/j/abc",
        Url = "https://parley.example/j/abc",
        Organizer = new CalendarPerson("ada@example.com", "Ada Lovelace"),
        Attendees =
        [
            new CalendarAttendee
            {
                Person = new CalendarPerson("bob@example.com", "Bob \"B\" O'Neil; Sales"),
                Participation = Participation.Accepted,
            },
        ],
    };

    [Fact]
    public void Many_events_make_one_calendar_that_asks_nobody()
    {
        var winter = Meeting with { Uid = "one", Organizer = null };
        var summer = Meeting with
        {
            Uid = "two",
            TimeZone = DateTimeZone.Utc,
            StartsAt = Instant.FromUtc(2027, 7, 1, 8, 0),
            EndsAt = Instant.FromUtc(2027, 7, 1, 9, 0),
        };
        var calendar = CalendarReader.Read(
            ICalendar.WriteAll([winter, summer], DateTimeZoneProviders.Tzdb["Europe/Berlin"])
        );

        calendar.Lines.ShouldNotContain(property => property.Name == "METHOD");
        calendar.Inside.Count(inside => inside.Name == "VTIMEZONE").ShouldBe(1, "one zone for all of them");
        var events = calendar.Inside.Where(inside => inside.Name == "VEVENT").ToList();
        events.Select(one => one.One("UID").Text).ShouldBe(["one", "two"]);
        events[1].One("DTSTART").Value.ShouldBe("20270701T100000");
        events[1].One("ORGANIZER").Value.ShouldBe("mailto:ada@example.com");
        events[0].Lines.ShouldNotContain(property => property.Name == "ORGANIZER" || property.Name == "ATTENDEE");
    }

    [Fact]
    public void An_invitation_says_who_when_where_and_what()
    {
        var calendar = CalendarReader.Read(ICalendar.Write(Meeting, CalendarMethod.Request));

        calendar.Name.ShouldBe("VCALENDAR");
        calendar.One("METHOD").Value.ShouldBe("REQUEST");
        calendar.One("VERSION").Value.ShouldBe("2.0");
        var one = calendar.Inside.Single(inside => inside.Name == "VEVENT");
        one.One("UID").Text.ShouldBe("b-17@parley.example");
        one.One("SEQUENCE").Value.ShouldBe("2");
        one.One("DTSTAMP").Value.ShouldBe("20261120T083000Z");
        one.One("DTSTART").Value.ShouldBe("20261201T143000");
        one.One("DTSTART").Parameters["TZID"].ShouldBe("Europe/Berlin");
        one.One("DTEND").Value.ShouldBe("20261201T150000");
        one.One("SUMMARY").Text.ShouldBe("Planning");
        one.One("DESCRIPTION").Text.ShouldBe(Meeting.Description);
        one.One("LOCATION").Text.ShouldBe(Meeting.Location);
        one.One("URL").Value.ShouldBe(Meeting.Url);
        one.One("STATUS").Value.ShouldBe("CONFIRMED");
        one.One("ORGANIZER").Value.ShouldBe("mailto:ada@example.com");
        one.One("ORGANIZER").Parameters["CN"].ShouldBe("Ada Lovelace");
        var attendee = one.One("ATTENDEE");
        attendee.Value.ShouldBe("mailto:bob@example.com");
        attendee.Parameters["CN"].ShouldBe("Bob \"B\" O'Neil; Sales");
        attendee.Parameters["ROLE"].ShouldBe("REQ-PARTICIPANT");
        attendee.Parameters["PARTSTAT"].ShouldBe("ACCEPTED");
        attendee.Parameters["RSVP"].ShouldBe("FALSE");
    }

    [Fact]
    public void A_cancellation_names_the_same_event_and_says_cancelled()
    {
        var calendar = CalendarReader.Read(ICalendar.Write(Meeting with { Sequence = 3 }, CalendarMethod.Cancel));

        calendar.One("METHOD").Value.ShouldBe("CANCEL");
        var one = calendar.Inside.Single(inside => inside.Name == "VEVENT");
        one.One("UID").Text.ShouldBe(Meeting.Uid);
        one.One("SEQUENCE").Value.ShouldBe("3");
        one.One("STATUS").Value.ShouldBe("CANCELLED");
    }

    [Fact]
    public void What_is_published_invites_nobody()
    {
        Event(Meeting, CalendarMethod.Request).Lines.ShouldContain(line => line.Name == "ATTENDEE");
        Event(Meeting, CalendarMethod.Publish).Lines.ShouldNotContain(line => line.Name == "ATTENDEE");
    }

    [Fact]
    public void Utc_needs_no_zone_rules()
    {
        var calendar = CalendarReader.Read(
            ICalendar.Write(Meeting with { TimeZone = DateTimeZone.Utc }, CalendarMethod.Request)
        );

        calendar.Inside.Single().One("DTSTART").Value.ShouldBe("20261201T133000Z");
    }

    [Fact]
    public void The_second_run_of_a_repeated_hour_is_not_taken_for_the_first()
    {
        var second = Meeting with
        {
            TimeZone = DateTimeZoneProviders.Tzdb["America/New_York"],
            StartsAt = Instant.FromUtc(2027, 11, 7, 6, 30),
            EndsAt = Instant.FromUtc(2027, 11, 7, 7, 30),
        };
        var first = second with { StartsAt = Instant.FromUtc(2027, 11, 7, 5, 30) };

        Event(first, CalendarMethod.Request).One("DTSTART").Value.ShouldBe("20271107T013000");
        Event(second, CalendarMethod.Request).One("DTSTART").Value.ShouldBe("20271107T063000Z");
        Event(second, CalendarMethod.Request).One("DTEND").Value.ShouldBe("20271107T073000Z");
    }

    [Theory]
    [InlineData("x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:evil")]
    [InlineData("x\nATTENDEE:mailto:evil@example.com")]
    [InlineData("x\rMETHOD:CANCEL")]
    [InlineData("x\u2028URL:https://evil.example")]
    [InlineData("x\u0085URL:https://evil.example")]
    [InlineData("x\v\f\0\a\u001b[2J\u007f\u0090")]
    [InlineData("\";X-EVIL=1:\"")]
    [InlineData("^n^'^^ \\n \\; a:b;c,d")]
    [InlineData("\ud800 lone \udc00")]
    public void Nothing_typed_by_people_becomes_a_line_of_its_own(string text)
    {
        var plain = Event(Meeting with { Description = "x" }, CalendarMethod.Request);
        var one = Event(
            Meeting with
            {
                Uid = text,
                Summary = text,
                Description = text,
                Location = text,
                Url = "https://parley.example/" + text,
                Organizer = new CalendarPerson(text, text),
                Attendees = [new CalendarAttendee { Person = new CalendarPerson(text, text) }],
            },
            CalendarMethod.Request
        );

        one.Lines.Select(line => line.Name).ShouldBe(plain.Lines.Select(line => line.Name));
        one.Inside.ShouldBeEmpty();
        foreach (var line in one.Lines)
        {
            line.Parameters.Keys.ShouldBeSubsetOf(["TZID", "CN", "ROLE", "PARTSTAT", "RSVP"]);
            line.Value.Any(char.IsControl).ShouldBeFalse();
        }
    }

    [Fact]
    public void Long_text_of_many_octets_is_folded_between_characters()
    {
        var text = string.Concat(Enumerable.Repeat("Größe 会議 👩‍🚀 ", 40)).Trim();

        var written = ICalendar.Write(Meeting with { Summary = text }, CalendarMethod.Request);

        // Every physical line is whole UTF-8 by itself.
        foreach (var line in written.Split("\r\n"))
        {
            line.EnumerateRunes().ShouldNotContain(Rune.ReplacementChar);
        }

        Event(Meeting with { Summary = text }, CalendarMethod.Request).One("SUMMARY").Text.ShouldBe(text);
    }

    [Fact]
    public void Any_text_comes_back_as_it_was() =>
        Prop.ForAll(
                ArbMap.Default.ArbFor<NonNull<string>>(),
                typed =>
                {
                    var text = string.Concat(
                        typed.Get.EnumerateRunes().Where(rune => !Rune.IsControl(rune)).Select(rune => rune.ToString())
                    );
                    var one = Event(
                        Meeting with
                        {
                            Summary = "-" + text,
                            Organizer = new CalendarPerson("a@example.com", "-" + text),
                        },
                        CalendarMethod.Request
                    );
                    one.One("SUMMARY").Text.ShouldBe("-" + text);
                    one.One("ORGANIZER").Parameters["CN"].ShouldBe("-" + text);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));

    private static Component Event(CalendarEvent one, CalendarMethod method) =>
        CalendarReader.Read(ICalendar.Write(one, method)).Inside.Single(inside => inside.Name == "VEVENT");
}
