using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>E-mail and password into a session, and that session looked for with every request.</summary>
public sealed class SignIn(
    Db db,
    Passwords passwords,
    AttemptLimit attempts,
    BrowserSessions sessions,
    IClock clock,
    TimeProvider time
)
{
    private const int MostPerAddress = 30;
    private const int MostPerEmail = 10;
    private const int MostInARow = 10;
    private static readonly Duration Window = Duration.FromMinutes(15);
    private static readonly Duration Lock = Duration.FromMinutes(5);

    /// <summary>One wording for a wrong password, an unknown address, a locked and a deactivated account.</summary>
    private static readonly Problem Refused = new(
        ProblemCodes.Forbidden,
        "This address and password do not belong together."
    )
    {
        Next =
            "Check both. After several wrong passwords an account rests for five minutes. You can also ask for a new password.",
    };

    /// <returns>The member, or why not; 429 with a wait when there were too many attempts from here.</returns>
    public async Task<Answer<Member>> CheckAsync(string email, string password, string clientAddress)
    {
        var byAddress = "sign-in from " + clientAddress;
        var byEmail = "sign-in as " + Member.Normalize(email);
        if ((attempts.WaitFor(byAddress, MostPerAddress) ?? attempts.WaitFor(byEmail, MostPerEmail)) is { } wait)
        {
            return new Problem(
                ProblemCodes.TooManyRequests,
                $"Too many attempts. Try again in {Math.Ceiling(wait.TotalMinutes)} minutes."
            )
            {
                RetryAfterSeconds = (int)Math.Ceiling(wait.TotalSeconds),
            };
        }

        var member = await db.ReadAsync(session => MemberStore.FindByEmailAsync(session, email));
        var verified = passwords.Verify(member, password.Length > Passwords.Longest ? "" : password);
        var now = clock.GetCurrentInstant();
        if (
            member is null
            || verified == PasswordVerificationResult.Failed
            || !member.IsActive
            || member.LockoutEnd > now
        )
        {
            attempts.Count(byAddress, Window);
            attempts.Count(byEmail, Window);
            if (member is not null)
            {
                await CountFailureAsync(member, verified == PasswordVerificationResult.Failed, now);
            }

            return Refused;
        }

        attempts.Forget(byEmail);
        if (member.AccessFailedCount > 0 || verified == PasswordVerificationResult.SuccessRehashNeeded)
        {
            var hash =
                verified == PasswordVerificationResult.SuccessRehashNeeded
                    ? passwords.Hash(member, password)
                    : member.PasswordHash;
            await db.WriteAsync(session =>
                session.ExecuteAsync(
                    "UPDATE member SET access_failed_count = 0, lockout_end = NULL, password_hash = @hash WHERE workspace_id = @WorkspaceId AND id = @Id AND password_hash = @PasswordHash",
                    new
                    {
                        member.WorkspaceId,
                        member.Id,
                        member.PasswordHash,
                        hash,
                    }
                )
            );
        }

        return member;
    }

    /// <summary>A session and a ticket of its own for every sign-in: nothing that was in the browser before is taken over.</summary>
    public async Task IssueAsync(HttpContext context, Member member, bool remember)
    {
        var former = Caller.Find(context);
        var (token, id) = await db.WriteAsync(async session =>
        {
            if (former?.SessionId is { } ended)
            {
                await BrowserSessions.EndOneAsync(session, former.WorkspaceId, former.MemberId, ended);
            }

            await AuditTrail.NoteAsync(
                session,
                clock.GetCurrentInstant(),
                member.WorkspaceId,
                new AuditNote(AuditActions.SignedIn, "member", member.Id, member.Name)
                {
                    By = Originated.As(context, member),
                }
            );
            return await sessions.StartAsync(session, context, member, remember);
        });
        await context.SignInAsync(
            IdentityConstants.ApplicationScheme,
            Principal(member.WorkspaceId, member.Id, member.Name, member.Role, token, id),
            new AuthenticationProperties
            {
                IsPersistent = remember,
                ExpiresUtc = remember ? time.GetUtcNow() + BrowserSessions.RememberedLife.ToTimeSpan() : null,
            }
        );
    }

    /// <summary>Ends this browser's session.</summary>
    public async Task EndAsync(HttpContext context)
    {
        if (Caller.Find(context) is { SessionId: { } id } caller)
        {
            await db.WriteAsync(async session =>
            {
                await BrowserSessions.EndOneAsync(session, caller.WorkspaceId, caller.MemberId, id);
                await AuditTrail.NoteAsync(
                    session,
                    clock.GetCurrentInstant(),
                    caller.WorkspaceId,
                    new AuditNote(AuditActions.SignedOut, "member", caller.MemberId, caller.Name)
                );
            });
        }

        await context.SignOutAsync(IdentityConstants.ApplicationScheme);
    }

    /// <summary>Every request looks for its session's row again: whatever ended it ends it at once, a new role counts at once.</summary>
    internal static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var sessions = context.HttpContext.RequestServices.GetRequiredService<BrowserSessions>();
        var token = context.Principal?.FindFirstValue(AccessClaims.SessionToken);
        if (token is null || await sessions.FindAsync(context.HttpContext, token) is not { } found)
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(IdentityConstants.ApplicationScheme);
            return;
        }

        context.ReplacePrincipal(
            Principal(found.WorkspaceId, found.Id, found.Name, found.Role, token, found.SessionId)
        );
    }

    /// <summary>Whether who came with a cookie a while ago still may: for replies that stay open.</summary>
    public Task<bool> StillHoldsAsync(ClaimsPrincipal user, CancellationToken cancellationToken) =>
        user.FindFirstValue(AccessClaims.SessionToken) is { } token
            ? sessions.HoldsAsync(token, cancellationToken)
            : Task.FromResult(false);

    private static ClaimsPrincipal Principal(
        string workspaceId,
        string memberId,
        string name,
        string role,
        string token,
        string sessionId
    ) =>
        new(
            new ClaimsIdentity(
                [
                    new Claim(ClaimTypes.NameIdentifier, memberId),
                    new Claim(AccessClaims.Workspace, workspaceId),
                    new Claim(ClaimTypes.Name, name),
                    new Claim(ClaimTypes.Role, role),
                    new Claim(AccessClaims.SessionToken, token),
                    new Claim(AccessClaims.Session, sessionId),
                ],
                IdentityConstants.ApplicationScheme
            )
        );

    // Of an address nobody has there is no workspace to write it down in; the attempt is counted all the same.
    private Task CountFailureAsync(Member member, bool wrongPassword, Instant now) =>
        db.WriteAsync(async session =>
        {
            if (wrongPassword)
            {
                await session.ExecuteAsync(
                    """
                    UPDATE member SET
                        access_failed_count = CASE WHEN access_failed_count + 1 >= @MostInARow THEN 0 ELSE access_failed_count + 1 END,
                        lockout_end = CASE WHEN access_failed_count + 1 >= @MostInARow THEN @until ELSE lockout_end END
                    WHERE workspace_id = @WorkspaceId AND id = @Id
                    """,
                    new
                    {
                        member.WorkspaceId,
                        member.Id,
                        MostInARow,
                        until = now + Lock,
                    }
                );
            }

            var why =
                !member.IsActive ? "deactivated"
                : wrongPassword ? "wrong_password"
                : "locked";
            await AuditTrail.NoteAsync(
                session,
                now,
                member.WorkspaceId,
                new AuditNote(AuditActions.SignInFailed, "member", member.Id, member.Name) { After = new { why } }
            );
        });
}
