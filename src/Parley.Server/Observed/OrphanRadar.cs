using NodaTime;
using Parley.Conferencing;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Observed;

/// <summary>Why an arrangement is looked at closely.</summary>
public static class RadarFinding
{
    /// <summary>Wanted, but the listing does not show it. A GET decides.</summary>
    public const string Missing = "missing";

    /// <summary>More than one meeting carries its marker.</summary>
    public const string Doubled = "doubled";

    /// <summary>Cancelled, but the listing still shows it.</summary>
    public const string LeftOver = "leftOver";

    /// <summary>The listing shows its marker, and its meeting's id is not known.</summary>
    public const string Unadopted = "unadopted";

    /// <summary>The listing shows it at another time than the ledger, or at that again. Of the round after every listing alone.</summary>
    public const string Moved = "moved";
}

/// <param name="MeetingIds">At the provider.</param>
/// <param name="Finding">One of <see cref="RadarFinding"/>.</param>
public sealed record RadarEntry(string ArrangementId, string Finding, IReadOnlyList<string> MeetingIds);

/// <param name="ObservedAt">When the request of the listing began.</param>
/// <param name="Meetings">All that the listing shows.</param>
/// <param name="Strangers">Meetings with what looks like a marker that no arrangement of this connection knows: shown, never touched.</param>
public sealed record RadarReport(
    Instant ObservedAt,
    int Meetings,
    IReadOnlyList<RadarEntry> Findings,
    IReadOnlyList<string> Strangers
);

/// <summary>
/// Compares a listing with the ledger and has everything that does not fit looked at closely, each under its arrangement's lease, by
/// <see cref="LateSweep"/>: that one confirms absences, makes again, removes and reports. Nothing is called or decided here.
/// </summary>
public sealed class OrphanRadar(Db db, IClock clock, ParleyOptions options, MeetingFollowUps followUps)
{
    /// <summary>Microseconds: providers keep whole minutes.</summary>
    private const long Slack = 60_000_000;

    /// <summary>SQL of <c>arrangement</c>: no close look of it is waiting to be carried out.</summary>
    private const string NotAwaited = """
        NOT EXISTS (SELECT 1 FROM effect e WHERE e.workspace_id = arrangement.workspace_id AND e.arrangement_id = arrangement.id
                AND e.kind = 'sweep' AND e.operation = @radar AND e.state = 'PLANNED' AND e.not_before <= @now)
        """;

    public Task<RadarReport> LookAsync(
        string workspaceId,
        string connectionId,
        Listing listing,
        CancellationToken cancellationToken
    ) => db.WriteAsync(session => LookAsync(session, workspaceId, connectionId, listing), cancellationToken);

    /// <summary>Once a UTC day and connection, by whoever claims it first; the claim and what follows from it become durable together.</summary>
    internal Task DailyAsync(
        string workspaceId,
        string connectionId,
        Listing listing,
        CancellationToken cancellationToken
    ) =>
        db.WriteAsync(
            async session =>
            {
                var claimed = await session.ExecuteAsync(
                    "UPDATE observation SET radar_day = @today WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND radar_day < @today",
                    new
                    {
                        workspaceId,
                        connectionId,
                        today = clock.GetCurrentInstant().ToUnixTimeSeconds() / NodaConstants.SecondsPerDay,
                    }
                );
                if (claimed > 0)
                {
                    await LookAsync(session, workspaceId, connectionId, listing);
                }
            },
            cancellationToken
        );

    /// <summary>
    /// Meetings of ours that the former listing showed and this one does not are looked at closely now, not with the daily round: whoever
    /// lost the news of a removal has it an interval later.
    /// </summary>
    /// <param name="askedAt">When the request of the newer listing began.</param>
    internal async Task GoneAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        IReadOnlyList<string> meetingIds,
        Instant askedAt
    )
    {
        if (meetingIds.Count == 0)
        {
            return;
        }

        foreach (var arrangement in await WantedAsync(session, workspaceId, connectionId, meetingIds))
        {
            if (IsSettled(arrangement, askedAt))
            {
                await followUps.PlanRadarAsync(
                    session,
                    arrangement,
                    askedAt,
                    $"The radar: {RadarFinding.Missing} ({arrangement.ProviderMeetingId}) since the listing before."
                );
            }
        }
    }

    /// <summary>
    /// Meetings of ours that the listing just written shows at another time, or at their own again after that was said, are looked at
    /// closely: a listing may be behind, a GET is not.
    /// </summary>
    /// <param name="askedAt">When the request of that listing began.</param>
    internal async Task MovedAsync(DbSession session, string workspaceId, string connectionId, Instant askedAt)
    {
        var odd = await session.QueryAsync<Arrangement>(
            $"""
            SELECT {Arrangements.Columns} FROM arrangement
            WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND desired = 'present' AND ends_at > @now AND ends_at < @never
              AND applied_version = version AND (attention IS NULL OR attention = @Moved)
              AND EXISTS (SELECT 1 FROM observed_meeting o WHERE o.workspace_id = arrangement.workspace_id AND o.connection_id = arrangement.connection_id
                AND o.meeting_id = arrangement.provider_meeting_id AND o.type = 'scheduled'
                AND CASE WHEN ABS(o.starts_at - arrangement.starts_at) >= @Slack OR ABS(o.ends_at - arrangement.ends_at) >= @Slack THEN 1 ELSE 0 END
                  <> CASE WHEN arrangement.attention IS NULL THEN 0 ELSE 1 END)
              AND {NotAwaited}
            ORDER BY id
            """,
            new
            {
                workspaceId,
                connectionId,
                now = clock.GetCurrentInstant(),
                never = Arrangement.NeverEnds,
                Moved = MovedMeetings.Code,
                Slack,
                radar = SweepOperation.Radar,
            }
        );
        foreach (var arrangement in odd.Where(arrangement => IsSettled(arrangement, askedAt)))
        {
            await followUps.PlanRadarAsync(session, arrangement, askedAt, $"The radar: {RadarFinding.Moved}.");
        }
    }

    /// <summary>
    /// The provider said by itself that something became of this meeting. One of ours is read again under its lease; what was done here just
    /// now, or is under way, comes back as such news and needs no look.
    /// </summary>
    /// <param name="removed">It is said to be gone: looked at even where a change of ours is under way.</param>
    internal async Task NewsAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        string meetingId,
        bool removed,
        string why
    )
    {
        var now = clock.GetCurrentInstant();
        foreach (var arrangement in await WantedAsync(session, workspaceId, connectionId, [meetingId]))
        {
            if (removed || IsSettled(arrangement, now))
            {
                await followUps.PlanRadarAsync(session, arrangement, now, why);
            }
        }
    }

    /// <summary>Those of ours that hold one of these ids, still want it, and are not waiting for a look already.</summary>
    private Task<List<Arrangement>> WantedAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        IReadOnlyList<string> meetingIds
    ) =>
        session.QueryAsync<Arrangement>(
            $"""
            SELECT {Arrangements.Columns} FROM arrangement
            WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND provider_meeting_id IN @ids AND desired = 'present' AND ends_at > @now
              AND {NotAwaited}
            ORDER BY id
            """,
            new
            {
                workspaceId,
                connectionId,
                ids = meetingIds.ToArray(),
                now = clock.GetCurrentInstant(),
                radar = SweepOperation.Radar,
            }
        );

    private async Task<RadarReport> LookAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        Listing listing
    )
    {
        var known = await session.QueryAsync<Arrangement>(
            $"""
            SELECT {Arrangements.Columns} FROM arrangement
            WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND (marker IN @markers OR (desired = 'present' AND ends_at > @now))
              AND NOT EXISTS (SELECT 1 FROM effect e WHERE e.workspace_id = arrangement.workspace_id AND e.arrangement_id = arrangement.id
                AND e.kind IN ('meeting', 'ghost') AND e.finished_at IS NULL)
            ORDER BY id
            """,
            new
            {
                workspaceId,
                connectionId,
                now = clock.GetCurrentInstant(),
                markers = listing.Meetings.Select(meeting => meeting.MarkerCandidate).OfType<string>().ToArray(),
            }
        );
        var listed = listing.Meetings.Select(meeting => meeting.Id).ToHashSet(StringComparer.Ordinal);
        var byMarker = listing
            .Meetings.Where(meeting => meeting.MarkerCandidate is not null)
            .ToLookup(meeting => meeting.MarkerCandidate!, StringComparer.Ordinal);
        var findings = new List<RadarEntry>();
        foreach (var arrangement in known.Where(arrangement => IsSettled(arrangement, listing.AskedAt)))
        {
            if (FindingOf(arrangement, listed, [.. byMarker[arrangement.Marker]]) is { } finding)
            {
                findings.Add(finding);
                await followUps.PlanRadarAsync(
                    session,
                    arrangement,
                    listing.AskedAt,
                    $"The radar: {finding.Finding} ({string.Join(", ", finding.MeetingIds)})."
                );
            }
        }

        return new RadarReport(
            listing.AskedAt,
            listing.Meetings.Count,
            findings,
            await StrangersAsync(session, workspaceId, connectionId, listing)
        );
    }

    // What was done just before the listing may not show in it yet.
    private bool IsSettled(Arrangement arrangement, Instant askedAt) =>
        arrangement.UpdatedAt + options.Provisioning.SettleTime < askedAt;

    private static RadarEntry? FindingOf(Arrangement arrangement, HashSet<string> listed, List<Meeting> marked)
    {
        var ids = marked.Select(meeting => meeting.Id).ToList();
        if (!arrangement.IsPresent)
        {
            return ids.Count > 0 ? new RadarEntry(arrangement.Id, RadarFinding.LeftOver, ids) : null;
        }

        if (arrangement.ProviderMeetingId is not { } held)
        {
            return ids.Count > 0 ? new RadarEntry(arrangement.Id, RadarFinding.Unadopted, ids) : null;
        }

        if (!listed.Contains(held))
        {
            return new RadarEntry(arrangement.Id, RadarFinding.Missing, [held]);
        }

        return ids.Exists(id => id != held) ? new RadarEntry(arrangement.Id, RadarFinding.Doubled, ids) : null;
    }

    private static async Task<List<string>> StrangersAsync(
        DbSession session,
        string workspaceId,
        string connectionId,
        Listing listing
    )
    {
        var marked = listing.Meetings.Where(meeting => meeting.MarkerCandidate is not null).ToList();
        var ours = await session.QueryAsync<string>(
            "SELECT marker FROM arrangement WHERE workspace_id = @workspaceId AND connection_id = @connectionId AND marker IN @markers",
            new
            {
                workspaceId,
                connectionId,
                markers = marked.Select(meeting => meeting.MarkerCandidate!).ToArray(),
            }
        );
        return marked
            .Where(meeting => !ours.Contains(meeting.MarkerCandidate!, StringComparer.Ordinal))
            .Select(meeting => meeting.Id)
            .ToList();
    }
}
