using NodaTime;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Meetings;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Embed;

/// <summary>
/// The sandbox's CRM, connected with one click: what an administrator would otherwise do by hand in two systems. A key for its pages, an
/// endpoint for its log, and both handed over.
/// </summary>
internal sealed class CrmDemo(
    ParleyOptions options,
    ApiKeys keys,
    PublishableKeys publishable,
    ConnectionDirectory connections,
    WebhookEndpoints endpoints
)
{
    private const string Name = "CRM demo";
    private const int MostLooked = 200;
    private static readonly string[] Events =
    [
        .. WebhookEventTypes
            .All.Where(type => type.StartsWith("meeting.", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    public bool IsThere => options.Demo.Crm is not null;

    public string? Url => options.Demo.Crm?.Url;

    /// <summary>Pressed again, it is the same key and endpoint, with a new secret.</summary>
    /// <returns>Why it did not work; null when it did.</returns>
    public async Task<Problem?> ConnectAsync(Caller caller, CancellationToken cancellationToken)
    {
        var crm = options.Demo.Crm!;
        var all = await connections.AllAsync(caller.WorkspaceId, cancellationToken);
        if (all.FirstOrDefault(one => MeetingDesk.Unusable(one) is null) is not { } host)
        {
            return new Problem(ProblemCodes.Conflict, "No account can host meetings yet.")
            {
                Next = "Connect one under Video conferencing, then press the button again.",
            };
        }

        var origin = new Uri(crm.Url).GetLeftPart(UriPartial.Authority);
        var key = (await keys.ListAsync(caller.WorkspaceId, MostLooked, Cursor.Start)).Items.FirstOrDefault(one =>
            one.IsPublishable && one.Name == Name && one.ConnectionId == host.Id && one.OriginList.Contains(origin)
        );
        if (key is null)
        {
            var made = await publishable.CreateAsync(caller, Name, [origin], host.Id, cancellationToken);
            if (!made.Succeeded)
            {
                return made.Problem;
            }

            key = made.Value;
        }

        var endpoint = await EndpointAsync(caller.WorkspaceId, crm, cancellationToken);
        if (!endpoint.Succeeded)
        {
            return endpoint.Problem;
        }

        crm.Connect(options.Origin, key.KeyText!, endpoint.Value.Secret);
        return null;
    }

    private async Task<Answer<NewWebhookEndpoint>> EndpointAsync(
        string workspaceId,
        DemoCrm crm,
        CancellationToken cancellationToken
    )
    {
        var known = await endpoints.PageAsync(workspaceId, Cursor.Start, MostLooked, cancellationToken);
        return known.Items.FirstOrDefault(one => one.Url == crm.WebhookUrl) is { } there
            ? await endpoints.RotateAsync(there, Duration.Zero, expected: null, cancellationToken)
            : await endpoints.CreateAsync(
                workspaceId,
                new WebhookSettings
                {
                    Url = crm.WebhookUrl,
                    Description = Name,
                    Events = Events,
                },
                keep: null,
                cancellationToken
            );
    }
}
