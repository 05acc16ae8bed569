using System.Globalization;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Budget;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Mail;

/// <summary>
/// Mails about a connection, to the member who connected it; when that member is gone, to the owners and administrators. Planned in
/// the transaction of what they tell, judged again when they leave: who refreshed meanwhile hears nothing.
/// </summary>
public sealed class ConnectionMails(
    Ids ids,
    IClock clock,
    ProviderCatalogue catalogue,
    ParleyOptions options,
    WriteBudgets budgets,
    EffectSignal signal
)
{
    /// <summary>How long the news that something is broken or over is worth sending when the mail server is away.</summary>
    private static readonly Duration Use = Duration.FromDays(30);

    /// <summary>The end is near or has come.</summary>
    /// <param name="days">The notice: 30, 14, 7, 1, or 0 when it has come.</param>
    public Task ExpiringAsync(DbSession session, Connection connection, int days)
    {
        var end = connection.ConnectionExpiresAt!.Value;
        return PlanAsync(
            session,
            connection,
            MailOperation.ConnectionExpiring,
            FormattableString.Invariant($"{Micros.From(end)}/{days}"),
            days > 0 ? end : clock.GetCurrentInstant() + Use,
            new ConnectionNotice(connection.Id, end, days)
        );
    }

    /// <summary>It worked and does no longer.</summary>
    public Task BrokenAsync(DbSession session, Connection connection)
    {
        var now = clock.GetCurrentInstant();
        return PlanAsync(
            session,
            connection,
            MailOperation.ConnectionBroken,
            FormattableString.Invariant($"{Micros.From(now)}"),
            now + Use,
            new ConnectionNotice(connection.Id, null, null)
        );
    }

    /// <summary>What was wished for has to wait for the host's next day at the provider. One per connection and day.</summary>
    /// <param name="until">When that begins.</param>
    public Task DailyQuotaAsync(DbSession session, Connection connection, Instant until) =>
        PlanAsync(
            session,
            connection,
            MailOperation.DailyQuota,
            clock.GetCurrentInstant().InUtc().Date.ToString("uuuu-MM-dd", CultureInfo.InvariantCulture),
            until,
            new ConnectionNotice(connection.Id, until, null)
        );

    internal async Task<(MailTurn Turn, OutgoingMail? Mail)> PrepareAsync(DbSession session, Effect mail, Instant now)
    {
        var payload = MailPayload.Of(mail);
        var notice = payload.Connection ?? throw new InvalidOperationException($"Mail {mail.Id} names no connection.");
        if (now >= payload.ExpiresAt)
        {
            return (new MailTurn(MailDecision.TooLate, mail.Operation, Why: "It is no news any more."), null);
        }

        var connection = await Connection.FindAsync(session, mail.WorkspaceId, notice.Id);
        var wasRemoved =
            mail.Operation == MailOperation.ConnectionBroken && connection?.ProblemCode == Deauthorization.Code;
        if (
            connection is not { MergedInto: null }
            || (connection.DisconnectedAt is not null && !wasRemoved)
            || catalogue.Find(connection.Provider)?.Provider.Descriptor is not { } provider
        )
        {
            return Drop("The connection is gone.");
        }

        if (mail.Operation == MailOperation.DailyQuota)
        {
            var host = WriteBudgets.HostOf(connection.Provider, connection.OrganizerKey, connection.Id);
            var budget = await budgets.ReadAsync(session, host);
            return (
                new MailTurn(MailDecision.Leave, mail.Operation),
                UsedUp(mail, payload, connection, provider, budget)
            );
        }

        if (mail.Operation == MailOperation.ConnectionBroken)
        {
            return
                wasRemoved || connection.Status is ConnectionStatus.NeedsReconnect or ConnectionStatus.PendingApproval
                ? (new MailTurn(MailDecision.Leave, mail.Operation), Broken(mail, payload, connection, provider))
                : Drop("The connection works again.");
        }

        if (connection.ConnectionExpiresAt != notice.End)
        {
            return Drop("The connection was refreshed.");
        }

        return connection.ExpiryNotice < notice.Days
            ? Drop("A later notice tells it.")
            : (new MailTurn(MailDecision.Leave, mail.Operation), Expiring(mail, payload, connection, provider, now));

        (MailTurn, OutgoingMail?) Drop(string why) => (new MailTurn(MailDecision.Drop, mail.Operation, Why: why), null);
    }

    private OutgoingMail Expiring(
        Effect mail,
        MailPayload payload,
        Connection connection,
        ProviderDescriptor provider,
        Instant now
    )
    {
        var words = MailWords.For(payload.Locale);
        var over = connection.LifetimeIsOver(now);
        var day = ConnectionView.Day(connection.ConnectionExpiresAt!.Value);
        var subject = MailComposer.Fill(
            over ? words.ConnectionOverSubject : words.ConnectionEndsSubject,
            provider.Name,
            day
        );
        return Compose(
            mail,
            payload,
            subject,
            new MailDocument { Language = words.Language }
                .Heading(subject)
                .Paragraph(
                    MailComposer.Fill(
                        over ? words.ConnectionOver : words.ConnectionEnds,
                        provider.Name,
                        AccountOf(connection),
                        day
                    )
                )
        );
    }

    private OutgoingMail Broken(Effect mail, MailPayload payload, Connection connection, ProviderDescriptor provider)
    {
        var words = MailWords.For(payload.Locale);
        var subject = MailComposer.Fill(words.ConnectionBrokenSubject, provider.Name);
        var document = new MailDocument { Language = words.Language }
            .Heading(subject)
            .Paragraph(MailComposer.Fill(words.ConnectionBroken, provider.Name, AccountOf(connection)));
        if (connection.ProblemDetail is { } cause)
        {
            document.Fact(words.ConnectionCause, ForeignText.Inert(cause));
        }

        if (connection.ProblemNext is { } next)
        {
            document.Fact(words.ConnectionNext, ForeignText.Inert(next));
        }

        return Compose(mail, payload, subject, document);
    }

    private OutgoingMail UsedUp(
        Effect mail,
        MailPayload payload,
        Connection connection,
        ProviderDescriptor provider,
        BudgetView? budget
    )
    {
        var words = MailWords.For(payload.Locale);
        var until = BudgetWords.Moment(payload.Connection!.End!.Value);
        var subject = MailComposer.Fill(words.QuotaSubject, provider.Name, until);
        var document = new MailDocument { Language = words.Language }.Heading(subject);
        if (budget is not null)
        {
            document
                .Paragraph(MailComposer.Fill(words.Quota, provider.Name, AccountOf(connection), until, budget.Limit))
                .Fact(
                    words.QuotaUsed,
                    MailComposer.Fill(words.QuotaUsedOf, budget.Used, budget.Limit, budget.Reserved)
                );
        }

        document.Paragraph(words.QuotaMeanwhile).Button(words.SeeConnections, PageOf(payload));
        return Mail(mail, payload, subject, document);
    }

    // The button is behind sign-in; the link carries no right of its own.
    private OutgoingMail Compose(Effect mail, MailPayload payload, string subject, MailDocument document)
    {
        var words = MailWords.For(payload.Locale);
        document.Button(words.ConnectionRefresh, PageOf(payload)).Note(words.ConnectionRefreshHint);
        return Mail(mail, payload, subject, document);
    }

    private string PageOf(MailPayload payload) => $"{options.Origin}{ConnectionPages.Path}#{payload.Connection!.Id}";

    private static OutgoingMail Mail(Effect mail, MailPayload payload, string subject, MailDocument document) =>
        new()
        {
            Id = mail.Id,
            To = new Mailbox(payload.Name, payload.Email),
            Subject = subject,
            Text = document.ToText(),
            Html = document.ToHtml(),
        };

    private static string AccountOf(Connection connection) =>
        (connection.AccountName, connection.AccountEmail) switch
        {
            ({ } name, { } email) => $"{ForeignText.Inert(name, 100)} ({ForeignText.OneLine(email, 200)})",
            (null, { } email) => ForeignText.OneLine(email, 200),
            ({ } name, null) => ForeignText.Inert(name, 100),
            _ => connection.Id,
        };

    private async Task PlanAsync(
        DbSession session,
        Connection connection,
        string operation,
        string occasion,
        Instant expiresAt,
        ConnectionNotice notice
    )
    {
        var now = clock.GetCurrentInstant();
        foreach (var person in await RecipientsAsync(session, connection))
        {
            await Effects.PlanAsync(
                session,
                new EffectDraft
                {
                    WorkspaceId = connection.WorkspaceId,
                    Id = ids.New("eff"),
                    Kind = EffectKind.Mail,
                    Operation = operation,
                    Key = $"{operation}/{connection.Id}/{occasion}/{person.Email.ToLowerInvariant()}",
                    Lane = MailPlanner.Lane,
                    Version = 1,
                    NotBefore = now,
                    Payload = new MailPayload
                    {
                        Role = MailRole.Account,
                        Name = person.Name,
                        Email = person.Email,
                        TimeZone = person.TimeZone,
                        Locale = "en",
                        Connection = notice,
                        ExpiresAt = expiresAt,
                    }.ToJson(),
                    CreatedAt = now,
                }
            );
        }

        session.AfterCommit(signal.Ring);
    }

    private static async Task<List<Person>> RecipientsAsync(DbSession session, Connection connection)
    {
        var owner = await session.QueryAsync<Person>(
            "SELECT name, email, time_zone FROM member WHERE workspace_id = @WorkspaceId AND id = @MemberId AND deactivated_at IS NULL",
            new { connection.WorkspaceId, connection.MemberId }
        );
        return owner.Count > 0
            ? owner
            : await session.QueryAsync<Person>(
                "SELECT name, email, time_zone FROM member WHERE workspace_id = @WorkspaceId AND role IN ('owner', 'admin') AND deactivated_at IS NULL ORDER BY id",
                new { connection.WorkspaceId }
            );
    }

    private sealed record Person
    {
        public required string Name { get; init; }
        public required string Email { get; init; }
        public required string TimeZone { get; init; }
    }
}
