using System.Text;
using NodaTime;
using Parley.Scheduling.Calendar;
using Parley.Server.Provisioning;

namespace Parley.Server.Mail;

/// <summary>
/// The iCalendar side of a mail (RFC 5545, 5546): an invitation to attendees, an entry for the organizer's own calendar, a
/// cancellation to both. UID is the arrangement's for life, SEQUENCE its version.
/// </summary>
internal static class MailCalendar
{
    public static CalendarPart For(Effect mail, Letter letter)
    {
        var method = letter switch
        {
            { Turn.Operation: MailOperation.Cancellation } => CalendarMethod.Cancel,
            { ToOrganizer: true } => CalendarMethod.Publish,
            _ => CalendarMethod.Request,
        };
        return new CalendarPart(ICalendar.Write(Entry(letter, method, mail.CreatedAt), method), method);
    }

    /// <summary>What a customer takes from the page of their booking: the same event as in the mails, for information.</summary>
    public static string Download(MailFacts facts, MailPayload reader)
    {
        var letter = new Letter(reader, new MailTurn(MailDecision.Leave, MailOperation.Confirmation), facts);
        return ICalendar.Write(
            Entry(letter, CalendarMethod.Publish, facts.Arrangement.UpdatedAt),
            CalendarMethod.Publish
        );
    }

    private static CalendarEvent Entry(Letter letter, CalendarMethod method, Instant made)
    {
        var arrangement = letter.Arrangement;
        return new CalendarEvent
        {
            // Not the public host name: that may change, the UID may not.
            Uid = $"{arrangement.Id}@parley",
            Sequence = arrangement.Version,
            Stamp = Instant.Max(made, arrangement.UpdatedAt),
            StartsAt = arrangement.StartsAt,
            EndsAt = arrangement.EndsAt,
            TimeZone = letter.Zone,
            Summary = ForeignText.OneLine(arrangement.Subject, 200),
            Description = method == CalendarMethod.Cancel ? null : Description(letter),
            Location = letter.Facts.DoorUrl,
            Url = letter.Facts.DoorUrl,
            Organizer = Person(letter.Facts.Host),
            Attendees = Attendees(letter),
        };
    }

    // Each copy names its reader only: other people's addresses are theirs to give.
    private static IReadOnlyList<CalendarAttendee> Attendees(Letter letter)
    {
        var reader = letter.ToOrganizer ? letter.Guest : new Mailbox(letter.Payload.Name, letter.Payload.Email);
        if (reader is null)
        {
            return [];
        }

        // A customer chose the time: they have accepted. Someone invited is asked.
        var chose = letter.Facts.Booking is not null;
        return
        [
            new CalendarAttendee
            {
                Person = Person(reader),
                Participation = chose ? Participation.Accepted : Participation.NeedsAction,
                Rsvp = !chose,
            },
        ];
    }

    private static string Description(Letter letter)
    {
        var words = letter.Words;
        var text = new StringBuilder().Append($"{words.Join}: {letter.Facts.DoorUrl}\n");
        if (!letter.Arrangement.LinkIsKnown)
        {
            return text.Append(words.DetailsAppear).ToString();
        }

        if (letter.JoinUrl is { } joinUrl)
        {
            text.Append($"{MailComposer.Fill(words.DirectLink, letter.Facts.ProviderName)}: {joinUrl}\n");
        }

        foreach (var (label, value) in letter.RoomFacts())
        {
            text.Append($"{label}: {value}\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    private static CalendarPerson Person(Mailbox mailbox) => new(mailbox.Email, ForeignText.OneLine(mailbox.Name, 100));
}
