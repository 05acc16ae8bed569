using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;
using Parley.Server.Web;

namespace Parley.Server.Access;

/// <summary><c>Authorization: Bearer …</c> (RFC 6750 §2.1) into a <see cref="Caller"/>; 401 and 403 as problems.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory logger,
    UrlEncoder encoder,
    ApiKeys apiKeys,
    ApiKeyUse use,
    KeyRates rates,
    AttemptLimit attempts
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    private const string Bearer = "Bearer ";

    /// <summary>Wrong keys one network may send in a minute. A right one is taken all the same: nobody guesses 192 random bits, this only keeps trying cheap.</summary>
    private const int MostWrongPerMinute = 60;

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
            CountWrong();
            return AuthenticateResult.Fail("No such key.");
        }

        if (await rates.CountAsync(key.WorkspaceId, key.Id, Context.RequestAborted) is { } standing)
        {
            standing.Tell(Context);
            if (standing.Wait is not null)
            {
                Context.Features.Set(new Refusal(standing.ToProblem()));
                return AuthenticateResult.Fail("The key made too many calls.");
            }
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

    private void CountWrong()
    {
        var from = "api key from " + ClientNetwork.Of(Context.Connection.RemoteIpAddress);
        attempts.Count(from, Duration.FromMinutes(1));
        if (attempts.WaitFor(from, MostWrongPerMinute + 1) is { } wait)
        {
            Context.Features.Set(
                new Refusal(
                    new Problem(ProblemCodes.TooManyRequests, "Too many unknown API keys from your network.")
                    {
                        Next = "Check the key; keys are made on the page API keys.",
                        RetryAfterSeconds = (int)Math.Max(1, Math.Ceiling(wait.TotalSeconds)),
                    }
                )
            );
        }
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (Context.Features.Get<Refusal>() is { } refusal)
        {
            return refusal.Problem.ToResult().ExecuteAsync(Context);
        }

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

    /// <summary>Why a caller is not let in although nothing is wrong with the key, or before anybody says whether.</summary>
    private sealed record Refusal(Problem Problem);
}
