namespace Parley.Sandbox.Wire;

/// <summary>Names of the provider calls, as faults and the wire log use them.</summary>
internal static class Operations
{
    public const string Any = "*";
    public const string Page = "oauth.authorize";
    public const string Other = "other";

    public static readonly IReadOnlyList<string> ForFaults =
    [
        "meetings.create",
        "meetings.get",
        "meetings.update",
        "meetings.delete",
        "meetings.start",
        "meetings.upcoming",
        "meetings.history",
        "oauth.token",
        "oauth.refresh",
        "oauth.revoke",
        "oauth.introspect",
        "admin.me",
        "scim.me",
        Any,
    ];

    /// <summary>What a call under <c>/goto</c> is. The grant type decides between the two uses of the token endpoint.</summary>
    public static string Name(string method, string path, string query, string body)
    {
        string[] parts = path.Trim('/').Split('/');
        return parts switch
        {
            ["goto", "oauth", "token"] => body.Contains("grant_type=refresh_token", StringComparison.Ordinal)
                ? "oauth.refresh"
                : "oauth.token",
            ["goto", "oauth", "revoke"] => "oauth.revoke",
            ["goto", "oauth", "introspect"] => "oauth.introspect",
            ["goto", "oauth", ..] => Page,
            ["goto", "admin", "rest", "v1", "me"] => "admin.me",
            ["goto", "identity", "v1", "Users", "me"] => "scim.me",
            ["goto", "G2M", "rest", "upcomingMeetings"] => "meetings.upcoming",
            ["goto", "G2M", "rest", "historicalMeetings"] => "meetings.history",
            ["goto", "G2M", "rest", "meetings"] when method == "POST" => "meetings.create",
            ["goto", "G2M", "rest", "meetings"] => query.Contains("history=true", StringComparison.OrdinalIgnoreCase)
                ? "meetings.history"
                : "meetings.upcoming",
            ["goto", "G2M", "rest", "meetings", _] => method switch
            {
                "PUT" => "meetings.update",
                "DELETE" => "meetings.delete",
                _ => "meetings.get",
            },
            ["goto", "G2M", "rest", "meetings", _, "start"] => "meetings.start",
            _ => Other,
        };
    }
}
