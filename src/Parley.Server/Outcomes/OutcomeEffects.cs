using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Outcomes;

/// <summary>
/// Finds out how a meeting went and tells it, once a session. The provider is only read: whatever is lost between the answer and the row
/// is asked for again. After a day without an answer it is given up, which the meeting's page says.
/// </summary>
public sealed class OutcomeEffects(Db db, IClock clock, SessionReader reader, WebhookEvents events) : IEffectHandler
{
    public const string EffectKind = "outcome";

    /// <summary>Nobody met, as far as the provider tells.</summary>
    public const string NotHeld = "not_held";

    /// <summary>How long is looked for.</summary>
    public static readonly Duration Patience = Duration.FromDays(1);

    private static readonly Duration StillRunning = Duration.FromMinutes(5);

    // After the first look, the second …; the last pause is repeated until patience ends.
    private static readonly Duration[] Pauses =
    [
        Duration.FromMinutes(1),
        Duration.FromMinutes(4),
        Duration.FromMinutes(15),
        Duration.FromMinutes(40),
        Duration.FromHours(3),
        Duration.FromHours(6),
    ];

    // A host who was alone is in no list of Zoom's: after so many looks the event alone is believed.
    private const int LooksForTold = 4;

    public string Kind => EffectKind;

    public Task<EffectOutcome> ReconcileAsync(Effect effect, CancellationToken cancellationToken) =>
        SendAsync(effect, cancellationToken);

    public async Task<EffectOutcome> SendAsync(Effect effect, CancellationToken cancellationToken)
    {
        var payload = JsonSerializer.Deserialize<OutcomePayload>(effect.Payload!, Json.Stored)!;
        var (arrangement, known) = await db.ReadAsync(
            async session =>
                (
                    await Arrangements.FindAsync(session, effect.WorkspaceId, effect.ArrangementId!),
                    await HeldSessions.OfAsync(session, effect.WorkspaceId, effect.ArrangementId!)
                ),
            cancellationToken
        );
        if (arrangement is not { ProviderMeetingId: not null })
        {
            return Done(EffectState.Superseded, "no_meeting", "There is no meeting to look for.");
        }

        if (payload.PlannedEnd is { } planned && planned != arrangement.EndsAt)
        {
            return Done(EffectState.Superseded, "moved", "The meeting was moved: it is looked for after its new end.");
        }

        var reading = await reader.ReadAsync(arrangement, cancellationToken);
        if (reading.Failure is { } failure)
        {
            return Later(effect, failure.Code, failure.Message, failure.RetryAfter);
        }

        var found = WithTold(effect, payload, arrangement, reading)
            .Where(session => !known.Exists(one => one.Is(session.StartedAt, session.EndedAt)))
            .OrderBy(session => session.StartedAt)
            .ToList();
        if (found.Count > 0)
        {
            // Another one may still be going on: it is told when it is over.
            return new EffectOutcome
            {
                State = reading.Running ? EffectState.Planned : EffectState.Applied,
                Code = reading.Running ? "running" : "told",
                NotBefore = reading.Running ? clock.GetCurrentInstant() + StillRunning : null,
                Also = session => TellAsync(session, arrangement, found, reading),
            };
        }

        if (reading.Running)
        {
            return Later(effect, "running", "The meeting still runs.", StillRunning);
        }

        if (known.Count > 0 && (payload.EndedAt is null || known.Exists(one => Covers(one, payload))))
        {
            return Done(EffectState.Applied, "told_before", null);
        }

        if (reading.Unreadable && payload.EndedAt is null)
        {
            return Done(
                EffectState.Rejected,
                "history_not_readable",
                "Neither who came nor what was held can be read through this connection."
            );
        }

        return effect.Operation == OutcomeOperation.Asked
            ? Done(EffectState.Applied, NotHeld, "The provider tells of no session so far.")
            : Later(effect, NotHeld, "The provider tells of no session so far.", null);
    }

    // An event knows of a session that no list shows: because lists may not be read, or because nobody but the host was there.
    private static IEnumerable<FoundSession> WithTold(
        Effect effect,
        OutcomePayload payload,
        Arrangement arrangement,
        SessionReading reading
    )
    {
        if (payload.EndedAt is not { } ended || reading.Sessions.Any(session => Covers(session, payload)))
        {
            return reading.Sessions;
        }

        var readable = !reading.Unreadable && reading.Organizer is not null;
        var began = payload.StartedAt ?? (arrangement.IsRecurring ? null : Instant.Min(arrangement.StartsAt, ended));
        return began is { } startedAt && (!readable || effect.Attempt >= LooksForTold)
            ?
            [
                .. reading.Sessions,
                new FoundSession(
                    payload.SessionId,
                    startedAt,
                    ended,
                    readable ? [] : null,
                    readable ? null : AttendanceReason.MissingScope
                ),
            ]
            : reading.Sessions;
    }

    private static bool Covers(FoundSession session, OutcomePayload told) =>
        (told.SessionId is not null && session.Id == told.SessionId)
        || (session.StartedAt <= told.EndedAt && told.EndedAt <= session.EndedAt + Duration.FromMinutes(2));

    private static bool Covers(HeldRow row, OutcomePayload told) =>
        (told.SessionId is not null && row.SessionId == told.SessionId)
        || (row.StartedAt <= told.EndedAt && told.EndedAt <= row.EndedAt + Duration.FromMinutes(2));

    private async Task TellAsync(
        DbSession session,
        Arrangement arrangement,
        IReadOnlyList<FoundSession> found,
        SessionReading reading
    )
    {
        // Two looks may have found the same: the arrangement's lock has the second one see what the first wrote.
        await Arrangements.LockAsync(session, arrangement.WorkspaceId, arrangement.Id);
        var known = await HeldSessions.OfAsync(session, arrangement.WorkspaceId, arrangement.Id);
        foreach (var one in found.Where(one => !known.Exists(row => row.Is(one.StartedAt, one.EndedAt))))
        {
            var came =
                one.Stays is null || reading.Organizer is not { } organizer
                    ? null
                    : Attendees.Of(one.Stays, one.EndedAt, organizer);
            var row = new HeldRow
            {
                WorkspaceId = arrangement.WorkspaceId,
                ArrangementId = arrangement.Id,
                StartedAt = one.StartedAt,
                EndedAt = one.EndedAt,
                SessionId = one.Id,
                Attendance = came is null ? null : JsonSerializer.Serialize(came, Json.Stored),
                AttendanceReason = came is null ? one.Reason ?? AttendanceReason.NotTold : null,
                NoShow = came?.Attendees.All(person => person.IsOrganizer),
                CreatedAt = clock.GetCurrentInstant(),
            };
            await HeldSessions.AddAsync(session, row);
            await events.OfAsync(session, WebhookEventTypes.MeetingEnded, arrangement, SessionViews.Told(row));
        }
    }

    private EffectOutcome Later(Effect effect, string code, string detail, Duration? pause)
    {
        var now = clock.GetCurrentInstant();
        var next = now + (pause ?? Pauses[Math.Clamp(effect.Attempt, 1, Pauses.Length) - 1]);
        return now - effect.CreatedAt >= Patience
            ? Done(
                code == NotHeld ? EffectState.Expired : EffectState.Rejected,
                code,
                $"{detail} Given up after a day."
            )
            : new EffectOutcome
            {
                State = EffectState.Planned,
                Code = code,
                Detail = detail,
                NotBefore = Instant.Min(next, effect.CreatedAt + Patience),
            };
    }

    private static EffectOutcome Done(string state, string code, string? detail) =>
        new()
        {
            State = state,
            Code = code,
            Detail = detail,
        };
}
