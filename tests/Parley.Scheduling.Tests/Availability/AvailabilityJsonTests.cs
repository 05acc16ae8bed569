using System.Text.Json;
using System.Text.Json.Nodes;
using Parley.Scheduling.Availability;

namespace Parley.Scheduling.Tests.Availability;

public sealed class AvailabilityJsonTests
{
    private const string Good = """
        {
          "now": "2026-12-01T00:00:00Z", "mode": "single",
          "page": {"id":"p","durationMinutes":30,"buffers":{"beforeMinutes":5},"limits":{"minutesPerWeek":90},"period":{"kind":"rollingBusinessDays","days":3},"grid":{"minutes":30,"zone":"booker"}},
          "hosts": [{"name":"Ada","schedule":{"timeZone":"Europe/Berlin","weekly":[{"days":["MO"],"from":"09:00","to":"24:00"}],"overrides":[{"date":"2027-01-06","windows":[]}]},
                     "busy":[{"startsAt":"2027-01-11T04:00:00Z","endsAt":"2027-01-11T05:00:00+01:00","kind":"other","status":"pending","pendingBlocks":true}]}],
          "query": {"from":"2027-01-11T00:00:00Z","to":"2027-01-12T00:00:00Z","timeZone":"UTC","rescheduling":null}
        }
        """;

    [Fact]
    public void A_good_request_is_read_whole()
    {
        var (request, errors) = Parse(JsonNode.Parse(Good)!);

        errors.ShouldBeEmpty();
        request!.Page.Buffers.BeforeMinutes.ShouldBe(5);
        request.Page.Limits.MinutesPerWeek.ShouldBe(90);
        request.Page.Period.ShouldBe(new BookingPeriod.RollingBusinessDays(3));
        request.Page.Grid.ShouldBe(new SlotGrid { Minutes = 30, Zone = GridZone.Booker });
        request.Hosts[0].Schedule.Weekly[0].Window.To.ToString().ShouldBe("24:00");
        request.Hosts[0].Schedule.Overrides[0].Windows.ShouldBeEmpty();
        request.Hosts[0].Busy[0].EndsAt.ShouldBe(Requests.At("2027-01-11T04:00:00Z"));
        request.Hosts[0].Busy[0].PendingBlocks.ShouldBeTrue();
    }

    [Theory]
    [InlineData("now", "\"yesterday\"", "now")]
    [InlineData("now", "\"9999-01-01T00:00:00Z\"", "now")]
    [InlineData("mode", "\"duo\"", "mode")]
    [InlineData("page.durationMinutes", "0", "page.durationMinutes")]
    [InlineData("page.durationMinutes", "1.5", "page.durationMinutes")]
    [InlineData("page.durationMinutes", "null", "page.durationMinutes")]
    [InlineData("page.stepMinutes", "-5", "page.stepMinutes")]
    [InlineData("page.bufers", "{}", "page.bufers")]
    [InlineData("page.buffers.beforeMinutes", "-1", "page.buffers.beforeMinutes")]
    [InlineData("page.limits.bookingsPerYear", "1", "page.limits.bookingsPerYear")]
    [InlineData("page.period.kind", "\"forever\"", "page.period.kind")]
    [InlineData("page.period.from", "\"2027-01-01\"", "page.period.from")]
    [InlineData("page.grid.minutes", "61", "page.grid.minutes")]
    [InlineData("page.grid.zone", "\"moon\"", "page.grid.zone")]
    [InlineData("hosts", "[]", "hosts")]
    [InlineData("hosts", "{}", "hosts")]
    [InlineData("hosts.0.schedule", "null", "hosts[0].schedule")]
    [InlineData("hosts.0.schedule.timeZone", "\"Mars/Olympus\"", "hosts[0].schedule.timeZone")]
    [InlineData("hosts.0.schedule.timeZone", "\"UTC+03\"", "hosts[0].schedule.timeZone")]
    [InlineData("hosts.0.schedule.weekly.0.to", "\"02:00\"", "hosts[0].schedule.weekly[0].to")]
    [InlineData("hosts.0.schedule.weekly.0.to", "\"24:01\"", "hosts[0].schedule.weekly[0].to")]
    [InlineData("hosts.0.schedule.weekly.0.days.0", "\"XX\"", "hosts[0].schedule.weekly[0].days[0]")]
    [InlineData("hosts.0.schedule.overrides.0.date", "\"2027-02-30\"", "hosts[0].schedule.overrides[0].date")]
    [InlineData("hosts.0.busy.0.status", "\"maybe\"", "hosts[0].busy[0].status")]
    [InlineData("hosts.0.busy.0.endsAt", "\"2027-01-11T03:59:59Z\"", "hosts[0].busy[0].endsAt")]
    [InlineData("query.to", "\"2028-01-13T00:00:00Z\"", "query.to")]
    [InlineData("query.to", "\"2027-01-10T00:00:00Z\"", "query.to")]
    [InlineData("query.timeZone", "7", "query.timeZone")]
    public void What_is_wrong_is_named_by_its_field(string path, string value, string field)
    {
        var body = JsonNode.Parse(Good)!;
        Set(body, path, value);

        var (request, errors) = Parse(body);

        request.ShouldBeNull();
        errors.Select(error => error.Field).ShouldBe([field]);
    }

    [Theory]
    [InlineData("\"kind\":\"other\"", "\"uid\":\"\\ud800\"", "hosts[0].busy[0].uid")]
    [InlineData("\"kind\":\"other\"", "\"\\udc00\":1", "hosts[0].busy[0]")]
    [InlineData("[\"MO\"]", "[\"\\ud800\"]", "hosts[0].schedule.weekly[0].days[0]")]
    public void Half_a_surrogate_pair_is_an_error_like_any_other(string good, string bad, string field)
    {
        using var document = JsonDocument.Parse(Good.Replace(good, bad, StringComparison.Ordinal));

        AvailabilityJson.TryParse(document.RootElement, out _, out var errors).ShouldBeFalse();

        errors.Items.Single().Field.ShouldBe(field);
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        var body = JsonNode.Parse(Good)!;
        Set(body, "now", "1");
        Set(body, "page.durationMinutes", "-1");
        Set(body, "query.timeZone", "\"Nowhere\"");

        Parse(body).Errors.Select(e => e.Field).ShouldBe(["now", "page.durationMinutes", "query.timeZone"]);
    }

    [Fact]
    public void Too_many_items_are_refused_and_so_is_a_body_that_is_no_object()
    {
        var body = JsonNode.Parse(Good)!;
        var item = body["hosts"]![0]!["busy"]![0]!;
        body["hosts"]![0]!["busy"] = new JsonArray(
            Enumerable.Range(0, AvailabilityJson.MostBusy + 1).Select(_ => item.DeepClone()).ToArray()
        );
        Parse(body).Errors.Single().Field.ShouldBe("hosts[0].busy");
        Parse(JsonNode.Parse("[]")!).Errors.Single().Message.ShouldBe("must be an object");
    }

    [Fact]
    public void The_parts_of_a_booking_page_survive_a_round_trip()
    {
        var (request, _) = Parse(JsonNode.Parse(Good)!);
        var schedule = request!.Hosts[0].Schedule;

        var json = JsonSerializer.Serialize(schedule);

        json.ShouldBe(
            """{"timeZone":"Europe/Berlin","weekly":[{"days":["MO"],"from":"09:00","to":"24:00"}],"overrides":[{"date":"2027-01-06","windows":[]}]}"""
        );
        JsonSerializer.Serialize(JsonSerializer.Deserialize<Schedule>(json)).ShouldBe(json);
        RoundTrip<BookingPeriod>(new BookingPeriod.DateRange(new(2027, 6, 15), new(2027, 6, 16)))
            .ShouldBe("""{"kind":"range","from":"2027-06-15","to":"2027-06-16"}""");
        RoundTrip<BookingPeriod>(new BookingPeriod.RollingCalendarDays(60))
            .ShouldBe("""{"kind":"rollingCalendarDays","days":60}""");
        RoundTrip(new BookingLimits { BookingsPerDay = 2 }).ShouldBe("""{"bookingsPerDay":2}""");
        RoundTrip(new Buffers { AfterMinutes = 5 }).ShouldBe("""{"beforeMinutes":0,"afterMinutes":5}""");
        Should
            .Throw<JsonException>(() => JsonSerializer.Deserialize<Schedule>("""{"timeZone":"Nowhere","weekly":[]}"""))
            .Message.ShouldContain("timeZone");
    }

    private static string RoundTrip<T>(T value)
    {
        var json = JsonSerializer.Serialize(value);
        JsonSerializer.Deserialize<T>(json).ShouldBe(value);
        return json;
    }

    private static (AvailabilityRequest? Request, IReadOnlyList<FieldError> Errors) Parse(JsonNode body)
    {
        using var document = JsonDocument.Parse(body.ToJsonString());
        AvailabilityJson.TryParse(document.RootElement, out var request, out var errors).ShouldBe(errors.Count == 0);
        return (request, errors.Items);
    }

    private static void Set(JsonNode body, string path, string value)
    {
        var steps = path.Split('.');
        foreach (var step in steps[..^1])
        {
            body = (int.TryParse(step, out var index) ? body[index] : body[step])!;
        }

        if (int.TryParse(steps[^1], out var last))
        {
            body[last] = JsonNode.Parse(value);
        }
        else
        {
            body[steps[^1]] = JsonNode.Parse(value);
        }
    }
}
