using System.Net;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.HouseRules;

namespace Parley.Server.Tests.Reference;

/// <summary>
/// Every documented example, sent to a server: it answers as documented, its ETag works, its Idempotency-Key works. The replies shown
/// in the document are such answers: with PARLEY_UPDATE_OPENAPI=1 they are written anew (build and run ApiDocumentTests after it).
/// </summary>
public sealed partial class ExampleTests
{
    private static readonly string Replies = Path.Combine(
        HouseRuleTests.Root,
        "src/Parley.Server/Web/Reference/replies.json"
    );

    /// <summary>Operations no example of ours can be sent to, and why.</summary>
    private static readonly Dictionary<string, string> NotOurs = new(StringComparer.Ordinal)
    {
        ["receiveProviderEvent"] = "its body is the provider's own, signed by it",
        ["receiveProviderAppEvent"] = "its body is the provider's own, signed by it",
    };

    /// <summary>Operations that change nothing anybody would look for in the audit, and why.</summary>
    private static readonly Dictionary<string, string> NotAudited = new(StringComparer.Ordinal)
    {
        ["queryAvailability"] = "a question",
        ["lookForSessions"] = "a look; what it finds is told as meeting.ended",
        ["runRadar"] = "a look; what it repairs is in the ledger",
        ["testConnection"] = "a look",
        ["testProviderApp"] = "a look",
        ["testOrganizerProviderApp"] = "a look",
        ["reconnectConnection"] = "a link; connecting is in the audit",
    };

    private static readonly bool Writes = Environment.GetEnvironmentVariable("PARLEY_UPDATE_OPENAPI") == "1";
    private static readonly JsonSerializerOptions Written = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task Every_documented_example_works_as_documented()
    {
        await using var world = await ReferenceWorld.StartAsync();
        var operations = (await DocumentedOperation.AllAsync(world.Server.Parley))
            .Where(operation => !NotOurs.ContainsKey(operation.Id))
            .OrderBy(Turn)
            .ToList();
        operations.Count.ShouldBeGreaterThan(50);
        var seen = new JsonObject();
        var wrong = new List<string>();
        foreach (var operation in operations)
        {
            if (operation is { Body: { Example: null } body })
            {
                wrong.Add(
                    $"{operation} shows no example of its body ({body.Type}): write one in src/Parley.Server/Web/Reference."
                );
                continue;
            }

            var audited = await AuditedAsync(world);
            if (operation.Takes("If-Match"))
            {
                wrong.AddRange(await StaleAsync(world, operation));
            }

            var (status, reply, _) = await TryAsync(world, operation, FirstKey(operation));
            if (!operation.Statuses.Contains(status) || status[0] != '2')
            {
                wrong.Add($"{operation} answers its example with {status}: {reply}");
                continue;
            }

            if (
                operation.Method != HttpMethod.Get
                && NotAudited.ContainsKey(operation.Id) == await AuditedAsync(world) > audited
            )
            {
                wrong.Add(
                    NotAudited.ContainsKey(operation.Id)
                        ? $"{operation} is in the audit after all: take it out of NotAudited."
                        : $"{operation} was done and left nothing in the audit."
                );
            }

            if (operation.AnswersJson(status))
            {
                var shown = Disguise(JsonNode.Parse(reply)!);
                (seen[operation.Id] ??= new JsonObject())[status] = shown;
                var documented = operation.ReplyExample(status);
                if (!Writes && (documented is null || Difference(documented, shown, "") is not null))
                {
                    wrong.Add(
                        $"{operation} {status}: the documented reply differs at '{(documented is null ? "all of it" : Difference(documented, shown, ""))}': PARLEY_UPDATE_OPENAPI=1, run ExampleTests, build, run ApiDocumentTests."
                    );
                }
            }

            wrong.AddRange(await AgainAsync(world, operation, status));
        }

        if (Writes)
        {
            var ordered = new JsonObject(
                seen.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                    .Select(entry => KeyValuePair.Create(entry.Key, entry.Value?.DeepClone()))
            );
            await File.WriteAllTextAsync(Replies, ordered.ToJsonString(Written) + "\n");
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong));
    }

    private static Task<long> AuditedAsync(ReferenceWorld world) =>
        world.Server.Parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>("SELECT COUNT(*) FROM audit_entry /* all workspaces: test */")
        );

    // Looked at before it is changed, changed before it is removed; what removes or ends comes last.
    internal static int Turn(DocumentedOperation operation) =>
        operation.Method == HttpMethod.Get ? 0
        : operation.Method == HttpMethod.Delete
            ? operation.Id == "disconnectConnection" ? 5
                : 4
        : operation.Id.StartsWith("cancel", StringComparison.Ordinal) ? 3
        : operation.Method == HttpMethod.Patch ? 2
        : 1;

    private static Action<HttpRequestMessage>? FirstKey(DocumentedOperation operation) =>
        operation.Takes("Idempotency-Key")
            ? request => request.Headers.Add("Idempotency-Key", "example " + operation.Id)
            : null;

    /// <summary>Nothing is changed on the strength of an old, a weak or a wrong tag.</summary>
    private static async Task<List<string>> StaleAsync(ReferenceWorld world, DocumentedOperation operation)
    {
        var read = new HttpRequestMessage(HttpMethod.Get, ReadPath(world, operation));
        using var there = await world.Server.Api.SendAsync(read);
        var tag = there.Headers.ETag;
        if (tag is null || tag.IsWeak)
        {
            return [$"{operation} takes If-Match, but reading it gives no strong ETag"];
        }

        var wrong = new List<string>();
        foreach (var stale in (string[])["\"stale\"", $"W/{tag.Tag}", $"\"x{tag.Tag.Trim('"')}\"", "not a tag"])
        {
            var (status, reply, _) = await TryAsync(
                world,
                operation,
                request => request.Headers.TryAddWithoutValidation("If-Match", stale)
            );
            if (status != "412" || JsonNode.Parse(reply)!["code"]!.GetValue<string>() != "precondition_failed")
            {
                wrong.Add($"{operation} with If-Match: {stale} answers {status}: {reply}");
            }
        }

        // And with the right one among others it is done.
        var (done, said, _) = await TryAsync(
            world,
            operation,
            request => request.Headers.TryAddWithoutValidation("If-Match", $"\"other\", {tag.Tag}")
        );
        if (done[0] != '2')
        {
            wrong.Add($"{operation} with If-Match: {tag} answers {done}: {said}");
        }

        var (star, saidOfStar, _) = await TryAsync(
            world,
            operation,
            request => request.Headers.TryAddWithoutValidation("If-Match", "*")
        );
        if (star[0] != '2')
        {
            wrong.Add($"{operation} with If-Match: * answers {star}: {saidOfStar}");
        }

        return wrong;
    }

    private static string ReadPath(ReferenceWorld world, DocumentedOperation operation)
    {
        var path = world.PathOf(operation);
        // Verbs hang below the thing they change.
        return operation.Method == HttpMethod.Post ? path[..path.LastIndexOf('/')] : path;
    }

    /// <summary>A GET answers 304 to its own tag; a POST under the same key answers the same once more, another one under it nothing.</summary>
    private static async Task<List<string>> AgainAsync(
        ReferenceWorld world,
        DocumentedOperation operation,
        string first
    )
    {
        var wrong = new List<string>();
        if (operation.Takes("If-None-Match"))
        {
            var (_, _, headers) = await TryAsync(world, operation, null);
            var tag = headers.ETag?.Tag ?? "";
            foreach (var (sent, expected) in new[] { (tag, "304"), ($"\"x\", W/{tag}", "304"), ("\"x\"", "200") })
            {
                var (status, reply, _) = await TryAsync(
                    world,
                    operation,
                    request => request.Headers.TryAddWithoutValidation("If-None-Match", sent)
                );
                if (status != expected || (expected == "304" && reply.Length > 0))
                {
                    wrong.Add($"{operation} with If-None-Match: {sent} answers {status}, not {expected}: {reply}");
                }
            }
        }

        if (operation.Takes("limit") && operation.Takes("from") && operation.Takes("to"))
        {
            var (status, said, _) = await TryAsync(
                world,
                operation,
                request =>
                    request.RequestUri = new Uri(
                        world.PathOf(operation) + "?from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z",
                        UriKind.Relative
                    )
            );
            if (status != "400" || JsonNode.Parse(said)!["errors"]?["to"] is null)
            {
                wrong.Add($"{operation} of a time that ends before it begins answers {status}: {said}");
            }
        }

        if (operation.Takes("Idempotency-Key"))
        {
            var (status, reply, headers) = await TryAsync(world, operation, FirstKey(operation));
            if (status != first || !headers.Contains("Idempotency-Replayed"))
            {
                wrong.Add($"{operation} repeated under its Idempotency-Key answers {status}, not {first}: {reply}");
            }

            var (other, said, _) = await TryAsync(
                world,
                operation,
                request =>
                {
                    FirstKey(operation)!(request);
                    request.RequestUri = new Uri(request.RequestUri + "?another=request", UriKind.Relative);
                }
            );
            if (other != "409" || !said.Contains("idempotency_key_reused", StringComparison.Ordinal))
            {
                wrong.Add($"{operation} with another request under its Idempotency-Key answers {other}: {said}");
            }
        }

        return wrong;
    }

    private static async Task<(string Status, string Body, HttpResponseHeaders Headers)> TryAsync(
        ReferenceWorld world,
        DocumentedOperation operation,
        Action<HttpRequestMessage>? more
    )
    {
        using var request = world.Request(operation);
        more?.Invoke(request);
        using var reply = await (operation.Scope is null ? world.Server.Parley.Client : world.Server.Api).SendAsync(
            request
        );
        return (
            ((int)reply.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture),
            await reply.Content.ReadAsStringAsync(),
            reply.Headers
        );
    }

    /// <summary>Where two replies have not the same shape; null: they have. Lists are compared by their first items, null is of any type.</summary>
    private static string? Difference(JsonNode? one, JsonNode? other, string at) =>
        (one, other) switch
        {
            (null, _) or (_, null) => null,
            (JsonObject here, JsonObject there) => here.Select(member => member.Key)
                .Union(there.Select(member => member.Key))
                .Select(name =>
                    here.ContainsKey(name) && there.ContainsKey(name)
                        ? Difference(here[name], there[name], $"{at}.{name}")
                        : $"{at}.{name}"
                )
                .FirstOrDefault(difference => difference is not null),
            (JsonArray { Count: > 0 } here, JsonArray { Count: > 0 } there) => Difference(
                here[0],
                there[0],
                $"{at}[0]"
            ),
            (JsonArray, JsonArray) => null,
            (JsonValue here, JsonValue there) when Kind(here) == Kind(there) => null,
            _ => at,
        };

    private static JsonValueKind Kind(JsonValue value) =>
        value.GetValueKind() == JsonValueKind.False ? JsonValueKind.True : value.GetValueKind();

    /// <summary>A reply fit to be shown: no secret, no address of this machine, ids as the examples have them, lists cut short.</summary>
    private static JsonNode Disguise(JsonNode node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members.ToList())
                {
                    members[name] = value is null ? null : Disguise(name, value.DeepClone());
                }

                return members;
            case JsonArray items:
                return new JsonArray([
                    .. items.Take(2).Select(item => item is null ? null : Disguise(item.DeepClone())),
                ]);
            default:
                return node.GetValueKind() == JsonValueKind.String ? Disguise(node.GetValue<string>()) : node;
        }
    }

    private static JsonNode Disguise(string name, JsonNode value) =>
        (name, value.GetValueKind()) switch
        {
            ("durationMs", JsonValueKind.Number) => 120,
            ("prefix", _) => "pk_4x8m2k7q_",
            ("secret", JsonValueKind.String) => value.GetValue<string>()[
                ..value.GetValue<string>().IndexOf('_', StringComparison.Ordinal)
            ] + "_shown-in-this-reply-only",
            ("hostUrl", _) => "https://meet.goto.com/host/654017674",
            _ => Disguise(value),
        };

    private static JsonNode Disguise(string text)
    {
        var shown = OwnId().Replace(text, "${prefix}_06e2zq3m9h1k4p7r8s5t6v0w2x");
        shown = TwinOrigin().Replace(shown, "https://meet.goto.com");
        shown = shown.Replace("http://127.0.0.1:5080", "https://parley.example.org", StringComparison.Ordinal);
        return Secret()
            .Replace(
                shown,
                match =>
                    match.Value.StartsWith("06e2", StringComparison.Ordinal) ? match.Value : "shown-once-or-by-link"
            );
    }

    [GeneratedRegex(@"\b(?<prefix>[a-z]{2,5})_[0-9a-hjkmnp-tv-z]{26}\b")]
    private static partial Regex OwnId();

    [GeneratedRegex(@"http://127\.0\.0\.1:(?!5080)\d+")]
    private static partial Regex TwinOrigin();

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])(?![a-z]{2,5}_06e2)[A-Za-z0-9_+=-]{21,}(?![A-Za-z0-9_@.-])")]
    private static partial Regex Secret();
}
