namespace Parley.Sandbox.Wire;

/// <summary>Names of the calls under <c>/goto/G2M/rest</c>.</summary>
internal static class MeetingOperations
{
    public static readonly IReadOnlyList<string> ForFaults =
    [
        "meetings.create",
        "meetings.get",
        "meetings.update",
        "meetings.delete",
        "meetings.start",
        "meetings.attendees",
        "meetings.upcoming",
        "meetings.history",
        "organizers.create",
        "organizers.list",
        "organizers.get",
        "organizers.update",
        "organizers.delete",
        "organizers.upcoming",
        "organizers.history",
        "organizers.attendees",
        "sessions.delete",
        "groups.list",
        "groups.organizers",
        "groups.upcoming",
        "groups.history",
        "groups.attendees",
    ];

    /// <summary>Lists that can lag behind.</summary>
    public static readonly IReadOnlyList<string> Lists =
    [
        "meetings.upcoming",
        "meetings.history",
        "organizers.upcoming",
        "organizers.history",
        "organizers.attendees",
        "groups.upcoming",
        "groups.history",
        "groups.attendees",
    ];

    /// <param name="method">The HTTP method.</param>
    /// <param name="parts">The path after <c>G2M/rest</c>.</param>
    /// <param name="query">Tells the two uses of the deprecated lists apart.</param>
    public static string Name(string method, string[] parts, string query)
    {
        string listed = query.Contains("history=true", StringComparison.OrdinalIgnoreCase) ? "history" : "upcoming";
        return parts switch
        {
            ["upcomingMeetings"] => "meetings.upcoming",
            ["historicalMeetings"] => "meetings.history",
            ["meetings"] => method == "POST" ? "meetings.create" : $"meetings.{listed}",
            ["meetings", _] => method switch
            {
                "PUT" => "meetings.update",
                "DELETE" => "meetings.delete",
                _ => "meetings.get",
            },
            ["meetings", _, "start"] => "meetings.start",
            ["meetings", _, "attendees"] => "meetings.attendees",
            ["organizers"] => method switch
            {
                "POST" => "organizers.create",
                "DELETE" => "organizers.delete",
                _ => "organizers.list",
            },
            ["organizers", _] => method switch
            {
                "PUT" => "organizers.update",
                "DELETE" => "organizers.delete",
                _ => "organizers.get",
            },
            ["organizers", _, "sessions", ..] => "sessions.delete",
            ["groups"] => "groups.list",
            ["groups", _, "organizers"] => method == "POST" ? "organizers.create" : "groups.organizers",
            ["organizers" or "groups", _, "upcomingMeetings"] => $"{parts[0]}.upcoming",
            ["organizers" or "groups", _, "historicalMeetings"] => $"{parts[0]}.history",
            ["organizers" or "groups", _, "attendees"] => $"{parts[0]}.attendees",
            ["organizers" or "groups", _, "meetings"] => $"{parts[0]}.{listed}",
            _ => Operations.Other,
        };
    }
}
