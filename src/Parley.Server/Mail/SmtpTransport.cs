using System.Net;
using System.Net.Mail;
using System.Security.Authentication;
using Parley.Server.Hosting;

namespace Parley.Server.Mail;

/// <summary>
/// SMTP (RFC 5321) by the platform's client, one connection per mail. Sign-in is AUTH LOGIN (the client knows no PLAIN).
/// <para>
/// Which failures are certain: a reply code is an answer, so whatever carries one was not accepted — 4yz may be tried again,
/// 5yz is final. Without a reply the question is whether the content had begun to leave: before, nothing can have been accepted;
/// after, nobody knows.
/// </para>
/// </summary>
public sealed class SmtpTransport : IMailTransport
{
    private readonly ParleyOptions _options;
    private readonly SmtpOptions _smtp;
    private readonly TimeProvider _time;
    private readonly MailAddress _from;
    private readonly string _host;

    /// <summary>Well inside the lease a mail is sent under.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <exception cref="StartupException"><c>Mail__From</c> is not an address.</exception>
    public SmtpTransport(ParleyOptions options, TimeProvider time)
    {
        _options = options;
        _smtp = options.Mail.Smtp ?? new SmtpOptions("", 0, null, null, SmtpSecurity.None);
        _time = time;
        _from = MailAddress.TryCreate(options.Mail.From, out var from)
            ? from
            : throw new StartupException(
                $"Mail__From: an address such as Parley <parley@example.org>; got '{options.Mail.From}'"
            );
        _host = new Uri(options.Origin).IdnHost;
    }

    public async Task<MailOutcome> SendAsync(OutgoingMail mail, CancellationToken cancellationToken)
    {
        if (_options.Mail.Smtp is null)
        {
            return new MailOutcome(MailOutcomeKind.NotSent, MailCodes.NotConfigured, "No mail server is configured.");
        }

        using var mime = MimeMail.Make(mail, _from, _host);
        if (mime is null)
        {
            return new MailOutcome(
                MailOutcomeKind.Rejected,
                MailCodes.AddressInvalid,
                "The recipient's address cannot be written in a mail."
            );
        }

        using var limit = new CancellationTokenSource(Limit, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var client = new SmtpClient(_smtp.Host, _smtp.Port)
            {
                EnableSsl = _smtp.Security == SmtpSecurity.StartTls,
                UseDefaultCredentials = false,
                Credentials = _smtp.User is null ? null : new NetworkCredential(_smtp.User, _smtp.Password),
            };
            await client.SendMailAsync(mime.Message, stop.Token);
            return MailOutcome.Sent;
        }
        catch (SmtpException exception) when ((int)exception.StatusCode is >= 400 and < 600)
        {
            return Answered(exception, (int)exception.StatusCode);
        }
        catch (Exception exception)
            when (exception is SmtpException or IOException or AuthenticationException or OperationCanceledException)
        {
            return Unanswered(exception, mime.ContentLeft, limit.IsCancellationRequested);
        }
    }

    private static MailOutcome Answered(SmtpException exception, int code)
    {
        var words = ForeignText.OneLine(exception.Message, 300);
        return code switch
        {
            // RFC 4954 §6: about our sign-in, not about this mail; the operator can mend it. The client goes on after a refused
            // sign-in, so what is heard is the refusal of the first command that needed one — or of relaying for a stranger.
            454 or 530 or 534 or 535 or 538 => new MailOutcome(MailOutcomeKind.NotSent, MailCodes.SignInRefused, words),
            >= 500 when words.Contains("relay", StringComparison.OrdinalIgnoreCase) => new MailOutcome(
                MailOutcomeKind.NotSent,
                MailCodes.SignInRefused,
                words
            ),
            >= 500 => new MailOutcome(MailOutcomeKind.Rejected, MailCodes.Rejected, words),
            _ => new MailOutcome(MailOutcomeKind.NotSent, MailCodes.TryLater, words),
        };
    }

    private static MailOutcome Unanswered(Exception exception, bool contentLeft, bool timedOut)
    {
        var cause = timedOut
            ? $"The mail server did not answer within {Limit.TotalSeconds:0} s."
            : ForeignText.OneLine((exception.InnerException ?? exception).Message, 300);
        if (contentLeft)
        {
            return new MailOutcome(MailOutcomeKind.Unknown, MailCodes.ReplyLost, cause);
        }

        var tls = exception is AuthenticationException || exception.InnerException is AuthenticationException;
        return new MailOutcome(MailOutcomeKind.NotSent, tls ? MailCodes.Tls : MailCodes.Unreachable, cause);
    }
}
