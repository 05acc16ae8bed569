using NodaTime;
using Parley.Server.Hosting;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Booking;

/// <summary>
/// The customer's way back to a booking: <c>/booking/{id}/{token}</c>, the token 128 bits of HMAC over booking and generation.
/// Nothing is stored; raising the generation revokes it. Whoever has the link may move and cancel this one booking.
/// </summary>
public sealed class ManageLinks(Vault vault, ParleyOptions options)
{
    /// <summary>How long after the meeting's end the link still shows it.</summary>
    public static readonly Duration Life = Duration.FromDays(30);

    public Task<string> UrlAsync(DbSession session, CustomerBooking booking) =>
        ManageLink.ForAsync(session, vault, options, booking.WorkspaceId, booking.Id, booking.ManageGeneration);

    /// <summary>As <see cref="UrlAsync"/>, without the origin.</summary>
    public async Task<string> PathAsync(DbSession session, CustomerBooking booking) =>
        (await UrlAsync(session, booking))[options.Origin.Length..];

    /// <summary>Null for an unknown booking and for a wrong token alike.</summary>
    public async Task<CustomerBooking?> FindAsync(DbSession session, string id, string token)
    {
        var booking = await session.FirstOrDefaultAsync<CustomerBooking>(
            $"SELECT {CustomerBooking.Columns} FROM booking WHERE id = @id /* all workspaces: the token, made with the workspace's key, proves which */",
            new { id }
        );
        if (booking is null)
        {
            return null;
        }

        return await ManageLink.VerifyAsync(
            session,
            vault,
            booking.WorkspaceId,
            booking.Id,
            booking.ManageGeneration,
            token
        )
            ? booking
            : null;
    }

    public static bool IsOver(CustomerBooking booking, Instant now) => now > booking.EndsAt + Life;
}
