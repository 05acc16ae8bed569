using Microsoft.AspNetCore.Http;
using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound.Views;

/// <summary>The form of an endpoint as it was typed.</summary>
public sealed record WebhookForm
{
    public const string AllEvents = "all";
    public const string SomeEvents = "some";

    public string Url { get; init; } = "";
    public string Description { get; init; } = "";

    /// <summary><see cref="AllEvents"/> or <see cref="SomeEvents"/>.</summary>
    public string Which { get; init; } = AllEvents;

    /// <summary>Those ticked.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];
    public bool Active { get; init; } = true;

    /// <summary>Makes a form that was sent twice one endpoint; null where one is changed.</summary>
    public string? Key { get; init; }

    /// <summary>What only the form can get wrong: some events are asked for, but none is ticked.</summary>
    internal Problem? Problem
    {
        get
        {
            if (Which == AllEvents || Events.Count > 0)
            {
                return null;
            }

            var errors = new FieldErrors();
            errors.Add("events", "must be at least one, or all");
            return errors.ToProblem();
        }
    }

    public static WebhookForm Fresh() => new() { Key = FormKeys.New() };

    internal static WebhookForm Of(WebhookEndpoint endpoint) =>
        new()
        {
            Url = endpoint.Url,
            Description = endpoint.Description ?? "",
            Which = endpoint.Events.Length == 0 ? AllEvents : SomeEvents,
            Events = endpoint.EventList,
            Active = endpoint.Active,
        };

    /// <param name="endpoint">The one that is changed; null: a new one.</param>
    internal static WebhookForm Read(IFormCollection form, WebhookEndpoint? endpoint) =>
        new()
        {
            Url = form["url"].ToString().Trim(),
            Description = form["description"].ToString().Trim(),
            Which = form["which"] == SomeEvents ? SomeEvents : AllEvents,
            Events = form["events"].OfType<string>().Distinct(StringComparer.Ordinal).ToList(),
            Active = endpoint is null || form["active"] == "true",
            Key = endpoint is null ? form["key"].ToString() : null,
        };

    internal WebhookSettings ToSettings() =>
        new()
        {
            Url = Url,
            Description = Description.Length == 0 ? null : Description,
            Events = Which == AllEvents ? [] : Events,
            Active = Active,
        };
}
