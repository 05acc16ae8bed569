using System.Net;
using System.Text;
using System.Text.Json;

namespace Parley.Conferencing.Wire;

/// <summary>What came back: status and body as bytes, not yet understood.</summary>
internal sealed record WireReply
{
    public required HttpStatusCode Status { get; init; }
    public required ReadOnlyMemory<byte> Body { get; init; }
    public string? MediaType { get; init; }
    public string? RetryAfter { get; init; }

    /// <summary>Zoom's <c>X-RateLimit-Type</c>: <c>QPS</c> or <c>Daily-limit</c>.</summary>
    public string? RateLimitType { get; init; }

    /// <summary>The connection broke within the body; the status is all there is.</summary>
    public bool BodyBroken { get; init; }

    /// <summary>The body went on past what we accept; the status is all there is.</summary>
    public bool BodyTooLarge { get; init; }

    public bool BodyUnreadable => BodyBroken || BodyTooLarge;

    public int StatusCode => (int)Status;
    public bool IsSuccess => StatusCode is >= 200 and < 300;

    /// <summary>Markup where data was due: a gateway, a captive portal or an error page spoke, not the interface.</summary>
    public bool IsMarkup =>
        MediaType is "text/html" or "application/xhtml+xml"
        || Encoding.UTF8.GetString(Body.Span[..Math.Min(Body.Length, 256)]).AsSpan().TrimStart("\uFEFF \t\r\n")
            is ['<', ..];

    public string Text => Encoding.UTF8.GetString(Body.Span);

    /// <summary>The body as a JSON object, or null when it is none.</summary>
    public JsonElement? Object
    {
        get
        {
            try
            {
                using var document = JsonDocument.Parse(Body, new JsonDocumentOptions { MaxDepth = 32 });
                return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}
