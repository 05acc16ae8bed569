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

    /// <summary>"meeting:delete:meeting (for delete)".</summary>
    public static string Of(ScopeNeed need) =>
        need.NeededFor.Count == 0 ? need.Scope : $"{need.Scope} (for {string.Join(", ", need.NeededFor)})";

    internal static string MissingAtConnect(string provider, IReadOnlyList<ScopeNeed> missing) =>
        $"The permission lacks {string.Join("; ", missing.Select(Of))}: until it is given, that does not work. Add what is missing to the app at {provider}, then refresh the connection.";
}
