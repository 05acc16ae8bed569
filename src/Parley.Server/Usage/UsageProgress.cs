using System.Text.Json;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary>The run was taken over by another process, or ended: whoever works on it stops.</summary>
internal sealed class RunLostException : Exception;

/// <summary>Sessions of one user on their way into the database.</summary>
internal sealed record UserHistory(string UserKey, IReadOnlyList<HeldSession> Sessions);

/// <summary>
/// Everything a run writes, each step in one transaction under the run's lease, which every step prolongs. Steps are written so that
/// doing one again changes nothing: a run that died is gone on with, not begun anew.
/// </summary>
internal sealed class UsageProgress(Db db, Leases leases, IClock clock, UsageRun run, Lease lease, Duration term)
{
    public UsageRun Run => run;

    /// <exception cref="RunLostException">Another process has it by now.</exception>
    public Task StepAsync(Func<DbSession, Task> step, CancellationToken cancellationToken) =>
        db.WriteAsync(
            async session =>
            {
                if (!await leases.ProlongAsync(session, lease, term))
                {
                    throw new RunLostException();
                }

                await step(session);
            },
            cancellationToken
        );

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
        StepAsync(
            async session =>
            {
                foreach (var user in users)
                {
                    await session.ExecuteAsync(
                        """
                        INSERT INTO usage_user (workspace_id, connection_id, user_key, email, name, licences, standing, is_device, first_seen, seen_run)
                        VALUES (@WorkspaceId, @ConnectionId, @Key, @Email, @Name, @licences, @standing, @IsDevice, @now, @runId)
                        ON CONFLICT (workspace_id, connection_id, user_key) DO UPDATE SET email = excluded.email, name = excluded.name, licences = excluded.licences,
                            standing = excluded.standing, is_device = excluded.is_device, seen_run = excluded.seen_run, gone_at = NULL
                        """,
                        new
                        {
                            run.WorkspaceId,
                            run.ConnectionId,
                            user.Key,
                            user.Email,
                            user.Name,
                            licences = string.Join(' ', user.LicenceKeys),
                            standing = user.Standing.ToString(),
                            user.IsDevice,
                            now = clock.GetCurrentInstant(),
                            runId = run.Id,
                        }
                    );
                }
            },
            cancellationToken
        );

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
                    UPDATE usage_run SET calls = calls + 1, users_total = (SELECT COUNT(*) FROM usage_user u
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

                await CalledAsync(session, 1);
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
                await CalledAsync(session, 1);
                await EnterAsync(session, UsagePhase.History);
            },
            cancellationToken
        );

    public Task SessionsAsync(UserHistory history, CancellationToken cancellationToken) =>
        StepAsync(session => SessionsAsync(session, history), cancellationToken);

    /// <summary>All of one user's sessions up to the run's end are known.</summary>
    public Task UserDoneAsync(UserHistory rest, CancellationToken cancellationToken) =>
        StepAsync(
            async session =>
            {
                await SessionsAsync(session, rest);
                await DoneAsync(session, rest.UserKey, known: true);
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
                await DoneAsync(session, userKey, known: false);
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

    private Task CalledAsync(DbSession session, int calls) =>
        session.ExecuteAsync(
            "UPDATE usage_run SET calls = calls + @calls WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                run.WorkspaceId,
                run.Id,
                calls,
            }
        );

    private async Task SessionsAsync(DbSession session, UserHistory history)
    {
        if (history.Sessions.Count == 0)
        {
            return;
        }

        foreach (var held in history.Sessions)
        {
            await session.ExecuteAsync(
                """
                INSERT INTO usage_session (workspace_id, connection_id, session_key, organizer_key, started_at, ended_at)
                VALUES (@WorkspaceId, @ConnectionId, @key, @UserKey, @StartedAt, @EndedAt)
                ON CONFLICT (workspace_id, connection_id, session_key) DO UPDATE SET ended_at = excluded.ended_at
                """,
                new
                {
                    run.WorkspaceId,
                    run.ConnectionId,
                    key = KeyOf(held),
                    history.UserKey,
                    held.StartedAt,
                    held.EndedAt,
                }
            );
        }

        await session.ExecuteAsync(
            "UPDATE usage_user SET last_held_at = @latest WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND user_key = @UserKey AND COALESCE(last_held_at, @latest - 1) < @latest",
            new
            {
                run.WorkspaceId,
                run.ConnectionId,
                history.UserKey,
                latest = history.Sessions.Max(held => held.StartedAt),
            }
        );
        await session.ExecuteAsync(
            "UPDATE usage_run SET sessions = sessions + @count WHERE workspace_id = @WorkspaceId AND id = @Id",
            new
            {
                run.WorkspaceId,
                run.Id,
                count = history.Sessions.Count,
            }
        );
    }

    private async Task DoneAsync(DbSession session, string userKey, bool known)
    {
        await session.ExecuteAsync(
            "UPDATE usage_user SET done_run = @Id, history_until = CASE WHEN @known = 1 THEN @ToAt ELSE history_until END WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND user_key = @userKey",
            new
            {
                run.WorkspaceId,
                run.ConnectionId,
                run.Id,
                run.ToAt,
                userKey,
                known,
            }
        );
        await session.ExecuteAsync(
            "UPDATE usage_run SET users_done = users_done + 1, calls = calls + 1 WHERE workspace_id = @WorkspaceId AND id = @Id",
            Parameters
        );
    }

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
