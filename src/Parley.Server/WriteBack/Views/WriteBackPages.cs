using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Server.Access;
using Parley.Server.Meetings;
using Parley.Server.Storage;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.WriteBack.Views;

/// <summary>One write-back with what it sent.</summary>
public sealed record WriteBackView
{
    public required WriteBackRow Row { get; init; }
    public required Page<WebhookDelivery> Log { get; init; }

    /// <summary>What the log is narrowed to: pending, delivered, dead; null: all.</summary>
    public required string? Status { get; init; }
    public required bool IsLater { get; init; }
    public required DateTimeZone Zone { get; init; }
    public required Instant Now { get; init; }
    public WriteBackTestReply? Test { get; init; }
    public string RecordId { get; init; } = "";
    public Problem? Problem { get; init; }
}

/// <summary>Write-backs in the app: list, form, test, log.</summary>
internal static class WriteBackPages
{
    public const string Path = "/write-backs";
    private const int Most = 50;
    private const int LogLines = 25;

    public static void MapWriteBackPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup(Path).RequireMember(Role.Owner, Role.Admin).ExcludeFromDescription();
        group.MapGet("", ListAsync);
        group.MapGet("/new", (HttpContext context) => Form(context, null, WriteBackForm.Empty(), null));
        group.MapPost("/new", CreateAsync);
        group.MapGet("/{id}", ShowAsync);
        group.MapGet("/{id}/edit", EditAsync);
        group.MapPost("/{id}/edit", SaveAsync);
        group.MapPost("/{id}/test", TestAsync);
        group.MapGet("/{id}/delete", AskAsync);
        group.MapPost("/{id}/delete", DeleteAsync);
        group.MapPost("/{id}/deliveries/{deliveryId}/redo", RedoAsync);
    }

    public static string PathOf(string id, string rest = "") => $"{Path}/{id}{rest}";

    private static async Task<IResult> ListAsync(
        HttpContext context,
        WriteBacks writeBacks,
        CancellationToken cancellationToken
    ) =>
        Pages.Render<WriteBackListPage>(
            context,
            new
            {
                Items = (
                    await writeBacks.PageAsync(Caller.Of(context).WorkspaceId, Cursor.Start, Most, cancellationToken)
                ).Items,
            }
        );

    private static async Task<IResult> CreateAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        WriteBacks writeBacks,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        var typed = WriteBackForm.Of(form, null);
        var made = await writeBacks.CreateAsync(
            Caller.Of(context).WorkspaceId,
            typed.Settings,
            null,
            cancellationToken
        );
        if (made.Problem is { } problem)
        {
            return Form(context, null, typed, problem);
        }

        flash.Set(context, FlashKind.Ok, $"“{made.Value.Name}” is saved. Try it with a test.");
        return Pages.SeeOther(PathOf(made.Value.Id));
    }

    private static async Task<IResult> EditAsync(
        string id,
        HttpContext context,
        WriteBacks writeBacks,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(context, writeBacks, id, cancellationToken) is { } row
            ? Form(context, row, WriteBackForm.Of(row), null)
            : Results.StatusCode(404);

    private static async Task<IResult> SaveAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        WriteBacks writeBacks,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(context, writeBacks, id, cancellationToken) is not { } row)
        {
            return Results.StatusCode(404);
        }

        var typed = WriteBackForm.Of(form, row);
        var saved = await writeBacks.ChangeAsync(
            row.WorkspaceId,
            row.Id,
            typed.Settings,
            Precondition.None,
            cancellationToken
        );
        if (saved.Problem is { } problem)
        {
            return Form(context, row, typed, problem);
        }

        flash.Set(context, FlashKind.Ok, "Saved. What still waits is sent as set now.");
        return Pages.SeeOther(PathOf(id));
    }

    private static async Task<IResult> ShowAsync(
        string id,
        HttpContext context,
        WriteBacks writeBacks,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(context, writeBacks, id, cancellationToken) is { } row
            ? await RenderAsync(context, row, view => view, cancellationToken)
            : Results.StatusCode(404);

    private static async Task<IResult> TestAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        WriteBacks writeBacks,
        WriteBackRequests requests,
        CancellationToken cancellationToken
    )
    {
        if (await FindAsync(context, writeBacks, id, cancellationToken) is not { } row)
        {
            return Results.StatusCode(404);
        }

        var errors = new FieldErrors();
        var recordId = errors.Text("recordId", form["recordId"], 1, WriteBacksApi.LongestRecordId);
        if (errors.Any)
        {
            return await RenderAsync(
                context,
                row,
                view => view with { RecordId = recordId, Problem = errors.ToProblem() },
                cancellationToken,
                StatusCodes.Status400BadRequest
            );
        }

        var test = await requests.TestAsync(row, recordId, cancellationToken);
        return await RenderAsync(
            context,
            row,
            view => view with { RecordId = recordId, Test = test },
            cancellationToken
        );
    }

    private static async Task<IResult> AskAsync(
        string id,
        HttpContext context,
        WriteBacks writeBacks,
        CancellationToken cancellationToken
    ) =>
        await FindAsync(context, writeBacks, id, cancellationToken) is { } row
            ? Pages.Render<WriteBackDeletePage>(context, new { Row = row })
            : Results.StatusCode(404);

    private static async Task<IResult> DeleteAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        WriteBacks writeBacks,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        if (!await writeBacks.RemoveAsync(Caller.Of(context).WorkspaceId, id, cancellationToken))
        {
            return Results.StatusCode(404);
        }

        flash.Set(context, FlashKind.Ok, "The write-back is removed.");
        return Pages.SeeOther(Path);
    }

    private static async Task<IResult> RedoAsync(
        string id,
        string deliveryId,
        [FromForm] IFormCollection form,
        HttpContext context,
        WriteBacks writeBacks,
        WriteBackLog log,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        if (
            await FindAsync(context, writeBacks, id, cancellationToken) is not { } row
            || await log.RedoAsync(row, deliveryId, cancellationToken) is null
        )
        {
            return Results.StatusCode(404);
        }

        flash.Set(context, FlashKind.Ok, "It is sent once more.");
        return Pages.SeeOther(PathOf(id, "#log"));
    }

    private static async Task<IResult> RenderAsync(
        HttpContext context,
        WriteBackRow row,
        Func<WriteBackView, WriteBackView> more,
        CancellationToken cancellationToken,
        int status = StatusCodes.Status200OK
    )
    {
        var services = context.RequestServices;
        var log = (WebhookLog)services.GetService(typeof(WebhookLog))!;
        var board = (MeetingBoard)services.GetService(typeof(MeetingBoard))!;
        var clock = (IClock)services.GetService(typeof(IClock))!;
        var list = ListRequest.Read(context);
        // What is not one of the choices narrows nothing.
        var filter = new DeliveryFilter(Array.Find(DeliveryFilter.Statuses, one => one == list.Text("status")), null);
        return Pages.Render<WriteBackPage>(
            context,
            new
            {
                View = more(
                    new WriteBackView
                    {
                        Row = row,
                        Log = await log.PageAsync(
                            row.WorkspaceId,
                            row.Id,
                            filter,
                            list.After,
                            LogLines,
                            cancellationToken
                        ),
                        Status = filter.Status,
                        IsLater = list.After != Cursor.Start,
                        Zone = await board.ZoneAsync(Caller.Of(context), cancellationToken),
                        Now = clock.GetCurrentInstant(),
                    }
                ),
            },
            status
        );
    }

    private static Task<WriteBackRow?> FindAsync(
        HttpContext context,
        WriteBacks writeBacks,
        string id,
        CancellationToken cancellationToken
    ) => writeBacks.FindAsync(Caller.Of(context).WorkspaceId, id, cancellationToken);

    private static IResult Form(HttpContext context, WriteBackRow? row, WriteBackForm form, Problem? problem) =>
        Pages.Render<WriteBackFormPage>(
            context,
            new
            {
                Row = row,
                Form = form,
                Problem = problem,
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
}
