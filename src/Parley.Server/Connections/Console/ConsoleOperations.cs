using Parley.Server.Web.Parts;

namespace Parley.Server.Connections.Console;

/// <summary>Everything that can be tried on a connection, in the order of the page.</summary>
internal static class ConsoleOperations
{
    private static readonly ConsoleField MeetingId = new(
        "meetingId",
        "Meeting id",
        ConsoleInput.Text,
        ConsolePlace.Path
    )
    {
        Required = true,
        Hint = "The provider's id, or an arrangement id (arr_…).",
        MaxLength = 64,
    };

    private static readonly ConsoleField Organizer = new(
        "organizer",
        "Organizer",
        ConsoleInput.Text,
        ConsolePlace.Query
    )
    {
        Hint = "Key or e-mail of another organizer; only for connections that may read others.",
        MaxLength = 254,
    };

    private const string Arrangements = "/api/v1/arrangements";

    private static readonly ConsoleField ArrangementId = new(
        "arrangementId",
        "Arrangement id",
        ConsoleInput.Text,
        ConsolePlace.Path
    )
    {
        Required = true,
        Hint = "arr_…, as the answers about Parley's own meetings tell it.",
        MaxLength = 64,
    };

    private static readonly IReadOnlyList<SelectOption> Types =
    [
        new("", "Leave out"),
        new("scheduled", "scheduled: at its time"),
        new("instant", "instant: starts now, without a start"),
        new("recurring", "recurring: a room that stays"),
    ];

    private static readonly IReadOnlyList<SelectOption> Audio =
    [
        new("", "Leave out"),
        new("hybrid", "hybrid: phone and computer"),
        new("pstn", "pstn: phone"),
        new("voip", "voip: computer"),
        new("private", "private: your own numbers"),
        new("custom", "custom: a text of your own"),
    ];

    public static readonly IReadOnlyList<ConsoleOperation> All =
    [
        new("upcoming", "List upcoming meetings", "GET", "/meetings")
        {
            About = "Meetings to come and in progress, Parley's and others', as the provider lists them now.",
            Button = "List upcoming meetings",
            Fields =
            [
                Moment("from", "From", ConsolePlace.Query),
                Moment("to", "To", ConsolePlace.Query),
                Organizer,
                .. Paging(),
            ],
        },
        new("create", "Create a meeting", "POST", "/meetings")
        {
            About = "Makes a real meeting at the provider. Attendees named here are told by mail.",
            Button = "Create meeting",
            Fields = Meeting(forChange: false),
        },
        new("get", "Get a meeting", "GET", "/meetings/{meetingId}")
        {
            About = "One meeting as it is now.",
            Button = "Get meeting",
            Fields = [MeetingId],
        },
        new("update", "Update a meeting", "PATCH", "/meetings/{meetingId}")
        {
            About = "Changes what is filled in; what is left empty stays as it is.",
            Button = "Update meeting",
            Fields = [MeetingId, .. Meeting(forChange: true)],
        },
        new("delete", "Delete a meeting", "DELETE", "/meetings/{meetingId}")
        {
            About = "Removes the meeting at the provider. Its join link stops working.",
            Button = "Delete meeting",
            Fields = [MeetingId],
            Agreement = "Yes, remove this meeting for everybody",
        },
        new("start", "Start a meeting", "POST", "/meetings/{meetingId}/start")
        {
            About =
                "Fetches the link that opens the meeting with host rights. The link is a secret: it is never shown, only opened.",
            Button = "Fetch the host link",
            Fields = [MeetingId],
        },
        new("history", "List past meetings", "GET", "/meetings/history")
        {
            About = "Meetings that have ended, one line for each time they were held.",
            Button = "List past meetings",
            Fields =
            [
                Moment("from", "From", ConsolePlace.Query, hoursFromNow: -30 * 24) with
                {
                    Required = true,
                },
                Moment("to", "To", ConsolePlace.Query, hoursFromNow: 1) with
                {
                    Required = true,
                },
                Organizer,
                .. Paging(),
            ],
        },
        new("attendees", "List attendees", "GET", "/meetings/{meetingId}/attendees")
        {
            About = "Who was there, session by session.",
            Button = "List attendees",
            Fields =
            [
                MeetingId,
                new ConsoleField("sessionId", "Session id", ConsoleInput.Text, ConsolePlace.Query)
                {
                    Hint = "Only this session; List past meetings tells it.",
                    MaxLength = 64,
                },
                .. Paging(),
            ],
        },
        new("organizers", "List organizers", "GET", "/organizers")
        {
            About = "People of the account who may organize, with the keys co-organizers are named by.",
            Button = "List organizers",
            Fields =
            [
                new ConsoleField("q", "Name or e-mail", ConsoleInput.Text, ConsolePlace.Query)
                {
                    Hint = "Part of it is enough.",
                    MaxLength = 100,
                },
                .. Paging(),
            ],
        },
        new("radar", "Look for orphans", "POST", "/radar")
        {
            About =
                "Compares what the provider lists with what Parley is responsible for; what does not fit is looked at closely and put right.",
            Button = "Look for orphans",
            Agreement = "Yes, put right what does not fit",
        },
        new("arrangement", "Get an arrangement", "GET", "/{arrangementId}")
        {
            Root = Arrangements,
            About = "A meeting Parley is responsible for, as its ledger knows it, whether or not the provider answers.",
            Button = "Get arrangement",
            Fields = [ArrangementId],
        },
        new("ledger", "Read an arrangement's ledger", "GET", "/{arrangementId}/ledger")
        {
            Root = Arrangements,
            About = "Every step Parley took for a meeting, what came of it, and what it will do next.",
            Button = "Read the ledger",
            Fields = [ArrangementId],
        },
        new("sessions", "List an arrangement's sessions", "GET", "/{arrangementId}/sessions")
        {
            Root = Arrangements,
            About = "When a meeting was held and who came, as far as Parley has found out.",
            Button = "List sessions",
            Fields = [ArrangementId, .. Paging()],
        },
        new("look", "Look for an arrangement's sessions", "POST", "/{arrangementId}/sessions/look")
        {
            Root = Arrangements,
            About = "Asks the provider now whether the meeting was held; what is found is told by meeting.ended.",
            Button = "Look for sessions",
            Fields = [ArrangementId],
        },
        new("connection", "Get the connection", "GET", "")
        {
            About = "Its state, its account, what it may do, and what is wrong with it.",
            Button = "Get connection",
        },
        new("log", "Read the operation log", "GET", "/log")
        {
            About = "What was called on the connection and what came of it, newest first; no secrets.",
            Button = "Read the log",
            Fields =
            [
                new ConsoleField("operation", "Operation", ConsoleInput.Text, ConsolePlace.Query)
                {
                    Hint = "By its name in the log, such as meetings.create.",
                    MaxLength = 64,
                },
                new ConsoleField("outcome", "Outcome", ConsoleInput.Choice, ConsolePlace.Query)
                {
                    Choices = [new("", "All"), new("ok", "ok"), new("failed", "failed")],
                },
                .. Paging(),
            ],
        },
        new("test", "Test the connection", "POST", "/test")
        {
            About = "Tries the connection step by step.",
            Button = "Test connection",
        },
        new("refresh", "Refresh the access token", "POST", "/refresh")
        {
            About = "Gets a new access token now. The permission's own end does not move.",
            Button = "Refresh access token",
        },
    ];

    public static ConsoleOperation? Find(string? id) => All.FirstOrDefault(operation => operation.Id == id);

    private static IReadOnlyList<ConsoleField> Paging() =>
        [
            new("limit", "At most", ConsoleInput.Number, ConsolePlace.Query)
            {
                Default = "20",
                Hint = "1 to 200 entries.",
            },
            new("cursor", "Cursor", ConsoleInput.Text, ConsolePlace.Query)
            {
                Hint = "nextCursor of the answer before, for the next entries.",
                MaxLength = 200,
            },
        ];

    private static ConsoleField Moment(string name, string label, ConsolePlace place, int? hoursFromNow = null) =>
        new(name, label, ConsoleInput.Moment, place) { HoursFromNow = hoursFromNow };

    private static IReadOnlyList<ConsoleField> Meeting(bool forChange) =>
        [
            new("subject", "Subject", ConsoleInput.Text, ConsolePlace.Body)
            {
                Required = !forChange,
                Default = forChange ? null : "Trying Parley",
                MaxLength = 200,
            },
            new("type", "Type", ConsoleInput.Choice, ConsolePlace.Body)
            {
                Choices = Types,
                Hint = forChange
                    ? "It cannot be changed: anything but what it is is refused."
                    : "Left out, a meeting is scheduled. An instant or recurring one takes no start.",
            },
            // An instant meeting takes none: what is needed the API says.
            Moment("startsAt", "Start", ConsolePlace.Body, forChange ? null : 24),
            new("durationMinutes", "Length in minutes", ConsoleInput.Number, ConsolePlace.Body)
            {
                Default = forChange ? null : "30",
            },
            Moment("endsAt", "End, in place of a length", ConsolePlace.Body),
            new("timeZone", "Time zone", ConsoleInput.Zone, ConsolePlace.Body) { Required = !forChange },
            new("description", "Description", ConsoleInput.LongText, ConsolePlace.Body) { MaxLength = 2000 },
            new("audio", "Audio", ConsoleInput.Choice, ConsolePlace.Body) { Choices = Audio },
            new("audioText", "Audio text", ConsoleInput.Text, ConsolePlace.Body)
            {
                Hint = "With custom audio: your own dial-in text.",
                MaxLength = 255,
            },
            new("coOrganizers", "Co-organizers", ConsoleInput.Lines, ConsolePlace.Body)
            {
                Hint = "One key a line; see List organizers.",
                MaxLength = 5000,
            },
            new("attendees", "Attendees", ConsoleInput.People, ConsolePlace.Body)
            {
                Hint = "One a line: Ada Lovelace <ada@example.org>. They are told by mail.",
                MaxLength = 10_000,
            },
            new(
                "passcodeRequired",
                "Ask for a passcode",
                forChange ? ConsoleInput.YesNo : ConsoleInput.Tick,
                ConsolePlace.Body
            ),
            new("options.waitingRoom", "Waiting room", ConsoleInput.YesNo, ConsolePlace.Body)
            {
                Hint = "Where the provider has one.",
            },
            new("options.joinBeforeHost", "Join before the host", ConsoleInput.YesNo, ConsolePlace.Body)
            {
                Hint = "Where the provider can be told.",
            },
        ];
}
