using NodaTime;

namespace Parley.Server.Outcomes;

/// <summary>A session that was held.</summary>
/// <param name="Id">The provider's; null where it tells none.</param>
public sealed record SessionFacts(string? Id, Instant StartedAt, Instant EndedAt, int DurationMinutes);

/// <summary>What became of a session: part of <c>meeting.ended</c>, and an item of the API's list.</summary>
/// <param name="Attendance">Null: not told, for the reason beside it.</param>
/// <param name="AttendanceReason"><c>missing_scope</c>, <c>not_supported</c>, <c>not_told</c> or <c>erased</c>.</param>
/// <param name="NoShow">Nobody but the organizer came; null: nobody knows.</param>
public sealed record SessionOutcome(
    SessionFacts Session,
    Attendance? Attendance,
    string? AttendanceReason,
    bool? NoShow
);

internal static class SessionViews
{
    public static SessionOutcome Told(HeldRow row) =>
        new(
            new SessionFacts(row.SessionId, row.StartedAt, row.EndedAt, row.Minutes),
            row.Came,
            row.AttendanceReason,
            row.NoShow
        );
}
