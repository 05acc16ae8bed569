using Parley.Conferencing;
using Parley.Server.Storage;

namespace Parley.Server.Connections;

/// <summary>Why an account somebody signed in with is not taken.</summary>
internal static class AccountObjection
{
    /// <summary>Why a second administrator's connection is not made: the account is reported already.</summary>
    public static async Task<ProviderFailure?> ReportedAsync(
        DbSession session,
        Connection connection,
        AccountIdentity identity
    )
    {
        var other = await SameAccount.ReportingAsync(session, connection, identity.OrganizerKey, identity.AccountKey);
        if (other is null)
        {
            return null;
        }

        var expected = other.AccountText ?? other.Id;
        return WrongAccount(
            (identity.Email is { } signedInAs ? $"{signedInAs} belongs to an account that" : "This account")
                + $" is reported already, connected by {expected}. A second connection would count everybody twice."
        ) with
        {
            Code = LinkedAccount.ReportedAlready,
            Next =
                $"Use the connection of {expected}. To report with another administrator's permission, disconnect that one first.",
        };
    }

    /// <summary>Why these tokens are not this connection's: a reconnect takes only the account it had.</summary>
    public static ProviderFailure? Of(
        Connection connection,
        AccountToLink linking,
        ProviderDescriptor descriptor,
        AccountIdentity identity
    )
    {
        if (!linking.Reconnect)
        {
            return connection.DisconnectedAt is null || connection.ConnectedAt is not null
                ? null
                : WrongAccount("This connection was given up before it was finished.");
        }

        var expected = connection.AccountEmail ?? connection.AccountName ?? connection.OrganizerKey;
        // Without a key the address must do; without either nobody can tell that it is the same account.
        var same = identity.OrganizerKey is { } key
            ? key == connection.OrganizerKey
            : identity.Email is { } email && email.Equals(connection.AccountEmail, StringComparison.OrdinalIgnoreCase);
        if (same || connection.OrganizerKey is null)
        {
            return null;
        }

        var signedInAs = identity.Email ?? identity.Name;
        return WrongAccount(
            signedInAs is null
                ? $"This connection belongs to {expected}, and {descriptor.Name} did not say whose account was used now."
                : $"This connection belongs to {expected}, but {signedInAs} signed in at {descriptor.Name}."
        ) with
        {
            Next =
                $"Sign out at {descriptor.Name} and refresh the connection again as {expected}. To {(connection.Purpose == ConnectionPurpose.Account ? "report on" : "host with")} the other account, connect it as a new one.",
        };
    }

    public static ProviderFailure WrongAccount(string message) =>
        new()
        {
            Kind = FailureKind.Rejected,
            Code = "other_account",
            Message = message,
            Next = "Start again with the right account.",
        };
}
