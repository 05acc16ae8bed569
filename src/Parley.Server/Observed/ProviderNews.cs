using NodaTime;
using Parley.Conferencing;
using Parley.Server.Outcomes;
using Parley.Server.Storage;

namespace Parley.Server.Observed;

/// <summary>
/// What follows from an event the provider delivered about an organizer's meetings or the organizer. Only rows are written: whatever
/// needs the provider is planned or made due, and done by those who do it anyway. An event is a reason to look and never proof, but for what
/// is shown of a running meeting; one that was lost is made up for by the next listing.
/// </summary>
public sealed class ProviderNews(IClock clock, OrphanRadar radar, OutcomePlans outcomes)
{
    /// <summary>Microseconds between listings that a stream of events may cause.</summary>
    private const long Pause = 5_000_000;

    /// <param name="connectionId">Of the organizer.</param>
    public async Task HearAsync(DbSession session, string workspaceId, string connectionId, ProviderEvent told)
    {
        var now = clock.GetCurrentInstant();
        // Ours stands still or is a little off: an event cannot have happened later than it is heard of.
        var at = told.At is { } happened && happened < now ? happened : now;
        var meeting = told.MeetingId is { } id ? new MeetingKey(workspaceId, connectionId, id) : null;
        switch (told.Kind)
        {
            case ProviderEventKind.MeetingCreated or ProviderEventKind.UserChanged:
                await ListSoonAsync(session, workspaceId, connectionId, now);
                break;
            case ProviderEventKind.MeetingUpdated or ProviderEventKind.MeetingDeleted:
                await ListSoonAsync(session, workspaceId, connectionId, now);
                if (meeting is not null)
                {
                    await radar.NewsAsync(
                        session,
                        workspaceId,
                        connectionId,
                        meeting.MeetingId,
                        told.Kind == ProviderEventKind.MeetingDeleted,
                        $"The provider's event: {told.Name}."
                    );
                }

                break;
            case ProviderEventKind.MeetingStarted or ProviderEventKind.MeetingEnded when meeting is not null:
                if (told.Kind == ProviderEventKind.MeetingEnded)
                {
                    // Before the run is over in our rows too: when it began stands there.
                    await outcomes.ToldAsync(session, meeting, told.SessionId, at);
                }

                await MeetingRuns.TurnedAsync(
                    session,
                    meeting,
                    told.SessionId,
                    told.Kind == ProviderEventKind.MeetingStarted,
                    at,
                    now
                );
                // An instant meeting is in no listing yet.
                await ListSoonAsync(session, workspaceId, connectionId, now);
                break;
            case ProviderEventKind.ParticipantJoined or ProviderEventKind.ParticipantLeft when meeting is not null:
                await MeetingRuns.MovedAsync(
                    session,
                    meeting,
                    told,
                    told.Kind == ProviderEventKind.ParticipantJoined ? 1 : -1,
                    at,
                    now
                );
                break;
        }
    }

    // One that could not be listed just now keeps its pause: events do not hurry an account that is not well.
    private static Task ListSoonAsync(DbSession session, string workspaceId, string connectionId, Instant now) =>
        session.ExecuteAsync(
            """
            UPDATE observation SET next_due = CASE WHEN COALESCE(attempted_at, 0) + @Pause > @now THEN attempted_at + @Pause ELSE @now END
            WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND failures = 0
              AND next_due > CASE WHEN COALESCE(attempted_at, 0) + @Pause > @now THEN attempted_at + @Pause ELSE @now END
            """,
            new
            {
                workspaceId,
                connectionId,
                now,
                Pause,
            }
        );
}
