using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Provisioning;

/// <summary>One step in an effect's history.</summary>
public sealed record LedgerEvent(
    Instant At,
    string? From,
    string To,
    int Attempt,
    string? Outcome,
    string? Code,
    string? Detail
);

/// <summary>One intended change outside the database and what became of it.</summary>
public sealed record LedgerEffect(
    string Id,
    string Kind,
    string Operation,
    int Version,
    string State,
    int Attempt,
    Instant? NotBefore,
    string? Outcome,
    string? Code,
    string? Detail,
    Instant CreatedAt,
    Instant? FinishedAt,
    IReadOnlyList<LedgerEvent> Events
);

/// <summary>Everything Parley wanted of the outside for one arrangement, and everything that happened.</summary>
public sealed record Ledger(
    string ArrangementId,
    string Desired,
    int Version,
    int AppliedVersion,
    string Marker,
    string? MeetingId,
    string? Attention,
    IReadOnlyList<LedgerEffect> Effects
);

internal static class LedgerApi
{
    public static void MapLedgerApi(this IEndpointRouteBuilder routes) =>
        routes
            .MapGet("/api/v1/arrangements/{arrangementId}/ledger", GetAsync)
            .RequireScope("meetings:read")
            .KeepWithinReach("arrangementId", OwnedThing.Arrangement, NoArrangement)
            .WithTags("Meetings")
            .WithName("getLedger")
            .WithSummary("Every effect of an arrangement and every event of it, oldest first")
            .Produces<Ledger>();

    private static async Task<IResult> GetAsync(
        string arrangementId,
        HttpContext context,
        Db db,
        CancellationToken cancellationToken
    )
    {
        var workspaceId = Caller.Of(context).WorkspaceId;
        var ledger = await db.ReadAsync(
            async session =>
            {
                if (await Arrangements.FindAsync(session, workspaceId, arrangementId) is not { } arrangement)
                {
                    return null;
                }

                // What was made with an account it has left is part of its story.
                var whole = await session.QueryAsync<string>(
                    "SELECT id FROM arrangement WHERE workspace_id = @workspaceId AND (id = @arrangementId OR relic_of = @arrangementId) ORDER BY id DESC",
                    new { workspaceId, arrangementId }
                );
                var events = (
                    await session.QueryAsync<EventRow>(
                        "SELECT effect_id, at, from_state, to_state, attempt, outcome, code, detail FROM effect_event WHERE workspace_id = @workspaceId AND arrangement_id IN @whole ORDER BY at, id",
                        new { workspaceId, whole = whole.ToArray() }
                    )
                ).ToLookup(row => row.EffectId, StringComparer.Ordinal);
                var effects = new List<Effect>();
                foreach (var part in whole)
                {
                    effects.AddRange(await Effects.OfArrangementAsync(session, workspaceId, part));
                }

                effects.Sort(
                    (one, other) =>
                        one.Version.CompareTo(other.Version) is not 0 and var order
                            ? order
                            : one.CreatedAt.CompareTo(other.CreatedAt)
                );
                return new Ledger(
                    arrangement.Id,
                    arrangement.Desired,
                    arrangement.Version,
                    arrangement.AppliedVersion,
                    arrangement.Marker,
                    arrangement.ProviderMeetingId,
                    arrangement.Attention,
                    effects.ConvertAll(effect => Of(effect, events[effect.Id]))
                );
            },
            cancellationToken
        );
        return ledger is null ? NoArrangement().ToResult() : Results.Json(ledger, Json.Api);
    }

    private static Problem NoArrangement() => new(ProblemCodes.NotFound, "There is no such arrangement.");

    private static LedgerEffect Of(Effect effect, IEnumerable<EventRow> events) =>
        new(
            effect.Id,
            effect.Kind,
            effect.Operation,
            effect.Version,
            effect.State,
            effect.Attempt,
            effect.FinishedAt is null ? effect.NotBefore : null,
            effect.Outcome,
            effect.OutcomeCode,
            effect.OutcomeNext is null ? effect.OutcomeDetail : $"{effect.OutcomeDetail} {effect.OutcomeNext}",
            effect.CreatedAt,
            effect.FinishedAt,
            events
                .Select(row => new LedgerEvent(
                    row.At,
                    row.FromState,
                    row.ToState,
                    row.Attempt,
                    row.Outcome,
                    row.Code,
                    row.Detail
                ))
                .ToList()
        );

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
