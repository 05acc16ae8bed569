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

        // A page of an older release may ask by its own version during an update: it gets today's file, unkept.
        context.Response.Headers.CacheControl =
            version == _version ? "public, max-age=31536000, immutable" : "no-cache";
        return Send(context, asset);
    }

    /// <summary>
    /// For pages of other origins, at an address that stays the same: kept for an hour, readable by any page (script integrity needs CORS), and
    /// nothing of the caller goes into it.
    /// </summary>
    internal IResult ServeElsewhere(HttpContext context, string name)
    {
        var headers = context.Response.Headers;
        headers.CacheControl = "public, max-age=3600, stale-while-revalidate=86400";
        headers.AccessControlAllowOrigin = "*";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
        return Send(context, _assets[name]);
    }

    /// <summary>For <c>integrity=</c> (Subresource Integrity): changes with the file, that is with an update of Parley.</summary>
    internal string IntegrityOf(string name) =>
        "sha384-" + Convert.ToBase64String(SHA384.HashData(_assets[name].Content));

    private static IResult Send(HttpContext context, Asset asset)
    {
        var headers = context.Response.Headers;
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
