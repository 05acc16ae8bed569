using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>
/// Carries deliveries to endpoints out: at least once, those of one subject in order. A lost answer counts as not taken: receivers tell
/// repetitions by <c>webhook-id</c>.
/// </summary>
public sealed class WebhookDeliveries(IClock clock, DeliveryTurns turns, WebhookEndpoints endpoints, WebhookPost post)
    : IEffectHandler
{
    public const string EffectKind = "webhook";

    public string Kind => EffectKind;

    public async Task<EffectOutcome> SendAsync(Effect effect, CancellationToken cancellationToken)
    {
        var (turn, endpoint) = await turns.ReadAsync(
            effect,
            (session, id) => WebhookEndpoints.FindAsync(session, effect.WorkspaceId, id),
            cancellationToken
        );
        if (endpoint is not { Active: true })
        {
            return DeliveryTurns.Unwanted("endpoint", "endpoint", removed: endpoint is null);
        }

        if (turn.Waits)
        {
            return turns.Wait(effect);
        }

        IReadOnlyList<string> secrets;
        try
        {
            secrets = await endpoints.SecretsAsync(endpoint, cancellationToken);
        }
        catch (SecretTamperedException)
        {
            return DeliveryTurns.Dead(
                "secret_unreadable",
                "The endpoint's secret does not open where it lies; make a new one."
            );
        }

        var now = clock.GetCurrentInstant();
        var answer = await post.SendAsync(
            endpoint.Url,
            turn.EventId,
            now,
            WebhookSignature.Of(secrets, turn.EventId, now, turn.Body),
            turn.Body,
            cancellationToken
        );
        return turns.Judge(effect, answer, session => StopAsync(session, endpoint));
    }

    public Task<EffectOutcome> ReconcileAsync(Effect effect, CancellationToken cancellationToken) =>
        Task.FromResult(turns.AnswerLost());

    private Task StopAsync(DbSession session, WebhookEndpoint endpoint) =>
        session.ExecuteAsync(
            "UPDATE webhook_endpoint SET active = 0, stopped_because = 'gone', updated_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                endpoint.WorkspaceId,
                endpoint.Id,
                now = clock.GetCurrentInstant(),
            }
        );
}
