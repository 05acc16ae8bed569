using NodaTime;
using Parley.Conferencing;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Storage;

namespace Parley.Server.Booking.Views;

public enum DoorState
{
    /// <summary>Not yet 10 minutes before the start.</summary>
    Early,

    /// <summary>It is time, but the meeting is not at the provider yet.</summary>
    NotReady,

    /// <summary>Whoever comes now is sent on.</summary>
    Open,
    Ended,
    Cancelled,
}

/// <summary>A meeting as whoever holds its door link sees it.</summary>
public sealed record Door
{
    public required Arrangement Arrangement { get; init; }
    public required DoorState State { get; init; }
    public required RoomView Room { get; init; }
    public string? HostName { get; init; }

    /// <summary>The room is still to be made, and not before this; null: nothing of the kind.</summary>
    public Instant? MadeFrom { get; init; }

    /// <summary>Whose clock is shown unless the visitor says otherwise.</summary>
    public required DateTimeZone Zone { get; init; }

    public override string ToString() => $"Door {{ {Arrangement.Id}, {State} }}";
}

/// <summary>Finds what is behind a door code, for bookings and for meetings made through the API alike.</summary>
internal sealed class Doors(Db db, IClock clock, ProviderCatalogue catalogue, ParleyOptions options)
{
    private const int LongestCode = 64;

    /// <summary>Null when there is no such door.</summary>
    public async Task<Door?> FindAsync(string code, CancellationToken cancellationToken)
    {
        if (code.Length > LongestCode)
        {
            return null;
        }

        return await db.ReadAsync(
            async session =>
            {
                var arrangement = await session.FirstOrDefaultAsync<Arrangement>(
                    $"SELECT {Arrangements.Columns} FROM arrangement WHERE door_code = @code /* all workspaces: the code, 128 random bits, says which */",
                    new { code }
                );
                return arrangement is null ? null : await DoorAsync(session, arrangement);
            },
            cancellationToken
        );
    }

    private async Task<Door> DoorAsync(DbSession session, Arrangement arrangement)
    {
        var room = RoomView.Of(arrangement, $"{options.Origin}/j/{arrangement.DoorCode}", catalogue);
        var attendee = arrangement.AttendeeList is [{ TimeZone: { } zone }, ..] ? zone : arrangement.TimeZone;
        return new Door
        {
            Arrangement = arrangement,
            State = StateOf(arrangement, room, clock.GetCurrentInstant()),
            Room = room,
            MadeFrom = room.MadeFrom is { } from && from > clock.GetCurrentInstant() ? from : null,
            HostName = arrangement.MemberId is { } member
                ? await PageHosts.NameAsync(session, arrangement.WorkspaceId, member)
                : await session.FirstOrDefaultAsync<string>(
                    "SELECT account_name FROM connection WHERE workspace_id = @WorkspaceId AND id = @ConnectionId",
                    new { arrangement.WorkspaceId, arrangement.ConnectionId }
                ),
            Zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(attendee) ?? DateTimeZone.Utc,
        };
    }

    private static DoorState StateOf(Arrangement arrangement, RoomView room, Instant now) =>
        !arrangement.IsPresent ? DoorState.Cancelled
        : now >= DoorHours.Closes(arrangement) ? DoorState.Ended
        : now < DoorHours.Opens(arrangement) ? DoorState.Early
        : room.IsReady ? DoorState.Open
        : DoorState.NotReady;
}
