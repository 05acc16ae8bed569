using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Access.Leaving;

/// <summary>A meeting to come that a member hosts.</summary>
public sealed record HeldMeeting
{
    public required string ArrangementId { get; init; }

    /// <summary>Null: made by hand or by API.</summary>
    public string? BookingId { get; init; }
    public required string Subject { get; init; }
    public required Instant StartsAt { get; init; }
    public required Instant EndsAt { get; init; }
    public required string ConnectionId { get; init; }
}

public sealed record HeldPage
{
    public required string Id { get; init; }
    public required string Slug { get; init; }
    public required bool Paused { get; init; }
}

public sealed record HeldConnection
{
    public required string Id { get; init; }
    public required string Provider { get; init; }
    public required string Purpose { get; init; }
    public string? AccountName { get; init; }
    public string? AccountEmail { get; init; }
    public required string Status { get; init; }
}

public sealed record HeldKey
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Prefix { get; init; }
}

/// <summary>What is in a member's hands, and must go somewhere when they leave.</summary>
public sealed record Holdings(
    IReadOnlyList<HeldMeeting> Bookings,
    IReadOnlyList<HeldMeeting> Meetings,
    IReadOnlyList<HeldPage> BookingPages,
    IReadOnlyList<HeldConnection> Connections,
    IReadOnlyList<HeldKey> ApiKeys
)
{
    public bool Any => Bookings.Count + Meetings.Count + BookingPages.Count + Connections.Count + ApiKeys.Count > 0;

    internal static async Task<Holdings> ReadAsync(DbSession session, string workspaceId, string memberId, Instant now)
    {
        var who = new
        {
            workspaceId,
            memberId,
            now,
        };
        var meetings = await session.QueryAsync<HeldMeeting>(
            """
            SELECT id AS arrangement_id, booking_id, subject, starts_at, ends_at, connection_id FROM arrangement
            WHERE workspace_id = @workspaceId AND member_id = @memberId AND desired = 'present' AND ends_at > @now ORDER BY starts_at, id
            """,
            who
        );
        return new Holdings(
            meetings.FindAll(meeting => meeting.BookingId is not null),
            meetings.FindAll(meeting => meeting.BookingId is null),
            await session.QueryAsync<HeldPage>(
                "SELECT id, slug, paused FROM booking_page WHERE workspace_id = @workspaceId AND host_member_id = @memberId AND deleted_at IS NULL ORDER BY created_at, id",
                who
            ),
            await session.QueryAsync<HeldConnection>(
                "SELECT id, provider, purpose, account_name, account_email, status FROM connection WHERE workspace_id = @workspaceId AND member_id = @memberId AND disconnected_at IS NULL AND merged_into IS NULL ORDER BY created_at, id",
                who
            ),
            await session.QueryAsync<HeldKey>(
                "SELECT id, name, prefix FROM api_key WHERE workspace_id = @workspaceId AND member_id = @memberId AND revoked_at IS NULL ORDER BY created_at, id",
                who
            )
        );
    }
}
