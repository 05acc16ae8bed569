using NodaTime;
using Parley.Server.Access;
using Parley.Server.Budget;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Mail;
using Parley.Server.Storage;

namespace Parley.Server.Meetings;

/// <summary>Something a person should see to: what, why, and the way to the cure.</summary>
/// <param name="Kind"><c>danger</c>: something does not work; <c>warn</c>: it will not, soon.</param>
/// <param name="Link">A path of ours; null where the cure is not on a page.</param>
public sealed record Trouble(string Kind, string Title, string Cause, string Cure, string? Link, string? LinkText)
{
    /// <summary>Where the cure is one press: a path of ours that takes a POST.</summary>
    public string? PressPath { get; init; }
    public string? PressText { get; init; }
}

/// <summary>Everything that needs a person, for the top of the dashboard: connections first, then meetings, then mail.</summary>
public sealed class DashboardTroubles(Db db, IClock clock, ParleyOptions options, MeetingBoard board)
{
    private const int MostMeetings = 5;

    public async Task<IReadOnlyList<Trouble>> ReadAsync(
        Caller caller,
        IReadOnlyList<ConnectionEntry> connections,
        DateTimeZone zone,
        CancellationToken cancellationToken
    )
    {
        var troubles = new List<Trouble>();
        var waiting = await board.WaitingByConnectionAsync(caller.WorkspaceId, cancellationToken);
        foreach (var entry in connections)
        {
            if (OfConnection(entry, waiting.GetValueOrDefault(entry.Id), zone) is { } trouble)
            {
                troubles.Add(
                    entry.Status is ConnectionStatus.NeedsReconnect or ConnectionStatus.Expiring
                    && ConnectionPages.MayChange(caller, entry)
                        ? trouble with
                        {
                            PressPath = $"{ConnectionPages.Path}/{entry.Id}/reconnect",
                            PressText = "Refresh your connection",
                            LinkText = "Open the connection",
                        }
                        : trouble
                );
            }
        }

        var queued = await board.QueuedByConnectionAsync(caller.WorkspaceId, cancellationToken);
        foreach (var entry in connections.Where(entry => queued.ContainsKey(entry.Id)))
        {
            troubles.Add(OfQueue(entry, queued[entry.Id], zone));
        }

        var now = clock.GetCurrentInstant();
        var meetings = await board.AttentionAsync(caller, MostMeetings + 1, cancellationToken);
        foreach (var row in meetings.Take(MostMeetings))
        {
            var (cause, cure) = MeetingWords.Attention(row);
            troubles.Add(
                new Trouble(
                    "danger",
                    $"“{row.Arrangement.Subject}”, {MeetingWords.When(row.Arrangement, zone, now)}",
                    cause,
                    cure,
                    $"/meetings/{row.Arrangement.Id}",
                    "Open the meeting"
                )
            );
        }

        if (meetings.Count > MostMeetings)
        {
            troubles.Add(
                new Trouble(
                    "danger",
                    "More meetings need attention",
                    "Only the first ones are shown here.",
                    "The list below can be narrowed to them.",
                    "/dashboard?status=attention",
                    "Show them"
                )
            );
        }

        var mail = await db.ReadAsync(
            session => MailHealth.ReadAsync(session, caller.WorkspaceId, now),
            cancellationToken
        );
        troubles.AddRange(OfMail(mail, caller));
        return troubles;
    }

    private static Trouble? OfConnection(ConnectionEntry entry, int waiting, DateTimeZone zone)
    {
        var name = entry.Provider.Name;
        var account = entry.Connection.AccountText is { } known ? $" of {known}" : "";
        var link = $"{ConnectionPages.Path}#{entry.Id}";
        var held =
            waiting == 0 ? ""
            : waiting == 1 ? " 1 meeting waits for it."
            : FormattableString.Invariant($" {waiting} meetings wait for it.");
        var connection = entry.Connection;
        return entry.Status switch
        {
            ConnectionStatus.NeedsReconnect when connection.Status == ConnectionStatus.Connected => new Trouble(
                "danger",
                $"The {name} connection{account} should be refreshed now",
                $"Its permission was meant to last until {Scheduling.Wording.HumanTime.Date(connection.ConnectionExpiresAt!.Value.InZone(zone).Date)} and may end at any moment.",
                "Refresh it; meetings already made stay.",
                link,
                "Open the connection"
            ),
            ConnectionStatus.NeedsReconnect => new Trouble(
                "danger",
                $"The {name} connection{account} must be refreshed",
                (connection.ProblemDetail ?? "The provider no longer accepts the permission Parley holds.") + held,
                connection.ProblemNext ?? "Press “Refresh your connection”.",
                link,
                "Refresh the connection"
            ),
            ConnectionStatus.MissingScopes => new Trouble(
                "danger",
                $"The {name} connection{account} lacks a permission",
                $"Missing: {string.Join(", ", connection.Missing(entry.Provider).Select(need => $"“{need.Scope}”"))}.{held}",
                $"Tick it in the OAuth client at {name}, then refresh the connection.",
                link,
                "Open the connection"
            ),
            ConnectionStatus.PendingApproval => new Trouble(
                "warn",
                $"The {name} connection{account} waits for approval",
                (connection.ProblemDetail ?? $"An administrator of the {name} account must approve Parley.") + held,
                connection.ProblemNext ?? "Ask them, then refresh the connection.",
                link,
                "Open the connection"
            ),
            ConnectionStatus.Expiring => new Trouble(
                "warn",
                $"The {name} connection{account} ends soon",
                $"The permission given to Parley ends on {Scheduling.Wording.HumanTime.Date(connection.ConnectionExpiresAt!.Value.InZone(zone).Date)}.",
                "Refresh it before that day; meetings already made stay.",
                link,
                "Refresh the connection"
            ),
            _ when connection.LacksAdministrator => new Trouble(
                "warn",
                $"The {name} account{account} is not an administrator",
                $"It was connected for reports, but has no administrator role at {name}, so reports about other organizers stay empty.",
                $"Have the role given to it at {name} and test the connection, or connect the account of someone who has it.",
                link,
                "Open the connection"
            ),
            _ => null,
        };
    }

    private static Trouble OfQueue(ConnectionEntry entry, QueuedMeetings queue, DateTimeZone zone)
    {
        var account = entry.Connection.AccountText is { } known ? $" of {known}" : "";
        return new Trouble(
            "warn",
            (queue.Count == 1 ? "1 meeting is" : FormattableString.Invariant($"{queue.Count} meetings are"))
                + $" queued until {BudgetWords.Moment(queue.Until, zone)}",
            $"{entry.Provider.Name} takes only so many new or changed meetings of one host in a day (UTC), and for the account{account} they are used up.",
            "Nothing is needed: they are made by themselves then, soonest first. The links already given away stay, and cancelling works as ever.",
            $"{ConnectionPages.Path}#{entry.Id}",
            "See the day's budget"
        );
    }

    private IEnumerable<Trouble> OfMail(MailHealth mail, Caller caller)
    {
        var ask = caller.IsAdministrator ? "" : " Tell an owner or admin of this workspace.";
        foreach (var reason in mail.Waiting)
        {
            var (cause, cure) = reason.Code switch
            {
                MailCodes.NotConfigured => (
                    "No mail server is set.",
                    "Whoever runs this server sets Mail__Smtp__Host; the mails then leave by themselves."
                ),
                MailCodes.Unreachable => (
                    $"The mail server {options.Mail.Smtp?.Host} does not answer.",
                    "Check Mail__Smtp__Host and Mail__Smtp__Port, and that the server may be reached from here."
                ),
                MailCodes.Tls => (
                    $"No secure connection to the mail server {options.Mail.Smtp?.Host} could be made.",
                    "Check its certificate and Mail__Smtp__Security."
                ),
                MailCodes.SignInRefused => (
                    "The mail server refuses our user name or password.",
                    "Check Mail__Smtp__User and Mail__Smtp__Password."
                ),
                // Its words may name the recipient of somebody else's mail.
                _ => (
                    (caller.IsAdministrator ? reason.Detail : null) ?? "The mail server asks to try later.",
                    "Parley tries again by itself."
                ),
            };
            yield return new Trouble(
                "danger",
                reason.Count == 1 ? "1 mail waits" : FormattableString.Invariant($"{reason.Count} mails wait"),
                cause,
                cure + ask,
                null,
                null
            );
        }

        if (mail.Refused + mail.Unconfirmed is var lost and > 0)
        {
            yield return new Trouble(
                "warn",
                lost == 1
                    ? "1 mail may not have arrived"
                    : FormattableString.Invariant($"{lost} mails may not have arrived"),
                "In the last seven days the mail server refused them, or its answer was lost twice.",
                "The history of each meeting names the address. Reach those people another way.",
                null,
                null
            );
        }
    }
}
