using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Mail;

/// <summary>How mail fares in a workspace, for the dashboard: what waits longer than it should and why, what was refused.</summary>
/// <param name="Waiting">Tried and not sent yet, by reason (<see cref="MailCodes"/>).</param>
/// <param name="Refused">Rejected for good in the last seven days.</param>
/// <param name="Unconfirmed">The reply was lost twice and the meeting is still ahead: it may not have arrived.</param>
public sealed record MailHealth(IReadOnlyList<MailsWaiting> Waiting, int Refused, int Unconfirmed)
{
    public bool IsFine => Waiting.Count == 0 && Refused == 0 && Unconfirmed == 0;
    public int WaitingCount => Waiting.Sum(reason => reason.Count);

    public static async Task<MailHealth> ReadAsync(DbSession session, string workspaceId, Instant now)
    {
        var waiting = await session.QueryAsync<MailsWaiting>(
            """
            SELECT outcome_code AS code, COUNT(*) AS count, MIN(created_at) AS since, MAX(outcome_detail) AS detail
            FROM effect
            WHERE workspace_id = @workspaceId AND kind = 'mail' AND finished_at IS NULL AND state = 'PLANNED'
                AND outcome_code IS NOT NULL AND outcome_code NOT IN (@ReplyLost, @AfterEarlier)
            GROUP BY outcome_code ORDER BY outcome_code
            """,
            new
            {
                workspaceId,
                MailCodes.ReplyLost,
                MailCodes.AfterEarlier,
            }
        );
        var since = now - Duration.FromDays(7);
        var refused = await session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM effect WHERE workspace_id = @workspaceId AND kind = 'mail' AND state = 'REJECTED' AND finished_at >= @since",
            new { workspaceId, since }
        );
        var unconfirmed = await session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM effect WHERE workspace_id = @workspaceId AND kind = 'mail' AND state = 'UNKNOWN' AND outcome_code = @Unconfirmed",
            new { workspaceId, MailCodes.Unconfirmed }
        );
        return new MailHealth(waiting, (int)refused, (int)unconfirmed);
    }
}

/// <summary>Mails that wait for one reason.</summary>
public sealed record MailsWaiting
{
    public required string Code { get; init; }
    public required int Count { get; init; }

    /// <summary>When the oldest of them was planned.</summary>
    public required Instant Since { get; init; }

    /// <summary>The server's words or ours, from one of them: may name whom it is for, so administrators alone may read it.</summary>
    public string? Detail { get; init; }
}
