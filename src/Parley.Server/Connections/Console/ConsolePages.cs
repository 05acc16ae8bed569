using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Hosting;
using Parley.Server.Meetings;
using Parley.Server.Web;

namespace Parley.Server.Connections.Console;

/// <summary>What the console shows: one operation, its form, and after a try its answer.</summary>
public sealed record ConsoleView
{
    public required ConnectionEntry Entry { get; init; }
    public required ConsoleOperation Operation { get; init; }
    public required ConsoleForm Form { get; init; }
    public required DateTimeZone Zone { get; init; }
    public required string Curl { get; init; }
    public ConsoleAnswer? Answer { get; init; }
    public Problem? Problem { get; init; }
}

/// <summary>Each operation of a connection, by hand: <c>/connections/{id}/console</c>. Members on their own connections, administrators on all.</summary>
internal static class ConsolePages
{
    public static void MapConsolePages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/connections/{id}/console").RequireMember().ExcludeFromDescription();
        group.MapGet("", ShowAsync);
        group.MapPost("/host-link", OpenAsync);
        group.MapPost("/{operation}", TryAsync);
    }

    public static string PathOf(string connectionId, string operation, string? meetingId = null) =>
        $"/connections/{connectionId}/console?operation={operation}"
        + (string.IsNullOrEmpty(meetingId) ? "" : $"&meeting={Uri.EscapeDataString(meetingId)}");

    private static async Task<IResult> ShowAsync(
        string id,
        HttpContext context,
        ConnectionDirectory directory,
        MeetingBoard board,
        ParleyOptions options,
        ProviderCatalogue catalogue,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (await ConnectionPages.OwnAsync(directory, caller, id, cancellationToken) is not { } entry)
        {
            return Results.StatusCode(404);
        }

        var operation =
            ConsoleOperations.Find(context.Request.Query["operation"].ToString()) ?? ConsoleOperations.All[0];
        var zone = await board.ZoneAsync(caller, cancellationToken);
        var form = ConsoleForm.Fresh(
            operation,
            zone,
            clock.GetCurrentInstant(),
            context.Request.Query["meeting"].ToString()
        );
        return Render(context, catalogue, View(entry, operation, form, zone, options));
    }

    private static async Task<IResult> TryAsync(
        string id,
        string operation,
        [FromForm] IFormCollection form,
        HttpContext context,
        ConnectionDirectory directory,
        MeetingBoard board,
        OwnApi api,
        ParleyOptions options,
        ProviderCatalogue catalogue,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (
            await ConnectionPages.OwnAsync(directory, caller, id, cancellationToken) is not { } entry
            || ConsoleOperations.Find(operation) is not { } chosen
        )
        {
            return Results.StatusCode(404);
        }

        var zone = await board.ZoneAsync(caller, cancellationToken);
        var typed = ConsoleForm.Of(chosen, zone, form);
        var view = View(entry, chosen, typed, zone, options);
        var problem = typed.Problem() ?? Disagreement(chosen, form);
        if (problem is not null)
        {
            return Render(context, catalogue, view with { Problem = problem }, problem.Code.Status);
        }

        var reply = await api.SendAsync(
            context,
            typed.Request(entry.Id) with
            {
                Key = FormKeys.Read(form["key"].ToString()),
            }
        );
        // The connection may have healed or broken by the very call.
        entry = (await directory.FindAsync(caller.WorkspaceId, entry.Id, cancellationToken))!;
        return Render(
            context,
            catalogue,
            view with
            {
                Entry = entry,
                Answer = ConsoleAnswer.Of(reply),
            },
            reply.Status is >= 400 and < 500 ? reply.Status : StatusCodes.Status200OK
        );
    }

    // The one reply with host rights: fetched anew, never shown, never stored.
    private static async Task<IResult> OpenAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        ConnectionDirectory directory,
        OwnApi api,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        if (await ConnectionPages.OwnAsync(directory, Caller.Of(context), id, cancellationToken) is not { } entry)
        {
            return Results.StatusCode(404);
        }

        var start = ConsoleOperations.Find("start")!;
        var typed = ConsoleForm.Of(start, DateTimeZone.Utc, form);
        var link = typed.Problem() is null
            ? ConsoleAnswer.HostLinkOf(await api.SendAsync(context, typed.Request(entry.Id)))
            : null;
        if (link is null)
        {
            flash.Set(context, FlashKind.Error, "The meeting was not opened: fetch the host link again to see why.");
            return Pages.SeeOther(PathOf(entry.Id, start.Id, typed.MeetingId));
        }

        return Pages.SeeRoom(context, link);
    }

    private static Problem? Disagreement(ConsoleOperation operation, IFormCollection form)
    {
        if (operation.Agreement is null || form["agreed"] == "true")
        {
            return null;
        }

        var errors = new FieldErrors();
        errors.Add("agreed", "must be ticked");
        return errors.ToProblem();
    }

    private static ConsoleView View(
        ConnectionEntry entry,
        ConsoleOperation operation,
        ConsoleForm form,
        DateTimeZone zone,
        ParleyOptions options
    ) =>
        new()
        {
            Entry = entry,
            Operation = operation,
            Form = form,
            Zone = zone,
            Curl = CurlLine.Of(options.PublicUrl, form.Request(entry.Id)),
        };

    private static IResult Render(HttpContext context, ProviderCatalogue catalogue, ConsoleView view, int status = 200)
    {
        DashboardPages.AllowStart(context, catalogue);
        return Pages.Render<ConsolePage>(context, new { View = view }, status);
    }
}
