using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>
/// The meetings of one account, also those made elsewhere: listed, looked at, changed, started and removed directly at the provider.
/// For whoever connected the account, and owners and admins.
/// </summary>
internal static class AccountMeetingPages
{
    private const int PageSize = 50;

    public static void MapAccountMeetingPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/connections/{connectionId}/meetings").RequireMember().ExcludeFromDescription();
        group.MapGet("", ListAsync);
        group.MapGet("/{meetingId}", ShowAsync);
        group.MapGet("/{meetingId}/edit", EditAsync);
        group.MapPost("/{meetingId}/edit", ChangeAsync);
        group.MapGet("/{meetingId}/delete", AskAsync);
        group.MapPost("/{meetingId}/delete", DeleteAsync);
        group.MapPost("/{meetingId}/start", StartAsync);
    }

    private static async Task<IResult> ListAsync(
        string connectionId,
        HttpContext context,
        AccountMeetings accounts,
        MeetingBoard board,
        MeetingReader reader,
        MeetingRecords records,
        OrganizerNames names,
        ProviderCatalogue catalogue,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (await accounts.ConnectionAsync(caller, connectionId, cancellationToken) is not { } connection)
        {
            return Results.StatusCode(404);
        }

        DashboardPages.AllowStart(context, catalogue);
        var others = AccountMeetings.MayReadOthers(connection, "upcomingOfOthers");
        var organizer = others ? context.Request.Query["organizer"].ToString().Trim() : "";
        var found =
            organizer.Length == 0
                ? await reader.UpcomingAsync(caller.WorkspaceId, connectionId, cancellationToken)
                : await records.UpcomingOfAsync(caller.WorkspaceId, connectionId, organizer, cancellationToken);
        // A cursor somebody broke shows the first page.
        var after = Cursor.TryDecode(context.Request.Query["cursor"], out var decoded) ? decoded : Cursor.Start;
        var page = new PageCut<MeetingView>(after, PageSize);
        foreach (var meeting in found.Succeeded ? found.Value : [])
        {
            page.Add(MeetingsApi.CursorOf(meeting), meeting);
        }

        return Pages.Render<AccountMeetingsPage>(
            context,
            new
            {
                View = new AccountMeetingsView
                {
                    Caller = caller,
                    Connection = connection,
                    Meetings = page.ToPage(),
                    Problem = found.Problem,
                    Organizer = organizer,
                    Organizers = others ? await names.ReadAsync(connection, cancellationToken) : null,
                    IsLater = after != Cursor.Start,
                    Zone = await board.ZoneAsync(caller, cancellationToken),
                    Now = clock.GetCurrentInstant(),
                },
            },
            found.Problem?.Errors is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest
        );
    }

    private static async Task<IResult> ShowAsync(
        string connectionId,
        string meetingId,
        HttpContext context,
        AccountMeetings accounts,
        ProviderCatalogue catalogue,
        CancellationToken cancellationToken
    )
    {
        var found = await accounts.FindAsync(context, connectionId, meetingId, cancellationToken);
        DashboardPages.AllowStart(context, catalogue);
        return found.Result ?? Pages.Render<ForeignMeetingPage>(context, new { View = found.View! });
    }

    private static async Task<IResult> EditAsync(
        string connectionId,
        string meetingId,
        HttpContext context,
        AccountMeetings accounts,
        OrganizerNames names,
        CancellationToken cancellationToken
    )
    {
        var found = await accounts.FindAsync(context, connectionId, meetingId, cancellationToken);
        return found.Result
            ?? await FormAsync(
                context,
                found.View!,
                MeetingForm.Of(found.View!.Meeting, found.View.PasscodeRequired ?? false, found.View.Zone),
                null,
                names,
                cancellationToken
            );
    }

    private static async Task<IResult> ChangeAsync(
        string connectionId,
        string meetingId,
        [FromForm] IFormCollection form,
        HttpContext context,
        AccountMeetings accounts,
        ForeignMeetings foreign,
        OrganizerDirectory organizers,
        OrganizerNames names,
        Flash flash,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var found = await accounts.FindAsync(context, connectionId, meetingId, cancellationToken);
        if (found.Result is { } other)
        {
            return other;
        }

        var typed = MeetingForm.Of(form) with { ConnectionId = connectionId };
        var now = clock.GetCurrentInstant();
        var patch = typed.ToPatch(now, typed.CoOrganizers, found.Told!);
        if (patch.Succeeded)
        {
            patch = await CoOrganizerAddresses.WithAsync(
                found.View!.Caller,
                found.View.Connection,
                typed,
                organizers,
                all => typed.ToPatch(now, all, found.Told!),
                patch,
                cancellationToken
            );
        }

        if (!patch.Succeeded)
        {
            return await FormAsync(context, found.View!, typed, patch.Problem, names, cancellationToken);
        }

        var changed = await foreign.ChangeAsync(
            found.View!.Caller.WorkspaceId,
            connectionId,
            found.View.Meeting.Id!,
            patch.Value,
            Precondition.None,
            cancellationToken
        );
        if (changed.Problem is { } problem)
        {
            return await FormAsync(context, found.View, typed, problem, names, cancellationToken);
        }

        var warnings = changed.Value.View.Warnings;
        var assumed = changed.Value.View.Assumed?.Contains("audio", StringComparer.Ordinal) == true;
        var provider = found.View.Connection.Provider.Name;
        flash.Set(
            context,
            assumed || warnings.Count > 0 ? FlashKind.Warn : FlashKind.Ok,
            $"“{changed.Value.View.Subject}” is changed at {provider}."
                + (
                    assumed
                        ? $" {provider} does not tell which audio a meeting has, and none was chosen: hybrid was assumed and is set now."
                        : ""
                )
                + (warnings.Count > 0 ? $" {provider} did not take everything: {string.Join(" ", warnings)}" : "")
        );
        return Pages.SeeOther(found.View.Path);
    }

    private static async Task<IResult> AskAsync(
        string connectionId,
        string meetingId,
        HttpContext context,
        AccountMeetings accounts,
        CancellationToken cancellationToken
    )
    {
        var found = await accounts.FindAsync(context, connectionId, meetingId, cancellationToken);
        return found.Result
            ?? Pages.Render<DeleteForeignPage>(
                context,
                new { View = found.View!, Back = MeetingPages.BackOf(context.Request.Query["back"]) }
            );
    }

    private static async Task<IResult> DeleteAsync(
        string connectionId,
        string meetingId,
        [FromForm] IFormCollection form,
        HttpContext context,
        AccountMeetings accounts,
        ForeignMeetings foreign,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        var found = await accounts.FindAsync(context, connectionId, meetingId, cancellationToken);
        if (found.Result is { } other)
        {
            return other;
        }

        var view = found.View!;
        var problem = await foreign.RemoveAsync(
            view.Caller.WorkspaceId,
            connectionId,
            view.Meeting.Id!,
            cancellationToken
        );
        flash.Set(
            context,
            problem is null ? FlashKind.Ok : FlashKind.Error,
            problem is null
                ? $"“{view.Meeting.Subject}” is gone at {view.Connection.Provider.Name}."
                : $"“{view.Meeting.Subject}” was not removed. {problem.Detail} {problem.Next}".Trim()
        );
        return Pages.SeeOther(
            MeetingPages.BackOf(form["back"]) ?? (problem is null ? $"/connections/{connectionId}/meetings" : view.Path)
        );
    }

    // Host rights: never stored, never logged, the provider does not learn where it came from.
    private static async Task<IResult> StartAsync(
        string connectionId,
        string meetingId,
        [FromForm] IFormCollection form,
        HttpContext context,
        AccountMeetings accounts,
        MeetingReader reader,
        Flash flash,
        CancellationToken cancellationToken
    )
    {
        _ = form;
        var caller = Caller.Of(context);
        if (await accounts.ConnectionAsync(caller, connectionId, cancellationToken) is null)
        {
            return Results.StatusCode(404);
        }

        var link = await reader.StartAsync(caller.WorkspaceId, connectionId, meetingId, cancellationToken);
        if (link.Problem is { } problem)
        {
            flash.Set(context, FlashKind.Error, $"The meeting was not started. {problem.Detail} {problem.Next}".Trim());
            return Pages.SeeOther($"/connections/{connectionId}/meetings");
        }

        return Pages.SeeRoom(context, link.Value.Url);
    }

    private static async Task<IResult> FormAsync(
        HttpContext context,
        ForeignMeetingView view,
        MeetingForm form,
        Problem? problem,
        OrganizerNames names,
        CancellationToken cancellationToken
    ) =>
        Pages.Render<MeetingFormPage>(
            context,
            new
            {
                View = new MeetingFormView
                {
                    Title = "Change a meeting",
                    Action = $"{view.Path}/edit",
                    Submit = "Save changes",
                    Back = view.Path,
                    Form = form,
                    Problem = problem,
                    Choices = [],
                    Connection = view.Connection,
                    Organizers = await names.ReadAsync(view.Connection, cancellationToken),
                    AudioUnknown = true,
                    IsForeign = true,
                },
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
}
