using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Audit;
using Parley.Server.Budget;
using Parley.Server.Connections;
using Parley.Server.Observed;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>A meeting made elsewhere after a change, with its new ETag.</summary>
public sealed record ChangedMeeting(MeetingView View, string Tag);

/// <summary>
/// Meetings Parley did not make: changed and removed directly at the provider, once, without the ledger. What the provider does not tell
/// and a full replace needs is assumed, and said.
/// </summary>
public sealed class ForeignMeetings(
    Db db,
    ProviderCalls calls,
    ConnectionDirectory connections,
    OrganizerDirectory organizers,
    ProviderCatalogue catalogue,
    WriteBudgets budgets,
    IClock clock
)
{
    public async Task<Answer<ChangedMeeting>> ChangeAsync(
        string workspaceId,
        string connectionId,
        string meetingId,
        HttpContext context,
        CancellationToken cancellationToken
    )
    {
        var body = await RequestBody.ReadBytesAsync(context);
        return body.Succeeded
            ? await ChangeAsync(
                workspaceId,
                connectionId,
                meetingId,
                body.Value,
                Precondition.Of(context),
                cancellationToken
            )
            : body.Problem!;
    }

    /// <param name="body">JSON merge patch of a <see cref="MeetingRequest"/>.</param>
    /// <param name="demanded">The version the change was thought out on.</param>
    public async Task<Answer<ChangedMeeting>> ChangeAsync(
        string workspaceId,
        string connectionId,
        string meetingId,
        byte[] body,
        Precondition demanded,
        CancellationToken cancellationToken
    )
    {
        if (await connections.FindAsync(workspaceId, connectionId, cancellationToken) is not { } connection)
        {
            return MeetingReader.NoConnection;
        }

        var seen = await GetAsync(workspaceId, connectionId, meetingId, cancellationToken);
        if (seen.Failure is { } unread)
        {
            return ProviderProblems.From(unread);
        }

        if (demanded.Refuse(MeetingTags.Of(seen.Value), "The meeting") is { } mismatch)
        {
            return mismatch;
        }

        if (seen.Value is { Type: MeetingType.Scheduled } and not { StartsAt: not null, EndsAt: not null })
        {
            return new Problem(ProblemCodes.ProviderUnavailable, "The provider does not tell the meeting's times.")
            {
                Next = "Change it at the provider.",
            };
        }

        // Nobody is looked up at the provider for a request that is refused anyway.
        var first = Judge(body, seen.Value);
        if (!first.Succeeded)
        {
            return first.Problem!;
        }

        var patch = await organizers.KeysInPatchAsync(workspaceId, connection, body, cancellationToken);
        if (!patch.Succeeded)
        {
            return patch.Problem!;
        }

        var merged = RequestBody.Merge(patch.Value, RequestOf(seen.Value, patch.Value));
        if (!merged.Succeeded)
        {
            return merged.Problem!;
        }

        var wish = MeetingWish.Check(merged.Value, clock.GetCurrentInstant(), seen.Value.StartsAt, seen.Value.Type);
        if (!wish.Succeeded)
        {
            return wish.Problem!;
        }

        var host = WriteBudgets.HostOf(
            connection.Connection.Provider,
            seen.Value.Organizer?.Key ?? connection.OrganizerKey,
            connection.Id
        );
        var changed = await UpdateAsync(
            host,
            workspaceId,
            connectionId,
            meetingId,
            SpecOf(wish.Value),
            cancellationToken
        );
        if (!changed.Succeeded)
        {
            return changed.Problem!;
        }

        await db.WriteAsync(
            async session =>
            {
                await ObservedMeetings.LookSoonAsync(session, workspaceId, connectionId, clock.GetCurrentInstant());
                await NoteAsync(session, AuditActions.ForeignMeetingChanged, workspaceId, connectionId, meetingId);
            },
            CancellationToken.None
        );
        var now = await GetAsync(workspaceId, connectionId, meetingId, cancellationToken);
        // The change is made, whatever becomes of reading it again: then it is told as it was seen and wished.
        var shown = now.Failure is null ? now.Value : Changed(seen.Value, merged.Value, wish.Value);
        var assumed = new List<string>();
        if (!RequestBody.Names(patch.Value, "audio"))
        {
            assumed.Add("audio");
        }

        if (seen.Value.PasscodeRequired is null && !RequestBody.Names(patch.Value, "passcodeRequired"))
        {
            assumed.Add("passcodeRequired");
        }

        var view = MeetingViews.Of(
            shown,
            connection.Id,
            connection,
            catalogue,
            MeetingReader.OrganizerOf(connection),
            clock.GetCurrentInstant()
        );
        return new ChangedMeeting(
            view with
            {
                Assumed = assumed,
                Warnings = changed.Value.Warnings,
            },
            MeetingTags.Of(shown)
        );
    }

    private Answer<MeetingWish> Judge(byte[] body, Meeting seen)
    {
        // Nothing here would keep them, and nobody would write to the people named.
        var errors = new FieldErrors();
        foreach (var field in (string[])["reference", "attendees"])
        {
            if (RequestBody.Names(body, field))
            {
                errors.Add(field, "cannot be kept with a meeting Parley did not make");
            }
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var merged = RequestBody.Merge(body, RequestOf(seen, body));
        return merged.Succeeded
            ? MeetingWish.Check(merged.Value.WithoutAddresses(), clock.GetCurrentInstant(), seen.StartsAt, seen.Type)
            : merged.Problem!;
    }

    // Nothing is kept for later here: what the host's day has no room for is refused, and said.
    private async Task<Answer<UpdatedMeeting>> UpdateAsync(
        BudgetHost host,
        string workspaceId,
        string connectionId,
        string meetingId,
        MeetingSpec spec,
        CancellationToken cancellationToken
    )
    {
        var answer = await db.WriteAsync(
            session => budgets.TakeAsync(session, host, WritePurpose.Own),
            cancellationToken
        );
        if (answer.Refusal is { } refusal)
        {
            return new Problem(ProblemCodes.ProviderQuota, refusal.Why)
            {
                Next = "Try again after 00:00 UTC; removing meetings works all the same.",
                RetryAfterSeconds = SecondsUntil(refusal.At),
            };
        }

        var reached = false;
        var changed = await calls.CallAsync(
            workspaceId,
            connectionId,
            "meetings.update",
            (provider, access, token) =>
            {
                reached = true;
                return provider.UpdateAsync(access, meetingId, spec, token);
            },
            cancellationToken
        );
        var closedUntil = await db.WriteAsync<Instant?>(
            async session =>
            {
                var agreedAlready = changed is { Failure: null, Value.Sent: false };
                await DailyQuota.SettleAsync(session, answer.Taken, reached, changed.Failure, agreedAlready);
                return changed.Failure is { DailyQuota: true } usedUp
                    ? await budgets.CloseAsync(session, host, usedUp.RetryAfter)
                    : null;
            },
            CancellationToken.None
        );
        if (changed.Failure is not { } failure)
        {
            return changed.Value;
        }

        var problem = ProviderProblems.From(failure);
        return closedUntil is { } until ? problem with { RetryAfterSeconds = SecondsUntil(until) } : problem;
    }

    private int SecondsUntil(Instant moment) =>
        Math.Max(1, (int)Math.Ceiling((moment - clock.GetCurrentInstant()).TotalSeconds));

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
            async session =>
            {
                await ObservedMeetings.ForgetAsync(
                    session,
                    workspaceId,
                    connectionId,
                    meetingId,
                    clock.GetCurrentInstant()
                );
                await NoteAsync(session, AuditActions.ForeignMeetingDeleted, workspaceId, connectionId, meetingId);
            },
            CancellationToken.None
        );
        return null;
    }

    private Task NoteAsync(
        DbSession session,
        string action,
        string workspaceId,
        string connectionId,
        string meetingId
    ) =>
        AuditTrail.NoteAsync(
            session,
            clock.GetCurrentInstant(),
            workspaceId,
            new AuditNote(action, "foreign_meeting", meetingId) { After = new { connectionId } }
        );

    /// <summary>As the provider tells it now.</summary>
    public Task<ProviderResult<Meeting>> GetAsync(
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

    private static MeetingRequest RequestOf(Meeting meeting, byte[] patch) =>
        new()
        {
            Subject = meeting.Subject,
            StartsAt = meeting.StartsAt,
            DurationMinutes =
                RequestBody.Names(patch, "endsAt") && !RequestBody.Names(patch, "durationMinutes") ? null
                : meeting is { StartsAt: { } start, EndsAt: { } end }
                    ? Math.Clamp(WholeMinutes.Between(start, end), 1, 24 * 60)
                : null,
            TimeZone = meeting.TimeZone ?? "Etc/UTC",
            PasscodeRequired = meeting.PasscodeRequired ?? false,
            CoOrganizers = meeting.CoOrganizerKeys,
            Type = MeetingViews.TypeOf(meeting.Type),
        };

    private static Meeting Changed(Meeting seen, MeetingRequest request, MeetingWish wish) =>
        seen with
        {
            Subject = wish.Subject,
            StartsAt = request.StartsAt is null ? seen.StartsAt : wish.StartsAt,
            EndsAt = request.StartsAt is null ? seen.EndsAt : wish.EndsAt,
            TimeZone = wish.TimeZone,
            PasscodeRequired = wish.Details.PasscodeRequired,
            CoOrganizerKeys = wish.Details.CoOrganizerKeys,
        };

    private static MeetingSpec SpecOf(MeetingWish wish) =>
        new()
        {
            Subject = wish.Subject,
            StartsAt = wish.StartsAt,
            EndsAt = wish.ProviderEndsAt,
            TimeZone = wish.TimeZone,
            Description = wish.Details.Description,
            PasscodeRequired = wish.Details.PasscodeRequired,
            Audio = wish.Details.Audio,
            AudioText = wish.Details.AudioText,
            CoOrganizerKeys = wish.Details.CoOrganizerKeys,
            Type = wish.Details.Type,
            WaitingRoom = wish.Details.WaitingRoom,
            JoinBeforeHost = wish.Details.JoinBeforeHost,
        };
}
