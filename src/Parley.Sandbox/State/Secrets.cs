using System.Security.Cryptography;
using System.Text;

namespace Parley.Sandbox.State;

/// <summary>Random values and their hashes. Tokens, codes and cookies are stored as hashes only.</summary>
internal static class Secrets
{
    public static string Text(int bytes) => Base64Url(RandomNumberGenerator.GetBytes(bytes));

    /// <summary>Looks like the provider's access token: three parts, begins with eyJ, far longer than 255 characters.</summary>
    public static string AccessToken() =>
        $"{Base64Url("""{"kid":"sandbox","alg":"RS512"}"""u8)}.{Base64Url("{\""u8)}{Text(420)}.{Text(256)}";

    public static string Hash(string secret) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    public static bool Same(string left, string right) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));

    public static string Base64Url(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    /// <summary>A number of exactly so many digits, not starting with 0.</summary>
    public static long Digits(int count)
    {
        long low = (long)Math.Pow(10, count - 1);
        ulong span = (ulong)low * 8;
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        return low + (long)(BitConverter.ToUInt64(bytes) % span);
    }
}
