using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;
using Parley.Server.Budget;
using Parley.Server.Mail;
using Parley.Server.Provisioning;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.Mail;

namespace Parley.Server.Tests.Budget;

/// <summary>A provider that takes few creates and updates per host and day, and a page on which strangers book that host around the clock.</summary>
internal sealed class QuotaWorld : IAsyncDisposable
{
    public static readonly Instant Midnight = Instant.FromUtc(2026, 12, 2, 0, 0);

    private QuotaWorld(ConnectedServer server, Postbox postbox) => (Server, Postbox) = (server, postbox);

    public ConnectedServer Server { get; }

    /// <summary>What was mailed.</summary>
    public Postbox Postbox { get; }

    public static async Task<QuotaWorld> StartAsync(
        DatabaseKind database,
        int? dailyWrites,
        QuotaWorld? besides = null,
        IDictionary<string, string?>? settings = null,
        string provider = ConnectedServer.GoTo
    )
    {
        var postbox = new Postbox();
        var values = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Mail:Smtp:Host"] = "127.0.0.1",
            ["Provisioning:HttpTimeout"] = "00:00:10",
            // In real time: many requests here are answered with 202, and nothing is gained by waiting longer for it.
            ["Provisioning:AnswerWait"] = "00:00:02",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>(StringComparer.Ordinal))
        {
            values[key] = value;
        }

        var world = new QuotaWorld(
            await ConnectedServer.StartAsync(
                database,
                values,
                besides?.Server,
                provider == ConnectedServer.Zoom ? ConnectedServer.Zoe : ConnectedServer.Olivia,
                provider: provider,
                dailyWrites: dailyWrites,
                configure: services => services.Replace(ServiceDescriptor.Singleton<IMailTransport>(postbox))
            ),
            postbox
        );
        if (besides is null)
        {
            await world.AddPageAsync("intro");
        }

        return world;
    }

    public async Task AddPageAsync(string slug)
    {
        var (made, page) = await Server.SendAsync(
            HttpMethod.Post,
            "/api/v1/booking-pages",
            BookingBench.Page(
                slug,
                page =>
                {
                    page["durationMinutes"] = 15;
                    page["stepMinutes"] = 15;
                    page["schedule"]!["weekly"]![0]!["days"] = new JsonArray("MO", "TU", "WE", "TH", "FR", "SA", "SU");
                    page["schedule"]!["weekly"]![0]!["from"] = "00:00";
                    page["schedule"]!["weekly"]![0]!["to"] = "23:45";
                    page["hosts"]![0]!["connectionId"] = Server.ConnectionId;
                }
            )
        );
        made.ShouldBe(HttpStatusCode.Created, page.ToJsonString());
    }

    /// <summary>Free starts, soonest first.</summary>
    public async Task<List<string>> StartsAsync(string from, string to)
    {
        var (_, body) = await Server.SendAsync(
            HttpMethod.Get,
            $"/api/v1/public/pages/intro/slots?from={from}&to={to}&timeZone=UTC"
        );
        return body["slots"]!.AsArray().Select(slot => slot!["startsAt"]!.GetValue<string>()).ToList();
    }

    /// <returns>The booking as its customer was told.</returns>
    public async Task<JsonNode> BookAsync(string startsAt, string page = "intro", string email = "ada@example.org")
    {
        var (status, booked) = await Server.SendAsync(
            HttpMethod.Post,
            $"/api/v1/public/pages/{page}/bookings",
            BookingBench.Wish(startsAt, email)
        );
        status.ShouldBe(
            HttpStatusCode.Created,
            $"{booked.ToJsonString()} {Server.Parley.Log.Lines.LastOrDefault(line => line.StartsWith("Error", StringComparison.Ordinal))}"
        );
        return booked;
    }

    public async Task<string> ArrangementOfAsync(JsonNode booked) =>
        await Server.Parley.Db.ReadAsync(session =>
            session.FirstAsync<string>(
                "SELECT arrangement_id FROM booking WHERE workspace_id = @WorkspaceId AND id = @id",
                new { Server.WorkspaceId, id = booked["id"]!.GetValue<string>() }
            )
        );

    public async Task<JsonNode> BudgetAsync() =>
        (await Server.SendAsync(HttpMethod.Get, $"/api/v1/connections/{Server.ConnectionId}")).Body["budget"]!;

    public async Task<int> UsedAsync() => (await BudgetAsync())["used"]!.GetValue<int>();

    public async Task<long> WritesAsync() =>
        await Server.CallsAsync("meetings.create") + await Server.CallsAsync("meetings.update");

    /// <summary>Until all that is not done with waits for another day; the clock goes on a little.</summary>
    public Task QuietAsync() =>
        Server.PumpAsync(
            async () =>
            {
                var now = Server.Clock.GetCurrentInstant();
                return (await OpenAsync()).TrueForAll(effect =>
                    effect.NotBefore > now && effect is { State: EffectState.Planned, OutcomeCode: DailyQuota.Code }
                );
            },
            "nothing more to do now"
        );

    /// <summary>Meeting effects that are not done with.</summary>
    public Task<List<Effect>> OpenAsync() =>
        Server.Parley.Db.ReadAsync(session =>
            session.QueryAsync<Effect>(
                $"SELECT {Effects.Columns} FROM effect WHERE finished_at IS NULL AND kind NOT IN ('mail', 'sweep') /* all workspaces: tests */"
            )
        );

    /// <summary>To a little after the next 00:00 UTC.</summary>
    public void ToNextDay() =>
        Server.Clock.Set(Server.Parley.Services.GetRequiredService<WriteBudgets>().ResetsAt + Duration.FromMinutes(6));

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
