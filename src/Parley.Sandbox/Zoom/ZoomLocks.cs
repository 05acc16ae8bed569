using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;

namespace Parley.Sandbox.Zoom;

/// <summary>What an account's locks make of a host's settings.</summary>
internal static class ZoomLocks
{
    public const string WaitingRoom = "waiting_room";
    public const string JoinBeforeHost = "join_before_host";
    public const string Passcode = "require_password_for_scheduling_new_meetings";
    public const string AutoRecording = "auto_recording";
    public const string BreakoutRoom = "breakout_room";
    public const string MuteUponEntry = "mute_upon_entry";
    public const string HostVideo = "host_video";
    public const string ParticipantVideo = "participants_video";
    public const string AudioType = "audio_type";

    /// <summary>Every setting that can be locked.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        WaitingRoom,
        JoinBeforeHost,
        Passcode,
        AutoRecording,
        BreakoutRoom,
        MuteUponEntry,
        HostVideo,
        ParticipantVideo,
        AudioType,
    ];

    /// <summary>The host's settings, with the account's value where the account has locked one.</summary>
    public static ZoomUserSettings Effective(World state, ZoomUser user)
    {
        ZoomAccount account = state.Zoom.AccountOf(user);
        ZoomUserSettings own = user.Settings;
        ZoomUserSettings fixedOnes = account.Settings;
        bool Locked(string name) => account.LockedSettings.Contains(name, StringComparer.Ordinal);
        return own with
        {
            WaitingRoom = Locked(WaitingRoom) ? fixedOnes.WaitingRoom : own.WaitingRoom,
            JoinBeforeHost = Locked(JoinBeforeHost) ? fixedOnes.JoinBeforeHost : own.JoinBeforeHost,
            RequirePasscode = Locked(Passcode) ? fixedOnes.RequirePasscode : own.RequirePasscode,
            AutoRecording = Locked(AutoRecording) ? fixedOnes.AutoRecording : own.AutoRecording,
            BreakoutRoom = Locked(BreakoutRoom) ? fixedOnes.BreakoutRoom : own.BreakoutRoom,
            MuteUponEntry = Locked(MuteUponEntry) ? fixedOnes.MuteUponEntry : own.MuteUponEntry,
            HostVideo = Locked(HostVideo) ? fixedOnes.HostVideo : own.HostVideo,
            ParticipantVideo = Locked(ParticipantVideo) ? fixedOnes.ParticipantVideo : own.ParticipantVideo,
            AudioType = Locked(AudioType) ? fixedOnes.AudioType : own.AudioType,
            CloudRecording = fixedOnes.CloudRecording && own.CloudRecording,
        };
    }
}
