using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Parley.Conferencing.Wire;

/// <summary>
/// A JSON array read item by item as it arrives: what is in memory does not grow with its length. Every trouble on the way is a
/// failure as a value; the items before it stand.
/// </summary>
internal sealed class StreamedList<T> : IAsyncDisposable
    where T : class
{
    private readonly IDisposable? _response;
    private readonly PatientStream? _body;
    private readonly IAsyncEnumerator<T?>? _items;
    private readonly string _providerName;

    /// <param name="response">Disposed with this.</param>
    public StreamedList(
        IDisposable response,
        PatientStream body,
        JsonTypeInfo<T> type,
        string providerName,
        CancellationToken cancellationToken
    )
    {
        (_response, _body, _providerName) = (response, body, providerName);
        _items = JsonSerializer
            .DeserializeAsyncEnumerable(body, type, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
    }

    private StreamedList(T only) => (Current, _providerName) = (only, "");

    /// <summary>Null: there is no more.</summary>
    public T? Current { get; private set; }

    /// <summary>One thing where a list was due.</summary>
    public static StreamedList<T> OfOne(T only) => new(only);

    /// <summary>Goes to the next item, or to the end.</summary>
    /// <returns>Null when all is well.</returns>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async ValueTask<ProviderFailure?> MoveAsync()
    {
        Current = null;
        if (_items is null)
            return null;
        try
        {
            if (!await _items.MoveNextAsync())
                return null;
            Current = _items.Current ?? throw new JsonException("An item is null.");
            _body!.Forgive();
            return null;
        }
        catch (Exception broken) when (broken is JsonException or AnswerTooLargeException)
        {
            return Unknown(FailureCodes.Unreadable, $"{_providerName} sent a list that cannot be read to its end.");
        }
        catch (SilenceException silence)
        {
            return Unknown(
                FailureCodes.Timeout,
                $"{_providerName} fell silent for {silence.Allowed.TotalSeconds:0.#} seconds in the middle of a list."
            );
        }
        catch (Exception lost) when (lost is IOException or HttpRequestException)
        {
            return Unknown(
                FailureCodes.ConnectionLost,
                $"The connection to {_providerName} broke before the list was complete."
            );
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_items is not null)
            await _items.DisposeAsync();
        if (_body is not null)
            await _body.DisposeAsync();
        _response?.Dispose();
    }

    private static ProviderFailure Unknown(string code, string message) =>
        new()
        {
            Kind = FailureKind.Unknown,
            Code = code,
            Message = message,
        };
}

/// <summary>What came where a list was asked for: the list, or an answer of another kind, read whole.</summary>
internal sealed record OpenedList<T>(StreamedList<T>? List, WireReply? Reply)
    where T : class;
