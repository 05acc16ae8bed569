using System.Net.Http.Headers;
using System.Text;
using NodaTime;
using Parley.Server.Secrets;
using Parley.Server.Web;
using Parley.Server.Webhooks.Outbound;

namespace Parley.Server.WriteBack;

/// <summary>Why a request was not even put together.</summary>
internal sealed record NotSent(string Code, string Detail);

/// <summary>What a test came to. Nothing of the answer's body is told: it is none of ours.</summary>
/// <param name="Passed">It answered 2xx.</param>
/// <param name="Detail">What stands in the way, where something does.</param>
public sealed record WriteBackTestReply(bool Passed, int? HttpStatus, string? Detail, int DurationMs);

/// <summary>Puts a write-back's request together from its templates and an event, and sends it under the guard of all that leaves.</summary>
public sealed class WriteBackRequests(WriteBacks writeBacks, WebhookTarget target, WebhookPost post, IClock clock)
{
    private const string Agent = "Parley-WriteBack";
    private const string OnceHeader = "Idempotency-Key";

    internal async Task<(WebhookAnswer? Answer, NotSent? NotSent)> SendAsync(
        WriteBackRow row,
        string eventId,
        string eventBody,
        CancellationToken cancellationToken
    )
    {
        var values = Placeholders.Of(eventId, eventBody);
        var (url, objection) = Template.Parse(row.Url).Url(values);
        if (objection is not null)
        {
            return (null, new NotSent("address_incomplete", $"Not sent: {objection}."));
        }

        // What was allowed when it was set need not be allowed now.
        if (target.Objection(url!) is { } refused)
        {
            return (null, new NotSent("address_refused", $"Not sent: the address {refused}."));
        }

        IReadOnlyList<(string Name, string Value)> headers;
        try
        {
            headers = await writeBacks.HeadersAsync(row, cancellationToken);
        }
        catch (SecretTamperedException)
        {
            return (
                null,
                new NotSent("secret_unreadable", "A secret header does not open where it lies; enter it again.")
            );
        }

        using var request = new HttpRequestMessage(new HttpMethod(row.Method), url);
        request.Content = new ByteArrayContent(
            Encoding.UTF8.GetBytes(Template.Parse(row.Body).Body(row.ContentType, values))
        );
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(row.ContentType, "utf-8");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue(Agent, "1"));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        // The same at each attempt: whoever minds it writes once.
        if (!request.Headers.Contains(OnceHeader))
        {
            request.Headers.TryAddWithoutValidation(OnceHeader, eventId);
        }

        return (await post.SendAsync(request, cancellationToken), null);
    }

    /// <summary>Sends the request once, now, with made-up values.</summary>
    /// <param name="recordId">The record to try it with.</param>
    public async Task<WriteBackTestReply> TestAsync(
        WriteBackRow row,
        string recordId,
        CancellationToken cancellationToken
    )
    {
        await writeBacks.NoteTestAsync(row, cancellationToken);
        var (answer, notSent) = await SendAsync(row, "msg_test", Sample(row, recordId), cancellationToken);
        return answer is null
            ? new WriteBackTestReply(false, null, notSent!.Detail, 0)
            : new WriteBackTestReply(
                answer.IsTaken,
                answer.Status,
                answer.IsTaken ? null
                    : answer.Status is { } status ? $"Answered {status}."
                    : $"Not delivered: {answer.Error}.",
                (int)answer.Took.TotalMilliseconds
            );
    }

    private string Sample(WriteBackRow row, string recordId)
    {
        var now = clock.GetCurrentInstant();
        var began = now - Duration.FromMinutes(30);
        return System.Text.Json.JsonSerializer.Serialize(
            new
            {
                type = row.EventList[0],
                timestamp = now,
                data = new
                {
                    arrangementId = "arr_test",
                    bookingId = "bkg_test",
                    connectionId = "con_test",
                    provider = "test",
                    meetingId = "000000000",
                    subject = "Test of a write-back",
                    startsAt = began,
                    endsAt = now,
                    timeZone = "UTC",
                    joinUrl = "https://meeting.example.org/000000000",
                    doorUrl = "https://parley.example.org/j/test",
                    source = "api",
                    attendees = new[] { new { name = "Ada Example", email = "ada@example.org" } },
                    reference = new
                    {
                        system = row.System ?? "test",
                        recordType = "test",
                        recordId,
                        url = "https://crm.example.org/test",
                    },
                    session = new
                    {
                        id = "test",
                        startedAt = began,
                        endedAt = now,
                        durationMinutes = 30,
                    },
                    attendance = new
                    {
                        count = 1,
                        attendees = new[]
                        {
                            new
                            {
                                name = "Ada Example",
                                email = "ada@example.org",
                                joinedAt = began,
                                leftAt = now,
                                minutes = 30,
                                isOrganizer = false,
                            },
                        },
                    },
                    noShow = false,
                },
            },
            Json.Api
        );
    }
}
