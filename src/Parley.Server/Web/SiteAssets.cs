using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Parley.Server.Web;

/// <summary>
/// The files of Web/Assets, embedded. One hash over all of them is part of every address, so that addresses may be kept for
/// a year and modules and styles may refer to each other by relative paths. Read, hashed and compressed once.
/// </summary>
public sealed class SiteAssets
{
    private const string Folder = "Parley.Server.Web.Assets.";
    private readonly FrozenDictionary<string, Asset> _assets;
    private readonly string _version;

    public SiteAssets()
    {
        var assembly = typeof(SiteAssets).Assembly;
        _assets = assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => Read(assembly, name))
            .ToFrozenDictionary(asset => asset.Name, StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var asset in _assets.Values.OrderBy(asset => asset.Name, StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(asset.Name + "\n"));
            hash.AppendData(asset.Content);
        }

        _version = Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 6));
    }

    /// <exception cref="ArgumentException">No such file: a mistake in a page.</exception>
    public string Url(string name) =>
        _assets.ContainsKey(name)
            ? $"/assets/{_version}/{name}"
            : throw new ArgumentException($"There is no asset {name}.", nameof(name));

    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/assets/{version}/{name}", Serve).AllowAnonymous().ExcludeFromDescription();
        routes
            .MapGet("/favicon.ico", (HttpContext context) => Serve(context, _version, "favicon.svg"))
            .AllowAnonymous()
            .ExcludeFromDescription();
    }

    private IResult Serve(HttpContext context, string version, string name)
    {
        if (!_assets.TryGetValue(name, out var asset))
        {
            return Results.NotFound();
        }

        var headers = context.Response.Headers;
        // A page of an older release may ask by its own version during an update: it gets today's file, unkept.
        headers.CacheControl = version == _version ? "public, max-age=31536000, immutable" : "no-cache";
        headers.ETag = asset.Tag;
        headers.Vary = "Accept-Encoding";
        if (context.Request.Headers.IfNoneMatch.Contains(asset.Tag, StringComparer.Ordinal))
        {
            return Results.StatusCode(StatusCodes.Status304NotModified);
        }

        var accepted = context.Request.Headers.AcceptEncoding.ToString();
        if (accepted.Contains("br", StringComparison.Ordinal))
        {
            headers.ContentEncoding = "br";
            return Results.Bytes(asset.Compressed, asset.Type);
        }

        return Results.Bytes(asset.Content, asset.Type);
    }

    private static Asset Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        using var buffer = new MemoryStream();
        stream.CopyTo(buffer);
        var content = buffer.ToArray();
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            brotli.Write(content);
        }

        var name = resource[Folder.Length..];
        return new Asset(
            name,
            TypeOf(name),
            content,
            packed.ToArray(),
            $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 8))}\""
        );
    }

    private static string TypeOf(string name) =>
        Path.GetExtension(name) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            ".png" => "image/png",
            var other => throw new InvalidOperationException($"No content type is known for assets ending in {other}."),
        };

    private sealed record Asset(string Name, string Type, byte[] Content, byte[] Compressed, string Tag);
}
