using NodaTime;
using Parley.Conferencing;
using Parley.Server.Meetings;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Connections.Diagnosis;

/// <summary>"Test connection": tries one thing after the other, and says for each what to do if it did not work.</summary>
public sealed class ConnectionChecks(
    Db db,
    ProviderApps apps,
    ConnectionDirectory directory,
    ConnectedAccounts accounts,
    TokenRefresh tokens,
    ProviderCalls calls,
    LicenceCheck licence,
    IClock clock
)
{
    public async Task<Answer<CheckReport>> TestAsync(
        string workspaceId,
        string connectionId,
        CancellationToken cancellationToken
    )
    {
        if (await directory.FindAsync(workspaceId, connectionId, cancellationToken) is not { } entry)
        {
            return ConnectionProblems.NotFound();
        }

        var checks = new List<Check>
        {
            await AppCheckAsync(workspaceId, entry, cancellationToken),
            await RedirectCheckAsync(workspaceId, entry, cancellationToken),
        };
        var live = await tokens.LiveAsync(workspaceId, entry.Id, cancellationToken);
        checks.Add(Of("token", "There is a valid access token.", live.Failure));
        if (!live.Succeeded)
        {
            string[] others = ["identity", "scopes", "meetings", .. Rights(entry)];
            checks.AddRange(others.Select(name => Check.NotRun(name, "It takes a valid access token.")));
        }
        else
        {
            var (identityCheck, identity) = await IdentityCheckAsync(workspaceId, entry, cancellationToken);
            var outside = entry.Connection.IsOutsidePurpose(entry.Provider, "upcoming");
            var upcoming = outside
                ? null
                : await calls.CallAsync(
                    workspaceId,
                    entry.Id,
                    "meetings.upcoming",
                    (provider, access, token) => provider.ListUpcomingAsync(access, token),
                    cancellationToken
                );
            // What the calls found out belongs to the answer.
            entry = (await directory.FindAsync(workspaceId, entry.Id, cancellationToken))!;
            checks.Add(identityCheck);
            checks.Add(ScopesCheck(entry));
            checks.Add(
                upcoming is null
                    ? Check.NotRun("meetings", ConnectionView.OutsidePurpose(entry))
                    : Of("meetings", $"{entry.Provider.Name} lists the meetings to come.", upcoming.Failure)
            );
            if (await licence.RunAsync(workspaceId, entry, cancellationToken) is { } licenceCheck)
            {
                checks.Add(licenceCheck);
            }

            if (entry.Connection.Purpose == ConnectionPurpose.Account)
            {
                checks.Add(AdministratorCheck(entry, identity));
            }
        }

        checks.Add(LifetimeCheck(entry));
        return CheckReport.Of(checks);
    }

    private static string[] Rights(ConnectionEntry entry) =>
        entry.Connection.Purpose == ConnectionPurpose.Account ? ["licence", "administrator"] : ["licence"];

    private async Task<Check> AppCheckAsync(
        string workspaceId,
        ConnectionEntry entry,
        CancellationToken cancellationToken
    )
    {
        var app = await apps.FindAsync(workspaceId, entry.Provider.Id, entry.Connection.Purpose, cancellationToken);
        return app is null
            ? AppChecks.NotSetUp(entry.Provider.Name, apps.RedirectUri(entry.Provider.Id))
            : Check.Passed("app", $"The OAuth client {app.ClientId} is entered.");
    }

    // Nobody but the provider knows what is registered. That an account came back by the same address is the one proof there is.
    private async Task<Check> RedirectCheckAsync(
        string workspaceId,
        ConnectionEntry entry,
        CancellationToken cancellationToken
    )
    {
        const string name = "redirectUri";
        if (entry.Connection.ServerAccount is not null)
        {
            return Check.NotRun(name, "Nobody is sent anywhere: the app's own credentials are enough.");
        }

        var current = apps.RedirectUri(entry.Provider.Id);
        var proven = await db.ReadAsync(
            session =>
                session.FirstOrDefaultAsync<string>(
                    """
                    SELECT redirect_uri FROM oauth_flow WHERE workspace_id = @workspaceId AND outcome = 'exchanging'
                      AND (connection_id = @Id OR connection_id IN (SELECT c.id FROM connection c WHERE c.workspace_id = @workspaceId AND c.merged_into = @Id))
                    ORDER BY finished_at DESC, id LIMIT 1
                    """,
                    new { workspaceId, entry.Id }
                ),
            cancellationToken
        );
        return entry.Connection.ConnectedAt is null || proven is null
                ? Check.NotRun(
                    name,
                    $"Only connecting an account proves that {current} is registered.",
                    Cures.RegisterExactly(current)
                )
            : proven == current ? Check.Passed(name, $"{current} is registered: the account was connected through it.")
            : LoopbackAddress.Of(proven) is not null
                ? Check.Passed(
                    name,
                    $"{proven} is registered: the account was connected through it, by parley connect."
                )
            : Check.Failed(
                name,
                $"The account was connected through {proven}. This server's address has changed since; it would now send {current}.",
                Cures.RegisterExactly(current)
            );
    }

    private async Task<(Check Check, AccountIdentity? Identity)> IdentityCheckAsync(
        string workspaceId,
        ConnectionEntry entry,
        CancellationToken cancellationToken
    )
    {
        const string name = "identity";
        var asked = await calls.CallAsync(
            workspaceId,
            entry.Id,
            ProviderCalls.Identify,
            (provider, access, token) => provider.IdentifyAsync(access, token),
            cancellationToken
        );
        if (asked.Failure is { } failure)
        {
            return (Of(name, "", failure), null);
        }

        var identity = asked.Value;
        if (identity.OrganizerKey is null)
        {
            var check = Check.Failed(
                name,
                $"{entry.Provider.Name} does not say whose account this is{(identity.MissingScope is { } scope ? $": {scope} is missing" : "")}. Meetings work all the same.",
                identity.MissingScope is { } missing
                    ? $"Tick {missing} in the OAuth client, then refresh the connection."
                    : "Test again later."
            );
            return (check, identity);
        }

        if (entry.OrganizerKey is null)
        {
            var recognised = await accounts.RecogniseAsync(workspaceId, entry.Id, identity, cancellationToken);
            if (recognised.Refusal is { } refusal)
            {
                return (Check.Failed(name, refusal.Message, "Disconnect this one; the other serves."), identity);
            }
        }
        else
        {
            await accounts.NoteAsync(workspaceId, entry.Id, identity, cancellationToken);
        }

        return (
            Check.Passed(name, $"The account is {identity.Email ?? identity.Name ?? identity.OrganizerKey}."),
            identity
        );
    }

    private static Check ScopesCheck(ConnectionEntry entry)
    {
        const string name = "scopes";
        var missing = entry.Connection.Missing(entry.Provider);
        if (missing.Count > 0)
        {
            var lacking = missing.Select(ScopeWords.Of);
            return Check.Failed(
                name,
                $"Missing: {string.Join("; ", lacking)}.",
                "Tick them in the OAuth client, then refresh the connection."
            );
        }

        return entry.Connection.GrantedScopes.Count == 0
            ? Check.NotRun(
                name,
                $"{entry.Provider.Name} did not say what was granted; no call was refused for it so far."
            )
            : Check.Passed(name, $"Nothing is missing; granted: {string.Join(", ", entry.Connection.GrantedScopes)}.");
    }

    private static Check AdministratorCheck(ConnectionEntry entry, AccountIdentity? identity)
    {
        const string name = "administrator";
        return entry.Connection.ServerAccount is { } account
                ? Check.Passed(name, $"The app's own credentials speak for the whole account {account}.")
            : identity?.OrganizerKey is null
                ? Check.NotRun(name, $"{entry.Provider.Name} did not say whose account this is.")
            : identity.IsAdministrator ? Check.Passed(name, "The account has an administrator role, as reports take.")
            : Check.Failed(
                name,
                "The account has no administrator role: others' meetings, users and licences cannot be read.",
                $"Ask an administrator of the {entry.Provider.Name} account for an administrator role, or connect an administrator's account."
            );
    }

    private Check LifetimeCheck(ConnectionEntry entry)
    {
        const string name = "lifetime";
        if (entry.Connection.ConnectedAt is null)
        {
            return Check.NotRun(name, "Nobody has connected an account yet.", "Connect an account.");
        }

        return entry.Connection.ConnectionExpiresAt switch
        {
            null => Check.Passed(name, "The permission does not end."),
            { } end when entry.Connection.LifetimeIsOver(clock.GetCurrentInstant()) => Check.Failed(
                name,
                $"The permission was meant to last until {ConnectionView.Day(end)} and may end at any moment.",
                "Refresh the connection."
            ),
            { } end when end - clock.GetCurrentInstant() <= Connection.ExpiringFrom => Check.Passed(
                name,
                $"The permission ends on {ConnectionView.Day(end)}.",
                "Refresh the connection before then."
            ),
            { } end => Check.Passed(name, $"The permission lasts until {ConnectionView.Day(end)}."),
        };
    }

    private static Check Of(string name, string good, ProviderFailure? failure) =>
        failure is null
            ? Check.Passed(name, good)
            : Check.Failed(
                name,
                failure.ProviderMessage is { Length: > 0 } words
                && !failure.Message.Contains(words, StringComparison.Ordinal)
                    ? ProviderProblems.Said(failure.Message, words)
                    : failure.Message,
                Cures.For(failure)
            );
}
