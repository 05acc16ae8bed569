using System.Text.Json;
using System.Text.RegularExpressions;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.WriteBack;

/// <summary>What is set for a write-back.</summary>
public sealed partial record WriteBackSettings
{
    public const int MostHeaders = 20;
    private const int LongestBody = 20_000;
    private const int LongestValue = 4000;
    private static readonly string[] Methods = ["POST", "PUT", "PATCH"];

    // The transport's own, and what the body says of itself.
    private static readonly string[] Reserved =
    [
        "host",
        "connection",
        "keep-alive",
        "transfer-encoding",
        "te",
        "trailer",
        "upgrade",
        "expect",
        "proxy-authorization",
        "proxy-connection",
    ];

    /// <summary>Events that concern a meeting, and so may have a reference.</summary>
    public static readonly IReadOnlyList<string> AllEvents =
    [
        WebhookEventTypes.MeetingReady,
        WebhookEventTypes.MeetingUpdated,
        WebhookEventTypes.MeetingRemoved,
        WebhookEventTypes.MeetingEnded,
        WebhookEventTypes.BookingCreated,
        WebhookEventTypes.BookingRescheduled,
        WebhookEventTypes.BookingCancelled,
    ];

    public string Name { get; init; } = "";
    public string Url { get; init; } = "";
    public string Method { get; init; } = "POST";
    public string ContentType { get; init; } = WriteBackContent.Json;
    public string Body { get; init; } = "";

    /// <summary>A secret one without a value keeps the one there is.</summary>
    public IReadOnlyList<WriteBackHeader> Headers { get; init; } = [];
    public IReadOnlyList<string> Events { get; init; } = [];
    public string? System { get; init; }
    public bool Active { get; init; } = true;

    // A record prints its members; secrets are not for logs.
    public override string ToString() => $"WriteBackSettings {{ {Name} }}";

    /// <param name="known">Secrets there are, by name in lower case.</param>
    /// <param name="formerOrigin">Where those were for; null: there are none.</param>
    /// <returns>The problem that names every field that is wrong; null when all are right.</returns>
    internal Problem? Check(WebhookTarget target, IReadOnlySet<string> known, string? formerOrigin)
    {
        var errors = new FieldErrors();
        errors.Text("name", Name, 1, 100);
        CheckUrl(target, errors);
        CheckBody(errors);
        if (!Methods.Contains(Method, StringComparer.Ordinal))
        {
            errors.Add("method", $"must be one of {string.Join(", ", Methods)}");
        }

        if (Events.Count == 0)
        {
            errors.Add("events", "must name at least one");
        }

        for (var index = 0; index < Events.Count; index++)
        {
            if (!AllEvents.Contains(Events[index], StringComparer.Ordinal))
            {
                errors.Add($"events[{index}]", $"must be one of {string.Join(", ", AllEvents)}");
            }
        }

        if (System is not null)
        {
            errors.Text("system", System, 1, 100);
        }

        CheckHeaders(known, formerOrigin, errors);
        return errors.Any ? errors.ToProblem() : null;
    }

    private void CheckUrl(WebhookTarget target, FieldErrors errors)
    {
        var before = new FieldErrors();
        var template = Template.Parse(Url, before, "url");
        if (before.Any)
        {
            Template.Parse(Url, errors, "url");
            return;
        }

        // Where it leads is not for an event to say.
        if (!template.IsPlain && !Authority().IsMatch(template.Beginning))
        {
            errors.Add("url", "may have placeholders only behind the host, in the path and the query");
            return;
        }

        var (url, objection) = template.Url(Placeholders.Samples());
        if ((objection ?? target.Objection(url!)) is { } wrong)
        {
            errors.Add("url", wrong);
        }
    }

    private void CheckBody(FieldErrors errors)
    {
        if (!WriteBackContent.All.Contains(ContentType, StringComparer.Ordinal))
        {
            errors.Add("contentType", $"must be one of {string.Join(", ", WriteBackContent.All)}");
            return;
        }

        if (errors.Lines("body", Body, LongestBody) is null)
        {
            errors.Add("body", "must not be empty");
            return;
        }

        var before = new FieldErrors();
        var template = Template.Parse(Body, before, "body");
        if (before.Any)
        {
            Template.Parse(Body, errors, "body");
        }
        else if (
            WriteBackContent.IsJson(ContentType)
            && !(
                IsJson(template.Body(ContentType, Placeholders.Samples()))
                && IsJson(template.Body(ContentType, Placeholders.Nothing()))
            )
        )
        {
            errors.Add("body", "is not JSON once the placeholders are filled in");
        }
    }

    private void CheckHeaders(IReadOnlySet<string> known, string? formerOrigin, FieldErrors errors)
    {
        if (Headers.Count > MostHeaders)
        {
            errors.Add("headers", $"must have at most {MostHeaders} entries");
        }

        var elsewhere = formerOrigin is not null && formerOrigin != WriteBackRow.OriginOf(Url);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var index = 0; index < Headers.Count; index++)
        {
            var (name, value, secret) = Headers[index];
            var field = $"headers[{index}]";
            if (!Token().IsMatch(name))
            {
                errors.Add($"{field}.name", "must be a header's name such as Authorization");
            }
            else if (
                Reserved.Contains(name.ToLowerInvariant(), StringComparer.Ordinal)
                || name.StartsWith("content-", StringComparison.OrdinalIgnoreCase)
            )
            {
                errors.Add($"{field}.name", "is not for a write-back to set");
            }
            else if (!names.Add(name))
            {
                errors.Add($"{field}.name", "is named twice");
            }

            if (string.IsNullOrEmpty(value))
            {
                var there = secret && known.Contains(name.ToLowerInvariant());
                if (!there)
                {
                    errors.Add($"{field}.value", "must not be empty");
                }
                else if (elsewhere)
                {
                    errors.Add(
                        $"{field}.value",
                        "must be entered again: the address leads to another host, which is not given a secret unseen"
                    );
                }
            }
            else if (value.Length > LongestValue || value.Any(character => character is < ' ' or > '~'))
            {
                errors.Add($"{field}.value", $"must be at most {LongestValue} visible ASCII characters");
            }
        }
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [GeneratedRegex("^https?://[^/?#{}]+[/?]", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Authority();

    [GeneratedRegex("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token();
}
