using Microsoft.Extensions.Logging;
using NodaTime;
using Parley.Conferencing;
using Parley.Conferencing.OAuth;
using Parley.Server.Access;
using Parley.Server.Connections.Diagnosis;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>
/// The second half of connecting. Nothing is asked of the provider before state, age, provider, browser and session are right, and
/// the flow has been ended by exactly this request (RFC 9700 §4.7, §4.4, RFC 9207).
/// </summary>
public sealed partial class ConnectCallback(
    Db db,
    Vault vault,
    IClock clock,
    ProviderCatalogue catalogue,
    ProviderApps apps,
    ConnectedAccounts accounts,
    OperationLog log,
    TimeProvider time,
    ILogger<ConnectCallback> logger
)
{
    internal async Task<CallbackOutcome> FinishAsync(CallbackRequest request, CancellationToken cancellationToken)
    {
        if (catalogue.Find(request.Provider) is not { } registration)
        {
            return Refusal("Unknown provider", "No provider answers at this address.") with { Status = 404 };
        }

        if (request is { NamesState: false, Code.Length: > 0 })
        {
            // A code nobody here asked for is never exchanged: it might be tied to the wrong person, or be somebody else's.
            LogRefused(request.Provider, "a code without state");
            return await InstalledAsync(request, registration, cancellationToken);
        }

        var flow = request.State is { Length: > 0 and < 200 } state
            ? await db.ReadAsync(session => ConnectFlow.ByStateAsync(session, state), cancellationToken)
            : null;
        if (await ObjectionAsync(flow, registration, request, cancellationToken) is { } objection)
        {
            LogRefused(request.Provider, objection.Title);
            return objection with { Provider = registration, FlowId = flow?.Id };
        }

        var outcome = await EndAsync(flow!, registration, request, cancellationToken);
        return outcome with { Provider = registration, FlowId = flow!.Id, WorkspaceId = flow.WorkspaceId };
    }

    /// <summary>Somebody added the app at the provider itself (its marketplace, a shared link), not from here.</summary>
    private async Task<CallbackOutcome> InstalledAsync(
        CallbackRequest request,
        ProviderRegistration registration,
        CancellationToken cancellationToken
    )
    {
        var name = registration.Provider.Descriptor.Name;
        var purposes = new List<string>();
        if (request.Caller is { } caller)
        {
            purposes.Add(ConnectionPurpose.Organizer);
            var account = caller.IsAdministrator
                ? await apps.FindAsync(
                    caller.WorkspaceId,
                    registration.Id,
                    ConnectionPurpose.Account,
                    cancellationToken
                )
                : null;
            if (account is { Purpose: ConnectionPurpose.Account, IsServerToServer: false })
            {
                purposes.Add(ConnectionPurpose.Account);
            }
        }

        return new CallbackOutcome
        {
            Status = 200,
            Title = "One step is left",
            Text =
                $"You come from {name}, where the app was added. Nothing is connected yet: Parley cannot tell for whom that was, so it starts once more from here.",
            Next = request.Caller is null
                ? "Sign in and press Connect. If you were given a link to connect your account, open that link instead."
                : $"Press Connect; {name} asks again, or goes on at once.",
            Provider = registration,
            Installed = purposes,
        };
    }

    private async Task<CallbackOutcome?> ObjectionAsync(
        ConnectFlow? flow,
        ProviderRegistration registration,
        CallbackRequest request,
        CancellationToken cancellationToken
    )
    {
        if (flow is null)
        {
            return Refusal(
                "This connection was not started here",
                "The address does not belong to a connection Parley started."
            );
        }

        var wrongIssuer = request.Issuer is { } issuer && !IsIssuerOf(registration, issuer);
        if (flow.Provider != registration.Id || wrongIssuer)
        {
            // Two providers mixed up: whoever arranged it must not try on with the same state.
            await db.WriteAsync(
                session => flow.FinishAsync(session, clock.GetCurrentInstant(), "mixed_up"),
                cancellationToken
            );
            return Refusal(
                "The answer came from the wrong provider",
                wrongIssuer
                    ? "The answer names another sign-in service than the one that was asked."
                    : "The connection was started with another provider."
            );
        }

        if (flow.FinishedAt is not null)
        {
            return Refusal("Already finished", "This attempt to connect has ended; each can be used once.");
        }

        if (flow.StateExpiresAt is not { } expires || expires <= clock.GetCurrentInstant())
        {
            return Refusal("Too much time has passed", "An attempt to connect must be finished within ten minutes.");
        }

        if (!flow.IsBoundTo(request.BrowserSecretOf(flow.Id)))
        {
            return Refusal(
                "Another browser started this",
                "A connection can only be finished in the browser in which Continue was pressed."
            );
        }

        return flow.SessionMemberId is { } member ? SessionObjection(flow, member, request.Caller) : null;
    }

    private static CallbackOutcome? SessionObjection(ConnectFlow flow, string member, Caller? caller)
    {
        if (caller is null)
        {
            return Refusal(
                "Please sign in first",
                "This connection was started by a signed-in member. Sign in as the same member and it goes on; nothing is lost for ten minutes."
            ) with
            {
                Status = 401,
                Next = null,
                SignInFirst = true,
            };
        }

        return caller.MemberId == member && caller.WorkspaceId == flow.WorkspaceId
            ? null
            : Refusal("Another member started this", "Sign in as the member who pressed Connect, or start again.");
    }

    private async Task<CallbackOutcome> EndAsync(
        ConnectFlow flow,
        ProviderRegistration registration,
        CallbackRequest request,
        CancellationToken cancellationToken
    )
    {
        var descriptor = registration.Provider.Descriptor;
        if (request.Error is { } error)
        {
            return await DeniedAsync(flow, descriptor, error, request.ErrorDescription, cancellationToken);
        }

        if (request.Code is not { Length: > 0 and <= 4096 } code)
        {
            return Refusal("Nothing came back", $"{descriptor.Name} sent neither a code nor an error.");
        }

        Opened? opened;
        try
        {
            opened = await db.WriteAsync(session => OpenAsync(session, flow), cancellationToken);
        }
        catch (SecretTamperedException exception)
        {
            LogTampered(flow.Id, exception);
            return Refusal(
                "Stored secrets cannot be read",
                "The database or the key was changed; an operator finds details in the log."
            ) with
            {
                Status = 500,
            };
        }

        if (opened is null)
        {
            return Refusal("Already finished", "This attempt to connect has ended; each can be used once.");
        }

        // From here on the code is spent: the person closing the browser must not leave a half.
        return await ExchangeAsync(flow, registration, opened, code);
    }

    /// <returns>Null: another request was first.</returns>
    private async Task<Opened?> OpenAsync(DbSession session, ConnectFlow flow)
    {
        if (!await flow.FinishAsync(session, clock.GetCurrentInstant(), "exchanging"))
        {
            return null;
        }

        var verifier = await vault.DecryptAsync(
            session,
            ConnectLinks.VerifierOf(flow.WorkspaceId, flow.Id),
            flow.CodeVerifier!
        );
        var row = await apps.FindAsync(session, flow.WorkspaceId, flow.Provider, flow.Purpose);
        return new Opened(row, row is null ? null : await apps.OpenAsync(session, flow.WorkspaceId, row.Id), verifier);
    }

    private async Task<CallbackOutcome> ExchangeAsync(
        ConnectFlow flow,
        ProviderRegistration registration,
        Opened opened,
        string code
    )
    {
        var name = registration.Provider.Descriptor.Name;
        if (opened.App is null)
        {
            return Refusal("The provider app is gone", $"{name} is no longer set up in this workspace.");
        }

        var started = time.GetTimestamp();
        var reply = await registration.OAuth.ExchangeCodeAsync(
            opened.App,
            code,
            flow.RedirectUri!,
            opened.Verifier,
            CancellationToken.None
        );
        log.Add(
            flow.WorkspaceId,
            flow.ConnectionId,
            "token.exchange",
            reply.Failure?.Code,
            reply.Failure?.HttpStatus,
            time.GetElapsedTime(started),
            reply.Failure?.Message
        );
        if (reply.Failure is { } failure)
        {
            return await FailedAsync(flow, name, failure);
        }

        var linked = await accounts.LinkAsync(
            new AccountToLink(flow.WorkspaceId, flow.ConnectionId, flow.Reconnect),
            registration,
            opened.Row!,
            reply.Value,
            CancellationToken.None
        );
        if (linked.Refusal is { } refusal)
        {
            await NoteAsync(flow, refusal);
            return Refusal(
                refusal.Code == LinkedAccount.ReportedAlready ? "This account is connected already" : "Another account",
                refusal.Message
            ) with
            {
                Status = 409,
                Next = refusal.Next,
                WrongAccount = flow.Reconnect
                    ? new WrongAccount(flow.ConnectionId, flow.Purpose, linked.Account)
                    : null,
            };
        }

        return new CallbackOutcome
        {
            Status = 200,
            Title = $"Connected to {name}",
            Text = linked.Account is { } account ? $"Connected to {name} as {account}." : $"Connected to {name}.",
            Next = linked.Missing.Count == 0 ? null : ScopeWords.MissingAtConnect(name, linked.Missing),
            ConnectionId = linked.ConnectionId,
            Purpose = flow.Purpose,
            WasThere = linked.WasThere,
        };
    }

    private async Task<CallbackOutcome> DeniedAsync(
        ConnectFlow flow,
        ProviderDescriptor descriptor,
        string error,
        string? description,
        CancellationToken cancellationToken
    )
    {
        var declined = error == "access_denied";
        var failure = ConnectFailures.Stopped(descriptor.Name, error, flow.RedirectUri);
        if (declined && descriptor.Approval is { } approval)
        {
            // Whether the person said no or was not allowed to say yes, nobody tells: both are answered alike.
            failure = failure with
            {
                Next =
                    $"Start again and press Allow. {approval.WhatPeopleSee} Then an administrator must approve the app first{(flow.SessionMemberId is null ? ": open the link you were given again in this browser, it says what to do." : ".")}",
            };
        }

        var first = await db.WriteAsync(
            session => flow.FinishAsync(session, clock.GetCurrentInstant(), failure.Code),
            cancellationToken
        );
        if (first)
        {
            await NoteAsync(flow, failure);
        }

        return Refusal(declined ? $"{descriptor.Name} was not connected" : "That did not work", failure.Message) with
        {
            Next = failure.Next,
            ApprovalOf = declined && descriptor.Approval is not null ? flow.ConnectionId : null,
            ProviderWords = Cut($"{error}: {description}".TrimEnd(' ', ':')),
        };
    }

    private async Task<CallbackOutcome> FailedAsync(ConnectFlow flow, string name, ProviderFailure failure)
    {
        var told = ConnectFailures.Exchange(name, failure, flow.RedirectUri!);
        await NoteAsync(flow, told);
        return Refusal($"{name} was not connected", told.Message) with
        {
            Status = told.Applied == Applied.Unknown || told.Kind == FailureKind.NeverSent ? 502 : 400,
            Next = told.Next,
            ProviderWords = Cut(told.ProviderMessage ?? told.ProviderCode),
        };
    }

    /// <summary>A connection that does not work shows why the attempt failed; one that works is not disturbed by it.</summary>
    private Task NoteAsync(ConnectFlow flow, ProviderFailure failure) =>
        db.WriteAsync(session =>
            session.ExecuteAsync(
                """
                UPDATE connection SET problem_code = @Code, problem_detail = @Message, problem_next = @Next, updated_at = @now,
                    status = CASE WHEN @unapproved = 1 AND status = 'pending' THEN 'pendingApproval' ELSE status END
                WHERE workspace_id = @WorkspaceId AND id = @ConnectionId AND status IN ('pending', 'pendingApproval', 'needsReconnect')
                """,
                new
                {
                    flow.WorkspaceId,
                    flow.ConnectionId,
                    failure.Code,
                    failure.Message,
                    failure.Next,
                    unapproved = failure.Kind == FailureKind.Unapproved,
                    now = clock.GetCurrentInstant(),
                }
            )
        );

    private static bool IsIssuerOf(ProviderRegistration registration, string issuer)
    {
        var told = issuer.TrimEnd('/');
        return told == AuthorizeOrigin.Of(registration)
            || registration.Provider.Descriptor.Issuers.Contains(told, StringComparer.Ordinal);
    }

    private static string? Cut(string? words) => words is { Length: > 300 } ? words[..300] + "…" : words;

    private static CallbackOutcome Refusal(string title, string text) =>
        new()
        {
            Status = 400,
            Title = title,
            Text = text,
            Next = "Start again on the page Video conferencing, or ask for a new link.",
        };

    [LoggerMessage(Level = LogLevel.Warning, Message = "A callback of {Provider} was refused: {Reason}")]
    private partial void LogRefused(string provider, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Secrets of connect flow {Flow} do not open where they lie")]
    private partial void LogTampered(string flow, Exception exception);

    private sealed record Opened(ProviderApp? Row, OAuthApp? App, string Verifier);
}
