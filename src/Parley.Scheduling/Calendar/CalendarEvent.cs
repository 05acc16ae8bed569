using NodaTime;

namespace Parley.Scheduling.Calendar;

/// <summary>One event as calendars know it. Texts are plain: escaping is the writer's.</summary>
public sealed record CalendarEvent
{
    /// <summary>Globally unique and the same through every move and the cancellation.</summary>
    public required string Uid { get; init; }

    /// <summary>Rises with every change that is sent.</summary>
    public required int Sequence { get; init; }

    /// <summary>When this version was made.</summary>
    public required Instant Stamp { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }

    /// <summary>The zone the times are written in; calendars show their owner's.</summary>
    public required DateTimeZone TimeZone { get; init; }
    public required string Summary { get; init; }
    public string? Description { get; init; }
    public string? Location { get; init; }
    public string? Url { get; init; }

    /// <summary>Null where nobody told; a mail always has one.</summary>
    public required CalendarPerson? Organizer { get; init; }

    /// <summary>Left out under <see cref="CalendarMethod.Publish"/>, which must not carry any (RFC 5546 §3.2.1).</summary>
    public IReadOnlyList<CalendarAttendee> Attendees { get; init; } = [];
}

/// <summary>An address, and the name shown for it.</summary>
public sealed record CalendarPerson(string Email, string? Name = null);

public sealed record CalendarAttendee
{
    public required CalendarPerson Person { get; init; }
    public AttendeeRole Role { get; init; } = AttendeeRole.Required;
    public Participation Participation { get; init; } = Participation.NeedsAction;

    /// <summary>Whether an answer is asked for.</summary>
    public bool Rsvp { get; init; }
}

/// <summary>RFC 5545 §3.2.16.</summary>
public enum AttendeeRole
{
    Required,
    Optional,
    Chair,
    NonParticipant,
}

/// <summary>RFC 5545 §3.2.12, as far as events go.</summary>
public enum Participation
{
    NeedsAction,
    Accepted,
    Declined,
    Tentative,
}

/// <summary>What is asked of the receiving calendar (RFC 5546 §1.4). The MIME part's <c>method</c> parameter must say the same.</summary>
public enum CalendarMethod
{
    /// <summary>An invitation, or a newer version of it.</summary>
    Request,

    /// <summary>The event does not take place.</summary>
    Cancel,

    /// <summary>For information: nobody is invited or asked.</summary>
    Publish,
}
