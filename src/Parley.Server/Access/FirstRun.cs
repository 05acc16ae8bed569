using System.Security.Cryptography;
using System.Text;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>Where a link goes that only whoever runs the server may see: the console, never the log.</summary>
public sealed class OperatorConsole(TextWriter writer)
{
    public void Say(string text) => writer.WriteLine(text);
}

/// <summary>
/// Before the first request: a workspace, and an owner by <c>Bootstrap__*</c> or else a setup link on the console. There is
/// never an open door: without the link nobody becomes the owner.
/// </summary>
public sealed class FirstRun(
    Db db,
    ParleyOptions options,
    Workspaces workspaces,
    Memberships memberships,
    ApiKeys apiKeys,
    OperatorConsole console,
    IClock clock
) : IStartupStep
{
    /// <summary>Of the owner a bootstrap key belongs to when no address was given. Has no password.</summary>
    public const string NamelessOwner = "owner@localhost";
    private bool _ownerKnown;

    public int Order => 10;

    /// <exception cref="StartupException">The bootstrap settings are incomplete or too weak.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var bootstrap = options.Bootstrap;
        Check(bootstrap);
        var link = await db.WriteAsync(
            async session =>
            {
                var workspaceId = await workspaces.EnsureFirstAsync(session);
                // Processes that start together take turns here.
                await session.QueryAsync<string>(
                    "SELECT id FROM workspace WHERE id = @workspaceId /* workspace_id is its id */"
                        + session.Dialect.ForUpdate,
                    new { workspaceId }
                );
                if (await AnyMemberAsync(session))
                {
                    return null;
                }

                if (bootstrap.Email is null && bootstrap.ApiKey is null)
                {
                    return await IssueLinkAsync(session, workspaceId);
                }

                var owner = memberships.Draft(
                    workspaceId,
                    bootstrap.Email ?? NamelessOwner,
                    (bootstrap.Email ?? NamelessOwner).Split('@')[0],
                    Role.Owner,
                    "UTC",
                    bootstrap.Password
                );
                await MemberStore.InsertAsync(session, owner);
                if (bootstrap.ApiKey is not null)
                {
                    await apiKeys.InsertAsync(session, owner, "Bootstrap", [Scope.Admin], bootstrap.ApiKey);
                }

                return null;
            },
            cancellationToken
        );
        if (link is not null)
        {
            console.Say($"Parley has no owner yet. Open this link once to become it: {link}");
        }
    }

    /// <summary>True until somebody owns the installation.</summary>
    public async Task<bool> NeedsOwnerAsync(CancellationToken cancellationToken = default)
    {
        if (!Volatile.Read(ref _ownerKnown) && await db.ReadAsync(AnyMemberAsync, cancellationToken))
        {
            Volatile.Write(ref _ownerKnown, true);
        }

        return !Volatile.Read(ref _ownerKnown);
    }

    /// <summary>A new setup link for a workspace without an owner; an earlier one ends. Only its hash is stored.</summary>
    public async Task<string> IssueLinkAsync(DbSession session, string workspaceId)
    {
        var token = Ids.Secret(24);
        await session.ExecuteAsync(
            """
            INSERT INTO setup_token (workspace_id, hash, created_at) VALUES (@workspaceId, @hash, @now)
            ON CONFLICT (workspace_id) DO UPDATE SET hash = excluded.hash, created_at = excluded.created_at
            """,
            new
            {
                workspaceId,
                hash = Ids.HashOf(token),
                now = clock.GetCurrentInstant(),
            }
        );
        return $"{options.Origin}/setup/{token}";
    }

    /// <summary>The workspace this link sets up, or null.</summary>
    public Task<string?> WorkspaceOfLinkAsync(string token) =>
        db.ReadAsync(session => WorkspaceOfLinkAsync(session, token));

    /// <summary>Makes the owner and uses the link up, or says what is wrong and leaves it.</summary>
    public async Task<Answer<Member>> BecomeOwnerAsync(string token, NewMember wanted)
    {
        var errors = new FieldErrors();
        var person = wanted.Check(errors);
        if (errors.Any)
        {
            return errors.ToProblem();
        }

        return await db.WriteAsync<Answer<Member>>(async session =>
        {
            var workspaceId = await WorkspaceOfLinkAsync(session, token);
            // Whoever deletes the row has used the link: of two at once only one does.
            if (
                workspaceId is null
                || await session.ExecuteAsync(
                    "DELETE FROM setup_token WHERE workspace_id = @workspaceId AND hash = @hash",
                    new { workspaceId, hash = Ids.HashOf(token) }
                ) == 0
            )
            {
                return new Problem(ProblemCodes.NotFound, "This setup link was used or is not the latest.");
            }

            return await memberships.InsertAsync(session, workspaceId, person, Role.Owner);
        });
    }

    private static async Task<string?> WorkspaceOfLinkAsync(DbSession session, string token)
    {
        var hash = Ids.HashOf(token);
        var row = await session.FirstOrDefaultAsync<TokenRow>(
            "SELECT workspace_id, hash FROM setup_token WHERE hash = @hash /* all workspaces: the link says which */",
            new { hash }
        );
        return
            row is not null
            && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(row.Hash), Encoding.ASCII.GetBytes(hash))
            ? row.WorkspaceId
            : null;
    }

    private static async Task<bool> AnyMemberAsync(DbSession session) =>
        await session.ScalarAsync<long>(
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM member) THEN 1 ELSE 0 END /* all workspaces: is the installation empty */"
        ) != 0;

    private static void Check(BootstrapOptions bootstrap)
    {
        var wrong = bootstrap switch
        {
            { Email: { } email } when !EmailAddress.IsValid(email) => "Bootstrap__Email must be an e-mail address",
            { Email: not null, Password: null, ApiKey: null } =>
                "Bootstrap__Email needs Bootstrap__Password or Bootstrap__ApiKey beside it",
            { Email: null, Password: not null } => "Bootstrap__Password needs Bootstrap__Email beside it",
            { Password: { Length: < Passwords.Shortest } } =>
                $"Bootstrap__Password must have at least {Passwords.Shortest} characters",
            { ApiKey: { } key } when key.Length < ApiKeys.ShortestGiven || key.Any(c => c is <= ' ' or > '~') =>
                $"Bootstrap__ApiKey must have at least {ApiKeys.ShortestGiven} printable ASCII characters without spaces",
            _ => null,
        };
        if (wrong is not null)
        {
            throw new StartupException(wrong + ".");
        }
    }

    private sealed record TokenRow
    {
        public required string WorkspaceId { get; init; }
        public required string Hash { get; init; }
    }
}
