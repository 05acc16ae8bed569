using NodaTime;
using Parley.Scheduling.Wording;
using Parley.Server.Budget;
using Parley.Server.Connections;
using Parley.Server.Provisioning;

namespace Parley.Server.Meetings;

/// <summary>What the pages call things.</summary>
internal static class MeetingWords
{
    /// <summary>Badge of a meeting: kind and text.</summary>
    public static (string Kind, string Text) Status(MeetingRow row) =>
        row switch
        {
            { IsRemoved: true } => ("neutral", "Cancelled"),
            { View.Status: MeetingStatus.Removing } => ("info", "Being removed"),
            { View.Status: MeetingStatus.Attention } => ("danger", "Needs attention"),
            { View.Status: MeetingStatus.Ended } => ("neutral", "Ended"),
            { View.Status: MeetingStatus.InProgress } => ("ok", "In progress"),
            { View: { Status: MeetingStatus.Provisioning, QueuedUntil: { } until } } => (
                "warn",
                $"Queued until {BudgetWords.Moment(until)}"
            ),
            { View.Status: MeetingStatus.Provisioning, Connection: { CanHost: false } } => ("warn", "On hold"),
            { View.Status: MeetingStatus.Provisioning } => (
                "info",
                row.Arrangement.ProviderMeetingId is null ? "Being set up" : "Being changed"
            ),
            _ => ("ok", "Scheduled"),
        };

    /// <summary>Badge of a meeting made elsewhere.</summary>
    public static (string Kind, string Text) Status(MeetingView view) =>
        view.Status switch
        {
            MeetingStatus.InProgress => ("ok", "In progress"),
            MeetingStatus.Ended => ("neutral", "Ended"),
            _ => ("ok", "Scheduled"),
        };

    /// <summary>"Made at GoTo Meeting, seen 14:05", with the day when it was not today.</summary>
    public static string Elsewhere(BoardEntry entry, DateTimeZone zone, Instant now)
    {
        var made = $"Made at {entry.ProviderName}";
        if (entry.View.ObservedAt is not { } at)
        {
            return made;
        }

        var seen = at.InZone(zone);
        var pattern = seen.Date == now.InZone(zone).Date ? "HH':'mm" : "d MMM, HH':'mm";
        return $"{made}, seen {seen.ToString(pattern, System.Globalization.CultureInfo.InvariantCulture)}";
    }

    public static string StatusFilter(string status) =>
        status switch
        {
            MeetingStatus.InProgress => "In progress",
            MeetingStatus.Provisioning => "Being set up or changed",
            MeetingStatus.Attention => "Needs attention",
            MeetingStatus.Removing => "Being removed",
            MeetingStatus.Ended => "Ended",
            _ => "Scheduled",
        };

    public static string Source(MeetingRow row) =>
        row.Arrangement.Source switch
        {
            ArrangementSource.Booking => row.Customer is { } customer ? $"Booked by {customer}" : "Booked on a page",
            ArrangementSource.Api => "Made by API",
            _ => "Scheduled here",
        };

    /// <summary>"Olivia Organizer", or what is known of the account.</summary>
    public static string Organizer(MeetingView view) =>
        view.Organizer?.Name ?? view.Organizer?.Email ?? "Unknown account";

    public static string Organizer(MeetingRow row) => Organizer(row.View);

    public const string AnyTime = "Any time (recurring)";

    /// <summary>"Tuesday, 1 December 2026, 14:30–15:00", or that it is a room that stays.</summary>
    public static string Range(Arrangement arrangement, DateTimeZone zone) =>
        arrangement.IsRecurring ? AnyTime : HumanTime.Range(arrangement.StartsAt, arrangement.EndsAt, zone);

    /// <summary>"Tue 1 Dec, 14:30–15:00", with the year where it is not this one.</summary>
    public static string When(Instant start, Instant end, DateTimeZone zone, Instant now)
    {
        var text = HumanTime.Short(start, end, zone);
        var year = start.InZone(zone).Year;
        return year == now.InZone(zone).Year
            ? text
            : text.Insert(text.IndexOf(',', StringComparison.Ordinal), FormattableString.Invariant($" {year}"));
    }

    public static string When(Arrangement arrangement, DateTimeZone zone, Instant now) =>
        arrangement.IsRecurring ? AnyTime : When(arrangement.StartsAt, arrangement.EndsAt, zone, now);

    /// <summary>Now, Today or Tomorrow; null when the date alone says it.</summary>
    public static string? Near(Instant start, Instant end, DateTimeZone zone, Instant now)
    {
        if (start <= now && now < end)
        {
            return "Now";
        }

        return Period.DaysBetween(now.InZone(zone).Date, start.InZone(zone).Date) switch
        {
            0 => "Today",
            1 => "Tomorrow",
            _ => null,
        };
    }

    /// <summary>Why a person must look, and what can be done: one sentence each.</summary>
    public static (string Cause, string Cure) Attention(MeetingRow row)
    {
        var provider = row.ProviderName;
        return row.Arrangement.Attention switch
        {
            "expired" => (
                $"Its time passed before {provider} could be reached, so there was never a meeting.",
                "Tell the people invited, and schedule it again."
            ),
            "untrusted_join_link" or "untrusted_link" => (
                $"{provider} answered with a link to a host Parley does not trust; the link is withheld.",
                "Whoever runs this server can add the host to the provider's JoinHosts setting, if it is the provider's. Until then start it at the provider."
            ),
            "stray_meeting" => (
                $"There is a second meeting at {provider} with its mark, at another time; Parley leaves it alone.",
                $"Look at {provider} and remove the one that is not wanted."
            ),
            "vanished_again" => (
                $"It was removed at {provider} twice; Parley made it again once and then stopped.",
                "Cancel it here if it should not take place; else schedule it again."
            ),
            MovedMeetings.Code => (
                $"It was moved at {provider}. Here, and for the people invited, the former time stands.",
                row.Arrangement.BookingId is null
                    ? "To keep the new time, change the meeting here to it: the people invited are told. To undo it, press Change and save it as it is."
                    : $"To keep the new time, reschedule the booking to it: the customer is told. To undo it, move it back at {provider}."
            ),
            "provider_unreliable" => (
                $"{provider} lost the answers of several attempts in a row. Parley goes on trying, more slowly.",
                $"Look at {provider}'s status page. If the time comes near, host it elsewhere and tell the people invited."
            ),
            DailyQuota.Code => (
                row.Arrangement.ProviderMeetingId is null
                    ? $"{provider} takes no more new or changed meetings of this account today, and this one starts too soon to wait for the next day."
                    : $"{provider} takes no more new or changed meetings of this account today: its latest change was not sent, and it starts too soon to wait for the next day.",
                row.Arrangement.BookingId is null
                    ? "Host it elsewhere and tell the people invited, or move it to a later time."
                    : "If calls are left in your reserve (see Video conferencing), rescheduling the booking sends it at once. Else tell the customer another way to meet."
            ),
            "organizer_not_licensed" => (
                $"The account has no licence for meetings at {provider}.",
                $"Give it a licence at {provider}, then schedule the meeting again."
            ),
            // A sentence for people, written by whoever set it.
            { } sentence when sentence.Contains(' ', StringComparison.Ordinal) => (
                sentence,
                "Open Video conferencing."
            ),
            { } code => (
                $"{provider} refused it ({code}).",
                "Open the meeting: its history has the provider's words. Then change or cancel it."
            ),
            null => ("", ""),
        };
    }

    /// <summary>What is being waited for; null when nothing is.</summary>
    public static string? Waiting(MeetingRow row, Effect? effect, DateTimeZone zone)
    {
        if (!row.IsMoving)
        {
            return null;
        }

        var provider = row.ProviderName;
        if (row.Connection is { CanHost: false } connection)
        {
            return $"On hold until the {provider} connection works again. {connection.Connection.ProblemDetail}".Trim();
        }

        if (row.View.QueuedUntil is { } until)
        {
            return $"Queued until {BudgetWords.Moment(until, zone)}. {effect?.OutcomeDetail}".Trim();
        }

        return effect?.State switch
        {
            EffectState.Blocked => $"Waits for the {provider} connection: {effect.OutcomeDetail}",
            EffectState.Unknown or EffectState.Reconciling =>
                $"{provider}'s answer was lost. Parley looks at what {provider} has before it tries again, so that there is never a second meeting.",
            EffectState.Planned when effect.Attempt > 0 => $"{provider} could not be reached; Parley tries again soon.",
            EffectState.Rejected => null,
            _ => row.View.Status == MeetingStatus.Removing
                ? $"Waits for {provider} to remove the meeting."
                : $"Waits for {provider} to confirm the meeting.",
        };
    }
}
