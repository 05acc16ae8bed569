using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary>The run was taken over by another process, or ended: whoever works on it stops.</summary>
internal sealed class RunLostException : Exception;

/// <summary>One user whose history was read to its end.</summary>
/// <param name="Sessions">Those not written yet.</param>
/// <param name="Read">All of them.</param>
internal sealed record UserHistory(string UserKey, IReadOnlyList<HeldSession> Sessions, int Read);

/// <summary>
/// Everything a run writes, each step in one transaction under the run's lease, which every step prolongs. Steps are written so that
/// doing one again changes nothing: a run that died is gone on with, not begun anew.
/// </summary>
internal sealed class UsageProgress(Db db, Leases leases, IClock clock, UsageRun run, Lease lease, Duration term)
{
    private static readonly ManyRows<DirectoryUser> UserRows = new(
        "INSERT INTO usage_user (workspace_id, connection_id, user_key, email, name, licences, standing, is_device, first_seen, seen_run) VALUES",
        "(@WorkspaceId, @ConnectionId, @Key#, @Email#, @Name#, @Licences#, @Standing#, @IsDevice#, @now, @Id)",
        """
        ON CONFLICT (workspace_id, connection_id, user_key) DO UPDATE SET email = excluded.email, name = excluded.name, licences = excluded.licences,
            standing = excluded.standing, is_device = excluded.is_device, seen_run = excluded.seen_run, gone_at = NULL
        """,
        (parameters, number, user) =>
        {
            parameters.Add("Key" + number, user.Key);
            parameters.Add("Email" + number, user.Email);
            parameters.Add("Name" + number, user.Name);
            parameters.Add("Licences" + number, string.Join(' ', user.LicenceKeys));
            parameters.Add("Standing" + number, user.Standing.ToString());
            parameters.Add("IsDevice" + number, user.IsDevice);
        }
    );

    private static readonly ManyRows<(string UserKey, HeldSession Held)> SessionRows = new(
        "INSERT INTO usage_session (workspace_id, connection_id, session_key, organizer_key, started_at, ended_at) VALUES",
        "(@WorkspaceId, @ConnectionId, @Key#, @UserKey#, @StartedAt#, @EndedAt#)",
        "ON CONFLICT (workspace_id, connection_id, session_key) DO UPDATE SET ended_at = excluded.ended_at",
        (parameters, number, row) =>
        {
            parameters.Add("Key" + number, KeyOf(row.Held));
            parameters.Add("UserKey" + number, row.UserKey);
            parameters.Add("StartedAt" + number, row.Held.StartedAt);
            parameters.Add("EndedAt" + number, row.Held.EndedAt);
        }
    );

    private int _calls;
    private volatile bool _cancelRequested;

    public UsageRun Run => run;

    /// <summary>As of the last step.</summary>
    public bool IsCancelRequested => _cancelRequested;

    /// <summary>One request to the provider is about to be made; the next step writes it down.</summary>
    public void Calling() => Interlocked.Increment(ref _calls);

    /// <exception cref="RunLostException">Another process has it by now.</exception>
    public async Task StepAsync(Func<DbSession, Task> step, CancellationToken cancellationToken)
    {
        var calls = Interlocked.Exchange(ref _calls, 0);
        _cancelRequested = await db.WriteAsync(
            async session =>
            {
                if (!await leases.ProlongAsync(session, lease, term))
                {
                    throw new RunLostException();
                }

                await step(session);
                return await session.ScalarAsync<bool>(
                    "UPDATE usage_run SET calls = calls + @calls WHERE workspace_id = @WorkspaceId AND id = @Id RETURNING cancel_requested",
                    new
                    {
                        run.WorkspaceId,
                        run.Id,
                        calls,
                    }
                );
            },
            cancellationToken
        );
    }

    /// <summary>Keeps the run ours while nothing is written.</summary>
    /// <returns>False: another process has it by now.</returns>
    public Task<bool> KeepAsync(CancellationToken cancellationToken) =>
        db.WriteAsync(session => leases.ProlongAsync(session, lease, term), cancellationToken);

    public Task BeginAsync(CancellationToken cancellationToken) =>
        StepAsync(
            session =>
                session.ExecuteAsync(
                    $"UPDATE usage_run SET state = '{UsageRunState.Running}', started_at = COALESCE(started_at, @now) WHERE workspace_id = @WorkspaceId AND id = @Id",
                    Parameters
                ),
            cancellationToken
        );

    public Task EnterAsync(string phase, CancellationToken cancellationToken) =>
        StepAsync(session => EnterAsync(session, phase), cancellationToken);

    public Task UsersAsync(IReadOnlyList<DirectoryUser> users, CancellationToken cancellationToken) =>
        StepAsync(session => UserRows.InsertAsync(session, users, Parameters), cancellationToken);

    /// <summary>The directory was read whole: who was not in it is gone, and how many there are is known.</summary>
    public Task UsersReadAsync(CancellationToken cancellationToken) =>
        StepAsync(
            async session =>
            {
                await session.ExecuteAsync(
                    "UPDATE usage_user SET gone_at = @now WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND seen_run <> @Id AND gone_at IS NULL",
                    Parameters
                );
                await session.ExecuteAsync(
                    """
                    UPDATE usage_run SET users_total = (SELECT COUNT(*) FROM usage_user u
                        WHERE u.workspace_id = @WorkspaceId AND u.connection_id = @ConnectionId AND u.gone_at IS NULL AND u.is_device = 0)
                    WHERE workspace_id = @WorkspaceId AND id = @Id
                    """,
                    Parameters
                );
                await EnterAsync(session, UsagePhase.Licences);
            },
            cancellationToken
        );

    public Task LicencesAsync(IReadOnlyList<DirectoryLicence> licences, CancellationToken cancellationToken) =>
        StepAsync(
            async session =>
            {
                await session.ExecuteAsync(
                    "DELETE FROM usage_licence WHERE workspace_id = @WorkspaceId AND run_id = @Id",
                    Parameters
                );
                foreach (var licence in licences)
                {
                    await session.ExecuteAsync(
                        """
                        INSERT INTO usage_licence (workspace_id, run_id, licence_key, name, words, seats, assigned)
                        VALUES (@WorkspaceId, @Id, @Key, @name, @words, @Seats, @assigned)
                        """,
                        new
                        {
                            run.WorkspaceId,
                            run.Id,
                            licence.Key,
                            name = licence.Description ?? licence.Type ?? licence.Key,
                            words = JsonSerializer.Serialize(Words(licence), Json.Stored),
                            licence.Seats,
                            assigned = licence.AssignedSeats ?? licence.UserKeys.Count,
                        }
                    );
                }

                await EnterAsync(session, UsagePhase.Hosts);
            },
            cancellationToken
        );

    /// <param name="problem">Why the provider's own report could not be read; history answers instead.</param>
    public Task HostsAsync(ActiveHosts? hosts, string? problem, CancellationToken cancellationToken) =>
        StepAsync(
            async session =>
            {
                await session.ExecuteAsync(
                    "DELETE FROM usage_host WHERE workspace_id = @WorkspaceId AND run_id = @Id",
                    Parameters
                );
                foreach (var host in hosts?.Hosts ?? [])
                {
                    await session.ExecuteAsync(
                        """
                        INSERT INTO usage_host (workspace_id, run_id, user_key, meetings, minutes) VALUES (@WorkspaceId, @Id, @Key, @Meetings, @MeetingMinutes)
                        ON CONFLICT (workspace_id, run_id, user_key) DO NOTHING
                        """,
                        new
                        {
                            run.WorkspaceId,
                            run.Id,
                            host.Key,
                            host.Meetings,
                            host.MeetingMinutes,
                        }
                    );
                }

                await session.ExecuteAsync(
                    "UPDATE usage_run SET hosts_from = @from, hosts_to = @to, hosts_source = @source, hosts_problem = @problem WHERE workspace_id = @WorkspaceId AND id = @Id",
                    new
                    {
                        run.WorkspaceId,
                        run.Id,
                        from = hosts?.Days.Start.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant(),
                        to = hosts?.Days.End.PlusDays(1).AtStartOfDayInZone(DateTimeZone.Utc).ToInstant(),
                        source = hosts?.Source,
                        problem,
                    }
                );
                await EnterAsync(session, UsagePhase.History);
            },
            cancellationToken
        );

    /// <summary>Some of a user's sessions; that the user is done is said by <see cref="UsersDoneAsync"/>.</summary>
    public Task SessionsAsync(
        string userKey,
        IReadOnlyList<HeldSession> sessions,
        CancellationToken cancellationToken
    ) => StepAsync(session => SessionsAsync(session, [.. sessions.Select(held => (userKey, held))]), cancellationToken);

    /// <summary>All sessions of these users up to the run's end are known.</summary>
    public Task UsersDoneAsync(IReadOnlyList<UserHistory> users, CancellationToken cancellationToken) =>
        StepAsync(
            async session =>
            {
                await SessionsAsync(
                    session,
                    [.. users.SelectMany(user => user.Sessions.Select(held => (user.UserKey, held)))]
                );
                await session.ExecuteAsync(
                    "UPDATE usage_user SET done_run = @Id, history_until = @ToAt WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND user_key IN @keys",
                    new
                    {
                        run.WorkspaceId,
                        run.ConnectionId,
                        run.Id,
                        run.ToAt,
                        keys = users.Select(user => user.UserKey).ToArray(),
                    }
                );
                await CountAsync(session, users.Count, users.Sum(user => user.Read));
            },
            cancellationToken
        );

    /// <summary>One user's history could not be read; what was missed is asked for again by the next run.</summary>
    public Task UserFailedAsync(string userKey, ProviderFailure failure, CancellationToken cancellationToken) =>
        StepAsync(
            async session =>
            {
                await session.ExecuteAsync(
                    """
                    INSERT INTO usage_run_problem (workspace_id, run_id, user_key, code, detail) VALUES (@WorkspaceId, @Id, @userKey, @Code, @Message)
                    ON CONFLICT (workspace_id, run_id, user_key) DO NOTHING
                    """,
                    new
                    {
                        run.WorkspaceId,
                        run.Id,
                        userKey,
                        failure.Code,
                        failure.Message,
                    }
                );
                await session.ExecuteAsync(
                    "UPDATE usage_run SET problem_count = problem_count + 1 WHERE workspace_id = @WorkspaceId AND id = @Id",
                    Parameters
                );
                await session.ExecuteAsync(
                    "UPDATE usage_user SET done_run = @Id WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND user_key = @userKey",
                    new
                    {
                        run.WorkspaceId,
                        run.ConnectionId,
                        run.Id,
                        userKey,
                    }
                );
                await CountAsync(session, 1, 0);
            },
            cancellationToken
        );

    public Task EndAsync(string state, ProviderFailure? failure, CancellationToken cancellationToken) =>
        StepAsync(session => EndAsync(session, state, failure), cancellationToken);

    internal Task EndAsync(DbSession session, string state, ProviderFailure? failure) =>
        session.ExecuteAsync(
            $"""
            UPDATE usage_run SET state = @state, finished_at = @now, failure_code = @Code, failure_detail = @Message, failure_next = @Next,
                phase = CASE WHEN @state = '{UsageRunState.Completed}' THEN '{UsagePhase.Done}' ELSE phase END
            WHERE workspace_id = @WorkspaceId AND id = @Id
            """,
            new
            {
                run.WorkspaceId,
                run.Id,
                state,
                now = clock.GetCurrentInstant(),
                failure?.Code,
                failure?.Message,
                failure?.Next,
            }
        );

    private object Parameters =>
        new
        {
            run.WorkspaceId,
            run.ConnectionId,
            run.Id,
            now = clock.GetCurrentInstant(),
        };

    private Task EnterAsync(DbSession session, string phase) =>
        session.ExecuteAsync(
            "UPDATE usage_run SET phase = @phase WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                run.WorkspaceId,
                run.Id,
                phase,
            }
        );

    private Task SessionsAsync(DbSession session, IEnumerable<(string UserKey, HeldSession Held)> rows) =>
        SessionRows.InsertAsync(
            session,
            [.. rows.DistinctBy(row => KeyOf(row.Held), StringComparer.Ordinal)],
            new { run.WorkspaceId, run.ConnectionId }
        );

    private Task CountAsync(DbSession session, int users, int sessions) =>
        session.ExecuteAsync(
            "UPDATE usage_run SET users_done = users_done + @users, sessions = sessions + @sessions WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                run.WorkspaceId,
                run.Id,
                users,
                sessions,
            }
        );

    // A provider that does not name a session still tells when the meeting was held.
    private static string KeyOf(HeldSession held) =>
        held.SessionId ?? $"{held.MeetingId}@{held.StartedAt.ToUnixTimeSeconds()}";

    private static List<string> Words(DirectoryLicence licence) =>
        [
            .. licence
                .Products.Append(licence.Key)
                .Append(licence.Type)
                .Append(licence.Description)
                .OfType<string>()
                .Distinct(StringComparer.OrdinalIgnoreCase),
        ];
}
