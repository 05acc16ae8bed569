namespace Parley.Server.Usage;

/// <summary>
/// Users whose history was read, written several at a time: a transaction each would be most of a run's work. Soon enough that progress
/// shows and a death costs little: those that were not written yet are read again.
/// </summary>
internal sealed class UsersDone(UsageProgress progress, TimeProvider time)
{
    /// <summary>So many users are read again at most when a process dies, besides those it was at.</summary>
    internal const int Most = 32;
    private const int MostSessions = 500;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private List<UserHistory> _waiting = [];
    private int _sessions;
    private long _since;

    public Task AddAsync(UserHistory user, CancellationToken cancellationToken)
    {
        List<UserHistory> full;
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                _since = time.GetTimestamp();
            }

            _waiting.Add(user);
            _sessions += user.Sessions.Count;
            if (_waiting.Count < Most && _sessions < MostSessions && time.GetElapsedTime(_since) < Longest)
            {
                return Task.CompletedTask;
            }

            full = Take();
        }

        return progress.UsersDoneAsync(full, cancellationToken);
    }

    /// <summary>After the last one.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        List<UserHistory> rest;
        lock (_gate)
        {
            rest = Take();
        }

        return rest.Count == 0 ? Task.CompletedTask : progress.UsersDoneAsync(rest, cancellationToken);
    }

    private List<UserHistory> Take()
    {
        var all = _waiting;
        (_waiting, _sessions) = ([], 0);
        return all;
    }
}
