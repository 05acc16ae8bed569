using System.Text.Json;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Mail;

/// <summary>What a mail tells.</summary>
public static class MailOperation
{
    public const string Confirmation = "confirmation";
    public const string Update = "update";
    public const string Cancellation = "cancellation";
}

/// <summary>Whom a mail of an arrangement goes to.</summary>
public static class MailRole
{
    /// <summary>Booked on a page, or invited through the API.</summary>
    public const string Attendee = "attendee";
    public const string Organizer = "organizer";
}

/// <summary>Payload of a mail effect: the recipient. The text is made when it leaves, from the latest state.</summary>
public sealed record MailPayload
{
    public required string Role { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }
    public required string TimeZone { get; init; }
    public required string Locale { get; init; }
}

/// <summary>
/// Decides which mails a change owes whom, inside the change's own transaction. One mail per (arrangement, version, kind,
/// recipient); an unsent mail of an older version is dropped, so the first that leaves confirms the latest state.
/// </summary>
public sealed class MailPlanner(Ids ids, IClock clock, ParleyOptions options, EffectSignal signal)
{
    public const string Lane = "mail";

    /// <summary>Confirmations to everyone; they wait for the join link, at most <c>Mail__WaitForLink</c>.</summary>
    public Task ConfirmAsync(DbSession session, Arrangement arrangement) =>
        PlanAsync(session, arrangement, MailOperation.Confirmation);

    /// <summary>The meeting changed: an update to those who have their confirmation, a confirmation to those who do not.</summary>
    public Task UpdateAsync(DbSession session, Arrangement arrangement) =>
        PlanAsync(session, arrangement, MailOperation.Update);

    /// <summary>The meeting is off. Who never heard of it hears nothing.</summary>
    /// <param name="notify">False: unsent mails are dropped and nobody is told.</param>
    public async Task CancelAsync(DbSession session, Arrangement arrangement, bool notify)
    {
        var mails = await UnsentAndSentAsync(session, arrangement);
        foreach (var recipient in await RecipientsAsync(session, arrangement))
        {
            if (await DropUnsentAsync(session, arrangement, mails, recipient) && notify)
            {
                await PlanOneAsync(session, arrangement, MailOperation.Cancellation, recipient, wait: false);
            }
        }
    }

    /// <summary>A change was taken back: mails about it that did not leave are dropped; who has no confirmation yet still gets one.</summary>
    public async Task RevertAsync(DbSession session, Arrangement arrangement)
    {
        var mails = await UnsentAndSentAsync(session, arrangement);
        foreach (var recipient in await RecipientsAsync(session, arrangement))
        {
            if (!await DropUnsentAsync(session, arrangement, mails, recipient))
            {
                await PlanOneAsync(session, arrangement, MailOperation.Confirmation, recipient, wait: true);
            }
        }
    }

    private async Task PlanAsync(DbSession session, Arrangement arrangement, string operation)
    {
        var mails = await UnsentAndSentAsync(session, arrangement);
        foreach (var recipient in await RecipientsAsync(session, arrangement))
        {
            var told = await DropUnsentAsync(session, arrangement, mails, recipient);
            await PlanOneAsync(
                session,
                arrangement,
                told ? operation : MailOperation.Confirmation,
                recipient,
                wait: true
            );
        }
    }

    /// <returns>True when a mail about this arrangement left already (or is on the wire).</returns>
    private async Task<bool> DropUnsentAsync(
        DbSession session,
        Arrangement arrangement,
        List<Effect> mails,
        MailPayload recipient
    )
    {
        var told = false;
        foreach (var mail in mails)
        {
            var payload = Read(mail);
            if (
                payload.Role != recipient.Role
                || !payload.Email.Equals(recipient.Email, StringComparison.OrdinalIgnoreCase)
            )
            {
                continue;
            }

            var unsent = mail.State is EffectState.Planned or EffectState.Blocked && mail.Attempt == 0;
            if (
                !unsent
                || !await Effects.SupersedeAsync(
                    session,
                    mail,
                    clock.GetCurrentInstant(),
                    $"version {arrangement.Version} came before it was sent"
                )
            )
            {
                told |= mail.State is not EffectState.Superseded and not EffectState.Rejected;
            }
        }

        return told;
    }

    private async Task PlanOneAsync(
        DbSession session,
        Arrangement arrangement,
        string operation,
        MailPayload recipient,
        bool wait
    )
    {
        var now = clock.GetCurrentInstant();
        await Effects.PlanAsync(
            session,
            new EffectDraft
            {
                WorkspaceId = arrangement.WorkspaceId,
                Id = ids.New("eff"),
                Kind = EffectKind.Mail,
                Operation = operation,
                Key =
                    $"{arrangement.Id}/{arrangement.Version}/{operation}/{recipient.Role}/{recipient.Email.ToLowerInvariant()}",
                Lane = Lane,
                ArrangementId = arrangement.Id,
                Version = arrangement.Version,
                NotBefore = wait ? now + options.Mail.WaitForLink : now,
                WaitsForLink = wait,
                Payload = JsonSerializer.Serialize(recipient, Json.Stored),
                CreatedAt = now,
            }
        );
        session.AfterCommit(signal.Ring);
    }

    private static Task<List<Effect>> UnsentAndSentAsync(DbSession session, Arrangement arrangement) =>
        session.QueryAsync<Effect>(
            $"SELECT {Effects.Columns} FROM effect WHERE workspace_id = @WorkspaceId AND arrangement_id = @Id AND kind = 'mail' ORDER BY version",
            new { arrangement.WorkspaceId, arrangement.Id }
        );

    private static async Task<List<MailPayload>> RecipientsAsync(DbSession session, Arrangement arrangement)
    {
        var recipients = arrangement
            .AttendeeList.Where(attendee => attendee.Notify)
            .Select(attendee => new MailPayload
            {
                Role = MailRole.Attendee,
                Name = attendee.Name,
                Email = attendee.Email,
                TimeZone = attendee.TimeZone ?? arrangement.TimeZone,
                Locale = attendee.Locale ?? "en",
            })
            .ToList();
        if (arrangement.Source == ArrangementSource.Booking && arrangement.MemberId is not null)
        {
            var host = await session.FirstOrDefaultAsync<HostRow>(
                "SELECT name, email, time_zone FROM member WHERE workspace_id = @WorkspaceId AND id = @MemberId",
                new { arrangement.WorkspaceId, arrangement.MemberId }
            );
            if (host is not null)
            {
                recipients.Add(
                    new MailPayload
                    {
                        Role = MailRole.Organizer,
                        Name = host.Name,
                        Email = host.Email,
                        TimeZone = host.TimeZone,
                        Locale = "en",
                    }
                );
            }
        }

        return recipients;
    }

    public static MailPayload Read(Effect mail) =>
        JsonSerializer.Deserialize<MailPayload>(
            mail.Payload ?? throw new InvalidOperationException($"Mail {mail.Id} has no recipient."),
            Json.Stored
        )!;

    private sealed record HostRow
    {
        public required string Name { get; init; }
        public required string Email { get; init; }
        public required string TimeZone { get; init; }
    }
}
