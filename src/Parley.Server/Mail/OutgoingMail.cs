using Parley.Scheduling.Calendar;

namespace Parley.Server.Mail;

/// <summary>A name and an address. The address is of the plain form <see cref="Web.EmailAddress"/> takes.</summary>
public sealed record Mailbox(string Name, string Email);

/// <summary>The iCalendar part: the object's text and the method it was written with.</summary>
public sealed record CalendarPart(string Text, CalendarMethod Method);

/// <summary>One mail, ready to leave. <see cref="ToString"/> hides what it says: it may hold personal links.</summary>
public sealed record OutgoingMail
{
    /// <summary>Left half of the Message-ID. The same id sent again is the same mail.</summary>
    public required string Id { get; init; }
    public required Mailbox To { get; init; }
    public Mailbox? ReplyTo { get; init; }

    /// <summary>Plain text; line ends and other control characters become spaces on the way into the header.</summary>
    public required string Subject { get; init; }
    public required string Text { get; init; }
    public required string Html { get; init; }
    public CalendarPart? Calendar { get; init; }

    public override string ToString() => $"OutgoingMail {{ {Id} }}";
}

public enum MailOutcomeKind
{
    /// <summary>The server took responsibility for it.</summary>
    Sent,

    /// <summary>Certainly not accepted, and worth another try: server away, sign-in refused, "try later".</summary>
    NotSent,

    /// <summary>Refused for good, with the server's words.</summary>
    Rejected,

    /// <summary>The connection was lost after the content began to leave: it may have been accepted.</summary>
    Unknown,
}

/// <param name="Code">Stable, lower_snake_case; null when sent.</param>
/// <param name="Detail">For people: the server's words or what failed; never content or passwords.</param>
public sealed record MailOutcome(MailOutcomeKind Kind, string? Code = null, string? Detail = null)
{
    public static readonly MailOutcome Sent = new(MailOutcomeKind.Sent);
}

/// <summary>The one way mail leaves.</summary>
public interface IMailTransport
{
    /// <summary>One mail to one recipient, bounded in time. Failures are outcomes, not exceptions.</summary>
    Task<MailOutcome> SendAsync(OutgoingMail mail, CancellationToken cancellationToken);
}
