using System.Text.Json;
using Parley.Conferencing;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Provisioning;

/// <summary>
/// How people get into a meeting – link, passcode, telephone – kept as the provider tells it now. A passcode that is set, taken away or
/// changed at the provider changes the link with it: the one that was told at first then leads to a question nobody can answer.
/// </summary>
public sealed class MeetingEntry(ProviderCatalogue catalogue, WebhookEvents webhooks)
{
    /// <param name="arrangement">As locked, or as sent under its lease.</param>
    /// <param name="told">Of one meeting asked for by its id; what it does not tell stays.</param>
    public async Task KeepAsync(DbSession session, Arrangement arrangement, Meeting told)
    {
        var now = With(arrangement, told);
        if (now != arrangement)
        {
            await session.ExecuteAsync(
                """
                UPDATE arrangement SET join_url = @JoinUrl, join_url_source = @JoinUrlSource, passcode = @Passcode, dial_in = @DialIn, access_code = @AccessCode
                WHERE workspace_id = @WorkspaceId AND id = @Id AND provider_meeting_id = @ProviderMeetingId
                """,
                now
            );
        }
    }

    /// <summary>As <see cref="KeepAsync"/>, where nobody here asked for a change: who keeps the link elsewhere hears of another one.</summary>
    /// <returns>Whether link or passcode are others.</returns>
    public async Task<bool> HeardAsync(DbSession session, Arrangement arrangement, Meeting told)
    {
        await KeepAsync(session, arrangement, told);
        var now = With(arrangement, told);
        if (now.JoinUrl == arrangement.JoinUrl && now.Passcode == arrangement.Passcode)
        {
            return false;
        }

        await webhooks.OfAsync(session, WebhookEventTypes.MeetingUpdated, arrangement);
        return true;
    }

    private Arrangement With(Arrangement arrangement, Meeting told)
    {
        if (told.Id != arrangement.ProviderMeetingId)
        {
            return arrangement;
        }

        var trusted =
            told.JoinUrl is { } url && catalogue.Find(arrangement.Provider)!.Provider.IsTrustedLink(url) ? url : null;
        return arrangement with
        {
            JoinUrl = trusted ?? arrangement.JoinUrl,
            JoinUrlSource = trusted is null ? arrangement.JoinUrlSource : "created",
            // Told to be needed, or not: then the passcode, or its absence, is told as well.
            Passcode = told.PasscodeRequired is null ? arrangement.Passcode : told.Passcode,
            DialIn = told.DialIn.Count > 0 ? JsonSerializer.Serialize(told.DialIn, Json.Stored) : arrangement.DialIn,
            AccessCode = told.AccessCode ?? arrangement.AccessCode,
        };
    }
}
