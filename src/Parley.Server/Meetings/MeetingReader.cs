using NodaTime;
using Parley.Conferencing;
using Parley.Server.Audit;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Observed;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>A meeting found, with its arrangement when it is one of ours.</summary>
/// <param name="Tag">Its state, as its ETag tells it.</param>
public sealed record FoundMeeting(MeetingView View, Arrangement? Arrangement, string Tag);

/// <summary>The meeting an id means.</summary>
/// <param name="Own">Null: not ours; the provider may know it.</param>
/// <param name="ProviderMeetingId">As the provider writes it, however it was given; null while one of ours is not made yet.</param>
public sealed record MeetingMeant(Arrangement? Own, string? ProviderMeetingId);

/// <summary>Reads meetings: what the ledger knows joined with what the provider tells.</summary>
public sealed class MeetingReader(
    Db db,
    IClock clock,
    ParleyOptions options,
    ProviderCalls calls,
    Listings listings,
    ConnectionDirectory connections,
    ProviderCatalogue catalogue
)
{
    public static Problem NoConnection => new(ProblemCodes.NotFound, "There is no such connection.");
    public static Problem NoMeeting =>
        new(ProblemCodes.MeetingNotFound, "There is no such meeting, or it was removed.");

    /// <summary>A live arrangement of this workspace; null once its meeting is removed.</summary>
    public async Task<Arrangement?> FindArrangementAsync(
        string workspaceId,
        string arrangementId,
        CancellationToken cancellationToken
    )
    {
        var arrangement = await db.ReadAsync(
            session => Arrangements.FindAsync(session, workspaceId, arrangementId),
            cancellationToken
        );
        return arrangement is null || IsRemoved(arrangement) ? null : arrangement;
    }

    /// <summary>Every meeting the provider lists, ours in our own words, and those of ours it does not list yet.</summary>
    public async Task<Answer<IReadOnlyList<MeetingView>>> UpcomingAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    )
    {
        if (await connections.FindAsync(workspaceId, connectionId, cancellationToken) is not { } connection)
        {
            return NoConnection;
        }

        var asked = await listings.AskAsync(workspaceId, connection.Id, cancellationToken);
        if (asked.Failure is { } failure)
        {
            return ProviderProblems.From(failure);
        }

        var listed = asked.Value.Meetings;
        var now = clock.GetCurrentInstant();
        var ours = await db.ReadAsync(
            session =>
                session.QueryAsync<Arrangement>(
                    $"SELECT {Arrangements.Columns} FROM arrangement WHERE workspace_id = @workspaceId AND connection_id = @Id AND (ends_at > @now OR provider_meeting_id IN @listed OR marker IN @markers) ORDER BY starts_at",
                    new
                    {
                        workspaceId,
                        connection.Id,
                        now,
                        listed = listed.Select(meeting => meeting.Id).ToArray(),
                        markers = listed.Select(meeting => meeting.MarkerCandidate).OfType<string>().ToArray(),
                    }
                ),
            cancellationToken
        );
        var byMeeting = ours.Where(arrangement => arrangement.ProviderMeetingId is not null)
            .ToLookup(arrangement => arrangement.ProviderMeetingId!, StringComparer.Ordinal);
        var organizer = OrganizerOf(connection);
        var views = new List<MeetingView>();
        var shown = new HashSet<string>(StringComparer.Ordinal);
        foreach (var meeting in listed)
        {
            var own = byMeeting[meeting.Id].LastOrDefault();
            if (own is null && ours.Exists(known => known.Marker == meeting.MarkerCandidate))
            {
                // One of ours that is about to be adopted or removed: it is shown by its arrangement or not at all.
                continue;
            }

            if (own is null)
            {
                views.Add(MeetingViews.Of(meeting, connection.Id, connection, catalogue, organizer, now));
            }
            else if (shown.Add(own.Id))
            {
                views.Add(MeetingViews.Of(own, organizer, options, now, meeting.InProgress));
            }
        }

        views.AddRange(
            ours.Where(arrangement =>
                    arrangement.IsPresent && !shown.Contains(arrangement.Id) && arrangement.EndsAt > now
                )
                .Select(arrangement => MeetingViews.Of(arrangement, organizer, options, now))
        );
        return views;
    }

    /// <summary>Whether an id means a meeting of ours: an arrangement id, or a provider's id we hold.</summary>
    /// <param name="removedToo">Those made and removed again as well: their sessions outlive them.</param>
    /// <returns>A problem: no such connection, no id of its provider's, or an arrangement that is not there.</returns>
    public async Task<Answer<MeetingMeant>> FindOwnAsync(
        string workspaceId,
        string connectionId,
        string meetingId,
        CancellationToken cancellationToken,
        bool removedToo = false
    )
    {
        if (await connections.FindAsync(workspaceId, connectionId, cancellationToken) is not { } connection)
        {
            return NoConnection;
        }

        var byArrangement = meetingId.StartsWith("arr_", StringComparison.Ordinal);
        // The provider takes an id in several forms, the ledger knows one: in another form a meeting of ours would pass for a stranger's.
        var id =
            byArrangement ? null
            : catalogue.Find(connection.Connection.Provider)?.Provider is { } provider
                ? provider.NormalizeMeetingId(meetingId)
            : meetingId;
        if (id is null && !byArrangement)
        {
            return NoMeeting;
        }

        var found = await db.ReadAsync(
            session =>
                id is null
                    ? Arrangements.FindAsync(session, workspaceId, meetingId)
                    : Arrangements.FindByMeetingAsync(session, workspaceId, connection.Id, id),
            cancellationToken
        );
        if (found is null)
        {
            return id is null ? NoMeeting : new MeetingMeant(null, id);
        }

        var gone = IsRemoved(found) && (!removedToo || found.ProviderMeetingId is null);
        return gone || found.ConnectionId != connection.Id
            ? NoMeeting
            : new MeetingMeant(found, found.ProviderMeetingId);
    }

    public async Task<Answer<FoundMeeting>> GetAsync(
        string workspaceId,
        string connectionId,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        var own = await FindOwnAsync(workspaceId, connectionId, meetingId, cancellationToken);
        if (!own.Succeeded)
        {
            return own.Problem!;
        }

        var connection = (await connections.FindAsync(workspaceId, connectionId, cancellationToken))!;
        var organizer = OrganizerOf(connection);
        var now = clock.GetCurrentInstant();
        if (own.Value is { Own: { } unmade, ProviderMeetingId: null })
        {
            return new FoundMeeting(MeetingViews.Of(unmade, organizer, options, now), unmade, MeetingTags.Of(unmade));
        }

        var id = own.Value.ProviderMeetingId!;
        var told = await calls.CallAsync(
            workspaceId,
            connection.Id,
            "meetings.get",
            (provider, access, token) => provider.GetAsync(access, id, token),
            cancellationToken
        );
        if (told.Failure is { } failure)
        {
            return ProviderProblems.From(failure);
        }

        return own.Value.Own is { } arrangement
            ? new FoundMeeting(
                MeetingViews.Of(arrangement, organizer, options, now, told.Value.InProgress) with
                {
                    CoOrganizers = told.Value.CoOrganizerKeys ?? arrangement.Details.CoOrganizerKeys,
                },
                arrangement,
                MeetingTags.Of(arrangement)
            )
            : new FoundMeeting(
                MeetingViews.Of(told.Value, connection.Id, connection, catalogue, organizer, now),
                null,
                MeetingTags.Of(told.Value)
            );
    }

    /// <summary>The host link, fetched now, for the organizer's own eyes.</summary>
    public async Task<Answer<HostLink>> StartAsync(
        string workspaceId,
        string connectionId,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        var own = await FindOwnAsync(workspaceId, connectionId, meetingId, cancellationToken);
        if (!own.Succeeded)
        {
            return own.Problem!;
        }

        if (own.Value is { ProviderMeetingId: null } or { Own.IsPresent: false })
        {
            return new Problem(ProblemCodes.Conflict, "The meeting is not ready at the provider.")
            {
                Next = "Wait until its status is scheduled.",
            };
        }

        var connection = (await connections.FindAsync(workspaceId, connectionId, cancellationToken))!;
        var id = own.Value.ProviderMeetingId!;
        var link = await calls.CallAsync(
            workspaceId,
            connection.Id,
            "meetings.start",
            (provider, access, token) => provider.StartAsync(access, id, token),
            cancellationToken
        );
        if (link.Failure is { } failure)
        {
            return ProviderProblems.From(failure);
        }

        await db.WriteAsync(
            session =>
                AuditTrail.NoteAsync(
                    session,
                    clock.GetCurrentInstant(),
                    workspaceId,
                    new AuditNote(
                        AuditActions.MeetingStarted,
                        own.Value.Own is null ? "foreign_meeting" : "meeting",
                        own.Value.Own?.Id ?? id,
                        own.Value.Own?.Subject
                    )
                ),
            cancellationToken
        );
        return link.Value;
    }

    public async Task<MeetingView> ViewAsync(Arrangement arrangement, CancellationToken cancellationToken)
    {
        var connection = await connections.FindAsync(
            arrangement.WorkspaceId,
            arrangement.ConnectionId,
            cancellationToken
        );
        return MeetingViews.Of(
            arrangement,
            connection is null ? null : OrganizerOf(connection),
            options,
            clock.GetCurrentInstant()
        );
    }

    public static OrganizerView OrganizerOf(ConnectionEntry connection) =>
        new(connection.OrganizerKey, connection.Connection.AccountEmail, connection.Connection.AccountName);

    private static bool IsRemoved(Arrangement arrangement) =>
        !arrangement.IsPresent && arrangement.AppliedVersion >= arrangement.Version;
}
