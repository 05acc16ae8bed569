using System.Security.Cryptography;
using System.Text;
using Parley.Server.Hosting;

namespace Parley.Server.Secrets;

/// <summary>Wraps data keys and the cookie key ring. From Secrets__MasterKey, a systemd credential, or the key file; the demo makes one.</summary>
public sealed class MasterKey
{
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private readonly byte[] _key;

    private MasterKey(byte[] key, string source)
    {
        _key = key;
        Source = source;
        Id = Convert.ToHexStringLower(SHA256.HashData([.. "parley-master-key-id"u8, .. key]))[..12];
    }

    /// <summary>Names the key without telling it.</summary>
    public string Id { get; }

    /// <summary>Where it came from, for the start-up message.</summary>
    public string Source { get; }

    /// <exception cref="StartupException">There is no key, or it is not 32 bytes of base 64.</exception>
    public static MasterKey Load(ParleyOptions options)
    {
        if (options.Secrets.MasterKey is { } configured)
        {
            return new MasterKey(Parse(configured, "Secrets__MasterKey"), "Secrets__MasterKey");
        }

        var credentials = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY");
        var credential = credentials is null ? null : Path.Combine(credentials, "parley-master-key");
        if (credential is not null && File.Exists(credential))
        {
            return new MasterKey(Parse(File.ReadAllText(credential), credential), credential);
        }

        var file = Path.Combine(options.DataDirectory, "master.key");
        if (File.Exists(file))
        {
            return new MasterKey(Parse(File.ReadAllText(file), file), file);
        }

        if (!options.Demo.Enabled)
        {
            throw new StartupException(
                "There is no master key. Make one (head -c 32 /dev/urandom | base64) and give it as PARLEY_Secrets__MasterKey, "
                    + $"as the systemd credential parley-master-key, or in {file} with mode 0600. Keep a copy: without it stored tokens cannot be read."
            );
        }

        var made = RandomNumberGenerator.GetBytes(32);
        Directory.CreateDirectory(options.DataDirectory);
        using (
            var stream = new FileStream(
                file,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            )
        )
        {
            stream.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(made)));
            stream.Flush(flushToDisk: true);
        }

        return new MasterKey(made, $"{file} (made now, for the demo)");
    }

    public byte[] Wrap(byte[] plain, string context)
    {
        var wrapped = new byte[NonceLength + TagLength + plain.Length];
        var nonce = wrapped.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key, TagLength);
        aes.Encrypt(
            nonce,
            plain,
            wrapped.AsSpan(NonceLength + TagLength),
            wrapped.AsSpan(NonceLength, TagLength),
            Encoding.UTF8.GetBytes(context)
        );
        return wrapped;
    }

    /// <exception cref="SecretTamperedException">Another master key wrapped it, or it was altered.</exception>
    public byte[] Unwrap(byte[] wrapped, string context)
    {
        try
        {
            var plain = new byte[wrapped.Length - NonceLength - TagLength];
            using var aes = new AesGcm(_key, TagLength);
            aes.Decrypt(
                wrapped.AsSpan(0, NonceLength),
                wrapped.AsSpan(NonceLength + TagLength),
                wrapped.AsSpan(NonceLength, TagLength),
                plain,
                Encoding.UTF8.GetBytes(context)
            );
            return plain;
        }
        catch (Exception exception) when (exception is CryptographicException or OverflowException)
        {
            throw new SecretTamperedException("The master key does not open this database's keys.", exception);
        }
    }

    private static byte[] Parse(string text, string source)
    {
        var bytes = new byte[64];
        return Convert.TryFromBase64String(text.Trim(), bytes, out var length) && length == 32
            ? bytes[..32]
            : throw new StartupException($"{source} must be 32 bytes in base 64 (44 characters).");
    }
}
