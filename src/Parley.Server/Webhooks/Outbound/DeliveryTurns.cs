using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>A delivery whose effect is due.</summary>
/// <param name="RecipientId">An endpoint's or a write-back's.</param>
/// <param name="Body">The event, JSON, as it was written.</param>
/// <param name="Waits">An earlier event of the same subject is not delivered to this recipient yet.</param>
internal sealed record DeliveryTurn(string RecipientId, string EventId, string Body, bool Waits);

/// <summary>
/// What all deliveries have in common: those of one subject go out one after another, what is not taken is tried again on a ladder of a
/// day and is then dead, to be redelivered by hand.
/// </summary>
public sealed class DeliveryTurns(Db db, IClock clock)
{
    /// <summary>Outcome code of a delivery whose turn has not come.</summary>
    internal const string AfterEarlier = "after_earlier";

    /// <summary>Pauses after the first attempt, the second …; together a little more than a day.</summary>
    public static readonly IReadOnlyList<Duration> Ladder =
    [
        Duration.FromSeconds(5),
        Duration.FromMinutes(1),
        Duration.FromMinutes(5),
        Duration.FromMinutes(30),
        Duration.FromHours(1),
        Duration.FromHours(2),
        Duration.FromHours(4),
        Duration.FromHours(8),
        Duration.FromHours(9),
    ];

    private static readonly Duration Behind = Duration.FromSeconds(2);

    /// <param name="recipient">Reads whom it goes to, by id, in the same look.</param>
    /// <returns>The recipient is null when it was removed.</returns>
    internal Task<(DeliveryTurn Turn, T? Recipient)> ReadAsync<T>(
        Effect effect,
        Func<DbSession, string, Task<T?>> recipient,
        CancellationToken cancellationToken
    )
        where T : class =>
        db.ReadAsync(
            async session =>
            {
                var turn = await ReadAsync(session, effect);
                return (turn, await recipient(session, turn.RecipientId));
            },
            cancellationToken
        );

    /// <summary>What becomes of it when nobody wants it any more.</summary>
    /// <param name="name">What recipients of this kind are called, after "the".</param>
    /// <param name="code">The same in outcome codes.</param>
    /// <param name="removed">Otherwise it was switched off.</param>
    internal static EffectOutcome Unwanted(string name, string code, bool removed) =>
        removed
            ? new EffectOutcome
            {
                State = EffectState.Superseded,
                Code = $"{code}_gone",
                Detail = $"The {name} was removed.",
            }
            : Dead($"{code}_inactive", $"The {name} was switched off before this was delivered.");

    internal EffectOutcome Wait(Effect effect) =>
        new()
        {
            State = EffectState.Planned,
            Code = AfterEarlier,
            Detail = "An earlier event of the same booking is not delivered yet.",
            NotBefore = clock.GetCurrentInstant() + Behind,
            // Waiting is no attempt: the ladder begins with the first real one.
            Also = session => CountAsync(session, effect, effect.Attempt - 1),
        };

    /// <summary>Nobody knows whether it arrived: it is sent again, which receivers are told to expect.</summary>
    internal EffectOutcome AnswerLost() =>
        new()
        {
            State = EffectState.Planned,
            Code = "answer_lost",
            Detail = "Sent once more: nobody knows whether it arrived.",
            NotBefore = clock.GetCurrentInstant(),
        };

    /// <param name="gone">What follows from 410; null: it is an answer like any other.</param>
    internal EffectOutcome Judge(Effect effect, WebhookAnswer answer, Func<DbSession, Task>? gone)
    {
        if (answer.IsTaken)
        {
            return new EffectOutcome
            {
                State = EffectState.Applied,
                Also = session => AnsweredAsync(session, effect, answer),
            };
        }

        var what = answer.Status is { } status ? $"Answered {status}." : $"Not delivered: {answer.Error}.";
        if (answer.Status == 410 && gone is not null)
        {
            return Dead(
                "gone",
                what + " The receiver says that it is gone: the endpoint was switched off.",
                async session =>
                {
                    await AnsweredAsync(session, effect, answer);
                    await gone(session);
                }
            );
        }

        return effect.Attempt > Ladder.Count
            ? Dead("not_taken", what + " It was tried for a day.", session => AnsweredAsync(session, effect, answer))
            : new EffectOutcome
            {
                State = EffectState.Planned,
                Code = "not_taken",
                Detail = what,
                NotBefore = clock.GetCurrentInstant() + Ladder[effect.Attempt - 1],
                Also = session => AnsweredAsync(session, effect, answer),
            };
    }

    internal static EffectOutcome Dead(string code, string detail, Func<DbSession, Task>? also = null) =>
        new()
        {
            State = EffectState.Rejected,
            Code = code,
            Detail = detail,
            Also = also,
        };

    private static async Task<DeliveryTurn> ReadAsync(DbSession session, Effect effect)
    {
        var delivery = await session.FirstAsync<DeliveryRow>(
            """
            SELECT d.endpoint_id, d.event_id, d.subject, d.place, v.body FROM webhook_delivery d
            JOIN webhook_event v ON v.workspace_id = d.workspace_id AND v.id = d.event_id
            WHERE d.workspace_id = @WorkspaceId AND d.id = @Id
            """,
            effect
        );
        var waits = await session.ScalarAsync<bool>(
            """
            SELECT EXISTS (SELECT 1 FROM webhook_delivery d JOIN effect e ON e.workspace_id = d.workspace_id AND e.id = d.id
                WHERE d.workspace_id = @WorkspaceId AND d.endpoint_id = @EndpointId AND d.subject = @Subject AND d.place < @Place AND e.finished_at IS NULL)
            """,
            new
            {
                effect.WorkspaceId,
                delivery.EndpointId,
                delivery.Subject,
                delivery.Place,
            }
        );
        return new DeliveryTurn(delivery.EndpointId, delivery.EventId, delivery.Body, waits);
    }

    private static Task AnsweredAsync(DbSession session, Effect effect, WebhookAnswer answer) =>
        session.ExecuteAsync(
            "UPDATE webhook_delivery SET http_status = @Status, duration_ms = @took WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                answer.Status,
                took = (int)answer.Took.TotalMilliseconds,
                effect.WorkspaceId,
                effect.Id,
            }
        );

    private static Task CountAsync(DbSession session, Effect effect, int attempt) =>
        session.ExecuteAsync(
            "UPDATE effect SET attempt = @attempt WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                attempt,
                effect.WorkspaceId,
                effect.Id,
            }
        );

    private sealed record DeliveryRow
    {
        public required string EndpointId { get; init; }
        public required string EventId { get; init; }
        public required string Subject { get; init; }
        public required long Place { get; init; }
        public required string Body { get; init; }
    }
}
