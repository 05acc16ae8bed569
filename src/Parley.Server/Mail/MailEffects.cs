using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Mail;

/// <summary>
/// How mail effects are sent. Not sent: again after 10 s, doubling to 15 min, until the meeting ends. Reply lost: once more with
/// the same Message-ID, so that a reader's mail program or a count by Message-ID sees one; lost again, it stays UNKNOWN as
/// <see cref="MailCodes.Unconfirmed"/> for <see cref="MailHealth"/> to show, is never sent a third time, and expires with the meeting.
/// </summary>
public sealed class MailEffects(
    Db db,
    IClock clock,
    ParleyOptions options,
    IMailTransport transport,
    MailFactsReader facts,
    AccountMails accounts,
    ConnectionMails connections
) : IEffectHandler
{
    private static readonly Duration FirstWait = Duration.FromSeconds(10);
    private static readonly Duration LongestWait = Duration.FromMinutes(15);

    /// <summary>From a lost reply to the second try: long enough for a server that was restarting.</summary>
    private static readonly Duration Settle = Duration.FromMinutes(1);
    private static readonly Duration EarlierMailWait = Duration.FromSeconds(5);

    public string Kind => EffectKind.Mail;

    public async Task<EffectOutcome> SendAsync(Effect effect, CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        var (turn, mail) = await PrepareAsync(effect, now, cancellationToken);
        if (Refused(turn, now) is { } refused)
        {
            return refused;
        }

        if (options.Mail.Smtp is null)
        {
            return Again(
                now + LongestWait,
                MailCodes.NotConfigured,
                "No mail server is configured (Mail__Smtp__Host)."
            );
        }

        var outcome = await transport.SendAsync(mail!, cancellationToken);
        now = clock.GetCurrentInstant();
        return outcome.Kind switch
        {
            MailOutcomeKind.Sent => new EffectOutcome
            {
                State = EffectState.Applied,
                Also = session => AccountMails.EraseSecretAsync(session, effect),
            },
            MailOutcomeKind.Rejected => new EffectOutcome
            {
                State = EffectState.Rejected,
                Code = outcome.Code,
                Detail = outcome.Detail,
                Also = session => AccountMails.EraseSecretAsync(session, effect),
            },
            MailOutcomeKind.Unknown => new EffectOutcome
            {
                State = EffectState.Unknown,
                Code = outcome.Code,
                Detail = outcome.Detail,
                NotBefore = now + Settle,
            },
            _ => Again(now + WaitAfter(effect.Attempt), outcome.Code, outcome.Detail),
        };
    }

    public async Task<EffectOutcome> ReconcileAsync(Effect effect, CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        var (turn, _) = await PrepareAsync(effect, now, cancellationToken);
        if (turn.Decision is MailDecision.Drop or MailDecision.TooLate)
        {
            // It may have arrived all the same: the count keeps that in mind when later mails are judged.
            return Refused(turn, now)! with { Also = CountRound(effect) };
        }

        return effect.UnknownRounds == 0
            ? new EffectOutcome
            {
                State = EffectState.Planned,
                Code = MailCodes.ReplyLost,
                Detail = "Sent once more with the same Message-ID.",
                NotBefore = now,
                Also = CountRound(effect),
            }
            : new EffectOutcome
            {
                State = EffectState.Unknown,
                Code = MailCodes.Unconfirmed,
                Detail = "The mail server's reply was lost twice; it is not sent a third time.",
                NotBefore = await EndOfUseAsync(effect, now, cancellationToken),
            };
    }

    /// <summary>The ladder: 10 s, 20 s, 40 s … 15 min.</summary>
    /// <param name="attempt">1 for the first.</param>
    public static Duration WaitAfter(int attempt) =>
        Duration.Min(LongestWait, FirstWait * Math.Pow(2, Math.Clamp(attempt - 1, 0, 20)));

    private async Task<(MailTurn Turn, OutgoingMail? Mail)> PrepareAsync(
        Effect effect,
        Instant now,
        CancellationToken cancellationToken
    )
    {
        if (effect.ArrangementId is not { } arrangementId)
        {
            return await db.ReadAsync(
                session =>
                    MailOperation.IsOfConnection(effect.Operation)
                        ? connections.PrepareAsync(session, effect, now)
                        : accounts.PrepareAsync(session, effect, now),
                cancellationToken
            );
        }

        var known = await db.ReadAsync(
            session => facts.ReadAsync(session, effect.WorkspaceId, arrangementId),
            cancellationToken
        );
        if (known is null)
        {
            return (new MailTurn(MailDecision.Drop, effect.Operation, Why: "The meeting is no longer known."), null);
        }

        var turn = MailTurn.Of(effect, known.Arrangement, known.Mails, now);
        return (turn, turn.Decision == MailDecision.Leave ? MailComposer.Compose(effect, turn, known) : null);
    }

    private static EffectOutcome? Refused(MailTurn turn, Instant now) =>
        turn.Decision switch
        {
            MailDecision.Drop => new EffectOutcome
            {
                State = EffectState.Superseded,
                Code = MailCodes.NotNeeded,
                Detail = turn.Why,
            },
            MailDecision.TooLate => new EffectOutcome
            {
                State = EffectState.Expired,
                Code = MailCodes.TooLate,
                Detail = turn.Why,
            },
            MailDecision.Wait => Again(now + EarlierMailWait, MailCodes.AfterEarlier, turn.Why),
            _ => null,
        };

    private static EffectOutcome Again(Instant at, string? code, string? detail) =>
        new()
        {
            State = EffectState.Planned,
            Code = code,
            Detail = detail,
            NotBefore = at,
        };

    private Task<Instant> EndOfUseAsync(Effect effect, Instant now, CancellationToken cancellationToken) =>
        db.ReadAsync(
            async session =>
                effect.ArrangementId is { } id
                && await Arrangements.FindAsync(session, effect.WorkspaceId, id) is { } arrangement
                    ? Instant.Max(now, arrangement.EndsAt)
                    : MailPayload.Of(effect).ExpiresAt ?? now,
            cancellationToken
        );

    private static Func<DbSession, Task> CountRound(Effect effect) =>
        session =>
            session.ExecuteAsync(
                "UPDATE effect SET unknown_rounds = unknown_rounds + 1 WHERE workspace_id = @WorkspaceId AND id = @Id",
                effect
            );
}
