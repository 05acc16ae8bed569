namespace Parley.Server.Connections;

/// <summary>What the pages call things.</summary>
internal static class ConnectionWords
{
    /// <summary>Badge of a connection: kind and text.</summary>
    public static (string Kind, string Text) Status(string status) =>
        status switch
        {
            ConnectionStatus.Connected => ("ok", "Connected"),
            ConnectionStatus.Expiring => ("warn", "Expires soon"),
            ConnectionStatus.MissingScopes => ("warn", "Permissions missing"),
            ConnectionStatus.NeedsReconnect => ("danger", "Needs to be refreshed"),
            ConnectionStatus.PendingApproval => ("info", "Waits for approval"),
            ConnectionStatus.Disconnected => ("neutral", "Disconnected"),
            _ => ("neutral", "Waits for someone to connect"),
        };

    /// <summary>An operation of the log: "Create a meeting".</summary>
    public static string Operation(string operation) =>
        operation switch
        {
            "meetings.create" => "Create a meeting",
            "meetings.get" => "Read a meeting",
            "meetings.update" => "Change a meeting",
            "meetings.delete" => "Remove a meeting",
            "meetings.start" => "Fetch a host link",
            "meetings.upcoming" => "List upcoming meetings",
            "meetings.history" => "List past meetings",
            "meetings.attendees" => "List attendees",
            "directory.users" => "Look up a user of the account",
            "directory.licences" => "List licences",
            "directory.groups" => "List groups",
            ProviderCalls.Identify => "Ask whose account it is",
            "token.exchange" => "Connect the account",
            "token.refresh" => "Refresh the access token",
            "token.revoke" => "Give the permission back",
            // One that came later than this list: its own name, in words.
            _ => Web.Parts.FieldBase.Words(operation),
        };

    public static string Check(string name) =>
        name switch
        {
            "app" => "OAuth client",
            "secret" => "Client secret",
            "redirectUri" => "Redirect URI",
            "authorizeUrl" => "Sign-in page",
            "client" => "Client id and secret",
            "clock" => "Clock",
            "token" => "Access token",
            "identity" => "Whose account",
            "scopes" => "Permissions",
            "meetings" => "Upcoming meetings",
            "licence" => "Licence to organize",
            "administrator" => "Administrator role",
            "lifetime" => "How long it lasts",
            _ => Web.Parts.FieldBase.Words(name),
        };
}
