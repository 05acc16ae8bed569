using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>What a person says about themselves when they join.</summary>
public sealed record NewMember(string? Email, string? Name, string? Password, string? TimeZone)
{
    /// <summary>Itself, tidied; mistakes go to <paramref name="errors"/>.</summary>
    internal NewMember Check(FieldErrors errors)
    {
        Passwords.Check(errors, "password", Password);
        return new NewMember(
            errors.Email("email", Email),
            errors.Text("name", Name, 1, 100),
            Password,
            errors.Zone("timeZone", TimeZone).Id
        );
    }
}

/// <summary>What somebody changes about a member; null: stays.</summary>
public sealed record MemberChange(string? Name = null, string? TimeZone = null, string? Role = null);

/// <summary>Who belongs to a workspace and what they may do. A workspace keeps at least one active owner.</summary>
public sealed class Memberships(Db db, Ids ids, IClock clock, Passwords passwords, ApiKeys apiKeys)
{
    public Task<List<Member>> ListAsync(string workspaceId) =>
        db.ReadAsync(session =>
            session.QueryAsync<Member>(
                $"SELECT {MemberStore.Columns} FROM member WHERE workspace_id = @workspaceId ORDER BY created_at, id",
                new { workspaceId }
            )
        );

    /// <summary>Oldest first, the deactivated ones too.</summary>
    public Task<Page<Member>> PageAsync(string workspaceId, int limit, Cursor after) =>
        db.ReadAsync(session =>
            session.OldestFirstAsync<Member>(
                $"SELECT {MemberStore.Columns} FROM member WHERE workspace_id = @workspaceId",
                new { workspaceId },
                after,
                limit
            )
        );

    public Task<Member?> FindAsync(string workspaceId, string id) =>
        db.ReadAsync(session => MemberStore.FindAsync(session, workspaceId, id));

    public Task<Answer<Member>> ChangeRoleAsync(Caller caller, string memberId, string? role) =>
        ChangeAsync(caller, memberId, new MemberChange(Role: role ?? ""));

    /// <param name="demanded">Of the state that <see cref="MembersApi.StateOf"/> tells; null: whatever it is.</param>
    public async Task<Answer<Member>> ChangeAsync(
        Caller caller,
        string memberId,
        MemberChange change,
        Precondition? demanded = null
    )
    {
        var errors = new FieldErrors();
        var name = change.Name is null ? null : errors.Text("name", change.Name, 1, 100);
        var zone = change.TimeZone is null ? null : errors.Zone("timeZone", change.TimeZone).Id;
        if (change.Role is not null)
        {
            CheckRole(errors, change.Role);
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        return await ChangeAsync(
            caller,
            memberId,
            member =>
            {
                member.Name = name ?? member.Name;
                member.TimeZone = zone ?? member.TimeZone;
                member.Role = change.Role ?? member.Role;
            },
            async (session, before, member) =>
            {
                if (before.Role != member.Role)
                {
                    await NoteAsync(
                        session,
                        AuditActions.MemberRoleChanged,
                        member,
                        new { before.Role },
                        new { member.Role }
                    );
                }

                if (before.Name != member.Name || before.TimeZone != member.TimeZone)
                {
                    await NoteAsync(
                        session,
                        AuditActions.MemberChanged,
                        member,
                        new { before.Name, before.TimeZone },
                        new { member.Name, member.TimeZone }
                    );
                }
            },
            touchesOwners: change.Role == Role.Owner,
            demanded: demanded
        );
    }

    /// <summary>Ends every browser session and reset link of the member. What they hold is the business of <see cref="Leaving.Departure"/>.</summary>
    /// <param name="also">Runs in the same transaction.</param>
    public Task<Answer<Member>> DeactivateAsync(Caller caller, string memberId, Func<DbSession, Task>? also = null) =>
        ChangeAsync(
            caller,
            memberId,
            member =>
            {
                member.DeactivatedAt ??= clock.GetCurrentInstant();
                member.SecurityStamp = Ids.Unguessable();
            },
            async (session, before, member) =>
            {
                await BrowserSessions.EndAllAsync(session, member.WorkspaceId, member.Id);
                if (also is not null)
                {
                    await also(session);
                }

                if (before.IsActive)
                {
                    await NoteAsync(session, AuditActions.MemberDeactivated, member);
                }
            }
        );

    public Task<Answer<Member>> ReactivateAsync(Caller caller, string memberId) =>
        ChangeAsync(
            caller,
            memberId,
            member => member.DeactivatedAt = null,
            (session, before, member) =>
                before.IsActive ? Task.CompletedTask : NoteAsync(session, AuditActions.MemberReactivated, member)
        );

    /// <summary>Ends every browser session of the member.</summary>
    public Task<Answer<Member>> SignOutAsync(Caller caller, string memberId) =>
        ChangeAsync(
            caller,
            memberId,
            _ => { },
            async (session, _, member) =>
            {
                var count = await BrowserSessions.EndAllAsync(session, member.WorkspaceId, member.Id);
                await NoteAsync(session, AuditActions.MemberSignedOut, member, null, new { browsers = count });
            }
        );

    /// <summary>Null: the caller may change this member.</summary>
    internal static Problem? Forbids(Caller caller, Member member) =>
        member.Role == Role.Owner && caller.Role != Role.Owner ? OwnersOnly() : null;

    internal static void CheckRole(FieldErrors errors, string? role)
    {
        if (role is not (Role.Owner or Role.Admin or Role.Member))
        {
            errors.Add("role", "must be owner, admin or member");
        }
    }

    internal static Problem OwnersOnly() =>
        new(ProblemCodes.Forbidden, "Only an owner makes, changes or removes owners.");

    internal Member Draft(
        string workspaceId,
        string email,
        string name,
        string role,
        string timeZone,
        string? password
    ) =>
        new()
        {
            WorkspaceId = workspaceId,
            Id = ids.New("mem"),
            Email = email,
            EmailNormalized = Member.Normalize(email),
            Name = name,
            Role = role,
            TimeZone = timeZone,
            PasswordHash = password is null ? null : passwords.Hash(null, password),
            SecurityStamp = Ids.Unguessable(),
            CreatedAt = clock.GetCurrentInstant(),
        };

    internal async Task<Answer<Member>> InsertAsync(
        DbSession session,
        string workspaceId,
        NewMember person,
        string role
    )
    {
        var member = Draft(workspaceId, person.Email!, person.Name!, role, person.TimeZone!, person.Password);
        if (await MemberStore.InsertAsync(session, member))
        {
            await NoteAsync(session, AuditActions.MemberJoined, member, null, new { member.Role });
            return member;
        }

        var errors = new FieldErrors();
        errors.Add("email", "is in use already; sign in, or take another");
        return errors.ToProblem();
    }

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

    private async Task<Answer<Member>> ChangeAsync(
        Caller caller,
        string memberId,
        Action<Member> change,
        Func<DbSession, Standing, Member, Task> then,
        bool touchesOwners = false,
        Precondition? demanded = null
    )
    {
        var answer = await db.WriteAsync<Answer<Member>>(async session =>
        {
            // All owners are locked in id order: two owners who step down at once cannot both succeed.
            var owners = await session.QueryAsync<string>(
                "SELECT id FROM member WHERE workspace_id = @WorkspaceId AND role = 'owner' AND deactivated_at IS NULL ORDER BY id"
                    + session.Dialect.ForUpdate,
                new { caller.WorkspaceId }
            );
            if (await MemberStore.FindAsync(session, caller.WorkspaceId, memberId, lockIt: true) is not { } member)
            {
                return new Problem(ProblemCodes.NotFound, "There is no such member.");
            }

            if (touchesOwners && caller.Role != Role.Owner)
            {
                return OwnersOnly();
            }

            if (Forbids(caller, member) is { } forbidden)
            {
                return forbidden;
            }

            if (demanded?.Refuse(MembersApi.StateOf(member), "The member") is { } changedMeanwhile)
            {
                return changedMeanwhile;
            }

            var before = new Standing(member.Name, member.TimeZone, member.Role, member.IsActive);
            change(member);
            var staysOwner = member is { Role: Role.Owner, IsActive: true };
            if (!staysOwner && owners.All(id => id == member.Id) && owners.Count > 0)
            {
                return new Problem(ProblemCodes.Conflict, "A workspace needs an owner, and this is the last one.")
                {
                    Next = "Make someone else an owner first.",
                };
            }

            await MemberStore.UpdateAsync(session, member);
            await then(session, before, member);
            return member;
        });
        apiKeys.Forget();
        return answer;
    }

    private sealed record Standing(string Name, string TimeZone, string Role, bool IsActive);
}
