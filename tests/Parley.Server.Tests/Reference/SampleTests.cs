using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Parley.Server.Tests.Hosting;
using Parley.Server.Tests.HouseRules;
using Parley.Server.Web;

namespace Parley.Server.Tests.Reference;

/// <summary>
/// samples/: made from the API document, whose examples <see cref="ExampleTests"/> sends; with PARLEY_UPDATE_OPENAPI=1 they are written
/// anew. The scripts are run here, the one that verifies webhooks too, which is written by hand.
/// </summary>
public sealed partial class SampleTests
{
    private static readonly string Samples = Path.Combine(HouseRuleTests.Root, "samples");
    private static readonly bool Writes = Environment.GetEnvironmentVariable("PARLEY_UPDATE_OPENAPI") == "1";

    /// <summary>What a connected system calls, one script each.</summary>
    private static readonly string[] Scripts =
    [
        "listConnections",
        "createMeeting",
        "getArrangement",
        "getMeeting",
        "updateMeeting",
        "deleteMeeting",
        "startMeeting",
        "listMeetings",
        "findMeetings",
        "listMeetingHistory",
        "listAttendees",
        "listOrganizers",
        "createBookingPage",
        "listSlots",
        "book",
        "listBookings",
        "getBooking",
        "rescheduleBooking",
        "cancelBooking",
        "createWebhook",
        "listWebhookDeliveries",
        "redeliverWebhook",
        "rotateWebhookSecret",
    ];

    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task The_samples_are_what_the_document_says()
    {
        var operations = Operations();
        var files = new Dictionary<string, string>(StringComparer.Ordinal) { ["parley.http"] = Http(operations) };
        foreach (var id in Scripts)
        {
            files[$"curl/{Dashed(id)}.sh"] = Script(operations.Single(one => one.Id == id));
        }

        foreach (var (name, text) in files)
        {
            var file = Path.Combine(Samples, name);
            if (Writes)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllTextAsync(file, text);
                if (name.EndsWith(".sh", StringComparison.Ordinal) && !OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(
                        file,
                        UnixFileMode.UserRead
                            | UnixFileMode.UserWrite
                            | UnixFileMode.UserExecute
                            | UnixFileMode.GroupRead
                            | UnixFileMode.GroupExecute
                            | UnixFileMode.OtherRead
                            | UnixFileMode.OtherExecute
                    );
                }
            }

            text.ShouldBe(
                File.Exists(file) ? await File.ReadAllTextAsync(file) : "",
                $"samples/{name}: PARLEY_UPDATE_OPENAPI=1, run SampleTests, commit."
            );
        }

        Directory
            .EnumerateFiles(Path.Combine(Samples, "curl"), "*.sh")
            .Select(file => "curl/" + Path.GetFileName(file))
            .Except(files.Keys, StringComparer.Ordinal)
            .ShouldBe(["curl/verify-webhook.sh"]);
    }

    [Fact]
    public async Task The_script_that_verifies_a_webhook_believes_a_right_signature_and_no_other()
    {
        var key = RandomNumberGenerator.GetBytes(24);
        var secret = "whsec_" + Convert.ToBase64String(key);
        const string Body = """{"type":"meeting.ready","data":{"subject":"Grüße"}}""";
        var at = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signature =
            "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"msg_1.{at}.{Body}")));
        (await VerifyAsync(secret, at, signature, Body)).ShouldBe(0);
        (await VerifyAsync(secret, at, $"v1,bm90aGluZw== {signature}", Body)).ShouldBe(0);
        (await VerifyAsync(secret, at, signature, Body + " ")).ShouldNotBe(0);
        (await VerifyAsync(secret, at, "v1,bm90aGluZw==", Body)).ShouldNotBe(0);
        (await VerifyAsync(secret, "1700000000", signature, Body)).ShouldNotBe(0);
    }

    [Fact]
    public async Task The_scripts_do_what_they_say()
    {
        await using var world = await ReferenceWorld.StartAsync();
        var wrong = new List<string>();
        foreach (
            var operation in Operations()
                .Where(one => Scripts.Contains(one.Id, StringComparer.Ordinal))
                .OrderBy(ExampleTests.Turn)
        )
        {
            var (code, reply) = await RunAsync(world, operation);
            if (code != 0 || (operation.AnswersJson("200") && JsonNode.Parse(reply) is not JsonObject))
            {
                wrong.Add($"{operation.Id}: {code} {reply}");
            }
        }

        wrong.ShouldBeEmpty(string.Join('\n', wrong));
        // And what the server refuses, the script does not call done.
        var start = Operations().Single(one => one.Id == "startMeeting");
        (await RunAsync(world, start, ("MEETING_ID", "none"))).Code.ShouldNotBe(0);
    }

    private static async Task<(int Code, string Reply)> RunAsync(
        ReferenceWorld world,
        DocumentedOperation operation,
        params IReadOnlyList<(string Name, string Value)> instead
    )
    {
        var start = new ProcessStartInfo("sh", [Path.Combine(Samples, "curl", Dashed(operation.Id) + ".sh")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PARLEY_URL"] = world.Server.Parley.Client.BaseAddress!.ToString().TrimEnd('/');
        start.Environment["PARLEY_KEY"] = TestServer.ApiKey;
        start.Environment["CONNECTION_ID"] = world.Server.ConnectionId;
        var real = world.PathOf(operation).Split('/');
        var asked = operation.Path.Split('/');
        foreach (Match match in Parameter().Matches(operation.Path))
        {
            start.Environment[Upper(NameOf(match))] = real[
                Array.IndexOf(asked, "{" + match.Groups["name"].Value + "}")
            ];
        }

        foreach (var (name, value) in instead)
        {
            start.Environment[name] = value;
        }

        using var script = Process.Start(start)!;
        var said = await Task.WhenAll(script.StandardOutput.ReadToEndAsync(), script.StandardError.ReadToEndAsync());
        await script.WaitForExitAsync();
        return (script.ExitCode, string.Concat(said));
    }

    private static async Task<int> VerifyAsync(string secret, string at, string signature, string body)
    {
        using var script = Process.Start(
            new ProcessStartInfo("sh", [Path.Combine(Samples, "curl", "verify-webhook.sh")])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["WEBHOOK_SECRET"] = secret,
                    ["WEBHOOK_ID"] = "msg_1",
                    ["WEBHOOK_TIMESTAMP"] = at,
                    ["WEBHOOK_SIGNATURE"] = signature,
                },
            }
        )!;
        try
        {
            await script.StandardInput.WriteAsync(body);
            script.StandardInput.Close();
        }
        catch (IOException)
        {
            // A delivery that is too old is refused before its body is read.
        }

        await script.WaitForExitAsync();
        return script.ExitCode;
    }

    private static string Script(DocumentedOperation operation)
    {
        var text = new StringBuilder("#!/bin/sh\n");
        text.Append(CultureInfo.InvariantCulture, $"# {operation.Node["summary"]}\n");
        text.Append(CultureInfo.InvariantCulture, $"# Set {string.Join(", ", Variables(operation))}.\n");
        if (operation.Scope is { } scope)
        {
            text.Append(CultureInfo.InvariantCulture, $"# The key needs the scope {scope}.\n");
        }

        text.Append("set -eu\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"curl --silent --show-error --fail-with-body --request {operation.Method} \"$PARLEY_URL{Address(operation, name => "$" + Upper(name))}\""
        );
        if (operation.Scope is not null)
        {
            text.Append(" \\\n  --header \"Authorization: Bearer $PARLEY_KEY\"");
        }

        if (operation.Takes("Idempotency-Key"))
        {
            text.Append(" \\\n  --header \"Idempotency-Key: ${IDEMPOTENCY_KEY:-$(date +%s)-$$}\"");
        }

        if (operation.Body is { Example: { } example, Type: { } type })
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $" \\\n  --header 'Content-Type: {type}' \\\n  --data-binary @- <<JSON\n"
            );
            text.Append(
                example
                    .ToJsonString(Indented)
                    .Replace(ReferenceWorld.ExampleConnection, "$CONNECTION_ID", StringComparison.Ordinal)
            );
            text.Append("\nJSON");
        }

        return text.Append('\n').ToString();
    }

    private static string Http(List<DocumentedOperation> operations)
    {
        var text = new StringBuilder(
            """
            # Every operation of the API, as the document shows it. Made from docs/openapi.v1.json: do not edit by hand.
            @host = http://127.0.0.1:5080
            @key = pk_your_key

            """
        );
        foreach (
            var name in operations.SelectMany(Names).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
        )
        {
            text.Append(CultureInfo.InvariantCulture, $"@{name} = {Usual(name)}\n");
        }

        foreach (var operation in operations)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### {operation.Node["summary"]}\n");
            text.Append(CultureInfo.InvariantCulture, $"# @name {operation.Id}\n");
            text.Append(
                CultureInfo.InvariantCulture,
                $"{operation.Method} {{{{host}}}}{Address(operation, name => $"{{{{{name}}}}}")}\n"
            );
            if (operation.Scope is not null)
            {
                text.Append("Authorization: Bearer {{key}}\n");
            }

            if (operation.Takes("Idempotency-Key"))
            {
                text.Append("Idempotency-Key: {{$guid}}\n");
            }

            if (operation.Body is { Example: { } example, Type: { } type })
            {
                text.Append(CultureInfo.InvariantCulture, $"Content-Type: {type}\n\n");
                text.Append(
                    (
                        type.EndsWith("json", StringComparison.Ordinal)
                            ? example.ToJsonString(Indented)
                            : example.GetValue<string>().TrimEnd('\n')
                    ).Replace(ReferenceWorld.ExampleConnection, "{{connectionId}}", StringComparison.Ordinal)
                );
                text.Append('\n');
            }
        }

        return text.ToString();
    }

    private static IEnumerable<string> Variables(DocumentedOperation operation) =>
        Names(operation)
            .Select(Upper)
            .Prepend(operation.Scope is null ? "" : "PARLEY_KEY")
            .Prepend("PARLEY_URL")
            .Where(name => name.Length > 0);

    private static string Address(DocumentedOperation operation, Func<string, string> variable)
    {
        var path = Parameter()
            .Replace(operation.Path, match => "/" + match.Groups["kind"].Value + "/" + variable(NameOf(match)));
        var query = ApiReference.Operations.GetValueOrDefault(operation.Id)?.Query;
        return query is null
            ? path
            : $"{path}?{query.Replace(ReferenceWorld.ExampleConnection, variable("connectionId"), StringComparison.Ordinal)}";
    }

    private static IEnumerable<string> Names(DocumentedOperation operation)
    {
        var names = Parameter().Matches(operation.Path).Select(NameOf).ToList();
        var words = ApiReference.Operations.GetValueOrDefault(operation.Id);
        if (
            $"{words?.Query} {operation.Body?.Example?.ToJsonString()}".Contains(
                ReferenceWorld.ExampleConnection,
                StringComparison.Ordinal
            )
        )
        {
            names.Add("connectionId");
        }

        return names.Distinct(StringComparer.Ordinal);
    }

    // bookings/{id} is a bookingId.
    private static string NameOf(Match match) =>
        match.Groups["name"].Value is "id" && match.Groups["kind"].Value is { } kind
            ? string.Concat(
                kind.TrimEnd('s')
                    .Split('-')
                    .Select((word, index) => index == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..])
            ) + "Id"
            : match.Groups["name"].Value;

    private static string Usual(string name) =>
        name switch
        {
            "provider" => "gotomeeting",
            "purpose" => "organizer",
            "slug" => "intro-call",
            "connectionId" => ReferenceWorld.ExampleConnection,
            _ => "",
        };

    private static string Upper(string name) => Words().Replace(name, "_$0").ToUpperInvariant();

    private static string Dashed(string name) => Words().Replace(name, "-$0").ToLowerInvariant();

    private static List<DocumentedOperation> Operations() =>
        DocumentedOperation.In(
            JsonNode.Parse(File.ReadAllText(Path.Combine(HouseRuleTests.Root, "docs", "openapi.v1.json")))!
        );

    [GeneratedRegex("/(?<kind>[a-z-]+)/\\{(?<name>[A-Za-z]+)\\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("(?<=[a-z])[A-Z]")]
    private static partial Regex Words();
}
