using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Provisioning;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>The form that schedules a meeting and the one that changes it.</summary>
internal static class MeetingFormPages
{
    private const string FormName = "FORM /meetings/new";

    public static void MapMeetingFormPages(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/meetings").RequireMember().ExcludeFromDescription();
        group.MapGet("/new", NewAsync);
        group.MapPost("/new", CreateAsync);
        group.MapGet("/{id}/edit", EditAsync);
        group.MapPost("/{id}/edit", ChangeAsync);
    }

    private static async Task<IResult> NewAsync(
        HttpContext context,
        MeetingBoard board,
        OrganizerNames names,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var now = clock.GetCurrentInstant();
        var choices = await ChoicesAsync(board, caller, cancellationToken);
        var like = context.Request.Query["like"].ToString() is { Length: > 0 } id
            ? await board.FindAsync(caller, id, cancellationToken)
            : null;
        var wanted = like?.Arrangement.ConnectionId ?? context.Request.Query["connection"].ToString();
        var chosen =
            choices.FirstOrDefault(entry => entry.Id == wanted)
            ?? choices.FirstOrDefault(entry => entry.MemberId == caller.MemberId)
            ?? (choices.Count > 0 ? choices[0] : null);
        var form = like is null
            ? MeetingForm.Empty(await board.ZoneAsync(caller, cancellationToken), now, null)
            : MeetingForm.Another(like.Arrangement, now);
        return await NewFormAsync(
            context,
            choices,
            form with
            {
                ConnectionId = chosen?.Id ?? "",
            },
            null,
            names,
            cancellationToken
        );
    }

    private static async Task<IResult> CreateAsync(
        [FromForm] IFormCollection form,
        HttpContext context,
        MeetingBoard board,
        MeetingDesk desk,
        OrganizerDirectory organizers,
        OrganizerNames names,
        FormKeys keys,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        var typed = MeetingForm.Of(form);
        var choices = await ChoicesAsync(board, caller, cancellationToken);
        var connection = choices.FirstOrDefault(entry => entry.Id == typed.ConnectionId);
        if (form["show"].Count > 0)
        {
            // Another account: its organizers are to be chosen from, all else stays as typed.
            return await NewFormAsync(context, choices, typed, null, names, cancellationToken);
        }

        var key = FormKeys.Read(typed.Key);
        if (
            key is not null
            && await keys.FindAsync(caller.WorkspaceId, caller.MemberId, FormName, key, cancellationToken) is { } made
        )
        {
            return Pages.SeeOther(Scheduled(made));
        }

        var wish = With(typed.Check(clock.GetCurrentInstant(), typed.CoOrganizers), connection, typed);
        if (wish.Succeeded)
        {
            wish = await CoOrganizerAddresses.WithAsync(
                caller,
                connection!,
                typed,
                organizers,
                all => typed.Check(clock.GetCurrentInstant(), all),
                wish,
                cancellationToken
            );
        }

        if (!wish.Succeeded)
        {
            return await NewFormAsync(context, choices, typed, wish.Problem, names, cancellationToken);
        }

        Answer<MeetingChange> answer;
        try
        {
            answer = await desk.CreateAsync(
                caller.WorkspaceId,
                connection!,
                caller.MemberId,
                ArrangementSource.Web,
                wish.Value,
                cancellationToken,
                key is null
                    ? null
                    : (session, arrangement) =>
                        keys.KeepAsync(session, caller.WorkspaceId, caller.MemberId, FormName, key, arrangement.Id)
            );
        }
        catch (FormRepeatedException)
        {
            var other = await keys.FindAsync(caller.WorkspaceId, caller.MemberId, FormName, key!, cancellationToken);
            return Pages.SeeOther(other is null ? DashboardPages.Path : Scheduled(other));
        }

        return answer.Succeeded
            ? Pages.SeeOther(Scheduled(answer.Value.Arrangement.Id))
            // What was refused is taken back; the next try is another one.
            : await NewFormAsync(
                context,
                choices,
                typed with
                {
                    Key = FormKeys.New(),
                },
                answer.Problem,
                names,
                cancellationToken
            );
    }

    private static async Task<IResult> EditAsync(
        string id,
        HttpContext context,
        MeetingBoard board,
        OrganizerNames names,
        CancellationToken cancellationToken
    )
    {
        if (await board.FindAsync(Caller.Of(context), id, cancellationToken) is not { } row)
        {
            return Results.StatusCode(404);
        }

        return row.CanChange()
            ? await EditFormAsync(context, row, MeetingForm.Of(row.Arrangement), null, names, cancellationToken)
            : Pages.SeeOther($"/meetings/{id}");
    }

    private static async Task<IResult> ChangeAsync(
        string id,
        [FromForm] IFormCollection form,
        HttpContext context,
        MeetingBoard board,
        MeetingDesk desk,
        OrganizerDirectory organizers,
        OrganizerNames names,
        Flash flash,
        IClock clock,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (await board.FindAsync(caller, id, cancellationToken) is not { } row)
        {
            return Results.StatusCode(404);
        }

        var typed = MeetingForm.Of(form);
        if (!row.CanChange() || row.Connection is not { } connection)
        {
            flash.Set(context, FlashKind.Error, $"“{row.Arrangement.Subject}” cannot be changed any more.");
            return Pages.SeeOther($"/meetings/{id}");
        }

        if (typed.Version != row.Arrangement.Version)
        {
            return await EditFormAsync(
                context,
                row,
                typed with
                {
                    Version = row.Arrangement.Version,
                },
                ChangedMeanwhile,
                names,
                cancellationToken
            );
        }

        var keys = typed.CoOrganizers;
        var now = clock.GetCurrentInstant();
        var wish = typed.Check(now, keys, row.Arrangement);
        if (wish.Succeeded)
        {
            wish = await CoOrganizerAddresses.WithAsync(
                caller,
                connection,
                typed,
                organizers,
                all => typed.Check(now, keys = all, row.Arrangement),
                wish,
                cancellationToken
            );
        }

        if (!wish.Succeeded)
        {
            return await EditFormAsync(context, row, typed, wish.Problem, names, cancellationToken);
        }

        var changed = await desk.ChangeAsync(
            caller.WorkspaceId,
            id,
            current => current.Version == typed.Version ? typed.Check(now, keys, current) : ChangedMeanwhile,
            cancellationToken
        );
        if (changed.Problem is { } problem)
        {
            // A change that was taken back raised the version twice: the form goes on from where the meeting is now.
            var current = await board.FindAsync(caller, id, cancellationToken) ?? row;
            return await EditFormAsync(
                context,
                current,
                typed with
                {
                    Version = current.Arrangement.Version,
                },
                problem,
                names,
                cancellationToken
            );
        }

        var which = FormTime.WhichOfTwo(changed.Value.Arrangement);
        flash.Set(
            context,
            changed.Value.Done && which is null ? FlashKind.Ok : FlashKind.Warn,
            (
                changed.Value.Done
                    ? $"Changed, here and at {row.ProviderName}. "
                    : $"The change is noted. {row.ProviderName} has not confirmed it yet; this page shows when it has. "
            ) + which
        );
        return Pages.SeeOther($"/meetings/{id}");
    }

    private static Problem ChangedMeanwhile =>
        new(ProblemCodes.PreconditionFailed, "The meeting was changed while this form was open.")
        {
            Next = "What you typed is kept below. Send it once more to put it in place of the other change.",
        };

    private static string Scheduled(string id) => $"/meetings/{id}?scheduled";

    private static async Task<IReadOnlyList<ConnectionEntry>> ChoicesAsync(
        MeetingBoard board,
        Caller caller,
        CancellationToken cancellationToken
    ) =>
        (await board.ConnectionsAsync(caller, cancellationToken))
            .Where(entry => entry.CanHost && entry.Connection.Purpose == ConnectionPurpose.Organizer)
            .ToList();

    private static Answer<MeetingWish> With(Answer<MeetingWish> wish, ConnectionEntry? connection, MeetingForm typed)
    {
        var others = typed.CoOrganizers.Count > 0 && typed.CoOrganizersOf != typed.ConnectionId;
        if (connection is not null && !others)
        {
            return wish;
        }

        var errors = new FieldErrors();
        foreach (
            var (field, messages) in wish.Problem?.Errors ?? new Dictionary<string, string[]>(StringComparer.Ordinal)
        )
        {
            foreach (var message in messages)
            {
                errors.Add(field, message);
            }
        }

        if (connection is null)
        {
            errors.Add("connectionId", "must be one of the accounts offered");
        }
        else
        {
            errors.Add("coOrganizers", "were those of another account; choose from the ones shown now");
        }

        return errors.ToProblem();
    }

    private static async Task<IResult> NewFormAsync(
        HttpContext context,
        IReadOnlyList<ConnectionEntry> choices,
        MeetingForm form,
        Problem? problem,
        OrganizerNames names,
        CancellationToken cancellationToken
    )
    {
        var connection = choices.FirstOrDefault(entry => entry.Id == form.ConnectionId);
        var kept = form.CoOrganizersOf == form.ConnectionId ? form.CoOrganizers : [];
        return Pages.Render<MeetingFormPage>(
            context,
            new
            {
                View = new MeetingFormView
                {
                    Title = "Schedule a meeting",
                    Action = "/meetings/new",
                    Submit = "Schedule meeting",
                    Back = DashboardPages.Path,
                    Form = form with { CoOrganizers = kept, CoOrganizersOf = form.ConnectionId },
                    Problem = problem,
                    Choices = choices,
                    Connection = connection,
                    Organizers = connection is null
                        ? new OrganizerList([], false, null)
                        : await names.ReadAsync(connection, cancellationToken),
                    IsNew = true,
                },
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );
    }

    private static async Task<IResult> EditFormAsync(
        HttpContext context,
        MeetingRow row,
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
                    Action = $"/meetings/{row.Arrangement.Id}/edit",
                    Submit = "Save changes",
                    Back = $"/meetings/{row.Arrangement.Id}",
                    Form = form,
                    Problem = problem,
                    Choices = [],
                    Connection = row.Connection,
                    Organizers = row.Connection is { } connection
                        ? await names.ReadAsync(connection, cancellationToken)
                        : new OrganizerList([], false, null),
                    Unmailed = Unmailed(row.Arrangement),
                },
            },
            problem?.Code.Status ?? StatusCodes.Status200OK
        );

    private static IReadOnlyList<string> Unmailed(Arrangement arrangement) =>
        arrangement.AttendeeList.Any(one => one.Notify)
            ? arrangement.AttendeeList.Where(one => !one.Notify).Select(one => one.Name).ToList()
            : [];

    /// <summary>A booking is moved by rescheduling it; what is over or cancelled stays as it was.</summary>
    internal static bool CanChange(this MeetingRow row) =>
        row is { CanCancel: true, Arrangement.BookingId: null, Connection: not null };
}
