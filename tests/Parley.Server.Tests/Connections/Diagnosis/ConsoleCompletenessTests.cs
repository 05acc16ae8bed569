using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Parley.Server.Connections.Console;
using Parley.Server.Outcomes;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.Connections.Diagnosis;

/// <summary>The console against the API document: nothing a connection can do is missing from it, and it reaches nothing else.</summary>
public sealed partial class ConsoleCompletenessTests
{
    /// <summary>Operations of a connection that are not tried by hand, and why.</summary>
    private static readonly Dictionary<string, string> NotByHand = new(StringComparer.Ordinal)
    {
        ["DELETE /api/v1/connections/{}"] =
            "ends the connection; its own page counts the meetings that depend on it and asks",
        ["POST /api/v1/connections/{}/reconnect"] = "answers with a link to consent, which the button Refresh opens",
        ["POST /api/v1/connections/{}/approval-requested"] =
            "a note about a connection nobody has connected yet, made on its page",
    };

    /// <summary>Members of bodies that are not on the form, and why.</summary>
    private static readonly Dictionary<string, string> NotOnTheForm = new(StringComparer.Ordinal)
    {
        ["reference"] = "the caller's own record, handed back unchanged",
    };

    [Fact]
    public async Task Every_operation_of_a_connection_in_the_API_document_is_in_the_console()
    {
        var operations = (await OperationsAsync())
            .Where(operation =>
                operation.Name.Contains(" /api/v1/connections/{}", StringComparison.Ordinal)
                || operation.Name.Contains(" /api/v1/arrangements/{}", StringComparison.Ordinal)
            )
            .ToDictionary(operation => operation.Name, operation => operation.Document, StringComparer.Ordinal);
        operations.Count.ShouldBeGreaterThan(15);
        var byHand = ConsoleOperations.All.Select(NameOf).ToList();

        operations.Keys.Except(byHand).Except(NotByHand.Keys).ShouldBeEmpty("put it into ConsoleOperations");
        byHand.Except(operations.Keys).ShouldBeEmpty("the API has no such operation");
        NotByHand.Keys.Except(operations.Keys).ShouldBeEmpty("an exception for nothing");
        NotByHand.Keys.Intersect(byHand).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_parameter_and_member_of_those_operations_is_on_its_form()
    {
        var operations = (await OperationsAsync()).ToDictionary(
            operation => operation.Name,
            operation => operation,
            StringComparer.Ordinal
        );
        var missing = new List<string>();
        var bodies = 0;
        foreach (var operation in ConsoleOperations.All)
        {
            var described = operations[NameOf(operation)];
            var wanted = (described.Document["parameters"]?.AsArray() ?? [])
                .Where(parameter => parameter!["in"]!.GetValue<string>() == "query")
                .Select(parameter => parameter!["name"]!.GetValue<string>())
                .Concat(described.BodyMembers.Except(NotOnTheForm.Keys))
                .ToList();
            bodies += described.BodyMembers.Count > 0 ? 1 : 0;
            missing.AddRange(
                wanted
                    .Where(name =>
                        !operation.Fields.Any(field =>
                            field.Name == name || field.Name.StartsWith(name + ".", StringComparison.Ordinal)
                        )
                    )
                    .Select(name => $"{operation.Id}: {name}")
            );
        }

        bodies.ShouldBe(2);
        missing.ShouldBeEmpty();
    }

    [Fact]
    public async Task No_operation_of_the_console_relies_on_a_policy_that_is_not_run()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        var api = parley.Services.GetRequiredService<OwnApi>();
        foreach (var operation in ConsoleOperations.All)
        {
            var path = Parameter().Replace(operation.Root + operation.Path, "x");
            var (endpoint, _) = api.Find(operation.Method, new PathString(path));
            OwnApi.Obstacle(endpoint).ShouldBeNull(operation.Id);
        }

        var page = new DefaultHttpContext { RequestServices = parley.Services };
        foreach (
            var (method, path) in ((string, string)[])
                [
                    ("GET", "/api/v1/api-keys"),
                    ("PUT", "/api/v1/providers/gotomeeting/apps/organizer"),
                    ("GET", "/api/v1/connections"),
                    ("GET", "/api/v1/public/pages/demo"),
                ]
        )
        {
            await Should.ThrowAsync<InvalidOperationException>(
                () => api.SendAsync(page, new OwnApiRequest(method, path, null)),
                path
            );
        }
    }

    [Theory, DatabaseMatrix]
    public async Task Meetings_of_every_type_are_made_by_hand_and_attendees_told(DatabaseKind database)
    {
        await using var world = await TwinWorld.StartAsync(new TwinWorldOptions { Database = database });
        await world.ConnectedAsync();

        var scheduled = await MadeAsync(
            world,
            ("startsAt.date", "2026-12-05"),
            ("startsAt.time", "10:30"),
            ("endsAt.date", "2026-12-05"),
            ("endsAt.time", "11:15"),
            ("attendees", "Ada Lovelace <ada@example.org>\ngrace@example.org"),
            ("options.waitingRoom", "")
        );
        scheduled["durationMinutes"]!.GetValue<int>().ShouldBe(45);
        scheduled["type"]!.GetValue<string>().ShouldBe("scheduled");
        (
            await world.Parley.Db.ReadAsync(session =>
                session.FirstAsync<string>("SELECT attendees FROM arrangement /* all workspaces: test */")
            )
        ).ShouldSatisfyAllConditions(
            kept => kept.ShouldContain("Ada Lovelace"),
            kept => kept.ShouldContain("ada@example.org"),
            kept => kept.ShouldContain("grace@example.org")
        );
        (await MadeAsync(world, ("type", "instant")))["type"]!.GetValue<string>().ShouldBe("instant");
        var room = await MadeAsync(world, ("type", "recurring"));
        room["type"]!.GetValue<string>().ShouldBe("recurring");

        var ledger = await world.SubmitAsync(
            $"/connections/{world.Id}/console/ledger",
            ("arrangementId", room["arrangementId"]!.GetValue<string>())
        );
        ledger.Status.ShouldBe(HttpStatusCode.OK);
        ledger.Text.ShouldContain("\"effects\"");
        var log = await world.SubmitAsync(
            $"/connections/{world.Id}/console/log",
            ("operation", "meetings.create"),
            ("limit", "2")
        );
        log.Text.ShouldContain("\"operation\": \"meetings.create\"");
        log.Text.ShouldNotContain("\"operation\": \"meetings.upcoming\"");
        await SessionsAreShownInPagesAsync(world, room["arrangementId"]!.GetValue<string>());
    }

    private static async Task SessionsAreShownInPagesAsync(TwinWorld world, string arrangementId)
    {
        var asked = await world.SubmitAsync($"/connections/{world.Id}/console/look", ("arrangementId", arrangementId));
        asked.Text.ShouldContain("202 Accepted");
        var workspaceId = await world.Parley.WorkspaceIdAsync();
        await world.Parley.Db.WriteAsync(async session =>
        {
            for (var day = 1; day <= 3; day++)
            {
                await HeldSessions.AddAsync(
                    session,
                    new HeldRow
                    {
                        WorkspaceId = workspaceId,
                        ArrangementId = arrangementId,
                        StartedAt = FakeClock.Start - Duration.FromDays(day),
                        EndedAt = FakeClock.Start - Duration.FromDays(day) + Duration.FromMinutes(20),
                        SessionId = $"held-{day}",
                        CreatedAt = FakeClock.Start,
                    }
                );
            }
        });
        var (first, next) = await SessionsAsync("");
        first.ShouldBe(["held-3", "held-2"]);
        (await SessionsAsync(next!)).ShouldSatisfyAllConditions(
            rest => rest.Ids.ShouldBe(["held-1"]),
            rest => rest.Next.ShouldBeNull()
        );

        async Task<(List<string> Ids, string? Next)> SessionsAsync(string cursor)
        {
            var (status, text) = await world.SubmitAsync(
                $"/connections/{world.Id}/console/sessions",
                ("arrangementId", arrangementId),
                ("limit", "2"),
                ("cursor", cursor)
            );
            status.ShouldBe(HttpStatusCode.OK, text);
            var page = JsonNode.Parse(Answer().Match(text).Groups[1].Value)!;
            return (
                [.. page["items"]!.AsArray().Select(item => item!["session"]!["id"]!.GetValue<string>())],
                page["nextCursor"]?.GetValue<string>()
            );
        }
    }

    [Theory, DatabaseMatrix]
    public async Task What_cannot_be_part_of_an_address_is_said_on_the_form(DatabaseKind database)
    {
        await using var world = await TwinWorld.StartAsync(new TwinWorldOptions { Database = database });
        await world.ConnectedAsync();
        foreach (
            var (operation, field) in ((string, string)[])
                [("get", "meetingId"), ("ledger", "arrangementId"), ("log", "cursor"), ("organizers", "q")]
        )
        {
            foreach (var text in (string[])["1\u00002", "1\u00012", new string('€', 20_000)])
            {
                var (status, page) = await world.SubmitAsync(
                    $"/connections/{world.Id}/console/{operation}",
                    (field, text)
                );
                status.ShouldBe(HttpStatusCode.BadRequest, $"{operation} {text[..3]}");
                page.ShouldNotContain("Body of the answer");
            }
        }

        var unknown = await world.SubmitAsync($"/connections/{world.Id}/console/get", ("meetingId", "arr_nobody"));
        unknown.Status.ShouldBe(HttpStatusCode.NotFound);
        var cursor = await world.SubmitAsync($"/connections/{world.Id}/console/log", ("cursor", "nothing"));
        cursor.Status.ShouldBe(HttpStatusCode.BadRequest);
        cursor.Text.ShouldContain("is not a cursor of this list");
    }

    private static async Task<JsonNode> MadeAsync(TwinWorld world, params (string Name, string Value)[] fields)
    {
        var (status, text) = await world.SubmitAsync(
            $"/connections/{world.Id}/console/create",
            [("subject", "By hand"), ("timeZone", "UTC"), .. fields]
        );
        status.ShouldBe(HttpStatusCode.OK, text);
        text.ShouldContain("201 Created");
        return JsonNode.Parse(Answer().Match(text).Groups[1].Value)!;
    }

    private static string NameOf(ConsoleOperation operation) =>
        $"{operation.Method} {Parameter().Replace(operation.Root + operation.Path, "{}")}";

    private static async Task<List<Described>> OperationsAsync()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        var document = (await parley.Client.GetFromJsonAsync<JsonNode>("/openapi/v1.json"))!;
        return document["paths"]!
            .AsObject()
            .SelectMany(path =>
                path.Value!.AsObject()
                    .Where(entry => entry.Key != "parameters")
                    .Select(entry => new Described(
                        $"{entry.Key.ToUpperInvariant()} {Parameter().Replace(path.Key, "{}")}",
                        entry.Value!,
                        MembersOf(document, entry.Value!)
                    ))
            )
            .ToList();
    }

    private static List<string> MembersOf(JsonNode document, JsonNode operation)
    {
        var schema = operation["requestBody"]?["content"]?["application/json"]?["schema"];
        var name = schema?["$ref"]?.GetValue<string>().Split('/')[^1];
        return (name is null ? schema : document["components"]!["schemas"]![name])
                ?["properties"]?.AsObject()
                .Select(member => member.Key)
                .ToList()
            ?? [];
    }

    private sealed record Described(string Name, JsonNode Document, IReadOnlyList<string> BodyMembers);

    [GeneratedRegex("\\{[A-Za-z]+\\}", RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();

    [GeneratedRegex("aria-label=\"Body of the answer\">(.*?)</pre>", RegexOptions.Singleline, 1000)]
    private static partial Regex Answer();
}
