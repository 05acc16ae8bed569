using Microsoft.AspNetCore.Http;

namespace Parley.Server.Webhooks.Inbound;

/// <summary>
/// The raw bytes of a delivery. A signature is over them as they came, so they are read once and never written again; and since anybody may
/// send them, they are few and must come soon.
/// </summary>
internal static class DeliveryBody
{
    /// <summary>Providers' events are a few kilobytes; a long meeting series with its occurrences is some tens.</summary>
    public const int Largest = 256 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private const int Piece = 16 * 1024;

    /// <returns>Null: too large.</returns>
    /// <exception cref="OperationCanceledException">It did not come in time, or nobody sends any more.</exception>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpContext context, TimeProvider time)
    {
        if (context.Request.ContentLength > Largest)
        {
            return null;
        }

        using var bound = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, context.RequestAborted);
        var buffer = new byte[Math.Clamp((int)(context.Request.ContentLength ?? Piece), 1, Piece)];
        var length = 0;
        while (true)
        {
            var read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), either.Token);
            if (read == 0)
            {
                return buffer.AsMemory(0, length);
            }

            length += read;
            if (length > Largest)
            {
                return null;
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, Largest + 1));
            }
        }
    }
}
