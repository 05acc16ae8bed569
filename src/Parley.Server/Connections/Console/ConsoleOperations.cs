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
                Limit(),
            ],
        },
        new("create", "Create a meeting", "POST", "/meetings")
        {
            About = "Makes a real meeting at the provider. Nobody is invited.",
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
                Limit(),
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
                    Hint = "Only this session.",
                    MaxLength = 64,
                },
            ],
        },
        new("organizers", "List organizers", "GET", "/organizers")
        {
            About = "People of the account who may organize, with the keys co-organizers are named by.",
            Button = "List organizers",
            Fields = [Limit()],
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

    private static ConsoleField Limit() =>
        new("limit", "At most", ConsoleInput.Number, ConsolePlace.Query) { Default = "20", Hint = "1 to 200 entries." };

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
            Moment("startsAt", "Start", ConsolePlace.Body, forChange ? null : 24) with
            {
                Required = !forChange,
            },
            new("durationMinutes", "Length in minutes", ConsoleInput.Number, ConsolePlace.Body)
            {
                Required = !forChange,
                Default = forChange ? null : "30",
            },
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
            new("passcodeRequired", "Ask for a passcode", ConsoleInput.Tick, ConsolePlace.Body),
        ];
}
