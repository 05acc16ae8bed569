namespace Parley.Sandbox.Wire;

/// <summary>
/// Holds a reply back until it is known what becomes of it. One that grows beyond <see cref="MostHeld"/> is let through as it comes,
/// where that is allowed; its beginning stays for the wire log.
/// </summary>
internal sealed class ReplyStream(Stream wire, bool mayPass) : Stream
{
    public const int MostHeld = 64 * 1024;

    private readonly MemoryStream held = new();

    /// <summary>Whether the reply is on its way already.</summary>
    public bool Passing { get; private set; }

    /// <summary>The reply, or only its beginning when it is <see cref="Passing"/>.</summary>
    public byte[] Held => held.ToArray();

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken = default
    )
    {
        if (Passing)
        {
            await wire.WriteAsync(buffer, cancellationToken);
            return;
        }

        held.Write(buffer.Span);
        if (mayPass && held.Length > MostHeld)
        {
            Passing = true;
            await wire.WriteAsync(held.GetBuffer().AsMemory(0, (int)held.Length), cancellationToken);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (Passing)
        {
            throw new NotSupportedException("A reply that is on its way is written asynchronously.");
        }

        held.Write(buffer, offset, count);
    }

    public override void Flush() { }

    /// <summary>Nothing goes out before it must: what the endpoint flushes is held back as well.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        Passing ? wire.FlushAsync(cancellationToken) : Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            held.Dispose();
        }

        base.Dispose(disposing);
    }
}
