using System.Collections.Concurrent;
using Parley.Server.Mail;

namespace Parley.Server.Tests.Mail;

/// <summary>The transport of tests: keeps what was sent; a script decides outcomes.</summary>
public sealed class Postbox : IMailTransport
{
    private readonly ConcurrentQueue<OutgoingMail> _tried = new();
    private readonly ConcurrentQueue<OutgoingMail> _sent = new();

    /// <summary>Asked for every try; null: sent.</summary>
    public Func<OutgoingMail, Task<MailOutcome?>> Script { get; set; } = _ => Task.FromResult<MailOutcome?>(null);

    /// <summary>Every try, whatever came of it.</summary>
    public IReadOnlyList<OutgoingMail> Tried => [.. _tried];

    /// <summary>What arrived.</summary>
    public IReadOnlyList<OutgoingMail> Sent => [.. _sent];

    public IEnumerable<OutgoingMail> To(string email) => Sent.Where(mail => mail.To.Email == email);

    public void Answer(MailOutcomeKind? kind, string code = "test") =>
        Script = _ => Task.FromResult(kind is null ? null : new MailOutcome(kind.Value, code, "as scripted"));

    public async Task<MailOutcome> SendAsync(OutgoingMail mail, CancellationToken cancellationToken)
    {
        _tried.Enqueue(mail);
        var outcome = await Script(mail) ?? MailOutcome.Sent;
        if (outcome.Kind == MailOutcomeKind.Sent)
        {
            _sent.Enqueue(mail);
        }

        return outcome;
    }
}
