using NodaTime;
using Parley.Server.Provisioning;

namespace Parley.Server.Mail;

public enum MailDecision
{
    Leave,

    /// <summary>What it would say is no longer so, or another mail says it.</summary>
    Drop,

    /// <summary>An earlier mail to the same person is on the wire right now.</summary>
    Wait,
    TooLate,
}

/// <summary>What is to happen with a mail whose turn has come, judged by the state of now and not of when it was planned.</summary>
/// <param name="Operation">What it must say now: the first mail that leaves is a confirmation, whatever it was planned as.</param>
/// <param name="Before">The mail whose news this one replaces, when one may have been read.</param>
public sealed record MailTurn(MailDecision Decision, string Operation, MailPayload? Before = null, string? Why = null)
{
    /// <summary>
    /// Whether the recipient may have it. A mail that was sent again after a lost reply counts, also when the second try was
    /// dropped: <c>unknown_rounds</c> remembers.
    /// </summary>
    public static bool MayHaveLeft(Effect mail) =>
        mail.UnknownRounds > 0
        || mail.State is EffectState.Applied or EffectState.Sending or EffectState.Unknown or EffectState.Reconciling;

    /// <param name="mail">The effect, in whatever state; it is left out of what was told before.</param>
    /// <param name="mails">All mails of the arrangement, oldest first.</param>
    public static MailTurn Of(Effect mail, Arrangement arrangement, IReadOnlyList<Effect> mails, Instant now)
    {
        var payload = MailPayload.Of(mail);
        if (now >= Instant.Min(arrangement.EndsAt, payload.ExpiresAt ?? arrangement.EndsAt))
        {
            return new MailTurn(MailDecision.TooLate, mail.Operation, Why: "The meeting's end has passed.");
        }

        return MailOperation.IsNews(mail.Operation)
            ? News(mail, payload, arrangement, mails)
            : NotReady(mail, payload, arrangement, now);
    }

    private static MailTurn News(Effect mail, MailPayload payload, Arrangement arrangement, IReadOnlyList<Effect> mails)
    {
        var same = mails
            .Where(other => MailOperation.IsNews(other.Operation) && MailPayload.Of(other).IsTo(payload))
            .ToList();
        var position = same.FindIndex(other => other.Id == mail.Id);
        var earlier = same.Take(position).ToList();
        if (same.Skip(position + 1).Any(other => other.State != EffectState.Superseded))
        {
            return new MailTurn(MailDecision.Drop, mail.Operation, Why: "A newer mail tells it.");
        }

        if (earlier.Any(other => other.State == EffectState.Sending))
        {
            return new MailTurn(MailDecision.Wait, mail.Operation, Why: "An earlier mail is on the wire.");
        }

        var last = earlier.LastOrDefault(MayHaveLeft);
        var told = last is not null && last.Operation != MailOperation.Cancellation;
        if (mail.Operation == MailOperation.Cancellation)
        {
            return told
                ? new MailTurn(MailDecision.Leave, MailOperation.Cancellation, MailPayload.Of(last!))
                : new MailTurn(MailDecision.Drop, mail.Operation, Why: "They never heard of the meeting.");
        }

        if (!arrangement.IsPresent)
        {
            return new MailTurn(MailDecision.Drop, mail.Operation, Why: "The meeting was cancelled.");
        }

        return told
            ? new MailTurn(MailDecision.Leave, MailOperation.Update, MailPayload.Of(last!))
            : new MailTurn(MailDecision.Leave, MailOperation.Confirmation);
    }

    private static MailTurn NotReady(Effect mail, MailPayload payload, Arrangement arrangement, Instant now) =>
        arrangement.IsPresent
        && !arrangement.LinkIsKnown
        && payload.StartsAt == arrangement.StartsAt
        && now < arrangement.StartsAt
            ? new MailTurn(MailDecision.Leave, mail.Operation)
            : new MailTurn(MailDecision.Drop, mail.Operation, Why: "The meeting is there, moved or off.");
}
