using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Parley.Conferencing;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>ETags of meetings: of ours the ledger's version, of others what the provider tells that a change could overwrite.</summary>
internal static class MeetingTags
{
    public static string Of(Arrangement arrangement) => Of(arrangement.Id, arrangement.Version, arrangement.Reference);

    /// <summary>The record it belongs to may change alone, without a new version for the provider.</summary>
    public static string Of(string id, int version, string? reference) =>
        string.Create(CultureInfo.InvariantCulture, $"\"{id}.{version}")
        + (reference is null ? "\"" : $".{Ids.HashOf(reference)[..12]}\"");

    /// <summary>The same for as long as nobody changes it: who is in the room and how it is joined are left out.</summary>
    public static string Of(Meeting meeting)
    {
        var state = JsonSerializer.Serialize(
            new
            {
                meeting.Id,
                meeting.Subject,
                meeting.StartsAt,
                meeting.EndsAt,
                meeting.TimeZone,
                meeting.Type,
                meeting.PasscodeRequired,
                meeting.CoOrganizerKeys,
            },
            Json.Stored
        );
        return $"\"{Ids.HashOf(state)[..32]}\"";
    }

    public static void Set(HttpContext context, string? tag)
    {
        if (tag is not null)
        {
            context.Response.Headers.ETag = tag;
        }
    }

    /// <param name="ifMatch">The header; empty where there is none.</param>
    /// <returns>Null: the change may be made.</returns>
    public static Problem? Mismatch(string ifMatch, string tag) =>
        ifMatch.Length == 0 || ifMatch == "*" || ifMatch == tag
            ? null
            : new Problem(ProblemCodes.PreconditionFailed, "The meeting changed since it was read.")
            {
                Next = "Read it again and repeat the change on the new version.",
            };
}
