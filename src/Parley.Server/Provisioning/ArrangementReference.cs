using System.Text.Json;
using Parley.Server.Web;

namespace Parley.Server.Provisioning;

/// <summary>The record of another system an arrangement belongs to, as stored: checked when it came in, handed back unchanged.</summary>
public sealed record ArrangementReference
{
    public string? System { get; init; }
    public string? RecordType { get; init; }
    public string? RecordId { get; init; }
    public string? Url { get; init; }

    /// <returns>Null: there is none.</returns>
    public static ArrangementReference? Of(string? stored) =>
        stored is null ? null : JsonSerializer.Deserialize<ArrangementReference>(stored, Json.Stored);

    /// <summary>What pages call it: system and record id, or the next best.</summary>
    public string Text =>
        Joined(System, RecordId) is { Length: > 0 } named ? named
        : RecordType is { Length: > 0 } type ? type
        : Url ?? "";

    /// <summary>Only what a browser may be sent to.</summary>
    public string? Link =>
        global::System.Uri.TryCreate(Url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https"
            ? Url
            : null;

    private static string Joined(params string?[] parts) =>
        string.Join(' ', parts.Where(part => !string.IsNullOrWhiteSpace(part)));
}
