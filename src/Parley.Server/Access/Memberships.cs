using NodaTime;
using Parley.Server.Hosting;
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

public sealed record Invitation
{
    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string Role { get; init; }
    public required string Note { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant ExpiresAt { get; init; }
    public Instant? UsedAt { get; init; }
}

/// <summary>Who belongs to a workspace and what they may do. A workspace keeps at least one active owner.</summary>
public sealed class Memberships(
    Db db,
    Ids ids,
    IClock clock,
    Passwords passwords,
    ApiKeys apiKeys,
    ParleyOptions options
)
{
    private static readonly Duration InvitationLife = Duration.FromDays(7);

    public Task<List<Member>> ListAsync(string workspaceId) =>
        db.ReadAsync(session =>
            session.QueryAsync<Member>(
                $"SELECT {MemberStore.Columns} FROM member WHERE workspace_id = @workspaceId ORDER BY created_at, id",
                new { workspaceId }
            )
        );

    public Task<List<Invitation>> OpenInvitationsAsync(string workspaceId) =>
        db.ReadAsync(session =>
            session.QueryAsync<Invitation>(
                """
                SELECT workspace_id, id, role, note, created_at, expires_at, used_at FROM invitation
                WHERE workspace_id = @workspaceId AND used_at IS NULL AND expires_at > @now ORDER BY created_at, id
                """,
                new { workspaceId, now = clock.GetCurrentInstant() }
            )
        );

    /// <returns>The link: shown once, stored only as a hash.</returns>
    public async Task<Answer<string>> InviteAsync(Caller caller, string? role, string? note)
    {
        var errors = new FieldErrors();
        var whom = errors.Text("note", note, 1, 100);
        if (role is not (Role.Owner or Role.Admin or Role.Member))
        {
            errors.Add("role", "must be owner, admin or member");
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (role == Role.Owner && caller.Role != Role.Owner)
        {
            return OwnersOnly();
        }

        var token = Ids.Secret(24);
        var now = clock.GetCurrentInstant();
        await db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                INSERT INTO invitation (workspace_id, id, hash, role, note, invited_by, created_at, expires_at)
                VALUES (@WorkspaceId, @id, @hash, @role, @whom, @MemberId, @now, @expires)
                """,
                new
                {
                    caller.WorkspaceId,
                    id = ids.New("inv"),
                    hash = Ids.HashOf(token),
                    role,
                    whom,
                    caller.MemberId,
                    now,
                    expires = now + InvitationLife,
                }
            )
        );
        return $"{options.Origin}/invite/{token}";
    }

    public Task WithdrawAsync(Caller caller, string invitationId) =>
        db.WriteAsync(session =>
            session.ExecuteAsync(
                "DELETE FROM invitation WHERE workspace_id = @WorkspaceId AND id = @invitationId AND used_at IS NULL",
                new { caller.WorkspaceId, invitationId }
            )
        );

    /// <summary>The invitation behind a link, while it can be used.</summary>
    public Task<Invitation?> OfLinkAsync(string token) => db.ReadAsync(session => OfLinkAsync(session, token));

    public async Task<Answer<Member>> AcceptAsync(string token, NewMember wanted)
    {
        var errors = new FieldErrors();
        var person = wanted.Check(errors);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        return await db.WriteAsync<Answer<Member>>(async session =>
        {
            if (await OfLinkAsync(session, token) is not { } invitation)
            {
                return new Problem(ProblemCodes.NotFound, "This invitation was used or has run out.");
            }

            var used = await session.ExecuteAsync(
                "UPDATE invitation SET used_at = @now WHERE workspace_id = @WorkspaceId AND id = @Id AND used_at IS NULL",
                new
                {
                    invitation.WorkspaceId,
                    invitation.Id,
                    now = clock.GetCurrentInstant(),
                }
            );
            if (used == 0)
            {
                return new Problem(ProblemCodes.NotFound, "This invitation was used or has run out.");
            }

            var answer = await InsertAsync(session, invitation.WorkspaceId, person, invitation.Role);
            if (!answer.Succeeded)
            {
                await session.ExecuteAsync(
                    "UPDATE invitation SET used_at = NULL WHERE workspace_id = @WorkspaceId AND id = @Id",
                    new { invitation.WorkspaceId, invitation.Id }
                );
            }

            return answer;
        });
    }

    public async Task<Answer<Member>> ChangeRoleAsync(Caller caller, string memberId, string? role)
    {
        if (role is not (Role.Owner or Role.Admin or Role.Member))
        {
            var errors = new FieldErrors();
            errors.Add("role", "must be owner, admin or member");
            return errors.ToProblem();
        }

        return await ChangeAsync(caller, memberId, member => member.Role = role, touchesOwners: role == Role.Owner);
    }

    /// <summary>Ends every session and key of the member; their bookings and connections stay.</summary>
    public Task<Answer<Member>> DeactivateAsync(Caller caller, string memberId) =>
        ChangeAsync(
            caller,
            memberId,
            member =>
            {
                member.DeactivatedAt = clock.GetCurrentInstant();
                member.SecurityStamp = Ids.Unguessable();
            }
        );

    public Task<Answer<Member>> ReactivateAsync(Caller caller, string memberId) =>
        ChangeAsync(caller, memberId, member => member.DeactivatedAt = null);

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
            return member;
        }

        var errors = new FieldErrors();
        errors.Add("email", "is in use already; sign in, or take another");
        return errors.ToProblem();
    }

    private async Task<Answer<Member>> ChangeAsync(
        Caller caller,
        string memberId,
        Action<Member> change,
        bool touchesOwners = false
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
            if (await MemberStore.FindAsync(session, caller.WorkspaceId, memberId) is not { } member)
            {
                return new Problem(ProblemCodes.NotFound, "There is no such member.");
            }

            if ((touchesOwners || member.Role == Role.Owner) && caller.Role != Role.Owner)
            {
                return OwnersOnly();
            }

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
            return member;
        });
        apiKeys.Forget();
        return answer;
    }

    private Task<Invitation?> OfLinkAsync(DbSession session, string token) =>
        session.FirstOrDefaultAsync<Invitation>(
            """
            SELECT workspace_id, id, role, note, created_at, expires_at, used_at FROM invitation
            WHERE hash = @hash AND used_at IS NULL AND expires_at > @now /* all workspaces: the link says which */
            """,
            new { hash = Ids.HashOf(token), now = clock.GetCurrentInstant() }
        );

    private static Problem OwnersOnly() =>
        new(ProblemCodes.Forbidden, "Only an owner makes, changes or removes owners.");
}
