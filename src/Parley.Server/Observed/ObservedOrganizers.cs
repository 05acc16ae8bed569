using NodaTime;
using Parley.Conferencing;
using Parley.Server.Storage;

namespace Parley.Server.Observed;

/// <summary>Someone whose meetings a connection for reports reads: a row of table <c>observed_organizer</c>.</summary>
public sealed record ObservedOrganizer
{
    public required string OrganizerKey { get; init; }
    public string? Email { get; init; }
    public string? Name { get; init; }
    public int Failures { get; init; }
}

/// <summary>
/// What the organizers of an account have ahead, by their last complete listings. Shown only: it takes no time on anybody's calendar and
/// decides nothing about meetings of ours. Whoever is connected in person is left to that connection.
/// </summary>
public static class ObservedOrganizers
{
    /// <summary>SQL: the organizer is connected in person in the same workspace, at the provider of connection <paramref name="account"/>.</summary>
    internal static string InPerson(string account, string key) =>
        $"EXISTS (SELECT 1 FROM connection p WHERE p.workspace_id = {account}.workspace_id AND p.provider = {account}.provider AND p.purpose = 'organizer' AND p.organizer_key = {key} AND p.merged_into IS NULL AND p.disconnected_at IS NULL AND p.connected_at IS NOT NULL)";

    /// <summary>By name, those whose meetings this member may see; for choosing one.</summary>
    /// <param name="memberId">Null: all.</param>
    public static Task<List<ObservedOrganizer>> OfAsync(
        DbSession session,
        string workspaceId,
        string? memberId,
        int limit
    ) =>
        session.QueryAsync<ObservedOrganizer>(
            """
            SELECT g.organizer_key, g.email, g.name, g.failures FROM observed_organizer g
            JOIN connection c ON c.workspace_id = g.workspace_id AND c.id = g.connection_id
            WHERE g.workspace_id = @workspaceId AND g.listed_at IS NOT NULL AND (@all = 1 OR c.member_id = @memberId)
            ORDER BY LOWER(COALESCE(g.name, g.email, g.organizer_key)), g.organizer_key LIMIT @limit
            """,
            new
            {
                workspaceId,
                memberId,
                all = memberId is null,
                limit,
            }
        );

    /// <summary>The account's directory was read: newcomers are listed as soon as may be, who left is forgotten.</summary>
    internal static async Task KnowAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        IReadOnlyList<ObservedOrganizer> people,
        Instant now,
        Instant nextDue
    )
    {
        await session.ExecuteAsync(
            "UPDATE observed_account SET next_due = @nextDue, failures = 0 WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
            new
            {
                workspaceId,
                connectionId,
                nextDue,
            }
        );
        var known = (
            await session.QueryAsync<ObservedOrganizer>(
                "SELECT organizer_key, email, name, failures FROM observed_organizer WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
                new { workspaceId, connectionId }
            )
        ).ToDictionary(one => one.OrganizerKey, StringComparer.Ordinal);
        foreach (var one in people)
        {
            if (known.Remove(one.OrganizerKey, out var former) && former with { Failures = 0 } == one)
            {
                continue;
            }

            await session.ExecuteAsync(
                """
                INSERT INTO observed_organizer (workspace_id, connection_id, organizer_key, email, name, next_due)
                VALUES (@workspaceId, @connectionId, @OrganizerKey, @Email, @Name, @now)
                ON CONFLICT (workspace_id, connection_id, organizer_key) DO UPDATE SET email = excluded.email, name = excluded.name
                """,
                new
                {
                    workspaceId,
                    connectionId,
                    one.OrganizerKey,
                    one.Email,
                    one.Name,
                    now,
                }
            );
        }

        foreach (var gone in known.Keys)
        {
            foreach (var table in (string[])["observed_meeting", "observed_organizer"])
            {
                await session.ExecuteAsync(
                    $"DELETE FROM {table} WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND organizer_key = @gone",
                    new
                    {
                        workspaceId,
                        connectionId,
                        gone,
                    }
                );
            }
        }

        if (known.Count > 0)
        {
            await ChangedAsync(session, workspaceId, connectionId, now);
        }
    }

    /// <summary>Who waits longest for being listed, of those who are not connected in person.</summary>
    internal static Task<ObservedOrganizer?> DueAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        Instant now
    ) =>
        session.FirstOrDefaultAsync<ObservedOrganizer>(
            $"""
            SELECT g.organizer_key, g.email, g.name, g.failures FROM observed_organizer g
            JOIN connection c ON c.workspace_id = g.workspace_id AND c.id = g.connection_id
            WHERE g.workspace_id = @workspaceId AND g.connection_id = @connectionId AND g.next_due <= @now AND NOT {InPerson(
                "c",
                "g.organizer_key"
            )}
            ORDER BY g.next_due, g.organizer_key LIMIT 1
            """,
            new
            {
                workspaceId,
                connectionId,
                now,
            }
        );

    /// <summary>Puts a complete listing of one organizer in the place of the former one.</summary>
    internal static async Task ReplaceAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        ObservedOrganizer organizer,
        IReadOnlyList<Meeting> listing,
        Instant askedAt,
        Instant nextDue
    )
    {
        var newest = await session.ExecuteAsync(
            """
            UPDATE observed_organizer SET listed_at = @askedAt, next_due = @nextDue, failures = 0
            WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND organizer_key = @OrganizerKey AND COALESCE(listed_at, 0) <= @askedAt
            """,
            new
            {
                workspaceId,
                connectionId,
                organizer.OrganizerKey,
                askedAt,
                nextDue,
            }
        );
        if (newest == 0)
        {
            return; // Gone from the directory meanwhile, or listed by somebody quicker.
        }

        var seen = listing
            .Select(meeting =>
                ObservedMeeting.Of(workspaceId, connectionId, meeting) with
                {
                    OrganizerKey = organizer.OrganizerKey,
                    OrganizerEmail = organizer.Email ?? meeting.Organizer?.Email,
                    OrganizerName = organizer.Name ?? meeting.Organizer?.Name,
                }
            )
            .DistinctBy(meeting => meeting.MeetingId, StringComparer.Ordinal)
            .ToDictionary(meeting => meeting.MeetingId, StringComparer.Ordinal);
        var known = await session.QueryAsync<ObservedMeeting>(
            $"SELECT {ObservedMeeting.Columns} FROM observed_meeting WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND organizer_key = @OrganizerKey",
            new
            {
                workspaceId,
                connectionId,
                organizer.OrganizerKey,
            }
        );
        if (await ObservedMeetings.WriteAsync(session, known, seen))
        {
            await ChangedAsync(session, workspaceId, connectionId, askedAt);
        }
    }

    /// <summary>That one's listing failed: what it showed stays, with its age.</summary>
    internal static Task FailedAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        string organizerKey,
        Instant nextDue
    ) =>
        session.ExecuteAsync(
            "UPDATE observed_organizer SET failures = failures + 1, next_due = @nextDue WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND organizer_key = @organizerKey",
            new
            {
                workspaceId,
                connectionId,
                organizerKey,
                nextDue,
            }
        );

    private static Task ChangedAsync(DbSession session, string workspaceId, string connectionId, Instant at) =>
        session.ExecuteAsync(
            "UPDATE observed_account SET changed_at = @at WHERE workspace_id = @workspaceId AND connection_id = @connectionId",
            new
            {
                workspaceId,
                connectionId,
                at,
            }
        );
}
