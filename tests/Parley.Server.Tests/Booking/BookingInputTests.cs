using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Booking;

/// <summary>What strangers and owners may get wrong: the field is named, nothing is stored, nothing is planned.</summary>
public sealed class BookingInputTests
{
    private const string Good = "2026-12-02T09:00:00Z";

    [Theory, DatabaseMatrix]
    public async Task A_wrong_booking_names_its_field_and_leaves_nothing_behind(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await bench.AddPageAsync("intro", page => page["minimumNoticeMinutes"] = 120);
        const string path = "/api/v1/public/pages/intro/bookings";

        await NamesAsync("startsAt", wish => wish["startsAt"] = "2026-12-02T07:00:00Z");
        await NamesAsync("startsAt", wish => wish["startsAt"] = "2026-12-02T15:45:00Z");
        await NamesAsync("startsAt", wish => wish["startsAt"] = "2026-12-02T09:00:30Z");
        await NamesAsync("startsAt", wish => wish["startsAt"] = "2026-12-02T09:00:00.0000001Z");
        await NamesAsync("startsAt", wish => wish["startsAt"] = "9999-12-31T12:00:00Z");
        await NamesAsync("startsAt", wish => wish["startsAt"] = "0001-01-01T00:00:00Z");
        await NamesAsync("startsAt", wish => wish["startsAt"] = "2026-12-02T09:00:00");
        await NamesAsync("startsAt", wish => wish["startsAt"] = 5);
        await NamesAsync("startsAt", wish => wish.Remove("startsAt"));
        await NamesAsync("name", wish => wish["name"] = new string('a', 10_000));
        await NamesAsync("name", wish => wish["name"] = "Ada\r\nBcc: eve@example.org");
        await NamesAsync("name", wish => wish["name"] = "Ada\0");
        await NamesAsync("name", wish => wish["name"] = "   ");
        await NamesAsync("name", wish => wish["name"] = null);
        await NamesAsync("email", wish => wish["email"] = "ada");
        await NamesAsync("email", wish => wish["email"] = "ada@example.org\r\nBcc: eve@example.org");
        await NamesAsync("email", wish => wish["email"] = "Ada <ada@example.org>");
        await NamesAsync("timeZone", wish => wish["timeZone"] = "Mars/Olympus");
        await NamesAsync("locale", wish => wish["locale"] = "not a locale");
        await NamesAsync("topic", wish => wish["topic"] = new string('t', 501));
        await NamesAsync("nickname", wish => wish["nickname"] = "x");
        await NamesAsync("answers", wish => wish["answers"] = new JsonObject { ["q"] = "a" }, "not_supported");
        foreach (var text in (string[])["{", "", "[]", "null", "\"x\"", "{\"name\":\"\\ud800\"}"])
        {
            var reply = await BookingBench.ReadAsync(
                await bench.Parley.Client.PostAsync(path, new StringContent(text, Encoding.UTF8, "application/json"))
            );
            reply.Status.ShouldBe(HttpStatusCode.BadRequest, text);
        }

        // Today 09:30 UTC is within the notice of two hours: not a mistake, only not free.
        (await bench.RefusedAsync("intro", "2026-12-01T09:30:00Z"))[0]
            .ShouldBe("2026-12-01T10:00:00Z");
        // Nor is yesterday: within the hours and on the minute, gone.
        (await bench.RefusedAsync("intro", "2026-11-30T09:00:00Z"))[0]
            .ShouldBe("2026-12-01T10:00:00Z");
        // On the 61st day.
        (await bench.RefusedAsync("intro", "2027-02-01T09:00:00Z")).ShouldNotBeEmpty();
        (await bench.RowsAsync()).ShouldBe((0, 0, 0, 0));

        var right = BookingBench.Wish(Good);
        right["name"] = "<b>Ada</b> & \"Söhne\"";
        var (status, body) = await bench.SendAsync(HttpMethod.Post, path, right, client: bench.Parley.Client);
        status.ShouldBe(HttpStatusCode.Created, body.ToString());
        var (_, booking) = await bench.SendAsync(
            HttpMethod.Get,
            $"/api/v1/bookings/{body.GetProperty("id").GetString()}"
        );
        booking.GetProperty("customer").GetProperty("name").GetString().ShouldBe("<b>Ada</b> & \"Söhne\"");

        async Task NamesAsync(string field, Action<JsonObject> spoil, string code = "invalid")
        {
            var wish = BookingBench.Wish(Good);
            spoil(wish);
            var (refused, problem) = await bench.SendAsync(HttpMethod.Post, path, wish, client: bench.Parley.Client);
            Named(refused, problem, field, code);
        }
    }

    private static JsonObject Fallback(string connectionId) => new() { ["fallback"] = connectionId };

    [Theory, DatabaseMatrix]
    public async Task A_wrong_page_or_query_names_its_field(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        await NamesAsync("mode", page => page["mode"] = "collective", "not_supported");
        await NamesAsync("mode", page => page["mode"] = "duel");
        await NamesAsync("questions", page => page["questions"] = new JsonArray("why?"), "not_supported");
        await NamesAsync("whenDisconnected", page => page["whenDisconnected"] = "shrug");
        await NamesAsync(
            "whenDisconnected",
            page => page["whenDisconnected"] = new JsonObject { ["fallback"] = BookingBench.ConnectionId, ["x"] = 1 }
        );
        await NamesAsync("whenDisconnected.fallback", page => page["whenDisconnected"] = Fallback("con_nobody"));
        await NamesAsync(
            "whenDisconnected.fallback",
            page => page["whenDisconnected"] = Fallback(BookingBench.ConnectionId)
        );
        await NamesAsync("slug", page => page["slug"] = "Über uns");
        await NamesAsync("slug", page => page.Remove("slug"));
        await NamesAsync("title", page => page["title"] = "Intro\r\ncall");
        await NamesAsync("durationMinutes", page => page["durationMinutes"] = 0);
        await NamesAsync("stepMinutes", page => page["stepMinutes"] = 0);
        await NamesAsync("buffers.afterMinutes", page => page["buffers"] = new JsonObject { ["afterMinutes"] = 9999 });
        await NamesAsync("schedule.timeZone", page => page["schedule"]!["timeZone"] = "Mars/Olympus");
        await NamesAsync("hosts", page => page["hosts"] = new JsonArray());
        await NamesAsync("hosts[0].connectionId", page => page["hosts"]![0]!["connectionId"] = "con_nobody");
        await NamesAsync("hosts[0].memberId", page => page["hosts"]![0]!["memberId"] = "mem_nobody");
        await NamesAsync("locale", page => page["locale"] = "e");
        await NamesAsync("colour", page => page["colour"] = "red");
        (await bench.CountAsync("booking_page")).ShouldBe(0);

        await bench.AddPageAsync("intro");
        const string slots = "/api/v1/public/pages/intro/slots";
        foreach (
            var (query, field) in new[]
            {
                ("to=2026-12-03T00:00:00Z", "from"),
                ("from=2026-12-02T00:00:00Z", "to"),
                ("from=2026-12-02T00:00:00Z&to=2026-12-02T00:00:00Z", "to"),
                ("from=2026-12-02T00:00:00Z&to=2027-03-05T00:00:00Z", "to"),
                ("from=2026-12-02T00:00:00Z&to=2026-12-03T00:00:00Z&timeZone=Mars/X", "timeZone"),
                ("from=9999-12-01T00:00:00Z&to=9999-12-31T00:00:00Z", "from"),
                ("from=0001-01-01T00:00:00Z&to=0001-02-01T00:00:00Z", "from"),
            }
        )
        {
            var (status, body) = await bench.SendAsync(HttpMethod.Get, $"{slots}?{query}");
            Named(status, body, field, "invalid");
        }

        foreach (
            var (query, field) in new[] { ("status=maybe", "status"), ("email=%00", "email"), ("pageId=%00", "pageId") }
        )
        {
            var (status, body) = await bench.SendAsync(HttpMethod.Get, $"/api/v1/bookings?{query}");
            Named(status, body, field, "invalid");
        }

        async Task NamesAsync(string field, Action<JsonObject> spoil, string code = "invalid")
        {
            var (refused, problem) = await bench.SendAsync(
                HttpMethod.Post,
                "/api/v1/booking-pages",
                BookingBench.Page("intro", spoil)
            );
            Named(refused, problem, field, code);
        }
    }

    private static void Named(HttpStatusCode status, JsonElement problem, string field, string code)
    {
        status.ShouldBe(HttpStatusCode.BadRequest, $"{field}: {problem}");
        problem.GetProperty("errors").TryGetProperty(field, out _).ShouldBeTrue($"{field}: {problem}");
        problem.GetProperty("code").GetString().ShouldBe(code);
    }
}
