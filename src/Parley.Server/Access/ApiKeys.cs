using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>What a key is for.</summary>
public static class ApiKeyKind
{
    /// <summary>The API's, within its scopes; nobody may see it.</summary>
    public const string Secret = "secret";

    /// <summary>The embeds', on the pages it names; everybody may see it.</summary>
    public const string Publishable = "publishable";
}

/// <summary>A key as people see it: never the secret.</summary>
public sealed record ApiKeyRow : IListed
{
    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string MemberId { get; init; }

    /// <summary>One of <see cref="ApiKeyKind"/>.</summary>
    public string Kind { get; init; } = ApiKeyKind.Secret;
    public required string Name { get; init; }
    public required string Prefix { get; init; }

    /// <summary>Separated by spaces; none of a publishable key.</summary>
    public required string Scopes { get; init; }
    public required Instant CreatedAt { get; init; }
    public Instant? LastUsedAt { get; init; }

    /// <summary>Of a publishable key: the whole of it.</summary>
    public string? KeyText { get; init; }

    /// <summary>Of a publishable key, separated by spaces.</summary>
    public string? Origins { get; init; }

    /// <summary>Of a publishable key.</summary>
    public string? ConnectionId { get; init; }

    public bool IsPublishable => Kind == ApiKeyKind.Publishable;
    public IReadOnlyList<string> OriginList => Split(Origins);
    public IReadOnlyList<string> ScopeList => Split(Scopes);

    private static string[] Split(string? text) => (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>What a presented key turned out to be.</summary>
public sealed record VerifiedKey
{
    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string MemberId { get; init; }
    public required string MemberName { get; init; }
    public required string Role { get; init; }
    public required string Scopes { get; init; }
    public required string Hash { get; init; }
}

/// <summary>
/// Keys of the API: <c>pk_</c>, 8 characters that find the row, <c>_</c>, 192 random bits. Stored as a SHA-256: the secret is
/// random, so a slow hash would protect nothing and cost every request.
/// </summary>
public sealed class ApiKeys(Db db, Ids ids, IClock clock, TimeProvider time)
{
    public const int ShortestGiven = 20;

    /// <summary>How publishable keys begin.</summary>
    public const string PublishablePrefix = "pub_";
    internal const string Columns =
        "workspace_id, id, member_id, kind, name, prefix, scopes, created_at, last_used_at, key_text, origins, connection_id";
    private const int PrefixLength = 12;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>How long another process may still take a key that was revoked here.</summary>
    private static readonly TimeSpan CacheLife = TimeSpan.FromSeconds(5);
    private static readonly string NobodysHash = Ids.HashOf("");
    private readonly ConcurrentDictionary<string, Cached> _cache = new(StringComparer.Ordinal);
    private int _generation;

    public Task<Page<ApiKeyRow>> ListAsync(string workspaceId, int limit, Cursor after) =>
        db.ReadAsync(session =>
            session.OldestFirstAsync<ApiKeyRow>(
                $"SELECT {Columns} FROM api_key WHERE workspace_id = @workspaceId AND revoked_at IS NULL",
                new { workspaceId },
                after,
                limit
            )
        );

    public Task<ApiKeyRow?> FindAsync(string workspaceId, string id) =>
        db.ReadAsync(session => FindAsync(session, workspaceId, id));

    private static Task<ApiKeyRow?> FindAsync(DbSession session, string workspaceId, string id) =>
        session.FirstOrDefaultAsync<ApiKeyRow>(
            $"""
            SELECT {Columns} FROM api_key
            WHERE workspace_id = @workspaceId AND id = @id AND revoked_at IS NULL
            """,
            new { workspaceId, id }
        );

    private Task NoteAsync(DbSession session, string action, ApiKeyRow key, object? after) =>
        AuditTrail.NoteAsync(
            session,
            clock.GetCurrentInstant(),
            key.WorkspaceId,
            new AuditNote(action, "api_key", key.Id, key.Name) { After = after }
        );

    /// <param name="also">Runs in the same transaction, with the new key's id.</param>
    /// <returns>The row and the secret, which nobody can read again.</returns>
    public async Task<Answer<(ApiKeyRow Key, string Secret)>> CreateAsync(
        Caller caller,
        string? name,
        IReadOnlyCollection<string>? scopes,
        Func<DbSession, string, Task>? also = null
    )
    {
        var errors = new FieldErrors();
        var label = errors.Text("name", name, 1, 100);
        if (scopes is not { Count: > 0 })
        {
            errors.Add("scopes", "must name at least one scope");
        }

        foreach (var scope in scopes ?? [])
        {
            if (!Scope.All.Contains(scope, StringComparer.Ordinal))
            {
                errors.Add("scopes", $"must be among {string.Join(", ", Scope.All)}; got {scope}");
            }
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var secret = $"pk_{RandomNumberGenerator.GetString(Alphabet, 8)}_{Ids.Secret(24)}";
        return await db.WriteAsync<Answer<(ApiKeyRow, string)>>(async session =>
        {
            if (
                await MemberStore.FindAsync(session, caller.WorkspaceId, caller.MemberId)
                is not { IsActive: true } owner
            )
            {
                return new Problem(ProblemCodes.NotFound, "The key's owner is no longer a member.");
            }

            var key = await InsertAsync(session, owner, label, scopes!, secret);
            if (also is not null)
            {
                await also(session, key.Id);
            }

            await NoteAsync(session, AuditActions.ApiKeyCreated, key, new { key.Scopes, key.Prefix });
            return (key, secret);
        });
    }

    /// <summary>False when this workspace has no such key.</summary>
    public async Task<bool> RevokeAsync(string workspaceId, string id)
    {
        var changed = await db.WriteAsync(async session =>
        {
            var known = await FindAsync(session, workspaceId, id);
            var revoked = await session.ExecuteAsync(
                "UPDATE api_key SET revoked_at = @now WHERE workspace_id = @workspaceId AND id = @id AND revoked_at IS NULL",
                new
                {
                    workspaceId,
                    id,
                    now = clock.GetCurrentInstant(),
                }
            );
            if (known is not null && revoked > 0)
            {
                await NoteAsync(session, AuditActions.ApiKeyRevoked, known, null);
            }

            return revoked;
        });
        Forget();
        return changed > 0;
    }

    /// <summary>Nothing known is trusted any longer: a key was revoked, a member changed.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref _generation);
        _cache.Clear();
    }

    /// <summary>Finds the row by prefix and compares in constant time; an unknown prefix costs the same comparison.</summary>
    public async Task<VerifiedKey?> VerifyAsync(string presented)
    {
        if (presented.Length is < ShortestGiven or > 200)
        {
            return null;
        }

        var prefix = presented[..PrefixLength];
        var key = await LookUpAsync(prefix);
        var fits = CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Ids.HashOf(presented)),
            Encoding.ASCII.GetBytes(key?.Hash ?? NobodysHash)
        );
        return fits ? key : null;
    }

    internal async Task<ApiKeyRow> InsertAsync(
        DbSession session,
        Member owner,
        string name,
        IReadOnlyCollection<string> scopes,
        string secret
    )
    {
        var key = new ApiKeyRow
        {
            WorkspaceId = owner.WorkspaceId,
            Id = ids.New("key"),
            MemberId = owner.Id,
            Name = name,
            Prefix = secret[..PrefixLength],
            Scopes = string.Join(' ', Scope.All.Where(scope => scopes.Contains(scope, StringComparer.Ordinal))),
            CreatedAt = clock.GetCurrentInstant(),
        };
        await session.ExecuteAsync(
            """
            INSERT INTO api_key (workspace_id, id, member_id, name, prefix, hash, scopes, created_at)
            VALUES (@WorkspaceId, @Id, @MemberId, @Name, @Prefix, @hash, @Scopes, @CreatedAt)
            """,
            new
            {
                key.WorkspaceId,
                key.Id,
                key.MemberId,
                key.Name,
                key.Prefix,
                hash = Ids.HashOf(secret),
                key.Scopes,
                key.CreatedAt,
            }
        );
        return key;
    }

    private async Task<VerifiedKey?> LookUpAsync(string prefix)
    {
        if (_cache.TryGetValue(prefix, out var cached) && time.GetElapsedTime(cached.ReadAt) < CacheLife)
        {
            return cached.Key;
        }

        var generation = Volatile.Read(ref _generation);
        var readAt = time.GetTimestamp();
        var key = await db.ReadAsync(session =>
            session.FirstOrDefaultAsync<VerifiedKey>(
                """
                SELECT k.workspace_id, k.id, k.member_id, m.name AS member_name, m.role, k.scopes, k.hash
                FROM api_key k JOIN member m ON m.workspace_id = k.workspace_id AND m.id = k.member_id
                WHERE k.prefix = @prefix AND k.kind = 'secret' AND k.revoked_at IS NULL AND m.deactivated_at IS NULL /* all workspaces: the key says which */
                """,
                new { prefix }
            )
        );
        // A key revoked while it was being read must not be remembered; unknown prefixes are not, or guessing would fill the memory.
        if (key is not null && generation == Volatile.Read(ref _generation))
        {
            _cache[prefix] = new Cached(key, readAt);
            if (generation != Volatile.Read(ref _generation))
            {
                _cache.TryRemove(prefix, out _);
            }
        }

        return key;
    }

    private sealed record Cached(VerifiedKey Key, long ReadAt);
}
