using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Access;

/// <summary>ASP.NET Core's key ring in the database, so that every process reads every cookie; secrets in it are wrapped by the master key.</summary>
internal sealed class KeyRing(Db db, Ids ids, IClock clock, MasterKey masterKey)
    : IXmlRepository,
        IConfigureOptions<KeyManagementOptions>
{
    internal const string Context = "data_protection_key";

    public void Configure(KeyManagementOptions options)
    {
        options.XmlRepository = this;
        options.XmlEncryptor = new Encryptor(masterKey);
    }

    // The framework's interface is synchronous and asks once a day, off the request path after the first time.
    public IReadOnlyCollection<XElement> GetAllElements() =>
        db.ReadAsync(session =>
                session.QueryAsync<byte[]>(
                    "SELECT wrapped FROM data_protection_key ORDER BY created_at, id /* all workspaces: the installation's cookies */"
                )
            )
            .GetAwaiter()
            .GetResult()
            .ConvertAll(bytes => XElement.Parse(Encoding.UTF8.GetString(bytes)));

    public void StoreElement(XElement element, string friendlyName) =>
        db.WriteAsync(session =>
                session.ExecuteAsync(
                    "INSERT INTO data_protection_key (id, wrapped, created_at) VALUES (@id, @wrapped, @now) /* all workspaces: the installation's cookies */",
                    new
                    {
                        id = ids.New("dpk"),
                        wrapped = Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting)),
                        now = clock.GetCurrentInstant(),
                    }
                )
            )
            .GetAwaiter()
            .GetResult();

    private sealed class Encryptor(MasterKey masterKey) : IXmlEncryptor
    {
        public EncryptedXmlInfo Encrypt(XElement plaintextElement) =>
            new(
                new XElement(
                    "wrapped",
                    new XAttribute("masterKey", masterKey.Id),
                    Convert.ToBase64String(
                        masterKey.Wrap(
                            Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting)),
                            Context
                        )
                    )
                ),
                typeof(KeyRingDecryptor)
            );
    }
}

/// <summary>Named in the stored elements and made by the framework; public with this constructor because it must be.</summary>
public sealed class KeyRingDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement) =>
        XElement.Parse(
            Encoding.UTF8.GetString(
                services
                    .GetRequiredService<MasterKey>()
                    .Unwrap(Convert.FromBase64String(encryptedElement.Value), KeyRing.Context)
            )
        );
}

/// <summary>Fails closed: a server given another installation's master key does not start, instead of failing at the first secret.</summary>
internal sealed class MasterKeyCheck(Db db, MasterKey masterKey) : IStartupStep
{
    public int Order => 0;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var key = await db.ReadAsync(
            session =>
                session.FirstOrDefaultAsync<DataKeyRow>(
                    "SELECT workspace_id, key_id, master_key_id, wrapped FROM data_key ORDER BY created_at DESC LIMIT 1 /* all workspaces: one master key wraps them all */"
                ),
            cancellationToken
        );
        if (key is null)
        {
            return;
        }

        try
        {
            masterKey.Unwrap(key.Wrapped, $"{key.WorkspaceId}|data_key|{key.KeyId}");
        }
        catch (SecretTamperedException exception)
        {
            throw new StartupException(
                $"This database was made with another master key ({key.MasterKeyId}; given: {masterKey.Id} from {masterKey.Source}). "
                    + "Start with the original key; without it the stored tokens cannot be read.",
                exception
            );
        }
    }

    private sealed record DataKeyRow
    {
        public required string WorkspaceId { get; init; }
        public required string KeyId { get; init; }
        public required string MasterKeyId { get; init; }
        public required byte[] Wrapped { get; init; }
    }
}
