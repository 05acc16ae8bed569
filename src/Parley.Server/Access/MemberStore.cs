using Microsoft.AspNetCore.Identity;
using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Access;

/// <summary>ASP.NET Core Identity's users, kept in table <c>member</c>.</summary>
public sealed class MemberStore(Db db)
    : IUserPasswordStore<Member>,
        IUserEmailStore<Member>,
        IUserSecurityStampStore<Member>,
        IUserLockoutStore<Member>
{
    internal const string Columns =
        "workspace_id, id, email, email_normalized, name, role, time_zone, password_hash, security_stamp, access_failed_count, lockout_end, deactivated_at, created_at";

    /// <summary>Inserts a member inside a larger change. False when the address is taken.</summary>
    internal static async Task<bool> InsertAsync(DbSession session, Member member) =>
        await session.ExecuteAsync(
            $"""
            INSERT INTO member ({Columns})
            VALUES (@WorkspaceId, @Id, @Email, @EmailNormalized, @Name, @Role, @TimeZone, @PasswordHash, @SecurityStamp, @AccessFailedCount, @LockoutEnd, @DeactivatedAt, @CreatedAt)
            ON CONFLICT (email_normalized) DO NOTHING
            """,
            member
        ) > 0;

    internal static Task UpdateAsync(DbSession session, Member member) =>
        session.ExecuteAsync(
            """
            UPDATE member SET email = @Email, email_normalized = @EmailNormalized, name = @Name, role = @Role, time_zone = @TimeZone,
                password_hash = @PasswordHash, security_stamp = @SecurityStamp, access_failed_count = @AccessFailedCount,
                lockout_end = @LockoutEnd, deactivated_at = @DeactivatedAt
            WHERE workspace_id = @WorkspaceId AND id = @Id
            """,
            member
        );

    internal static Task<Member?> FindAsync(DbSession session, string workspaceId, string id, bool lockIt = false) =>
        session.FirstOrDefaultAsync<Member>(
            $"SELECT {Columns} FROM member WHERE workspace_id = @workspaceId AND id = @id{(lockIt ? session.Dialect.ForUpdate : "")}",
            new { workspaceId, id }
        );

    /// <summary>An address is unique in the installation: signing in is how a person's workspace becomes known.</summary>
    internal static Task<Member?> FindByEmailAsync(DbSession session, string email) =>
        session.FirstOrDefaultAsync<Member>(
            $"SELECT {Columns} FROM member WHERE email_normalized = @normalized /* all workspaces: sign-in finds the workspace */",
            new { normalized = Member.Normalize(email) }
        );

    public Task<Member?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        db.ReadAsync(
            session =>
                session.FirstOrDefaultAsync<Member>(
                    $"SELECT {Columns} FROM member WHERE id = @userId /* all workspaces: Identity knows ids only */",
                    new { userId }
                ),
            cancellationToken
        );

    public Task<Member?> FindByEmailAsync(string normalizedEmail, CancellationToken cancellationToken) =>
        db.ReadAsync(session => FindByEmailAsync(session, normalizedEmail), cancellationToken);

    public Task<Member?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
        FindByEmailAsync(normalizedUserName, cancellationToken);

    public async Task<IdentityResult> CreateAsync(Member user, CancellationToken cancellationToken) =>
        await db.WriteAsync(session => InsertAsync(session, user), cancellationToken)
            ? IdentityResult.Success
            : IdentityResult.Failed(new IdentityErrorDescriber().DuplicateEmail(user.Email));

    public async Task<IdentityResult> UpdateAsync(Member user, CancellationToken cancellationToken)
    {
        await db.WriteAsync(session => UpdateAsync(session, user), cancellationToken);
        return IdentityResult.Success;
    }

    /// <summary>Members are deactivated, never deleted: bookings and keys name them.</summary>
    public Task<IdentityResult> DeleteAsync(Member user, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Members are deactivated, not deleted.");

    public Task<string> GetUserIdAsync(Member user, CancellationToken cancellationToken) => Task.FromResult(user.Id);

    public Task<string?> GetUserNameAsync(Member user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.Email);

    public Task SetUserNameAsync(Member user, string? userName, CancellationToken cancellationToken) =>
        SetEmailAsync(user, userName, cancellationToken);

    public Task<string?> GetNormalizedUserNameAsync(Member user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.EmailNormalized);

    public Task SetNormalizedUserNameAsync(Member user, string? normalizedName, CancellationToken cancellationToken) =>
        SetNormalizedEmailAsync(user, normalizedName, cancellationToken);

    public Task SetEmailAsync(Member user, string? email, CancellationToken cancellationToken)
    {
        user.Email = email ?? throw new ArgumentNullException(nameof(email));
        return Task.CompletedTask;
    }

    public Task<string?> GetEmailAsync(Member user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.Email);

    /// <summary>Holding the invitation, setup or reset link is the confirmation.</summary>
    public Task<bool> GetEmailConfirmedAsync(Member user, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task SetEmailConfirmedAsync(Member user, bool confirmed, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public Task<string?> GetNormalizedEmailAsync(Member user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.EmailNormalized);

    public Task SetNormalizedEmailAsync(Member user, string? normalizedEmail, CancellationToken cancellationToken)
    {
        user.EmailNormalized = Member.Normalize(normalizedEmail ?? "");
        return Task.CompletedTask;
    }

    public Task SetPasswordHashAsync(Member user, string? passwordHash, CancellationToken cancellationToken)
    {
        user.PasswordHash = passwordHash;
        return Task.CompletedTask;
    }

    public Task<string?> GetPasswordHashAsync(Member user, CancellationToken cancellationToken) =>
        Task.FromResult(user.PasswordHash);

    public Task<bool> HasPasswordAsync(Member user, CancellationToken cancellationToken) =>
        Task.FromResult(user.PasswordHash is not null);

    public Task SetSecurityStampAsync(Member user, string stamp, CancellationToken cancellationToken)
    {
        user.SecurityStamp = stamp;
        return Task.CompletedTask;
    }

    public Task<string?> GetSecurityStampAsync(Member user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.SecurityStamp);

    public Task<DateTimeOffset?> GetLockoutEndDateAsync(Member user, CancellationToken cancellationToken) =>
        Task.FromResult(user.LockoutEnd?.ToDateTimeOffset());

    public Task SetLockoutEndDateAsync(Member user, DateTimeOffset? lockoutEnd, CancellationToken cancellationToken)
    {
        user.LockoutEnd = lockoutEnd is { } end ? Instant.FromDateTimeOffset(end) : null;
        return Task.CompletedTask;
    }

    public Task<int> IncrementAccessFailedCountAsync(Member user, CancellationToken cancellationToken) =>
        Task.FromResult(++user.AccessFailedCount);

    public Task ResetAccessFailedCountAsync(Member user, CancellationToken cancellationToken)
    {
        user.AccessFailedCount = 0;
        return Task.CompletedTask;
    }

    public Task<int> GetAccessFailedCountAsync(Member user, CancellationToken cancellationToken) =>
        Task.FromResult(user.AccessFailedCount);

    public Task<bool> GetLockoutEnabledAsync(Member user, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task SetLockoutEnabledAsync(Member user, bool enabled, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public void Dispose() { }
}
