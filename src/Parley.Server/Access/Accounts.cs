using Microsoft.AspNetCore.Identity;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>What members change about themselves.</summary>
public sealed class Accounts(Db db, Passwords passwords, ApiKeys apiKeys)
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
            member =>
            {
                member.Name = tidy;
                member.TimeZone = zone;
            }
        );
    }

    /// <summary>Ends every other session; the caller's needs a new ticket.</summary>
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
            changed =>
            {
                changed.PasswordHash = hash;
                changed.SecurityStamp = Ids.Unguessable();
            }
        );
    }

    /// <summary>Ends every session of the member, this one too.</summary>
    public Task<Answer<Member>> SignOutEverywhereAsync(Caller caller) =>
        UpdateAsync(caller, member => member.SecurityStamp = Ids.Unguessable());

    private async Task<Answer<Member>> UpdateAsync(Caller caller, Action<Member> change)
    {
        var answer = await db.WriteAsync<Answer<Member>>(async session =>
        {
            if (await MemberStore.FindAsync(session, caller.WorkspaceId, caller.MemberId) is not { } member)
            {
                return new Problem(ProblemCodes.NotFound, "There is no such member.");
            }

            change(member);
            await MemberStore.UpdateAsync(session, member);
            return member;
        });
        apiKeys.Forget();
        return answer;
    }
}
