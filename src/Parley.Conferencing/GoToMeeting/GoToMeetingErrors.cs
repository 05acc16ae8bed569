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
            403 => Forbidden(error),
            404 when asked == Asked.OneMeeting => NoSuchMeeting(status),
            404 => Failure(
                FailureKind.Rejected,
                FailureCodes.WrongAddress,
                $"There is no such interface at the address configured for {Provider}.",
                "Check Providers:GoToMeeting:ApiBaseUrl and AdminBaseUrl."
            ),
            _ => Failure(
                FailureKind.Rejected,
                FailureCodes.Rejected,
                $"{Provider} refused the request (HTTP {status}).",
                Cure(error.Text)
            ),
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

    private static ProviderFailure Forbidden(ErrorBody error)
    {
        var words = $"{error.Code} {error.Text}";
        if (words.Contains("scope", StringComparison.OrdinalIgnoreCase))
        {
            var scope = Scope().Match(words) is { Success: true } match
                ? match.Value
                : GoToMeetingDescriptor.MeetingsScope;
            return Failure(
                FailureKind.MissingScope,
                FailureCodes.MissingScope,
                $"The permission given to Parley does not include {scope}.",
                $"Tick {scope} in the OAuth client at GoTo's developer centre, then refresh the connection."
            ) with
            {
                Scope = scope,
            };
        }
        return Failure(
            FailureKind.Rejected,
            FailureCodes.NotAllowed,
            $"{Provider} does not allow this account to do that.",
            "Ask an administrator of the GoTo account for the role or the licence it takes."
        );
    }

    private static string? Cure(string? text) =>
        text switch
        {
            null => null,
            _ when text.Contains("subject", StringComparison.OrdinalIgnoreCase) =>
                "Choose a subject of at most 100 characters.",
            _ when text.Contains("organizer", StringComparison.OrdinalIgnoreCase) =>
                "Co-organizers must belong to the same GoTo account, have accepted their invitation and hold a licence.",
            _ when text.Contains("time", StringComparison.OrdinalIgnoreCase)
                    || text.Contains("past", StringComparison.OrdinalIgnoreCase) =>
                "Choose a start in the future and an end after it.",
            _ => null,
        };

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
