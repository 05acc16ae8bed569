using NodaTime;
using Parley.Conferencing;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>What a connection is for, and which provider app it uses.</summary>
public static class ConnectionPurpose
{
    /// <summary>One person's account hosts meetings.</summary>
    public const string Organizer = "organizer";

    /// <summary>An administrator's account reads what all organizers do; uses the organizers' app where it has none of its own.</summary>
    public const string Account = "account";

    public static bool IsKnown(string? purpose) => purpose is Organizer or Account;
}

/// <summary>States of a connection. <see cref="Expiring"/> and <see cref="MissingScopes"/> are computed, the others stored.</summary>
public static class ConnectionStatus
{
    public const string Pending = "pending";
    public const string PendingApproval = "pendingApproval";
    public const string Connected = "connected";
    public const string Expiring = "expiring";
    public const string NeedsReconnect = "needsReconnect";
    public const string MissingScopes = "missingScopes";
    public const string Disconnected = "disconnected";
}

/// <summary>One authorised provider account: a row of table <c>connection</c> with what matters of its grant.</summary>
public sealed record Connection
{
    /// <summary>How long before its end a connection says that it must be renewed.</summary>
    public static readonly Duration ExpiringFrom = Duration.FromDays(30);

    /// <summary>For SELECT … FROM connection c LEFT JOIN oauth_grant g; see <see cref="From"/>.</summary>
    public const string Columns =
        "c.workspace_id, c.id, c.provider, c.purpose, c.member_id, c.grant_id, c.merged_into, c.status, c.account_email, c.account_name, c.organizer_key, c.account_key, c.locale, c.time_zone, c.is_administrator, c.missing_scopes, c.connected_at, c.connection_expires_at, c.expiry_notice, c.broken_noticed_at, c.last_success_at, c.last_join_url, c.left_at, c.problem_code, c.problem_detail, c.problem_next, c.disconnected_at, c.created_at, c.updated_at, g.scopes, g.access_expires_at, g.server_account";

    public const string From =
        "connection c LEFT JOIN oauth_grant g ON g.workspace_id = c.workspace_id AND g.id = c.grant_id";

    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }

    /// <summary><c>gotomeeting</c>, <c>zoom</c>.</summary>
    public required string Provider { get; init; }
    public required string Purpose { get; init; }

    /// <summary>Who connected it.</summary>
    public string? MemberId { get; init; }
    public string? GrantId { get; init; }

    /// <summary>The account turned out to be connected already: the connection to look at instead.</summary>
    public string? MergedInto { get; init; }

    /// <summary>As stored; people are shown <see cref="StatusAt"/>.</summary>
    public required string Status { get; init; }
    public string? AccountEmail { get; init; }
    public string? AccountName { get; init; }
    public string? OrganizerKey { get; init; }
    public string? AccountKey { get; init; }
    public string? Locale { get; init; }
    public string? TimeZone { get; init; }
    public bool IsAdministrator { get; init; }
    public string MissingScopes { get; init; } = "";
    public Instant? ConnectedAt { get; init; }
    public Instant? ConnectionExpiresAt { get; init; }

    /// <summary>Days before the end of the last notice about this consent; 0: that it is over; null: none yet.</summary>
    public int? ExpiryNotice { get; init; }

    /// <summary>When a mail last said that it is broken; null: not since the last consent.</summary>
    public Instant? BrokenNoticedAt { get; init; }
    public Instant? LastSuccessAt { get; init; }

    /// <summary>The last join link a create reply told: the pattern for links whose reply was lost.</summary>
    public string? LastJoinUrl { get; init; }

    /// <summary>Somebody left for the provider's consent page then, and no permission has come since.</summary>
    public Instant? LeftAt { get; init; }
    public string? ProblemCode { get; init; }
    public string? ProblemDetail { get; init; }
    public string? ProblemNext { get; init; }
    public Instant? DisconnectedAt { get; init; }
    public required Instant CreatedAt { get; init; }
    public required Instant UpdatedAt { get; init; }

    /// <summary>Granted scopes, space separated; empty when the provider did not say.</summary>
    public string? Scopes { get; init; }
    public Instant? AccessExpiresAt { get; init; }

    /// <summary>Set when the app's own credentials hold it, for this account: nobody consents, and nobody must again.</summary>
    public string? ServerAccount { get; init; }

    /// <summary>An account for reports whose owner may not read what others do. Unknown is not held against it.</summary>
    public bool LacksAdministrator =>
        Purpose == ConnectionPurpose.Account && OrganizerKey is not null && !IsAdministrator && ServerAccount is null;

    public IReadOnlyList<string> GrantedScopes => Split(Scopes);

    /// <summary>"Olivia Organizer (olivia@example.org)", or what is known of it.</summary>
    public string? AccountText =>
        (AccountName, AccountEmail) switch
        {
            ({ } name, { } email) => $"{name} ({email})",
            _ => AccountEmail ?? AccountName,
        };

    /// <summary>Scopes the provider's operations need and this grant lacks, by what was granted and by what calls were refused for.</summary>
    public IReadOnlyList<ScopeNeed> Missing(ProviderDescriptor descriptor)
    {
        if (ConnectedAt is null)
        {
            return [];
        }

        var granted = GrantedScopes;
        var needs = descriptor.Scopes.Where(Concerns).ToList();
        var refused = Split(MissingScopes)
            .Select(ScopeWords.Alternatives)
            .Select(alternatives => (Alternatives: alternatives, Needs: About(alternatives, needs)))
            .ToList();
        var known = needs.Where(need =>
            refused.Exists(one => one.Needs.Contains(need))
            || (
                granted.Count > 0
                && !need.CoveredBy.Prepend(need.Scope).Intersect(granted, StringComparer.Ordinal).Any()
            )
        );
        var others = refused
            .Where(one => one.Needs.Count == 0 && one.Alternatives.Count > 0)
            .Select(one => new ScopeNeed(one.Alternatives[0], []) { CoveredBy = [.. one.Alternatives.Skip(1)] });
        return [.. known, .. others];
    }

    // A call was refused for want of one of these. The need that goes by such a name is meant; only when none does, those it would cover.
    private static List<ScopeNeed> About(IReadOnlyList<string> alternatives, List<ScopeNeed> needs)
    {
        var named = needs.FindAll(need => alternatives.Contains(need.Scope, StringComparer.Ordinal));
        return named.Count > 0
            ? named
            : needs.FindAll(need => need.CoveredBy.Intersect(alternatives, StringComparer.Ordinal).Any());
    }

    private bool Concerns(ScopeNeed need) =>
        need.Purposes is null || need.Purposes.Contains(Purpose, StringComparer.Ordinal);

    /// <summary>
    /// The operation takes a permission that connections of this purpose never have, whatever was granted. An operation no scope is
    /// named for is anybody's.
    /// </summary>
    public bool IsOutsidePurpose(ProviderDescriptor descriptor, string operation)
    {
        var needs = descriptor
            .Scopes.Where(need => need.NeededFor.Contains(operation, StringComparer.Ordinal))
            .ToList();
        return needs.Count > 0 && !needs.Exists(Concerns);
    }

    /// <summary>The status people see: a lack that stops hosting comes before the coming end, and before the end itself.</summary>
    public string StatusAt(Instant now, ProviderDescriptor descriptor)
    {
        if (Status != ConnectionStatus.Connected)
        {
            return Status;
        }

        if (LacksHosting(descriptor))
        {
            return ConnectionStatus.MissingScopes;
        }

        return LifetimeIsOver(now) ? ConnectionStatus.NeedsReconnect
            : ConnectionExpiresAt - now <= ExpiringFrom ? ConnectionStatus.Expiring
            : ConnectionStatus.Connected;
    }

    /// <summary>
    /// The time a consent is meant to last has passed. By itself that stops nothing: as long as the provider takes the tokens, calls
    /// go on.
    /// </summary>
    public bool LifetimeIsOver(Instant now) => ConnectionExpiresAt <= now;

    /// <summary>Whether meetings can be made, moved and removed through it now, as far as is known.</summary>
    public bool CanHost(ProviderDescriptor descriptor) =>
        Status == ConnectionStatus.Connected && !LacksHosting(descriptor);

    private bool LacksHosting(ProviderDescriptor descriptor) =>
        Missing(descriptor).Any(need => need.NeededFor.Any(IsHosting));

    internal static string[] Split(string? scopes) =>
        (scopes ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static bool IsHosting(string operation) => operation is "create" or "get" or "update" or "delete";

    internal static Task<Connection?> FindAsync(DbSession session, string workspaceId, string id) =>
        session.FirstOrDefaultAsync<Connection>(
            $"SELECT {Columns} FROM {From} WHERE c.workspace_id = @workspaceId AND c.id = @id",
            new { workspaceId, id }
        );
}
