using System.Text.Json;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>Someone who may organize meetings in the account of a connection.</summary>
/// <param name="Status"><c>active</c>, <c>inactive</c>, <c>invited</c> or <c>unknown</c>.</param>
public sealed record AccountOrganizerView(string Key, string? Email, string? Name, string? Group, string Status);

/// <summary>The people of the account behind a connection: for choosing them, and for turning an address into a key.</summary>
public sealed partial class OrganizerDirectory(ProviderCalls calls)
{
    // Up to so many addresses are looked up one by one; for more everybody is read once.
    private const int LookUps = 3;
    private const string Operation = "organizers";

    /// <summary>Who may organize, by name; without those whose licence or standing does not let them, and without telephones.</summary>
    /// <param name="text">Part of a name or an address; null: everybody.</param>
    public async Task<Answer<Page<AccountOrganizerView>>> PageAsync(
        string workspaceId,
        ConnectionEntry connection,
        string? text,
        Cursor after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        PageCut<AccountOrganizerView>? page = null;
        var problem = await WalkAsync(
            workspaceId,
            connection,
            emails: null,
            () => page = new PageCut<AccountOrganizerView>(after, limit),
            user =>
            {
                if (IsChoosable(user) && (text is null || Has(user.Name, text) || Has(user.Email, text)))
                {
                    page!.Add(CursorOf(user), ViewOf(user));
                }
            },
            cancellationToken
        );
        return problem is null ? page!.ToPage() : problem;
    }

    /// <summary>The key of an organizer given by key or address.</summary>
    /// <returns>Null inside the answer: it is the connection's own organizer, for whom no further right is needed.</returns>
    /// <param name="operation">What is to be read of another one, as in <c>ProviderDescriptor.Capabilities</c>.</param>
    public async Task<Answer<string?>> FindAsync(
        string workspaceId,
        ConnectionEntry connection,
        string organizer,
        string operation,
        CancellationToken cancellationToken
    )
    {
        if (
            organizer == connection.OrganizerKey
            || string.Equals(organizer, connection.Connection.AccountEmail, StringComparison.OrdinalIgnoreCase)
        )
        {
            return (string?)null;
        }

        if (ConnectionRights.Lack(connection, operation) is { } lack)
        {
            return lack;
        }

        if (!organizer.Contains('@', StringComparison.Ordinal))
        {
            if (organizer.Length <= 64 && organizer.All(char.IsAsciiLetterOrDigit))
            {
                return organizer;
            }

            return Wrong("organizer", "must be an organizer key or an e-mail address");
        }

        if (!EmailAddress.IsValid(organizer))
        {
            return Wrong("organizer", "must be an organizer key or an e-mail address");
        }

        var found = await ByEmailAsync(workspaceId, connection, [organizer], cancellationToken);
        if (!found.Succeeded)
        {
            return found.Problem!;
        }

        return found.Value.TryGetValue(organizer, out var user)
            ? user.Key
            : Wrong("organizer", $"is nobody in this {connection.Provider.Name} account");
    }

    /// <summary>Whose history is meant, and whether it may be read. A connection for reports reads its own organizer's as it does others'.</summary>
    /// <param name="organizer">Key or address; null: the connection's own organizer.</param>
    /// <returns>Null inside the answer: its own, for which no further right is needed.</returns>
    public async Task<Answer<string?>> OfHistoryAsync(
        string workspaceId,
        ConnectionEntry connection,
        string? organizer,
        CancellationToken cancellationToken
    )
    {
        const string Others = "historyOfOthers";
        var isForReports = connection.Connection.IsOutsidePurpose(connection.Provider, "history");
        if (!isForReports)
        {
            return ConnectionRights.Lack(connection, "history") is { } lack ? lack
                : organizer is null ? (string?)null
                : await FindAsync(workspaceId, connection, organizer, Others, cancellationToken);
        }

        if (ConnectionRights.Lack(connection, Others) is { } unread)
        {
            return unread;
        }

        if ((organizer ?? connection.OrganizerKey) is not { } whose)
        {
            return Wrong("organizer", "is required: this connection speaks for the account, not for one organizer");
        }

        var found = await FindAsync(workspaceId, connection, whose, Others, cancellationToken);
        return found.Succeeded ? found.Value ?? connection.OrganizerKey : found;
    }

    private async Task<Answer<Dictionary<string, DirectoryUser>>> ByEmailAsync(
        string workspaceId,
        ConnectionEntry connection,
        IReadOnlyList<string> addresses,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<string, DirectoryUser>(StringComparer.OrdinalIgnoreCase);
        var wanted = addresses.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var problem = await WalkAsync(
            workspaceId,
            connection,
            wanted.Count <= LookUps ? wanted : null,
            found.Clear,
            user =>
            {
                if (user.Email is { } email && wanted.Contains(email))
                {
                    found.TryAdd(email, user);
                }
            },
            cancellationToken
        );
        return problem is null ? found : problem;
    }

    /// <param name="emails">Whom to look up; null: everybody.</param>
    /// <param name="start">Called at the start of each attempt: a refused token has the whole walk done again.</param>
    private async Task<Problem?> WalkAsync(
        string workspaceId,
        ConnectionEntry connection,
        IReadOnlyCollection<string>? emails,
        Action start,
        Action<DirectoryUser> visit,
        CancellationToken cancellationToken
    )
    {
        if (ConnectionRights.Lack(connection, Operation) is { } lack)
        {
            return lack;
        }

        if (connection.Connection.AccountKey is not { } accountKey)
        {
            return new Problem(
                ProblemCodes.ConnectionNeedsReconnect,
                $"{connection.Provider.Name} has not told which account this connection belongs to."
            )
            {
                Next = "Open Video conferencing and refresh the connection.",
            };
        }

        var walked = await calls.CallAsync<Nothing>(
            workspaceId,
            connection.Id,
            "directory.users",
            async (provider, access, token) =>
            {
                start();
                foreach (var email in emails ?? [null!])
                {
                    var one = await provider.Directory.WalkUsersAsync(
                        access,
                        new UserQuery(accountKey) { Email = email },
                        (user, _) =>
                        {
                            visit(user);
                            return ValueTask.CompletedTask;
                        },
                        token
                    );
                    if (one.Failure is { } failure)
                    {
                        return failure;
                    }
                }

                return default(Nothing);
            },
            cancellationToken
        );
        return walked.Failure is { } refused ? ProviderProblems.From(refused) : null;
    }

    // Who has not accepted the invitation to the account is refused as a co-organizer.
    private static bool IsChoosable(DirectoryUser user) =>
        user is { MayOrganize: true, IsDevice: false, Standing: not UserStanding.Invited };

    private static bool IsAddress(string? named) => named?.Contains('@', StringComparison.Ordinal) == true;

    private static bool Has(string? value, string text) =>
        value?.Contains(text, StringComparison.OrdinalIgnoreCase) == true;

    private static string FieldOf(int index) => FormattableString.Invariant($"coOrganizers[{index}]");

    // By name, people first who have one; the key makes it unique. Short enough for a cursor.
    private static Cursor CursorOf(DirectoryUser user)
    {
        var name = (user.Name ?? user.Email ?? "").ToUpperInvariant();
        return new Cursor(user.Name is null ? 1 : 0, $"{(name.Length > 30 ? name[..30] : name)}/{user.Key}");
    }

    private static AccountOrganizerView ViewOf(DirectoryUser user) =>
        new(
            user.Key,
            user.Email,
            user.Name,
            user.GroupName,
            JsonNamingPolicy.CamelCase.ConvertName(user.Standing.ToString())
        );

    private static Problem Wrong(string field, string message)
    {
        var errors = new FieldErrors();
        errors.Add(field, message);
        return errors.ToProblem();
    }
}
