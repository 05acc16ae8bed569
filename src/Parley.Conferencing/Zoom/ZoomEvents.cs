using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.Zoom;

/// <summary>
/// Zoom's webhooks (developers.zoom.us/docs/api/webhooks): <c>x-zm-signature: v0=</c> and the hex of HMAC-SHA256 over
/// <c>v0:{x-zm-request-timestamp}:{body}</c>, the body as it arrived, byte for byte.
/// </summary>
public sealed class ZoomEvents : IProviderEvents
{
    public const string SignatureHeader = "x-zm-signature";
    public const string TimestampHeader = "x-zm-request-timestamp";
    private const string Version = "v0";
    private const int LongestPlainToken = 1000;

    // Zoom states no window; five minutes allow for clocks and for its own repetitions, each of which is dated anew.
    private static readonly Duration Window = Duration.FromMinutes(5);

    public EventDelivery Read(
        ReadOnlyMemory<byte> body,
        Func<string, string?> header,
        IReadOnlyList<string> secrets,
        Instant now
    )
    {
        if (secrets.All(string.IsNullOrEmpty))
            return new EventDelivery.Refused("no_secret_configured", "No secret token is known for this Zoom app.");
        var (signature, timestamp) = (header(SignatureHeader), header(TimestampHeader));
        if (string.IsNullOrEmpty(signature) || string.IsNullOrEmpty(timestamp))
        {
            return new EventDelivery.Refused(
                "signature_missing",
                $"The delivery lacks {SignatureHeader} or {TimestampHeader}."
            );
        }
        if (SentAt(timestamp) is not { } sentAt || sentAt < now - Window || sentAt > now + Window)
        {
            return new EventDelivery.Refused(
                "timestamp_out_of_window",
                "The delivery is dated more than five minutes off. If deliveries keep being refused, compare this server's clock."
            );
        }
        if (Signer(signature, timestamp, body.Span, secrets) is not { } secret)
        {
            return new EventDelivery.Refused(
                "signature_wrong",
                "The signature fits none of the secret tokens known for this Zoom app."
            );
        }
        return Understand(body, secret);
    }

    /// <summary>The signature is looked at first for a challenge as well: answering anybody's would sign whatever they like.</summary>
    private static EventDelivery Understand(ReadOnlyMemory<byte> body, string secret)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                return new EventDelivery.Accepted(ZoomEventReader.Unreadable(body.Span));
            if (PlainToken(document.RootElement) is { } plainToken)
                return new EventDelivery.Challenge(Answer(plainToken, secret));
            return new EventDelivery.Accepted(ZoomEventReader.Read(document.RootElement, body.Span));
        }
        // The second: JSON in form whose names or texts are no text (a lone surrogate, bytes that are no UTF-8).
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return new EventDelivery.Accepted(ZoomEventReader.Unreadable(body.Span));
        }
    }

    private static string? PlainToken(JsonElement root) =>
        JsonText.Find(root, "event") == "endpoint.url_validation"
        && root.TryGetProperty("payload", out var payload)
        && payload.ValueKind == JsonValueKind.Object
        && JsonText.Find(payload, "plainToken") is { Length: <= LongestPlainToken } token
            ? token
            : null;

    private static string Answer(string plainToken, string secret)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("plainToken", plainToken);
            json.WriteString("encryptedToken", Hex(secret, Encoding.UTF8.GetBytes(plainToken)));
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string? Signer(
        string signature,
        string timestamp,
        ReadOnlySpan<byte> body,
        IReadOnlyList<string> secrets
    )
    {
        byte[] message = [.. Encoding.UTF8.GetBytes($"{Version}:{timestamp}:"), .. body];
        var presented = Encoding.UTF8.GetBytes(signature.Trim());
        string? signer = null;
        // All secrets are tried, so that the time taken does not tell which one fits.
        foreach (var secret in secrets.Where(secret => !string.IsNullOrEmpty(secret)))
        {
            var expected = Encoding.UTF8.GetBytes($"{Version}={Hex(secret, message)}");
            if (CryptographicOperations.FixedTimeEquals(expected, presented))
                signer ??= secret;
        }
        return signer;
    }

    private static string Hex(string secret, ReadOnlySpan<byte> message) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), message));

    /// <summary>Seconds, as in Zoom's examples; thirteen digits are milliseconds.</summary>
    private static Instant? SentAt(string timestamp) =>
        timestamp.Length is >= 1 and <= 13
        && long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? timestamp.Length == 13
                ? Instant.FromUnixTimeMilliseconds(number)
                : number <= 99_999_999_999L
                    ? Instant.FromUnixTimeSeconds(number)
                    : null
            : null;
}
