using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <content>Co-organizers, as callers name them.</content>
public sealed partial class OrganizerDirectory
{
    /// <summary>
    /// Co-organizers given by key or address, as keys; each must be somebody's who may organize. Where the directory cannot be read a key
    /// passes, for the provider to judge; an address stays what it is if the provider takes addresses, and is refused otherwise.
    /// </summary>
    public async Task<Answer<List<string>>> KeysAsync(
        string workspaceId,
        ConnectionEntry connection,
        IReadOnlyList<string> coOrganizers,
        CancellationToken cancellationToken
    )
    {
        var errors = new FieldErrors();
        var addresses = new List<string>();
        for (var index = 0; index < coOrganizers.Count; index++)
        {
            var named = coOrganizers[index];
            if (IsAddress(named))
            {
                addresses.Add(errors.Email(FieldOf(index), named));
            }
            else if (named.Any(char.IsWhiteSpace))
            {
                errors.Add(FieldOf(index), "must be an organizer key or an e-mail address");
            }
        }

        if (errors.Any)
        {
            return errors.ToProblem();
        }

        if (addresses.Count > 0 && ConnectionRights.Lack(connection, Operation) is { } lack)
        {
            // Who the people of the account are cannot be asked here; where the provider takes addresses it judges them itself.
            return connection.Provider.TakesCoOrganizerAddresses
                ? coOrganizers.Select(one => one.Trim()).Distinct(StringComparer.OrdinalIgnoreCase).ToList()
                : lack;
        }

        var found =
            addresses.Count > 0
                ? await ByEmailAsync(workspaceId, connection, addresses, cancellationToken)
                : new Dictionary<string, DirectoryUser>(StringComparer.OrdinalIgnoreCase);
        if (!found.Succeeded)
        {
            return found.Problem!;
        }

        var byKey = await ByKeyAsync(workspaceId, connection, coOrganizers, cancellationToken);
        var keys = new List<string>();
        for (var index = 0; index < coOrganizers.Count; index++)
        {
            var named = coOrganizers[index];
            DirectoryUser? user;
            if (IsAddress(named))
            {
                user = found.Value.GetValueOrDefault(named.Trim());
            }
            else if (!byKey.TryGetValue(named, out user))
            {
                keys.Add(named);
                continue;
            }

            if (user is null)
            {
                errors.Add(FieldOf(index), $"is nobody in this {connection.Provider.Name} account");
            }
            else if (!IsChoosable(user))
            {
                errors.Add(
                    FieldOf(index),
                    $"may not organize: without a {connection.Provider.Name} licence, suspended, or not yet arrived in the account"
                );
            }
            else
            {
                keys.Add(user.Key);
            }
        }

        return errors.Any ? errors.ToProblem() : keys.Distinct(StringComparer.Ordinal).ToList();
    }

    /// <summary>The same within the body of a PATCH, before it is merged; a body it cannot read is left for the merge to complain about.</summary>
    public async Task<Answer<byte[]>> KeysInPatchAsync(
        string workspaceId,
        ConnectionEntry connection,
        byte[] patch,
        CancellationToken cancellationToken
    )
    {
        JsonObject? body;
        List<string> named;
        try
        {
            body = JsonNode.Parse(patch) as JsonObject;
            if (body?["coOrganizers"] is not JsonArray list || !list.All(IsText))
            {
                return patch;
            }

            named = list.Select(one => one!.GetValue<string>()).ToList();
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return patch;
        }

        if (named.Count == 0)
        {
            return patch;
        }

        var keys = await KeysAsync(workspaceId, connection, named, cancellationToken);
        if (!keys.Succeeded)
        {
            return keys.Problem!;
        }

        body["coOrganizers"] = new JsonArray([.. keys.Value.Select(key => JsonValue.Create(key))]);
        return JsonSerializer.SerializeToUtf8Bytes(body);
    }

    /// <summary>
    /// Who stands behind the keys, as far as the directory can be asked: a null user is nobody, a key that is missing could not be looked
    /// up. The connection's own organizer needs no proof.
    /// </summary>
    private async Task<Dictionary<string, DirectoryUser?>> ByKeyAsync(
        string workspaceId,
        ConnectionEntry connection,
        IReadOnlyList<string> coOrganizers,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<string, DirectoryUser?>(StringComparer.Ordinal);
        var wanted = coOrganizers
            .Where(named => named.Length > 0 && !IsAddress(named) && named != connection.OrganizerKey)
            .ToHashSet(StringComparer.Ordinal);
        if (
            wanted.Count == 0
            || connection.Connection is not { AccountKey: { } accountKey, IsAdministrator: true }
            || ConnectionRights.Lack(connection, Operation) is not null
        )
        {
            return found;
        }

        if (wanted.Count > LookUps)
        {
            var seen = new Dictionary<string, DirectoryUser?>(StringComparer.Ordinal);
            var unread = await WalkAsync(
                workspaceId,
                connection,
                emails: null,
                seen.Clear,
                user =>
                {
                    if (wanted.Contains(user.Key))
                    {
                        seen[user.Key] = user;
                    }
                },
                cancellationToken
            );
            return unread is null
                ? wanted.ToDictionary(key => key, seen.GetValueOrDefault, StringComparer.Ordinal)
                : found;
        }

        foreach (var key in wanted)
        {
            var asked = await calls.CallAsync(
                workspaceId,
                connection.Id,
                "directory.users",
                (provider, access, token) => provider.Directory.FindUserAsync(access, accountKey, key, token),
                cancellationToken
            );
            if (asked.Failure is null)
            {
                found[key] = asked.Value.User;
            }
        }

        return found;
    }

    private static bool IsText(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String;
}
