using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Inbound;

/// <summary>Where providers deliver their events. Public: the signature over the raw body is the only proof of the sender.</summary>
internal static class InboundApi
{
    public const string Path = "/webhooks";

    public static void MapInboundApi(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Path).AllowAnonymous().DisableAntiforgery().WithTags("Events of providers");
        group
            .MapPost(
                "/{provider}",
                (string provider, HttpContext context, Deliveries deliveries) =>
                    deliveries.TakeAsync(context, provider, null)
            )
            .Describe(
                "receiveProviderEvent",
                "An event signed with the secret token of the installation (`Providers__Zoom__WebhookSecretToken`)"
            );
        group
            .MapPost(
                "/{provider}/{appId}",
                (string provider, string appId, HttpContext context, Deliveries deliveries) =>
                    deliveries.TakeAsync(context, provider, appId)
            )
            .Describe("receiveProviderAppEvent", "An event signed with the secret token of one provider app");
    }

    private static void Describe(this RouteHandlerBuilder endpoint, string name, string summary) =>
        endpoint
            .WithName(name)
            .WithSummary(summary)
            .WithDescription(
                "In the provider's own form and signed by it, at most 256 KiB. Answered within moments; the same event again changes nothing, and one that is not known is taken and forgotten. 404: no such provider or app, or one that delivers no events."
            )
            .WithMetadata(new OperationTrait(ProblemCodes.WebhookRefused, ProblemCodes.TooLarge, ProblemCodes.Busy))
            .Produces<object>(StatusCodes.Status200OK, "application/json")
            .Produces(StatusCodes.Status204NoContent);
}
