using System.Text.Json;
using Parley.Server.Tests.Hosting;

namespace Parley.Server.Tests.HouseRules;

public sealed class ApiDocumentTests
{
    private static readonly string Copy = Path.Combine(HouseRuleTests.Root, "docs", "openapi.v1.json");

    /// <summary>Run with PARLEY_UPDATE_OPENAPI=1 to write the copy anew.</summary>
    [Fact]
    public async Task The_document_in_docs_is_the_one_the_server_gives()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        var served = (await parley.Client.GetStringAsync("/openapi/v1.json")).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("PARLEY_UPDATE_OPENAPI") == "1")
        {
            await File.WriteAllTextAsync(Copy, served);
        }

        served.ShouldBe(
            await File.ReadAllTextAsync(Copy),
            "The API changed. If that is meant: PARLEY_UPDATE_OPENAPI=1, run this test, commit docs/openapi.v1.json."
        );
    }

    [Fact]
    public async Task Every_operation_has_a_name_a_summary_and_its_problems()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        using var document = JsonDocument.Parse(await parley.Client.GetStringAsync("/openapi/v1.json"));
        document.RootElement.GetProperty("openapi").GetString()!.ShouldStartWith("3.1");
        var operations = document
            .RootElement.GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path =>
                path.Value.EnumerateObject()
                    .Select(operation => (Name: $"{operation.Name} {path.Name}", operation.Value))
            )
            .ToList();

        operations.ShouldNotBeEmpty();
        operations
            .Where(operation =>
                !operation.Value.TryGetProperty("operationId", out _)
                || !operation.Value.TryGetProperty("summary", out _)
            )
            .Select(operation => operation.Name)
            .ShouldBeEmpty();
        operations
            .Where(operation => !operation.Value.GetProperty("responses").EnumerateObject().Any(r => r.Name[0] == '2'))
            .Select(operation => operation.Name)
            .ShouldBeEmpty();
    }
}
