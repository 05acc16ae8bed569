using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Observed;

/// <summary>What the provider shows of an arrangement: by its marker in a listing, by its id in a GET.</summary>
public sealed class Sightings(Db db, Listings listings, ProviderCalls calls)
{
    /// <summary>Meetings that carry the arrangement's marker, smallest id first (as a number where ids are numbers).</summary>
    /// <param name="ready">Only a listing that began after this is looked at.</param>
    public async Task<ProviderResult<List<Meeting>>> MarkedAsync(
        Arrangement arrangement,
        Instant ready,
        CancellationToken cancellationToken
    )
    {
        if (
            !await db.ReadAsync(
                session => ObservedMeetings.AreKeptAsync(session, arrangement.WorkspaceId, arrangement.ConnectionId),
                cancellationToken
            )
        )
        {
            var asked = await listings.AskAsync(arrangement.WorkspaceId, arrangement.ConnectionId, cancellationToken);
            return asked.Failure is { } unlisted
                ? unlisted
                : asked
                    .Value.Meetings.Where(meeting => meeting.MarkerCandidate == arrangement.Marker)
                    .OrderBy(meeting => meeting.Id.Length)
                    .ThenBy(meeting => meeting.Id, StringComparer.Ordinal)
                    .ToList();
        }

        if (
            await listings.EnsureAsync(arrangement.WorkspaceId, arrangement.ConnectionId, ready, cancellationToken) is
            { } failure
        )
        {
            return failure;
        }

        var marked = await db.ReadAsync(
            session =>
                ObservedMeetings.MarkedAsync(
                    session,
                    arrangement.WorkspaceId,
                    arrangement.ConnectionId,
                    arrangement.Marker
                ),
            cancellationToken
        );
        return marked
            .OrderBy(meeting => meeting.MeetingId.Length)
            .ThenBy(meeting => meeting.MeetingId, StringComparer.Ordinal)
            .Select(meeting => meeting.ToMeeting())
            .ToList();
    }

    /// <summary>The meeting the arrangement holds the id of. Only this confirms an absence.</summary>
    public Task<ProviderResult<Meeting>> HeldAsync(Arrangement arrangement, CancellationToken cancellationToken) =>
        calls.CallAsync(
            arrangement.WorkspaceId,
            arrangement.ConnectionId,
            "meetings.get",
            (provider, access, token) => provider.GetAsync(access, arrangement.ProviderMeetingId!, token),
            cancellationToken
        );

    /// <summary>Everything ever sent for this arrangement: a marked meeting at one of these times is our own doing.</summary>
    public static async Task<List<SentMeeting>> SentAsync(DbSession session, Arrangement arrangement) =>
        (
            await session.QueryAsync<string>(
                "SELECT sent FROM effect WHERE workspace_id = @WorkspaceId AND arrangement_id = @Id AND kind = 'meeting' AND sent IS NOT NULL",
                new { arrangement.WorkspaceId, arrangement.Id }
            )
        )
            .Select(SentMeeting.Read)
            .OfType<SentMeeting>()
            .ToList();
}
