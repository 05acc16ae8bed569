using System.Globalization;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>What the provider alone knows: sessions held, who was there, and what lies ahead of other organizers. Asked each time, kept nowhere.</summary>
public sealed class MeetingRecords(
    Db db,
    IClock clock,
    ParleyOptions options,
    ProviderCalls calls,
    ConnectionDirectory connections,
    OrganizerDirectory organizers,
    ProviderCatalogue catalogue,
    MeetingReader reader,
    SessionChoice sessions
)
{
    private static readonly Duration FirstStep = Duration.FromDays(30);

    /// <summary>Whether it stands for an instant; anybody can make up a cursor.</summary>
    public static bool IsHistoryCursor(Cursor cursor) =>
        cursor.SortValue <= 0 && cursor.SortValue > -Micros.From(Arrangement.NeverEnds);

    /// <summary>Newest first. The list is read as it arrives and only the page is kept, however long it is.</summary>
    public async Task<Answer<Page<HistoryItemView>>> HistoryAsync(
        string workspaceId,
        string connectionId,
        HistoryRequest request,
        CancellationToken cancellationToken
    )
    {
        if (await connections.FindAsync(workspaceId, connectionId, cancellationToken) is not { } connection)
        {
            return MeetingReader.NoConnection;
        }

        var whose = await organizers.OfHistoryAsync(workspaceId, connection, request.Organizer, cancellationToken);
        if (!whose.Succeeded)
        {
            return whose.Problem!;
        }

        var organizerKey = whose.Value;
        // What an earlier page showed need not be asked for again: the cursor is the start of its last session.
        var to =
            request.After == Cursor.Start
                ? request.To
                : Instant.Min(request.To, Micros.ToInstant(1 - request.After.SortValue));
        if (to <= request.From)
        {
            return new Page<HistoryItemView>([], null);
        }

        PageCut<HeldSession>? page = null;
        var walked = await calls.CallAsync(
            workspaceId,
            connection.Id,
            "meetings.history",
            async (provider, access, token) =>
            {
                // Anew at each attempt: a refused token has the whole walk done again.
                page = new PageCut<HeldSession>(request.After, request.Limit);
                request.Tally?.Begin();
                foreach (var (first, end) in Windows(request, to))
                {
                    var walkedSoFar = await provider.Records.WalkHistoryAsync(
                        access,
                        new HistoryQuery
                        {
                            From = first,
                            To = end,
                            OrganizerKey = organizerKey,
                        },
                        (session, _) =>
                        {
                            page.Add(CursorOf(session), session);
                            request.Tally?.Add(session);
                            return ValueTask.CompletedTask;
                        },
                        token
                    );
                    if (walkedSoFar.Failure is not null || page.IsFull)
                    {
                        return walkedSoFar;
                    }
                }

                return default(Nothing);
            },
            cancellationToken
        );
        if (walked.Failure is { } failure)
        {
            return ProviderProblems.From(failure);
        }

        var cut = page!.ToPage();
        var ours = await OursAsync(
            workspaceId,
            cut.Items.Select(session => session.MarkerCandidate),
            cancellationToken
        );
        var own = organizerKey is null ? MeetingReader.OrganizerOf(connection) : null;
        return new Page<HistoryItemView>(
            cut.Items.Select(session => ViewOf(session, ours, own)).ToList(),
            cut.NextCursor
        );
    }

    /// <summary>
    /// From the newest backwards. A first page asks for everything at once: nobody knows how much there is, and mostly it is little. A further
    /// page exists only where there is much; it reads back in growing steps until it is full, and not the whole rest each time.
    /// </summary>
    private static IEnumerable<(Instant From, Instant To)> Windows(HistoryRequest request, Instant to)
    {
        if (request.After == Cursor.Start)
        {
            yield return (request.From, to);
            yield break;
        }

        for (var width = FirstStep; to > request.From; width *= 3)
        {
            var from = to - request.From > width ? to - width : request.From;
            yield return (from, to);
            to = from;
        }
    }

    /// <summary>Session by session, the earliest first, and within one by time of joining.</summary>
    /// <param name="meetingId">The provider's id or an arrangement's.</param>
    public async Task<Answer<Page<AttendeeView>>> AttendeesAsync(
        string workspaceId,
        string connectionId,
        string meetingId,
        string? sessionId,
        ListRequest list,
        CancellationToken cancellationToken
    )
    {
        var stays = await StaysAsync(workspaceId, connectionId, meetingId, cancellationToken);
        if (!stays.Succeeded)
        {
            return stays.Problem!;
        }

        if (sessionId is null)
        {
            return PageOf(stays.Value, list);
        }

        var meant = await reader.FindOwnAsync(
            workspaceId,
            connectionId,
            meetingId,
            cancellationToken,
            removedToo: true
        );
        var chosen = meant.Succeeded
            ? await sessions.ChooseAsync(
                workspaceId,
                connectionId,
                meant.Value.ProviderMeetingId!,
                stays.Value,
                sessionId,
                cancellationToken
            )
            : meant.Problem!;
        return chosen.Succeeded ? PageOf(chosen.Value, list) : chosen.Problem!;
    }

    /// <summary>Everybody of every session, as the provider orders them.</summary>
    /// <param name="meetingId">The provider's id or an arrangement's.</param>
    public async Task<Answer<List<Attendance>>> StaysAsync(
        string workspaceId,
        string connectionId,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        var own = await reader.FindOwnAsync(workspaceId, connectionId, meetingId, cancellationToken, removedToo: true);
        if (!own.Succeeded)
        {
            return own.Problem!;
        }

        if (own.Value is { ProviderMeetingId: null })
        {
            return new Problem(ProblemCodes.Conflict, "The meeting is not ready at the provider.")
            {
                Next = "Wait until its status is scheduled.",
            };
        }

        var connection = (await connections.FindAsync(workspaceId, connectionId, cancellationToken))!;
        if (ConnectionRights.Lack(connection, "attendees") is { } lack)
        {
            return lack;
        }

        var id = own.Value.ProviderMeetingId!;
        var told = await calls.CallAsync(
            workspaceId,
            connection.Id,
            "meetings.attendees",
            (provider, access, token) => provider.Records.ListAttendeesAsync(access, id, token),
            cancellationToken
        );
        if (told.Failure is { } failure)
        {
            return ProviderProblems.From(failure);
        }

        return told.Value.ToList();
    }

    private static Page<AttendeeView> PageOf(IReadOnlyList<Attendance> stays, ListRequest list)
    {
        var page = new PageCut<AttendeeView>(list.After, list.Limit);
        foreach (var session in stays.GroupBy(stay => stay.SessionId, StringComparer.Ordinal))
        {
            var began = Micros.From(session.Min(stay => stay.JoinedAt));
            foreach (var (place, stay) in session.Index())
            {
                // The place tells apart two guests who came in the same second.
                page.Add(
                    new Cursor(
                        began,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{session.Key}/{Micros.From(stay.JoinedAt):D19}/{place:D6}"
                        )
                    ),
                    ViewOf(stay)
                );
            }
        }

        return page.ToPage();
    }

    /// <summary>What lies ahead of an organizer of the account, given by key or address.</summary>
    public async Task<Answer<IReadOnlyList<MeetingView>>> UpcomingOfAsync(
        string workspaceId,
        string connectionId,
        string organizer,
        CancellationToken cancellationToken
    )
    {
        if (await connections.FindAsync(workspaceId, connectionId, cancellationToken) is not { } connection)
        {
            return MeetingReader.NoConnection;
        }

        var found = await organizers.FindAsync(
            workspaceId,
            connection,
            organizer,
            "upcomingOfOthers",
            cancellationToken
        );
        if (!found.Succeeded)
        {
            return found.Problem!;
        }

        if (found.Value is not { } key)
        {
            return await reader.UpcomingAsync(workspaceId, connectionId, cancellationToken);
        }

        var listed = await calls.CallAsync(
            workspaceId,
            connection.Id,
            "meetings.upcomingOf",
            (provider, access, token) => provider.Records.ListUpcomingOfAsync(access, key, token),
            cancellationToken
        );
        if (listed.Failure is { } failure)
        {
            return ProviderProblems.From(failure);
        }

        // The other organizer may be connected here as well: then their meetings are told in our own words.
        var ours = await OursAsync(
            workspaceId,
            listed.Value.Select(meeting => meeting.MarkerCandidate),
            cancellationToken
        );
        var now = clock.GetCurrentInstant();
        return listed
            .Value.Select(meeting =>
            {
                var other = new OrganizerView(key, meeting.Organizer?.Email, meeting.Organizer?.Name);
                return
                    ours.TryGetValue(meeting.MarkerCandidate ?? "", out var own) && own.ProviderMeetingId == meeting.Id
                    ? MeetingViews.Of(own, other, options, now, meeting.InProgress)
                    : MeetingViews.Of(meeting, connection.Id, connection, catalogue, other, now);
            })
            .ToList();
    }

    private async Task<Dictionary<string, Arrangement>> OursAsync(
        string workspaceId,
        IEnumerable<string?> candidates,
        CancellationToken cancellationToken
    )
    {
        var markers = candidates.OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        if (markers.Length == 0)
        {
            return new Dictionary<string, Arrangement>(StringComparer.Ordinal);
        }

        var found = await db.ReadAsync(
            session =>
                session.QueryAsync<Arrangement>(
                    $"SELECT {Arrangements.Columns} FROM arrangement WHERE workspace_id = @workspaceId AND marker IN @markers",
                    new { workspaceId, markers }
                ),
            cancellationToken
        );
        return found.ToDictionary(arrangement => arrangement.Marker, StringComparer.Ordinal);
    }

    private static HistoryItemView ViewOf(
        HeldSession session,
        Dictionary<string, Arrangement> ours,
        OrganizerView? own
    ) =>
        new()
        {
            MeetingId = session.MeetingId,
            SessionId = session.SessionId,
            Subject = SubjectOf(session, ours),
            StartedAt = session.StartedAt,
            EndedAt = session.EndedAt,
            DurationMinutes = WholeMinutes.Between(session.StartedAt, session.EndedAt),
            AttendeeCount = session.AttendeeCount,
            Organizer = session.Organizer is { } told ? new OrganizerView(told.Key, told.Email, told.Name) : own,
            Recording = session.Recording is { } recording
                ? new RecordingView(recording.ShareUrl, recording.DownloadUrl)
                : null,
        };

    // Only markers of our own are taken off; and what was cut off for the provider's sake is put back when it was that subject.
    private static string SubjectOf(HeldSession session, Dictionary<string, Arrangement> ours) =>
        !ours.TryGetValue(session.MarkerCandidate ?? "", out var own) ? session.Subject
        : own.Subject.StartsWith(session.SubjectWithoutMarker, StringComparison.Ordinal) ? own.Subject
        : session.SubjectWithoutMarker;

    private static AttendeeView ViewOf(Attendance stay) =>
        new(
            stay.Name,
            stay.Email,
            stay.JoinedAt,
            stay.LeftAt,
            stay.LeftAt is { } left ? WholeMinutes.Between(stay.JoinedAt, left) : null,
            stay.SessionId
        );

    private static Cursor CursorOf(HeldSession session) =>
        new(-Micros.From(session.StartedAt), $"{session.MeetingId}/{session.SessionId}");

    /// <summary>Where a session stands in the list.</summary>
    internal static Cursor CursorOf(HistoryItemView item) =>
        new(-Micros.From(item.StartedAt), $"{item.MeetingId}/{item.SessionId}");
}
