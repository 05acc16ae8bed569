using System.Text.RegularExpressions;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>What was asked for: the same status can mean different things.</summary>
internal enum Asked
{
    /// <summary>Something about one meeting: 404 means that there is none.</summary>
    OneMeeting,

    /// <summary>A collection: 404 means that the address is wrong.</summary>
    Collection,

    /// <summary>Who am I: there is no meeting to be missing.</summary>
    Profile,

    /// <summary>Who was in a meeting: 404 as for one meeting, and it takes <c>identity:</c>.</summary>
    Attendees,

    /// <summary>Something of an organizer by key: 404 means that there is none, and another's takes <c>identity:</c> and an administrator.</summary>
    Organizer,

    /// <summary>The Admin API's lists, which take <c>identity:</c> and, most of them, an administrator.</summary>
    Directory,
}

/// <summary>
/// Says what an answer that is no success means; above all, whether a change may have been applied. Bodies are undocumented, so
/// they add words and a few certain codes, while the status decides — except that markup never comes from the API itself.
/// </summary>
internal sealed partial class GoToMeetingErrors(IClock clock)
{
    private const string Provider = GoToMeetingDescriptor.Name;

    public ProviderFailure Classify(WireReply reply, Asked asked, string accessToken)
    {
        var error = ErrorBody.Read(reply);
        var failure = error.SaysHostRetired ? HostRetired.Failure(Provider, "API") : Judge(reply, error, asked);
        return failure with
        {
            ProviderCode = ProviderText.Clean(error.Code, accessToken),
            ProviderMessage = ProviderText.Clean(error.Text, accessToken),
            HttpStatus = reply.StatusCode,
        };
    }

    /// <summary>An answer whose body is not what was due.</summary>
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

    public static ProviderFailure NoSuchMeeting(int? status = null) =>
        Failure(
            FailureKind.NotFound,
            FailureCodes.MeetingNotFound,
            $"{Provider} knows no such meeting in this account.",
            "It may have been deleted at GoTo, or belong to another account."
        ) with
        {
            HttpStatus = status,
        };

    public static ProviderFailure Nameless() =>
        Failure(FailureKind.Unknown, FailureCodes.Unreadable, $"{Provider} answered without what the answer is about.");

    private ProviderFailure Judge(WireReply reply, ErrorBody error, Asked asked)
    {
        var status = reply.StatusCode;
        // These two are safe to act on whoever said so: neither makes us believe in a change.
        if (status == 429)
            return Throttled(reply, error);
        if (status == 401 || (status == 403 && IsInvalidToken(error)))
            return TokenRefused();
        if (reply.IsSuccess || (status < 500 && (reply.IsMarkup || reply.BodyUnreadable)))
            return Unreadable(reply);
        if (status == 412 || (status == 500 && Precondition().IsMatch(error.Text ?? "")))
            return NotLicensed();
        if (status >= 500)
        {
            return Failure(FailureKind.Unknown, FailureCodes.ServerError, $"{Provider} failed (HTTP {status}).");
        }
        if (status is < 400 or 408 or 409 or 425)
        {
            return Failure(
                FailureKind.Unknown,
                FailureCodes.Undecided,
                $"{Provider} answered HTTP {status}, which does not say whether anything was done."
            );
        }
        return status switch
        {
            403 => Forbidden(error, asked),
            404 when asked is Asked.OneMeeting or Asked.Attendees => NoSuchMeeting(status),
            404 when asked is Asked.Organizer => NoSuchOrganizer(),
            404 => Failure(
                FailureKind.Rejected,
                FailureCodes.WrongAddress,
                $"There is no such interface at the address configured for {Provider}.",
                "Check Providers:GoToMeeting:ApiBaseUrl and AdminBaseUrl."
            ),
            _ => Refused(status, error.Text),
        };
    }

    private static bool IsInvalidToken(ErrorBody error) =>
        string.Equals(error.Code, "InvalidToken", StringComparison.OrdinalIgnoreCase);

    private ProviderFailure Throttled(WireReply reply, ErrorBody error) =>
        Failure(FailureKind.Throttled, FailureCodes.Throttled, $"{Provider} asks for fewer calls.") with
        {
            RetryAfter = RetryAfter.Read(reply.RetryAfter, clock.GetCurrentInstant()),
            // Ten calls a second are documented; a daily limit only in an old article, so it must be said in words.
            DailyQuota = Daily().IsMatch(error.Text ?? ""),
        };

    private static ProviderFailure TokenRefused() =>
        Failure(FailureKind.TokenRefused, FailureCodes.TokenRefused, $"{Provider} did not accept the access token.");

    private static ProviderFailure NotLicensed() =>
        Failure(
            FailureKind.Rejected,
            FailureCodes.OrganizerNotLicensed,
            $"{Provider} holds meetings only for organizers with a paid licence; this account has none.",
            "Give the organizer a GoTo Meeting licence in GoTo Admin, or connect an account that has one."
        );

    public static ProviderFailure NoSuchOrganizer() =>
        Failure(
            FailureKind.Rejected,
            FailureCodes.OrganizerNotFound,
            $"{Provider} knows no such organizer in this account.",
            "Choose one of the account's organizers: the person may have been removed, or belong to another account."
        );

    public static ProviderFailure NoSuchAccount() =>
        Failure(
            FailureKind.Rejected,
            FailureCodes.NotAllowed,
            $"{Provider} has not told which account this connection belongs to.",
            "Refresh the connection with the scope identity: ticked, so that the account can be read."
        );

    public static bool SaysInvalidToken(ProviderFailure failure) =>
        string.Equals(failure.ProviderCode, "InvalidToken", StringComparison.OrdinalIgnoreCase);

    public static ProviderFailure MissingScope(string scope) =>
        Failure(
            FailureKind.MissingScope,
            FailureCodes.MissingScope,
            $"The permission given to Parley does not include {scope}.",
            $"Tick {scope} in the OAuth client at GoTo's developer centre, then refresh the connection."
        ) with
        {
            Scope = scope,
        };

    private static ProviderFailure Forbidden(ErrorBody error, Asked asked)
    {
        var words = $"{error.Code} {error.Text}";
        if (words.Contains("scope", StringComparison.OrdinalIgnoreCase))
        {
            return MissingScope(Scope().Match(words) is { Success: true } match ? match.Value : ScopeFor(asked));
        }
        return Failure(
            FailureKind.Rejected,
            FailureCodes.NotAllowed,
            $"{Provider} does not allow this account to do that.",
            asked is Asked.Organizer or Asked.Directory
                ? "It takes an administrator: ask one of the GoTo account for an administrator role, or connect an administrator's account."
                : "Ask an administrator of the GoTo account for the role or the licence it takes."
        );
    }

    private static string ScopeFor(Asked asked) =>
        asked is Asked.Attendees or Asked.Organizer or Asked.Directory
            ? GoToMeetingDescriptor.IdentityScope
            : GoToMeetingDescriptor.MeetingsScope;

    // The bodies of a 400 are recorded nowhere: the words tell the cause where they are plain, else they are passed on as they are.
    private static ProviderFailure Refused(int status, string? text)
    {
        var (cause, cure) = Cause(text ?? "");
        return Failure(
            FailureKind.Rejected,
            FailureCodes.Rejected,
            cause is null
                ? $"{Provider} refused the request (HTTP {status})."
                : $"{Provider} refused the request: {cause}",
            cure
        );
    }

    private static (string? Cause, string? Cure) Cause(string text)
    {
        if (Has("organizer"))
        {
            return (
                "a co-organizer is not one it accepts.",
                "Co-organizers must belong to the same GoTo account, have accepted their invitation and hold a licence."
            );
        }
        if (Has("subject"))
            return ("it does not accept the subject.", "Choose a subject of 1 to 100 characters.");
        if (Has("past"))
            return (
                "the meeting would start in the past.",
                "Choose a start in the future. If it is one, the clock of this server is wrong."
            );
        if (Has("conferencecall") || Has("audio"))
            return (
                "it does not accept the audio option.",
                "Choose another audio option, or a text of at most 255 characters."
            );
        if (Has("time") || Has("date"))
            return ("it does not accept the times.", "Choose a start in the future and an end after it.");
        return (null, null);

        bool Has(string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);
    }

    private static ProviderFailure Failure(FailureKind kind, string code, string message, string? next = null) =>
        new()
        {
            Kind = kind,
            Code = code,
            Message = message,
            Next = next,
        };

    // 412 as a word of its own: incident numbers contain all digits there are.
    [GeneratedRegex(
        @"(?:^|[^\w\-])412(?:[^\w\-]|$)|precondition",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Precondition();

    [GeneratedRegex(
        @"\bdaily\b|\bper day\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Daily();

    [GeneratedRegex(
        @"(?:collab|identity|support):[a-z.]*",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking
    )]
    private static partial Regex Scope();
}
