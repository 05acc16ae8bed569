using System.Text.Json;
using System.Text.RegularExpressions;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>What was asked for, and the scope it takes.</summary>
/// <param name="Subject">What a "there is none" is about.</param>
internal sealed record ZoomAsked(ZoomSubject Subject, string Scope)
{
    public static ZoomAsked Meeting(string scope) => new(ZoomSubject.Meeting, scope);

    public static ZoomAsked User(string scope) => new(ZoomSubject.User, scope);

    public static ZoomAsked Account(string scope) => new(ZoomSubject.Account, scope);
}

internal enum ZoomSubject
{
    Meeting,
    User,
    Account,
}

/// <summary>
/// Says what an answer of Zoom's that is no success means. The integer <c>code</c> decides, not the status nor the words: the same condition
/// comes under several statuses, 200 among them, and is reworded now and then (zoom.md §5).
/// </summary>
internal sealed partial class ZoomErrors(IClock clock)
{
    private const string Provider = ZoomDescriptor.Name;
    private const string Marketplace = "the Zoom App Marketplace";

    /// <summary>Running: must be ended before it can be deleted.</summary>
    public const string InProgress = "3002";

    public ProviderFailure Classify(WireReply reply, ZoomAsked asked, string accessToken)
    {
        var error = ZoomErrorBody.Read(reply);
        return Judge(reply, error, asked) with
        {
            ProviderCode = ProviderText.Clean(error.Code, accessToken),
            ProviderMessage = ProviderText.Clean(error.Text, accessToken),
            HttpStatus = reply.StatusCode,
        };
    }

    public static ProviderFailure NoSuchMeeting() =>
        Failure(
            FailureKind.NotFound,
            FailureCodes.MeetingNotFound,
            $"{Provider} knows no such meeting in this account.",
            "It may have been deleted at Zoom, have lapsed, or belong to another account."
        );

    public static ProviderFailure NoSuchUser() =>
        Failure(
            FailureKind.Rejected,
            FailureCodes.OrganizerNotFound,
            $"{Provider} knows no such user in this account.",
            "Choose one of the account's users: the person may have been removed, or belong to another account."
        );

    public static ProviderFailure NobodysMeetings() =>
        Failure(
            FailureKind.Rejected,
            FailureCodes.NotAllowed,
            "A server-to-server connection speaks for the whole Zoom account and hosts no meetings of its own.",
            "Name the user whose meetings are meant, or connect that user's own account."
        );

    public static ProviderFailure Nameless() =>
        Failure(FailureKind.Unknown, FailureCodes.Unreadable, $"{Provider} answered without what the answer is about.");

    /// <summary>"The next page token is invalid or expired": the list must be begun anew.</summary>
    public static bool IsPageTokenTrouble(ProviderFailure failure) =>
        failure.ProviderCode == "300"
        && failure.ProviderMessage?.Contains("page token", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Another source may still answer: the right is missing, not the thing.</summary>
    public static bool IsAboutRights(ProviderFailure failure) =>
        failure.Kind == FailureKind.MissingScope
        || failure.Code is FailureCodes.NotAllowed or FailureCodes.WrongAddress;

    private ProviderFailure Judge(WireReply reply, ZoomErrorBody error, ZoomAsked asked)
    {
        var status = reply.StatusCode;
        if (status == 429 || error.Code is "429" or "4001")
            return ZoomLimits.Throttled(reply, error.Text, clock.GetCurrentInstant());
        if (status >= 500)
            return Failure(FailureKind.Unknown, FailureCodes.ServerError, $"{Provider} failed (HTTP {status}).");
        if (reply.IsMarkup || reply.BodyUnreadable)
            return status == 401 ? TokenRefused() : Unreadable(reply);
        if (error.Code is not null && ByCode(error, asked) is { } known)
            return known;
        return status switch
        {
            401 => TokenRefused(),
            >= 200 and < 300 when error.Code is null => Unreadable(reply),
            < 200 or (>= 300 and < 400) or 408 or 409 or 425 => Failure(
                FailureKind.Unknown,
                FailureCodes.Undecided,
                $"{Provider} answered HTTP {status}, which does not say whether anything was done."
            ),
            403 => Forbidden(error.Text),
            404 when error.Code is null => WrongAddress(),
            _ => Refused(status, error),
        };
    }

    private static ProviderFailure? ByCode(ZoomErrorBody error, ZoomAsked asked)
    {
        var text = error.Text ?? "";
        return error.Code switch
        {
            "124" => TokenRefused(),
            "4711" or "104" => MissingScope(text, asked),
            "4700" => Has(text, "scope") ? MissingScope(text, asked) : TokenRefused(),
            "4738" => ZoomOAuthRefusals.Unapproved(),
            "200" => NotAllowed(text, asked),
            "3001" => NoSuchMeeting(),
            // A number that is none of a meeting's.
            "300" when asked.Subject == ZoomSubject.Meeting && Has(error.Details, "meetingId") => NoSuchMeeting(),
            "1001" when asked.Subject == ZoomSubject.Meeting || Has(text, "meeting") => NoSuchMeeting(),
            "1001" or "1010" or "1120" => NoSuchUser(),
            "3161" => Failure(
                FailureKind.Rejected,
                FailureCodes.OrganizerNotLicensed,
                $"{Provider} does not let this user host or schedule meetings.",
                "Have an administrator of the Zoom account assign a Zoom Meetings licence and allow hosting, or connect an account that may host."
            ),
            "3003" => Failure(
                FailureKind.Rejected,
                FailureCodes.NotAllowed,
                $"The connected user is not the host of this {Provider} meeting.",
                "Connect the host's own account."
            ),
            "403" => Forbidden(text),
            "2300" => WrongAddress(),
            "12702" => Rejected("the meeting was held more than a year ago, and is no longer told about.", null),
            "3018" or "3037" => Rejected(
                "a personal meeting room cannot be deleted.",
                "Only scheduled meetings can be deleted; the personal room stays."
            ),
            InProgress => Rejected("the meeting is in progress.", "End it, then try again."),
            "3007" => Rejected("the meeting has ended.", null),
            "3043" => Rejected("the meeting is full.", "Have the host given a licence for larger meetings."),
            "3063" => Rejected("meetings of on-premise users cannot be ended from outside.", "End it in Zoom."),
            _ => null,
        };
    }

    private static ProviderFailure TokenRefused() =>
        Failure(FailureKind.TokenRefused, FailureCodes.TokenRefused, $"{Provider} did not accept the access token.");

    private static ProviderFailure WrongAddress() =>
        Failure(
            FailureKind.Rejected,
            FailureCodes.WrongAddress,
            $"There is no such interface at the address configured for {Provider}.",
            "Check Providers:Zoom:ApiBaseUrl."
        );

    private static ProviderFailure Unreadable(WireReply reply) =>
        reply.BodyBroken
            ? Failure(
                FailureKind.Unknown,
                FailureCodes.ConnectionLost,
                $"The connection to {Provider} broke before the answer was complete."
            )
            : Failure(
                FailureKind.Unknown,
                FailureCodes.Unreadable,
                $"{Provider} answered something that cannot be read."
            );

    /// <summary>"Invalid access token, does not contain scopes:[a, b].": any one of them would do.</summary>
    private static ProviderFailure MissingScope(string text, ZoomAsked asked)
    {
        string[] alternatives = ScopeList().Match(text) is { Success: true } list
            ? list.Groups["names"].Value.Split([',', ' ', '"'], StringSplitOptions.RemoveEmptyEntries)
            : [];
        var scope = ZoomScopes.Choose([.. alternatives.Select(name => ProviderText.Clean(name)!)], asked.Scope);
        var others =
            alternatives.Length > 1
                ? ProviderText.Clean($" (any one of {string.Join(", ", alternatives)} would do)")
                : null;
        return Failure(
            FailureKind.MissingScope,
            FailureCodes.MissingScope,
            $"The permission given to Parley does not include {scope}{(others is null ? "" : " " + others)}.",
            $"Add {scope} to the app at {Marketplace}, then refresh the connection. Zoom may take until the next day to honour a scope that was added."
        ) with
        {
            Scope = scope,
        };
    }

    private static ProviderFailure NotAllowed(string text, ZoomAsked asked) =>
        Has(text, "paid") || Has(text, "ZMP")
            ? Failure(
                FailureKind.Rejected,
                FailureCodes.NotAllowed,
                $"{Provider} tells this only about paid accounts (Pro or higher).",
                "It needs a paid Zoom plan; everything else works without."
            )
            : Failure(
                FailureKind.Rejected,
                FailureCodes.NotAllowed,
                $"{Provider} does not allow this account to do that.",
                asked.Subject == ZoomSubject.Meeting
                    ? "Ask an administrator of the Zoom account for the permission, or connect the host's own account."
                    : "It takes an administrator's role with the permission for reports and users: ask the owner of the Zoom account for it, or connect an administrator's account."
            );

    private static ProviderFailure Forbidden(string? text) =>
        Failure(
            FailureKind.Rejected,
            FailureCodes.NotAllowed,
            $"{Provider} does not allow this account to do that.",
            Has(text ?? "", "permitted access")
                ? "The other user must allow Parley access to their meetings at the Zoom App Marketplace (\"shared access\")."
                : "Ask an administrator of the Zoom account; where Zoom shut the interface for the whole account, ask Zoom's support."
        );

    private static ProviderFailure Refused(int status, ZoomErrorBody error)
    {
        var (cause, cure) = Cause(error.Words);
        return cause is null
            ? Failure(
                FailureKind.Rejected,
                FailureCodes.Rejected,
                $"{Provider} refused the request ({(error.Code is null ? $"HTTP {status}" : $"code {error.Code}")})."
            )
            : Rejected(cause, cure);
    }

    // Codes 300 and 3000 carry many refusals; the words alone tell which.
    private static (string? Cause, string? Cure) Cause(string text)
    {
        if (Has(text, "alternative"))
        {
            return (
                "a co-organizer is not one it accepts as alternative host.",
                "Co-organizers must be licensed users of the same Zoom account."
            );
        }
        if (Has(text, "password") || Has(text, "passcode"))
        {
            return (
                "the passcode does not meet the account's rules.",
                "Ask an administrator of the Zoom account for the passcode rules, or schedule without a passcode of your own."
            );
        }
        if (Has(text, "webinar"))
            return ("this is a webinar, not a meeting.", "Choose a meeting.");
        if (Has(text, "blocked"))
        {
            return (
                "users of the host's domain are blocked in the account's settings.",
                "Have an administrator change \"Block users in specific domains\" in Zoom's settings."
            );
        }
        if (Has(text, "schedule_for") || Has(text, "cannot schedule"))
            return ("the connected user may not schedule for this host.", "Connect the host's own account.");
        if (Has(text, "topic"))
            return ("it does not accept the subject.", "Choose a subject of 1 to 100 characters.");
        if (Has(text, "start_time") || Has(text, "duration") || Has(text, "timezone"))
            return (
                "it does not accept the times.",
                "Choose a start in the future and an end at most 24 hours after it."
            );
        return (null, null);
    }

    private static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static ProviderFailure Rejected(string cause, string? cure) =>
        Failure(FailureKind.Rejected, FailureCodes.Rejected, $"{Provider} refused the request: {cause}", cure);

    private static ProviderFailure Failure(FailureKind kind, string code, string message, string? next = null) =>
        new()
        {
            Kind = kind,
            Code = code,
            Message = message,
            Next = next,
        };

    [GeneratedRegex(
        @"scopes?:?\s*\[(?<names>[^\]]{1,600})\]",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex ScopeList();
}

/// <summary><c>{"code":int,"message":text,"errors":[{"field","message"}]}</c>; a code of 0 is none.</summary>
/// <param name="Details">Fields and messages of <c>errors</c>, joined.</param>
internal sealed record ZoomErrorBody(string? Code, string? Text, string Details)
{
    /// <summary>All the words there are, to tell the cause from.</summary>
    public string Words => $"{Text} {Details}";

    public static ZoomErrorBody Read(WireReply reply)
    {
        if (reply.Object is not { } body)
            return new ZoomErrorBody(null, reply.IsMarkup || reply.BodyUnreadable ? null : reply.Text, "");
        var code = JsonText.Find(body, "code") ?? JsonText.Find(body, "errorCode");
        var text =
            JsonText.Find(body, "message") ?? JsonText.Find(body, "errorMessage") ?? JsonText.Find(body, "reason");
        return new ZoomErrorBody(code?.Trim() is "0" or "" ? null : code?.Trim(), text, ErrorsOf(body));
    }

    private static string ErrorsOf(JsonElement body)
    {
        if (!body.TryGetProperty("errors", out var errors) || errors.ValueKind != JsonValueKind.Array)
            return "";
        return string.Join(
            "; ",
            errors
                .EnumerateArray()
                .Where(error => error.ValueKind == JsonValueKind.Object)
                .Take(5)
                .Select(error => $"{JsonText.Find(error, "field")} {JsonText.Find(error, "message")}")
        );
    }
}
