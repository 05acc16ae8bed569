using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Parley.Server.Hosting;

namespace Parley.Server.Web;

public enum FlashKind
{
    Ok,
    Warn,
    Error,
}

public sealed record FlashMessage(FlashKind Kind, string Text);

/// <summary>One message carried over a redirect to the next page, in a cookie nobody else can write.</summary>
public sealed class Flash(IDataProtectionProvider protection, ParleyOptions options)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(2);
    private readonly ITimeLimitedDataProtector _protector = protection
        .CreateProtector("Parley.Flash.v1")
        .ToTimeLimitedDataProtector();

    /// <param name="text">Plain text; never a secret.</param>
    public void Set(HttpContext context, FlashKind kind, string text) =>
        context.Response.Cookies.Append(
            Name,
            _protector.Protect(JsonSerializer.Serialize(new FlashMessage(kind, text), Json.Stored), Life),
            Options(Life)
        );

    /// <summary>The message, which is then gone.</summary>
    public FlashMessage? Take(HttpContext context)
    {
        if (context.Request.Cookies[Name] is not { Length: > 0 } cookie)
        {
            return null;
        }

        context.Response.Cookies.Delete(Name, Options(null));
        try
        {
            return JsonSerializer.Deserialize<FlashMessage>(_protector.Unprotect(cookie), Json.Stored);
        }
        catch (CryptographicException)
        {
            return null; // Too old, or not ours.
        }
    }

    private string Name => Cookies.Name(options, "flash");

    private CookieOptions Options(TimeSpan? life) =>
        new()
        {
            HttpOnly = true,
            IsEssential = true,
            MaxAge = life,
            Path = "/",
            SameSite = SameSiteMode.Lax,
            Secure = Cookies.IsHttps(options),
        };
}
