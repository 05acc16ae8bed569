using System.Text.Json.Nodes;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.Outcomes;

/// <summary>
/// Who came is forgotten with the account it was read from: in what was found, and in the events that told of it. Those are kept for
/// months to be delivered again; what has left is the receivers' own.
/// </summary>
internal static class AttendanceErasure
{
    public static async Task EraseAsync(DbSession session, string workspaceId, string connectionId)
    {
        await HeldSessions.EraseAsync(session, workspaceId, connectionId);
        var told = await session.QueryAsync<Told>(
            "SELECT id, body FROM webhook_event WHERE workspace_id = @workspaceId AND type = @MeetingEnded AND body LIKE @named",
            new
            {
                workspaceId,
                WebhookEventTypes.MeetingEnded,
                named = $"%\"{connectionId}\"%",
            }
        );
        foreach (var one in told)
        {
            if (Without(one.Body, connectionId) is { } body)
            {
                await session.ExecuteAsync(
                    "UPDATE webhook_event SET body = @body WHERE workspace_id = @workspaceId AND id = @Id",
                    new
                    {
                        workspaceId,
                        one.Id,
                        body,
                    }
                );
            }
        }
    }

    /// <returns>Null: it tells of nobody, or of another account.</returns>
    private static string? Without(string body, string connectionId)
    {
        if (
            JsonNode.Parse(body) is not JsonObject told
            || told["data"] is not JsonObject data
            || data["connectionId"]?.ToString() != connectionId
            || data["attendance"] is null
        )
        {
            return null;
        }

        data["attendance"] = null;
        data["attendanceReason"] = AttendanceReason.Erased;
        return told.ToJsonString(Json.Api);
    }

    private sealed record Told
    {
        public required string Id { get; init; }
        public required string Body { get; init; }
    }
}
