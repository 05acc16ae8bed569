using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using NodaTime;
using NodaTime.Text;
using Parley.Sandbox.Mailbox;
using Parley.Sandbox.State;
using Parley.Sandbox.Wire;

namespace Parley.Sandbox.Control;

/// <summary>How the control API shows things: camelCase, instants in UTC.</summary>
internal static class ControlJson
{
    public static IResult Answer(JsonNode body, int status = StatusCodes.Status200OK) => WireJson.Answer(status, body);

    public static IResult Items(IEnumerable<JsonNode> items) => Answer(new JsonObject { ["items"] = Array(items) });

    public static JsonArray Array(IEnumerable<JsonNode> items) => new([.. items]);

    public static JsonArray Texts(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode)item)]);

    public static string Time(Instant instant) => InstantPattern.ExtendedIso.Format(instant);

    public static JsonNode Person(World state, Person person) =>
        new JsonObject
        {
            ["provider"] = "gotomeeting",
            ["email"] = person.Email,
            ["firstName"] = person.FirstName,
            ["lastName"] = person.LastName,
            ["organizerKey"] = person.Key,
            ["accountKey"] = person.AccountKey,
            ["account"] = state.Accounts.Find(person.AccountKey)?.Name,
            ["licensed"] = person.Licensed,
            ["admin"] = person.Admin,
            ["roles"] = Texts(person.Roles),
            ["status"] = person.Status.ToString().ToLowerInvariant(),
            ["licenceKeys"] = Texts(person.LicenseKeys),
            ["groupKey"] = person.GroupKey,
            ["purpose"] = person.Purpose,
            ["locale"] = person.Locale,
            ["timeZone"] = person.TimeZone,
            ["password"] = person.Password,
        };

    public static JsonNode Meeting(World state, Meeting meeting, string baseUrl)
    {
        Person? owner = state.People.Find(meeting.OwnerKey);
        IReadOnlyCollection<Session> sessions = state.SessionsOf.Of(meeting.Id.ToString(CultureInfo.InvariantCulture));
        return new JsonObject
        {
            ["provider"] = "gotomeeting",
            ["id"] = $"{meeting.Id}",
            ["subject"] = meeting.Subject,
            ["startsAt"] = Time(meeting.StartsAt),
            ["endsAt"] = Time(meeting.EndsAt),
            ["type"] = meeting.Type,
            ["passwordRequired"] = meeting.PasswordRequired,
            ["audio"] = meeting.Audio,
            ["organizerKey"] = meeting.OwnerKey,
            ["organizerEmail"] = owner?.Email,
            ["coOrganizerKeys"] = Texts(meeting.CoOrganizers),
            ["joinUrl"] = $"{baseUrl}/join/{meeting.Id}",
            ["personalRoom"] = meeting.PersonalRoom,
            ["running"] = sessions.Any(session => session.EndedAt is null),
            ["sessions"] = Array(
                sessions.OrderBy(session => session.StartedAt).Select(session => Session(state, session))
            ),
            ["createdAt"] = Time(meeting.CreatedAt),
            ["updatedAt"] = Time(meeting.UpdatedAt),
            ["deleted"] = meeting.DeletedAt is not null,
            ["deletedAt"] = meeting.DeletedAt is { } deleted ? Time(deleted) : null,
        };
    }

    public static JsonNode Session(World state, Session session) =>
        new JsonObject
        {
            ["id"] = session.Id,
            ["meetingId"] = session.MeetingId.ToString(CultureInfo.InvariantCulture),
            ["startedAt"] = Time(session.StartedAt),
            ["endedAt"] = session.EndedAt is { } ended ? Time(ended) : null,
            ["recording"] = session.Recording is { } recording
                ? new JsonObject
                {
                    ["id"] = recording.Id,
                    ["name"] = recording.Name,
                    ["fileSize"] = recording.FileSize,
                    ["readyAt"] = Time(recording.ReadyAt),
                    ["shared"] = recording.Shared,
                }
                : null,
            ["attendees"] = Array(
                state
                    .AttendancesOf.Of(session.Id)
                    .OrderBy(attendance => attendance.JoinedAt)
                    .Select(attendance =>
                        (JsonNode)
                            new JsonObject
                            {
                                ["name"] = attendance.Name,
                                ["email"] = attendance.Email,
                                ["host"] = attendance.Host,
                                ["joinedAt"] = Time(attendance.JoinedAt),
                                ["leftAt"] = attendance.LeftAt is { } left ? Time(left) : null,
                            }
                    )
            ),
        };

    public static JsonNode Fault(Fault fault) =>
        new JsonObject
        {
            ["id"] = fault.Id,
            ["provider"] = fault.Provider,
            ["operation"] = fault.Operation,
            ["kind"] = fault.Kind,
            ["left"] = fault.Left,
            ["struck"] = fault.Struck,
            ["seen"] = fault.Seen,
            ["status"] = fault.Status,
            ["body"] = fault.Body,
            ["delayMs"] = fault.DelayMs,
            ["match"] = fault.Match,
            ["retryAfterSeconds"] = fault.RetryAfterSeconds,
            ["perSecond"] = fault.PerSecond,
            ["perDay"] = fault.PerDay,
            ["seed"] = fault.Seed,
            ["probability"] = fault.Probability,
        };

    public static JsonNode Settings(Settings settings, IReadOnlyList<string> clientScopes, int? usualRate) =>
        MeetingSettings.Show(
            new JsonObject
            {
                ["wireMode"] = settings.WireMode,
                ["refreshPolicy"] = settings.RefreshPolicy,
                ["expiryStatus"] = settings.ExpiryStatus,
                ["accessTokenSeconds"] = settings.AccessTokenSeconds,
                ["refreshTokenSeconds"] = settings.RefreshTokenSeconds,
                ["pastStart"] = settings.PastStart,
                ["subjectEntities"] = settings.SubjectEntities,
                ["latencyMs"] = settings.LatencyMs,
                ["clientScopes"] = Texts(clientScopes),
            },
            settings.Meetings,
            usualRate
        );

    public static JsonNode Entry(WireEntry entry) =>
        new JsonObject
        {
            ["id"] = entry.Id,
            ["at"] = Time(entry.At),
            ["provider"] = entry.Provider,
            ["operation"] = entry.Operation,
            ["method"] = entry.Method,
            ["path"] = entry.Path,
            ["status"] = entry.Status,
            ["fault"] = entry.Fault,
            ["requestBody"] = entry.RequestBody,
            ["responseBody"] = entry.ResponseBody,
            ["durationMs"] = entry.DurationMs,
        };

    public static JsonNode Mail(StoredMail mail)
    {
        MailMessage message = MailMessage.Parse(mail.Raw);
        JsonObject headers = [];
        foreach (
            IGrouping<string, MailHeader> named in message.Headers.GroupBy(
                header => header.Name,
                StringComparer.OrdinalIgnoreCase
            )
        )
        {
            headers[named.Key] = string.Join("\n", named.Select(header => header.Value));
        }

        return new JsonObject
        {
            ["id"] = $"{mail.Number}",
            ["from"] = message.From ?? mail.EnvelopeFrom,
            ["to"] = Texts(mail.EnvelopeTo),
            ["subject"] = message.Subject,
            ["messageId"] = message.Header("Message-ID"),
            ["date"] = message.Header("Date"),
            ["receivedAt"] = Time(mail.ReceivedAt),
            ["envelopeFrom"] = mail.EnvelopeFrom,
            ["text"] = message.Text,
            ["html"] = message.Html,
            ["ics"] = message.Calendar,
            ["parts"] = Array(
                message.Parts.Select(part =>
                    (JsonNode)
                        new JsonObject
                        {
                            ["contentType"] = part.MediaType,
                            ["parameters"] = new JsonObject(
                                part.Parameters.Select(parameter => new KeyValuePair<string, JsonNode?>(
                                    parameter.Key,
                                    parameter.Value
                                ))
                            ),
                            ["fileName"] = part.FileName,
                            ["size"] = part.Content.Length,
                        }
                )
            ),
            ["headers"] = headers,
            ["raw"] = message.Raw,
        };
    }
}
