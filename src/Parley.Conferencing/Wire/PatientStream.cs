namespace Parley.Conferencing.Wire;

/// <summary>Nothing came for as long as we wait.</summary>
internal sealed class SilenceException(TimeSpan allowed) : IOException($"Nothing came for {allowed}.")
{
    public TimeSpan Allowed => allowed;
}

/// <summary>
/// The body of an answer of any length: the time-out is for each silence rather than for all of it, and the cap is on what comes
/// between two calls of <see cref="Forgive"/>, which is one item, rather than on the whole.
/// </summary>
internal sealed class PatientStream(Stream inner, long limit, TimeSpan silence, TimeProvider time) : Stream
{
    private readonly byte[] _first = new byte[512];
    private ReadOnlyMemory<byte> _peeked;
    private long _sinceForgiven;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>An item was read: the cap counts anew.</summary>
    public void Forgive() => _sinceForgiven = 0;

    /// <summary>The first byte that is neither blank nor byte order mark, as far as it shows in the first bytes that arrive; it stays to be read.</summary>
    public async ValueTask<byte?> PeekAsync(CancellationToken cancellationToken)
    {
        var length = 0;
        while (length < _first.Length)
        {
            var read = await PatientlyAsync(_first.AsMemory(length), cancellationToken);
            length += read;
            _peeked = _first.AsMemory(0, length);
            var text = _peeked.Span;
            if (text.StartsWith("\uFEFF"u8))
                text = text[3..];
            text = text.TrimStart(" \t\r\n"u8);
            if (text is [var mark, ..] && mark != 0xEF)
                return mark;
            if (read == 0)
                break;
        }
        return null;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        if (_peeked.IsEmpty)
        {
            read = await PatientlyAsync(buffer, cancellationToken);
        }
        else
        {
            read = Math.Min(buffer.Length, _peeked.Length);
            _peeked[..read].CopyTo(buffer);
            _peeked = _peeked[read..];
        }
        _sinceForgiven += read;
        return _sinceForgiven <= limit ? read : throw new AnswerTooLargeException(limit);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask<int> PatientlyAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await inner.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SilenceException(silence);
        }
    }
}
