using Parley.Conferencing;

namespace Parley.Server.Connections;

/// <summary>Names of scopes, told to people. A provider may take one of several: "a,b" in a failure means either would have done.</summary>
public static class ScopeWords
{
    /// <summary>The alternatives a failure names; empty when it names none.</summary>
    public static IReadOnlyList<string> Alternatives(string? told) =>
        (told ?? "").Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>"a", "a or b", "one of a, b, c".</summary>
    public static string OneOf(IReadOnlyList<string> alternatives) =>
        alternatives.Count switch
        {
            0 => "a permission",
            1 => alternatives[0],
            2 => $"{alternatives[0]} or {alternatives[1]}",
            _ => $"one of {string.Join(", ", alternatives)}",
        };

    /// <summary>"meeting:delete:meeting (to remove meetings)".</summary>
    public static string Of(ScopeNeed need) =>
        need.NeededFor.Count == 0 ? need.Scope : $"{need.Scope} ({To(need.NeededFor)})";

    /// <summary>"to create, read and remove meetings": what operations need a permission for.</summary>
    public static string To(IReadOnlyList<string> operations)
    {
        var deeds = operations.Select(Deed).Distinct(StringComparer.Ordinal).ToList();
        return deeds.Count == 1 ? $"to {deeds[0]}" : $"to {string.Join(", ", deeds[..^1])} and {deeds[^1]}";
    }

    private static string Deed(string operation) =>
        operation switch
        {
            "create" => "create meetings",
            "get" => "read meetings",
            "update" => "change meetings",
            "delete" => "remove meetings",
            "start" => "start meetings",
            "end" => "end meetings",
            "upcoming" => "list upcoming meetings",
            "history" => "list past meetings",
            "attendees" => "tell who attended",
            "identify" => "tell whose account it is",
            "organizers" => "list organizers",
            "licences" => "count licences",
            "groups" => "list groups",
            "activeHosts" => "tell active hosts",
            "upcomingOfOthers" => "list others' upcoming meetings",
            "historyOfOthers" => "list others' past meetings",
            // One that came later than this list: its own name.
            _ => operation,
        };

    internal static string MissingAtConnect(string provider, IReadOnlyList<ScopeNeed> missing) =>
        $"The permission lacks {string.Join("; ", missing.Select(Of))}: until it is given, that does not work. Add what is missing to the app at {provider}, then refresh the connection.";
}
