namespace Parley.Server.Mail;

/// <summary>
/// Every sentence of our mails, in one language. Another language is another instance and one line in <see cref="For"/>; the
/// composer knows no words. Placeholders are filled with text that is already harmless.
/// </summary>
internal sealed record MailWords
{
    public required string Language { get; init; }

    // Subjects: {0} what it is about, {1} when, short.
    public required string Confirmed { get; init; }
    public required string Booked { get; init; }
    public required string Moved { get; init; }
    public required string Updated { get; init; }
    public required string Cancelled { get; init; }
    public required string NotReady { get; init; }

    // First sentences.
    public required string YouAreInvited { get; init; }
    public required string YourMeetingIsConfirmed { get; init; }
    public required string SomeoneBooked { get; init; }
    public required string YourMeetingMoved { get; init; }
    public required string YourMeetingChanged { get; init; }
    public required string YourMeetingHasANewHost { get; init; }
    public required string SomeoneElseHosts { get; init; }
    public required string YourMeetingIsCancelled { get; init; }
    public required string SomeoneCancelled { get; init; }
    public required string NothingToDo { get; init; }
    public required string StillNoMeetingOrganizer { get; init; }
    public required string StillNoMeetingAttendee { get; init; }

    // Labels.
    public required string When { get; init; }
    public required string InZoneOf { get; init; }
    public required string Before { get; init; }
    public required string About { get; init; }
    public required string Host { get; init; }
    public required string Guest { get; init; }
    public required string Topic { get; init; }
    public required string Reason { get; init; }
    public required string Join { get; init; }
    public required string JoinHint { get; init; }
    public required string DetailsAppear { get; init; }
    public required string DirectLink { get; init; }
    public required string MeetingId { get; init; }
    public required string Passcode { get; init; }
    public required string DialIn { get; init; }
    public required string TollFree { get; init; }
    public required string AccessCode { get; init; }
    public required string Manage { get; init; }
    public required string ManageHint { get; init; }
    public required string Dashboard { get; init; }
    public required string SeeConnections { get; init; }

    // Accounts.
    public required string ResetSubject { get; init; }
    public required string ResetText { get; init; }
    public required string ResetButton { get; init; }
    public required string ResetIgnore { get; init; }

    // A used-up day: {0} provider, {1} account or (in the subject) moment, {2} moment, {3} limit.
    public required string QuotaSubject { get; init; }
    public required string Quota { get; init; }
    public required string QuotaUsed { get; init; }
    public required string QuotaUsedOf { get; init; }
    public required string QuotaMeanwhile { get; init; }

    // Connections: {0} provider, {1} account or (in subjects) day, {2} day.
    public required string ConnectionEndsSubject { get; init; }
    public required string ConnectionOverSubject { get; init; }
    public required string ConnectionBrokenSubject { get; init; }
    public required string ConnectionEnds { get; init; }
    public required string ConnectionOver { get; init; }
    public required string ConnectionBroken { get; init; }
    public required string ConnectionCause { get; init; }
    public required string ConnectionNext { get; init; }
    public required string ConnectionRefresh { get; init; }
    public required string ConnectionRefreshHint { get; init; }

    /// <param name="locale">BCP 47 tag a person chose or their browser sent; a language we do not speak yet becomes English.</param>
    public static MailWords For(string? locale)
    {
        _ = locale;
        return English;
    }

    private static readonly MailWords English = new()
    {
        Language = "en",
        Confirmed = "Confirmed: {0}, {1}",
        Booked = "New booking: {0}, {1}",
        Moved = "Moved: {0}, now {1}",
        Updated = "Updated: {0}, {1}",
        Cancelled = "Cancelled: {0}, {1}",
        NotReady = "Not ready yet: {0}, {1}",
        YouAreInvited = "{0} invites you to a meeting.",
        YourMeetingIsConfirmed = "Your meeting with {0} is confirmed.",
        SomeoneBooked = "{0} booked a meeting with you.",
        YourMeetingMoved = "Your meeting with {0} has a new time.",
        YourMeetingChanged = "The details of your meeting with {0} have changed.",
        YourMeetingHasANewHost =
            "{0} hosts your meeting from now on. The time stays, and so does the link below; the meeting details behind it are new.",
        SomeoneElseHosts =
            "The meeting with {0} is hosted by somebody else from now on; it is no longer in your hands.",
        YourMeetingIsCancelled = "Your meeting with {0} is cancelled.",
        SomeoneCancelled = "The meeting with {0} is cancelled; its time is free again.",
        NothingToDo = "There is nothing you need to do.",
        StillNoMeetingOrganizer =
            "The meeting with {0} could not be set up at {1} yet. Parley keeps trying; see whether the connection needs you.",
        StillNoMeetingAttendee =
            "The online room for your meeting with {0} is not ready yet. It will appear behind the link below as soon as it is; if it has not by the time you meet, answer this mail.",
        When = "When",
        InZoneOf = "For {0}",
        Before = "Before",
        About = "About",
        Host = "Host",
        Guest = "Guest",
        Topic = "Topic",
        Reason = "Reason given",
        Join = "Join the meeting",
        JoinHint = "This link stays the same, whatever changes.",
        DetailsAppear =
            "The dial-in and meeting details are being set up; they appear behind this link before the meeting starts.",
        DirectLink = "Or directly at {0}",
        MeetingId = "Meeting ID",
        Passcode = "Passcode",
        DialIn = "Dial in",
        TollFree = "toll-free",
        AccessCode = "Access code",
        Manage = "Reschedule or cancel",
        ManageHint = "This link is personal: whoever has it can move or cancel your meeting.",
        Dashboard = "See it in Parley",
        SeeConnections = "Look at the connection",
        ResetSubject = "Choose a new password",
        ResetText =
            "Someone, hopefully you, asked for a new password for your Parley account. This link lets you choose one.",
        ResetButton = "Choose a new password",
        ConnectionEndsSubject = "Your {0} connection ends on {1}",
        ConnectionOverSubject = "Your {0} connection should have been refreshed by {1}",
        ConnectionBrokenSubject = "Your {0} connection has stopped working",
        ConnectionEnds =
            "The permission that lets Parley use the {0} account {1} ends on {2}. Refresh it before that day; nothing else changes, and meetings already made stay.",
        ConnectionOver =
            "The permission that lets Parley use the {0} account {1} was meant to last until {2}. As long as {0} still accepts it meetings go on, but it may end at any moment.",
        ConnectionBroken =
            "Parley can no longer use the {0} account {1}. Bookings are kept and wait; meetings already made stay. As soon as the connection works again, everything that waits is done by itself.",
        ConnectionCause = "Cause",
        ConnectionNext = "What to do",
        ConnectionRefresh = "Refresh your connection",
        ConnectionRefreshHint = "Sign in to Parley and press the button of the same name; it takes a minute.",
        QuotaSubject = "{0}: meetings wait until {1}",
        Quota =
            "{0} takes {3} new or changed meetings of one host in a day (UTC). For the account {1} no more of what others book will be sent today; such meetings are queued until {2} and made by themselves then, soonest first.",
        QuotaUsed = "Sent today",
        QuotaUsedOf = "{0} of {1}, {2} kept for what you schedule yourself",
        QuotaMeanwhile =
            "Bookings are still accepted, and everyone invited has the meeting's lasting link. Cancelling works as ever.",
        ResetIgnore = "If you did not ask for it, ignore this mail; your password stays as it is.",
    };
}
