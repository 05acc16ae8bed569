using System.Security.Cryptography;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Audit;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Embed;

/// <summary>
/// Keys that stand in the source of other people's pages: <c>pub_</c>, 8 characters that find the row, <c>_</c>, 128 random bits. No secret
/// and no scope: they open the embeds alone, for the pages of certain origins, and meetings are hosted by one connection.
/// </summary>
public sealed class PublishableKeys(Db db, Ids ids, IClock clock, ConnectionDirectory connections)
{
    private const int MostOrigins = 20;
    private const int PrefixLength = 12;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <param name="also">Runs in the same transaction, with the new key's id.</param>
    public async Task<Answer<ApiKeyRow>> CreateAsync(
        Caller caller,
        string? name,
        IReadOnlyCollection<string>? origins,
        string? connectionId,
        CancellationToken cancellationToken,
        Func<DbSession, string, Task>? also = null
    )
    {
        var errors = new FieldErrors();
        var label = errors.Text("name", name, 1, 100);
        Check(origins ?? [], errors, required: true);
        var connection = connectionId is null
            ? null
            : await connections.FindAsync(caller.WorkspaceId, connectionId, cancellationToken);
        if (connection is null || connection.Connection.Purpose != ConnectionPurpose.Organizer)
        {
            errors.Add(
                "connectionId",
                connectionId is null ? "is required: the account that hosts the meetings"
                    : connection is null ? "is not a connection of this workspace"
                    : "must be an organizer's connection; this one reads reports and hosts no meetings"
            );
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        var text = $"{ApiKeys.PublishablePrefix}{RandomNumberGenerator.GetString(Alphabet, 8)}_{Ids.Unguessable()}";
        var key = new ApiKeyRow
        {
            WorkspaceId = caller.WorkspaceId,
            Id = ids.New("key"),
            MemberId = caller.MemberId,
            Kind = ApiKeyKind.Publishable,
            Name = label,
            Prefix = text[..PrefixLength],
            Scopes = "",
            CreatedAt = clock.GetCurrentInstant(),
            KeyText = text,
            Origins = string.Join(' ', origins!.Distinct(StringComparer.Ordinal)),
            ConnectionId = connection!.Id,
        };
        await db.WriteAsync(
            async session =>
            {
                await session.ExecuteAsync(
                    """
                    INSERT INTO api_key (workspace_id, id, member_id, kind, name, prefix, hash, scopes, key_text, origins, connection_id, created_at)
                    VALUES (@WorkspaceId, @Id, @MemberId, @Kind, @Name, @Prefix, @hash, @Scopes, @KeyText, @Origins, @ConnectionId, @CreatedAt)
                    """,
                    new
                    {
                        key.WorkspaceId,
                        key.Id,
                        key.MemberId,
                        key.Kind,
                        key.Name,
                        key.Prefix,
                        hash = Ids.HashOf(text),
                        key.Scopes,
                        key.KeyText,
                        key.Origins,
                        key.ConnectionId,
                        key.CreatedAt,
                    }
                );
                if (also is not null)
                {
                    await also(session, key.Id);
                }

                await AuditTrail.NoteAsync(
                    session,
                    key.CreatedAt,
                    key.WorkspaceId,
                    new AuditNote(AuditActions.ApiKeyCreated, "api_key", key.Id, key.Name)
                    {
                        After = new
                        {
                            key.Kind,
                            key.Origins,
                            key.ConnectionId,
                        },
                    }
                );
            },
            cancellationToken
        );
        return key;
    }

    /// <summary>Null: no such key, or it was revoked.</summary>
    public async Task<ApiKeyRow?> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (text.Length is < ApiKeys.ShortestGiven or > 100)
        {
            return null;
        }

        var key = await db.ReadAsync(
            session =>
                session.FirstOrDefaultAsync<ApiKeyRow>(
                    $"SELECT {ApiKeys.Columns} FROM api_key WHERE prefix = @prefix AND kind = 'publishable' AND revoked_at IS NULL /* all workspaces: the key says which */",
                    new { prefix = text[..PrefixLength] }
                ),
            cancellationToken
        );
        return key?.KeyText == text ? key : null;
    }

    /// <summary>Notes what is wrong with a list of origins, each under its place in the list.</summary>
    public static void Check(IReadOnlyCollection<string> origins, FieldErrors errors, bool required)
    {
        if (required && origins.Count == 0)
        {
            errors.Add("origins", "must name at least one origin, such as https://crm.example.com");
        }
        else if (origins.Count > MostOrigins)
        {
            errors.Add("origins", $"must have at most {MostOrigins} entries");
        }

        foreach (var (origin, index) in origins.Select((origin, index) => (origin, index)).Take(MostOrigins))
        {
            if (WebOrigin.Objection(origin) is { } objection)
            {
                errors.Add($"origins[{index}]", objection);
            }
        }
    }
}
