using System.Security.Cryptography;
using NodaTime;

namespace Parley.Conferencing.Zoom;

/// <summary>What must be sent so that a meeting is as it ought to be, and what did not come out as asked.</summary>
internal static class ZoomChanges
{
    private const int PasscodeLength = 8;

    // Signs that the narrower rule of updates allows, without look-alikes.
    private const string PasscodeSigns = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";

    /// <summary>
    /// Null when nothing differs. What belongs together is sent together (start and duration), everything else is left alone. The zone by
    /// itself is no reason to send: it only says how Zoom shows the start, and Zoom may tell it back under another name.
    /// </summary>
    public static ZoomMeetingRequest? Needed(MeetingSpec spec, ZoomMeetingReply actual)
    {
        var observed = ZoomMapper.Observed(actual)!;
        var differs = ZoomMapper.Differences(spec, observed);
        var agenda = ZoomAgenda.Desired(spec, actual.Agenda);
        var isOtherType = observed.Type != spec.Type;
        var settings = Settings(spec, actual.Settings);
        var times =
            spec.Type == MeetingType.Scheduled
            && (
                isOtherType
                || differs.Contains("startsAt", StringComparer.Ordinal)
                || differs.Contains("endsAt", StringComparer.Ordinal)
            );
        var request = new ZoomMeetingRequest
        {
            Topic = differs.Contains("subject", StringComparer.Ordinal) ? ZoomTopic.ToWire(spec.Subject) : null,
            Type = isOtherType ? ZoomMapper.Type(spec.Type) : null,
            StartTime = times ? ZoomMapper.Start(spec) : null,
            Duration = times ? ZoomMapper.Minutes(spec) : null,
            TimeZone = times ? ZoomZones.Find(spec.TimeZone) : null,
            Agenda = ZoomAgenda.AreSame(agenda, actual.Agenda) ? null : agenda ?? "",
            // Updates make none up: where one is missing it is ours.
            Password =
                spec.PasscodeRequired == (ZoomMapper.Passcode(actual) is not null) ? null
                : spec.PasscodeRequired ? NewPasscode()
                : "",
            Settings = settings == new ZoomSettingsRequest() ? null : settings,
        };
        return request == new ZoomMeetingRequest() ? null : request;
    }

    public static string NewPasscode() => RandomNumberGenerator.GetString(PasscodeSigns, PasscodeLength);

    /// <summary>Sentences about what was asked for and is not so: Zoom drops what the account has locked, without a word.</summary>
    public static IReadOnlyList<string> Warnings(MeetingSpec spec, ZoomMeetingReply actual)
    {
        var warnings = new List<string>();
        if (ZoomMapper.Observed(actual) is not { } observed)
            return warnings;
        var differs = ZoomMapper.Differences(spec, observed);
        if (differs.Contains("startsAt", StringComparer.Ordinal) || differs.Contains("endsAt", StringComparer.Ordinal))
            warnings.Add("Zoom kept the meeting at another time than asked for; it ignores a start in the past.");
        if (spec.PasscodeRequired && observed.Passcode is null)
            warnings.Add("Zoom gave the meeting no passcode: the host's Zoom settings do not ask for one.");
        else if (!spec.PasscodeRequired && observed.Passcode is not null)
            warnings.Add("Zoom gave the meeting a passcode although none was asked for: the Zoom account demands one.");
        if (actual.Settings is { } settings)
            Compare(spec, settings, warnings);
        return warnings;
    }

    private static void Compare(MeetingSpec spec, ZoomSettingsReply settings, List<string> warnings)
    {
        if (spec.WaitingRoom is { } room && settings.WaitingRoom is { } isRoom && room != isRoom)
        {
            warnings.Add(
                room
                    ? "Zoom did not turn the waiting room on: it is locked or off in the account's Zoom settings."
                    : "Zoom kept the waiting room on: it is locked in the account's Zoom settings."
            );
        }
        if (spec.JoinBeforeHost is { } join && settings.JoinBeforeHost is { } isJoin && join != isJoin)
        {
            warnings.Add(
                !join ? "Zoom lets people join before the host: it is locked in the account's Zoom settings."
                : settings.WaitingRoom == true ? "Nobody can join before the host: Zoom's waiting room excludes it."
                : "Nobody can join before the host: it is locked or off in the account's Zoom settings."
            );
        }
        if (!AreSameHosts(spec.CoOrganizerKeys, ZoomMapper.Hosts(settings.AlternativeHosts)))
        {
            warnings.Add(
                "Zoom did not take all co-organizers as alternative hosts: they must be licensed users of the same Zoom account."
            );
        }
        if (spec.Audio != AudioOption.Hybrid && settings.Audio is { } audio && !IsAudio(spec.Audio, audio))
            warnings.Add($"Zoom set the audio to \"{audio}\": the account does not offer what was asked for.");
    }

    /// <summary>Only what differs; what we do not ask for is left to the host.</summary>
    private static ZoomSettingsRequest Settings(MeetingSpec spec, ZoomSettingsReply? actual)
    {
        var hosts = ZoomMapper.Hosts(actual?.AlternativeHosts);
        // The host's own default may be a telephone provider of theirs: that is left, a narrower choice of ours is taken back.
        var audio =
            actual?.Audio is { Length: > 0 } told
            && !IsAudio(spec.Audio, told)
            && !(spec.Audio == AudioOption.Hybrid && IsAudio(AudioOption.Private, told));
        var text = spec.Audio == AudioOption.Custom && actual?.AudioConferenceInfo != spec.AudioText;
        return new ZoomSettingsRequest
        {
            WaitingRoom = spec.WaitingRoom is { } room && actual?.WaitingRoom != room ? room : null,
            JoinBeforeHost = spec.JoinBeforeHost is { } join && actual?.JoinBeforeHost != join ? join : null,
            AlternativeHosts = AreSame(spec.CoOrganizerKeys, hosts) ? null : ZoomMapper.AlternativeHosts(spec),
            Audio = audio || text ? ZoomMapper.Audio(spec.Audio) : null,
            AudioConferenceInfo = text ? spec.AudioText : null,
        };
    }

    private static bool IsAudio(AudioOption desired, string actual) =>
        string.Equals(ZoomMapper.Audio(desired), actual, StringComparison.OrdinalIgnoreCase);

    private static bool AreSame(IReadOnlyList<string> desired, IReadOnlyList<string> actual) =>
        desired.Select(key => key.Trim()).ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(actual);

    // Zoom may answer an id with the address, or the other way round: then only their number can be compared.
    private static bool AreSameHosts(IReadOnlyList<string> desired, IReadOnlyList<string> actual) =>
        AreSame(desired, actual)
        || (desired.Count == actual.Count && desired.Count(IsAddress) != actual.Count(IsAddress));

    private static bool IsAddress(string key) => key.Contains('@', StringComparison.Ordinal);
}
