namespace Parley.Server.Meetings;

/// <summary>What the pages of ours and of others' meetings say alike.</summary>
internal static class MeetingFacts
{
    public static string KindOf(MeetingView view) =>
        view.Type switch
        {
            "recurring" => "Recurring: a room that stays until it is removed",
            "instant" => "Instant: it began when it was made",
            _ => "Scheduled",
        };
}
