using System.Text.Json;
using NodaTime;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.WriteBack;

/// <summary>Kinds of body a write-back can send; each escapes values in its own way.</summary>
public static class WriteBackContent
{
    public const string Json = "application/json";
    public const string MergePatch = "application/merge-patch+json";
    public const string Form = "application/x-www-form-urlencoded";
    public const string Xml = "application/xml";
    public const string Text = "text/plain";
    public static readonly string[] All = [Json, MergePatch, Form, Xml, Text];

    public static bool IsJson(string type) => type is Json or MergePatch;
}

/// <summary>A header of its requests.</summary>
/// <param name="Value">Null where it is secret: the value lies in the vault.</param>
public sealed record WriteBackHeader(string Name, string? Value, bool Secret);

/// <summary>One HTTP request another system understands, and when it is sent: a row of table <c>write_back</c> without its secrets.</summary>
public sealed record WriteBackRow : IListed
{
    internal const string Columns =
        "workspace_id, id, name, url, method, content_type, body, headers, generation, events, system, active, created_at, updated_at";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>With placeholders, as <see cref="Body"/>.</summary>
    public required string Url { get; init; }
    public required string Method { get; init; }
    public required string ContentType { get; init; }
    public required string Body { get; init; }

    /// <summary>JSON; read <see cref="HeaderList"/>.</summary>
    public required string Headers { get; init; }
    public required long Generation { get; init; }

    /// <summary>Names by blanks.</summary>
    public required string Events { get; init; }

    /// <summary>Only for references of this system; null: of any.</summary>
    public string? System { get; init; }
    public required bool Active { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }

    public IReadOnlyList<WriteBackHeader> HeaderList =>
        JsonSerializer.Deserialize<List<WriteBackHeader>>(Headers, Json.Stored)!;
    public IReadOnlyList<string> EventList => Events.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What its ETag begins with: every change counts a generation.</summary>
    public string State => EntityTags.StateOf(Id, Generation);

    /// <summary>Where it leads, as far as secrets are concerned.</summary>
    public string Origin => OriginOf(Url);

    public bool Wants(string type) => EventList.Contains(type, StringComparer.Ordinal);

    internal static string OriginOf(string url)
    {
        var authority = url.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 ? scheme + 3 : 0;
        var end = url.IndexOfAny(['/', '?', '#', '{'], authority);
        return (end < 0 ? url : url[..end]).ToLowerInvariant();
    }
}
