using NodaTime;
using NodaTime.Text;

namespace Parley.Conferencing.Zoom;

/// <summary>Between what Parley means and what Zoom writes, about meetings.</summary>
internal static class ZoomMapper
{
    private const int InstantType = 1;
    private const int ScheduledType = 2;
    private const int RecurringType = 3;
    private const int RecurringFixedType = 8;
    private const int ScreenShareType = 10;
    private const int MostMinutes = 1440;

    /// <summary>Why this meeting cannot be expressed at Zoom; null when it can.</summary>
    public static ProviderFailure? Objection(MeetingSpec spec)
    {
        var reason =
            ZoomTopic.ToWire(spec.Subject).Length == 0 ? "The subject is empty."
            : spec.EndsAt <= spec.StartsAt ? "The meeting ends before it starts."
            : Minutes(spec) > MostMinutes ? "Zoom takes meetings of at most 24 hours."
            : spec.CoOrganizerKeys.FirstOrDefault(key => !IsHostName(key)) is { } key
                ? $"\"{key}\" is neither the address nor the id of a Zoom user."
            : spec.Audio == AudioOption.Custom && string.IsNullOrWhiteSpace(spec.AudioText)
                ? "The custom audio text is missing."
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

    public static ZoomMeetingRequest ToWire(MeetingSpec spec)
    {
        var times = spec.Type == MeetingType.Scheduled;
        var settings = new ZoomSettingsRequest
        {
            WaitingRoom = spec.WaitingRoom,
            JoinBeforeHost = spec.JoinBeforeHost,
            AlternativeHosts = spec.CoOrganizerKeys.Count == 0 ? null : AlternativeHosts(spec),
            // Left out, the host's own default holds, which may be a telephone provider of their own.
            Audio = spec.Audio == AudioOption.Hybrid ? null : Audio(spec.Audio),
            AudioConferenceInfo = spec.Audio == AudioOption.Custom ? spec.AudioText : null,
        };
        return new ZoomMeetingRequest
        {
            Topic = ZoomTopic.ToWire(spec.Subject),
            Type = Type(spec.Type),
            StartTime = times ? Start(spec) : null,
            Duration = times ? Minutes(spec) : null,
            TimeZone = times ? ZoomZones.Find(spec.TimeZone) : null,
            Agenda = ZoomAgenda.Write(spec.Marker, spec.Description),
            DefaultPassword = spec.PasscodeRequired,
            Settings = settings == new ZoomSettingsRequest() ? null : settings,
        };
    }

    /// <summary>Null when the reply names no meeting.</summary>
    public static CreatedMeeting? Created(ZoomMeetingReply reply) =>
        ZoomIds.Meeting(reply.Id) is not { } id
            ? null
            : new CreatedMeeting
            {
                Id = id,
                JoinUrl = Text(reply.JoinUrl),
                DialIn = DialIn(reply),
                // Who dials in enters the meeting id.
                AccessCode = DialIn(reply).Count == 0 ? null : id,
                Passcode = Passcode(reply),
            };

    /// <summary>Null when the reply names no meeting.</summary>
    /// <param name="whole">A get or create reply: what it does not tell is not there. Lists leave most things out.</param>
    public static Meeting? Observed(ZoomMeetingReply reply, bool whole = true)
    {
        if (ZoomIds.Meeting(reply.Id) is not { } id)
            return null;
        var type = Type(reply);
        var hasTime = type != MeetingType.Instant && reply.StartTime is not null;
        var dialIn = DialIn(reply);
        var organizer = new OrganizerIdentity(Text(reply.HostId), Text(reply.HostEmail), null);
        return new Meeting
        {
            Id = id,
            Subject = reply.Topic ?? "",
            SubjectWithoutMarker = reply.Topic ?? "",
            MarkerCandidate = ZoomAgenda.Read(reply.Agenda).Marker,
            StartsAt = hasTime ? reply.StartTime : null,
            EndsAt = hasTime && reply.Duration is { } minutes ? reply.StartTime + Duration.FromMinutes(minutes) : null,
            TimeZone = ZoomZones.Read(reply.TimeZone),
            Type = type,
            InProgress = string.Equals(reply.Status, "started", StringComparison.OrdinalIgnoreCase),
            PasscodeRequired = whole ? Passcode(reply) is not null : null,
            JoinUrl = Text(reply.JoinUrl),
            DialIn = dialIn,
            AccessCode = dialIn.Count == 0 ? null : id,
            Passcode = Passcode(reply),
            Organizer = organizer is { Key: null, Email: null } ? null : organizer,
            WaitingRoom = reply.Settings?.WaitingRoom,
            JoinBeforeHost = reply.Settings?.JoinBeforeHost,
            CoOrganizerKeys = reply.Settings is null ? null : Hosts(reply.Settings.AlternativeHosts),
        };
    }

    /// <summary>See <see cref="IConferencingProvider.Differences"/>: topics are one line, only whole seconds and whole minutes travel.</summary>
    public static IReadOnlyList<string> Differences(MeetingSpec desired, Meeting observed)
    {
        var fields = new List<string>();
        if (!ZoomTopic.AreSame(desired.Subject, observed.Subject))
            fields.Add("subject");
        // Rooms without a fixed time carry none, and an instant meeting starts when it is made.
        if (desired.Type != MeetingType.Scheduled)
            return fields;
        if (observed.StartsAt?.ToUnixTimeSeconds() != desired.StartsAt.ToUnixTimeSeconds())
            fields.Add("startsAt");
        if (observed.EndsAt?.ToUnixTimeSeconds() != WireEnd(desired))
            fields.Add("endsAt");
        return fields;
    }

    /// <summary>Rounded up: a meeting is not to end before it was meant to.</summary>
    public static int Minutes(MeetingSpec spec) =>
        (int)Math.Min(Math.Ceiling((spec.EndsAt - spec.StartsAt).TotalMinutes), int.MaxValue);

    public static string Start(MeetingSpec spec) => InstantPattern.General.Format(spec.StartsAt);

    public static string AlternativeHosts(MeetingSpec spec) =>
        string.Join(';', spec.CoOrganizerKeys.Select(key => key.Trim()));

    public static IReadOnlyList<string> Hosts(string? text) =>
        (text ?? "").Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public static string? Passcode(ZoomMeetingReply reply) => Text(reply.Password) ?? Text(reply.Passcode);

    public static int Type(MeetingType type) =>
        type switch
        {
            MeetingType.Scheduled => ScheduledType,
            MeetingType.Instant => InstantType,
            MeetingType.Recurring => RecurringType,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown meeting type."),
        };

    public static MeetingType Type(ZoomMeetingReply reply) =>
        reply.Type switch
        {
            InstantType => MeetingType.Instant,
            ScheduledType or ScreenShareType => MeetingType.Scheduled,
            RecurringType or RecurringFixedType => MeetingType.Recurring,
            // 0 was scheduled ahead, 4 is the personal room, 7 a personal audio conference; what has times is taken for a meeting then.
            _ => reply is { StartTime: not null, Duration: not null } ? MeetingType.Scheduled : MeetingType.Recurring,
        };

    public static string Audio(AudioOption audio) =>
        audio switch
        {
            AudioOption.Hybrid => "both",
            AudioOption.Pstn => "telephony",
            AudioOption.Voip => "voip",
            AudioOption.Private or AudioOption.Custom => "thirdParty",
            _ => throw new ArgumentOutOfRangeException(nameof(audio), audio, "Unknown audio option."),
        };

    public static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static long WireEnd(MeetingSpec spec) => spec.StartsAt.ToUnixTimeSeconds() + 60L * Minutes(spec);

    private static bool IsHostName(string key) =>
        ZoomIds.User(key) is { } name
        && !name.Contains(';', StringComparison.Ordinal)
        && !name.Contains(',', StringComparison.Ordinal);

    private static IReadOnlyList<DialInNumber> DialIn(ZoomMeetingReply reply) =>
        [
            .. (reply.Settings?.GlobalDialInNumbers ?? [])
                .OfType<ZoomDialInReply>()
                .Where(one => Text(one.Number) is not null)
                .Select(one => new DialInNumber(
                    Text(one.CountryName) ?? Text(one.Country) ?? "",
                    one.Number!.Trim(),
                    string.Equals(one.Type, "tollfree", StringComparison.OrdinalIgnoreCase)
                )),
        ];
}
