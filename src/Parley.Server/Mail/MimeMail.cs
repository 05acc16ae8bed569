using System.Net.Mail;
using System.Net.Mime;
using System.Text;
using Parley.Scheduling.Calendar;

namespace Parley.Server.Mail;

/// <summary>
/// Turns an <see cref="OutgoingMail"/> into a MIME message (RFC 2045–2049, RFC 5322): multipart/alternative of text, HTML and
/// text/calendar (RFC 6047 §2.4, the method parameter equal to METHOD), the calendar once more as <c>invite.ics</c> for readers
/// that only know attachments. Every part is base64: no line of content reaches the SMTP dialogue as it is, so neither a lone dot
/// nor a bare line feed can end it early. Date is the platform's: it writes the moment of sending.
/// </summary>
internal sealed class MimeMail : IDisposable
{
    private readonly Body[] _bodies;

    private MimeMail(MailMessage message, params Body[] bodies) => (Message, _bodies) = (message, bodies);

    public MailMessage Message { get; }

    /// <summary>
    /// Whether any content was read for the wire. Content is read only after the server said 354 to DATA, so false means that
    /// the end of the message cannot have been sent and the mail cannot have been accepted.
    /// </summary>
    public bool ContentLeft => _bodies.Any(body => body.WasRead);

    /// <summary>Null when an address cannot stand in a header.</summary>
    /// <param name="host">Right half of the Message-ID.</param>
    public static MimeMail? Make(OutgoingMail mail, MailAddress from, string host)
    {
        if (Address(mail.To) is not { } to)
        {
            return null;
        }

        var text = new Body(mail.Text);
        var html = new Body(mail.Html);
        var message = new MailMessage
        {
            From = from,
            Subject = HeaderText(mail.Subject),
            SubjectEncoding = Encoding.UTF8,
            HeadersEncoding = Encoding.UTF8,
        };
        message.To.Add(to);
        if (mail.ReplyTo is { } replyTo && Address(replyTo) is { } reply)
        {
            message.ReplyToList.Add(reply);
        }

        message.Headers.Add("Message-ID", $"<{mail.Id}@{host}>");
        // RFC 3834: robots must not answer; holiday notices stay at home.
        message.Headers.Add("Auto-Submitted", "auto-generated");
        message.AlternateViews.Add(View(text, "text/plain"));
        message.AlternateViews.Add(View(html, "text/html"));
        if (mail.Calendar is not { } calendar)
        {
            return new MimeMail(message, text, html);
        }

        var inline = new Body(calendar.Text);
        var attached = new Body(calendar.Text);
        message.AlternateViews.Add(View(inline, "text/calendar", ICalendar.Name(calendar.Method)));
        message.Attachments.Add(
            new Attachment(attached, new ContentType("application/ics") { Name = "invite.ics" })
            {
                TransferEncoding = TransferEncoding.Base64,
            }
        );
        return new MimeMail(message, text, html, inline, attached);
    }

    /// <summary>One line without control characters: what a header may hold.</summary>
    public static string HeaderText(string text) => ForeignText.OneLine(text, 200);

    public void Dispose() => Message.Dispose();

    private static MailAddress? Address(Mailbox mailbox) =>
        // Quotes and backslashes would have to be escaped inside the quoted name; a name reads as well without them.
        MailAddress.TryCreate(
            mailbox.Email,
            HeaderText(mailbox.Name).Replace('"', '\'').Replace('\\', '/'),
            Encoding.UTF8,
            out var address
        )
            ? address
            : null;

    private static AlternateView View(Body body, string type, string? method = null)
    {
        var contentType = new ContentType(type) { CharSet = "utf-8" };
        if (method is not null)
        {
            contentType.Parameters.Add("method", method);
        }

        return new AlternateView(body, contentType) { TransferEncoding = TransferEncoding.Base64 };
    }

    /// <summary>Content that remembers having been read.</summary>
    private sealed class Body(string text) : Stream
    {
        private readonly MemoryStream _bytes = new(Encoding.UTF8.GetBytes(text));

        public bool WasRead { get; private set; }
        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length => _bytes.Length;
        public override long Position
        {
            get => _bytes.Position;
            set => _bytes.Position = value;
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            WasRead = true;
            return _bytes.Read(buffer, offset, count);
        }

        public override long Seek(long offset, SeekOrigin origin) => _bytes.Seek(offset, origin);

        public override void Flush() { }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
