using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Usage;

/// <summary>
/// Reads an account: people, licences, the provider's own report of hosts where it has one, then everybody's history. Memory does not
/// grow with the account; users that cannot be read are recorded and passed over, a connection that fails ends the run with its reason.
/// </summary>
internal sealed class UsageAggregation(
    Db db,
    PatientCalls calls,
    ConnectionDirectory connections,
    UsageMonths months,
    ParleyOptions options,
    TimeProvider time
)
{
    private const int UsersAtOnce = 200;
    private const int SessionsAtOnce = 500;
    private const int CallsAtOnce = 4;

    // So many users in a row that the provider does not answer for mean that it is away.
    private const int TooManyInARow = 20;

    /// <summary>Sessions that ran when the last run looked ended later: their start is looked at again.</summary>
    private static readonly Duration Overlap = Duration.FromDays(1);

    /// <exception cref="RunLostException">Another process has the run by now.</exception>
    public async Task RunAsync(UsageProgress progress, CancellationToken cancellationToken)
    {
        await progress.BeginAsync(cancellationToken);
        if (progress.IsCancelRequested)
        {
            // Of a process that died before it heard of it.
            await progress.EndAsync(UsageRunState.Cancelled, null, cancellationToken);
            return;
        }

        var run = progress.Run;
        if (await connections.FindAsync(run.WorkspaceId, run.ConnectionId, cancellationToken) is not { } connection)
        {
            await progress.EndAsync(UsageRunState.Failed, Gone, cancellationToken);
            return;
        }

        var failure = await ThroughAsync(progress, connection, cancellationToken);
        if (failure is not null)
        {
            await progress.EndAsync(UsageRunState.Failed, failure, cancellationToken);
        }
        else if (progress.IsCancelRequested)
        {
            await progress.EndAsync(UsageRunState.Cancelled, null, cancellationToken);
        }
        else
        {
            await months.CompleteAsync(progress, cancellationToken);
        }
    }

    private async Task<ProviderFailure?> ThroughAsync(
        UsageProgress progress,
        ConnectionEntry connection,
        CancellationToken cancellationToken
    )
    {
        var phase = progress.Run.Phase;
        if (phase == UsagePhase.Users)
        {
            if (await UsersAsync(progress, connection, cancellationToken) is { } failure)
            {
                return failure;
            }

            phase = UsagePhase.Licences;
        }

        if (phase == UsagePhase.Licences)
        {
            if (await LicencesAsync(progress, connection, cancellationToken) is { } failure)
            {
                return failure;
            }

            phase = UsagePhase.Hosts;
        }

        if (phase == UsagePhase.Hosts && await HostsAsync(progress, connection, cancellationToken) is { } dead)
        {
            return dead;
        }

        return await HistoryAsync(progress, connection, cancellationToken);
    }

    private async Task<ProviderFailure?> UsersAsync(
        UsageProgress progress,
        ConnectionEntry connection,
        CancellationToken cancellationToken
    )
    {
        var walked = await calls.AskAsync(
            progress,
            "usage.users",
            async (provider, access, token) =>
            {
                // A directory is listed by position, and people come and go: one read in part is read again from its beginning.
                var some = new List<DirectoryUser>(UsersAtOnce);
                var result = await provider.Directory.WalkUsersAsync(
                    access,
                    new UserQuery(connection.Connection.AccountKey ?? ""),
                    async (user, visit) =>
                    {
                        some.Add(user);
                        if (some.Count == UsersAtOnce)
                        {
                            await progress.UsersAsync(some, visit);
                            some.Clear();
                        }
                    },
                    token
                );
                if (result.Succeeded && some.Count > 0)
                {
                    await progress.UsersAsync(some, token);
                }

                return result;
            },
            cancellationToken
        );
        if (walked.Failure is null)
        {
            await progress.UsersReadAsync(cancellationToken);
        }

        return walked.Failure;
    }

    private async Task<ProviderFailure?> LicencesAsync(
        UsageProgress progress,
        ConnectionEntry connection,
        CancellationToken cancellationToken
    )
    {
        var licences = await calls.AskAsync(
            progress,
            "usage.licences",
            (provider, access, token) =>
                provider.Directory.ListLicencesAsync(access, connection.Connection.AccountKey ?? "", token),
            cancellationToken
        );
        if (licences.Failure is null)
        {
            await progress.LicencesAsync(licences.Value, cancellationToken);
        }

        return licences.Failure;
    }

    /// <returns>Only what ends the run; a report the provider does not give is noted, history answers instead.</returns>
    private async Task<ProviderFailure?> HostsAsync(
        UsageProgress progress,
        ConnectionEntry connection,
        CancellationToken cancellationToken
    )
    {
        if (!connection.Provider.Capabilities.Contains("activeHosts", StringComparer.Ordinal))
        {
            await progress.HostsAsync(null, null, cancellationToken);
            return null;
        }

        var settings = await db.ReadAsync(
            session => UsageConnectors.ReadAsync(session, progress.Run.WorkspaceId, progress.Run.ConnectionId),
            cancellationToken
        );
        var to = progress.Run.ToAt;
        // Such a report counts whole days (UTC). The one the window begins in is left to history, which tells times: who hosted earlier
        // that day did not host in the window.
        var begins = to - Duration.FromDays(settings.WindowDays) - Duration.Epsilon;
        var from = begins.InUtc().Date.PlusDays(1).AtMidnight().InUtc().ToInstant();
        var hosts = await calls.AskAsync(
            progress,
            "usage.hosts",
            (provider, access, token) => provider.Directory.ListActiveHostsAsync(access, from, to, token),
            cancellationToken
        );
        if (hosts.Failure is { Kind: FailureKind.GrantDead or FailureKind.Unapproved } dead)
        {
            return dead;
        }

        await progress.HostsAsync(hosts.Succeeded ? hosts.Value : null, hosts.Failure?.Message, cancellationToken);
        return null;
    }

    private async Task<ProviderFailure?> HistoryAsync(
        UsageProgress progress,
        ConnectionEntry connection,
        CancellationToken cancellationToken
    )
    {
        var run = progress.Run;
        using var done = new UsersDone(progress, time);
        var after = "";
        var inARow = 0;
        ProviderFailure? end = null;
        while (end is null && !progress.IsCancelRequested)
        {
            var users = await NextUsersAsync(run, after, cancellationToken);
            if (users.Count == 0)
            {
                break;
            }

            after = users[^1].UserKey;
            await Parallel.ForEachAsync(
                users,
                new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce, CancellationToken = cancellationToken },
                async (user, token) =>
                {
                    if (Volatile.Read(ref end) is not null || progress.IsCancelRequested)
                    {
                        return;
                    }

                    var failure = await UserAsync(
                        progress,
                        done,
                        connection,
                        user,
                        // One of many users fails for a reason of its own; several in a row, for the provider's.
                        () => Volatile.Read(ref inARow) >= CallsAtOnce,
                        token
                    );
                    switch (failure)
                    {
                        case null:
                            Interlocked.Exchange(ref inARow, 0);
                            break;
                        // Who has not accepted yet is nobody the provider could tell a past of.
                        case { Code: FailureCodes.OrganizerNotFound }
                            when user.Standing == nameof(UserStanding.Invited):
                            await done.AddAsync(new UserHistory(user.UserKey, [], 0), token);
                            break;
                        case { Kind: FailureKind.Rejected or FailureKind.NotFound }:
                            await progress.UserFailedAsync(user.UserKey, failure, token);
                            break;
                        case { Kind: FailureKind.NeverSent or FailureKind.Unknown }
                            when Interlocked.Increment(ref inARow) < TooManyInARow:
                            await progress.UserFailedAsync(user.UserKey, failure, token);
                            break;
                        default:
                            Volatile.Write(ref end, failure);
                            break;
                    }
                }
            );
        }

        await done.FlushAsync(cancellationToken);
        return end;
    }

    private async Task<ProviderFailure?> UserAsync(
        UsageProgress progress,
        UsersDone done,
        ConnectionEntry connection,
        UserRow user,
        Func<bool> isAway,
        CancellationToken cancellationToken
    )
    {
        var to = progress.Run.ToAt;
        var from = user.HistoryUntil is { } until
            ? until - Overlap
            : to - Duration.FromDays(options.Usage.LookbackDays);
        // The admin's own history may be asked for without naming them; naming everybody is the same to the provider.
        var query = new HistoryQuery
        {
            From = from,
            To = to,
            OrganizerKey = user.UserKey,
        };
        var some = new List<HeldSession>();
        var read = 0;
        var walked = await calls.AskAsync(
            progress,
            "usage.history",
            async (provider, access, token) =>
            {
                // A second attempt begins anew; what the first one stored is stored again, which changes nothing.
                some.Clear();
                read = 0;
                return await provider.Records.WalkHistoryAsync(
                    access,
                    query,
                    async (session, visit) =>
                    {
                        some.Add(session);
                        read++;
                        if (some.Count == SessionsAtOnce)
                        {
                            await progress.SessionsAsync(user.UserKey, some, visit);
                            some.Clear();
                        }
                    },
                    token
                );
            },
            cancellationToken,
            () => isAway() ? PatientCalls.Most : 1
        );
        if (walked.Failure is null)
        {
            await done.AddAsync(new UserHistory(user.UserKey, some, read), cancellationToken);
        }

        return walked.Failure;
    }

    private Task<List<UserRow>> NextUsersAsync(UsageRun run, string after, CancellationToken cancellationToken) =>
        db.ReadAsync(
            session =>
                session.QueryAsync<UserRow>(
                    """
                    SELECT user_key, standing, history_until FROM usage_user
                    WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND user_key > @after
                      AND gone_at IS NULL AND is_device = 0 AND COALESCE(done_run, '') <> @Id
                    ORDER BY user_key LIMIT @UsersAtOnce
                    """,
                    new
                    {
                        run.WorkspaceId,
                        run.ConnectionId,
                        run.Id,
                        after,
                        UsersAtOnce,
                    }
                ),
            cancellationToken
        );

    private static readonly ProviderFailure Gone = new()
    {
        Kind = FailureKind.GrantDead,
        Code = GrantFailures.Disconnected,
        Message = "The connection is no longer there.",
    };

    private sealed record UserRow
    {
        public required string UserKey { get; init; }
        public required string Standing { get; init; }
        public Instant? HistoryUntil { get; init; }
    }
}
