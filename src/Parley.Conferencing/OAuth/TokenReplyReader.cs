using System.Globalization;
using System.Text.Json;
using NodaTime;
using Parley.Conferencing.Wire;

namespace Parley.Conferencing.OAuth;

/// <summary>Reads a token reply, RFC 6749 §5.1, with the liberties servers take.</summary>
internal static class TokenReplyReader
{
    private static readonly Duration Longest = Duration.FromDays(400);

    /// <summary>Null when the body is no token reply.</summary>
    public static TokenReply? Read(JsonElement body, Duration defaultExpiresIn)
    {
        if (JsonText.Find(body, "access_token") is not { } accessToken)
            return null;
        return new TokenReply
        {
            AccessToken = accessToken,
            RefreshToken = JsonText.Find(body, "refresh_token"),
            // A reply that carries tokens is never thrown away for an odd lifetime: the refresh token in it may be the only one.
            ExpiresIn = Lifetime(JsonText.Find(body, "expires_in")) ?? defaultExpiresIn,
            Scopes = Scopes(body),
            ApiBaseUrl = JsonText.Find(body, "api_url"),
            Principal = JsonText.Find(body, "principal"),
        };
    }

    private static Duration? Lifetime(string? seconds) =>
        decimal.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
        && number > 0
            ? Duration.FromSeconds((long)Math.Min(number, (decimal)Longest.TotalSeconds))
            : null;

    private static string[]? Scopes(JsonElement body)
    {
        if (!body.TryGetProperty("scope", out var value))
            return null;
        // RFC 6749 §3.3 says a space-separated text; commas and arrays are seen in the field.
        string[] scopes =
            value.ValueKind == JsonValueKind.Array
                ? [.. value.EnumerateArray().Select(JsonText.Read).OfType<string>()]
                : (JsonText.Read(value) ?? "").Split([' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return scopes.Length == 0 ? null : [.. scopes.Distinct(StringComparer.Ordinal)];
    }
}
