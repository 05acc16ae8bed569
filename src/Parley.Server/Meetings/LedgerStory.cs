using System.Text.Json;
using NodaTime;
using Parley.Server.Mail;
using Parley.Server.Outcomes;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Meetings;

/// <summary>One line of a meeting's history.</summary>
/// <param name="Kind">As a badge: ok, warn, danger, info or neutral.</param>
public sealed record StoryLine(Instant At, string Kind, string Text, string? Detail);

/// <summary>The ledger of one arrangement in human words, newest first, with the effect the meeting waits for.</summary>
public sealed record LedgerStory(IReadOnlyList<StoryLine> Lines, Effect? Latest)
{
    public static async Task<LedgerStory> ReadAsync(DbSession session, MeetingRow row)
    {
        var arrangement = row.Arrangement;
        var effects = await Effects.OfArrangementAsync(session, arrangement.WorkspaceId, arrangement.Id);
        var byId = effects.ToDictionary(effect => effect.Id, StringComparer.Ordinal);
        var events = await session.QueryAsync<EventRow>(
            "SELECT effect_id, at, from_state, to_state, attempt, outcome, code, detail FROM effect_event WHERE workspace_id = @WorkspaceId AND arrangement_id = @Id ORDER BY at DESC, id DESC",
            new { arrangement.WorkspaceId, arrangement.Id }
        );
        var lines = events
            .Where(happened => byId.ContainsKey(happened.EffectId))
            .Select(happened => LineOf(happened, byId[happened.EffectId], row.ProviderName))
            .OfType<StoryLine>()
            .ToList();
        var latest = effects.FindLast(effect => effect.Kind == EffectKind.Meeting);
        return new LedgerStory(lines, latest);
    }

    private static StoryLine? LineOf(EventRow happened, Effect effect, string provider) =>
        effect.Kind switch
        {
            EffectKind.Meeting => Meeting(happened, effect, provider),
            EffectKind.Mail => Mail(happened, effect),
            EffectKind.Sweep => Sweep(happened, provider),
            GhostEffects.EffectKind => Ghost(happened, provider),
            OutcomeEffects.EffectKind => Outcome(happened, provider),
            _ => Line(happened, "neutral", $"{effect.Kind} {effect.Operation}: {Plain(happened.ToState)}"),
        };

    private static StoryLine? Meeting(EventRow happened, Effect effect, string provider)
    {
        var deed = effect.Operation switch
        {
            "create" => "create the meeting",
            "delete" => "remove the meeting",
            _ => "change the meeting",
        };
        var again = happened.Attempt > 1 ? FormattableString.Invariant($" (attempt {happened.Attempt})") : "";
        return happened.ToState switch
        {
            EffectState.Planned when happened.FromState is null => Line(
                happened,
                "neutral",
                effect.Operation switch
                {
                    "create" => "The meeting was asked for",
                    "delete" => "The meeting was cancelled",
                    _ => "The meeting was changed",
                }
            ),
            EffectState.Planned when happened.Code == DailyQuota.Code => Line(
                happened,
                "warn",
                $"Queued: no more new or changed meetings of this account at {provider} on this day (UTC)"
            ),
            EffectState.Planned => Line(happened, "warn", $"{provider} was not able to {deed}; Parley tries again"),
            EffectState.Sending => Line(happened, "neutral", $"Asked {provider} to {deed}{again}"),
            EffectState.Applied => Line(
                happened,
                "ok",
                happened.Outcome switch
                {
                    "adopted" => $"The meeting was there after all; found at {provider} by its mark",
                    "no_change" => "Nothing had to be changed",
                    "nothing_to_remove" => $"There was nothing to remove at {provider}",
                    _ => effect.Operation switch
                    {
                        "create" => $"{provider} created the meeting",
                        "delete" => $"The meeting is gone at {provider}",
                        _ => $"{provider} has the latest state",
                    },
                }
            ),
            EffectState.Rejected => Line(happened, "danger", $"{provider} refused to {deed}"),
            EffectState.Blocked => Line(happened, "danger", $"Waits for the {provider} connection"),
            EffectState.Unknown => Line(
                happened,
                "warn",
                $"No clear answer from {provider}; Parley looks before it tries again"
            ),
            EffectState.Reconciling => Line(happened, "neutral", $"Looked at {provider} for the meeting"),
            EffectState.Superseded => Line(happened, "neutral", "Dropped: something newer took its place"),
            EffectState.Expired => Line(happened, "danger", "Given up: the meeting's time passed"),
            _ => Line(happened, "neutral", Plain(happened.ToState)),
        };
    }

    private static StoryLine? Mail(EventRow happened, Effect effect)
    {
        var payload = JsonSerializer.Deserialize<MailPayload>(effect.Payload ?? "null", Web.Json.Stored);
        var what = effect.Operation switch
        {
            MailOperation.Confirmation => "Confirmation",
            MailOperation.Update => "Notice of the change",
            MailOperation.Cancellation => "Cancellation notice",
            MailOperation.NotReadyDay or MailOperation.NotReadyHour => "Warning that there is no meeting yet",
            _ => "Mail",
        };
        var whom = payload is null ? "" : $" to {payload.Email}";
        return happened.ToState switch
        {
            EffectState.Planned when happened.FromState is null => null,
            EffectState.Planned => Line(happened, "warn", $"{what}{whom} waits"),
            EffectState.Sending => null,
            EffectState.Applied => Line(happened, "ok", $"{what} sent{whom}"),
            EffectState.Rejected => Line(happened, "danger", $"{what}{whom} was refused"),
            EffectState.Unknown => Line(happened, "warn", $"{what}{whom}: nobody knows whether it arrived"),
            EffectState.Superseded => Line(happened, "neutral", $"{what}{whom} was not needed any more"),
            EffectState.Expired => Line(happened, "warn", $"{what}{whom} could not leave in time"),
            _ => Line(happened, "warn", $"{what}{whom} waits"),
        };
    }

    private static StoryLine? Sweep(EventRow happened, string provider) =>
        happened.ToState == EffectState.Applied
            ? Line(
                happened,
                happened.Outcome is "repaired" or MovedMeetings.Code ? "warn" : "neutral",
                happened.Outcome switch
                {
                    "repaired" => $"Looked again at {provider} and put right what came late",
                    MovedMeetings.Code => $"Looked again at {provider}: the meeting was moved there",
                    _ => $"Looked again at {provider}: all as it should be",
                }
            )
            : null;

    private static StoryLine? Outcome(EventRow happened, string provider) =>
        happened switch
        {
            { Code: "told" or "running", ToState: EffectState.Applied or EffectState.Planned, Detail: null } => Line(
                happened,
                "ok",
                $"{provider} told how the meeting went"
            ),
            { ToState: EffectState.Expired } => Line(
                happened,
                "warn",
                $"{provider} tells of no session of this meeting"
            ),
            { ToState: EffectState.Rejected } => Line(happened, "warn", "How the meeting went could not be found out"),
            _ => null,
        };

    private static StoryLine? Ghost(EventRow happened, string provider) =>
        happened.ToState == EffectState.Applied
            ? Line(happened, "ok", $"Removed a second meeting that a lost call had made at {provider}")
            : null;

    private static StoryLine Line(EventRow happened, string kind, string text) =>
        new(happened.At, kind, text, string.IsNullOrWhiteSpace(happened.Detail) ? null : happened.Detail);

    private static string Plain(string state) => state.ToLowerInvariant();

    private sealed record EventRow
    {
        public required string EffectId { get; init; }
        public required Instant At { get; init; }
        public string? FromState { get; init; }
        public required string ToState { get; init; }
        public int Attempt { get; init; }
        public string? Outcome { get; init; }
        public string? Code { get; init; }
        public string? Detail { get; init; }
    }
}
