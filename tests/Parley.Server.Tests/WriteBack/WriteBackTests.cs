using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Server.Tests.Access;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.WriteBack;

/// <summary>One HTTP request another system understands: sent for meetings with a record, again until it is taken, its secrets to nobody.</summary>
public sealed class WriteBackTests
{
    private const string Secret = "canary-4d1f-token";
    private static readonly Dictionary<string, string?> OwnMachine = new(StringComparer.Ordinal)
    {
        ["Webhooks:AllowedNetworks"] = "127.0.0.0/8",
    };

    [Theory, DatabaseMatrix]
    public async Task A_booking_with_a_record_is_written_back_in_order_until_it_is_taken_and_the_secret_shows_nowhere(
        DatabaseKind database
    )
    {
        await using var crm = await CrmReceiver.StartAsync();
        await using var bench = await BookingBench.StartAsync(database, OwnMachine);
        using var owner = new FormBrowser(bench.Parley);
        await owner.SignInAsync();
        var seen = new List<string>();
        var id = await CreateAsync();
        await bench.AddPageAsync("intro");
        var plain = await bench.BookedAsync("intro", "2026-12-02T09:00:00Z");
        var booking = await bench.BookedAsync("intro", "2026-12-02T10:00:00Z");

        // The record is named by whoever holds a key; a stranger's post that carries one is refused.
        var planted = BookingBench.Wish("2026-12-02T11:00:00Z");
        planted["reference"] = new JsonObject { ["url"] = "https://evil.example/" };
        (await SendAsync(HttpMethod.Post, "/api/v1/public/pages/intro/bookings", planted)).Status.ShouldBe(
            HttpStatusCode.BadRequest
        );
        var tag = await TagAsync(booking);
        var patch = new JsonObject
        {
            ["reference"] = new JsonObject
            {
                ["system"] = "Acme",
                ["recordId"] = "77",
                ["url"] = "https://crm.example/77",
            },
        };
        (
            await bench.SendAsync(HttpMethod.Patch, $"/api/v1/bookings/{booking}", patch, "If-Match", "\"other\"")
        ).Status.ShouldBe(HttpStatusCode.PreconditionFailed);
        var (named, view) = await bench.SendAsync(
            HttpMethod.Patch,
            $"/api/v1/bookings/{booking}",
            patch,
            "If-Match",
            tag
        );
        named.ShouldBe(HttpStatusCode.OK, view.ToString());
        view.GetProperty("reference").GetProperty("recordId").GetString().ShouldBe("77");
        (await TagAsync(booking)).ShouldNotBe(tag);
        var (bad, errors) = await bench.SendAsync(
            HttpMethod.Patch,
            $"/api/v1/bookings/{booking}",
            new JsonObject { ["reference"] = new JsonObject { ["url"] = "javascript:1" } }
        );
        bad.ShouldBe(HttpStatusCode.BadRequest);
        errors.GetProperty("errors").TryGetProperty("reference.url", out _).ShouldBeTrue();
        (await FoundAsync("recordId=77")).ShouldBe([booking]);
        (await FoundAsync("reference=Acme:77")).ShouldBe([booking]);
        (await FoundAsync("reference=Other:77")).ShouldBeEmpty();

        // Down at first: the second event waits behind the first.
        var up = false;
        crm.Answer = _ => up ? 201 : 503;
        (await bench.RescheduleAsync(plain, "2026-12-03T09:00:00Z")).Status.ShouldBe(HttpStatusCode.OK);
        (await bench.RescheduleAsync(booking, "2026-12-03T10:00:00Z")).Status.ShouldBe(HttpStatusCode.OK);
        (await bench.CancelAsync(booking)).Status.ShouldBe(HttpStatusCode.OK);
        await PumpAsync(async () =>
            crm.Writes.Count >= 3 && (await FirstAsync()).GetProperty("detail").GetString() == "Answered 503."
        );
        crm.Writes.ShouldAllBe(call => call.Json["event"]!.GetValue<string>() == "booking.rescheduled");
        var waiting = await LogAsync("?status=pending");
        waiting.Count.ShouldBe(2);
        (await FirstAsync()).GetProperty("httpStatus").GetInt32().ShouldBe(503);
        (await FirstAsync()).GetProperty("nextAttemptAt").GetString().ShouldNotBeNull();
        seen.Add(await owner.ReadAsync($"/write-backs/{id}"));
        seen[^1].ShouldContain("Answered 503.");
        up = true;
        await PumpAsync(async () => (await LogAsync("?status=delivered")).Count == 2);

        // What came, and only of the meeting with a record.
        var last = crm.Writes[^1];
        last.Method.ShouldBe("PUT");
        last.Target.ShouldBe("/contacts/77");
        last.Headers["Authorization"].ShouldBe($"Bearer {Secret}");
        last.Headers["X-Source"].ShouldBe("parley");
        last.Headers["Content-Type"].ShouldStartWith("application/json");
        last.Json["event"]!.GetValue<string>().ShouldBe("booking.cancelled");
        last.Json["name"]!.GetValue<string>().ShouldBe("Ada Lovelace");
        crm.Writes.Select(call => call.Json["booking"]!.GetValue<string>()).Distinct().ShouldBe([booking]);
        // The same event is told under the same key, so that it can be written once.
        crm.Writes.Select(call => call.Headers["Idempotency-Key"]).Distinct().Count().ShouldBe(2);

        // The server is killed between the wire and the row: it is sent once more under the same key.
        var before = crm.Writes.Count;
        await bench.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                "UPDATE effect SET state = 'SENDING', finished_at = NULL, not_before = 0 WHERE kind = 'write_back' AND operation = 'booking.cancelled' /* all workspaces: tests */"
            )
        );
        await PumpAsync(() => Task.FromResult(crm.Writes.Count > before));
        crm.Writes[^1].Headers["Idempotency-Key"].ShouldBe(last.Headers["Idempotency-Key"]);
        await PumpAsync(async () => (await LogAsync("?status=delivered")).Count == 2);

        // Once more by hand, and a test.
        var redone = await owner.SubmitAsync(
            $"/write-backs/{id}",
            $"/write-backs/{id}/deliveries/{(await LogAsync(""))[0].GetProperty("id").GetString()}/redo"
        );
        redone.StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        await PumpAsync(async () => (await LogAsync("?status=delivered")).Count == 3);
        crm.Answer = call => call.Target == "/contacts/try%2Fout" ? 422 : 500;
        var (tested, result) = await SendAsync(
            HttpMethod.Post,
            $"/api/v1/write-backs/{id}/test",
            new JsonObject { ["recordId"] = "try/out" }
        );
        tested.ShouldBe(HttpStatusCode.OK);
        result.GetProperty("passed").GetBoolean().ShouldBeFalse();
        result.GetProperty("httpStatus").GetInt32().ShouldBe(422);
        crm.Answer = _ => 200;
        var tried = await owner.SubmitAsync($"/write-backs/{id}", $"/write-backs/{id}/test", ("recordId", "9"));
        seen.Add(await tried.Content.ReadAsStringAsync());
        seen[^1].ShouldContain("Passed: answered 200.");

        // The form keeps the secret without showing it, and asks for it where the address leads elsewhere.
        seen.Add(await owner.ReadAsync($"/write-backs/{id}/edit"));
        seen[^1].ShouldContain("Kept. Leave empty to keep it.");
        (await SaveAsync(("name", "Renamed"))).StatusCode.ShouldBe(HttpStatusCode.SeeOther);
        var elsewhere = await SaveAsync(("url", "https://elsewhere.example/x"));
        elsewhere.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        seen.Add(await elsewhere.Content.ReadAsStringAsync());
        seen[^1].ShouldContain("must be entered again");
        (await SendAsync(HttpMethod.Post, $"/api/v1/write-backs/{id}/test", []))
            .Body.GetProperty("passed")
            .GetBoolean()
            .ShouldBeTrue();
        crm.Writes[^1].Headers["Authorization"].ShouldBe($"Bearer {Secret}");

        foreach (var path in (string[])["", $"/{id}", $"/{id}/deliveries"])
        {
            seen.Add((await SendAsync(HttpMethod.Get, $"/api/v1/write-backs{path}")).Body.ToString());
        }

        seen.Add(await owner.ReadAsync("/write-backs"));
        seen.Add(await owner.ReadAsync($"/write-backs/{id}?status=dead"));
        seen.ShouldAllBe(text =>
            !text.Contains(Secret, StringComparison.Ordinal)
            && !text.Contains("nobody repeats", StringComparison.Ordinal)
        );
        (
            await bench.Parley.Db.ReadAsync(session =>
                session.ScalarAsync<long>(
                    "SELECT COUNT(*) FROM write_back WHERE headers LIKE @canary OR body LIKE @canary /* all workspaces: tests */",
                    new { canary = $"%{Secret}%" }
                )
            )
        ).ShouldBe(0);

        (await owner.SubmitAsync($"/write-backs/{id}/delete", $"/write-backs/{id}/delete")).StatusCode.ShouldBe(
            HttpStatusCode.SeeOther
        );
        (await SendAsync(HttpMethod.Get, $"/api/v1/write-backs/{id}")).Status.ShouldBe(HttpStatusCode.NotFound);

        async Task<string> CreateAsync()
        {
            var (status, body) = await SendAsync(
                HttpMethod.Post,
                "/api/v1/write-backs",
                new JsonObject
                {
                    ["name"] = "Contact",
                    ["url"] = crm.Url + "/contacts/{{reference.recordId}}",
                    ["method"] = "PUT",
                    ["body"] = """{"event":"{{event.type}}","booking":"{{booking.id}}","name":"{{attendee.name}}"}""",
                    ["headers"] = new JsonArray(
                        new JsonObject
                        {
                            ["name"] = "Authorization",
                            ["value"] = $"Bearer {Secret}",
                            ["secret"] = true,
                        },
                        new JsonObject { ["name"] = "X-Source", ["value"] = "parley" }
                    ),
                    ["events"] = new JsonArray("booking.rescheduled", "booking.cancelled"),
                }
            );
            status.ShouldBe(HttpStatusCode.Created, body.ToString());
            seen.Add(body.ToString());
            return body.GetProperty("id").GetString()!;
        }

        // Both were planned at one instant of the clock that stands still: their ids order them in the log.
        async Task<JsonElement> FirstAsync() =>
            (await LogAsync("?status=pending")).Single(one =>
                one.GetProperty("type").GetString() == "booking.rescheduled"
            );

        async Task<List<JsonElement>> LogAsync(string query) =>
            [
                .. (await SendAsync(HttpMethod.Get, $"/api/v1/write-backs/{id}/deliveries{query}"))
                    .Body.GetProperty("items")
                    .EnumerateArray(),
            ];

        Task<HttpResponseMessage> SaveAsync((string Name, string Value) change)
        {
            var fields = new List<(string Name, string Value)>
            {
                ("name", "Contact"),
                ("url", crm.Url + "/contacts/{{reference.recordId}}"),
                ("method", "PUT"),
                ("contentType", "application/json"),
                ("body", "{\"event\":\"{{event.type}}\"}"),
                ("events", "booking.cancelled"),
                ("headers[0].name", "Authorization"),
                ("headers[0].value", ""),
                ("headers[0].secret", "true"),
                ("active", "true"),
            };
            fields.RemoveAll(field => field.Name == change.Name);
            return owner.SubmitAsync($"/write-backs/{id}/edit", $"/write-backs/{id}/edit", [.. fields, change]);
        }

        async Task<List<string>> FoundAsync(string query) =>
            [
                .. (await SendAsync(HttpMethod.Get, $"/api/v1/bookings?{query}"))
                    .Body.GetProperty("items")
                    .EnumerateArray()
                    .Select(item => item.GetProperty("id").GetString()!),
            ];

        async Task<string> TagAsync(string bookingId)
        {
            using var reply = await bench.Api.GetAsync($"/api/v1/bookings/{bookingId}");
            return reply.Headers.ETag!.Tag;
        }

        Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(
            HttpMethod method,
            string path,
            JsonObject? body = null
        ) => bench.SendAsync(method, path, body);

        Task PumpAsync(Func<Task<bool>> condition) =>
            bench.Parley.PumpAsync(condition, "the record is written", Duration.FromSeconds(30));
    }
}
