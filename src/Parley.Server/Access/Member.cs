using NodaTime;
using Parley.Server.Storage;

namespace Parley.Server.Access;

/// <summary>A person who signs in: a row of table <c>member</c>. Mutable because ASP.NET Core Identity edits its users in place.</summary>
public sealed class Member : IListed
{
    public required string WorkspaceId { get; init; }
    public required string Id { get; init; }
    public required string Email { get; set; }

    /// <summary>As <see cref="Normalize"/>; unique in the whole installation, because it says who signs in.</summary>
    public required string EmailNormalized { get; set; }
    public required string Name { get; set; }

    /// <summary>One of <see cref="Access.Role"/>.</summary>
    public required string Role { get; set; }

    /// <summary>IANA.</summary>
    public required string TimeZone { get; set; }

    /// <summary>Null: nobody can sign in until a reset link was used.</summary>
    public string? PasswordHash { get; set; }

    /// <summary>Part of every reset link: a new one ends them all.</summary>
    public required string SecurityStamp { get; set; }
    public int AccessFailedCount { get; set; }
    public Instant? LockoutEnd { get; set; }
    public Instant? DeactivatedAt { get; set; }
    public required Instant CreatedAt { get; init; }

    public bool IsActive => DeactivatedAt is null;

    public static string Normalize(string email) => email.Trim().ToUpperInvariant();
}
