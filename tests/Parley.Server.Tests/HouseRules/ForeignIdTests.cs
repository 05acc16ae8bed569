using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parley.Server.Access;
using Parley.Server.Tests.Booking;
using Parley.Server.Tests.Hosting;
using AccessTests = Parley.Server.Tests.Access.ApiKeyTests;

namespace Parley.Server.Tests.HouseRules;

/// <summary>
/// Every operation of the API document that names a thing by id, tried with the ids of another workspace: made from the document, so
/// that an operation nobody thought of here is tried too.
/// </summary>
public sealed partial class ForeignIdTests
{
    /// <summary>Path parameters that name nothing of a workspace, and why.</summary>
    private static readonly Dictionary<string, string> NotOfAWorkspace = new(StringComparer.Ordinal)
    {
        ["providers/{provider}"] = "the name of a provider, the same for everyone",
        ["webhooks/{provider}"] =
            "the name of a provider; the app behind it proves itself by a signature, not by a key",
        ["apps/{purpose}"] = "organizer or account",
        ["pages/{slug}"] = "public, unique in the installation",
    };

    /// <summary>A valid body for operations that look at theirs before they look for the thing.</summary>
    private static readonly Dictionary<string, string> Bodies = new(StringComparer.Ordinal)
    {
        ["createMeeting"] =
            """{"subject":"Demo","startsAt":"2026-12-10T09:00:00Z","durationMinutes":30,"timeZone":"Europe/Berlin"}""",
        ["putUsageConnector"] = "{}",
        ["rescheduleBooking"] = """{"startsAt":"2026-12-03T09:00:00Z"}""",
    };

    [Theory, DatabaseMatrix]
    public async Task Ids_of_another_workspace_are_as_absent_as_ids_of_nothing(DatabaseKind database)
    {
        await using var bench = await BookingBench.StartAsync(database);
        var (elsewhere, secret) = await AccessTests.SecondWorkspaceAsync(bench.Parley);
        using var theirKey = AccessTests.Bearer(bench.Parley, secret);
        var theirs = await ThingsAsync(bench, elsewhere.WorkspaceId, "con_elsewhere", theirKey, "theirs");
        var ours = await ThingsAsync(bench, bench.WorkspaceId, BookingBench.ConnectionId, bench.Api, "ours");
        var before = await CustomerRoom.EverythingAsync(bench.Parley);
        var tried = 0;
        foreach (var operation in await OperationsAsync(bench.Parley))
        {
            // Each id in turn is foreign, the ones before it are ours: a foreign meeting of our own connection is tried as well.
            for (var index = 0; index < operation.Ids.Count; index++)
            {
                var foreign = await SendAsync(bench.Api, operation, Path(operation, index, theirs, ours));
                var unknown = await SendAsync(bench.Api, operation, Path(operation, index, Things.None, ours));
                var what = $"{operation.Method} {operation.Template} with a foreign {operation.Ids[index].Kind}";
                if (operation.Ids[index].Kind == "meetings")
                {
                    // An id of the provider's own is asked for there; ours begin with arr_ and never leave the house.
                    unknown.Code.ShouldBe("meeting_not_found", what);
                }

                foreign.Status.ShouldBe(HttpStatusCode.NotFound, $"{what}: {foreign.Body}");
                unknown.Status.ShouldBe(HttpStatusCode.NotFound, $"{what}: {unknown.Body}");
                foreign.Code.ShouldBe(unknown.Code, what);
                foreign.Body.ShouldBe(unknown.Body, what);
                tried++;
            }
        }

        tried.ShouldBeGreaterThan(20);
        (await CustomerRoom.EverythingAsync(bench.Parley)).ShouldBe(before);

        // What was foreign is there: its own workspace's key reaches it.
        foreach (var operation in (await OperationsAsync(bench.Parley)).Where(one => one.Method == HttpMethod.Get))
        {
            var path = Path(operation, operation.Ids.Count, theirs, theirs);
            (await SendAsync(theirKey, operation, path)).Status.ShouldNotBe(HttpStatusCode.NotFound, path);
        }
    }

    [Fact]
    public async Task Without_a_key_is_401_and_without_the_scope_403_whatever_the_id()
    {
        await using var bench = await BookingBench.StartAsync(DatabaseKind.Sqlite);
        var ours = await ThingsAsync(bench, bench.WorkspaceId, BookingBench.ConnectionId, bench.Api, "ours");
        using var unknown = bench.Parley.NewClient();
        unknown.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            "pk_unknown1_" + new string('x', 32)
        );
        var narrow = new Dictionary<string, HttpClient>(StringComparer.Ordinal);
        foreach (var operation in await OperationsAsync(bench.Parley))
        {
            foreach (var things in (Things[])[ours, Things.None])
            {
                var path = Path(operation, operation.Ids.Count, things, things);
                (await SendAsync(bench.Parley.Client, operation, path)).ShouldSatisfyAllConditions(
                    reply => reply.Status.ShouldBe(HttpStatusCode.Unauthorized, path),
                    reply => reply.Code.ShouldBe("unauthenticated", path)
                );
                (await SendAsync(unknown, operation, path)).Status.ShouldBe(HttpStatusCode.Unauthorized, path);
                // Every scope but the one.
                if (!narrow.TryGetValue(operation.Scope, out var client))
                {
                    narrow[operation.Scope] = client = await bench.WithScopesAsync([
                        .. Scope.All.Where(scope => scope != operation.Scope && scope != Scope.Admin),
                    ]);
                }

                (await SendAsync(client, operation, path)).ShouldSatisfyAllConditions(
                    reply => reply.Status.ShouldBe(HttpStatusCode.Forbidden, $"{operation.Method} {path}"),
                    reply => reply.Code.ShouldBe("forbidden", path)
                );
            }
        }

        foreach (var client in narrow.Values)
        {
            client.Dispose();
        }
    }

    internal static async Task<List<Operation>> OperationsAsync(TestServer parley)
    {
        var document = (await parley.Client.GetFromJsonAsync<JsonNode>("/openapi/v1.json"))!;
        var operations = new List<Operation>();
        foreach (var (template, path) in document["paths"]!.AsObject())
        {
            var ids = Parameters()
                .Matches(template)
                .Where(match => !NotOfAWorkspace.ContainsKey(match.Value.TrimStart('/')))
                .Select(match => new PathId(match.Groups["kind"].Value, match.Groups["name"].Value))
                .ToList();
            if (ids.Count == 0)
            {
                continue;
            }

            foreach (var (method, operation) in path!.AsObject().Where(entry => entry.Key is not "parameters"))
            {
                var id = operation!["operationId"]!.GetValue<string>();
                operations.Add(
                    new Operation(
                        new HttpMethod(method.ToUpperInvariant()),
                        template + Query(operation),
                        ids,
                        ScopeOf(operation),
                        operation["requestBody"] is null ? null : Bodies.GetValueOrDefault(id, "{}"),
                        operation["requestBody"]?["content"]?.AsObject().First().Key ?? "application/json",
                        operation["x-parley-roles"] is not null
                    )
                );
            }
        }

        return operations;
    }

    // What an operation cannot do without; anything else would be refused for its own sake before the id is looked at.
    private static string Query(JsonNode operation)
    {
        var required = (operation["parameters"]?.AsArray() ?? [])
            .Where(parameter =>
                parameter!["in"]!.GetValue<string>() == "query" && parameter["required"]?.GetValue<bool>() == true
            )
            .Select(parameter => parameter!["name"]!.GetValue<string>())
            .Select(name =>
                name switch
                {
                    "from" => "from=2026-10-01T00:00:00Z",
                    "to" => "to=2026-11-01T00:00:00Z",
                    _ => throw new InvalidOperationException($"Say what to send for the required parameter {name}."),
                }
            )
            .ToList();
        return required.Count == 0 ? "" : "?" + string.Join('&', required);
    }

    private static string ScopeOf(JsonNode operation) =>
        operation["security"]![0]!.AsObject().Single().Value!.AsArray() is [{ } scope]
            ? scope.GetValue<string>()
            : throw new InvalidOperationException($"{operation["operationId"]} names no scope.");

    /// <param name="foreignAt">Ids from here on are of <paramref name="things"/>, those before of <paramref name="before"/>.</param>
    internal static string Path(Operation operation, int foreignAt, Things things, Things before)
    {
        var path = operation.Template;
        for (var index = 0; index < operation.Ids.Count; index++)
        {
            var id = operation.Ids[index];
            path = path.Replace(
                $"{{{id.Name}}}",
                (index < foreignAt ? before : things).IdOf(id.Kind),
                StringComparison.Ordinal
            );
        }

        return path;
    }

    internal static async Task<(HttpStatusCode Status, string Code, string Body)> SendAsync(
        HttpClient client,
        Operation operation,
        string path
    )
    {
        using var request = new HttpRequestMessage(operation.Method, path);
        request.Content = operation.Body is null ? null : new StringContent(operation.Body, null, operation.BodyType);
        using var reply = await client.SendAsync(request);
        var body = await reply.Content.ReadAsStringAsync();
        return (
            reply.StatusCode,
            (int)reply.StatusCode >= 400 ? JsonNode.Parse(body)!["code"]!.GetValue<string>() : "",
            body
        );
    }

    internal static async Task<Things> ThingsAsync(
        BookingBench bench,
        string workspaceId,
        string connectionId,
        HttpClient key,
        string slug
    )
    {
        if (connectionId != BookingBench.ConnectionId)
        {
            await bench.Parley.Db.WriteAsync(session =>
                session.ExecuteAsync(
                    """
                    INSERT INTO connection (workspace_id, id, provider, purpose, status, organizer_key, connected_at, created_at, updated_at)
                    VALUES (@workspaceId, @connectionId, 'gotomeeting', 'organizer', 'connected', @connectionId, @now, @now, @now)
                    """,
                    new
                    {
                        workspaceId,
                        connectionId,
                        now = FakeClock.Start,
                    }
                )
            );
        }

        var (report, run) = ($"con_report_{slug}", $"run_{slug}");
        await bench.Parley.Db.WriteAsync(async session =>
        {
            await session.ExecuteAsync(
                """
                INSERT INTO connection (workspace_id, id, provider, purpose, status, organizer_key, connected_at, created_at, updated_at)
                VALUES (@workspaceId, @report, 'gotomeeting', 'account', 'connected', @report, @now, @now, @now)
                """,
                new
                {
                    workspaceId,
                    report,
                    now = FakeClock.Start,
                }
            );
            await session.ExecuteAsync(
                "INSERT INTO usage_run (workspace_id, id, connection_id, state, phase, reason, to_at, queued_at) VALUES (@workspaceId, @run, @report, 'completed', 'done', 'manual', @now, @now)",
                new
                {
                    workspaceId,
                    run,
                    report,
                    now = FakeClock.Start,
                }
            );
        });
        var (hook, delivery) = ($"wh_{slug}", $"eff_{slug}");
        await bench.Parley.Db.WriteAsync(async session =>
        {
            var row = new
            {
                workspaceId,
                hook,
                delivery,
                now = FakeClock.Start,
                none = Array.Empty<byte>(),
            };
            await session.ExecuteAsync(
                "INSERT INTO webhook_endpoint (workspace_id, id, url, events, secret, generation, active, created_at, updated_at) VALUES (@workspaceId, @hook, 'https://hooks.example.org', '', @none, 1, 0, @now, @now)",
                row
            );
            await session.ExecuteAsync(
                "INSERT INTO webhook_event (workspace_id, id, type, body, created_at) VALUES (@workspaceId, @delivery, 'webhook.test', '{}', @now)",
                row
            );
            await session.ExecuteAsync(
                "INSERT INTO webhook_delivery (workspace_id, id, endpoint_id, event_id, subject, place, created_at) VALUES (@workspaceId, @delivery, @hook, @delivery, 's', 1, @now)",
                row
            );
            await session.ExecuteAsync(
                "INSERT INTO effect (workspace_id, id, kind, operation, effect_key, lane, version, state, not_before, created_at, updated_at, finished_at) VALUES (@workspaceId, @delivery, 'webhook', 'webhook.test', @delivery, @hook, 1, 'APPLIED', @now, @now, @now, @now)",
                row
            );
        });
        var writeBack = $"wb_{slug}";
        await bench.Parley.Db.WriteAsync(session =>
            session.ExecuteAsync(
                "INSERT INTO write_back (workspace_id, id, name, url, method, content_type, body, headers, generation, events, active, created_at, updated_at) VALUES (@workspaceId, @writeBack, 'CRM', 'https://crm.example.org/', 'POST', 'application/json', '{}', '[]', 1, 'meeting.ended', 0, @now, @now)",
                new
                {
                    workspaceId,
                    writeBack,
                    now = FakeClock.Start,
                }
            )
        );
        var (made, page) = await bench.SendAsync(
            HttpMethod.Post,
            "/api/v1/booking-pages",
            BookingBench.Page(
                slug,
                one => one["hosts"] = new JsonArray(new JsonObject { ["connectionId"] = connectionId })
            ),
            client: key
        );
        made.ShouldBe(HttpStatusCode.Created, page.ToString());
        var booking = await bench.BookedAsync(slug, "2026-12-02T09:00:00Z");
        var arrangement = await bench.Parley.Db.ReadAsync(session =>
            session.FirstAsync<string>(
                "SELECT arrangement_id FROM booking WHERE workspace_id = @workspaceId AND id = @booking",
                new { workspaceId, booking }
            )
        );
        var invited = await bench.SendAsync(
            HttpMethod.Post,
            "/api/v1/invitations",
            new JsonObject { ["note"] = "Somebody", ["role"] = "member" },
            client: key
        );
        var people = await key.GetFromJsonAsync<JsonElement>("/api/v1/members");
        var keys = await key.GetFromJsonAsync<JsonElement>("/api/v1/api-keys");
        return new Things(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["connections"] = connectionId,
                ["webhooks"] = hook,
                ["write-backs"] = writeBack,
                ["invitations"] = invited.Body.GetProperty("id").GetString()!,
                ["members"] = people.GetProperty("items")[0].GetProperty("id").GetString()!,
                ["deliveries"] = delivery,
                ["connectors"] = report,
                ["runs"] = run,
                ["booking-pages"] = page.GetProperty("id").GetString()!,
                ["bookings"] = booking,
                ["arrangements"] = arrangement,
                ["meetings"] = arrangement,
                ["api-keys"] = keys.GetProperty("items")[0].GetProperty("id").GetString()!,
            }
        );
    }

    [GeneratedRegex("/(?<kind>[a-z-]+)/\\{(?<name>[A-Za-z]+)\\}")]
    private static partial Regex Parameters();

    /// <param name="Kind">The path segment before it: what it is an id of.</param>
    internal sealed record PathId(string Kind, string Name);

    internal sealed record Operation(
        HttpMethod Method,
        string Template,
        IReadOnlyList<PathId> Ids,
        string Scope,
        string? Body,
        string BodyType,
        bool AdministratorsOnly
    );

    /// <summary>One of each, by the path segment its id follows.</summary>
    internal sealed record Things(IReadOnlyDictionary<string, string>? Ids)
    {
        public static readonly Things None = new((IReadOnlyDictionary<string, string>?)null);

        public string IdOf(string kind) =>
            Ids is null ? Nothing(kind)
            : Ids.TryGetValue(kind, out var id) ? id
            : throw new InvalidOperationException(
                $"The API has a new kind of thing, /{kind}/{{id}}: make one in ThingsAsync, or say in NotOfAWorkspace why it belongs to nobody."
            );

        // With the prefix of its kind: a provider is not asked about those.
        private static string Nothing(string kind) =>
            kind is "meetings" or "arrangements" ? "arr_nobody" : "xxx_nobody";
    }
}
