using Parley.Server.Connections;
using Parley.Server.Web;

namespace Parley.Server.Meetings;

/// <summary>What a connection may do, by what is known of it before anyone is asked.</summary>
internal static class ConnectionRights
{
    /// <summary>
    /// The problem to answer when the provider has no such operation or the connection lacks the scope it takes; null to go ahead. GoTo
    /// refuses a missing scope in words nobody promises, so what we know is said first.
    /// </summary>
    /// <param name="operation">As in <c>ProviderDescriptor.Capabilities</c>.</param>
    public static Problem? Lack(ConnectionEntry connection, string operation)
    {
        if (!connection.Provider.Capabilities.Contains(operation, StringComparer.Ordinal))
        {
            return new Problem(ProblemCodes.NotSupported, $"{connection.Provider.Name} does not offer this.");
        }

        if (connection.Connection.IsOutsidePurpose(connection.Provider, operation))
        {
            return new Problem(ProblemCodes.Conflict, ConnectionView.OutsidePurpose(connection))
            {
                Next =
                    connection.Connection.Purpose == ConnectionPurpose.Account
                        ? "Name the organizer's own connection."
                        : "Connect an account for reports on the page Video conferencing, or name one that is connected.",
            };
        }

        var missing = connection
            .Connection.Missing(connection.Provider)
            .Where(need => need.NeededFor.Contains(operation, StringComparer.Ordinal))
            .Select(need => need.Scope)
            .ToList();
        var named = string.Join(", ", missing);
        return missing.Count == 0
            ? null
            : new Problem(ProblemCodes.MissingScope, $"The permission given to Parley does not include {named}.")
            {
                Next = $"Tick {named} in the OAuth client at {connection.Provider.Name}, then refresh the connection.",
                Extensions = new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["scope"] = missing[0],
                    ["scopes"] = missing,
                },
            };
    }
}
