using System.Globalization;
using System.Security.Cryptography;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Zoom.Meetings;

/// <summary>Meeting numbers and the <c>uuid</c> of each run (reference §2.6).</summary>
internal static class Identifiers
{
    /// <summary>11 digits: never an Int32.</summary>
    public static long NewNumber(World state)
    {
        while (true)
        {
            long id = Secrets.Digits(11);
            if (state.ZoomMeetings.Find(id) is null)
            {
                return id;
            }
        }
    }

    /// <summary>16 bytes in base64; some begin with a slash or hold two in a row, for those must be encoded twice in a path.</summary>
    public static string NewUuid(ZoomMeetingSwitches switches)
    {
        while (true)
        {
            byte[] bytes = RandomNumberGenerator.GetBytes(16);
            string uuid = Convert.ToBase64String(bytes);
            switch (switches.Uuids)
            {
                case "plain" when uuid.Contains('/', StringComparison.Ordinal):
                    continue;
                case "slashes":
                    return $"/{uuid[1..9]}//{uuid[11..]}";
                case "mixed" when bytes[0] % 8 == 0:
                    return $"/{uuid[1..]}";
                case "mixed" when bytes[0] % 8 == 1:
                    return $"{uuid[..9]}//{uuid[11..]}";
                default:
                    return uuid;
            }
        }
    }

    /// <summary>A path segment as it was meant, however often it was percent-encoded.</summary>
    public static string Decoded(string segment)
    {
        string decoded = Uri.UnescapeDataString(segment);
        while (decoded != segment)
        {
            (segment, decoded) = (decoded, Uri.UnescapeDataString(decoded));
        }

        return decoded;
    }

    /// <summary>A meeting number, with or without the blanks and dashes people write.</summary>
    public static long? Number(string text)
    {
        string digits = text.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        return
            digits.Length is >= 9 and <= 11
            && digits.All(char.IsAsciiDigit)
            && long.TryParse(digits, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;
    }
}
