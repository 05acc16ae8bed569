using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Web;

/// <summary>
/// A form that makes something carries a key, so that sending it twice makes one thing: the key and what was made become durable
/// together. The same table as Idempotency-Key's, under routes no API has.
/// </summary>
public sealed class FormKeys(Db db, IClock clock)
{
    private const int LongestKey = 64;
    private static readonly Duration Kept = Duration.FromHours(48);

    /// <summary>For the hidden field.</summary>
    public static string New() => Ids.Unguessable();

    /// <returns>Null for a form that was not ours: it is then taken as it comes, each time.</returns>
    public static string? Read(string? sent) =>
        sent is { Length: > 0 and <= LongestKey } && sent.All(character => character is > ' ' and <= '~') ? sent : null;

    /// <returns>What an earlier sending of this form made; null: nothing yet.</returns>
    public Task<string?> FindAsync(
        string workspaceId,
        string memberId,
        string form,
        string key,
        CancellationToken cancellationToken
    ) =>
        db.ReadAsync(
            session =>
                session.FirstOrDefaultAsync<string>(
                    """
                    SELECT resource_id FROM idempotency
                    WHERE workspace_id = @workspaceId AND owner_id = @memberId AND route = @form AND idempotency_key = @key AND expires_at > @now
                    """,
                    new
                    {
                        workspaceId,
                        memberId,
                        form,
                        key,
                        now = clock.GetCurrentInstant(),
                    }
                ),
            cancellationToken
        );

    /// <summary>Within the transaction that makes the thing.</summary>
    /// <exception cref="FormRepeatedException">Another sending of this form was quicker: roll back, then ask <see cref="FindAsync"/>.</exception>
    public async Task KeepAsync(
        DbSession session,
        string workspaceId,
        string memberId,
        string form,
        string key,
        string resourceId
    )
    {
        var now = clock.GetCurrentInstant();
        var kept = await session.ExecuteAsync(
            """
            INSERT INTO idempotency (workspace_id, owner_id, route, idempotency_key, body_hash, claim, claimed_until, status, resource_id, created_at, expires_at)
            VALUES (@workspaceId, @memberId, @form, @key, '', '', @now, 303, @resourceId, @now, @expires)
            ON CONFLICT (workspace_id, owner_id, route, idempotency_key) DO NOTHING
            """,
            new
            {
                workspaceId,
                memberId,
                form,
                key,
                resourceId,
                now,
                expires = now + Kept,
            }
        );
        if (kept == 0)
        {
            throw new FormRepeatedException();
        }
    }
}

/// <summary>The form was sent twice at once; the other one makes the thing.</summary>
public sealed class FormRepeatedException() : Exception("Another sending of the same form made it already.");
