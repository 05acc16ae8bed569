using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.WriteBack;

/// <summary>Plans a write-back for each that wants an event of a meeting with a reference, in the transaction in which it happens.</summary>
public sealed class WriteBackEvents(OutboundQueue queue) : IEventListener
{
    public async Task HearAsync(DbSession session, RaisedEvent raised)
    {
        if (!WriteBackSettings.AllEvents.Contains(raised.Type, StringComparer.Ordinal))
        {
            return;
        }

        var wanting = (
            await session.QueryAsync<WriteBackRow>(
                $"SELECT {WriteBackRow.Columns} FROM write_back WHERE workspace_id = @WorkspaceId AND active = 1 ORDER BY created_at, id",
                new { raised.WorkspaceId }
            )
        ).FindAll(row => row.Wants(raised.Type));
        if (
            wanting.Count == 0
            || await raised.TellAsync() is not { } told
            || ReferenceOf(told.Data) is not { } reference
        )
        {
            return;
        }

        var system = reference["system"]?.GetValue<string>();
        foreach (
            var row in wanting.Where(row =>
                row.System is null || row.System.Equals(system, StringComparison.OrdinalIgnoreCase)
            )
        )
        {
            await queue.DeliverAsync(session, Of(row), await raised.IdAsync(), raised.Type, told.Subject);
        }
    }

    internal static Recipient Of(WriteBackRow row) => new(row.WorkspaceId, row.Id, WriteBackDeliveries.EffectKind);

    private static JsonObject? ReferenceOf(object data) =>
        JsonSerializer.SerializeToNode(data, data.GetType(), Json.Api)?["reference"] as JsonObject;
}
