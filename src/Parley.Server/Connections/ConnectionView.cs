using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Parley.Conferencing;

namespace Parley.Server.Connections;

/// <summary>The account behind a connection; keys are opaque text.</summary>
public sealed record AccountView(
    string? Email,
    string? Name,
    string? OrganizerKey,
    string? AccountKey,
    string? Locale,
    string? TimeZone
);

public sealed record MissingScopeView(string Scope, IReadOnlyList<string> NeededFor);

/// <param name="Reason">Null when available.</param>
public sealed record CapabilityView(bool Available, string? Reason);

/// <summary>What is wrong, why, and what to do.</summary>
public sealed record ConnectionProblemView(string Code, string Detail, string Next);

/// <summary>A connection as the API tells it. No tokens.</summary>
public sealed record ConnectionView
{
    private static readonly LocalDatePattern DayPattern = LocalDatePattern.Create(
        "d MMMM uuuu",
        CultureInfo.InvariantCulture
    );

    public required string Id { get; init; }
    public required string Provider { get; init; }
    public required string Purpose { get; init; }

    /// <summary>One of pending, pendingApproval, connected, expiring, needsReconnect, missingScopes, disconnected.</summary>
    public required string Status { get; init; }
    public required AccountView Account { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
    public required IReadOnlyList<MissingScopeView> MissingScopes { get; init; }
    public required IReadOnlyDictionary<string, CapabilityView> Capabilities { get; init; }
    public required Instant? AccessTokenExpiresAt { get; init; }

    /// <summary>When the person must have refreshed the connection.</summary>
    public required Instant? ConnectionExpiresAt { get; init; }
    public required Instant? LastSuccessAt { get; init; }
    public required ConnectionProblemView? Problem { get; init; }

    public static ConnectionView Of(ConnectionEntry entry)
    {
        var connection = entry.Connection;
        var missing = connection.Missing(entry.Provider);
        return new ConnectionView
        {
            Id = connection.Id,
            Provider = connection.Provider,
            Purpose = connection.Purpose,
            Status = entry.Status,
            Account = new AccountView(
                connection.AccountEmail,
                connection.AccountName,
                connection.OrganizerKey,
                connection.AccountKey,
                connection.Locale,
                connection.TimeZone
            ),
            Scopes = connection.GrantedScopes,
            MissingScopes = missing.Select(need => new MissingScopeView(need.Scope, need.NeededFor)).ToList(),
            Capabilities = entry.Provider.Capabilities.ToDictionary(
                name => name,
                name => CapabilityOf(entry, missing, name),
                StringComparer.Ordinal
            ),
            AccessTokenExpiresAt = connection.AccessExpiresAt,
            ConnectionExpiresAt = connection.ConnectionExpiresAt,
            LastSuccessAt = connection.LastSuccessAt,
            Problem = ProblemOf(entry, missing),
        };
    }

    /// <summary>"1 December 2027" (UTC): near enough for something that lasts months.</summary>
    public static string Day(Instant instant) => DayPattern.Format(instant.InUtc().Date);

    private static CapabilityView CapabilityOf(ConnectionEntry entry, IReadOnlyList<ScopeNeed> missing, string name)
    {
        if (
            entry.Status
            is not (ConnectionStatus.Connected or ConnectionStatus.Expiring or ConnectionStatus.MissingScopes)
        )
        {
            return new CapabilityView(
                false,
                entry.Status switch
                {
                    ConnectionStatus.Pending => "Nobody has connected an account yet.",
                    ConnectionStatus.PendingApproval => "An administrator must approve Parley first.",
                    ConnectionStatus.Disconnected => "The connection was disconnected.",
                    _ => "The connection must be refreshed.",
                }
            );
        }

        var lacks = missing.Where(need => need.NeededFor.Contains(name, StringComparer.Ordinal)).ToList();
        return lacks.Count == 0
            ? new CapabilityView(true, null)
            : new CapabilityView(false, $"Missing scope: {string.Join(", ", lacks.Select(need => need.Scope))}.");
    }

    private static ConnectionProblemView? ProblemOf(ConnectionEntry entry, IReadOnlyList<ScopeNeed> missing)
    {
        var connection = entry.Connection;
        const string refresh = "Press \"Refresh your connection\" on the page Video conferencing.";
        if (connection.ProblemCode is { } code)
        {
            return new ConnectionProblemView(code, connection.ProblemDetail ?? code, connection.ProblemNext ?? refresh);
        }

        return entry.Status switch
        {
            ConnectionStatus.MissingScopes => new ConnectionProblemView(
                "missing_scope",
                $"The permission given to Parley lacks {string.Join(", ", missing.Select(need => need.Scope))}.",
                $"Tick what is missing in the OAuth client at {entry.Provider.Name}, then refresh the connection."
            ),
            ConnectionStatus.Expiring => new ConnectionProblemView(
                "connection_expiring",
                $"The permission given to Parley ends on {Day(connection.ConnectionExpiresAt!.Value)}.",
                refresh
            ),
            _ => null,
        };
    }
}
