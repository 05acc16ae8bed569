using Parley.Server.Web;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>What is set for an endpoint.</summary>
public sealed record WebhookSettings
{
    public string Url { get; init; } = "";
    public string? Description { get; init; }

    /// <summary>Names of <see cref="WebhookEventTypes"/>; empty: all, those to come included.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];
    public bool Active { get; init; } = true;

    /// <returns>The problem that names every field that is wrong; null when all are right.</returns>
    internal Problem? Check(WebhookTarget target)
    {
        var errors = new FieldErrors();
        if (target.Objection(Url) is { } objection)
        {
            errors.Add("url", objection);
        }

        if (Description is { Length: > 200 })
        {
            errors.Add("description", "must be at most 200 characters");
        }

        for (var index = 0; index < Events.Count; index++)
        {
            if (!WebhookEventTypes.All.Contains(Events[index]))
            {
                errors.Add(
                    $"events[{index}]",
                    $"must be one of {string.Join(", ", WebhookEventTypes.All.Order(StringComparer.Ordinal))}"
                );
            }
        }

        return errors.Any ? errors.ToProblem() : null;
    }
}
