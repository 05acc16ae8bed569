using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Booking;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Meetings;
using Parley.Server.Provisioning;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Embed;

/// <summary>Whom the meeting is with, as the other system knows them.</summary>
public sealed record EmbedContact
{
    public string? Name { get; init; }
    public string? Email { get; init; }
}

/// <summary>What the button's dialog sends.</summary>
public sealed record EmbedMeetingRequest
{
    /// <summary>1–100 characters.</summary>
    public string? Subject { get; init; }
    public Instant? StartsAt { get; init; }

    /// <summary>1–480.</summary>
    public int? DurationMinutes { get; init; }

    /// <summary>IANA; the one of whoever fills in the dialog.</summary>
    public string? TimeZone { get; init; }
    public EmbedContact? Contact { get; init; }

    /// <summary>Whether the contact gets the confirmation mail; without an address nobody does.</summary>
    public bool Notify { get; init; } = true;
    public ReferenceRequest? Reference { get; init; }
}

/// <summary>A row of table <c>embed_meeting</c>.</summary>
internal sealed record EmbedMeeting
{
    public required string Ticket { get; init; }
    public required string ArrangementId { get; init; }
}

/// <summary>
/// Meetings scheduled with a publishable key. They go the way of every meeting (desk, ledger, provider), but whoever asked is a stranger: never
/// over another meeting of the organizer, counted, and at the cost of the strangers' share of the host's day.
/// </summary>
internal sealed class EmbedMeetings(
    Db db,
    IClock clock,
    ParleyOptions options,
    MeetingDesk desk,
    ConnectionDirectory connections,
    ProviderCatalogue catalogue
)
{
    public const int LongestMinutes = 480;
    public const int DaysAhead = 366;

    /// <summary>Meetings one key makes in an hour; where the provider limits a host's day, no more than it takes in a day.</summary>
    public const int PerKeyPerHour = 60;

    /// <summary>Mails one contact gets in 24 hours in one workspace: its owner may not have asked for any.</summary>
    public const int MailsPerContactPerDay = 20;

    /// <summary>How long a ticket tells.</summary>
    private static readonly Duration TicketLife = Duration.FromHours(48);

    /// <returns>The ticket and what came of it.</returns>
    public async Task<Answer<(string Ticket, MeetingChange Change)>> ScheduleAsync(
        ApiKeyRow key,
        EmbedMeetingRequest request,
        IdempotencyClaim? claim,
        CancellationToken cancellationToken
    )
    {
        if (
            await connections.FindAsync(key.WorkspaceId, key.ConnectionId!, cancellationToken) is not { } connection
            || MeetingDesk.Unusable(connection) is not null
        )
        {
            return NotConnected;
        }

        var wish = Check(request);
        if (!wish.Succeeded)
        {
            return wish.Problem!;
        }

        var ticket = Ids.Unguessable();
        var email = wish.Value.Attendees.FirstOrDefault(one => one.Notify)?.Email.ToLowerInvariant();
        var made = await desk.CreateAsync(
            key.WorkspaceId,
            connection,
            key.MemberId,
            ArrangementSource.Api,
            wish.Value,
            cancellationToken,
            async (session, arrangement) =>
            {
                await KeepAsync(session, key, ticket, arrangement.Id, email);
                if (claim is not null)
                {
                    await claim.CommitAsync(session, 202, ticket, LocationOf(key, ticket));
                }
            },
            async session =>
                await TooManyAsync(session, key, connection, email)
                ?? await OverlapAsync(session, key, connection, wish.Value),
            isPublic: true
        );
        if (claim is { Kept: true } && (!made.Succeeded || made.Value.Done))
        {
            int? status = made.Succeeded ? 201 : null;
            await db.WriteAsync(
                session => claim.AmendAsync(session, status, LocationOf(key, ticket)),
                CancellationToken.None
            );
        }

        return made.Succeeded ? (ticket, made.Value) : InWordsForStrangers(made.Problem!);
    }

    /// <summary>Null: no such ticket of this key, or it is of another day.</summary>
    public Task<Arrangement?> FindAsync(ApiKeyRow key, string ticket, CancellationToken cancellationToken) =>
        db.ReadAsync(
            async session =>
                await session.FirstOrDefaultAsync<EmbedMeeting>(
                    "SELECT ticket, arrangement_id FROM embed_meeting WHERE workspace_id = @WorkspaceId AND ticket = @ticket AND key_id = @Id AND created_at > @since",
                    new
                    {
                        key.WorkspaceId,
                        key.Id,
                        ticket,
                        since = clock.GetCurrentInstant() - TicketLife,
                    }
                )
                    is { } known
                    ? await Arrangements.FindAsync(session, key.WorkspaceId, known.ArrangementId)
                    : null,
            cancellationToken
        );

    public static string LocationOf(ApiKeyRow key, string ticket) => $"/embed/api/{key.KeyText}/meetings/{ticket}";

    /// <summary>Nothing of the account, and a cure for somebody who cannot sign in here.</summary>
    public static Problem NotConnected =>
        new(ProblemCodes.ConnectionNeedsReconnect, "The account that hosts these meetings is not connected just now.")
        {
            Next = "Tell whoever looks after Parley: under Video conferencing it can be refreshed. Then try again.",
        };

    private Answer<MeetingWish> Check(EmbedMeetingRequest request)
    {
        var errors = new FieldErrors();
        var now = clock.GetCurrentInstant();
        if (request.DurationMinutes is not (>= 1 and <= LongestMinutes))
        {
            errors.Add("durationMinutes", $"must be a number from 1 to {LongestMinutes}");
        }

        if (request.StartsAt > now + Duration.FromDays(DaysAhead))
        {
            errors.Add("startsAt", "must lie within a year");
        }

        var email = request.Contact?.Email is { Length: > 0 } given ? given : null;
        var name = request.Contact?.Name is { Length: > 0 } called ? called : email;
        var wish = MeetingWish.Check(
            new MeetingRequest
            {
                Subject = request.Subject,
                StartsAt = request.StartsAt,
                DurationMinutes = request.DurationMinutes,
                TimeZone = request.TimeZone,
                // An element without these attributes sends none of them.
                Reference = request.Reference is { System: null, RecordType: null, RecordId: null, Url: null }
                    ? null
                    : request.Reference,
                Attendees = email is null
                    ? []
                    :
                    [
                        new AttendeeRequest
                        {
                            Name = name,
                            Email = email,
                            Notify = request.Notify,
                        },
                    ],
            },
            now
        );
        return wish.Succeeded && !errors.Any ? wish : AsAsked(errors, wish.Problem);
    }

    // The request has one contact where the API has a list of attendees, and a length of its own.
    private static Problem AsAsked(FieldErrors errors, Problem? problem)
    {
        foreach (var (field, messages) in problem?.Errors ?? new Dictionary<string, string[]>(StringComparer.Ordinal))
        {
            foreach (var message in field == "durationMinutes" ? [] : messages)
            {
                errors.Add(field.Replace("attendees[0]", "contact", StringComparison.Ordinal), message);
            }
        }

        return errors.ToProblem();
    }

    private Task KeepAsync(DbSession session, ApiKeyRow key, string ticket, string arrangementId, string? email) =>
        session.ExecuteAsync(
            "INSERT INTO embed_meeting (workspace_id, ticket, key_id, arrangement_id, email_key, created_at) VALUES (@WorkspaceId, @ticket, @Id, @arrangementId, @email, @now)",
            new
            {
                key.WorkspaceId,
                key.Id,
                ticket,
                arrangementId,
                email,
                now = clock.GetCurrentInstant(),
            }
        );

    private async Task<Problem?> TooManyAsync(
        DbSession session,
        ApiKeyRow key,
        ConnectionEntry connection,
        string? email
    )
    {
        if (!options.RateLimitsEnabled)
        {
            return null;
        }

        var now = clock.GetCurrentInstant();
        var daily = catalogue.Find(connection.Connection.Provider)?.Provider.Descriptor.DailyWrites?.Calls;
        var counts = await session.FirstAsync<Counts>(
            """
            SELECT (SELECT COUNT(*) FROM embed_meeting WHERE workspace_id = @WorkspaceId AND key_id = @Id AND created_at > @hourAgo) AS by_key,
                (SELECT COUNT(*) FROM embed_meeting WHERE workspace_id = @WorkspaceId AND email_key = @email AND created_at > @dayAgo) AS by_email
            """,
            new
            {
                key.WorkspaceId,
                key.Id,
                email,
                hourAgo = now - Duration.FromHours(1),
                dayAgo = now - Duration.FromDays(1),
            }
        );
        return counts.ByKey >= Math.Min(PerKeyPerHour, daily ?? PerKeyPerHour)
                ? TooMany("Very many meetings were scheduled with this button just now.", 600)
            : counts.ByEmail >= MailsPerContactPerDay ? TooMany("This contact was sent many invitations today.", 3600)
            : null;
    }

    public static Problem TooMany(string why, int retryAfterSeconds) =>
        new(ProblemCodes.TooManyRequests, why) { Next = "Try again later.", RetryAfterSeconds = retryAfterSeconds };

    /// <summary>Whoever has the API's key decides about overlaps; whoever has the page's source does not. What is in the way is not told.</summary>
    private static async Task<Problem?> OverlapAsync(
        DbSession session,
        ApiKeyRow key,
        ConnectionEntry connection,
        MeetingWish wish
    )
    {
        var member = connection.MemberId ?? key.MemberId;
        await Occupancy.LockAsync(session, key.WorkspaceId, [connection.Id, member]);
        var taken = await session.ScalarAsync<long>(
            """
            SELECT COUNT(*) FROM (SELECT 1 AS one FROM occupancy WHERE workspace_id = @WorkspaceId AND subject IN (@member, @connection)
                AND blocked_to > @StartsAt AND blocked_from < @EndsAt AND ends_at > @StartsAt AND starts_at < @EndsAt LIMIT 1) t
            """,
            new
            {
                key.WorkspaceId,
                member,
                connection = connection.Id,
                wish.StartsAt,
                wish.EndsAt,
            }
        );
        return taken == 0
            ? null
            : new Problem(ProblemCodes.SlotTaken, "The organizer has another meeting at that time.")
            {
                Next = "Choose another start or a shorter length.",
                Errors = new Dictionary<string, string[]>(StringComparer.Ordinal)
                {
                    ["startsAt"] = ["overlaps another meeting of the organizer"],
                },
            };
    }

    // The provider's own words may name the account, and cures that need a sign-in help nobody here.
    private static Problem InWordsForStrangers(Problem problem) =>
        problem.Code == ProblemCodes.ConnectionNeedsReconnect || problem.Code == ProblemCodes.MissingScope
            ? NotConnected
        : problem.Code == ProblemCodes.ProviderRejected
            ? new Problem(ProblemCodes.ProviderRejected, "The meeting provider refused this meeting.")
            {
                Next = "Try another time or subject; if it stays, tell whoever looks after Parley.",
            }
        : problem;

    private sealed record Counts
    {
        public required long ByKey { get; init; }
        public required long ByEmail { get; init; }
    }
}
