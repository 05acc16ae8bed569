using System.Net;
using System.Text.Json.Nodes;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Embed;

public sealed class FramedBookingTests
{
    private const string Site = "https://www.example.com";

    [Fact]
    public async Task A_booking_page_is_framed_by_the_pages_it_names_and_nothing_else_ever_is()
    {
        await using var bench = await BookingBench.StartAsync(DatabaseKind.Sqlite);
        await bench.AddPageAsync("intro", page => page["embedOrigins"] = new JsonArray(Site));
        await bench.AddPageAsync("plain");
        var (refused, problem) = await bench.SendAsync(
            HttpMethod.Post,
            "/api/v1/booking-pages",
            BookingBench.Page("wrong", page => page["embedOrigins"] = new JsonArray("https://*.example.com"))
        );
        refused.ShouldBe(HttpStatusCode.BadRequest);
        problem.GetProperty("errors").TryGetProperty("embedOrigins[0]", out _).ShouldBeTrue();

        // In a frame there is no cookie of ours, and none is needed.
        var booked = await SendAsync(
            bench,
            HttpMethod.Post,
            "/book/intro/details",
            "iframe",
            "same-origin",
            [
                new("start", "2026-12-02T09:00:00Z"),
                new("tz", "Europe/Berlin"),
                new("once", "1"),
                new("name", "Ada"),
                new("email", "ada@example.org"),
            ]
        );
        booked.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        booked.Headers.Contains("Set-Cookie").ShouldBeFalse();
        var manage = booked.Headers.Location!.OriginalString;

        foreach (var path in (string[])["/book/intro", "/book/intro/details?start=2026-12-02T10:00:00Z", manage])
        {
            var framed = await SendAsync(bench, HttpMethod.Get, path, "iframe");
            Ancestors(framed).ShouldBe(Site, path);
            framed.Headers.Contains("X-Frame-Options").ShouldBeFalse(path);
            framed.Headers.Contains("Set-Cookie").ShouldBeFalse(path);
        }

        // What can be pressed to change something is never framed: the frame's view of a booking is there to be read.
        (
            await (await SendAsync(bench, HttpMethod.Get, manage, "iframe")).Content.ReadAsStringAsync()
        ).ShouldNotContain("<form");
        foreach (
            var path in (string[])
                [manage, manage + "/cancel", manage + "/reschedule", "/book/plain", "/book/none", "/sign-in", "/"]
        )
        {
            var whole = await SendAsync(bench, HttpMethod.Get, path, path == manage ? "document" : "iframe");
            Ancestors(whole).ShouldBe("'none'", path);
            whole.Headers.GetValues("X-Frame-Options").ShouldBe(["DENY"], path);
        }

        // Without the token, but a browser that says it came from another site is not believed.
        var forged = await SendAsync(bench, HttpMethod.Post, "/book/intro/details", "document", "cross-site", []);
        forged.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private static async Task<HttpResponseMessage> SendAsync(
        BookingBench bench,
        HttpMethod method,
        string path,
        string destination,
        string? site = null,
        KeyValuePair<string, string>[]? fields = null
    )
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Sec-Fetch-Dest", destination);
        request.Headers.Add("Sec-Fetch-Site", site ?? "cross-site");
        request.Content = fields is null ? null : new FormUrlEncodedContent(fields);
        return await bench.Parley.Client.SendAsync(request);
    }

    private static string Ancestors(HttpResponseMessage reply) =>
        reply
            .Headers.GetValues("Content-Security-Policy")
            .Single()
            .Split(';')
            .Single(directive => directive.Contains("frame-ancestors"))
            .Trim()["frame-ancestors ".Length..];
}
