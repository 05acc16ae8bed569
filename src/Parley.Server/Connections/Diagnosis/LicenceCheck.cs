using Parley.Conferencing;

namespace Parley.Server.Connections.Diagnosis;

/// <summary>May the account hold meetings? The account's own directory knows, where it may be read.</summary>
public sealed class LicenceCheck(ProviderCalls calls)
{
    private const string Name = "licence";

    /// <returns>Null: the provider tells nobody who may organize, so there is nothing to test.</returns>
    public async Task<Check?> RunAsync(string workspaceId, ConnectionEntry entry, CancellationToken cancellationToken)
    {
        var (connection, provider) = (entry.Connection, entry.Provider);
        if (!provider.Capabilities.Contains("organizers", StringComparer.Ordinal))
        {
            return null;
        }

        if (connection.Missing(provider).FirstOrDefault(Concerns) is { } missing)
        {
            return Check.NotRun(
                Name,
                $"Reading licences takes {missing.Scope}, which is missing.",
                "Making a meeting shows whether the account may."
            );
        }

        if (connection is not { AccountKey: { } account, AccountEmail: { } email })
        {
            return Check.NotRun(
                Name,
                $"{provider.Name} has not told which account this is.",
                "Making a meeting shows whether the account may."
            );
        }

        DirectoryUser? user = null;
        var walked = await calls.CallAsync(
            workspaceId,
            entry.Id,
            "directory.users",
            (adapter, access, token) =>
                adapter.Directory.WalkUsersAsync(
                    access,
                    new UserQuery(account) { Email = email },
                    (found, _) =>
                    {
                        user = found;
                        return ValueTask.CompletedTask;
                    },
                    token
                ),
            cancellationToken
        );
        if (walked.Failure is { } failure)
        {
            return Check.NotRun(
                Name,
                $"Whether {email} has a licence could not be found out: {failure.Message}",
                failure.Code == FailureCodes.NotAllowed
                    ? "Only an administrator may read licences; making a meeting shows whether the account may."
                    : Cures.For(failure)
            );
        }

        return user switch
        {
            null => Check.NotRun(Name, $"{provider.Name} does not list {email} among the account's users."),
            { Standing: UserStanding.Suspended } => Check.Failed(
                Name,
                $"{email} is suspended at {provider.Name}.",
                "An administrator of the account can lift that, or connect another account."
            ),
            { MayOrganize: true } => Check.Passed(Name, $"{email} has a licence to organize meetings."),
            _ => Check.Failed(
                Name,
                $"{email} has no licence to organize meetings: {provider.Name} will refuse to make them.",
                $"Give {email} a licence in the provider's administration, or connect an account that has one."
            ),
        };
    }

    private static bool Concerns(ScopeNeed need) => need.NeededFor.Contains("organizers", StringComparer.Ordinal);
}
