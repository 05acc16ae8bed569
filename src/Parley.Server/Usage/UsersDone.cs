namespace Parley.Server.Usage;

/// <summary>
/// Users whose history was read, written several at a time: a transaction each would be most of a run's work. Soon enough that progress
/// shows and a death costs little: those that were not written yet are read again. While a lot is written no further user is taken, which
/// bounds how many that can be.
/// </summary>
internal sealed class UsersDone(UsageProgress progress, TimeProvider time) : IDisposable
{
    /// <summary>So many users are read again at most when a process dies, besides those it was at.</summary>
    private const int Most = 32;
    private const int MostSessions = 500;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly List<UserHistory> _waiting = [];
    private int _sessions;
    private long _since;

    public async Task AddAsync(UserHistory user, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_waiting.Count == 0)
            {
                _since = time.GetTimestamp();
            }

            _waiting.Add(user);
            _sessions += user.Sessions.Count;
            if (_waiting.Count == Most || _sessions >= MostSessions || time.GetElapsedTime(_since) >= Longest)
            {
                await WriteAsync(cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>After the last one.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_waiting.Count > 0)
        {
            await WriteAsync(cancellationToken);
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        await progress.UsersDoneAsync(_waiting, cancellationToken);
        _waiting.Clear();
        _sessions = 0;
    }

    public void Dispose() => _gate.Dispose();
}
