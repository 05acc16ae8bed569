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
        .. DirectoryOperations.All,
        Any,
    ];

    /// <summary>Lists that can lag behind.</summary>
    public static readonly IReadOnlyList<string> Lists = [.. MeetingOperations.Lists, .. DirectoryOperations.Lists];

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
            ["goto", "G2M", "rest", .. string[] rest] => MeetingOperations.Name(method, rest, query),
            _ => Other,
        };
    }
}
