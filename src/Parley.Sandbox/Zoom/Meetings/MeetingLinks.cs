using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>The links of a meeting; both lead into the pretend room (reference §2.2, §2.5).</summary>
internal sealed class MeetingLinks(string baseUrl)
{
    public string Join(ZoomMeeting meeting, ZoomUser? host)
    {
        bool pmi = host is not null && UsesPmi(meeting);
        string link = $"{baseUrl}/j/{MeetingTables.Text(pmi ? host!.Pmi : meeting.Id)}";
        return meeting.Password is not null && host?.Settings.EmbedPasscode != false
            ? $"{link}?pwd={Uri.EscapeDataString(meeting.LinkSecret)}"
            : link;
    }

    /// <summary>A fresh link that makes whoever opens it the host.</summary>
    public string Start(World state, ZoomMeeting meeting, ZoomUser host) =>
        $"{baseUrl}/s/{MeetingTables.Text(meeting.Id)}?zak={ZoomZaks.Issue(state, host, ZoomZaks.Usual)}";

    public static bool UsesPmi(ZoomMeeting meeting) =>
        MeetingSettingsRules.Flag(MeetingSettingsRules.Parse(meeting.Settings), "use_pmi");
}
