using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Observed;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>
/// Meetings Parley did not make: changed and removed directly at the provider, once, without the ledger. What the provider does not tell
/// and a full replace needs is assumed, and said.
/// </summary>
public sealed class ForeignMeetings(Db db, ProviderCalls calls, ConnectionDirectory connections, IClock clock)
{
    public async Task<Answer<MeetingView>> ChangeAsync(
        string workspaceId,
        string connectionId,
        string meetingId,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var patch = await RequestBody.ReadBytesAsync(context);
        if (!patch.Succeeded)
        {
            return patch.Problem!;
        }

        var seen = await GetAsync(workspaceId, connectionId, meetingId, cancellationToken);
        if (seen.Failure is { } unread)
        {
            return ProviderProblems.From(unread);
        }

        if (seen.Value is not { Type: MeetingType.Scheduled, StartsAt: { } start, EndsAt: { } end })
        {
            return new Problem(ProblemCodes.NotSupported, "Only scheduled meetings can be changed so far.");
        }

        var merged = RequestBody.Merge(patch.Value, RequestOf(seen.Value, start, end, patch.Value));
        if (!merged.Succeeded)
        {
            return merged.Problem!;
        }

        var wish = MeetingWish.Check(merged.Value, clock.GetCurrentInstant(), start);
        if (!wish.Succeeded)
        {
            return wish.Problem!;
        }

        var spec = SpecOf(wish.Value);
        var changed = await calls.CallAsync(
            workspaceId,
            connectionId,
            "meetings.update",
            (provider, access, token) => provider.UpdateAsync(access, meetingId, spec, token),
            cancellationToken
        );
        if (changed.Failure is { } failure)
        {
            return ProviderProblems.From(failure);
        }

        await db.WriteAsync(
            session => ObservedMeetings.LookSoonAsync(session, workspaceId, connectionId, clock.GetCurrentInstant()),
            CancellationToken.None
        );
        var now = await GetAsync(workspaceId, connectionId, meetingId, cancellationToken);
        if (now.Failure is { } lost)
        {
            return ProviderProblems.From(lost);
        }

        var assumed = new List<string>();
        if (!RequestBody.Names(patch.Value, "audio"))
        {
            assumed.Add("audio");
        }

        if (seen.Value.PasscodeRequired is null && !RequestBody.Names(patch.Value, "passcodeRequired"))
        {
            assumed.Add("passcodeRequired");
        }

        var connection = (await connections.FindAsync(workspaceId, connectionId, cancellationToken))!;
        return MeetingViews.Of(
            now.Value,
            connection.Id,
            connection.Connection.Provider,
            MeetingReader.OrganizerOf(connection),
            clock.GetCurrentInstant()
        ) with
        {
            Assumed = assumed,
        };
    }

    /// <returns>Null: it is gone.</returns>
    public async Task<Problem?> RemoveAsync(
        string workspaceId,
        string connectionId,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        var removed = await calls.CallAsync(
            workspaceId,
            connectionId,
            "meetings.delete",
            (provider, access, token) => provider.DeleteAsync(access, meetingId, token),
            cancellationToken
        );
        if (removed.Failure is { } failure)
        {
            return ProviderProblems.From(failure);
        }

        // The time is free at once, not only after the next listing.
        await db.WriteAsync(
            session => ObservedMeetings.ForgetAsync(session, workspaceId, connectionId, meetingId),
            CancellationToken.None
        );
        return null;
    }

    private Task<ProviderResult<Meeting>> GetAsync(
        string workspaceId,
        string connectionId,
        string meetingId,
        CancellationToken cancellationToken
    ) =>
        calls.CallAsync(
            workspaceId,
            connectionId,
            "meetings.get",
            (provider, access, token) => provider.GetAsync(access, meetingId, token),
            cancellationToken
        );

    private static MeetingRequest RequestOf(Meeting meeting, Instant start, Instant end, byte[] patch) =>
        new()
        {
            Subject = meeting.Subject,
            StartsAt = start,
            DurationMinutes =
                RequestBody.Names(patch, "endsAt") && !RequestBody.Names(patch, "durationMinutes")
                    ? null
                    : (int)Math.Round((end - start).TotalMinutes),
            TimeZone = meeting.TimeZone ?? "Etc/UTC",
            PasscodeRequired = meeting.PasscodeRequired ?? false,
            CoOrganizers = meeting.CoOrganizerKeys,
        };

    private static MeetingSpec SpecOf(MeetingWish wish) =>
        new()
        {
            Subject = wish.Subject,
            StartsAt = wish.StartsAt,
            EndsAt = wish.EndsAt,
            TimeZone = wish.TimeZone,
            Description = wish.Details.Description,
            PasscodeRequired = wish.Details.PasscodeRequired,
            Audio = wish.Details.Audio,
            AudioText = wish.Details.AudioText,
            CoOrganizerKeys = wish.Details.CoOrganizerKeys,
        };
}
