using Microsoft.AspNetCore.Http;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Access;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>What an account has ahead, as its provider lists it now.</summary>
public sealed record AccountMeetingsView
{
    public required Caller Caller { get; init; }
    public required ConnectionEntry Connection { get; init; }
    public required Page<MeetingView> Meetings { get; init; }
    public required Problem? Problem { get; init; }

    /// <summary>As typed; empty: the account's own.</summary>
    public required string Organizer { get; init; }

    /// <summary>Null where the connection may not read those of others.</summary>
    public required OrganizerList? Organizers { get; init; }
    public required bool IsLater { get; init; }
    public required DateTimeZone Zone { get; init; }
    public required Instant Now { get; init; }
}

/// <summary>A meeting Parley did not make.</summary>
public sealed record ForeignMeetingView
{
    public required Caller Caller { get; init; }
    public required ConnectionEntry Connection { get; init; }
    public required MeetingView Meeting { get; init; }
    public required IReadOnlyList<string> CoOrganizers { get; init; }
    public required bool? PasscodeRequired { get; init; }
    public required DateTimeZone Zone { get; init; }

    /// <summary><c>/connections/con_…/meetings/850123456</c>.</summary>
    public string Path => PathOf(Meeting);

    public static string PathOf(MeetingView meeting) => $"/connections/{meeting.ConnectionId}/meetings/{meeting.Id}";
}

/// <summary>What the pages of an account's meetings share: who may look, and the meeting as the provider tells it.</summary>
public sealed class AccountMeetings(
    MeetingBoard board,
    MeetingReader reader,
    ForeignMeetings foreign,
    OrganizerNames names,
    ProviderCatalogue catalogue,
    IClock clock
)
{
    /// <returns>Null: no such connection, or not this member's to use.</returns>
    public async Task<ConnectionEntry?> ConnectionAsync(
        Caller caller,
        string connectionId,
        CancellationToken cancellationToken
    ) =>
        (await board.ConnectionsAsync(caller, cancellationToken)).FirstOrDefault(entry =>
            entry.Id == connectionId && entry.Connection.ConnectedAt is not null
        );

    /// <summary>Whether other organizers of the account may be asked for; the provider lets its administrators.</summary>
    /// <param name="operation">As in <c>ProviderDescriptor.Capabilities</c>.</param>
    public static bool MayReadOthers(ConnectionEntry connection, string operation) =>
        connection.Connection.IsAdministrator && ConnectionRights.Lack(connection, operation) is null;

    /// <returns>Either the meeting, or what to answer instead: it is one of ours, it is gone, the provider does not tell.</returns>
    public async Task<(ForeignMeetingView? View, Meeting? Told, IResult? Result)> FindAsync(
        HttpContext context,
        string connectionId,
        string meetingId,
        CancellationToken cancellationToken
    )
    {
        var caller = Caller.Of(context);
        if (await ConnectionAsync(caller, connectionId, cancellationToken) is not { } connection)
        {
            return (null, null, Results.StatusCode(404));
        }

        var own = await reader.FindOwnAsync(caller.WorkspaceId, connectionId, meetingId, cancellationToken);
        if (!own.Succeeded || own.Value.Own is not null)
        {
            return (
                null,
                null,
                own.Succeeded ? Pages.SeeOther($"/meetings/{own.Value.Own!.Id}") : Results.StatusCode(404)
            );
        }

        var told = await foreign.GetAsync(
            caller.WorkspaceId,
            connectionId,
            own.Value.ProviderMeetingId!,
            cancellationToken
        );
        if (told.Failure is { } failure)
        {
            var problem = ProviderProblems.From(failure);
            return (
                null,
                null,
                Pages.Render<UnreadMeetingPage>(
                    context,
                    new
                    {
                        Caller = caller,
                        Connection = connection,
                        Problem = problem,
                    },
                    problem.Code.Status
                )
            );
        }

        var meeting = MeetingViews.Of(
            told.Value,
            connection.Id,
            connection,
            catalogue,
            MeetingReader.OrganizerOf(connection),
            clock.GetCurrentInstant()
        );
        var view = new ForeignMeetingView
        {
            Caller = caller,
            Connection = connection,
            Meeting = meeting,
            CoOrganizers =
                meeting.CoOrganizers.Count == 0
                    ? []
                    : meeting
                        .CoOrganizers.Select((await names.ReadAsync(connection, cancellationToken)).NameOf)
                        .ToList(),
            PasscodeRequired = told.Value.PasscodeRequired,
            Zone = await board.ZoneAsync(caller, cancellationToken),
        };
        return (view, told.Value, null);
    }
}
