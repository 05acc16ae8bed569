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
        .. DirectoryOperations.All,
        Any,
    ];

    /// <summary>Lists that can lag behind.</summary>
    public static readonly IReadOnlyList<string> Lists = ["meetings.upcoming", .. DirectoryOperations.Lists];

    /// <summary>What a call under <c>/goto</c> is. The grant type decides between the two uses of the token endpoint.</summary>
    public static string Name(string method, string path, string query, string body)
    {
        string[] parts = path.Trim('/').Split('/');
        if (DirectoryOperations.Name(method, parts, body) is { } known)
        {
            return known;
        }

        return parts switch
        {
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
