using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Conferencing.OAuth;

/// <summary>Proof Key for Code Exchange, RFC 7636; S256 only.</summary>
public static class Pkce
{
    /// <summary>A fresh verifier: 32 random octets as 43 characters, RFC 7636 §4.1.</summary>
    public static string NewVerifier() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>BASE64URL(SHA256(ASCII(verifier))), RFC 7636 §4.2.</summary>
    /// <exception cref="ArgumentException">Not 43–128 unreserved characters.</exception>
    public static string Challenge(string verifier)
    {
        if (verifier.Length is < 43 or > 128 || !verifier.All(IsUnreserved))
            throw new ArgumentException("A code verifier has 43 to 128 unreserved characters.", nameof(verifier));
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
    }

    private static bool IsUnreserved(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~';
}
