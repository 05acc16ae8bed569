namespace Parley.Sandbox.Wire;

/// <summary>Names of the provider calls, as faults and the wire log use them.</summary>
internal static class Operations
{
    public const string Any = "*";
    public const string Page = "oauth.authorize";
    public const string Other = "other";

    public static readonly IReadOnlyList<string> ForFaults =
    [
        .. MeetingOperations.ForFaults,
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
            ["goto", "G2M", "rest", .. string[] rest] => MeetingOperations.Name(method, rest, query),
            _ => Other,
        };
    }
}
