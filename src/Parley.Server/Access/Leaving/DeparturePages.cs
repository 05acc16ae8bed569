using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Connections;
using Parley.Server.Web;
using Parley.Server.Web.Parts;

namespace Parley.Server.Access.Leaving;

/// <summary>Deactivating a member: everything they hold on one page, a choice for each kind, then the deed.</summary>
internal static class DeparturePages
{
    public static void MapDeparturePages(this IEndpointRouteBuilder routes)
    {
        var pages = routes
            .MapGroup("/members/{id}/deactivate")
            .RequireMember(Role.Owner, Role.Admin)
            .ExcludeFromDescription();
        pages.MapGet("", (string id, HttpContext context) => PageAsync(id, context, new DepartureRequest(), null));
        pages.MapPost("", LeaveAsync);
    }

    private static async Task<IResult> LeaveAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        Departure departure,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        var request = Read(form);
        var left = await departure.LeaveAsync(Caller.Of(context), id, request, cancellationToken);
        if (left.Problem is { } problem)
        {
            return await PageAsync(id, context, request, problem);
        }

        flash.Set(context, FlashKind.Ok, Words(left.Value));
        return Pages.SeeOther("/members");
    }

    private static string Words(DepartureReport report)
    {
        var told = new List<string>();
        Say(report.Moved, "moved to another host");
        Say(report.Cancelled, "cancelled");
        Say(report.Kept, "left as they are");
        return $"{report.Member.Name} can no longer sign in."
            + (told.Count == 0 ? "" : $" Meetings to come: {string.Join(", ", told)}.");

        void Say(int count, string what)
        {
            if (count > 0)
            {
                told.Add($"{count} {what}");
            }
        }
    }

    private static async Task<IResult> PageAsync(
        string id,
        HttpContext context,
        DepartureRequest typed,
        Problem? problem
    )
    {
        var caller = Caller.Of(context);
        var services = context.RequestServices;
        var members = await services.GetRequiredService<Memberships>().ListAsync(caller.WorkspaceId);
        if (problem?.Code == ProblemCodes.NotFound || members.Find(one => one.Id == id) is not { } member)
        {
            return Results.StatusCode(StatusCodes.Status404NotFound);
        }

        var others = members.FindAll(one => one.IsActive && one.Id != id);
        var accounts = await services
            .GetRequiredService<ConnectionDirectory>()
            .AllAsync(caller.WorkspaceId, context.RequestAborted);
        return Pages.Render<DeactivatePage>(
            context,
            new
            {
                Member = member,
                Holdings = await services.GetRequiredService<Departure>().HoldingsAsync(caller.WorkspaceId, id),
                Hosts = HostOptions(others, accounts),
                Keepers = others
                    .Where(one => one.Role is Role.Owner or Role.Admin)
                    .OrderByDescending(one => one.Id == caller.MemberId)
                    .Select(one => new SelectOption(one.Id, one.Id == caller.MemberId ? $"{one.Name} (you)" : one.Name))
                    .ToList(),
                Accounts = accounts.ToDictionary(one => one.Id, NameOf, StringComparer.Ordinal),
                Zone = Zones.Of(members.Find(one => one.Id == caller.MemberId)?.TimeZone),
                Typed = typed,
                Problem = problem,
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
    }

    // Who is active, with each account they have that can host now.
    private static List<SelectOption> HostOptions(List<Member> others, IReadOnlyList<ConnectionEntry> accounts) =>
        others
            .SelectMany(member =>
                accounts
                    .Where(account => account.MemberId == member.Id && account.CanHost)
                    .Where(account => account.Connection.Purpose == ConnectionPurpose.Organizer)
                    .Select(account => new SelectOption(
                        $"{member.Id} {account.Id}",
                        $"{member.Name} – {NameOf(account)}"
                    ))
            )
            .ToList();

    private static string NameOf(ConnectionEntry account) =>
        account.Connection.AccountEmail is { } email ? $"{account.Provider.Name}, {email}" : account.Provider.Name;

    private static DepartureRequest Read(IFormCollection form)
    {
        var pageHost = HostOf(form["bookingPages.memberId"]);
        return new DepartureRequest
        {
            Bookings = Meetings("bookings"),
            Meetings = Meetings("meetings"),
            BookingPages = new PagesChoice(form["bookingPages.action"], pageHost.Member, pageHost.Connection),
            Connections = new ConnectionsChoice(form["connections.action"], form["connections.memberId"]),
        };

        MeetingsChoice Meetings(string field)
        {
            var host = HostOf(form[$"{field}.memberId"]);
            return new MeetingsChoice(
                form[$"{field}.action"],
                host.Member,
                host.Connection,
                form[$"{field}.whenNotFree"],
                form[$"{field}.reason"]
            );
        }
    }

    private static (string? Member, string? Connection) HostOf(string? value) =>
        value?.Split(' ') is [var member, var connection] ? (member, connection) : (null, null);
}
