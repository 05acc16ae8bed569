using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using NodaTime.Text;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Web.Parts;

namespace Parley.Server.Audit;

/// <summary>What the page was asked for, as its address says it.</summary>
public sealed record AuditFilter(string? Who, string? Action, string? Thing, LocalDate? From, LocalDate? To)
{
    public bool Any => Who is not null || Action is not null || Thing is not null || From is not null || To is not null;

    /// <summary>The address that asks the same, from <paramref name="cursor"/> on.</summary>
    public string ToQuery(string? cursor = null) =>
        string.Join(
            '&',
            new (string Name, string? Value)[]
            {
                ("who", Who),
                ("action", Action),
                ("thing", Thing),
                ("from", From is { } from ? LocalDatePattern.Iso.Format(from) : null),
                ("to", To is { } to ? LocalDatePattern.Iso.Format(to) : null),
                ("cursor", cursor),
            }
                .Where(pair => pair.Value is not null)
                .Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value!)}")
        );

    /// <summary>Whole days of the reader's.</summary>
    public AuditQuery ToQuery(DateTimeZone zone) =>
        new()
        {
            Who = Who,
            Action = Action,
            Thing = Thing,
            From = From?.AtStartOfDayInZone(zone).ToInstant(),
            To = To?.PlusDays(1).AtStartOfDayInZone(zone).ToInstant(),
        };
}

internal static class AuditPages
{
    public const string Path = "/audit";
    private const int PageSize = 50;
    private const int CsvPage = 2_000;

    public static void MapAuditPages(this IEndpointRouteBuilder routes)
    {
        var pages = routes.MapGroup("").RequireMember(Role.Owner, Role.Admin).ExcludeFromDescription();
        pages.MapGet(Path, ShowAsync);
        pages.MapGet(Path + ".csv", DownloadAsync);
    }

    private static async Task<IResult> ShowAsync(
        HttpContext context,
        AuditDirectory directory,
        Memberships memberships,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var members = await memberships.ListAsync(caller.WorkspaceId);
        var zone = Zones.Of(members.Find(member => member.Id == caller.MemberId)?.TimeZone);
        var filter = Read(context, out var problem);
        var after = Cursor.Start;
        if (problem is null && !Cursor.TryDecode(context.Request.Query["cursor"], out after))
        {
            after = Cursor.Start;
        }

        return Pages.Render<AuditPage>(
            context,
            new
            {
                Filter = filter,
                Entries = problem is null
                    ? await directory.ListAsync(
                        caller.WorkspaceId,
                        filter.ToQuery(zone),
                        PageSize,
                        after,
                        cancellationToken
                    )
                    : new Page<AuditEntry>([], null),
                Members = members,
                Names = await NamesAsync(context, caller.WorkspaceId, members, cancellationToken),
                Zone = zone,
                IsFirst = after == Cursor.Start,
                Problem = problem,
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
    }

    private static async Task<Dictionary<string, string>> NamesAsync(
        HttpContext context,
        string workspaceId,
        IReadOnlyList<Member> members,
        CancellationToken cancellationToken
    )
    {
        var names = members.ToDictionary(member => member.Id, member => member.Name, StringComparer.Ordinal);
        foreach (var provider in context.RequestServices.GetRequiredService<ProviderCatalogue>().All)
        {
            names[provider.Id] = provider.Provider.Descriptor.Name;
        }

        var connections = context.RequestServices.GetRequiredService<ConnectionDirectory>();
        foreach (var entry in await connections.AllAsync(workspaceId, cancellationToken))
        {
            names[entry.Id] = $"{entry.Provider.Name}, {entry.Connection.AccountText ?? "account not known"}";
        }

        return names;
    }

    private static async Task<IResult> DownloadAsync(
        HttpContext context,
        AuditDirectory directory,
        Db db,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var zone = await db.ZoneOfAsync(caller, cancellationToken);
        var filter = Read(context, out var problem);
        if (problem is not null)
        {
            return Pages.SeeOther($"{Path}?{context.Request.QueryString.Value?.TrimStart('?')}");
        }

        await using var csv = await CsvReply.StartAsync(
            context,
            "audit",
            $"When ({zone.Id})",
            "Actor",
            "Name",
            "Actor id",
            "Member id",
            "Action",
            "What",
            "Thing",
            "Thing id",
            "Thing name",
            "Address",
            "Browser",
            "Before",
            "After"
        );
        for (var after = Cursor.Start; ; )
        {
            var page = await directory.ListAsync(
                caller.WorkspaceId,
                filter.ToQuery(zone),
                CsvPage,
                after,
                cancellationToken
            );
            foreach (var entry in page.Items)
            {
                await csv.AddAsync(
                    entry.At.InZone(zone).ToString("uuuu-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                    entry.Actor,
                    entry.ActorName,
                    entry.ActorId,
                    entry.MemberId,
                    entry.Action,
                    AuditActions.All.GetValueOrDefault(entry.Action),
                    entry.Thing,
                    entry.ThingId,
                    entry.ThingName,
                    entry.Address,
                    entry.Browser,
                    entry.BeforeState,
                    entry.AfterState
                );
            }

            if (page.NextCursor is null || !Cursor.TryDecode(page.NextCursor, out after))
            {
                return Results.Empty;
            }
        }
    }

    private static AuditFilter Read(HttpContext context, out Problem? problem)
    {
        var errors = new FieldErrors();
        var filter = new AuditFilter(Text("who"), Text("action"), Text("thing"), Day("from"), Day("to"));
        if (filter is { From: { } from, To: { } to } && to < from)
        {
            errors.Add("to", "must not be before the first day");
        }

        problem = errors.Any ? errors.ToProblem() : null;
        return filter;

        string? Text(string name) =>
            context.Request.Query[name].ToString().Trim() is { Length: > 0 and <= 100 } text ? text : null;

        LocalDate? Day(string name)
        {
            if (Text(name) is not { } text)
            {
                return null;
            }

            if (LocalDatePattern.Iso.Parse(text) is { Success: true, Value: { Year: >= 2000 and <= 2200 } day })
            {
                return day;
            }

            errors.Add(name, "must be a date such as 2026-12-01");
            return null;
        }
    }
}
