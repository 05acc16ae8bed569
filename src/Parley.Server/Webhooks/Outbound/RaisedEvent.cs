using Parley.Server.Storage;

namespace Parley.Server.Webhooks.Outbound;

/// <summary>
/// Something that happened, for whoever wants to hear of it: what it tells is put together, and written down, only when the first one does.
/// </summary>
/// <param name="data">Null: there is nothing to tell after all.</param>
public sealed class RaisedEvent(
    OutboundQueue queue,
    DbSession session,
    string workspaceId,
    string type,
    Func<Task<(string Subject, object Data)?>> data
)
{
    private (string Subject, object Data)? _told;
    private bool _asked;
    private string? _id;

    public string WorkspaceId => workspaceId;
    public string Type => type;

    /// <returns>What it is about, and what it tells.</returns>
    public async Task<(string Subject, object Data)?> TellAsync()
    {
        if (!_asked)
        {
            (_told, _asked) = (await data(), true);
        }

        return _told;
    }

    /// <summary>The same for everybody who hears of it.</summary>
    internal async Task<string> IdAsync() =>
        _id ??= await queue.WriteAsync(session, workspaceId, type, (await TellAsync())!.Value.Data);
}

/// <summary>Hears of everything that is raised, in the transaction in which it happens.</summary>
public interface IEventListener
{
    Task HearAsync(DbSession session, RaisedEvent raised);
}
