using System.Collections.Concurrent;
using NodaTime;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>Who can be chosen in an account.</summary>
/// <param name="More">There are more than these.</param>
/// <param name="Problem">Why nobody is known; what is missing and what can be done.</param>
public sealed record OrganizerList(IReadOnlyList<AccountOrganizerView> People, bool More, Problem? Problem)
{
    /// <summary>"Odile Organizer", or the key where nobody of that key may organize (any more).</summary>
    public string NameOf(string key) =>
        People.FirstOrDefault(person => person.Key == key) is { } known ? known.Name ?? known.Email ?? key : key;
}

/// <summary>
/// The organizers of an account for pages: asked of the provider at most every other minute, and not waited for longer than somebody
/// who opened a form would. Kept in memory only.
/// </summary>
public sealed class OrganizerNames(OrganizerDirectory directory, IClock clock, TimeProvider time)
{
    /// <summary>More are not listed on a page; they can be named by address.</summary>
    public const int Most = 200;
    private static readonly Duration Fresh = Duration.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private readonly ConcurrentDictionary<string, (OrganizerList List, Instant Until)> _known = new(
        StringComparer.Ordinal
    );

    public async Task<OrganizerList> ReadAsync(ConnectionEntry connection, CancellationToken cancellationToken)
    {
        var now = clock.GetCurrentInstant();
        if (_known.TryGetValue(connection.Id, out var known) && known.Until > now)
        {
            return known.List;
        }

        var asked = await AskAsync(connection, cancellationToken);
        if (asked.Problem is { } problem)
        {
            return new OrganizerList([], false, problem);
        }

        foreach (var old in _known.Where(entry => entry.Value.Until <= now))
        {
            _known.TryRemove(old);
        }

        var list = new OrganizerList(asked.Value.Items, asked.Value.NextCursor is not null, null);
        _known[connection.Id] = (list, now + Fresh);
        return list;
    }

    private async Task<Answer<Page<AccountOrganizerView>>> AskAsync(
        ConnectionEntry connection,
        CancellationToken cancellationToken
    )
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return await directory.PageAsync(
                connection.Connection.WorkspaceId,
                connection,
                null,
                Cursor.Start,
                Most,
                either.Token
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new Problem(
                ProblemCodes.ProviderUnavailable,
                $"{connection.Provider.Name} did not tell in time who may organize."
            )
            {
                Next = "Name them by e-mail address, or open this page again in a moment.",
            };
        }
    }
}
