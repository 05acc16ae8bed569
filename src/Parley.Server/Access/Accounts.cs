using Microsoft.AspNetCore.Identity;
using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>What members change about themselves.</summary>
public sealed class Accounts(Db db, Passwords passwords, ApiKeys apiKeys, IClock clock)
{
    public Task<Member?> FindAsync(Caller caller) =>
        db.ReadAsync(session => MemberStore.FindAsync(session, caller.WorkspaceId, caller.MemberId));

    public async Task<Answer<Member>> ChangeAsync(Caller caller, string? name, string? timeZone)
    {
        var errors = new FieldErrors();
        var tidy = errors.Text("name", name, 1, 100);
        var zone = errors.Zone("timeZone", timeZone).Id;
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        return await UpdateAsync(
            caller,
            async (session, member) =>
            {
                var before = new { member.Name, member.TimeZone };
                member.Name = tidy;
                member.TimeZone = zone;
                await NoteAsync(
                    session,
                    AuditActions.MemberChanged,
                    member,
                    before,
                    new { member.Name, member.TimeZone }
                );
            }
        );
    }

    /// <summary>Ends every session; the caller's browser needs a new one.</summary>
    public async Task<Answer<Member>> ChangePasswordAsync(Caller caller, string current, string? password)
    {
        var errors = new FieldErrors();
        var member = await FindAsync(caller);
        if (passwords.Verify(member, current) == PasswordVerificationResult.Failed)
        {
            errors.Add("currentPassword", "is not right");
        }

        Passwords.Check(errors, "password", password);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var hash = passwords.Hash(member, password!);
        return await UpdateAsync(
            caller,
            async (session, changed) =>
            {
                changed.PasswordHash = hash;
                changed.SecurityStamp = Ids.Unguessable();
                await BrowserSessions.EndAllAsync(session, changed.WorkspaceId, changed.Id);
                await NoteAsync(session, AuditActions.PasswordChanged, changed);
            }
        );
    }

    /// <summary>Signs one of the caller's browsers out.</summary>
    /// <returns>False when the caller has no such browser.</returns>
    public Task<bool> SignOutAsync(Caller caller, string sessionId) =>
        db.WriteAsync(async session =>
        {
            if (!await BrowserSessions.EndOneAsync(session, caller.WorkspaceId, caller.MemberId, sessionId))
            {
                return false;
            }

            await AuditTrail.NoteAsync(
                session,
                clock.GetCurrentInstant(),
                caller.WorkspaceId,
                new AuditNote(AuditActions.BrowserSignedOut, "member", caller.MemberId, caller.Name)
            );
            return true;
        });

    /// <summary>Ends every session of the member.</summary>
    /// <param name="butThisOne">The browser this was asked in stays.</param>
    public Task<Answer<Member>> SignOutEverywhereAsync(Caller caller, bool butThisOne) =>
        UpdateAsync(
            caller,
            async (session, member) =>
            {
                var count = await BrowserSessions.EndAllAsync(
                    session,
                    member.WorkspaceId,
                    member.Id,
                    butThisOne ? caller.SessionId : null
                );
                await NoteAsync(session, AuditActions.MemberSignedOut, member, null, new { browsers = count });
            }
        );

    private Task NoteAsync(
        DbSession session,
        string action,
        Member member,
        object? before = null,
        object? after = null
    ) =>
        AuditTrail.NoteAsync(
            session,
            clock.GetCurrentInstant(),
            member.WorkspaceId,
            new AuditNote(action, "member", member.Id, member.Name) { Before = before, After = after }
        );

    private async Task<Answer<Member>> UpdateAsync(Caller caller, Func<DbSession, Member, Task> change)
    {
        var answer = await db.WriteAsync<Answer<Member>>(async session =>
        {
            if (await MemberStore.FindAsync(session, caller.WorkspaceId, caller.MemberId) is not { } member)
            {
                return new Problem(ProblemCodes.NotFound, "There is no such member.");
            }

            await change(session, member);
            await MemberStore.UpdateAsync(session, member);
            return member;
        });
        apiKeys.Forget();
        return answer;
    }
}
