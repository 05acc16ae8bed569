using System.Security.Cryptography;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Hosting;
using Parley.Server.Mail;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>
/// Links that set a new password: signed by the key ring, good for one hour, and bound to the member's security stamp, which
/// every new password changes — so a link works once and nothing about it is stored.
/// </summary>
public sealed class PasswordResets(
    Db db,
    IDataProtectionProvider protection,
    Passwords passwords,
    ApiKeys apiKeys,
    ParleyOptions options,
    IClock clock
)
{
    public static readonly Duration Life = Duration.FromHours(1);
    private readonly IDataProtector _protector = protection.CreateProtector("Parley.PasswordReset.v1");

    /// <summary>For the command line, where an operator asks.</summary>
    public async Task<string?> LinkForEmailAsync(string email)
    {
        var member = await db.ReadAsync(session => MemberStore.FindByEmailAsync(session, email));
        return member is { IsActive: true } ? LinkFor(member) : null;
    }

    /// <summary>Whose password this link sets, while it can.</summary>
    public async Task<Member?> MemberOfAsync(string token)
    {
        if (Open(token) is not { } content || content.Expires < clock.GetCurrentInstant())
        {
            return null;
        }

        var member = await db.ReadAsync(session =>
            MemberStore.FindAsync(session, content.WorkspaceId, content.MemberId)
        );
        return member is { IsActive: true } && SameStamp(member, content) ? member : null;
    }

    /// <summary>Sets the password; every session and other link of the member ends.</summary>
    public async Task<Answer<Member>> SetAsync(string token, string? password)
    {
        var errors = new FieldErrors();
        Passwords.Check(errors, "password", password);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (await MemberOfAsync(token) is not { } member)
        {
            return new Problem(ProblemCodes.NotFound, "This link was used or has run out.");
        }

        var stamp = member.SecurityStamp;
        member.PasswordHash = passwords.Hash(member, password!);
        member.SecurityStamp = Ids.Unguessable();
        var changed = await db.WriteAsync(async session =>
        {
            var set = await session.ExecuteAsync(
                """
                UPDATE member SET password_hash = @PasswordHash, security_stamp = @SecurityStamp, access_failed_count = 0, lockout_end = NULL
                WHERE workspace_id = @WorkspaceId AND id = @Id AND security_stamp = @stamp AND deactivated_at IS NULL
                """,
                new
                {
                    member.PasswordHash,
                    member.SecurityStamp,
                    member.WorkspaceId,
                    member.Id,
                    stamp,
                }
            );
            if (set > 0)
            {
                await BrowserSessions.EndAllAsync(session, member.WorkspaceId, member.Id);
                await AuditTrail.NoteAsync(
                    session,
                    clock.GetCurrentInstant(),
                    member.WorkspaceId,
                    new AuditNote(AuditActions.PasswordReset, "member", member.Id, member.Name)
                );
            }

            return set;
        });
        apiKeys.Forget();
        return changed > 0 ? member : new Problem(ProblemCodes.NotFound, "This link was used or has run out.");
    }

    internal string LinkFor(Member member)
    {
        var content = new Content(
            member.WorkspaceId,
            member.Id,
            Ids.HashOf(member.SecurityStamp),
            clock.GetCurrentInstant() + Life
        );
        var token = WebEncoders.Base64UrlEncode(
            _protector.Protect(JsonSerializer.SerializeToUtf8Bytes(content, Json.Stored))
        );
        return $"{options.Origin}/reset?token={token}";
    }

    private Content? Open(string token)
    {
        try
        {
            return JsonSerializer.Deserialize<Content>(
                _protector.Unprotect(WebEncoders.Base64UrlDecode(token)),
                Json.Stored
            );
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException or JsonException)
        {
            return null; // Not ours.
        }
    }

    private static bool SameStamp(Member member, Content content) =>
        CryptographicOperations.FixedTimeEquals(
            System.Text.Encoding.ASCII.GetBytes(Ids.HashOf(member.SecurityStamp)),
            System.Text.Encoding.ASCII.GetBytes(content.Stamp)
        );

    private sealed record Content(string WorkspaceId, string MemberId, string Stamp, Instant Expires);
}

/// <summary>
/// Takes "I forgot my password" off the request: the page answers the same at once, and only then is looked up whether
/// anybody has that address. The mail is an effect, so it survives a restart; the link lies in it encrypted until it leaves.
/// </summary>
internal sealed partial class PasswordResetRequests(
    Db db,
    PasswordResets resets,
    AccountMails mails,
    AttemptLimit attempts,
    ILogger<PasswordResetRequests> logger
) : BackgroundService
{
    private const int MostPerHour = 3;
    private readonly Channel<string> _queue = Channel.CreateBounded<string>(
        new BoundedChannelOptions(200) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    public void Ask(string email) => _queue.Writer.TryWrite(email);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var email in _queue.Reader.ReadAllAsync(stoppingToken))
        {
            var key = "reset for " + Member.Normalize(email);
            if (attempts.WaitFor(key, MostPerHour) is not null)
            {
                continue;
            }

            attempts.Count(key, Duration.FromHours(1));
            try
            {
                await PlanAsync(email, stoppingToken);
            }
            catch (System.Data.Common.DbException exception)
            {
                LogNotPlanned(logger, exception); // The person can ask again; those behind them must not wait.
            }
        }
    }

    private Task PlanAsync(string email, CancellationToken cancellationToken) =>
        db.WriteAsync(
            async session =>
            {
                if (await MemberStore.FindByEmailAsync(session, email) is { IsActive: true } member)
                {
                    await mails.PlanPasswordResetAsync(
                        session,
                        member.WorkspaceId,
                        member.Name,
                        member.Email,
                        member.TimeZone,
                        resets.LinkFor(member),
                        PasswordResets.Life
                    );
                }
            },
            cancellationToken
        );

    [LoggerMessage(Level = LogLevel.Warning, Message = "A password mail could not be planned")]
    private static partial void LogNotPlanned(ILogger logger, Exception exception);
}
