using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Sandbox.Control;
using Parley.Sandbox.State;
using Parley.Sandbox.Zoom.State;
using Parley.Sandbox.Zoom.Users;

namespace Parley.Sandbox.Zoom.Control;

/// <summary>What a control call says about a Zoom user; what is null was not said.</summary>
internal sealed record ZoomUserFields
{
    private const int Most = 20_000;
    private static readonly string[] Statuses = ["active", "inactive", "pending"];
    private static readonly string[] Roles = ["owner", "admin", "member"];

    public string? Email { get; init; }
    private string? FirstName { get; init; }
    private string? LastName { get; init; }
    private string? Password { get; init; }
    private string? TimeZone { get; init; }
    private string? Purpose { get; init; }
    private string? Department { get; init; }
    private IReadOnlyList<string>? Groups { get; init; }
    private bool? Licensed { get; init; }
    private bool? Unassigned { get; init; }
    private string? RoleId { get; init; }
    private ZoomUserStatus? Status { get; init; }
    private Func<ZoomUserSettings, ZoomUserSettings>? Settings { get; init; }

    public static ZoomUserFields Read(ControlBody body) => Read(body, change: false);

    public static ZoomUserFields Read(ControlBody body, bool change)
    {
        string? email = body.Text("email", required: !change);
        if (email is not null && !email.Contains('@', StringComparison.Ordinal))
        {
            body.Refuse("email", "must be an e-mail address");
        }

        return Shared(body) with
        {
            Email = email,
            FirstName = body.Text("firstName"),
            LastName = body.Text("lastName"),
            Purpose = body.Text("purpose"),
        };
    }

    /// <summary><c>{"count":2000,"domain":"contoso.example",…}</c>: person-0001@…, person-0002@…, all alike.</summary>
    public static IReadOnlyList<ZoomUserFields> ReadMany(ControlBody body)
    {
        int count = body.Whole("count", 1, Most) ?? 0;
        if (count == 0)
        {
            body.Refuse("count", $"must be a whole number from 1 to {Most}");
        }

        string domain = body.Text("domain") ?? "northwind.example";
        string prefix = body.Text("prefix") ?? "person";
        ZoomUserFields alike = Shared(body);
        return
        [
            .. Enumerable
                .Range(1, count)
                .Select(number => number.ToString("0000", CultureInfo.InvariantCulture))
                .Select(number =>
                    alike with
                    {
                        Email = $"{prefix}-{number}@{domain}",
                        FirstName = prefix,
                        LastName = number,
                    }
                ),
        ];
    }

    public ZoomUser Add(World state, ZoomAccount account) =>
        Change(
            state,
            new ZoomUser
            {
                Id = Secrets.Text(16),
                AccountId = account.Id,
                Email = Email!,
                FirstName = "New",
                LastName = "User",
                Password = Seed.Password,
                Type = 2,
                Status = ZoomUserStatus.Active,
                RoleId = "2",
                TimeZone = "America/New_York",
                Pmi = Secrets.Digits(10),
                Settings = account.Settings,
                CreatedAt = state.Now,
            }
        );

    public ZoomUser Change(World state, ZoomUser user) =>
        state.Zoom.Users.Put(
            user.Id,
            user with
            {
                Email = Email ?? user.Email,
                FirstName = FirstName ?? user.FirstName,
                LastName = LastName ?? user.LastName,
                Password = Password ?? user.Password,
                TimeZone = TimeZone ?? user.TimeZone,
                Purpose = Purpose ?? user.Purpose,
                Department = Department ?? user.Department,
                GroupIds = Groups ?? user.GroupIds,
                Type = (Unassigned, Licensed) switch
                {
                    (true, _) => 4,
                    (_, true) => 2,
                    (_, false) => 1,
                    _ => user.Type,
                },
                RoleId = RoleId ?? user.RoleId,
                Status = Status ?? user.Status,
                Settings = Settings?.Invoke(user.Settings) ?? user.Settings,
            }
        );

    public static JsonNode Show(World state, ZoomUser user) =>
        new JsonObject
        {
            ["provider"] = ProviderField.Zoom,
            ["email"] = user.Email,
            ["id"] = user.Id,
            ["accountId"] = user.AccountId,
            ["account"] = state.Zoom.AccountOf(user).Name,
            ["firstName"] = user.FirstName,
            ["lastName"] = user.LastName,
            ["licensed"] = user.Licensed,
            ["role"] = Roles[int.Parse(user.RoleId, CultureInfo.InvariantCulture)],
            ["status"] = ZoomUserReplies.Status(user),
            ["timeZone"] = user.TimeZone,
            ["department"] = user.Department,
            ["groups"] = ControlJson.Texts(user.GroupIds),
            ["purpose"] = user.Purpose,
            ["password"] = user.Password,
        };

    /// <summary>The <c>settings</c> of a user or an account.</summary>
    public static Func<ZoomUserSettings, ZoomUserSettings> ReadSettings(ControlBody body)
    {
        bool? waitingRoom = body.Flag("waitingRoom");
        bool? joinBeforeHost = body.Flag("joinBeforeHost");
        bool? passcode = body.Flag("requirePasscode");
        bool? embed = body.Flag("embedPasscode");
        bool? hostVideo = body.Flag("hostVideo");
        bool? participantVideo = body.Flag("participantVideo");
        bool? mute = body.Flag("muteUponEntry");
        string? auto = body.Text("autoRecording", oneOf: ["none", "local", "cloud"]);
        bool? cloud = body.Flag("cloudRecording");
        bool? breakout = body.Flag("breakoutRoom");
        string? audio = body.Text("audioType", oneOf: ["both", "telephony", "voip", "thirdParty"]);
        bool? personal = body.Flag("usePersonalMeetingId");
        int? capacity = body.Whole("meetingCapacity", 1, 100_000);
        bool? large = body.Flag("largeMeeting");
        return before =>
            before with
            {
                WaitingRoom = waitingRoom ?? before.WaitingRoom,
                JoinBeforeHost = joinBeforeHost ?? before.JoinBeforeHost,
                RequirePasscode = passcode ?? before.RequirePasscode,
                EmbedPasscode = embed ?? before.EmbedPasscode,
                HostVideo = hostVideo ?? before.HostVideo,
                ParticipantVideo = participantVideo ?? before.ParticipantVideo,
                MuteUponEntry = mute ?? before.MuteUponEntry,
                AutoRecording = auto ?? before.AutoRecording,
                CloudRecording = cloud ?? before.CloudRecording,
                BreakoutRoom = breakout ?? before.BreakoutRoom,
                AudioType = audio ?? before.AudioType,
                UsePersonalMeetingId = personal ?? before.UsePersonalMeetingId,
                MeetingCapacity = capacity ?? before.MeetingCapacity,
                LargeMeeting = large ?? before.LargeMeeting,
            };
    }

    private static ZoomUserFields Shared(ControlBody body)
    {
        string? zone = body.Text("timeZone");
        if (zone is not null && DateTimeZoneProviders.Tzdb.GetZoneOrNull(zone) is null)
        {
            body.Refuse("timeZone", "must be an IANA zone");
        }

        bool? admin = body.Flag("admin");
        string? role = body.Text("role", oneOf: Roles);
        if (admin is not null && role is not null)
        {
            body.Refuse("admin", "or role: send one of them");
        }

        role ??= admin switch
        {
            true => "admin",
            false => "member",
            null => null,
        };
        return new ZoomUserFields
        {
            Password = body.Text("password"),
            TimeZone = zone,
            Department = body.TextOrEmpty("department"),
            Groups = body.Texts("groups"),
            Licensed = body.Flag("licensed"),
            // Without Meetings at all: may not host.
            Unassigned = body.Flag("unassigned"),
            RoleId = role is null ? null : Array.IndexOf(Roles, role).ToString(CultureInfo.InvariantCulture),
            Status = body.Text("status", oneOf: Statuses) is { } status
                ? (ZoomUserStatus)Array.IndexOf(Statuses, status)
                : null,
            Settings = body.Object("settings", ReadSettings),
        };
    }
}
