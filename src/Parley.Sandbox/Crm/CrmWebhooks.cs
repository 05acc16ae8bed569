using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using NodaTime;
using NodaTime.Text;
using Parley.Sandbox.State;

namespace Parley.Sandbox.Crm;

/// <summary>
/// <c>POST /crm/webhooks</c>: takes events as Standard Webhooks has them (https://www.standardwebhooks.com), and writes what they tell of a
/// contact into that contact's log.
/// </summary>
internal sealed class CrmWebhooks(World world, IClock clock)
{
    private const int LargestBody = 256 * 1024;
    private const string SecretPrefix = "whsec_";
    private static readonly Duration Tolerance = Duration.FromMinutes(5);

    public static void Map(IEndpointRouteBuilder routes, CrmWebhooks webhooks) =>
        routes.MapPost("/crm/webhooks", (Delegate)webhooks.TakeAsync);

    private async Task<IResult> TakeAsync(HttpContext context)
    {
        using MemoryStream bytes = new();
        if (context.Request.ContentLength is null or > LargestBody)
        {
            return Results.StatusCode(StatusCodes.Status413PayloadTooLarge);
        }

        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
        byte[] body = bytes.ToArray();
        IHeaderDictionary headers = context.Request.Headers;
        string id = headers["webhook-id"].ToString();
        CrmLink? link = world.Read(state => state.Crm.Link);
        if (
            link is null
            || id.Length is 0 or > 200
            || !IsFresh(headers["webhook-timestamp"].ToString())
            || !IsSigned(
                link,
                id,
                headers["webhook-timestamp"].ToString(),
                headers["webhook-signature"].ToString(),
                body
            )
        )
        {
            return Results.StatusCode(StatusCodes.Status401Unauthorized);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            if (Read(id, document.RootElement) is { } note)
            {
                world.Change(state =>
                {
                    if (state.Crm.Notes.Find(id) is null)
                    {
                        state.Crm.Notes.Put(id, note);
                    }
                });
            }
        }
        catch (Exception unreadable)
            when (unreadable
                    is JsonException
                        or KeyNotFoundException
                        or InvalidOperationException
                        or FormatException
                        or UnparsableValueException
            )
        {
            return Results.StatusCode(StatusCodes.Status400BadRequest);
        }

        return Results.NoContent();
    }

    private bool IsFresh(string timestamp) =>
        long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds)
        && seconds < int.MaxValue * 2L
        && Duration.FromSeconds(Math.Abs(clock.GetCurrentInstant().ToUnixTimeSeconds() - seconds)) <= Tolerance;

    // Several signatures, by blanks, while a secret is being replaced: any may be right.
    private static bool IsSigned(CrmLink link, string id, string timestamp, string signatures, byte[] body)
    {
        byte[] key = Convert.FromBase64String(link.WebhookSecret[SecretPrefix.Length..]);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        byte[] wanted = Encoding.ASCII.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
        return signatures
            .Split(' ')
            .Any(given => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), wanted));
    }

    /// <summary>Null: nothing a contact's log is for.</summary>
    private static CrmNote? Read(string id, JsonElement message)
    {
        string type = message.GetProperty("type").GetString() ?? "";
        JsonElement data = message.GetProperty("data");
        if (
            !data.TryGetProperty("reference", out JsonElement reference)
            || reference.ValueKind != JsonValueKind.Object
            || Text(reference, "recordType") != "contact"
            || CrmContact.Find(Text(reference, "recordId")) is not { } contact
            || Words(type, data) is not { } words
        )
        {
            return null;
        }

        return new CrmNote
        {
            Id = id,
            ContactId = contact.Id,
            At = InstantPattern.ExtendedIso.Parse(message.GetProperty("timestamp").GetString() ?? "").GetValueOrThrow(),
            Type = type,
            Text = words,
            Link = type is "meeting.ready" or "meeting.updated" ? Text(data, "joinUrl") : null,
        };
    }

    private static string? Words(string type, JsonElement data) =>
        type switch
        {
            "meeting.ready" => $"Meeting scheduled: {Text(data, "subject")}, {When(data)}",
            "meeting.updated" => $"Meeting changed: {Text(data, "subject")}, {When(data)}",
            "meeting.removed" => $"Meeting cancelled: {Text(data, "subject")}",
            "meeting.ended" => Held(data),
            _ => null,
        };

    private static string Held(JsonElement data)
    {
        int minutes = data.GetProperty("session").GetProperty("durationMinutes").GetInt32();
        if (
            !data.TryGetProperty("attendance", out JsonElement attendance)
            || attendance.ValueKind != JsonValueKind.Object
        )
        {
            return string.Create(CultureInfo.InvariantCulture, $"Held {minutes} min");
        }

        int count = attendance.GetProperty("count").GetInt32();
        bool alone = data.TryGetProperty("noShow", out JsonElement noShow) && noShow.ValueKind == JsonValueKind.True;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Held {minutes} min, {count} {(count == 1 ? "attendee" : "attendees")}{(alone ? ": the contact did not come" : "")}"
        );
    }

    private static string When(JsonElement data) =>
        InstantPattern
            .ExtendedIso.Parse(Text(data, "startsAt") ?? "")
            .GetValueOrThrow()
            .ToString("ddd d MMM, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
