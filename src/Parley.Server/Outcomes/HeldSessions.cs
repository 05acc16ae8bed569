using System.Text.Json;
using NodaTime;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Outcomes;

/// <summary>Why nobody knows who came.</summary>
public static class AttendanceReason
{
    public const string MissingScope = "missing_scope";

    /// <summary>The provider, or the account's plan, has no such report.</summary>
    public const string NotSupported = "not_supported";

    /// <summary>It was known, and erased when Parley was removed from the account.</summary>
    public const string Erased = "erased";

    /// <summary>It answered, without a list although people were there.</summary>
    public const string NotTold = "not_told";
}

/// <summary>One session of a meeting of ours that was held: a row of table <c>held_session</c>.</summary>
public sealed record HeldRow
{
    public const string Columns =
        "workspace_id, arrangement_id, started_at, ended_at, session_id, attendance, attendance_reason, no_show, created_at";

    public required string WorkspaceId { get; init; }
    public required string ArrangementId { get; init; }
    public required Instant StartedAt { get; init; }
    public required Instant EndedAt { get; init; }
    public string? SessionId { get; init; }

    /// <summary>JSON; read <see cref="Came"/>.</summary>
    public string? Attendance { get; init; }

    /// <summary>One of <see cref="Outcomes.AttendanceReason"/>; null: it is told.</summary>
    public string? AttendanceReason { get; init; }
    public bool? NoShow { get; init; }
    public required Instant CreatedAt { get; init; }

    public Attendance? Came =>
        Attendance is null ? null : JsonSerializer.Deserialize<Attendance>(Attendance, Json.Stored);
    public int Minutes => (int)Math.Round((EndedAt - StartedAt).TotalMinutes);

    /// <summary>A meeting runs once at a time: what overlaps is the same session, whatever numbers it is told under.</summary>
    public bool Is(Instant startedAt, Instant endedAt) =>
        startedAt < EndedAt && StartedAt < endedAt || startedAt == StartedAt;
}

/// <summary>Rows of what was held.</summary>
public static class HeldSessions
{
    /// <summary>Of one meeting, the earliest first.</summary>
    public static Task<List<HeldRow>> OfAsync(DbSession session, string workspaceId, string arrangementId) =>
        session.QueryAsync<HeldRow>(
            $"SELECT {HeldRow.Columns} FROM held_session WHERE workspace_id = @workspaceId AND arrangement_id = @arrangementId ORDER BY started_at",
            new { workspaceId, arrangementId }
        );

    /// <summary>Who came is forgotten with the account it was read from; that and when something was held stays.</summary>
    internal static Task EraseAsync(DbSession session, string workspaceId, string connectionId) =>
        session.ExecuteAsync(
            """
            UPDATE held_session SET attendance = NULL, attendance_reason = 'erased'
            WHERE workspace_id = @workspaceId AND attendance IS NOT NULL
              AND arrangement_id IN (SELECT a.id FROM arrangement a WHERE a.workspace_id = @workspaceId AND a.connection_id = @connectionId)
            """,
            new { workspaceId, connectionId }
        );

    internal static Task AddAsync(DbSession session, HeldRow row) =>
        session.ExecuteAsync(
            $"""
            INSERT INTO held_session ({HeldRow.Columns})
            VALUES (@WorkspaceId, @ArrangementId, @StartedAt, @EndedAt, @SessionId, @Attendance, @AttendanceReason, @NoShow, @CreatedAt)
            """,
            row
        );
}
