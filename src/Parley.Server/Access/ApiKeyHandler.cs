using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary><c>Authorization: Bearer …</c> (RFC 6750 §2.1) into a <see cref="Caller"/>; 401 and 403 as problems.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    ApiKeys apiKeys,
    ApiKeyUse use
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Bearer = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.NoResult();
        }

        var key = await apiKeys.VerifyAsync(header[Bearer.Length..].Trim());
        if (key is null)
        {
            return AuthenticateResult.Fail("No such key.");
        }

        use.Note(key);
        var identity = new ClaimsIdentity(
            [
                new Claim(AccessClaims.Workspace, key.WorkspaceId),
                new Claim(ClaimTypes.NameIdentifier, key.MemberId),
                new Claim(ClaimTypes.Name, key.MemberName),
                new Claim(ClaimTypes.Role, key.Role),
                new Claim(AccessClaims.Scopes, key.Scopes),
                new Claim(AccessClaims.ApiKey, key.Id),
            ],
            AccessClaims.ApiKeyScheme
        );
        return AuthenticateResult.Success(
            new AuthenticationTicket(new ClaimsPrincipal(identity), AccessClaims.ApiKeyScheme)
        );
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        var sent = Request.Headers.Authorization.Count > 0;
        var publishable = Request
            .Headers.Authorization.ToString()
            .StartsWith(Bearer + ApiKeys.PublishablePrefix, StringComparison.OrdinalIgnoreCase);
        Response.Headers.WWWAuthenticate = sent
            ? "Bearer realm=\"parley\", error=\"invalid_token\""
            : "Bearer realm=\"parley\"";
        return new Problem(
            ProblemCodes.Unauthenticated,
            publishable ? "A publishable key opens the embeds alone, never the API."
                : sent ? "This API key is unknown or was revoked."
                : "This needs an API key."
        )
        {
            Next = "Send Authorization: Bearer <api key>; keys are made on the page API keys.",
        }
            .ToResult()
            .ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        var scope = Context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>()?.Name;
        if (scope is not null && AccessConventions.Covers(Context.User, scope))
        {
            return new Problem(ProblemCodes.Forbidden, "This key belongs to a member; this takes an administrator.")
            {
                Next = "Use the key of an owner or administrator of this workspace.",
            }
                .ToResult()
                .ExecuteAsync(Context);
        }

        return new Problem(
            ProblemCodes.Forbidden,
            scope is null ? "This key may not do that." : $"This key lacks the scope {scope}."
        )
        {
            Next = scope is null ? null : $"Use a key that has {scope}, or admin.",
        }
            .ToResult()
            .ExecuteAsync(Context);
    }
}
