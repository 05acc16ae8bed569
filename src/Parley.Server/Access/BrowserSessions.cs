using System.Net;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Access;

/// <summary>A signed-in browser as its owner sees it.</summary>
public sealed record BrowserSession
{
    public required string Id { get; init; }
    public required string MemberId { get; init; }
    public required string UserAgent { get; init; }

    /// <summary>Where it was seen last.</summary>
    public required string Address { get; init; }
    public required bool Remembered { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant LastSeenAt { get; init; }
    public required Instant ExpiresAt { get; init; }
}

/// <summary>
/// Who is signed in where, as rows: the cookie holds 192 random bits, the row their hash. Whatever ends a session deletes its row,
/// so it is over with the next request, wherever it is made.
/// </summary>
public sealed class BrowserSessions(Db db, Ids ids, TimeProvider time)
{
    private const string Columns =
        "id, member_id, user_agent, address, remembered, created_at, last_seen_at, expires_at";

    /// <summary>What was seen is written down at most this often.</summary>
    private static readonly Duration Grain = Duration.FromMinutes(5);
    internal static readonly Duration Life = Duration.FromHours(12);
    internal static readonly Duration RememberedLife = Duration.FromDays(30);

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    /// <summary>Those that have not lapsed, last seen first.</summary>
    public Task<List<BrowserSession>> ListAsync(string workspaceId, string memberId) =>
        db.ReadAsync(session =>
            session.QueryAsync<BrowserSession>(
                $"SELECT {Columns} FROM browser_session WHERE workspace_id = @workspaceId AND member_id = @memberId AND expires_at > @Now ORDER BY last_seen_at DESC, id",
                new
                {
                    workspaceId,
                    memberId,
                    Now,
                }
            )
        );

    /// <returns>The token for the cookie, and the new row's id.</returns>
    internal async Task<(string Token, string Id)> StartAsync(
        DbSession session,
        HttpContext context,
        Member member,
        bool remember
    )
    {
        var token = Ids.Secret(24);
        var id = ids.New("ses");
        await session.ExecuteAsync(
            """
            INSERT INTO browser_session (workspace_id, id, member_id, hash, user_agent, address, remembered, created_at, last_seen_at, expires_at)
            VALUES (@WorkspaceId, @id, @memberId, @hash, @agent, @address, @remember, @Now, @Now, @expires)
            """,
            new
            {
                member.WorkspaceId,
                id,
                memberId = member.Id,
                hash = Ids.HashOf(token),
                agent = AgentOf(context),
                address = AddressOf(context),
                remember,
                Now,
                expires = Now + (remember ? RememberedLife : Life),
            }
        );
        return (token, id);
    }

    /// <summary>Whose browser this is, read anew with every request: a deactivation or a new role counts at once.</summary>
    internal async Task<SessionMember?> FindAsync(HttpContext context, string token)
    {
        var found = await db.ReadAsync(session =>
            session.FirstOrDefaultAsync<SessionMember>(
                """
                SELECT m.workspace_id, m.id, m.name, m.role, s.id AS session_id, s.last_seen_at, s.remembered
                FROM browser_session s JOIN member m ON m.workspace_id = s.workspace_id AND m.id = s.member_id
                WHERE s.hash = @hash AND s.expires_at > @Now AND m.deactivated_at IS NULL /* all workspaces: the cookie says which */
                """,
                new { hash = Ids.HashOf(token), Now }
            )
        );
        if (found is not null && Now - found.LastSeenAt >= Grain)
        {
            await SeenAsync(context, found);
        }

        return found;
    }

    /// <summary>Whether its session has neither ended nor lapsed.</summary>
    internal Task<bool> HoldsAsync(string token, CancellationToken cancellationToken) =>
        db.ReadAsync(
            session =>
                session.ScalarAsync<bool>(
                    """
                    SELECT EXISTS (SELECT 1 FROM browser_session s JOIN member m ON m.workspace_id = s.workspace_id AND m.id = s.member_id
                        WHERE s.hash = @hash AND s.expires_at > @Now AND m.deactivated_at IS NULL) /* all workspaces: the cookie says which */
                    """,
                    new { hash = Ids.HashOf(token), Now }
                ),
            cancellationToken
        );

    /// <summary>Signs one browser out.</summary>
    /// <returns>False when the member has no such browser.</returns>
    internal static async Task<bool> EndOneAsync(DbSession session, string workspaceId, string memberId, string id) =>
        await session.ExecuteAsync(
            "DELETE FROM browser_session WHERE workspace_id = @workspaceId AND member_id = @memberId AND id = @id",
            new
            {
                workspaceId,
                memberId,
                id,
            }
        ) > 0;

    /// <summary>Signs the member out everywhere.</summary>
    /// <param name="except">This browser stays; null: none does.</param>
    /// <returns>How many were signed out.</returns>
    internal static Task<int> EndAllAsync(
        DbSession session,
        string workspaceId,
        string memberId,
        string? except = null
    ) =>
        session.ExecuteAsync(
            "DELETE FROM browser_session WHERE workspace_id = @workspaceId AND member_id = @memberId AND id <> @except",
            new
            {
                workspaceId,
                memberId,
                except = except ?? "",
            }
        );

    // Several requests of one page come at once: the first of them writes.
    private Task SeenAsync(HttpContext context, SessionMember found) =>
        db.WriteAsync(session =>
            session.ExecuteAsync(
                "UPDATE browser_session SET last_seen_at = @Now, address = @address, user_agent = @agent, expires_at = @expires WHERE workspace_id = @WorkspaceId AND id = @SessionId AND last_seen_at = @LastSeenAt",
                new
                {
                    Now,
                    address = AddressOf(context),
                    agent = AgentOf(context),
                    expires = Now + (found.Remembered ? RememberedLife : Life),
                    found.WorkspaceId,
                    found.SessionId,
                    found.LastSeenAt,
                }
            )
        );

    internal static string AgentOf(HttpContext context)
    {
        var agent = context.Request.Headers.UserAgent.ToString();
        var clean = new string([.. agent.Where(character => !char.IsControl(character))]);
        return clean.Length > 200 ? clean[..200] : clean;
    }

    internal static string AddressOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress;
        return (address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address ?? IPAddress.None).ToString();
    }
}

/// <summary>What a request needs to know of the member whose browser makes it.</summary>
internal sealed record SessionMember
{
    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Role { get; init; }
    public required string SessionId { get; init; }
    public required Instant LastSeenAt { get; init; }
    public required bool Remembered { get; init; }
}
