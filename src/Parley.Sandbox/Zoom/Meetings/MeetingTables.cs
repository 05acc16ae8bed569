using System.Globalization;
using System.Text.Json.Serialization;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.Limits;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>Zoom meetings, their runs, and what has been used up of the daily limits; under the world's lock and in its journal.</summary>
internal sealed class MeetingTables
{
    private const string Only = "only";
    private readonly Table<ZoomMeetingSwitches> switches;

    public MeetingTables(World world)
    {
        switches = world.Make("zoomMeetingSwitches", MeetingJson.Default.ZoomMeetingSwitches);
        Meetings = world.Make("zoomMeetings", MeetingJson.Default.ZoomMeeting);
        Runs = world.Make("zoomRuns", MeetingJson.Default.ZoomRun);
        Stays = world.Make("zoomStays", MeetingJson.Default.ZoomStay);
        DayCounts = world.Make("zoomDayCounts", MeetingJson.Default.ZoomDayCount);
        MeetingsOf = Meetings.IndexBy(meeting => meeting.HostId);
        RunsOf = Runs.IndexBy(run => Text(run.MeetingId));
        RunsOfHost = Runs.IndexBy(run => run.HostId);
        RunningOf = Runs.IndexBy(run => run.EndedAt is null ? Text(run.MeetingId) : null);
        StaysOf = Stays.IndexBy(stay => stay.RunUuid);
        StaysOfUser = Stays.IndexBy(stay => stay.UserId);
    }

    /// <summary>By number.</summary>
    public Table<ZoomMeeting> Meetings { get; }

    /// <summary>By uuid.</summary>
    public Table<ZoomRun> Runs { get; }
    public Table<ZoomStay> Stays { get; }
    public Table<ZoomDayCount> DayCounts { get; }

    /// <summary>Meetings by their host, deleted ones included.</summary>
    public TableIndex<ZoomMeeting> MeetingsOf { get; }

    /// <summary>Runs by meeting number.</summary>
    public TableIndex<ZoomRun> RunsOf { get; }

    /// <summary>Runs by their host.</summary>
    public TableIndex<ZoomRun> RunsOfHost { get; }

    /// <summary>Runs that go on, by meeting number.</summary>
    public TableIndex<ZoomRun> RunningOf { get; }

    /// <summary>Stays by run.</summary>
    public TableIndex<ZoomStay> StaysOf { get; }

    /// <summary>Stays by the user who was signed in.</summary>
    public TableIndex<ZoomStay> StaysOfUser { get; }

    public ZoomMeetingSwitches Switches
    {
        get => switches.Find(Only) ?? new ZoomMeetingSwitches();
        set => switches.Put(Only, value);
    }

    public ZoomMeeting? Find(long id) => Meetings.Find(Text(id));

    public ZoomMeeting Put(ZoomMeeting meeting) => Meetings.Put(Text(meeting.Id), meeting);

    public ZoomRun? Running(long meetingId) => RunningOf.Of(Text(meetingId)).FirstOrDefault();

    public void Clear()
    {
        Switches = new ZoomMeetingSwitches();
        Meetings.RemoveWhere(_ => true);
        Runs.RemoveWhere(_ => true);
        Stays.RemoveWhere(_ => true);
        DayCounts.RemoveWhere(_ => true);
    }

    public static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);
}

/// <summary>How the journal spells them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    Converters = [typeof(InstantConverter)]
)]
[JsonSerializable(typeof(ZoomMeetingSwitches))]
[JsonSerializable(typeof(ZoomMeeting))]
[JsonSerializable(typeof(ZoomRun))]
[JsonSerializable(typeof(ZoomStay))]
[JsonSerializable(typeof(ZoomDayCount))]
internal sealed partial class MeetingJson : JsonSerializerContext;
