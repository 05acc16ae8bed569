using NodaTime;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Meetings;

/// <summary>Orders a list of meetings can have; those who start together stand in the order of their ids.</summary>
public enum MeetingSort
{
    EarliestFirst,
    LatestFirst,
}

/// <summary>What is looked for. Everything left out does not narrow.</summary>
public sealed record MeetingQuery
{
    /// <summary>Only meetings that end after this.</summary>
    public Instant? From { get; init; }

    /// <summary>Only meetings that start before this.</summary>
    public Instant? To { get; init; }
    public string? ConnectionId { get; init; }

    /// <summary>Key or e-mail address of the account that hosts.</summary>
    public string? Organizer { get; init; }

    /// <summary>One of <see cref="MeetingStatus"/>.</summary>
    public string? Status { get; init; }

    /// <summary>Part of the subject, or of an attendee's name or address; case does not matter.</summary>
    public string? Text { get; init; }
    public MeetingSort Sort { get; init; }
    public int Limit { get; init; } = 50;
    public Cursor After { get; init; } = Cursor.Start;
}

/// <summary>
/// Meetings of all connections together, from what the ledger knows: no provider is asked, so the list is there at once and each
/// entry says when it was last touched.
/// </summary>
public sealed class MeetingDirectory(Db db, IClock clock, ParleyOptions options, ConnectionDirectory connections)
{
    /// <summary>One page of the meetings Parley is responsible for; those removed at the provider are gone from here too.</summary>
    public Task<Page<MeetingView>> FindAsync(Caller caller, MeetingQuery query, CancellationToken cancellationToken) =>
        db.ReadAsync(session => FindAsync(session, caller, query), cancellationToken);

    private async Task<Page<MeetingView>> FindAsync(DbSession session, Caller caller, MeetingQuery query)
    {
        var workspaceId = caller.WorkspaceId;
        var now = clock.GetCurrentInstant();
        var (after, order) = query.Sort == MeetingSort.LatestFirst ? ("<", "DESC") : (">", "ASC");
        var rows = await session.QueryAsync<Arrangement>(
            $"""
            SELECT {Arrangements.Columns} FROM arrangement
            WHERE workspace_id = @workspaceId AND {OwnedThing.Arrangement.Within("arrangement")}
              AND (starts_at {after} @sortValue OR (starts_at = @sortValue AND id {after} @id))
              {string.Concat(Conditions(query).Select(condition => $" AND {condition}"))}
            ORDER BY starts_at {order}, id {order} LIMIT @take
            """,
            new
            {
                workspaceId,
                memberId = caller.MemberId,
                seesAll = caller.IsAdministrator,
                sortValue = SortValueOf(query),
                id = query.After.Id,
                query.From,
                query.To,
                query.ConnectionId,
                query.Organizer,
                organizerAddress = query.Organizer?.ToLowerInvariant(),
                pattern = query.Text is null ? null : $"%{Escape(query.Text.ToLowerInvariant())}%",
                now,
                take = query.Limit + 1,
            }
        );
        var organizers = new Dictionary<string, OrganizerView?>(StringComparer.Ordinal);
        foreach (var connectionId in rows.Select(row => row.ConnectionId).Distinct(StringComparer.Ordinal))
        {
            var connection = await connections.FindAsync(session, workspaceId, connectionId);
            organizers[connectionId] = connection is null ? null : MeetingReader.OrganizerOf(connection);
        }

        var page = Cursor.Cut(rows, query.Limit, row => new Cursor(Micros.From(row.StartsAt), row.Id));
        return new Page<MeetingView>(
            page.Items.Select(row => MeetingViews.Of(row, organizers[row.ConnectionId], options, now)).ToList(),
            page.NextCursor
        );
    }

    // Before the first row, from whichever side the list is read.
    private static long SortValueOf(MeetingQuery query) =>
        query.Sort == MeetingSort.LatestFirst && query.After == Cursor.Start ? long.MaxValue : query.After.SortValue;

    private static IEnumerable<string> Conditions(MeetingQuery query)
    {
        yield return "(desired = 'present' OR applied_version < version)";
        if (query.From is not null)
        {
            yield return "ends_at > @From";
        }

        if (query.To is not null)
        {
            yield return "starts_at < @To";
        }

        if (query.ConnectionId is not null)
        {
            yield return "connection_id = @ConnectionId";
        }

        if (query.Organizer is not null)
        {
            yield return "connection_id IN (SELECT c.id FROM connection c WHERE c.workspace_id = @workspaceId AND (c.organizer_key = @Organizer OR LOWER(c.account_email) = @organizerAddress))";
        }

        if (query.Text is not null)
        {
            yield return "(LOWER(subject) LIKE @pattern ESCAPE '!' OR LOWER(attendees) LIKE @pattern ESCAPE '!')";
        }

        if (query.Status is not null)
        {
            yield return $"({ConditionOf(query.Status)})";
        }
    }

    // The same cases in the same order as MeetingViews.StatusOf; who is in a room just now only the provider knows.
    private static string ConditionOf(string status)
    {
        const string Plain = "desired = 'present' AND attention IS NULL";
        const string Unfinished = "(provider_meeting_id IS NULL OR applied_version < version)";
        return status switch
        {
            MeetingStatus.Removing => "desired = 'absent'",
            MeetingStatus.Attention => "desired = 'present' AND attention IS NOT NULL",
            MeetingStatus.Ended => $"{Plain} AND ends_at <= @now",
            MeetingStatus.Provisioning => $"{Plain} AND ends_at > @now AND {Unfinished}",
            MeetingStatus.Scheduled => $"{Plain} AND ends_at > @now AND NOT {Unfinished}",
            _ => "1 = 0",
        };
    }

    private static string Escape(string text) =>
        text.Replace("!", "!!", StringComparison.Ordinal)
            .Replace("%", "!%", StringComparison.Ordinal)
            .Replace("_", "!_", StringComparison.Ordinal);
}
