namespace Parley.Server.Mail;

/// <summary>Why a mail has not left, or what became of it: <c>outcome_code</c> of mail effects.</summary>
public static class MailCodes
{
    /// <summary>No SMTP host is set: mails wait.</summary>
    public const string NotConfigured = "mail_not_configured";

    /// <summary>No connection: name not found, refused, reset or silent before any content left.</summary>
    public const string Unreachable = "mail_server_unreachable";

    /// <summary>STARTTLS failed: certificate not trusted or no common protocol.</summary>
    public const string Tls = "mail_server_tls";

    /// <summary>User or password refused, sign-in demanded and none set, or no right to relay.</summary>
    public const string SignInRefused = "mail_sign_in_refused";

    /// <summary>A 4yz reply.</summary>
    public const string TryLater = "mail_try_later";

    /// <summary>A 5yz reply to sender, recipient or content.</summary>
    public const string Rejected = "mail_rejected";
    public const string AddressInvalid = "mail_address_invalid";

    /// <summary>The connection was lost after content began to leave; sent once more with the same Message-ID.</summary>
    public const string ReplyLost = "mail_reply_lost";

    /// <summary>The reply was lost twice. It is not sent a third time; whether it arrived only the recipient knows.</summary>
    public const string Unconfirmed = "mail_unconfirmed";

    /// <summary>An earlier mail to the same person is on the wire; order is kept.</summary>
    public const string AfterEarlier = "mail_after_earlier";

    /// <summary>What it said is no longer so, or a newer mail says it.</summary>
    public const string NotNeeded = "mail_not_needed";

    /// <summary>The meeting ended, or a link ran out, before it could leave.</summary>
    public const string TooLate = "mail_too_late";
}
