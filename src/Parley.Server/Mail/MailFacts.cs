using System.Net.Mail;
using NodaTime;
using Parley.Conferencing;
using Parley.Server.Booking;
using Parley.Server.Hosting;
using Parley.Server.Provisioning;
using Parley.Server.Secrets;
using Parley.Server.Storage;

namespace Parley.Server.Mail;

/// <summary>The booking behind an arrangement, as far as mails speak of it.</summary>
public sealed record MailBooking
{
    public required string Id { get; init; }
    public required string CustomerName { get; init; }
    public required string CustomerEmail { get; init; }
    public required string CustomerTimeZone { get; init; }
    public string? Topic { get; init; }
    public string? CancelReason { get; init; }
    public required int ManageGeneration { get; init; }
}

/// <summary>Everything a mail about an arrangement may tell, read in one go just before it leaves.</summary>
public sealed record MailFacts
{
    public required Arrangement Arrangement { get; init; }
    public MailBooking? Booking { get; init; }

    /// <summary>Who hosts; the server's own sender when nobody's address is known.</summary>
    public required Mailbox Host { get; init; }
    public string? HostTimeZone { get; init; }

    /// <summary>e.g. <c>GoTo Meeting</c>.</summary>
    public required string ProviderName { get; init; }
    public required string DoorUrl { get; init; }
    public required string HomeUrl { get; init; }

    /// <summary>Secret of the customer; null without a booking.</summary>
    public string? ManageUrl { get; init; }

    /// <summary>Mails of this arrangement, this one included.</summary>
    public required IReadOnlyList<Effect> Mails { get; init; }

    public override string ToString() => $"MailFacts {{ {Arrangement.Id} }}";
}

/// <summary>Reads <see cref="MailFacts"/>.</summary>
public sealed class MailFactsReader(ParleyOptions options, Vault vault, IEnumerable<ProviderRegistration> providers)
{
    /// <summary>Null when the arrangement is gone.</summary>
    public async Task<MailFacts?> ReadAsync(DbSession session, string workspaceId, string arrangementId)
    {
        if (await Arrangements.FindAsync(session, workspaceId, arrangementId) is not { } arrangement)
        {
            return null;
        }

        var booking = arrangement.BookingId is null
            ? null
            : await session.FirstOrDefaultAsync<MailBooking>(
                "SELECT id, customer_name, customer_email, customer_time_zone, topic, cancel_reason, manage_generation FROM booking WHERE workspace_id = @workspaceId AND id = @BookingId",
                new { workspaceId, arrangement.BookingId }
            );
        var host = await HostAsync(session, arrangement);
        return new MailFacts
        {
            Arrangement = arrangement,
            Booking = booking,
            Host = host is { Email: { } email } ? new Mailbox(host.Name ?? email, email) : Sender(),
            HostTimeZone = host?.TimeZone,
            ProviderName =
                providers.FirstOrDefault(one => one.Id == arrangement.Provider)?.Provider.Descriptor.Name
                ?? arrangement.Provider,
            DoorUrl = $"{options.Origin}/j/{arrangement.DoorCode}",
            HomeUrl = $"{options.Origin}/",
            ManageUrl = booking is null
                ? null
                : await ManageLink.ForAsync(session, vault, options, workspaceId, booking.Id, booking.ManageGeneration),
            Mails = await MailsAsync(session, workspaceId, arrangementId),
        };
    }

    /// <summary>All mails about an arrangement, oldest first.</summary>
    public static Task<List<Effect>> MailsAsync(DbSession session, string workspaceId, string arrangementId) =>
        session.QueryAsync<Effect>(
            $"SELECT {Effects.Columns} FROM effect WHERE workspace_id = @workspaceId AND arrangement_id = @arrangementId AND kind = 'mail' ORDER BY version, created_at, id",
            new { workspaceId, arrangementId }
        );

    private Mailbox Sender()
    {
        var from = new MailAddress(options.Mail.From);
        return new Mailbox(from.DisplayName.Length > 0 ? from.DisplayName : from.Address, from.Address);
    }

    private static async Task<PersonRow?> HostAsync(DbSession session, Arrangement arrangement) =>
        arrangement.MemberId is { } memberId
            ? await session.FirstOrDefaultAsync<PersonRow>(
                "SELECT name, email, time_zone FROM member WHERE workspace_id = @WorkspaceId AND id = @memberId",
                new { arrangement.WorkspaceId, memberId }
            )
            : await session.FirstOrDefaultAsync<PersonRow>(
                "SELECT account_name AS name, account_email AS email, time_zone FROM connection WHERE workspace_id = @WorkspaceId AND id = @ConnectionId",
                new { arrangement.WorkspaceId, arrangement.ConnectionId }
            );

    private sealed record PersonRow
    {
        public string? Name { get; init; }
        public string? Email { get; init; }
        public string? TimeZone { get; init; }
    }
}
