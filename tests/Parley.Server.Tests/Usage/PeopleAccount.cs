using System.Collections.Concurrent;
using NodaTime;
using Parley.Conferencing;

namespace Parley.Server.Tests.Usage;

/// <summary>An account full of people with a past, as an administrator reads it. Steerable: who cannot be read, when to wait.</summary>
internal sealed class PeopleAccount : IMeetingRecords, IAccountDirectory
{
    public List<DirectoryUser> Users { get; } = [];
    public List<DirectoryLicence> Licences { get; } = [];
    public List<HeldSession> Sessions { get; } = [];

    /// <summary>The provider's own report of hosts; null: it has none.</summary>
    public ActiveHosts? Hosts { get; set; }
    public ProviderFailure? OnHosts { get; set; }
    public Func<string, ProviderFailure?> OnUser { get; set; } = _ => null;

    /// <summary>Before each history is answered.</summary>
    public Func<string, Task> Before { get; set; } = _ => Task.CompletedTask;

    /// <summary>The times that report was asked for.</summary>
    public ConcurrentQueue<(Instant From, Instant To)> HostsAsked { get; } = [];

    /// <summary>What was asked for, in order.</summary>
    public ConcurrentQueue<HistoryQuery> Asked { get; } = [];
    public int DirectoryReads;

    public string Add(string name, string? licence = "G2M", bool device = false)
    {
        var key = $"u{Users.Count + 1:000}";
        Users.Add(
            new DirectoryUser
            {
                Key = key,
                Name = name,
                Email = $"{name.ToLowerInvariant()}@northwind.example",
                LicenceKeys = licence is null ? [] : [licence],
                IsDevice = device,
                Standing = UserStanding.Active,
            }
        );
        return key;
    }

    public void Held(string key, Instant from, int minutes) =>
        Sessions.Add(
            new HeldSession
            {
                MeetingId = "1",
                SessionId = $"s{Sessions.Count + 1}",
                Subject = "Talk",
                SubjectWithoutMarker = "Talk",
                StartedAt = from,
                EndedAt = from + Duration.FromMinutes(minutes),
                Organizer = new OrganizerIdentity(key, null, null),
            }
        );

    public async Task<ProviderResult<Nothing>> WalkUsersAsync(
        ProviderAccess access,
        UserQuery query,
        Func<DirectoryUser, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    )
    {
        Interlocked.Increment(ref DirectoryReads);
        foreach (var user in Users)
        {
            await visit(user, cancellationToken);
        }

        return default(Nothing);
    }

    public Task<ProviderResult<IReadOnlyList<DirectoryLicence>>> ListLicencesAsync(
        ProviderAccess access,
        string accountKey,
        CancellationToken cancellationToken
    ) => Task.FromResult(ProviderResult.From<IReadOnlyList<DirectoryLicence>>(Licences));

    public Task<ProviderResult<IReadOnlyList<DirectoryGroup>>> ListGroupsAsync(
        ProviderAccess access,
        string accountKey,
        CancellationToken cancellationToken
    ) => Task.FromResult(ProviderResult.From<IReadOnlyList<DirectoryGroup>>([]));

    public Task<ProviderResult<ActiveHosts>> ListActiveHostsAsync(
        ProviderAccess access,
        Instant from,
        Instant to,
        CancellationToken cancellationToken
    )
    {
        HostsAsked.Enqueue((from, to));
        return Task.FromResult<ProviderResult<ActiveHosts>>(OnHosts is { } failure ? failure : Hosts!);
    }

    public Task<ProviderResult<IReadOnlyList<Meeting>>> ListUpcomingOfAsync(
        ProviderAccess access,
        string organizerKey,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();

    public async Task<ProviderResult<Nothing>> WalkHistoryAsync(
        ProviderAccess access,
        HistoryQuery query,
        Func<HeldSession, CancellationToken, ValueTask> visit,
        CancellationToken cancellationToken
    )
    {
        Asked.Enqueue(query);
        await Before(query.OrganizerKey!);
        if (OnUser(query.OrganizerKey!) is { } failure)
        {
            return failure;
        }

        foreach (
            var held in Sessions.Where(held =>
                held.Organizer!.Key == query.OrganizerKey && held.StartedAt >= query.From && held.StartedAt < query.To
            )
        )
        {
            await visit(held, cancellationToken);
        }

        return default(Nothing);
    }

    public Task<ProviderResult<IReadOnlyList<Attendance>>> ListAttendeesAsync(
        ProviderAccess access,
        string meetingId,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException();
}
