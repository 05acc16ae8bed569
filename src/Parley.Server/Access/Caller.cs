using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Parley.Server.Web;

namespace Parley.Server.Access;

public static class Role
{
    public const string Owner = "owner";
    public const string Admin = "admin";
    public const string Member = "member";

    /// <summary>As a page writes it where it stands alone: "Owner".</summary>
    public static string Named(string role) => char.ToUpperInvariant(role[0]) + role[1..];
}

/// <summary>What an API key may do, within what its owner may: <c>admin</c> includes every scope, not another role.</summary>
public static class Scope
{
    public const string Admin = "admin";
    public static readonly string[] All =
    [
        "connections:read",
        "connections:write",
        "meetings:read",
        "meetings:write",
        "bookings:read",
        "bookings:write",
        "usage:read",
        "usage:write",
        "webhooks:read",
        "webhooks:write",
        Admin,
    ];
}

/// <summary>Names of claims and authentication schemes; set by the schemes, read only here.</summary>
public static class AccessClaims
{
    public const string Workspace = "parley:workspace";
    public const string Scopes = "parley:scopes";
    public const string ApiKey = "parley:api-key";

    /// <summary>The token in the cookie; a row holds its hash.</summary>
    public const string SessionToken = "parley:session-token";

    /// <summary>That row's id.</summary>
    public const string Session = "parley:session";
    public const string ApiKeyScheme = "ApiKey";
}

/// <summary>Who makes this request: a member in a browser or through one of their API keys.</summary>
/// <param name="ApiKeyId">Null in a browser.</param>
public sealed record Caller(string WorkspaceId, string MemberId, string Role, string Name, string? ApiKeyId)
{
    /// <summary>The browser session; null with an API key.</summary>
    public string? SessionId { get; init; }
    public bool IsAdministrator => Role is Access.Role.Owner or Access.Role.Admin;

    /// <exception cref="InvalidOperationException">The endpoint does not require a caller.</exception>
    public static Caller Of(HttpContext context) =>
        Find(context) ?? throw new InvalidOperationException("This endpoint has no authenticated caller.");

    public static Caller? Find(HttpContext context)
    {
        var user = context.User;
        var workspace = user.FindFirstValue(AccessClaims.Workspace);
        var member = user.FindFirstValue(ClaimTypes.NameIdentifier);
        return workspace is null || member is null
            ? null
            : new Caller(
                workspace,
                member,
                user.FindFirstValue(ClaimTypes.Role) ?? Access.Role.Member,
                user.FindFirstValue(ClaimTypes.Name) ?? "",
                user.FindFirstValue(AccessClaims.ApiKey)
            )
            {
                SessionId = user.FindFirstValue(AccessClaims.Session),
            };
    }
}

/// <summary>On every endpoint that takes API keys: which scope it needs. Read by the 403, the API document and the house rules.</summary>
public sealed record RequiredScope(string Name);

public static class AccessConventions
{
    /// <summary>The endpoint takes API keys with this scope (or <c>admin</c>).</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder builder, string scope)
        where TBuilder : IEndpointConventionBuilder =>
        builder
            .WithMetadata(new RequiredScope(scope))
            .WithEntityTags()
            .RequireAuthorization(
                new AuthorizationPolicyBuilder(AccessClaims.ApiKeyScheme)
                    .RequireAuthenticatedUser()
                    .RequireAssertion(context => Covers(context.User, scope))
                    .Build()
            );

    /// <summary>Only keys of owners and administrators: what the pages too keep from members.</summary>
    public static TBuilder RequireAdministratorsKey<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder =>
        builder
            .WithMetadata(new AdministratorsKeyOnly())
            .RequireAuthorization(
                new AuthorizationPolicyBuilder(AccessClaims.ApiKeyScheme).RequireRole(Role.Owner, Role.Admin).Build()
            );

    internal static bool Covers(ClaimsPrincipal user, string scope)
    {
        var scopes = (user.FindFirstValue(AccessClaims.Scopes) ?? "").Split(' ');
        return scopes.Contains(scope, StringComparer.Ordinal) || scopes.Contains(Scope.Admin, StringComparer.Ordinal);
    }

    /// <summary>The page takes signed-in members; with roles, only those.</summary>
    public static TBuilder RequireMember<TBuilder>(this TBuilder builder, params string[] roles)
        where TBuilder : IEndpointConventionBuilder
    {
        var policy = new AuthorizationPolicyBuilder(IdentityConstants.ApplicationScheme).RequireAuthenticatedUser();
        return builder.RequireAuthorization((roles.Length == 0 ? policy : policy.RequireRole(roles)).Build());
    }
}

/// <summary>On endpoints only an administrator's key opens: nothing of them is anybody's own. Read by the house rules.</summary>
public sealed record AdministratorsKeyOnly;
