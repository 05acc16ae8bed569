using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Parley.Server.Hosting;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Booking;

/// <summary>
/// The customer's own link to one booking, <c>{PublicUrl}/booking/{id}/{token}</c>. The token is 128 bits of HMAC over workspace,
/// booking and generation: nothing is stored, and raising <c>booking.manage_generation</c> revokes every link given out before.
/// Never log it, never put it in a calendar entry (invitations get forwarded).
/// </summary>
public static class ManageLink
{
    private const string Purpose = "booking-manage";

    /// <param name="generation">The booking's <c>manage_generation</c>.</param>
    /// <returns>An absolute URL.</returns>
    public static async Task<string> ForAsync(
        DbSession session,
        Vault vault,
        ParleyOptions options,
        string workspaceId,
        string bookingId,
        int generation
    ) => $"{options.Origin}/booking/{bookingId}/{await TokenAsync(session, vault, workspaceId, bookingId, generation)}";

    /// <summary>Whether a token opens this booking; compared in fixed time.</summary>
    /// <param name="generation">The booking's present <c>manage_generation</c>.</param>
    public static async Task<bool> VerifyAsync(
        DbSession session,
        Vault vault,
        string workspaceId,
        string bookingId,
        int generation,
        string token
    ) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(await TokenAsync(session, vault, workspaceId, bookingId, generation)),
            Encoding.UTF8.GetBytes(token)
        );

    private static Task<string> TokenAsync(
        DbSession session,
        Vault vault,
        string workspaceId,
        string bookingId,
        int generation
    ) => vault.SignAsync(session, workspaceId, Purpose, bookingId, generation.ToString(CultureInfo.InvariantCulture));
}
