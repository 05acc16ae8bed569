using System.Text;
using System.Text.RegularExpressions;

namespace Parley.Sandbox.Wire;

/// <summary>Takes secrets out of what the wire log keeps: by field name in JSON, forms and queries, and anything shaped like a token.</summary>
internal static partial class Redaction
{
    private const string Mark = "[redacted]";
    private const string Names =
        "access_token|refresh_token|accessToken|refreshToken|authenticationToken|oauth_token|token|hostURL|hostUrl|"
        + "client_secret|clientSecret|password|code|code_verifier|pat|formKey|assertion";

    public static string Of(string text) =>
        TokenShape()
            .Replace(FormField().Replace(JsonField().Replace(text, $"${{name}}\"{Mark}\""), $"${{name}}{Mark}"), Mark);

    /// <summary>Names and values lie lines apart in a multipart form, out of reach of the patterns: none of it is kept.</summary>
    public static string OfBody(string text, string? contentType) =>
        contentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true ? Mark : Of(text);

    /// <summary>The beginning of a long answer, cut between two fields so that half a secret, which no pattern finds, is never kept.</summary>
    public static string OfBeginning(byte[] body, int most)
    {
        if (body.Length <= most)
        {
            return Of(Encoding.UTF8.GetString(body));
        }

        int end = body.AsSpan(0, most).LastIndexOfAny((byte)',', (byte)'}');
        return Of(Encoding.UTF8.GetString(body, 0, end + 1));
    }

    [GeneratedRegex($"(?<name>\"(?:{Names})\"\\s*:\\s*)\"(?:[^\"\\\\]|\\\\.)*\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex JsonField();

    [GeneratedRegex($"(?<name>(?:^|[?&])(?:{Names})=)[^&\\s\"<>]*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FormField();

    [GeneratedRegex("eyJ[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]+)*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TokenShape();
}
