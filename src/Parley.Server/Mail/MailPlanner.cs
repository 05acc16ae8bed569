using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Mail;

/// <summary>
/// Decides which mails a change owes whom, inside the change's own transaction. One mail per (arrangement, version, kind,
/// recipient); an unsent mail of an older version is dropped, so the first that leaves confirms the latest state. What is on the
/// wire meanwhile is judged again when the new mail's turn comes (<see cref="MailTurn"/>).
/// </summary>
public sealed class MailPlanner(Ids ids, IClock clock, ParleyOptions options, EffectSignal signal)
{
    public const string Lane = "mail";

    /// <summary>Confirmations to everyone; they wait for the join link, at most <c>Mail__WaitForLink</c>.</summary>
    /// <param name="arrangement">New: nobody has had mail about it.</param>
    public Task ConfirmAsync(DbSession session, Arrangement arrangement) => TellAsync(session, arrangement, []);

    /// <summary>
    /// The meeting changed: an update to those who have their confirmation, a confirmation to those who do not, a cancellation to
    /// those who are no longer invited.
    /// </summary>
    public async Task UpdateAsync(DbSession session, Arrangement arrangement) =>
        await TellAsync(session, arrangement, await EarlierAsync(session, arrangement));

    /// <summary>The meeting is off. Who never heard of it hears nothing.</summary>
    /// <param name="notify">False: unsent mails are dropped and nobody is told.</param>
    public async Task CancelAsync(DbSession session, Arrangement arrangement, bool notify)
    {
        foreach (var (recipient, mails) in await EarlierAsync(session, arrangement))
        {
            if (await DropUnsentAsync(session, arrangement, mails) is not null && notify)
            {
                await PlanOneAsync(session, arrangement, MailOperation.Cancellation, recipient, wait: false);
            }
        }
    }

    /// <summary>
    /// A change was taken back: mails about it that did not leave are dropped. Who has no confirmation yet still gets one, who was
    /// told of the change hears that it is off, who was not hears nothing.
    /// </summary>
    public async Task RevertAsync(DbSession session, Arrangement arrangement)
    {
        var earlier = await EarlierAsync(session, arrangement);
        var recipients = await RecipientsAsync(session, arrangement);
        foreach (var (recipient, mails) in Pair(recipients, earlier))
        {
            var told = await DropUnsentAsync(session, arrangement, mails);
            if (told is null || !told.TellsOf(arrangement))
            {
                var operation = told is null ? MailOperation.Confirmation : MailOperation.Update;
                await PlanOneAsync(session, arrangement, operation, recipient, wait: true);
            }
        }

        await TellRemovedAsync(session, arrangement, recipients, earlier);
    }

    /// <summary>
    /// Still no meeting though it starts soon: alerts, each at most once per start. What was planned before is left alone.
    /// </summary>
    /// <param name="operation"><see cref="MailOperation.NotReadyDay"/> or <see cref="MailOperation.NotReadyHour"/>.</param>
    public async Task AlertAsync(DbSession session, Arrangement arrangement, string operation)
    {
        foreach (var recipient in await RecipientsAsync(session, arrangement))
        {
            if (operation == MailOperation.NotReadyHour || recipient.Role == MailRole.Organizer)
            {
                await PlanOneAsync(session, arrangement, operation, recipient, wait: false);
            }
        }
    }

    private async Task TellAsync(
        DbSession session,
        Arrangement arrangement,
        List<(MailPayload Recipient, List<Effect> Mails)> earlier
    )
    {
        var recipients = await RecipientsAsync(session, arrangement);
        foreach (var (recipient, mails) in Pair(recipients, earlier))
        {
            var told = await DropUnsentAsync(session, arrangement, mails);
            var operation = told is null ? MailOperation.Confirmation : MailOperation.Update;
            await PlanOneAsync(session, arrangement, operation, recipient, wait: true);
        }

        await TellRemovedAsync(session, arrangement, recipients, earlier);
    }

    private async Task TellRemovedAsync(
        DbSession session,
        Arrangement arrangement,
        List<MailPayload> recipients,
        List<(MailPayload Recipient, List<Effect> Mails)> earlier
    )
    {
        foreach (var (recipient, mails) in earlier.Where(one => !recipients.Any(one.Recipient.IsTo)))
        {
            if (await DropUnsentAsync(session, arrangement, mails) is not null && !IsMuted(arrangement, recipient))
            {
                await PlanOneAsync(session, arrangement, MailOperation.Cancellation, recipient, wait: false);
            }
        }
    }

    private static IEnumerable<(MailPayload Recipient, List<Effect> Mails)> Pair(
        List<MailPayload> recipients,
        List<(MailPayload Recipient, List<Effect> Mails)> earlier
    ) =>
        recipients.Select(recipient =>
            (recipient, earlier.FirstOrDefault(one => one.Recipient.IsTo(recipient)).Mails ?? [])
        );

    /// <returns>The last mail they may have; null when they do not believe that the meeting takes place.</returns>
    private async Task<MailPayload?> DropUnsentAsync(
        DbSession session,
        Arrangement arrangement,
        IEnumerable<Effect> mails
    )
    {
        MailPayload? told = null;
        foreach (var mail in mails)
        {
            var dropped =
                mail.State is EffectState.Planned or EffectState.Blocked
                && await Effects.SupersedeAsync(
                    session,
                    mail,
                    clock.GetCurrentInstant(),
                    $"version {arrangement.Version} came before it was sent"
                );
            // Not dropped though it was planned a moment ago: another process took it just now.
            if (MailTurn.MayHaveLeft(mail) || (mail.State == EffectState.Planned && !dropped))
            {
                told = mail.Operation == MailOperation.Cancellation ? null : MailPayload.Of(mail);
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
        // An alert is owed once per start, however often the subject changed; news once per version.
        var occasion = MailOperation.IsNews(operation) ? arrangement.Version : Micros.From(arrangement.StartsAt);
        await Effects.PlanAsync(
            session,
            new EffectDraft
            {
                WorkspaceId = arrangement.WorkspaceId,
                Id = ids.New("eff"),
                Kind = EffectKind.Mail,
                Operation = operation,
                Key = $"{arrangement.Id}/{occasion}/{operation}/{recipient.Role}/{recipient.Email.ToLowerInvariant()}",
                Lane = Lane,
                ArrangementId = arrangement.Id,
                Version = arrangement.Version,
                NotBefore = wait ? now + options.Mail.WaitForLink : now,
                WaitsForLink = wait,
                Payload = (
                    recipient with
                    {
                        StartsAt = arrangement.StartsAt,
                        EndsAt = arrangement.EndsAt,
                        Subject = arrangement.Subject,
                        Host = arrangement.MemberId,
                    }
                ).ToJson(),
                CreatedAt = now,
            }
        );
        session.AfterCommit(signal.Ring);
    }

    /// <summary>The news so far, oldest first, by recipient.</summary>
    private static async Task<List<(MailPayload Recipient, List<Effect> Mails)>> EarlierAsync(
        DbSession session,
        Arrangement arrangement
    )
    {
        var earlier = new List<(MailPayload Recipient, List<Effect> Mails)>();
        foreach (var mail in await MailFactsReader.MailsAsync(session, arrangement.WorkspaceId, arrangement.Id))
        {
            if (!MailOperation.IsNews(mail.Operation))
            {
                continue;
            }

            var recipient = MailPayload.Of(mail);
            var known = earlier.FindIndex(one => one.Recipient.IsTo(recipient));
            if (known < 0)
            {
                earlier.Add((recipient, [mail]));
            }
            else
            {
                // Their latest name, zone and language.
                earlier[known].Mails.Add(mail);
                earlier[known] = (recipient, earlier[known].Mails);
            }
        }

        return earlier;
    }

    private static bool IsMuted(Arrangement arrangement, MailPayload recipient) =>
        recipient.Role == MailRole.Attendee
        && arrangement.AttendeeList.Any(attendee =>
            !attendee.Notify && attendee.Email.Equals(recipient.Email, StringComparison.OrdinalIgnoreCase)
        );

    private static async Task<List<MailPayload>> RecipientsAsync(DbSession session, Arrangement arrangement)
    {
        var recipients = arrangement
            .AttendeeList.Where(attendee => attendee.Notify)
            .DistinctBy(attendee => attendee.Email, StringComparer.OrdinalIgnoreCase)
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
                // Of a host who has left, whoever looks after the account hears.
                """
                SELECT name, email, time_zone FROM member WHERE workspace_id = @WorkspaceId AND deactivated_at IS NULL AND id IN (
                    @MemberId, (SELECT c.member_id FROM connection c WHERE c.workspace_id = @WorkspaceId AND c.id = @ConnectionId))
                ORDER BY CASE WHEN id = @MemberId THEN 0 ELSE 1 END LIMIT 1
                """,
                new
                {
                    arrangement.WorkspaceId,
                    arrangement.MemberId,
                    arrangement.ConnectionId,
                }
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

    private sealed record HostRow
    {
        public required string Name { get; init; }
        public required string Email { get; init; }
        public required string TimeZone { get; init; }
    }
}
