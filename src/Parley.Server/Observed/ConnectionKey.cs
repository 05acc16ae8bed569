namespace Parley.Server.Observed;

/// <summary>Which connection.</summary>
internal sealed record ConnectionKey(string WorkspaceId, string ConnectionId)
{
    // For the mapper.
    private ConnectionKey()
        : this("", "") { }
}
