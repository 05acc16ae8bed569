using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Parley.Conferencing;
using Parley.Server.Budget;

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

/// <param name="NeededFor">Names of capabilities that do not work without it.</param>
/// <param name="CoveredBy">Other scopes that serve as well.</param>
public sealed record MissingScopeView(string Scope, IReadOnlyList<string> NeededFor, IReadOnlyList<string> CoveredBy);

/// <param name="Reason">Null when available.</param>
public sealed record CapabilityView(bool Available, string? Reason);

/// <summary>What is wrong, why, and what to do.</summary>
public sealed record ConnectionProblemView(string Code, string Detail, string Next);

/// <summary>A connection as the API tells it. No tokens.</summary>
public sealed record ConnectionView
{
    /// <summary>Code of the problem of a connection whose lifetime has ended, though the provider may still honour it.</summary>
    public const string LifetimeOver = "connection_lifetime_over";

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

    /// <summary>How much of the host's day at the provider is used; null where the provider counts no such thing.</summary>
    public required BudgetView? Budget { get; init; }

    /// <param name="budget">Of this connection; see <see cref="ConnectionBudgets"/>.</param>
    public static ConnectionView Of(ConnectionEntry entry, BudgetView? budget)
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
            MissingScopes = missing
                .Select(need => new MissingScopeView(need.Scope, need.NeededFor, need.CoveredBy))
                .ToList(),
            Capabilities = entry.Provider.Capabilities.ToDictionary(
                name => name,
                name => CapabilityOf(entry, missing, name),
                StringComparer.Ordinal
            ),
            AccessTokenExpiresAt = connection.AccessExpiresAt,
            ConnectionExpiresAt = connection.ConnectionExpiresAt,
            LastSuccessAt = connection.LastSuccessAt,
            Problem = ProblemOf(entry, missing),
            Budget = budget,
        };
    }

    /// <summary>"1 December 2027" (UTC): near enough for something that lasts months.</summary>
    public static string Day(Instant instant) => DayPattern.Format(instant.InUtc().Date);

    private static CapabilityView CapabilityOf(ConnectionEntry entry, IReadOnlyList<ScopeNeed> missing, string name)
    {
        if (entry.Connection.IsOutsidePurpose(entry.Provider, name))
        {
            return new CapabilityView(false, OutsidePurpose(entry));
        }

        if (name == "create" && entry.Connection.Purpose != ConnectionPurpose.Organizer)
        {
            return new CapabilityView(false, HostsNothing);
        }

        // As stored: past its lifetime a connection asks to be refreshed, but works until the provider says otherwise.
        if (entry.Connection.Status != ConnectionStatus.Connected)
        {
            return new CapabilityView(
                false,
                entry.Status switch
                {
                    ConnectionStatus.Pending => "Nobody has connected an account yet.",
                    ConnectionStatus.PendingApproval when entry.Connection.ConnectedAt is not null =>
                        "The approval was withdrawn: an administrator must approve Parley again.",
                    ConnectionStatus.PendingApproval => "An administrator must approve Parley first.",
                    ConnectionStatus.Disconnected => "The connection was disconnected.",
                    _ => "The connection must be refreshed.",
                }
            );
        }

        var lacks = missing.Where(need => need.NeededFor.Contains(name, StringComparer.Ordinal)).ToList();
        if (lacks.Count > 0)
        {
            return new CapabilityView(false, $"Missing scope: {string.Join(", ", lacks.Select(need => need.Scope))}.");
        }

        return
            entry.Connection.IsAdministrator
            || !entry.Provider.AdministratorCapabilities.Contains(name, StringComparer.Ordinal)
            ? new CapabilityView(true, null)
            : new CapabilityView(
                false,
                $"It takes an administrator role at {entry.Provider.Name}, which {entry.Connection.AccountText ?? "the account"} is not known to have: have the role given to it there and press Test, or connect an administrator's account."
            );
    }

    /// <summary>Why a connection for reports makes no meetings, whatever the account could.</summary>
    internal const string HostsNothing = "This connection reads what an account's organizers do; it hosts no meetings.";

    internal static string OutsidePurpose(ConnectionEntry entry) =>
        entry.Connection.Purpose == ConnectionPurpose.Account
            ? $"At {entry.Provider.Name} only an organizer's own connection can do this, not one for reports."
            : $"At {entry.Provider.Name} only a connection for reports (purpose account) can do this.";

    private static ConnectionProblemView? ProblemOf(ConnectionEntry entry, IReadOnlyList<ScopeNeed> missing)
    {
        var connection = entry.Connection;
        const string refresh = "Press \"Refresh your connection\" on the page Video conferencing.";
        if (connection.ProblemCode is { } code)
        {
            return new ConnectionProblemView(code, connection.ProblemDetail ?? code, connection.ProblemNext ?? refresh);
        }

        if (entry.Connection.LacksAdministrator)
        {
            return new ConnectionProblemView(
                "not_an_administrator",
                $"{connection.AccountText ?? "The account"} has no administrator role at {entry.Provider.Name}, so reports about other organizers stay empty.",
                $"Have the role given to it at {entry.Provider.Name} and press Test. Or connect the account of someone who has it."
            );
        }

        return entry.Status switch
        {
            // Stored as connected: only its time is over.
            ConnectionStatus.NeedsReconnect => new ConnectionProblemView(
                LifetimeOver,
                $"The permission given to Parley was meant to last until {Day(connection.ConnectionExpiresAt!.Value)}. As long as {entry.Provider.Name} still accepts it meetings go on, but it may end at any moment.",
                refresh
            ),
            ConnectionStatus.MissingScopes => new ConnectionProblemView(
                "missing_scope",
                $"The permission given to Parley lacks {string.Join(", ", missing.Select(need => $"“{need.Scope}”"))}.",
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
