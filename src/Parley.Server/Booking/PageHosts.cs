using System.Collections.Concurrent;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking;

/// <summary>A connection somebody can host with.</summary>
public sealed record HostConnection
{
    public required string Id { get; init; }
    public required string Provider { get; init; }
    public required string Status { get; init; }
    public string? MemberId { get; init; }
    public string? AccountEmail { get; init; }
    public string? AccountName { get; init; }
}

/// <summary>Who can host and with what: the little that booking asks about members and connections.</summary>
public sealed class PageHosts
{
    // A connection never changes its provider.
    private readonly ConcurrentDictionary<(string Workspace, string Connection), string> _providers = new();

    public async Task<string> ProviderAsync(DbSession session, string workspaceId, string connectionId) =>
        _providers.TryGetValue((workspaceId, connectionId), out var known)
            ? known
            : _providers.GetOrAdd(
                (workspaceId, connectionId),
                await session.FirstOrDefaultAsync<string>(
                    "SELECT provider FROM connection WHERE workspace_id = @workspaceId AND id = @connectionId",
                    new { workspaceId, connectionId }
                ) ?? throw new InvalidOperationException($"Connection {connectionId} of a booking page is gone.")
            );

    /// <summary>Null when the member does not exist.</summary>
    public static Task<string?> NameAsync(DbSession session, string workspaceId, string memberId) =>
        session.FirstOrDefaultAsync<string>(
            "SELECT name FROM member WHERE workspace_id = @workspaceId AND id = @memberId",
            new { workspaceId, memberId }
        );

    /// <summary>Connections a page may use: of organizers, not disconnected; a plain member sees their own.</summary>
    public static Task<List<HostConnection>> UsableAsync(DbSession session, Caller caller) =>
        session.QueryAsync<HostConnection>(
            """
            SELECT id, provider, status, member_id, account_email, account_name FROM connection
            WHERE workspace_id = @WorkspaceId AND purpose = 'organizer' AND disconnected_at IS NULL AND merged_into IS NULL
                AND status <> 'pending' AND (@everyone = 1 OR member_id = @MemberId)
            ORDER BY created_at, id
            """,
            new
            {
                caller.WorkspaceId,
                caller.MemberId,
                everyone = caller.IsAdministrator ? 1L : 0L,
            }
        );

    /// <summary>Notes hosts that do not exist, or that are not the caller's to name.</summary>
    public static async Task CheckAsync(
        DbSession session,
        Caller caller,
        IReadOnlyList<PageHost> hosts,
        FieldErrors errors
    )
    {
        for (var index = 0; index < hosts.Count; index++)
        {
            var host = hosts[index];
            var member = await session.FirstOrDefaultAsync<MemberRow>(
                "SELECT id, deactivated_at FROM member WHERE workspace_id = @WorkspaceId AND id = @MemberId",
                new { caller.WorkspaceId, host.MemberId }
            );
            if (member is null || member.DeactivatedAt is not null)
            {
                errors.Add($"hosts[{index}].memberId", "is not a member of this workspace");
            }
            else if (!caller.IsAdministrator && host.MemberId != caller.MemberId)
            {
                errors.Add($"hosts[{index}].memberId", "must be you; only administrators name others");
            }

            if (await WrongConnectionAsync(session, caller, host.ConnectionId) is { } wrong)
            {
                errors.Add($"hosts[{index}].connectionId", wrong);
            }
        }
    }

    /// <summary>Notes a fallback that could not step in for any of the hosts.</summary>
    public static async Task CheckFallbackAsync(
        DbSession session,
        Caller caller,
        PageSettings settings,
        FieldErrors errors
    )
    {
        if (settings.WhenDisconnected.FallbackConnectionId is not { } fallback)
        {
            return;
        }

        const string field = "whenDisconnected.fallback";
        if (settings.Hosts.Any(host => host.ConnectionId == fallback))
        {
            errors.Add(field, "must be another connection than the one that hosts");
            return;
        }

        if (await WrongConnectionAsync(session, caller, fallback) is { } wrong)
        {
            errors.Add(field, wrong);
        }
    }

    private static async Task<string?> WrongConnectionAsync(DbSession session, Caller caller, string connectionId) =>
        await session.FirstOrDefaultAsync<ConnectionRow>(
            "SELECT purpose, member_id, merged_into, disconnected_at FROM connection WHERE workspace_id = @WorkspaceId AND id = @connectionId",
            new { caller.WorkspaceId, connectionId }
        ) switch
        {
            null => "is not a connection of this workspace",
            { Purpose: not "organizer" } => "is for reports; name a connection of an organizer",
            { MergedInto: { } other } => $"was merged into {other}; name that one",
            { DisconnectedAt: not null } => "is disconnected; connect the account again first",
            { MemberId: { } owner } when !caller.IsAdministrator && owner != caller.MemberId =>
                "is not yours; only administrators use the connections of others",
            _ => null,
        };

    private sealed record MemberRow
    {
        public required string Id { get; init; }
        public Instant? DeactivatedAt { get; init; }
    }

    private sealed record ConnectionRow
    {
        public required string Purpose { get; init; }
        public string? MemberId { get; init; }
        public string? MergedInto { get; init; }
        public Instant? DisconnectedAt { get; init; }
    }
}
