using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Sandbox.Room;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.Meetings;

namespace Parley.Sandbox.Control;

/// <summary><c>/control/meetings/{id}/run</c> and <c>/control/sessions</c>: lets meetings have taken place, one or thousands.</summary>
internal sealed class HeldEndpoints(World world, ZoomHeldControl zoom)
{
    private const int Day = 24 * 60;
    private const int MostSessions = 20_000;
    private const int MostAttendees = 200_000;
    private static readonly string[] Types = ["scheduled", "recurring", "immediate", ZoomHeld.Conference];

    public static void Map(IEndpointRouteBuilder routes, HeldEndpoints endpoints)
    {
        RouteGroupBuilder group = routes.MapGroup("/control");
        group.MapPost("/meetings/{id}/run", (Delegate)endpoints.RunAsync);
        group.MapPost("/sessions", (Delegate)endpoints.FillAsync);
        group.MapGet("/sessions", endpoints.List);
    }

    private async Task<IResult> RunAsync(HttpContext context, string id)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        ProviderField.Read(body);
        Func<Instant, PastSession> read = ReadPast(body);
        return body.Problem()
            ?? world.Change(state =>
                state.Meetings.Find(id) is { DeletedAt: null } meeting
                    ? ControlJson.Answer(
                        ControlJson.Session(state, MeetingRoom.Record(state, meeting, read(state.Now))),
                        StatusCodes.Status201Created
                    )
                    : zoom.Run(state, id, read(state.Now)) ?? ControlProblem.NotFound($"There is no meeting {id}.")
            );
    }

    /// <summary>
    /// Many at once, all or none: <c>sessions</c> names each, <c>count</c> with <c>from</c> and <c>to</c> has them made up.
    /// </summary>
    private async Task<IResult> FillAsync(HttpContext context)
    {
        ControlBody body = await ControlBody.ReadAsync(context);
        bool isZoom = ProviderField.Read(body) == ProviderField.Zoom;
        string? email = body.Text("organizer", required: true);
        IReadOnlyList<Wanted>? wanted = body.Objects("sessions", ReadWanted);
        PastPlan? plan = ReadPlan(body);
        if (
            !isZoom
            && (plan?.Type == ZoomHeld.Conference || wanted?.Any(one => one.Type == ZoomHeld.Conference) == true)
        )
        {
            body.Refuse("type", "pac is Zoom's");
        }

        if (wanted is null == plan is null)
        {
            body.Refuse("sessions", "or count with from and to: send one of them");
        }

        if (wanted?.Count > MostSessions || wanted?.Sum(one => one.Attendees) > MostAttendees)
        {
            body.Refuse("sessions", $"must be at most {MostSessions}, with {MostAttendees} attendees");
        }

        if (plan is not null && (long)plan.Sessions * plan.Guests > MostAttendees)
        {
            body.Refuse("attendees", $"times count must be at most {MostAttendees}");
        }

        return body.Problem()
            ?? world.Change(state =>
            {
                if (isZoom)
                {
                    return zoom.Fill(state, email!, plan, wanted);
                }

                if (People.ByEmail(state, email!) is not { } owner)
                {
                    return ControlProblem.NotFound($"There is no persona {email}.");
                }

                if (plan is not null)
                {
                    (IReadOnlyList<Meeting> meetings, IReadOnlyList<Session> sessions) = MeetingMaker.Fill(
                        state,
                        owner,
                        plan
                    );
                    return Filled(state, meetings, sessions);
                }

                string? stranger = wanted!
                    .Select(one => one.MeetingId)
                    .FirstOrDefault(id => id is not null && state.Meetings.Find(id)?.OwnerKey != owner.Key);
                return stranger is null
                    ? Record(state, owner, wanted!)
                    : ControlProblem.NotFound($"{email} has no meeting {stranger}.");
            });
    }

    private IResult List(string? provider, string? organizer, string? meetingId) =>
        provider == ProviderField.Zoom
            ? world.Read(state => ZoomHeldControl.List(state, organizer, meetingId))
            : GoToSessions(organizer, meetingId);

    private IResult GoToSessions(string? organizer, string? meetingId) =>
        world.Read(state =>
            ControlJson.Items([
                .. state
                    .Sessions.All.Where(session =>
                        meetingId is null || session.MeetingId.ToString(CultureInfo.InvariantCulture) == meetingId
                    )
                    .Where(session => organizer is null || IsOf(state, session, organizer))
                    .OrderBy(session => session.StartedAt)
                    .Select(session => ControlJson.Session(state, session)),
            ])
        );

    private static bool IsOf(World state, Session session, string email) =>
        state.Meetings.Find(session.MeetingId.ToString(CultureInfo.InvariantCulture)) is { } meeting
        && state.People.Find(meeting.OwnerKey) is { } owner
        && owner.Email.Equals(email, StringComparison.OrdinalIgnoreCase);

    private static IResult Record(World state, Person owner, IReadOnlyList<Wanted> wanted)
    {
        List<Meeting> meetings = [];
        List<Session> sessions = [];
        foreach (Wanted one in wanted)
        {
            PastSession past = one.Past(state.Now);
            Meeting? known = one.MeetingId is { } id ? state.Meetings.Find(id) : null;
            Meeting meeting =
                known ?? MeetingMaker.Make(state, owner, one.Subject, one.Type, past.StartedAt, past.Length);
            if (known is null)
            {
                meetings.Add(meeting);
            }

            sessions.Add(MeetingRoom.Record(state, meeting, past));
        }

        return Filled(state, meetings, sessions);
    }

    private static IResult Filled(World state, IReadOnlyList<Meeting> meetings, IReadOnlyList<Session> sessions) =>
        ControlJson.Answer(
            new JsonObject
            {
                ["sessions"] = sessions.Count,
                ["attendees"] = sessions.Sum(session => state.AttendancesOf.Of(session.Id).Count),
                ["meetingIds"] = ControlJson.Texts(
                    meetings.Select(meeting => meeting.Id.ToString(CultureInfo.InvariantCulture))
                ),
                ["sessionIds"] = ControlJson.Texts(sessions.Select(session => session.Id)),
            },
            StatusCodes.Status201Created
        );

    private static Wanted ReadWanted(ControlBody body)
    {
        string? meetingId = body.Text("meetingId");
        string subject = body.Text("subject") ?? "Held meeting";
        string type = body.Text("type", oneOf: Types) ?? "scheduled";
        if (!body.Has("startedAt"))
        {
            body.Refuse("startedAt", "is missing");
        }

        Func<Instant, PastSession> past = ReadPast(body);
        return new Wanted(meetingId, subject, type, past, past(Instant.MinValue + Duration.FromDays(2)).Stays.Count);
    }

    /// <summary>Fields of one session; without a start it has just ended.</summary>
    private static Func<Instant, PastSession> ReadPast(ControlBody body)
    {
        Instant? startedAt = body.Time("startedAt");
        if (startedAt?.InUtc().Year is < 1970 or > 9000)
        {
            body.Refuse("startedAt", "must be a time between 1970 and 9000");
        }

        int minutes = body.Whole("minutes", 1, Day) ?? 30;
        IReadOnlyList<PastStay> stays = body.Objects("attendees", ReadStay) ?? [];
        PastRecording? recording = body.Object("recording", ReadRecording);
        bool host = body.Flag("hostCame") ?? true;
        Duration length = Duration.FromMinutes(minutes);
        return now => new PastSession(startedAt ?? now - length, length)
        {
            Stays = stays,
            Recording = recording,
            HostCame = host,
        };
    }

    private static PastStay ReadStay(ControlBody body)
    {
        PastStay stay = new(new Guest(body.Text("name", required: true) ?? "", body.Text("email")))
        {
            JoinedAt = body.Time("joinedAt"),
            LeftAt = body.Time("leftAt"),
        };
        if (stay.LeftAt < stay.JoinedAt)
        {
            body.Refuse("leftAt", "must not be before joinedAt");
        }

        return stay;
    }

    private static PastRecording ReadRecording(ControlBody body) =>
        new()
        {
            Name = body.Text("name"),
            FileSize = body.Whole("fileSize", 1, int.MaxValue),
            ReadyAfter = body.Whole("readyAfterMinutes", 0, 7 * Day) is { } minutes
                ? Duration.FromMinutes(minutes)
                : null,
            Shared = body.Flag("shared") ?? true,
        };

    private static PastPlan? ReadPlan(ControlBody body)
    {
        int? count = body.Whole("count", 1, MostSessions);
        Instant? from = body.Time("from");
        Instant? to = body.Time("to");
        int meetings = body.Whole("meetings", 1, MostSessions) ?? 50;
        int minutes = body.Whole("minutes", 1, Day) ?? 30;
        int guests = body.Whole("attendees", 0, 50) ?? 2;
        int? recorded = body.Whole("recordingEvery", 1, MostSessions);
        string subject = body.Text("subject") ?? "Weekly call";
        string type = body.Text("type", oneOf: Types) ?? "recurring";
        if (count is null)
        {
            return null;
        }

        if (from is not { } first || to is not { } last || last <= first)
        {
            body.Refuse("from", "and to must be instants, from before to");
            return new PastPlan(count.Value, Instant.MinValue, Instant.MaxValue);
        }

        return new PastPlan(count.Value, first, last)
        {
            Meetings = meetings,
            Minutes = minutes,
            Guests = guests,
            RecordingEvery = recorded,
            Subject = subject,
            Type = type,
        };
    }

    /// <summary>One past session as a control call names it.</summary>
    internal sealed record Wanted(
        string? MeetingId,
        string Subject,
        string Type,
        Func<Instant, PastSession> Past,
        int Attendees
    );
}
