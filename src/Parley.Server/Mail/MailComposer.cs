using System.Globalization;
using NodaTime;
using Parley.Scheduling.Calendar;
using Parley.Scheduling.Wording;
using Parley.Server.Provisioning;

namespace Parley.Server.Mail;

/// <summary>
/// What a mail about an arrangement says to one recipient: pure, from the facts of now. Host rights are not among the facts, so
/// none can slip in. Other people's words pass <see cref="ForeignText"/>; the manage link stands in the customer's text only,
/// never in the calendar entry, which people forward.
/// </summary>
internal static class MailComposer
{
    public static OutgoingMail Compose(Effect mail, MailTurn turn, MailFacts facts)
    {
        var payload = MailPayload.Of(mail);
        var letter = new Letter(payload, turn, facts);
        var document = turn.Operation switch
        {
            MailOperation.Cancellation => Cancellation(letter),
            MailOperation.NotReadyDay or MailOperation.NotReadyHour => NotReady(letter),
            _ => Invitation(letter),
        };
        return new OutgoingMail
        {
            Id = mail.Id,
            To = new Mailbox(payload.Name, payload.Email),
            ReplyTo = letter.ToOrganizer ? letter.Guest : facts.Host,
            Subject = Subject(letter),
            Text = document.ToText(),
            Html = document.ToHtml(),
            Calendar = MailOperation.IsNews(turn.Operation) ? MailCalendar.For(mail, letter) : null,
        };
    }

    public static OutgoingMail PasswordReset(Effect mail, string link)
    {
        var payload = MailPayload.Of(mail);
        var words = MailWords.For(payload.Locale);
        var document = new MailDocument { Language = words.Language }
            .Heading(words.ResetSubject)
            .Paragraph(words.ResetText)
            .Button(words.ResetButton, link)
            .Note(words.ResetIgnore);
        return new OutgoingMail
        {
            Id = mail.Id,
            To = new Mailbox(payload.Name, payload.Email),
            Subject = words.ResetSubject,
            Text = document.ToText(),
            Html = document.ToHtml(),
        };
    }

    private static string Subject(Letter letter)
    {
        var words = letter.Words;
        var form = letter.Turn.Operation switch
        {
            MailOperation.Cancellation => words.Cancelled,
            MailOperation.NotReadyDay or MailOperation.NotReadyHour => words.NotReady,
            MailOperation.Update => letter.HasMoved ? words.Moved : words.Updated,
            _ => letter.ToOrganizer ? words.Booked : words.Confirmed,
        };
        return Fill(form, ForeignText.OneLine(letter.Arrangement.Subject, 120), letter.ShortTime);
    }

    private static MailDocument Invitation(Letter letter)
    {
        var words = letter.Words;
        var document = new MailDocument { Language = words.Language }.Heading(Fill(Opening(letter), letter.Other));
        AddTimes(document, letter);
        if (letter.HasMoved)
        {
            document.Fact(words.Before, letter.TimeBefore!);
        }

        AddSubject(document, letter);
        document.Button(words.Join, letter.Facts.DoorUrl).Paragraph(words.JoinHint);
        AddRoom(document, letter);
        AddOwnLink(document, letter);
        return document;
    }

    private static string Opening(Letter letter)
    {
        var words = letter.Words;
        if (letter.Turn.Operation == MailOperation.Update)
        {
            return letter.HasMoved ? words.YourMeetingMoved
                : letter.HasNewHost ? words.YourMeetingHasANewHost
                : words.YourMeetingChanged;
        }

        return letter.ToOrganizer ? words.SomeoneBooked
            : letter.Facts.Booking is null ? words.YouAreInvited
            : words.YourMeetingIsConfirmed;
    }

    private static MailDocument Cancellation(Letter letter)
    {
        var words = letter.Words;
        var document = new MailDocument { Language = words.Language }.Heading(
            Fill(
                !letter.ToOrganizer ? words.YourMeetingIsCancelled
                    : letter.Arrangement.IsPresent ? words.SomeoneElseHosts
                    : words.SomeoneCancelled,
                letter.Other
            )
        );
        document.Fact(words.When, letter.TimeBefore ?? letter.Time);
        AddSubject(document, letter);
        if (letter.Facts.Booking?.CancelReason is { Length: > 0 } reason)
        {
            document.Fact(words.Reason, ForeignText.Inert(reason));
        }

        if (letter.ToOrganizer)
        {
            document.Link(words.Dashboard, letter.Facts.HomeUrl);
        }

        return document.Note(words.NothingToDo);
    }

    private static MailDocument NotReady(Letter letter)
    {
        var words = letter.Words;
        var document = new MailDocument { Language = words.Language }.Paragraph(
            letter.ToOrganizer
                ? Fill(words.StillNoMeetingOrganizer, letter.Other, letter.Facts.ProviderName)
                : Fill(words.StillNoMeetingAttendee, letter.Other)
        );
        AddTimes(document, letter);
        AddSubject(document, letter);
        document.Button(words.Join, letter.Facts.DoorUrl);
        return letter.ToOrganizer ? document.Link(words.SeeConnections, letter.Facts.HomeUrl) : document;
    }

    private static void AddTimes(MailDocument document, Letter letter)
    {
        document.Fact(letter.Words.When, letter.Time);
        if (letter.OtherTime is { } otherTime)
        {
            document.Fact(Fill(letter.Words.InZoneOf, letter.Other), otherTime);
        }
    }

    private static void AddSubject(MailDocument document, Letter letter)
    {
        var words = letter.Words;
        document.Fact(words.About, ForeignText.Inert(letter.Arrangement.Subject));
        if (!letter.ToOrganizer)
        {
            document.Fact(words.Host, letter.Other);
            return;
        }

        if (letter.Guest is { } guest)
        {
            document.Fact(words.Guest, $"{ForeignText.Inert(guest.Name)} ({guest.Email})");
        }

        if (letter.Facts.Booking?.Topic is { Length: > 0 } topic)
        {
            document.Fact(words.Topic, ForeignText.Inert(topic, 1000));
        }
    }

    private static void AddRoom(MailDocument document, Letter letter)
    {
        var (words, arrangement) = (letter.Words, letter.Arrangement);
        if (!arrangement.LinkIsKnown)
        {
            document.Paragraph(words.DetailsAppear);
            return;
        }

        if (letter.JoinUrl is { } joinUrl)
        {
            document.Link(Fill(words.DirectLink, letter.Facts.ProviderName), joinUrl);
        }

        foreach (var (label, value) in letter.RoomFacts())
        {
            document.Fact(label, value);
        }
    }

    private static void AddOwnLink(MailDocument document, Letter letter)
    {
        if (letter.ToOrganizer)
        {
            document.Link(letter.Words.Dashboard, letter.Facts.HomeUrl);
        }
        else if (letter.ManageUrl is { } manage)
        {
            document.Link(letter.Words.Manage, manage).Note(letter.Words.ManageHint);
        }
    }

    internal static string Fill(string form, params object[] values) =>
        string.Format(CultureInfo.InvariantCulture, form, values);
}

/// <summary>The facts as one recipient sees them.</summary>
internal sealed class Letter
{
    private readonly CultureInfo _culture;
    private readonly DateTimeZone _zone;

    public Letter(MailPayload payload, MailTurn turn, MailFacts facts)
    {
        (Payload, Turn, Facts) = (payload, turn, facts);
        Words = MailWords.For(payload.Locale);
        _culture = HumanTime.Culture(payload.Locale);
        _zone = ZoneOf(payload.TimeZone);
    }

    public MailPayload Payload { get; }
    public MailTurn Turn { get; }
    public MailFacts Facts { get; }
    public MailWords Words { get; }
    public Arrangement Arrangement => Facts.Arrangement;
    public DateTimeZone Zone => _zone;
    public bool ToOrganizer => Payload.Role == MailRole.Organizer;

    /// <summary>The customer, or the first person invited.</summary>
    public Mailbox? Guest =>
        Facts.Booking is { } booking ? new Mailbox(booking.CustomerName, booking.CustomerEmail)
        : Arrangement.AttendeeList is [var first, ..] ? new Mailbox(first.Name, first.Email)
        : null;

    /// <summary>Whom the recipient meets, harmless.</summary>
    public string Other => ForeignText.Inert((ToOrganizer ? Guest?.Name : Facts.Host.Name) ?? Facts.ProviderName, 100);

    /// <summary>Only the customer's own copy carries it.</summary>
    public string? ManageUrl =>
        !ToOrganizer
        && Facts.Booking is { } booking
        && booking.CustomerEmail.Equals(Payload.Email, StringComparison.OrdinalIgnoreCase)
            ? Facts.ManageUrl
            : null;

    public string Time => HumanTime.Range(Arrangement.StartsAt, Arrangement.EndsAt, _zone, _culture);
    public string ShortTime => HumanTime.Short(Arrangement.StartsAt, Arrangement.EndsAt, _zone, _culture);

    public string? TimeBefore =>
        Turn.Before is { StartsAt: { } start, EndsAt: { } end } ? HumanTime.Range(start, end, _zone, _culture) : null;

    public bool HasMoved =>
        Turn.Before is { StartsAt: { } start, EndsAt: { } end }
        && (start != Arrangement.StartsAt || end != Arrangement.EndsAt);

    /// <summary>Told of the meeting when somebody else was to host it.</summary>
    public bool HasNewHost => !ToOrganizer && Turn.Before is { Host: { } before } && before != Arrangement.MemberId;

    /// <summary>The time where the other person is; null when their clock shows the same.</summary>
    public string? OtherTime
    {
        get
        {
            if ((ToOrganizer ? Facts.Booking?.CustomerTimeZone : Facts.HostTimeZone) is not { } id)
            {
                return null;
            }

            var other = ZoneOf(id);
            return
                other.GetUtcOffset(Arrangement.StartsAt) == _zone.GetUtcOffset(Arrangement.StartsAt)
                && other.GetUtcOffset(Arrangement.EndsAt) == _zone.GetUtcOffset(Arrangement.EndsAt)
                ? null
                : HumanTime.Range(Arrangement.StartsAt, Arrangement.EndsAt, other, _culture);
        }
    }

    /// <summary>The provider's own link, when it is one a browser may follow.</summary>
    public string? JoinUrl =>
        Uri.TryCreate(Arrangement.JoinUrl, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
            ? uri.AbsoluteUri
            : null;

    /// <summary>Meeting id, passcode, telephone numbers and their code: what one needs without a browser.</summary>
    public IEnumerable<(string Label, string Value)> RoomFacts()
    {
        yield return (Words.MeetingId, ForeignText.OneLine(Arrangement.ProviderMeetingId ?? "", 60));
        if (Arrangement.Passcode is { Length: > 0 } passcode)
        {
            yield return (Words.Passcode, ForeignText.OneLine(passcode, 60));
        }

        foreach (var number in Arrangement.DialInNumbers)
        {
            var free = number.TollFree ? $", {Words.TollFree}" : "";
            yield return (
                Words.DialIn,
                $"{ForeignText.OneLine(number.Number, 40)} ({ForeignText.OneLine(number.Country, 60)}{free})"
            );
        }

        if (Arrangement.AccessCode is { Length: > 0 } accessCode)
        {
            yield return (Words.AccessCode, ForeignText.OneLine(accessCode, 60));
        }
    }

    private static DateTimeZone ZoneOf(string id) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) ?? DateTimeZone.Utc;
}
