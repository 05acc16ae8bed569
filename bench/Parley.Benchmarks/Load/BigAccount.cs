using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using NodaTime;
using NodaTime.Text;

namespace Parley.Benchmarks.Load;

/// <summary>
/// An account of any size behind GoTo's admin and history calls: people and sessions are worked out from their numbers, nothing is kept.
/// Everything else is asked of the twin. It lives in the benchmark's process, so that the server's memory is the server's.
/// </summary>
internal sealed class BigAccount : IAsyncDisposable
{
    private const long FirstKey = 7_400_000_000_000_000_000;
    private const long Year = 365L * 24 * 3600;
    private readonly WebApplication _app;
    private readonly HttpClient _twin = new();
    private readonly int _users;
    private readonly int _each;
    private readonly Instant _end;

    private BigAccount(WebApplication app, int users, int sessions, Instant end)
    {
        (_app, _users, _end) = (app, users, end);
        // Every fifth person holds none; the others some number, on average a quarter more than the account's average.
        _each = Math.Max(1, (sessions / users * 5 / 2) - 1);
    }

    public string Url => _app.Urls.First();
    public string Twin { get; set; } = "";
    public int Requests => _requests;
    private int _requests;

    public static async Task<BigAccount> StartAsync(int users, int sessions, Instant end)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var account = new BigAccount(builder.Build(), users, sessions, end);
        account._app.MapGet("/admin/accounts/{account}/users", account.UsersAsync);
        account._app.MapGet("/admin/accounts/{account}/licenses", account.LicencesAsync);
        account._app.MapGet("/rest/organizers/{key}/historicalMeetings", account.HistoryAsync);
        account._app.MapGet("/admin/me", account.MeAsync);
        await account._app.StartAsync();
        return account;
    }

    public int SessionsOf(int user) => user % 5 == 0 ? 0 : 1 + (int)(user * 7919L % _each);

    public Instant StartOf(int user, int session) =>
        _end - Duration.FromSeconds(7200 + (((user * 48_271L) + (session * 3_000_017L)) % (Year - 7200)));

    private async Task UsersAsync(HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        var size = int.Parse(context.Request.Query["pageSize"].ToString(), CultureInfo.InvariantCulture);
        var offset = int.Parse(context.Request.Query["offset"].ToString(), CultureInfo.InvariantCulture);
        var count = Math.Clamp(_users - offset, 0, size);
        await WriteAsync(
            context,
            writer =>
            {
                writer.WriteStartObject();
                writer.WriteStartArray("results");
                for (var user = offset; user < offset + count; user++)
                {
                    writer.WriteStartObject();
                    writer.WriteString("key", KeyOf(user));
                    writer.WriteString(
                        "email",
                        string.Create(CultureInfo.InvariantCulture, $"person-{user:000000}@big.example")
                    );
                    writer.WriteString("firstName", "Person");
                    writer.WriteString("lastName", user.ToString("000000", CultureInfo.InvariantCulture));
                    writer.WriteString("status", "ACTIVE");
                    writer.WriteStartArray("licenseKeys");
                    writer.WriteStringValue($"810000000000000000{user % 3}");
                    writer.WriteEndArray();
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteNumber("fromIndex", offset);
                writer.WriteNumber("toIndex", Math.Max(0, offset + count - 1));
                writer.WriteNumber("total", _users);
                writer.WriteEndObject();
            }
        );
    }

    private Task LicencesAsync(HttpContext context) =>
        WriteAsync(
            context,
            writer =>
            {
                Interlocked.Increment(ref _requests);
                writer.WriteStartObject();
                writer.WriteStartArray("results");
                for (var licence = 0; licence < 3; licence++)
                {
                    writer.WriteStartObject();
                    writer.WriteString("key", $"810000000000000000{licence}");
                    writer.WriteString("description", $"Plan {licence}");
                    writer.WriteNumber("seats", _users);
                    writer.WriteNumber("userCount", _users / 3);
                    writer.WriteBoolean("enabled", true);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteNumber("fromIndex", 0);
                writer.WriteNumber("toIndex", 2);
                writer.WriteNumber("total", 3);
                writer.WriteEndObject();
            }
        );

    private Task HistoryAsync(HttpContext context, string key) =>
        WriteAsync(
            context,
            writer =>
            {
                Interlocked.Increment(ref _requests);
                var user = (int)(long.Parse(key, CultureInfo.InvariantCulture) - FirstKey);
                writer.WriteStartArray();
                for (var session = 0; session < (user < 0 ? 0 : SessionsOf(user)); session++)
                {
                    var start = StartOf(user, session);
                    writer.WriteStartObject();
                    writer.WriteString("startTime", InstantPattern.General.Format(start));
                    writer.WriteString("endTime", InstantPattern.General.Format(start + Duration.FromMinutes(30)));
                    writer.WriteString("duration", "30");
                    writer.WriteString("numAttendees", "2");
                    writer.WriteString("subject", "Weekly call");
                    writer.WriteString("meetingId", (100_000_000 + user).ToString(CultureInfo.InvariantCulture));
                    writer.WriteString(
                        "sessionId",
                        string.Create(CultureInfo.InvariantCulture, $"{user:00000000}{session:0000}")
                    );
                    writer.WriteString("organizerKey", key);
                    writer.WriteString("email", "person@big.example");
                    writer.WriteString("firstName", "Person");
                    writer.WriteString("lastName", key);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
            }
        );

    private async Task MeAsync(HttpContext context)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Twin}/goto/admin/rest/v1/me");
        request.Headers.TryAddWithoutValidation("Authorization", context.Request.Headers.Authorization.ToString());
        using var reply = await _twin.SendAsync(request);
        context.Response.StatusCode = (int)reply.StatusCode;
        context.Response.ContentType = "application/json";
        await reply.Content.CopyToAsync(context.Response.Body);
    }

    public static string KeyOf(int user) => (FirstKey + user).ToString(CultureInfo.InvariantCulture);

    private static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter);
        write(writer);
        await writer.FlushAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _twin.Dispose();
        await _app.DisposeAsync();
    }
}
