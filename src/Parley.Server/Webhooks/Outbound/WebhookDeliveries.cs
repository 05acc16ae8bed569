using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>
/// Carries deliveries out: at least once, those of one subject in order. What is not taken is tried again on a ladder of a day and is then
/// dead, to be redelivered by hand. A lost answer counts as not taken: receivers tell repetitions by <c>webhook-id</c>.
/// </summary>
public sealed class WebhookDeliveries(Db db, IClock clock, WebhookEndpoints endpoints, WebhookPost post)
    : IEffectHandler
{
    public const string EffectKind = "webhook";

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

    public string Kind => EffectKind;

    public async Task<EffectOutcome> SendAsync(Effect effect, CancellationToken cancellationToken)
    {
        var turn = await db.ReadAsync(session => TurnAsync(session, effect), cancellationToken);
        if (turn.Endpoint is not { } endpoint)
        {
            return new EffectOutcome
            {
                State = EffectState.Superseded,
                Code = "endpoint_gone",
                Detail = "The endpoint was removed.",
            };
        }

        if (!endpoint.Active)
        {
            return Dead("endpoint_inactive", "The endpoint was switched off before this was delivered.", null);
        }

        var now = clock.GetCurrentInstant();
        if (turn.Waits)
        {
            return new EffectOutcome
            {
                State = EffectState.Planned,
                Code = AfterEarlier,
                Detail = "An earlier event of the same booking is not delivered yet.",
                NotBefore = now + Behind,
                // Waiting is no attempt: the ladder begins with the first real one.
                Also = session => CountAsync(session, effect, effect.Attempt - 1),
            };
        }

        IReadOnlyList<string> secrets;
        try
        {
            secrets = await endpoints.SecretsAsync(endpoint, cancellationToken);
        }
        catch (SecretTamperedException)
        {
            return Dead(
                "secret_unreadable",
                "The endpoint's secret does not open where it lies; make a new one.",
                null
            );
        }

        var answer = await post.SendAsync(
            endpoint.Url,
            turn.EventId!,
            now,
            WebhookSignature.Of(secrets, turn.EventId!, now, turn.Body!),
            turn.Body!,
            cancellationToken
        );
        return Judge(effect, answer);
    }

    /// <summary>Nobody knows whether it arrived: it is sent again, which receivers are told to expect.</summary>
    public Task<EffectOutcome> ReconcileAsync(Effect effect, CancellationToken cancellationToken) =>
        Task.FromResult(
            new EffectOutcome
            {
                State = EffectState.Planned,
                Code = "answer_lost",
                Detail = "Sent once more: nobody knows whether it arrived.",
                NotBefore = clock.GetCurrentInstant(),
            }
        );

    private EffectOutcome Judge(Effect effect, WebhookAnswer answer)
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
        if (answer.Status == 410)
        {
            return Dead(
                "gone",
                what + " The receiver says that it is gone: the endpoint was switched off.",
                async session =>
                {
                    await AnsweredAsync(session, effect, answer);
                    await StopAsync(session, effect);
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

    private static EffectOutcome Dead(string code, string detail, Func<DbSession, Task>? also) =>
        new()
        {
            State = EffectState.Rejected,
            Code = code,
            Detail = detail,
            Also = also,
        };

    private static async Task<Turn> TurnAsync(DbSession session, Effect effect)
    {
        var delivery = await session.FirstAsync<DeliveryRow>(
            """
            SELECT d.endpoint_id, d.event_id, d.subject, d.place, v.body FROM webhook_delivery d
            JOIN webhook_event v ON v.workspace_id = d.workspace_id AND v.id = d.event_id
            WHERE d.workspace_id = @WorkspaceId AND d.id = @Id
            """,
            effect
        );
        var endpoint = await WebhookEndpoints.FindAsync(session, effect.WorkspaceId, delivery.EndpointId);
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
        return new Turn(endpoint, delivery.EventId, delivery.Body, waits);
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

    private Task StopAsync(DbSession session, Effect effect) =>
        session.ExecuteAsync(
            """
            UPDATE webhook_endpoint SET active = 0, stopped_because = 'gone', updated_at = @now
            WHERE workspace_id = @WorkspaceId AND id = (SELECT d.endpoint_id FROM webhook_delivery d WHERE d.workspace_id = @WorkspaceId AND d.id = @Id)
            """,
            new
            {
                effect.WorkspaceId,
                effect.Id,
                now = clock.GetCurrentInstant(),
            }
        );

    private sealed record Turn(WebhookEndpoint? Endpoint, string? EventId, string? Body, bool Waits);

    private sealed record DeliveryRow
    {
        public required string EndpointId { get; init; }
        public required string EventId { get; init; }
        public required string Subject { get; init; }
        public required long Place { get; init; }
        public required string Body { get; init; }
    }
}
