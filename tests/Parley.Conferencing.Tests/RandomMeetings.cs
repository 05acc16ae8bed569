using FsCheck;
using FsCheck.Fluent;
using NodaTime;

namespace Parley.Conferencing.Tests;

/// <summary>Any meeting a caller may want: subjects of awkward signs, all audio options and types, with and without co-organizers.</summary>
internal static class RandomMeetings
{
    private static readonly string[] Pieces =
    [
        "a",
        "Q",
        " ",
        "<",
        ">",
        "&",
        "&lt;",
        "&amp;",
        "é",
        "漢",
        "😀",
        "👩‍👩‍👧‍👦",
        "\"",
        "\\",
        "'",
        "[X]",
    ];

    /// <summary>What it is at first, and what it becomes.</summary>
    public static Gen<(MeetingSpec, MeetingSpec)> Pairs(MeetingSpec like, string coOrganizer) =>
        from one in One(like, coOrganizer)
        from other in One(like, coOrganizer)
        select (one, other);

    private static Gen<MeetingSpec> One(MeetingSpec like, string coOrganizer) =>
        from pieces in Gen.Elements(Pieces).ListOf()
        from second in Gen.Choose(0, 300_000_000)
        from seconds in Gen.Choose(60, 86_400)
        from passcode in Gen.Elements(true, false)
        from audio in Gen.Elements(Enum.GetValues<AudioOption>())
        from type in Gen.Elements(Enum.GetValues<MeetingType>())
        from accompanied in Gen.Elements(true, false)
        from marker in Gen.Elements(Marker.Alphabet.ToCharArray()).ArrayOf(5)
        let start = Instant.FromUtc(2036, 1, 1, 0, 0) + Duration.FromSeconds(second)
        select like with
        {
            Subject = "S" + string.Concat(pieces),
            StartsAt = start,
            EndsAt = start + Duration.FromSeconds(seconds),
            PasscodeRequired = passcode,
            Audio = audio,
            AudioText = audio == AudioOption.Custom ? "Ring 555 0100" : null,
            Type = type,
            CoOrganizerKeys = accompanied ? [coOrganizer] : [],
            Marker = new string(marker),
        };
}
