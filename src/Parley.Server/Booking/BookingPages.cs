using System.Collections.Concurrent;
using System.Data.Common;
using System.Text.Json;
using NodaTime;
using Npgsql;
using Parley.Server.Access;
using Parley.Server.Audit;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Booking;

/// <summary>Booking pages: made, changed, found. Settings are parsed once per version.</summary>
public sealed class BookingPages(Db db, Ids ids, IClock clock)
{
    private const string Columns = "workspace_id, id, slug, settings, version, created_at, updated_at, deleted_at";
    private const int ParsedPagesKept = 10_000;
    private readonly ConcurrentDictionary<(string Page, int Version), PageSettings> _parsed = new();

    /// <summary>Null when no page has that name.</summary>
    public Task<BookingPage?> FindBySlugAsync(string slug, CancellationToken cancellationToken) =>
        db.ReadAsync(
            async session =>
                Parse(
                    await session.FirstOrDefaultAsync<Row>(
                        $"SELECT {Columns} FROM booking_page WHERE slug = @slug AND deleted_at IS NULL /* all workspaces: the name tells which */",
                        new { slug }
                    )
                ),
            cancellationToken
        );

    public async Task<BookingPage?> FindAsync(DbSession session, string workspaceId, string id)
    {
        var page = await FindAnyAsync(session, workspaceId, id);
        return page?.DeletedAt is null ? page : null;
    }

    /// <summary>Deleted ones too: what was booked there stays manageable.</summary>
    public async Task<BookingPage?> FindAnyAsync(DbSession session, string workspaceId, string id) =>
        Parse(
            await session.FirstOrDefaultAsync<Row>(
                $"SELECT {Columns} FROM booking_page WHERE workspace_id = @workspaceId AND id = @id",
                new { workspaceId, id }
            )
        );

    /// <summary>The page's row stays locked until commit, so that bookings of one page follow one another.</summary>
    /// <param name="known">Saves reading the settings again when the version is still the same.</param>
    public async Task<BookingPage?> LockAsync(DbSession session, BookingPage known)
    {
        var state = await session.FirstOrDefaultAsync<StateRow>(
            $"SELECT version, deleted_at FROM booking_page WHERE workspace_id = @WorkspaceId AND id = @Id{session.Dialect.ForUpdate}",
            new { known.WorkspaceId, known.Id }
        );
        return state is null ? null
            : state.Version == known.Version ? known
            : await FindAnyAsync(session, known.WorkspaceId, known.Id);
    }

    /// <summary>One page of those within the caller's reach, oldest first.</summary>
    public async Task<Page<BookingPage>> ListAsync(
        Caller caller,
        int limit,
        Cursor after,
        CancellationToken cancellationToken
    )
    {
        var page = await db.ReadAsync(
            session =>
                session.OldestFirstAsync<Row>(
                    $"SELECT {Columns} FROM booking_page WHERE workspace_id = @WorkspaceId AND deleted_at IS NULL AND {OwnedThing.BookingPage.Within("booking_page")}",
                    new
                    {
                        caller.WorkspaceId,
                        memberId = caller.MemberId,
                        seesAll = caller.IsAdministrator,
                    },
                    after,
                    limit
                ),
            cancellationToken
        );
        return page.Select(row => Parse(row)!);
    }

    public Task<Answer<BookingPage>> CreateAsync(
        Caller caller,
        PageSettings settings,
        CancellationToken cancellationToken
    )
    {
        var now = clock.GetCurrentInstant();
        var page = new BookingPage
        {
            WorkspaceId = caller.WorkspaceId,
            Id = ids.New("pag"),
            Version = 1,
            CreatedAt = now,
            UpdatedAt = now,
            Settings = settings,
        };
        return SaveAsync(
            caller,
            page,
            null,
            session =>
                session.ExecuteAsync(
                    """
                    INSERT INTO booking_page (workspace_id, id, slug, host_member_id, settings, version, paused, created_at, updated_at)
                    VALUES (@WorkspaceId, @Id, @Slug, @HostMemberId, @Settings, @Version, @Paused, @CreatedAt, @UpdatedAt)
                    """,
                    Stored(page)
                ),
            cancellationToken
        );
    }

    /// <param name="current">What the change was made from; a page that changed since is not overwritten.</param>
    public Task<Answer<BookingPage>> ChangeAsync(
        Caller caller,
        BookingPage current,
        PageSettings settings,
        CancellationToken cancellationToken
    )
    {
        var page = current with
        {
            Version = current.Version + 1,
            UpdatedAt = clock.GetCurrentInstant(),
            Settings = settings,
        };
        return SaveAsync(caller, page, current, session => UpdateAsync(session, page), cancellationToken);
    }

    /// <summary>Stops bookings, whatever has become of the page's hosts.</summary>
    internal Task<Answer<BookingPage>> PauseAsync(BookingPage current, CancellationToken cancellationToken)
    {
        var page = current with
        {
            Version = current.Version + 1,
            UpdatedAt = clock.GetCurrentInstant(),
            Settings = current.Settings with { Paused = true },
        };
        return db.WriteAsync<Answer<BookingPage>>(
            async session =>
            {
                if (await UpdateAsync(session, page) == 0)
                {
                    return ChangedMeanwhile();
                }

                await NoteAsync(session, AuditActions.BookingPageChanged, page, current);
                return page;
            },
            cancellationToken
        );
    }

    private static Task<int> UpdateAsync(DbSession session, BookingPage page) =>
        session.ExecuteAsync(
            """
            UPDATE booking_page SET slug = @Slug, host_member_id = @HostMemberId, settings = @Settings, version = @Version, paused = @Paused, updated_at = @UpdatedAt
            WHERE workspace_id = @WorkspaceId AND id = @Id AND version = @Version - 1 AND deleted_at IS NULL
            """,
            Stored(page)
        );

    private static Problem ChangedMeanwhile() =>
        new(ProblemCodes.PreconditionFailed, "The page was changed or deleted meanwhile.")
        {
            Next = "Read it again and repeat the change.",
        };

    /// <summary>Takes the page away and frees its name. What was booked there stays, with its links.</summary>
    /// <returns>False when there is no such page.</returns>
    public Task<bool> DeleteAsync(string workspaceId, string id, CancellationToken cancellationToken) =>
        db.WriteAsync(
            async session =>
            {
                var gone = await FindAsync(session, workspaceId, id);
                var deleted = await session.ExecuteAsync(
                    "UPDATE booking_page SET slug = slug || '~' || id, deleted_at = @now, version = version + 1 WHERE workspace_id = @workspaceId AND id = @id AND deleted_at IS NULL",
                    new
                    {
                        workspaceId,
                        id,
                        now = clock.GetCurrentInstant(),
                    }
                );
                if (gone is null || deleted == 0)
                {
                    return false;
                }

                await NoteAsync(session, AuditActions.BookingPageDeleted, gone, null);
                return true;
            },
            cancellationToken
        );

    private Task NoteAsync(DbSession session, string action, BookingPage page, BookingPage? former) =>
        AuditTrail.NoteAsync(
            session,
            clock.GetCurrentInstant(),
            page.WorkspaceId,
            new AuditNote(action, "booking_page", page.Id, page.Settings.Title)
            {
                Before = former is null ? null : Told(former.Settings),
                After = Told(page.Settings),
            }
        );

    private static object Told(PageSettings settings) =>
        new
        {
            settings.Slug,
            settings.Paused,
            settings.DurationMinutes,
            hostMemberId = settings.Hosts[0].MemberId,
            hostConnectionId = settings.Hosts[0].ConnectionId,
        };

    private async Task<Answer<BookingPage>> SaveAsync(
        Caller caller,
        BookingPage page,
        BookingPage? former,
        Func<DbSession, Task<int>> save,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await db.WriteAsync<Answer<BookingPage>>(
                async session =>
                {
                    var errors = new FieldErrors();
                    await PageHosts.CheckAsync(session, caller, page.Settings.Hosts, errors);
                    await PageHosts.CheckFallbackAsync(session, caller, page.Settings, errors);
                    if (errors.Any)
                    {
                        return errors.ToProblem();
                    }

                    var other = await session.FirstOrDefaultAsync<string>(
                        "SELECT id FROM booking_page WHERE slug = @Slug /* all workspaces: names are unique per installation */",
                        new { page.Settings.Slug }
                    );
                    if (other is not null && other != page.Id)
                    {
                        return SlugTaken(page.Settings.Slug);
                    }

                    if (await save(session) == 0)
                    {
                        return ChangedMeanwhile();
                    }

                    await NoteAsync(
                        session,
                        former is null ? AuditActions.BookingPageCreated : AuditActions.BookingPageChanged,
                        page,
                        former
                    );
                    return page;
                },
                cancellationToken
            );
        }
        catch (DbException exception)
            when (exception is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            // Two nodes gave the same name at the same moment; the unique index let one win.
            return SlugTaken(page.Settings.Slug);
        }
    }

    private static Problem SlugTaken(string slug) =>
        new(ProblemCodes.Conflict, $"slug: another booking page is already called {slug}.")
        {
            Next = "Choose another slug.",
            Errors = new Dictionary<string, string[]>(StringComparer.Ordinal) { ["slug"] = ["is already in use"] },
        };

    private static object Stored(BookingPage page) =>
        new
        {
            page.WorkspaceId,
            page.Id,
            page.Settings.Slug,
            HostMemberId = page.Host.MemberId,
            Settings = JsonSerializer.Serialize(page.Settings, Json.Stored),
            page.Version,
            page.Settings.Paused,
            page.CreatedAt,
            page.UpdatedAt,
        };

    private BookingPage? Parse(Row? row)
    {
        if (row is null)
        {
            return null;
        }

        if (!_parsed.TryGetValue((row.Id, row.Version), out var settings))
        {
            if (_parsed.Count >= ParsedPagesKept)
            {
                _parsed.Clear();
            }

            settings = JsonSerializer.Deserialize<PageSettings>(row.Settings, Json.Stored)!;
            _parsed[(row.Id, row.Version)] = settings;
        }

        return new BookingPage
        {
            WorkspaceId = row.WorkspaceId,
            Id = row.Id,
            Version = row.Version,
            CreatedAt = row.CreatedAt,
            UpdatedAt = row.UpdatedAt,
            DeletedAt = row.DeletedAt,
            Settings = settings,
        };
    }

    private sealed record Row : IListed
    {
        public required string WorkspaceId { get; init; }
        public required string Id { get; init; }
        public required string Settings { get; init; }
        public required int Version { get; init; }
        public required Instant CreatedAt { get; init; }
        public required Instant UpdatedAt { get; init; }
        public Instant? DeletedAt { get; init; }
    }

    private sealed record StateRow
    {
        public required int Version { get; init; }
        public Instant? DeletedAt { get; init; }
    }
}
