using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Mail;

/// <summary>Mails to members about their own account. Their links are secrets: encrypted while they wait, erased once sent.</summary>
public sealed class AccountMails(Ids ids, IClock clock, Vault vault, EffectSignal signal)
{
    /// <summary>How long a mail with a reset link is worth sending when the mail server is away.</summary>
    public static readonly Duration ResetUse = Duration.FromHours(1);

    /// <summary>Plans the mail with a link to choose a new password, in the transaction that made the link.</summary>
    /// <param name="timeZone">IANA zone of the member.</param>
    /// <param name="link">Absolute URL with its token.</param>
    /// <param name="validFor">How long the link works; null: <see cref="ResetUse"/>.</param>
    public async Task PlanPasswordResetAsync(
        DbSession session,
        string workspaceId,
        string name,
        string email,
        string timeZone,
        string link,
        Duration? validFor = null
    )
    {
        var now = clock.GetCurrentInstant();
        var id = ids.New("eff");
        var secret = await vault.EncryptAsync(session, CellOf(workspaceId, id), link);
        await Effects.PlanAsync(
            session,
            new EffectDraft
            {
                WorkspaceId = workspaceId,
                Id = id,
                Kind = EffectKind.Mail,
                Operation = MailOperation.PasswordReset,
                // Every request is one of its own: the newest link is the one that works.
                Key = $"{MailOperation.PasswordReset}/{id}",
                Lane = MailPlanner.Lane,
                Version = 1,
                NotBefore = now,
                Payload = new MailPayload
                {
                    Role = MailRole.Account,
                    Name = name,
                    Email = email,
                    TimeZone = timeZone,
                    Locale = "en",
                    Secret = Convert.ToBase64String(secret),
                    ExpiresAt = now + (validFor ?? ResetUse),
                }.ToJson(),
                CreatedAt = now,
            }
        );
        session.AfterCommit(signal.Ring);
    }

    internal async Task<(MailTurn Turn, OutgoingMail? Mail)> PrepareAsync(DbSession session, Effect mail, Instant now)
    {
        var payload = MailPayload.Of(mail);
        if (mail.Operation != MailOperation.PasswordReset || payload.Secret is null)
        {
            throw new InvalidOperationException($"Mail {mail.Id} says '{mail.Operation}' and belongs to no meeting.");
        }

        if (now >= payload.ExpiresAt)
        {
            return (new MailTurn(MailDecision.TooLate, mail.Operation, Why: "The link in it no longer works."), null);
        }

        var link = await vault.DecryptAsync(
            session,
            CellOf(mail.WorkspaceId, mail.Id),
            Convert.FromBase64String(payload.Secret)
        );
        return (new MailTurn(MailDecision.Leave, mail.Operation), MailComposer.PasswordReset(mail, link));
    }

    internal static async Task EraseSecretAsync(DbSession session, Effect mail)
    {
        var payload = MailPayload.Of(mail);
        if (payload.Secret is not null)
        {
            await session.ExecuteAsync(
                "UPDATE effect SET payload = @payload WHERE workspace_id = @WorkspaceId AND id = @Id",
                new
                {
                    mail.WorkspaceId,
                    mail.Id,
                    payload = (payload with { Secret = null }).ToJson(),
                }
            );
        }
    }

    private static SecretCell CellOf(string workspaceId, string effectId) =>
        new(workspaceId, "effect", effectId, "payload.secret", 1);
}
