using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Meetings;
using Parley.Server.Provisioning;
using Parley.Server.Web;

namespace Parley.Server.Outcomes;

/// <summary>A session as found.</summary>
/// <param name="Stays">Null: who came is not told, for the reading's reason.</param>
internal sealed record FoundSession(
    string? Id,
    Instant StartedAt,
    Instant EndedAt,
    IReadOnlyList<Parley.Conferencing.Attendance>? Stays,
    string? Reason
);

/// <summary>What the provider says about a meeting's sessions.</summary>
internal sealed record SessionReading
{
    public IReadOnlyList<FoundSession> Sessions { get; init; } = [];

    /// <summary>Somebody is still there.</summary>
    public bool Running { get; init; }

    /// <summary>Neither who came nor what was held may be read.</summary>
    public bool Unreadable { get; init; }

    /// <summary>It did not answer; the rest says nothing.</summary>
    public ProviderFailure? Failure { get; init; }
    public Connection? Organizer { get; init; }
}

/// <summary>Asks the provider how a meeting went: who came to which session, and where that is not to be had, what was held.</summary>
public sealed class SessionReader(IClock clock, ProviderCalls calls, ConnectionDirectory connections)
{
    // Who came may be listed later than that something was held.
    private static readonly Duration ListedAfter = Duration.FromMinutes(30);
    private static readonly Duration Around = Duration.FromDays(1);

    internal async Task<SessionReading> ReadAsync(Arrangement arrangement, CancellationToken cancellationToken)
    {
        if (
            await connections.FindAsync(arrangement.WorkspaceId, arrangement.ConnectionId, cancellationToken)
            is not { } connection
        )
        {
            return new SessionReading { Unreadable = true };
        }

        var meetingId = arrangement.ProviderMeetingId!;
        var reason = ConnectionRights.Lack(connection, "attendees") is { } lack ? ReasonOf(lack) : null;
        IReadOnlyList<Parley.Conferencing.Attendance> stays = [];
        if (reason is null)
        {
            var told = await calls.CallAsync(
                arrangement.WorkspaceId,
                connection.Id,
                "meetings.attendees",
                (provider, access, token) => provider.Records.ListAttendeesAsync(access, meetingId, token),
                cancellationToken
            );
            switch (told.Failure)
            {
                case null:
                    stays = told.Value;
                    break;
                case { Kind: FailureKind.MissingScope }:
                    reason = AttendanceReason.MissingScope;
                    break;
                case { Kind: FailureKind.Rejected }:
                    reason = AttendanceReason.NotSupported;
                    break;
                case { Kind: FailureKind.NotFound }:
                    break;
                case { } failure:
                    return new SessionReading { Failure = failure };
            }
        }

        var groups = stays.GroupBy(stay => stay.SessionId, StringComparer.Ordinal).Select(group => group.ToList());
        var (ended, running) = (new List<FoundSession>(), false);
        foreach (var group in groups)
        {
            if (group.Exists(stay => stay.LeftAt is null))
            {
                running = true;
                continue;
            }

            ended.Add(
                new FoundSession(
                    group[0].SessionId,
                    group.Min(stay => stay.JoinedAt),
                    group.Max(stay => stay.LeftAt!.Value),
                    group,
                    null
                )
            );
        }

        var reading = new SessionReading
        {
            Sessions = ended,
            Running = running,
            Organizer = connection.Connection,
        };
        return ended.Count > 0 || running
            ? reading
            : await HistoryAsync(arrangement, connection, reading, reason, cancellationToken);
    }

    private async Task<SessionReading> HistoryAsync(
        Arrangement arrangement,
        ConnectionEntry connection,
        SessionReading reading,
        string? reason,
        CancellationToken cancellationToken
    )
    {
        if (ConnectionRights.Lack(connection, "history") is not null)
        {
            return reading with { Unreadable = reason is not null };
        }

        var now = clock.GetCurrentInstant();
        var from = arrangement.IsRecurring ? now - Around : Instant.Min(arrangement.StartsAt, arrangement.CreatedAt);
        var held = new List<HeldSession>();
        var walked = await calls.CallAsync(
            arrangement.WorkspaceId,
            connection.Id,
            "meetings.history",
            (provider, access, token) =>
            {
                // Anew at each attempt.
                held.Clear();
                return provider.Records.WalkHistoryAsync(
                    access,
                    new HistoryQuery { From = Instant.Min(from, now - Around) - Around, To = now },
                    (session, _) =>
                    {
                        if (session.MeetingId == arrangement.ProviderMeetingId)
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
        return walked.Failure switch
        {
            null => reading with
            {
                Sessions = [.. held.Select(session => Found(session, reason, now)).OfType<FoundSession>()],
            },
            // Who came could be read, and nobody is listed: that is an answer.
            _ when reason is null => reading,
            { Kind: FailureKind.MissingScope or FailureKind.Rejected or FailureKind.NotFound } => reading with
            {
                Unreadable = true,
            },
            { } failure => reading with { Failure = failure },
        };
    }

    // Nobody listed although somebody was there: the list comes later, or never.
    private static FoundSession? Found(HeldSession session, string? reason, Instant now) =>
        reason is not null ? new FoundSession(session.SessionId, session.StartedAt, session.EndedAt, null, reason)
        : session.AttendeeCount is 0 or 1
            ? new FoundSession(session.SessionId, session.StartedAt, session.EndedAt, [], null)
        : now - session.EndedAt < ListedAfter ? null
        : new FoundSession(session.SessionId, session.StartedAt, session.EndedAt, null, AttendanceReason.NotTold);

    private static string ReasonOf(Problem lack) =>
        lack.Code == ProblemCodes.MissingScope ? AttendanceReason.MissingScope : AttendanceReason.NotSupported;
}
