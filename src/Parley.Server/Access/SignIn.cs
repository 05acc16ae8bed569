using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>E-mail and password into a cookie, and that cookie checked with every request.</summary>
public sealed class SignIn(Db db, Passwords passwords, AttemptLimit attempts, IClock clock, TimeProvider time)
{
    private const int MostPerAddress = 30;
    private const int MostPerEmail = 10;
    private const int MostInARow = 10;
    private static readonly Duration Window = Duration.FromMinutes(15);
    private static readonly Duration Lock = Duration.FromMinutes(5);
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

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
            if (member is not null && verified == PasswordVerificationResult.Failed)
            {
                await CountFailureAsync(member, now);
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

    /// <summary>A ticket of its own for every sign-in: nothing that was in the browser before is taken over.</summary>
    public Task IssueAsync(HttpContext context, Member member, bool remember) =>
        context.SignInAsync(
            IdentityConstants.ApplicationScheme,
            member.ToPrincipal(),
            new AuthenticationProperties
            {
                IsPersistent = remember,
                ExpiresUtc = remember ? time.GetUtcNow() + Remembered : null,
            }
        );

    /// <summary>Every request reads the member again: a new stamp or a deactivation ends the session at once, a new role counts at once.</summary>
    internal static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var workspaceId = context.Principal?.FindFirstValue(AccessClaims.Workspace);
        var id = context.Principal?.FindFirstValue(ClaimTypes.NameIdentifier);
        var stamp = context.Principal?.FindFirstValue(AccessClaims.SecurityStamp);
        var db = context.HttpContext.RequestServices.GetRequiredService<Db>();
        var member =
            workspaceId is null || id is null
                ? null
                : await db.ReadAsync(session => MemberStore.FindAsync(session, workspaceId, id));
        if (member is not { IsActive: true } || !string.Equals(member.SecurityStamp, stamp, StringComparison.Ordinal))
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(IdentityConstants.ApplicationScheme);
            return;
        }

        context.ReplacePrincipal(member.ToPrincipal());
    }

    /// <summary>Whether who came with a cookie a while ago still may: for replies that stay open.</summary>
    public async Task<bool> StillHoldsAsync(ClaimsPrincipal user, CancellationToken cancellationToken)
    {
        var workspaceId = user.FindFirstValue(AccessClaims.Workspace);
        var id = user.FindFirstValue(ClaimTypes.NameIdentifier);
        return workspaceId is not null
            && id is not null
            && await db.ReadAsync(session => MemberStore.FindAsync(session, workspaceId, id), cancellationToken)
                is { IsActive: true } member
            && string.Equals(
                member.SecurityStamp,
                user.FindFirstValue(AccessClaims.SecurityStamp),
                StringComparison.Ordinal
            );
    }

    private Task CountFailureAsync(Member member, Instant now) =>
        db.WriteAsync(session =>
            session.ExecuteAsync(
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
            )
        );
}
