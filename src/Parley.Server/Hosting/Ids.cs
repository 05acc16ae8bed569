using System.Security.Cryptography;
using NodaTime;

namespace Parley.Server;

/// <summary>
/// The one place ids and secrets are made. Ids are short text that sorts by time of making: a prefix, 48 bits of
/// milliseconds and 80 random bits in lower-case base 32 (Crockford's alphabet), e.g. <c>bkg_01jd8p…</c>.
/// </summary>
public sealed class Ids(IClock clock)
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public string New(string prefix)
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes);
        var milliseconds = clock.GetCurrentInstant().ToUnixTimeMilliseconds();
        for (var index = 5; index >= 0; index--)
        {
            bytes[index] = (byte)milliseconds;
            milliseconds >>= 8;
        }

        return $"{prefix}_{Encode(bytes)}";
    }

    /// <summary>128 random bits, URL-safe: doors, connect links, states.</summary>
    public static string Unguessable() => Secret(16);

    /// <param name="bytes">Random bytes; the text is URL-safe base 64 without padding.</param>
    public static string Secret(int bytes) =>
        System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));

    /// <summary>As stored: a secret's SHA-256, so that a read of the database opens nothing.</summary>
    public static string HashOf(string secret) =>
        Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(secret)));

    private static string Encode(ReadOnlySpan<byte> bytes)
    {
        // 128 bits as 26 digits of 5 bits, the first digit holding the 3 topmost.
        Span<char> text = stackalloc char[26];
        var value = new UInt128(
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes),
            System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes[8..])
        );
        for (var index = 25; index >= 0; index--)
        {
            text[index] = Alphabet[(int)(value & 31)];
            value >>= 5;
        }

        return new string(text);
    }
}
