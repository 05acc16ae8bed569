using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>Signatures as Standard Webhooks has them: HMAC-SHA256 over <c>id.timestamp.body</c>, base 64, <c>v1,</c> before it.</summary>
public static class WebhookSignature
{
    private const string Prefix = "whsec_";
    private const int SecretBytes = 32;

    /// <summary><c>whsec_</c> and 256 random bits in base 64.</summary>
    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretBytes));

    /// <summary>The header's value: one signature for each secret, by blanks; receivers accept any.</summary>
    public static string Of(IEnumerable<string> secrets, string id, Instant at, string body) =>
        string.Join(
            ' ',
            secrets.Select(secret =>
                "v1,"
                + Convert.ToBase64String(
                    HMACSHA256.HashData(
                        Convert.FromBase64String(secret[Prefix.Length..]),
                        Encoding.UTF8.GetBytes($"{id}.{Timestamp(at)}.{body}")
                    )
                )
            )
        );

    /// <summary>Whole seconds since 1970.</summary>
    public static string Timestamp(Instant at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
