using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Parley.Server.Provisioning;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>The caller's own record a meeting or booking belongs to: shown, searched, and handed back unchanged.</summary>
public sealed record ReferenceRequest
{
    private const int LongestName = 100;
    private const int LongestId = 200;
    private const int LongestUrl = 2000;

    /// <summary>Name of the other system; at most 100 characters.</summary>
    public string? System { get; init; }

    /// <summary>At most 100 characters.</summary>
    public string? RecordType { get; init; }

    /// <summary>At most 200 characters.</summary>
    public string? RecordId { get; init; }

    /// <summary>http or https, at most 2000 characters; pages link to it.</summary>
    public string? Url { get; init; }

    internal bool IsEmpty =>
        string.IsNullOrEmpty(System)
        && string.IsNullOrEmpty(RecordType)
        && string.IsNullOrEmpty(RecordId)
        && string.IsNullOrEmpty(Url);

    internal static ReferenceRequest? Of(string? stored) =>
        stored is null ? null : JsonSerializer.Deserialize<ReferenceRequest>(stored, Json.Stored);

    /// <summary>From the group "CRM record" of a form; null: the form has none.</summary>
    internal static ReferenceRequest? Of(IFormCollection form) =>
        form.ContainsKey("reference.recordId")
            ? new ReferenceRequest
            {
                System = form["reference.system"].ToString().Trim(),
                RecordType = form["reference.recordType"].ToString().Trim(),
                RecordId = form["reference.recordId"].ToString().Trim(),
                Url = form["reference.url"].ToString().Trim(),
            }
            : null;

    /// <summary>What is left empty in a form is not there.</summary>
    internal ReferenceRequest? Tidy() =>
        IsEmpty
            ? null
            : new ReferenceRequest
            {
                System = System is { Length: > 0 } ? System : null,
                RecordType = RecordType is { Length: > 0 } ? RecordType : null,
                RecordId = RecordId is { Length: > 0 } ? RecordId : null,
                Url = Url is { Length: > 0 } ? Url : null,
            };

    /// <summary>As it is kept; everything wrong is named by its field.</summary>
    /// <returns>JSON; null: there is no record.</returns>
    internal static string? Check(ReferenceRequest? reference, FieldErrors errors)
    {
        if (reference is null || reference.IsEmpty)
        {
            return null;
        }

        Bound("reference.system", reference.System, LongestName);
        Bound("reference.recordType", reference.RecordType, LongestName);
        Bound("reference.recordId", reference.RecordId, LongestId);
        Bound("reference.url", reference.Url, LongestUrl);
        if (
            reference.Url is { Length: > 0 } url
            && !(
                Uri.TryCreate(url, UriKind.Absolute, out var parsed)
                && parsed.Scheme is "https" or "http"
                && parsed.UserInfo.Length == 0
                && parsed.Host.Length > 0
            )
        )
        {
            errors.Add("reference.url", "must be an http or https address without a user name");
        }

        return JsonSerializer.Serialize(reference, Json.Api);

        void Bound(string field, string? value, int most)
        {
            // Kept as it came: nothing is trimmed away before it is looked at.
            if (value is not null && value.Any(char.IsControl))
            {
                errors.Add(field, "must not contain line breaks or control characters");
            }
            else if (value?.Length > most)
            {
                errors.Add(field, $"must have at most {most} characters");
            }
        }
    }

    /// <summary><c>system:recordId</c> as a filter of a list; the id may contain colons, the system may not.</summary>
    internal static (string? System, string? RecordId) ReadFilter(ListRequest list)
    {
        var (system, id) = ((string?)null, list.Text("recordId"));
        if (list.Text("reference") is { } both)
        {
            var colon = both.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || colon == both.Length - 1)
            {
                list.Errors.Add("reference", "must be system:recordId");
            }
            else
            {
                (system, id) = (both[..colon], both[(colon + 1)..]);
            }
        }

        foreach (var (field, value) in new[] { ("reference", system), ("recordId", id) })
        {
            // PostgreSQL takes no NUL in a text.
            if (value?.Any(char.IsControl) == true)
            {
                list.Errors.Add(field, "must not contain control characters");
            }
        }

        return (system, id);
    }
}
