namespace Parley.Server.Meetings;

/// <summary>What the pages call the ways to hear and speak; keys as in <see cref="MeetingRequest.Audio"/>.</summary>
internal static class MeetingAudio
{
    public static readonly IReadOnlyList<KeyValuePair<string, string>> Names =
    [
        new("hybrid", "Computer and telephone (hybrid)"),
        new("voip", "Computer only (VoIP)"),
        new("pstn", "Telephone only (PSTN)"),
        new("private", "None from the provider (private)"),
        new("custom", "My own text (custom)"),
    ];

    public static string NameOf(Conferencing.AudioOption audio) =>
        Names.First(entry => string.Equals(entry.Key, audio.ToString(), StringComparison.OrdinalIgnoreCase)).Value;
}
