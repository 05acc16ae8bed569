using Microsoft.Extensions.Hosting;

namespace Parley.Server.Access;

/// <summary>
/// Replies that stay open for a signed-in member. Few at a time for each, and they end when the member signs out anywhere (whoever still
/// may opens the next one) and when the server stops, which would otherwise wait for them.
/// </summary>
public sealed class OpenStreams(IHostApplicationLifetime lifetime)
{
    private const int MostPerMember = 8;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<OpenStream>> _open = new(StringComparer.Ordinal);

    /// <returns>Null: this member has too many open. Else to be disposed of with the request.</returns>
    public OpenStream? Open(Caller caller)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(caller.MemberId, out var theirs))
            {
                _open[caller.MemberId] = theirs = [];
            }

            if (theirs.Count >= MostPerMember)
            {
                return null;
            }

            var stream = new OpenStream(gone => Close(caller.MemberId, gone), lifetime.ApplicationStopping);
            theirs.Add(stream);
            return stream;
        }
    }

    /// <summary>All of them end; browsers open them again with the cookie they have.</summary>
    public void EndOf(string memberId)
    {
        List<OpenStream> ending;
        lock (_gate)
        {
            ending = _open.TryGetValue(memberId, out var theirs) ? [.. theirs] : [];
        }

        ending.ForEach(stream => stream.End());
    }

    private void Close(string memberId, OpenStream stream)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(memberId, out var theirs) && theirs.Remove(stream) && theirs.Count == 0)
            {
                _open.Remove(memberId);
            }
        }
    }
}

/// <summary>One reply that stays open.</summary>
public sealed class OpenStream : IDisposable
{
    private readonly CancellationTokenSource _ended;
    private readonly Action<OpenStream> _close;

    internal OpenStream(Action<OpenStream> close, CancellationToken stopping)
    {
        _ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Ended = _ended.Token;
        _close = close;
    }

    public CancellationToken Ended { get; }

    internal void End()
    {
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It closed by itself in the same moment.
        }
    }

    public void Dispose()
    {
        _close(this);
        _ended.Dispose();
    }
}
