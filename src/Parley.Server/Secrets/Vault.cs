using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Secrets;

/// <summary>Which cell a secret lies in. Bound into the ciphertext: moved to another row, field or workspace it does not open.</summary>
/// <param name="Generation">Rises whenever the cell is rewritten, so that an older ciphertext put back does not open either.</param>
public readonly record struct SecretCell(string WorkspaceId, string Table, string Row, string Field, long Generation)
{
    internal byte[] AssociatedData() =>
        Encoding.UTF8.GetBytes(
            string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"{WorkspaceId}|{Table}|{Row}|{Field}|{Generation}"
            )
        );
}

/// <summary>The ciphertext does not open where it lies: wrong key, moved or altered. Never a normal outcome.</summary>
public sealed class SecretTamperedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// AES-256-GCM under a data key per workspace; data keys are wrapped by the master key and kept in the database.
/// Layout of a ciphertext: version (1), length of key id (1), key id, nonce (12), tag (16), encrypted text. The key id in the
/// header lets both layers rotate while older texts still open.
/// </summary>
public sealed class Vault(MasterKey masterKey, Ids ids, IClock clock)
{
    private const byte Version = 1;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private readonly ConcurrentDictionary<(string Workspace, string KeyId), byte[]> _keys = new();
    private readonly ConcurrentDictionary<string, string> _current = new(StringComparer.Ordinal);

    /// <summary>Makes the first data key of a new workspace, inside the transaction that makes the workspace.</summary>
    public async Task AddWorkspaceAsync(DbSession session, string workspaceId)
    {
        var keyId = ids.New("dk");
        var wrapped = masterKey.Wrap(RandomNumberGenerator.GetBytes(32), $"{workspaceId}|data_key|{keyId}");
        await session.ExecuteAsync(
            "INSERT INTO data_key (workspace_id, key_id, master_key_id, wrapped, created_at) VALUES (@workspaceId, @keyId, @MasterKeyId, @wrapped, @now)",
            new
            {
                workspaceId,
                keyId,
                MasterKeyId = masterKey.Id,
                wrapped,
                now = clock.GetCurrentInstant(),
            }
        );
    }

    public async Task<byte[]> EncryptAsync(DbSession session, SecretCell cell, string secret)
    {
        var keyId = await CurrentKeyAsync(session, cell.WorkspaceId);
        var key = await KeyAsync(session, cell.WorkspaceId, keyId);
        var id = Encoding.ASCII.GetBytes(keyId);
        var text = Encoding.UTF8.GetBytes(secret);
        var blob = new byte[2 + id.Length + NonceLength + TagLength + text.Length];
        blob[0] = Version;
        blob[1] = (byte)id.Length;
        id.CopyTo(blob, 2);
        var nonce = blob.AsSpan(2 + id.Length, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(
            nonce,
            text,
            blob.AsSpan(2 + id.Length + NonceLength + TagLength),
            blob.AsSpan(2 + id.Length + NonceLength, TagLength),
            cell.AssociatedData()
        );
        return blob;
    }

    /// <exception cref="SecretTamperedException">The text was altered, moved, or its key is unknown.</exception>
    public async Task<string> DecryptAsync(DbSession session, SecretCell cell, byte[] ciphertext)
    {
        if (ciphertext.Length < 2 || ciphertext[0] != Version)
        {
            throw new SecretTamperedException($"A secret in {cell.Table}.{cell.Field} has an unknown format.");
        }

        var idLength = ciphertext[1];
        var body = 2 + idLength;
        if (ciphertext.Length < body + NonceLength + TagLength)
        {
            throw new SecretTamperedException($"A secret in {cell.Table}.{cell.Field} is cut short.");
        }

        var key = await KeyAsync(session, cell.WorkspaceId, Encoding.ASCII.GetString(ciphertext, 2, idLength));
        var text = new byte[ciphertext.Length - body - NonceLength - TagLength];
        try
        {
            using var aes = new AesGcm(key, TagLength);
            aes.Decrypt(
                ciphertext.AsSpan(body, NonceLength),
                ciphertext.AsSpan(body + NonceLength + TagLength),
                ciphertext.AsSpan(body + NonceLength, TagLength),
                text,
                cell.AssociatedData()
            );
        }
        catch (CryptographicException exception)
        {
            throw new SecretTamperedException(
                $"A secret in {cell.Table}.{cell.Field} does not open where it lies.",
                exception
            );
        }

        return Encoding.UTF8.GetString(text);
    }

    /// <summary>
    /// 128 bits of HMAC-SHA-256 over the parts, under a key derived from the workspace's oldest data key: manage links carry it
    /// and nothing is stored. Parts are length-prefixed, so that no two lists of parts look alike.
    /// </summary>
    public async Task<string> SignAsync(DbSession session, string workspaceId, string purpose, params string[] parts)
    {
        var oldest =
            await session.FirstOrDefaultAsync<string>(
                "SELECT key_id FROM data_key WHERE workspace_id = @workspaceId ORDER BY created_at, key_id LIMIT 1",
                new { workspaceId }
            ) ?? throw new SecretTamperedException($"Workspace {workspaceId} has no data key.");
        var key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            await KeyAsync(session, workspaceId, oldest),
            32,
            info: Encoding.UTF8.GetBytes("sign|" + purpose)
        );
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        var length = new byte[4];
        foreach (var part in (string[])[workspaceId, .. parts])
        {
            var bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hmac.AppendData(length);
            hmac.AppendData(bytes);
        }

        return System.Buffers.Text.Base64Url.EncodeToString(hmac.GetHashAndReset().AsSpan(0, 16));
    }

    private async Task<string> CurrentKeyAsync(DbSession session, string workspaceId)
    {
        if (_current.TryGetValue(workspaceId, out var known))
        {
            return known;
        }

        var keyId =
            await session.FirstOrDefaultAsync<string>(
                "SELECT key_id FROM data_key WHERE workspace_id = @workspaceId ORDER BY created_at DESC, key_id DESC LIMIT 1",
                new { workspaceId }
            ) ?? throw new SecretTamperedException($"Workspace {workspaceId} has no data key.");
        return _current.GetOrAdd(workspaceId, keyId);
    }

    private async Task<byte[]> KeyAsync(DbSession session, string workspaceId, string keyId)
    {
        if (_keys.TryGetValue((workspaceId, keyId), out var known))
        {
            return known;
        }

        var wrapped =
            await session.FirstOrDefaultAsync<byte[]>(
                "SELECT wrapped FROM data_key WHERE workspace_id = @workspaceId AND key_id = @keyId",
                new { workspaceId, keyId }
            ) ?? throw new SecretTamperedException("A secret names a data key this workspace does not have.");
        return _keys.GetOrAdd((workspaceId, keyId), masterKey.Unwrap(wrapped, $"{workspaceId}|data_key|{keyId}"));
    }
}
