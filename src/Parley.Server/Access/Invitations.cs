using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

public sealed record Invitation : IListed
{
    internal const string Columns = "workspace_id, id, role, note, invited_by, created_at, expires_at, used_at";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string Role { get; init; }

    /// <summary>Whom it is meant for, in the inviter's words.</summary>
    public required string Note { get; init; }

    /// <summary>A member's id.</summary>
    public required string InvitedBy { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant ExpiresAt { get; init; }
    public Instant? UsedAt { get; init; }
}

/// <summary>Invitations by link: the link is shown once, only its hash is kept, it works once.</summary>
public sealed class Invitations(Db db, Ids ids, IClock clock, Memberships memberships, ParleyOptions options)
{
    public const int UsualDays = 7;
    public const int MostDays = 30;

    /// <summary>Those that can still be used, oldest first.</summary>
    public Task<Page<Invitation>> ListAsync(string workspaceId, int limit, Cursor after) =>
        db.ReadAsync(session =>
            session.OldestFirstAsync<Invitation>(
                $"SELECT {Invitation.Columns} FROM invitation WHERE workspace_id = @workspaceId AND used_at IS NULL AND expires_at > @now",
                new { workspaceId, now = clock.GetCurrentInstant() },
                after,
                limit
            )
        );

    public Task<Invitation?> FindAsync(string workspaceId, string id) =>
        db.ReadAsync(session => FindAsync(session, workspaceId, id));

    /// <param name="days">Until it ends; null: <see cref="UsualDays"/>.</param>
    /// <param name="also">Runs in the same transaction, with the new invitation's id.</param>
    /// <returns>The invitation and its link, which nobody can read again.</returns>
    public async Task<Answer<(Invitation Invitation, string Link)>> InviteAsync(
        Caller caller,
        string? role,
        string? note,
        int? days = null,
        Func<DbSession, string, Task>? also = null
    )
    {
        var errors = new FieldErrors();
        var whom = errors.Text("note", note, 1, 100);
        Memberships.CheckRole(errors, role);
        var life = errors.Number("expiresInDays", days ?? UsualDays, 1, MostDays);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (role == Role.Owner && caller.Role != Role.Owner)
        {
            return Memberships.OwnersOnly();
        }

        var token = Ids.Secret(24);
        var now = clock.GetCurrentInstant();
        var invitation = new Invitation
        {
            WorkspaceId = caller.WorkspaceId,
            Id = ids.New("inv"),
            Role = role!,
            Note = whom,
            InvitedBy = caller.MemberId,
            CreatedAt = now,
            ExpiresAt = now + Duration.FromDays(life),
        };
        await db.WriteAsync(async session =>
        {
            await session.ExecuteAsync(
                """
                INSERT INTO invitation (workspace_id, id, hash, role, note, invited_by, created_at, expires_at)
                VALUES (@WorkspaceId, @Id, @hash, @Role, @Note, @InvitedBy, @CreatedAt, @ExpiresAt)
                """,
                new
                {
                    invitation.WorkspaceId,
                    invitation.Id,
                    hash = Ids.HashOf(token),
                    invitation.Role,
                    invitation.Note,
                    invitation.InvitedBy,
                    invitation.CreatedAt,
                    invitation.ExpiresAt,
                }
            );
            if (also is not null)
            {
                await also(session, invitation.Id);
            }

            await NoteAsync(
                session,
                AuditActions.InvitationCreated,
                invitation,
                new { invitation.Role, invitation.ExpiresAt }
            );
        });
        return (invitation, $"{options.Origin}/invite/{token}");
    }

    /// <summary>False when there is no such open invitation.</summary>
    public Task<Answer<Invitation>> WithdrawAsync(Caller caller, string invitationId) =>
        db.WriteAsync<Answer<Invitation>>(async session =>
        {
            if (
                await FindAsync(session, caller.WorkspaceId, invitationId) is not { UsedAt: null } invitation
                || await session.ExecuteAsync(
                    "DELETE FROM invitation WHERE workspace_id = @WorkspaceId AND id = @invitationId AND used_at IS NULL",
                    new { caller.WorkspaceId, invitationId }
                ) == 0
            )
            {
                return new Problem(ProblemCodes.NotFound, "There is no such open invitation.");
            }

            await NoteAsync(session, AuditActions.InvitationWithdrawn, invitation, null);
            return invitation;
        });

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
                return Gone();
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
                return Gone();
            }

            var answer = await memberships.InsertAsync(session, invitation.WorkspaceId, person, invitation.Role);
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

    private Task NoteAsync(DbSession session, string action, Invitation invitation, object? after) =>
        AuditTrail.NoteAsync(
            session,
            clock.GetCurrentInstant(),
            invitation.WorkspaceId,
            new AuditNote(action, "invitation", invitation.Id, invitation.Note) { After = after }
        );

    private static Task<Invitation?> FindAsync(DbSession session, string workspaceId, string id) =>
        session.FirstOrDefaultAsync<Invitation>(
            $"SELECT {Invitation.Columns} FROM invitation WHERE workspace_id = @workspaceId AND id = @id",
            new { workspaceId, id }
        );

    private Task<Invitation?> OfLinkAsync(DbSession session, string token) =>
        session.FirstOrDefaultAsync<Invitation>(
            $"SELECT {Invitation.Columns} FROM invitation WHERE hash = @hash AND used_at IS NULL AND expires_at > @now /* all workspaces: the link says which */",
            new { hash = Ids.HashOf(token), now = clock.GetCurrentInstant() }
        );

    private static Problem Gone() => new(ProblemCodes.NotFound, "This invitation was used or has run out.");
}
