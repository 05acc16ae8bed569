using System.Text.Json;
using NodaTime;
using Parley.Server.Provisioning;
using Parley.Server.Web;

namespace Parley.Server.Mail;

/// <summary>What a mail tells: <c>operation</c> of a mail effect.</summary>
public static class MailOperation
{
    public const string Confirmation = "confirmation";
    public const string Update = "update";
    public const string Cancellation = "cancellation";

    /// <summary>A day before, and there is still no meeting at the provider: to the organizer.</summary>
    public const string NotReadyDay = "notReady24h";

    /// <summary>An hour before, and there is still no meeting: to everyone.</summary>
    public const string NotReadyHour = "notReady1h";
    public const string PasswordReset = "passwordReset";

    /// <summary>A connection's lifetime ends soon, or has ended.</summary>
    public const string ConnectionExpiring = "connectionExpiring";

    /// <summary>A connection stopped working.</summary>
    public const string ConnectionBroken = "connectionBroken";

    /// <summary>The host's day at the provider is used up: meetings wait for the next one.</summary>
    public const string DailyQuota = "dailyQuota";

    /// <summary>Whether it is about a connection rather than a meeting or an account.</summary>
    public static bool IsOfConnection(string operation) =>
        operation is ConnectionExpiring or ConnectionBroken or DailyQuota;

    /// <summary>Whether it tells that the meeting is on, moved or off: what later mails must be consistent with.</summary>
    public static bool IsNews(string operation) => operation is Confirmation or Update or Cancellation;
}

/// <summary>Whom a mail goes to.</summary>
public static class MailRole
{
    /// <summary>Booked on a page, or invited through the API.</summary>
    public const string Attendee = "attendee";
    public const string Organizer = "organizer";

    /// <summary>A member, about their own account.</summary>
    public const string Account = "account";
}

/// <summary>What a mail about a connection tells of.</summary>
/// <param name="End">The end of the consent that was noticed; another end by now means that it was refreshed. Of a used-up day: when the next begins.</param>
/// <param name="Days">Which notice: 30, 14, 7, 1, or 0 for the end itself.</param>
public sealed record ConnectionNotice(string Id, Instant? End, int? Days);

/// <summary>Payload of a mail effect: the recipient. The text is made when it leaves, from the latest state.</summary>
public sealed record MailPayload
{
    public required string Role { get; init; }
    public required string Name { get; init; }
    public required string Email { get; init; }

    /// <summary>IANA zone.</summary>
    public required string TimeZone { get; init; }

    /// <summary>BCP 47.</summary>
    public required string Locale { get; init; }

    /// <summary>The meeting when the mail was planned: a later mail can say what it was before.</summary>
    public Instant? StartsAt { get; init; }
    public Instant? EndsAt { get; init; }
    public string? Subject { get; init; }

    /// <summary>The member who hosted when the mail was planned.</summary>
    public string? Host { get; init; }

    /// <summary>Only of mails about a connection.</summary>
    public ConnectionNotice? Connection { get; init; }

    /// <summary>A personal link, encrypted (base 64); only of account mails.</summary>
    public string? Secret { get; init; }

    /// <summary>After this it is of no use; null: until the meeting ends.</summary>
    public Instant? ExpiresAt { get; init; }

    public bool IsTo(MailPayload other) =>
        Role == other.Role && Email.Equals(other.Email, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether who read this mail knows the meeting as it is now.</summary>
    public bool TellsOf(Arrangement arrangement) =>
        StartsAt == arrangement.StartsAt
        && EndsAt == arrangement.EndsAt
        && Subject == arrangement.Subject
        && Host == arrangement.MemberId;

    public static MailPayload Of(Effect mail) =>
        JsonSerializer.Deserialize<MailPayload>(
            mail.Payload ?? throw new InvalidOperationException($"Mail {mail.Id} has no recipient."),
            Json.Stored
        )!;

    public string ToJson() => JsonSerializer.Serialize(this, Json.Stored);
}
