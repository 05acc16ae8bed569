using Microsoft.AspNetCore.Identity;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary>
/// Passwords: length counts, composition does not (NIST SP 800-63B §3.1.1.2). Hashing is ASP.NET Core Identity's (PBKDF2-HMAC-SHA-512).
/// </summary>
public sealed class Passwords(IPasswordHasher<Member> hasher)
{
    public const int Shortest = 10;
    public const int Longest = 200;

    // A password nobody has: checked for addresses nobody has, so that both take the same time.
    private readonly Lazy<string> _decoy = new(() => hasher.HashPassword(null!, Ids.Secret(16)));

    public static void Check(FieldErrors errors, string field, string? password)
    {
        var length = password?.Length ?? 0;
        if (length < Shortest)
        {
            errors.Add(field, $"must have at least {Shortest} characters; several words make a good one");
        }
        else if (length > Longest)
        {
            errors.Add(field, $"must have at most {Longest} characters");
        }
    }

    public string Hash(Member? member, string password) => hasher.HashPassword(member!, password);

    public PasswordVerificationResult Verify(Member? member, string password)
    {
        var result = hasher.VerifyHashedPassword(member!, member?.PasswordHash ?? _decoy.Value, password);
        return member?.PasswordHash is null ? PasswordVerificationResult.Failed : result;
    }
}
