using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.GoTo.Meetings;

/// <summary>The door to every call of the meeting API: token and scope, then the answer in a transaction (reference §4).</summary>
internal sealed class MeetingApi(World world, SandboxAddress address)
{
    public const string Collab = "collab:";
    public const string Identity = "identity:";

    /// <summary>For the caller's own meetings.</summary>
    public IResult Own(HttpContext context, Func<MeetingCall, IResult> answer) => Answer(context, [Collab], answer);

    /// <summary>For what is the caller's own under <c>collab:</c> and other people's under <c>identity:</c> and a role.</summary>
    public IResult OwnOrOthers(HttpContext context, Func<MeetingCall, IResult> answer) =>
        Answer(context, [Collab, Identity], answer);

    /// <summary>For calls whose client needs <c>identity:</c> whoever calls.</summary>
    public IResult WithIdentity(HttpContext context, Func<MeetingCall, IResult> answer) =>
        Answer(context, [Identity], answer);

    /// <summary>For administrators only.</summary>
    public IResult Admin(HttpContext context, Func<MeetingCall, IResult> answer) =>
        WithIdentity(
            context,
            call =>
                call.Caller.Person.Admin
                    ? answer(call)
                    : call.Errors.Forbidden("This call is for users with the admin role")
        );

    private IResult Answer(HttpContext context, string[] oneOf, Func<MeetingCall, IResult> answer) =>
        world.Change(state =>
        {
            WireCall wire = WireCall.Of(context);
            if (Bearer.Caller(state, context, wire.ReceivedAt) is not { } caller)
            {
                return WireJson.MeetingError(state.Settings.ExpiryStatus, "InvalidToken", "Invalid token passed");
            }

            MeetingCall call = new(context, wire, state, caller, address.BaseUrl);
            // The body of this refusal was never recorded; it must only not look like an expired token.
            IResult result = oneOf.Any(caller.May)
                ? answer(call)
                : call.Errors.Forbidden($"The token lacks the scope {oneOf[^1]}");
            return state.Settings.Meetings.EscapedSlashes ? new EscapedSlashes(result) : result;
        });
}

/// <summary>One call that got through the door.</summary>
internal sealed class MeetingCall(HttpContext context, WireCall wire, World state, Caller caller, string baseUrl)
{
    public World State => state;
    public Caller Caller => caller;
    public WireCall Wire => wire;
    public WireForm Form { get; } = new(state.Settings);
    public MeetingErrors Errors { get; } = new(state.Settings.Meetings);
    public MeetingReplies Replies => new(baseUrl, Form);
    public HistoryReplies History => new(baseUrl, Form, state.Now);

    /// <summary>One of the caller's own meetings. Another's is not there, whoever's it is.</summary>
    public Meeting? OwnMeeting(string id) =>
        Meeting(id) is { DeletedAt: null } meeting && meeting.OwnerKey == caller.Person.Key ? meeting : null;

    /// <summary>Any meeting, also a removed one, by its number with or without dashes.</summary>
    public Meeting? Meeting(string id) =>
        Number(id.Replace("-", "", StringComparison.Ordinal)) is { } number
            ? state.Meetings.Find(WireForm.Text(number))
            : null;

    public IResult NoSuchMeeting() => Errors.NotFound("The meeting does not exist");

    /// <summary>The caller, or for an administrator with <c>identity:</c> anybody of the account; else the refusal.</summary>
    public bool TryOrganizer(
        string key,
        [NotNullWhen(true)] out Person? organizer,
        [NotNullWhen(false)] out IResult? refusal
    )
    {
        (organizer, refusal) = (null, null);
        if (key == caller.Person.Key)
        {
            organizer = caller.Person;
        }
        else if (!caller.May(MeetingApi.Identity))
        {
            refusal = Errors.Forbidden($"The token lacks the scope {MeetingApi.Identity}");
        }
        else if (!caller.Person.Admin)
        {
            refusal = Errors.Forbidden("Other organizers are open to users with the admin role only");
        }
        else if (state.People.Find(key) is { } person && person.AccountKey == caller.Person.AccountKey)
        {
            organizer = person;
        }
        else
        {
            refusal = Errors.NotFound("The organizer does not exist");
        }

        return organizer is not null;
    }

    /// <summary>The range of dates asked for; null only when it may be left out and is.</summary>
    public bool TryRange(bool required, out Interval? range, [NotNullWhen(false)] out IResult? refusal)
    {
        (range, refusal) = (null, null);
        (string start, string end) = (Query("startDate"), Query("endDate"));
        if (!required && start.Length == 0 && end.Length == 0)
        {
            return true;
        }

        if (WireDates.Read(start) is not { } from || WireDates.Read(end) is not { } to)
        {
            refusal = Errors.BadRequest("'startDate' and 'endDate' are required, as 2015-07-01T22:00:00Z");
        }
        else if (to < from)
        {
            refusal = Errors.BadRequest("'endDate' must not be before 'startDate'");
        }
        else if (Form.Switches.HistoryWindowDays is { } days && to - from > Duration.FromDays(days))
        {
            refusal = Errors.BadRequest($"The date range is wider than {days} days");
        }
        else
        {
            range = new Interval(from, to);
        }

        return refusal is null;
    }

    /// <summary>The two flags of the deprecated lists exclude each other, and one of them must be set.</summary>
    public bool TryFlags(out bool history, [NotNullWhen(false)] out IResult? refusal)
    {
        history = IsTrue("history");
        refusal =
            history == IsTrue("scheduled")
                ? Errors.BadRequest("Send either scheduled=true or history=true with startDate and endDate")
                : null;
        return refusal is null;
    }

    public string Query(string name) => context.Request.Query[name].ToString();

    public static long? Number(string text) =>
        text.Length is > 0 and < 20
        && text.All(char.IsAsciiDigit)
        && long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out long number)
            ? number
            : null;

    private bool IsTrue(string name) => Query(name).Equals("true", StringComparison.OrdinalIgnoreCase);
}
