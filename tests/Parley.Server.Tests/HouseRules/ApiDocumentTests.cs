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

    [Fact]
    public async Task Every_part_of_a_path_that_varies_is_a_declared_path_parameter()
    {
        var operations = await OperationsAsync();
        operations
            .Select(operation => $"{operation.Path} {Missing(operation.Path, operation.Value)}")
            .Where(line => !line.EndsWith(' '))
            .ShouldBeEmpty();
        operations.Count(operation => operation.Path.Contains('{', StringComparison.Ordinal)).ShouldBeGreaterThan(20);

        static string Missing(string path, JsonElement operation) =>
            string.Join(
                ',',
                path.Split('/')
                    .Where(part => part.StartsWith('{'))
                    .Select(part => part.Trim('{', '}'))
                    .Except(Names(operation, "path"), StringComparer.Ordinal)
            );
    }

    [Theory]
    [InlineData("findMeetings", "from,to,connectionId,provider,organizer,status,q,reference,recordId,sort,limit,cursor")]
    [InlineData("listBookings", "from,to,status,pageId,email,reference,recordId,limit,cursor")]
    [InlineData("listSlots", "from,to,timeZone")]
    [InlineData("listConnectionOperations", "operation,outcome,limit,cursor")]
    public async Task What_a_list_may_be_narrowed_by_is_documented(string operation, string parameters) =>
        string.Join(',', Names(await OperationAsync(operation), "query")).ShouldBe(parameters);

    [Theory]
    [InlineData("findMeetings", "400,401,403,429,503")]
    [InlineData("getArrangement", "401,403,404,429,503")]
    [InlineData("listMeetings", "400,401,403,404,409,422,429,503")]
    [InlineData("createMeeting", "400,401,403,404,409,413,415,422,429,503")]
    [InlineData("updateMeeting", "400,401,403,404,409,412,413,415,422,429,503")]
    [InlineData("updateBookingPage", "400,401,403,404,412,413,415,429,503")]
    [InlineData("updateBooking", "400,401,403,404,412,413,415,429,503")]
    [InlineData("rescheduleBooking", "400,401,403,404,409,412,413,415,429,503")]
    [InlineData("getPublicPage", "404,429,503")]
    [InlineData("listSlots", "400,404,429,503")]
    [InlineData("book", "400,404,409,413,415,429,503")]
    public async Task The_problems_of_an_operation_are_documented_as_problems(string operation, string statuses)
    {
        var responses = (await OperationAsync(operation)).GetProperty("responses").EnumerateObject().ToList();
        var problems = responses.Where(response => response.Name[0] >= '4').ToList();
        string.Join(',', problems.Select(response => response.Name)).ShouldBe(statuses);
        problems
            .Where(response => !response.Value.GetProperty("content").TryGetProperty("application/problem+json", out _))
            .Select(response => response.Name)
            .ShouldBeEmpty();
    }

    private static IEnumerable<string> Names(JsonElement operation, string place) =>
        operation.TryGetProperty("parameters", out var parameters)
            ? parameters
                .EnumerateArray()
                .Where(parameter => parameter.GetProperty("in").GetString() == place)
                .Select(parameter => parameter.GetProperty("name").GetString()!)
            : [];

    private static async Task<JsonElement> OperationAsync(string id) =>
        (await OperationsAsync())
            .Single(operation => operation.Value.GetProperty("operationId").GetString() == id)
            .Value;

    // The copy in docs; that it is what the server gives is the first test's.
    private static async Task<List<(string Path, JsonElement Value)>> OperationsAsync()
    {
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(Copy));
        return document
            .RootElement.GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (path.Name, operation.Value.Clone())))
            .ToList();
    }
}
