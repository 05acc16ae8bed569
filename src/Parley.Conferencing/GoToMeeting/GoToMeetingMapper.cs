using NodaTime;
using NodaTime.Text;

namespace Parley.Conferencing.GoToMeeting;

/// <summary>Between what Parley means and what GoTo writes.</summary>
internal static class GoToMeetingMapper
{
    private const int MaximumAudioText = 255;

    /// <summary>Why this meeting cannot be expressed at GoTo; null when it can.</summary>
    public static ProviderFailure? Objection(MeetingSpec spec)
    {
        var reason =
            GoToMeetingSubject.ToWire(spec.Subject, marker: null).Length == 0 ? "The subject is empty."
            : spec.EndsAt <= spec.StartsAt ? "The meeting ends before it starts."
            : spec.Audio != AudioOption.Custom ? null
            : string.IsNullOrWhiteSpace(spec.AudioText) ? "The custom audio text is missing."
            : spec.AudioText.Length > MaximumAudioText ? "The custom audio text has more than 255 characters."
            : null;
        return reason is null
            ? null
            : new ProviderFailure
            {
                Kind = FailureKind.Rejected,
                Code = FailureCodes.InvalidMeeting,
                Message = reason,
            };
    }

    /// <summary>What was asked for that GoTo's interface has no word for, as sentences for the organizer.</summary>
    public static IReadOnlyList<string> NotTaken(MeetingSpec spec)
    {
        var sentences = new List<string>();
        if (spec.WaitingRoom == true)
            sentences.Add("GoTo Meeting has no waiting room that can be asked for here; it was left out.");
        if (spec.JoinBeforeHost == true)
            sentences.Add("GoTo Meeting cannot be told to let people in before the organizer; it was left out.");
        return sentences;
    }

    public static MeetingRequest ToWire(MeetingSpec spec) =>
        new()
        {
            Subject = GoToMeetingSubject.ToWire(spec.Subject, spec.Marker),
            StartTime = InstantPattern.General.Format(spec.StartsAt),
            EndTime = InstantPattern.General.Format(spec.EndsAt),
            PasswordRequired = spec.PasscodeRequired,
            ConferenceCallInfo = spec.Audio switch
            {
                AudioOption.Hybrid => "Hybrid",
                AudioOption.Pstn => "PSTN",
                AudioOption.Voip => "VoIP",
                AudioOption.Private => "Private",
                AudioOption.Custom => spec.AudioText!,
                _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Audio, "Unknown audio option."),
            },
            MeetingType = spec.Type switch
            {
                MeetingType.Scheduled => "scheduled",
                MeetingType.Instant => "immediate",
                MeetingType.Recurring => "recurring",
                _ => throw new ArgumentOutOfRangeException(nameof(spec), spec.Type, "Unknown meeting type."),
            },
            // Absent rather than empty when there are none; a full replace without them takes all of them away.
            CoOrganizerKeys = spec.CoOrganizerKeys.Count == 0 ? null : spec.CoOrganizerKeys,
        };

    /// <summary>Null when the reply names no meeting.</summary>
    public static CreatedMeeting? Created(MeetingReply reply)
    {
        if (Id(reply) is not { } id)
            return null;
        var call = ConferenceCallInfo.Parse(reply.ConferenceCallInfo);
        return new CreatedMeeting
        {
            Id = id,
            JoinUrl = NullIfEmpty(reply.JoinUrl),
            DialIn = call.DialIn,
            AccessCode = call.AccessCode,
        };
    }

    /// <summary>Null when the reply names no meeting.</summary>
    public static Meeting? Observed(MeetingReply reply)
    {
        if (Id(reply) is not { } id)
            return null;
        var subject = GoToMeetingSubject.FromWire(reply.Subject ?? "");
        var (withoutMarker, marker) = Marker.Split(subject);
        var call = ConferenceCallInfo.Parse(reply.ConferenceCallInfo);
        return new Meeting
        {
            Id = id,
            Subject = subject,
            SubjectWithoutMarker = withoutMarker,
            MarkerCandidate = marker,
            StartsAt = reply.StartTime,
            EndsAt = reply.EndTime,
            Type = Type(reply),
            InProgress = string.Equals(reply.Status, "ACTIVE", StringComparison.OrdinalIgnoreCase),
            PasscodeRequired = reply.PasswordRequired,
            JoinUrl = NullIfEmpty(reply.JoinUrl),
            DialIn = call.DialIn,
            AccessCode = call.AccessCode,
            Organizer = Organizer(reply),
            CoOrganizerKeys = reply.CoOrganizerKeys,
        };
    }

    /// <summary>A whole list; one without an id makes it unreadable: a meeting dropped here would be taken for absent and made again.</summary>
    public static ProviderResult<IReadOnlyList<Meeting>> Observed(IReadOnlyList<MeetingReply> replies)
    {
        var meetings = new List<Meeting>(replies.Count);
        foreach (var reply in replies)
        {
            if (Observed(reply) is not { } meeting)
                return GoToMeetingErrors.Nameless();
            meetings.Add(meeting);
        }
        return ProviderResult.From<IReadOnlyList<Meeting>>(meetings);
    }

    /// <summary>
    /// See <see cref="IConferencingProvider.Differences"/>. Only what GoTo tells back can differ: subject, times and passcode; co-organizers
    /// where there are some; never the audio.
    /// </summary>
    public static IReadOnlyList<string> Differences(MeetingSpec desired, Meeting observed)
    {
        var fields = new List<string>();
        if (!GoToMeetingSubject.AreSame(GoToMeetingSubject.ToWire(desired.Subject, desired.Marker), observed.Subject))
            fields.Add("subject");
        if (observed.PasscodeRequired is { } passcode && passcode != desired.PasscodeRequired)
            fields.Add("passcodeRequired");
        if (
            observed.CoOrganizerKeys is { } coOrganizers
            && !coOrganizers.ToHashSet(StringComparer.Ordinal).SetEquals(desired.CoOrganizerKeys)
        )
            fields.Add("coOrganizers");
        // Recurring rooms carry no real time, and an instant meeting starts when GoTo says.
        if (desired.Type != MeetingType.Scheduled)
            return fields;
        if (!AreSameSecond(desired.StartsAt, observed.StartsAt))
            fields.Add("startsAt");
        if (!AreSameSecond(desired.EndsAt, observed.EndsAt))
            fields.Add("endsAt");
        return fields;
    }

    public static AccountIdentity Identity(AdminMeReply me) =>
        new()
        {
            OrganizerKey = me.Key,
            AccountKey = NullIfEmpty(me.AccountKey) ?? (me.Accounts is [var first, ..] ? first?.Key : null),
            Email = NullIfEmpty(me.Email),
            Name = FullName(me.FirstName, me.LastName),
            Locale = NullIfEmpty(me.Locale),
            TimeZone = Zone(me.TimeZone),
            IsAdministrator = me.AdminRoles is { Count: > 0 },
        };

    public static AccountIdentity Identity(ScimMeReply me) =>
        new()
        {
            OrganizerKey = me.Id,
            AccountKey = me.Accounts is [var account, ..] ? account?.Value : null,
            Email =
                NullIfEmpty(me.Emails is [var email, ..] ? email?.Value : null)
                ?? (me.UserName?.Contains('@', StringComparison.Ordinal) == true ? me.UserName : null),
            Name = NullIfEmpty(me.DisplayName) ?? FullName(me.Name?.GivenName, me.Name?.FamilyName),
            Locale = NullIfEmpty(me.Locale),
            TimeZone = Zone(me.TimeZone),
        };

    /// <summary>Digits of an id given in either form, <c>525164341</c> or <c>525-164-341</c>; null when it is none.</summary>
    public static string? Digits(string? id)
    {
        var digits = id?.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        return digits is { Length: >= 1 and <= 20 } && digits.All(char.IsAsciiDigit) ? digits : null;
    }

    /// <summary>A key of an organizer or account, which is a number however long; null when it is none.</summary>
    public static string? Key(string? key) =>
        key?.Trim() is { Length: >= 1 and <= 40 } digits && digits.All(char.IsAsciiDigit) ? digits : null;

    private static string? Id(MeetingReply reply) => Digits(reply.MeetingId) ?? Digits(reply.MeetingKey);

    private static MeetingType Type(MeetingReply reply)
    {
        var type = reply.MeetingType?.Trim().ToLowerInvariant() ?? "";
        return type switch
        {
            "scheduled" => MeetingType.Scheduled,
            "immediate" or "instant" => MeetingType.Instant,
            "recurring" => MeetingType.Recurring,
            // The personal room is listed too; how it is typed is not recorded. A word we do not know that comes with times is
            // taken for a meeting at those times: an organizer seen busy by mistake is the lesser harm.
            _ when type.Contains("personal", StringComparison.Ordinal)
                    || reply.StartTime is null
                    || reply.EndTime is null => MeetingType.Recurring,
            _ => MeetingType.Scheduled,
        };
    }

    private static OrganizerIdentity? Organizer(MeetingReply reply)
    {
        var organizer = new OrganizerIdentity(
            NullIfEmpty(reply.OrganizerKey),
            NullIfEmpty(reply.Email),
            FullName(reply.FirstName, reply.LastName)
        );
        return organizer is { Key: null, Email: null, Name: null } ? null : organizer;
    }

    // Only whole seconds travel.
    private static bool AreSameSecond(Instant desired, Instant? observed) =>
        observed is { } other && desired.ToUnixTimeSeconds() == other.ToUnixTimeSeconds();

    public static string? FullName(string? first, string? last) => NullIfEmpty($"{first} {last}".Trim());

    public static string? Zone(string? id) => id is not null && DateTimeZoneProviders.Tzdb.Ids.Contains(id) ? id : null;

    public static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
