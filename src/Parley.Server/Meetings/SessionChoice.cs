using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>
/// The stays of one session. Providers tell a session in more than one number — GoTo's history a sessionId, its attendee lists a
/// meetingInstanceKey, and nobody has written down that they are one — so what no number joins is joined by time.
/// </summary>
public sealed class SessionChoice(ProviderCalls calls, ConnectionDirectory connections)
{
    // A session may have begun before the first guest came, and gone on after the last left.
    private static readonly Duration Around = Duration.FromDays(1);

    /// <param name="stays">Of one meeting.</param>
    /// <param name="sessionId">As the attendee list or as the history tells it.</param>
    /// <returns>Empty: no session of the meeting has this id, or nobody came.</returns>
    public async Task<Answer<List<Attendance>>> ChooseAsync(
        string workspaceId,
        string connectionId,
        string meetingId,
        List<Attendance> stays,
        string sessionId,
        CancellationToken cancellationToken
    )
    {
        var named = stays.Where(stay => stay.SessionId == sessionId).ToList();
        if (named.Count > 0 || stays.Count == 0)
        {
            return named;
        }

        var connection = (await connections.FindAsync(workspaceId, connectionId, cancellationToken))!;
        var organizer =
            connection.Connection.IsAdministrator && stays[0].OrganizerKey is { } key && key != connection.OrganizerKey
                ? key
                : null;
        var held = new List<HeldSession>();
        var walked = await calls.CallAsync(
            workspaceId,
            connection.Id,
            "meetings.history",
            (provider, access, token) =>
            {
                held.Clear();
                return provider.Records.WalkHistoryAsync(
                    access,
                    new HistoryQuery
                    {
                        From = stays.Min(stay => stay.JoinedAt) - Around,
                        To = stays.Max(stay => stay.LeftAt ?? stay.JoinedAt) + Around,
                        OrganizerKey = organizer,
                    },
                    (session, _) =>
                    {
                        if (session.MeetingId == meetingId)
                        {
                            held.Add(session);
                        }

                        return ValueTask.CompletedTask;
                    },
                    token
                );
            },
            cancellationToken
        );
        if (walked.Failure is { } failure)
        {
            return ProviderProblems.From(failure);
        }

        return stays
            .GroupBy(stay => stay.SessionId, StringComparer.Ordinal)
            .Where(group => SessionOf(group, held)?.SessionId == sessionId)
            .SelectMany(group => group.Select(stay => stay with { SessionId = sessionId }))
            .ToList();
    }

    /// <summary>The session a group of stays lies in for the longest time.</summary>
    internal static HeldSession? SessionOf(IEnumerable<Attendance> group, IEnumerable<HeldSession> held)
    {
        var stays = group.ToList();
        return held.Select(session => (Session: session, Overlap: OverlapOf(session, stays)))
            .Where(candidate => candidate.Overlap > Duration.Zero)
            .OrderByDescending(candidate => candidate.Overlap)
            .Select(candidate => candidate.Session)
            .FirstOrDefault();
    }

    // Who left in the second they came was there all the same.
    private static Duration OverlapOf(HeldSession session, List<Attendance> stays) =>
        stays
            .Select(stay =>
            {
                var left = Instant.Max(stay.LeftAt ?? session.EndedAt, stay.JoinedAt + Duration.FromSeconds(1));
                return Instant.Min(left, session.EndedAt + Duration.FromSeconds(1))
                    - Instant.Max(stay.JoinedAt, session.StartedAt);
            })
            .Where(overlap => overlap > Duration.Zero)
            .Aggregate(Duration.Zero, (sum, overlap) => sum + overlap);
}
