using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using NodaTime;
using Parley.Server.Audit;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Usage;

/// <summary>How an activity report is to be read; nothing set: by its headings, in the account's language.</summary>
/// <param name="EmailColumn">Heading of the column with addresses.</param>
/// <param name="DateColumn">Heading of the column with the last meeting.</param>
/// <param name="Locale">Language of the report: a tag of the table, <c>pt-BR</c>, <see cref="UsageImport.Auto"/>, or empty for the connector's.</param>
public sealed record ImportWish(string? EmailColumn, string? DateColumn, string? Locale);

/// <param name="Lines">Of the file, the heading being line 1.</param>
public sealed record ImportUnknown(string Reason, IReadOnlyList<int> Lines);

/// <summary>What became of an imported report.</summary>
public sealed record ImportOutcome
{
    /// <summary>Unmatched addresses named one by one.</summary>
    public const int MostNamed = 200;

    public required string EmailColumn { get; init; }
    public required string DateColumn { get; init; }
    public required string? Locale { get; init; }

    /// <summary>Languages that may have written the whole column, but do not mean the same dates.</summary>
    public required IReadOnlyList<ReportLanguage> Ambiguous { get; init; }
    public required int Rows { get; init; }
    public required int Updated { get; init; }
    public required int Unchanged { get; init; }
    public required IReadOnlyList<ImportUnknown> Unknown { get; init; }
    public required IReadOnlyList<string> Unmatched { get; init; }
}

/// <summary>Reads the vendor's activity report (CSV) and keeps each person's last meeting. Only a later date replaces one that is known.</summary>
public sealed class UsageImport(Db db, IClock clock)
{
    public const string Auto = "auto";
    public const string Brazilian = "pt-BR";

    /// <summary>A hundred thousand people are about 8 MB.</summary>
    public const int LargestFile = 16 * 1024 * 1024;
    private const int MostRows = 200_000;
    private const int LongestCell = 1000;
    private const string NoAddress = "The row has no address.";
    private const string Future = "The date lies in the future: is this the report's language?";

    private static readonly CsvConfiguration Configuration = new(CultureInfo.InvariantCulture)
    {
        HasHeaderRecord = false,
        DetectDelimiter = true,
        DetectDelimiterValues = [",", ";", "\t"],
        IgnoreBlankLines = true,
        MaxFieldSize = LongestCell,
        TrimOptions = TrimOptions.Trim,
    };

    /// <param name="accountLocale">The connector's language, or that of whoever granted access; null: unknown.</param>
    public async Task<Answer<ImportOutcome>> ImportAsync(
        UsageConnector connector,
        string? accountLocale,
        byte[] file,
        ImportWish wish,
        CancellationToken cancellationToken
    )
    {
        var table = Table(file);
        if (table.Problem is { } unreadable)
        {
            return unreadable;
        }

        var (header, rows) = table.Value;
        var errors = new FieldErrors();
        var email = Column(header, wish.EmailColumn, "emailColumn", ImportColumns.FindEmail, errors);
        var date = Column(header, wish.DateColumn, "dateColumn", ImportColumns.FindLastMeeting, errors);
        if (
            wish.Locale is { Length: > 0 } locale
            && locale is not (Auto or Brazilian)
            && ReportLanguage.Find(locale) is null
        )
        {
            errors.Add(
                "locale",
                $"must be one of {string.Join(", ", ReportLanguage.All.Select(known => known.Tag))}, {Brazilian} or {Auto}"
            );
        }

        if (errors.Any)
        {
            return errors.ToProblem() with
            {
                Extensions = new Dictionary<string, object?>(StringComparer.Ordinal) { ["columns"] = header },
            };
        }

        var known = await KnownAsync(connector, cancellationToken);
        if (known.Count == 0)
        {
            return new Problem(ProblemCodes.Conflict, "Nobody of the account is known yet, so nobody can be matched.")
            {
                Next = "Start a run first, then import the report.",
            };
        }

        var read = Dates([.. rows.Select(row => row.Cell(date))], wish.Locale, accountLocale);
        return await KeepAsync(connector, header, rows, email, date, read, known, cancellationToken);
    }

    private async Task<ImportOutcome> KeepAsync(
        UsageConnector connector,
        List<string> header,
        List<Row> rows,
        int email,
        int date,
        (string? Locale, ReadColumn Column) read,
        Dictionary<string, List<UserRow>> known,
        CancellationToken cancellationToken
    )
    {
        var today = clock.GetCurrentInstant().InZone(connector.Zone).Date;
        var unknown = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        var unmatched = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
        var latest = new Dictionary<string, LocalDate>(StringComparer.Ordinal);
        for (var index = 0; index < rows.Count; index++)
        {
            var address = rows[index].Cell(email);
            var told = read.Column.Dates[index];
            var reason =
                address.Length == 0 ? NoAddress
                : told.Date is null ? told.Reason!
                // A day's difference between the report's zone and ours is no mistake.
                : told.Date > today.PlusDays(1) ? Future
                : null;
            if (address.Length > 0 && !known.ContainsKey(address))
            {
                unmatched.Add(address);
            }

            if (reason is not null)
            {
                (unknown.TryGetValue(reason, out var lines) ? lines : unknown[reason] = []).Add(rows[index].Line);
                continue;
            }

            foreach (var user in known.GetValueOrDefault(address) ?? [])
            {
                latest[user.UserKey] = latest.TryGetValue(user.UserKey, out var other)
                    ? LocalDate.Max(other, told.Date!.Value)
                    : told.Date!.Value;
            }
        }

        var updated = await StoreAsync(connector, latest, cancellationToken);
        return new ImportOutcome
        {
            EmailColumn = header[email],
            DateColumn = header[date],
            Locale = read.Locale,
            Ambiguous = read.Column.Ambiguous,
            Rows = rows.Count,
            Updated = updated,
            Unchanged = latest.Count - updated,
            Unknown =
            [
                .. unknown
                    .OrderByDescending(entry => entry.Value.Count)
                    .ThenBy(entry => entry.Key, StringComparer.Ordinal)
                    .Select(entry => new ImportUnknown(entry.Key, entry.Value)),
            ],
            Unmatched = [.. unmatched],
        };
    }

    /// <returns>How many got a later date than they had.</returns>
    private async Task<int> StoreAsync(
        UsageConnector connector,
        Dictionary<string, LocalDate> latest,
        CancellationToken cancellationToken
    )
    {
        var updated = 0;
        // In pieces, so that nobody waits long for the one writer.
        foreach (var piece in latest.Chunk(500))
        {
            updated += await db.WriteAsync(
                async session =>
                {
                    var changed = 0;
                    foreach (var (userKey, day) in piece)
                    {
                        changed += await session.ExecuteAsync(
                            """
                            UPDATE usage_user SET imported_on = @day WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId
                              AND user_key = @userKey AND (imported_on IS NULL OR imported_on < @day)
                            """,
                            new
                            {
                                connector.WorkspaceId,
                                connector.ConnectionId,
                                userKey,
                                day = Days.Text(day),
                            }
                        );
                    }

                    return changed;
                },
                cancellationToken
            );
        }

        await db.WriteAsync(
            session =>
                AuditTrail.NoteAsync(
                    session,
                    clock.GetCurrentInstant(),
                    connector.WorkspaceId,
                    new AuditNote(AuditActions.UsageImported, "connection", connector.ConnectionId)
                    {
                        After = new { people = updated },
                    }
                ),
            cancellationToken
        );

        return updated;
    }

    private async Task<Dictionary<string, List<UserRow>>> KnownAsync(
        UsageConnector connector,
        CancellationToken cancellationToken
    ) =>
        (
            await db.ReadAsync(
                session =>
                    session.QueryAsync<UserRow>(
                        "SELECT user_key, email FROM usage_user WHERE workspace_id = @WorkspaceId AND connection_id = @ConnectionId AND email IS NOT NULL",
                        new { connector.WorkspaceId, connector.ConnectionId }
                    ),
                cancellationToken
            )
        )
            .GroupBy(user => user.Email, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.ToList(), StringComparer.OrdinalIgnoreCase);

    private static (string? Locale, ReadColumn Column) Dates(
        IReadOnlyList<string?> cells,
        string? wished,
        string? accountLocale
    )
    {
        var locale =
            wished == Auto ? null
            : wished is { Length: > 0 } ? wished
            : accountLocale;
        var isBrazilian = string.Equals(locale?.Replace('_', '-'), Brazilian, StringComparison.OrdinalIgnoreCase);
        if (isBrazilian || ReportLanguage.Find(locale) is not null)
        {
            var tag = isBrazilian ? Brazilian : ReportLanguage.Find(locale)!.Tag;
            return (tag, new ReadColumn(null, [.. cells.Select(cell => ReportDates.Read(cell, tag))], []));
        }

        var column = ReportDates.ReadColumn(cells);
        return (column.Language?.Tag, column);
    }

    private static int Column(
        List<string> header,
        string? named,
        string field,
        Func<IReadOnlyList<string>, List<int>> find,
        FieldErrors errors
    )
    {
        var places = named is { Length: > 0 } ? ImportColumns.Find(header, named) : find(header);
        if (places is [var one])
        {
            return one;
        }

        errors.Add(
            field,
            named is { Length: > 0 } ? "must be the heading of one column of the file"
                : places.Count == 0 ? "was not found by its heading; choose it"
                : $"may be {string.Join(" or ", places.Select(place => $"\"{header[place]}\""))}; choose one"
        );
        return 0;
    }

    private static Answer<(List<string> Header, List<Row> Rows)> Table(byte[] file)
    {
        try
        {
            using var reader = new StreamReader(
                new MemoryStream(file),
                new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true),
                detectEncodingFromByteOrderMarks: true
            );
            using var csv = new CsvParser(reader, Configuration);
            if (!csv.Read())
            {
                return Unreadable("The file is empty.");
            }

            var header = (csv.Record ?? []).Select(Cell).ToList();
            var rows = new List<Row>();
            while (csv.Read())
            {
                if (rows.Count == MostRows)
                {
                    return new Problem(ProblemCodes.TooLarge, $"The report has more than {MostRows} rows.")
                    {
                        Next = "Split it, and import the parts one after the other.",
                    };
                }

                rows.Add(new Row(csv.RawRow, [.. (csv.Record ?? []).Select(Cell)]));
            }

            return (header, rows);
        }
        catch (DecoderFallbackException)
        {
            return Unreadable("The file is not UTF-8 (or UTF-16 with its mark).");
        }
        catch (CsvHelperException exception)
        {
            return Unreadable(
                $"Line {exception.Context?.Parser?.RawRow ?? 1} cannot be read as a row of a table: is this a CSV file?"
            );
        }
    }

    // The text itself, where a table of ours made a formula harmless by an apostrophe.
    private static string Cell(string cell) => cell.Length > 1 && cell[0] == '\'' ? cell[1..].Trim() : cell.Trim();

    private static Problem Unreadable(string detail) =>
        new(ProblemCodes.Invalid, detail)
        {
            Next = "Export the report again as CSV and send that file as it is.",
            Errors = new Dictionary<string, string[]>(StringComparer.Ordinal) { ["file"] = [detail] },
        };

    private sealed record Row(int Line, IReadOnlyList<string> Cells)
    {
        public string Cell(int index) => index < Cells.Count ? Cells[index] : "";
    }

    private sealed record UserRow
    {
        public required string UserKey { get; init; }
        public required string Email { get; init; }
    }
}
