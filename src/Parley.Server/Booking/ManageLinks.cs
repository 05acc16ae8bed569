using System.Security.Cryptography;
using System.Text;
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
    private const string Purpose = "booking-manage";

    /// <summary>How long after the meeting's end the link still shows it.</summary>
    public static readonly Duration Life = Duration.FromDays(30);

    public async Task<string> PathAsync(DbSession session, CustomerBooking booking) =>
        $"/booking/{booking.Id}/{await TokenAsync(session, booking)}";

    public async Task<string> UrlAsync(DbSession session, CustomerBooking booking) =>
        options.Origin + await PathAsync(session, booking);

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

        var expected = Encoding.UTF8.GetBytes(await TokenAsync(session, booking));
        return CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(token)) ? booking : null;
    }

    public static bool IsOver(CustomerBooking booking, Instant now) => now > booking.EndsAt + Life;

    private Task<string> TokenAsync(DbSession session, CustomerBooking booking) =>
        vault.SignAsync(
            session,
            booking.WorkspaceId,
            Purpose,
            booking.Id,
            booking.ManageGeneration.ToString(System.Globalization.CultureInfo.InvariantCulture)
        );
}
