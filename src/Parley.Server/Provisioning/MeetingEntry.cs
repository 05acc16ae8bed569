using System.Text.Json;
using Parley.Conferencing;
using Parley.Server.Observed;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Provisioning;

/// <summary>
/// How people get into a meeting – link, passcode, telephone – kept as the provider tells it now. An audio option or a passcode that is
/// set, taken away or changed changes numbers, codes and sometimes the link with it: those kept from before would be given to people who
/// cannot use them.
/// </summary>
public sealed class MeetingEntry(ProviderCatalogue catalogue, WebhookEvents webhooks)
{
    /// <summary>Whether the meeting was ever sent with another audio option or passcode rule. The answer to an update need not tell what follows.</summary>
    public static async Task<bool> MayHaveChangedAsync(DbSession session, Arrangement arrangement)
    {
        var joining = SentMeeting.Of(arrangement).Joining;
        return (await Sightings.SentAsync(session, arrangement)).Exists(one => one.Joining != joining);
    }

    /// <param name="arrangement">As locked, or as sent under its lease.</param>
    /// <param name="told">Of one meeting asked for by its id; what it does not tell stays.</param>
    public Task KeepAsync(DbSession session, Arrangement arrangement, Meeting told) =>
        StoreAsync(session, arrangement, With(arrangement, told));

    /// <summary>As <see cref="KeepAsync"/>, after a change of audio or passcode: numbers and codes that are not told are there no more.</summary>
    /// <param name="told">Null when the provider could not be asked: the numbers of before are then the best guess of a meeting with telephone.</param>
    public Task ChangedAsync(DbSession session, Arrangement arrangement, Meeting? told)
    {
        if (told is null)
        {
            return arrangement.Details.Audio is AudioOption.Hybrid or AudioOption.Pstn
                ? Task.CompletedTask
                : StoreAsync(session, arrangement, arrangement with { DialIn = Stored([]), AccessCode = null });
        }

        return StoreAsync(
            session,
            arrangement,
            told.Id == arrangement.ProviderMeetingId
                ? With(arrangement, told) with
                {
                    DialIn = Stored(told.DialIn),
                    AccessCode = told.AccessCode,
                    Passcode = told.Passcode,
                }
                : arrangement
        );
    }

    /// <summary>As <see cref="KeepAsync"/>, where nobody here asked for a change: who keeps the link elsewhere hears of another one.</summary>
    /// <returns>Whether link or passcode are others.</returns>
    public async Task<bool> HeardAsync(DbSession session, Arrangement arrangement, Meeting told)
    {
        var now = With(arrangement, told);
        await StoreAsync(session, arrangement, now);
        if (now.JoinUrl == arrangement.JoinUrl && now.Passcode == arrangement.Passcode)
        {
            return false;
        }

        await webhooks.OfAsync(session, WebhookEventTypes.MeetingUpdated, arrangement);
        return true;
    }

    private static async Task StoreAsync(DbSession session, Arrangement before, Arrangement now)
    {
        if (now != before)
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
            DialIn = told.DialIn.Count > 0 ? Stored(told.DialIn) : arrangement.DialIn,
            AccessCode = told.AccessCode ?? arrangement.AccessCode,
        };
    }

    private static string Stored(IReadOnlyList<DialInNumber> numbers) => JsonSerializer.Serialize(numbers, Json.Stored);
}
