using System.Text.Json.Serialization;
using NodaTime;
using Parley.Scheduling.Availability;

namespace Parley.Server.Booking;

/// <summary>Who hosts, and with which connection.</summary>
public sealed record PageHost
{
    public required string MemberId { get; init; }
    public required string ConnectionId { get; init; }
    public bool Fixed { get; init; }

    /// <summary>Set while <see cref="ConnectionId"/> steps in for this one: its calendar counts as well.</summary>
    [JsonIgnore]
    public string? InsteadOf { get; init; }

    /// <summary>Whose rows are locked and looked at.</summary>
    [JsonIgnore]
    public IEnumerable<string> Calendars =>
        InsteadOf is null ? [MemberId, ConnectionId] : [MemberId, ConnectionId, InsteadOf];
}

/// <summary>What a page says and asks, as its owner wrote it: the JSON of the API, which is also what is stored.</summary>
public sealed record PageSettings
{
    public required string Slug { get; init; }
    public required string Title { get; init; }
    public string? Description { get; init; }
    public required int DurationMinutes { get; init; }

    /// <summary>Null: as long as the meeting.</summary>
    public int? StepMinutes { get; init; }
    public int StartOffsetMinutes { get; init; }
    public Buffers Buffers { get; init; } = Buffers.None;
    public int MinimumNoticeMinutes { get; init; } = 120;
    public BookingPeriod Period { get; init; } = new BookingPeriod.RollingCalendarDays(60);
    public BookingLimits Limits { get; init; } = BookingLimits.None;
    public required Schedule Schedule { get; init; }
    public required IReadOnlyList<PageHost> Hosts { get; init; }
    public WhenDisconnected WhenDisconnected { get; init; } = WhenDisconnected.Hold;
    public string Locale { get; init; } = "en";
    public bool Paused { get; init; }

    /// <summary>Whose pages may show this one in a frame; nobody's unless named.</summary>
    public IReadOnlyList<string> EmbedOrigins { get; init; } = [];
}

/// <summary>A booking page as of one version, with its rules ready for the engine.</summary>
public sealed record BookingPage
{
    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required int Version { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }
    public Instant? DeletedAt { get; init; }
    public required PageSettings Settings { get; init; }

    /// <summary>One host for now: the first.</summary>
    public PageHost Host => Settings.Hosts[0];
    public DateTimeZone Zone => Settings.Schedule.TimeZone;
    public bool TakesBookings => DeletedAt is null && !Settings.Paused;

    /// <param name="durationMinutes">A booking that is moved keeps its length, whatever the page says by now.</param>
    public PageRules RulesFor(int durationMinutes) =>
        new()
        {
            Id = Id,
            DurationMinutes = durationMinutes,
            StepMinutes = Settings.StepMinutes,
            StartOffsetMinutes = Settings.StartOffsetMinutes,
            MinimumNoticeMinutes = Settings.MinimumNoticeMinutes,
            Buffers = Settings.Buffers,
            Limits = Settings.Limits,
            Period = Settings.Period,
        };
}
