using System.Text;
using System.Text.RegularExpressions;

namespace Parley.Server.Tests.Mail;

/// <summary>A message read back from its bytes by the rules of the RFCs, not by the code that wrote it.</summary>
public sealed partial class ReadMail
{
    private ReadMail(List<(string Name, string Value)> headers, List<ReadMail> parts, byte[] body)
    {
        Headers = headers;
        Parts = parts;
        Body = body;
    }

    public IReadOnlyList<(string Name, string Value)> Headers { get; }
    public IReadOnlyList<ReadMail> Parts { get; }
    public byte[] Body { get; }
    public string Content => Encoding.UTF8.GetString(Body);
    public string Type => (this["Content-Type"] ?? "text/plain").Split(';')[0].Trim();
    public string? this[string name] =>
        Headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    public IEnumerable<ReadMail> Leaves => Parts.Count == 0 ? [this] : Parts.SelectMany(part => part.Leaves);
    public string Text => Leaf("text/plain").Content;
    public string Html => Leaf("text/html").Content;
    public ReadMail Calendar => Leaf("text/calendar");

    public ReadMail Leaf(string type) => Leaves.Single(leaf => leaf.Type == type);

    /// <summary>Content lines with folds undone.</summary>
    public IReadOnlyList<string> CalendarLines =>
        Calendar
            .Content.Replace("\r\n ", "", StringComparison.Ordinal)
            .Split("\r\n", StringSplitOptions.RemoveEmptyEntries);

    public static ReadMail Parse(string raw)
    {
        var split = raw.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var headers = new List<(string Name, string Value)>();
        foreach (var line in raw[..split].Split("\r\n"))
        {
            if (line.StartsWith(' ') || line.StartsWith('\t'))
            {
                headers[^1] = (headers[^1].Name, headers[^1].Value + line);
            }
            else
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                headers.Add((line[..colon], line[(colon + 1)..].Trim()));
            }
        }

        string? Find(string name) =>
            headers.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

        var body = raw[(split + 4)..];
        var boundary = Boundary().Match(Find("Content-Type") ?? "");
        var parts = boundary.Success
            ? body.Split("--" + boundary.Groups["it"].Value)[1..^1]
                .Select(part => Parse(part.TrimStart('\r', '\n')))
                .ToList()
            : [];
        var bytes =
            Find("Content-Transfer-Encoding") == "base64"
                ? Convert.FromBase64String(body.Replace("\r\n", "", StringComparison.Ordinal))
                : Encoding.Latin1.GetBytes(body);
        return new ReadMail(headers.Select(header => (header.Name, Decode(header.Value))).ToList(), parts, bytes);
    }

    private static string Decode(string value) =>
        Word()
            .Replace(
                Between().Replace(value, ""),
                word =>
                    word.Groups["how"].Value is "B" or "b"
                        ? Encoding.UTF8.GetString(Convert.FromBase64String(word.Groups["text"].Value))
                        : Encoding.UTF8.GetString(Quoted(word.Groups["text"].Value))
            );

    private static byte[] Quoted(string text)
    {
        var bytes = new List<byte>();
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '=')
            {
                bytes.Add(Convert.ToByte(text.Substring(index + 1, 2), 16));
                index += 2;
            }
            else
            {
                bytes.Add((byte)(text[index] == '_' ? ' ' : text[index]));
            }
        }

        return [.. bytes];
    }

    [GeneratedRegex("boundary=\"?(?<it>[^\";]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Boundary();

    [GeneratedRegex(
        @"=\?utf-8\?(?<how>[BbQq])\?(?<text>[^?]*)\?=",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        1000
    )]
    private static partial Regex Word();

    [GeneratedRegex(@"(?<=\?=)\s+(?==\?)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Between();
}
