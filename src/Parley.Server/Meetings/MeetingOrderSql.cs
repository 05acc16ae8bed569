namespace Parley.Server.Meetings;

/// <summary>
/// What a list of meetings is ordered by, as SQL, for arrangement <c>a</c>, observed_meeting <c>o</c> and their connection <c>c</c>. Texts
/// compare in binary, so that cursors mean the same on both engines.
/// </summary>
internal static class MeetingOrderSql
{
    public static string OwnWords(MeetingOrder by, string status) =>
        by switch
        {
            MeetingOrder.Subject => Words("a.subject"),
            MeetingOrder.Organizer => Words("COALESCE(c.account_name, c.account_email, '')"),
            MeetingOrder.Provider => "a.provider",
            MeetingOrder.Source => "a.source",
            _ => Urgency(status),
        };

    public static string ForeignWords(MeetingOrder by, string status) =>
        by switch
        {
            MeetingOrder.Subject => Words("o.plain_subject"),
            MeetingOrder.Organizer => Words(
                "COALESCE(o.organizer_name, o.organizer_email, c.account_name, c.account_email, '')"
            ),
            MeetingOrder.Provider => "c.provider",
            MeetingOrder.Source => "'provider'",
            _ => Urgency(status),
        };

    // A cursor must fit an address: what is alike for so long is alike.
    private static string Words(string text) => $"LOWER(SUBSTR({text}, 1, 60))";

    // What wants a person first, what is over last.
    private static string Urgency(string status) =>
        $"(CASE {status} WHEN 'attention' THEN '1' WHEN 'inProgress' THEN '2' WHEN 'provisioning' THEN '3' WHEN 'scheduled' THEN '4' WHEN 'removing' THEN '5' ELSE '6' END)";
}
