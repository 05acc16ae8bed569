using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Server.Access;
using Parley.Server.Tests.Hosting;
using Parley.Server.Web;

namespace Parley.Server.Tests.HouseRules;

public sealed class HouseRuleTests
{
    /// <summary>API paths anyone may call: what customers need.</summary>
    private static readonly string[] PublicApi = ["/api/v1/public/"];
    private static readonly string[] BannedFolders = ["Services", "Managers", "Helpers", "Utils", "Common", "Models"];

    // Longer than 400 lines: one style sheet for both rooms.
    private static readonly string[] LongFiles =
    [
        "src/Parley.Server/Web/Assets/parley.css",
        "src/Parley.Server/Booking/Bookings.cs",
    ];

    [Theory]
    [InlineData("Parley.Server", "Parley.Conferencing", "Parley.Scheduling")]
    [InlineData("Parley.Conferencing")]
    [InlineData("Parley.Scheduling")]
    [InlineData("Parley.Sandbox")]
    [InlineData("Parley", "Parley.Server", "Parley.Sandbox", "Parley.Conferencing")]
    public void Arrows_between_projects_point_one_way(string project, params string[] allowed)
    {
        var file = Path.Combine(Root, "src", project, $"{project}.csproj");
        var references = System
            .Xml.Linq.XDocument.Load(file)
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));

        references.Except(allowed).ShouldBeEmpty();
    }

    [Fact]
    public void The_server_knows_only_conferencing_and_scheduling()
    {
        var ours = typeof(Caller)
            .Assembly.GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name.StartsWith("Parley", StringComparison.Ordinal));

        ours.Except(["Parley.Conferencing", "Parley.Scheduling"]).ShouldBeEmpty();
    }

    [Fact]
    public void Every_problem_code_is_documented_with_its_status()
    {
        var documented = File.ReadAllLines(Path.Combine(Root, "docs", "problems.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(cells => cells[1].Trim('`'), cells => cells[2], StringComparer.Ordinal);

        documented.ShouldNotBeEmpty();
        ProblemCodes
            .All.Values.Where(code =>
                documented.GetValueOrDefault(code.Code)
                != code.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)
            )
            .Select(code => code.Code)
            .ShouldBeEmpty();
        documented.Keys.Except(ProblemCodes.All.Keys).ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_API_endpoint_has_a_scope_or_is_meant_for_everyone()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        var endpoints = Endpoints(parley, "/api/v1").ToList();
        endpoints.ShouldNotBeEmpty();

        endpoints
            .Where(endpoint => !PublicApi.Any(path => PathOf(endpoint).StartsWith(path, StringComparison.Ordinal)))
            .Where(endpoint =>
                endpoint.Metadata.GetMetadata<RequiredScope>() is not { } scope
                || !Scope.All.Contains(scope.Name)
                || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
            )
            .Select(Describe)
            .ShouldBeEmpty();
    }

    /// <summary>Where an id names something of a workspace, a member's key must not reach a colleague's (decision 8).</summary>
    [Fact]
    public async Task Every_API_route_with_an_id_keeps_members_within_their_reach()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        var endpoints = Endpoints(parley, "/api/v1")
            .Where(endpoint => !PublicApi.Any(path => PathOf(endpoint).StartsWith(path, StringComparison.Ordinal)))
            .Where(endpoint => endpoint.RoutePattern.Parameters.Count > 0)
            // A provider's name is nobody's secret; what changes its app takes an administrator's key.
            .Where(endpoint => !PathOf(endpoint).StartsWith("/api/v1/providers/", StringComparison.Ordinal))
            .ToList();
        endpoints.Count.ShouldBeGreaterThan(20);

        endpoints
            .Where(endpoint =>
                endpoint.Metadata.GetMetadata<KeepsWithinReach>() is not { } reach
                || endpoint.RoutePattern.GetParameter(reach.Parameter) is null
            )
            .Where(endpoint =>
                endpoint.Metadata.GetMetadata<RequiredScope>()?.Name != Scope.Admin
                && endpoint.Metadata.GetMetadata<AdministratorsKeyOnly>() is null
            )
            .Select(Describe)
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_form_a_page_takes_demands_the_antiforgery_token()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);
        var posts = Endpoints(parley, "/")
            .Where(endpoint => !PathOf(endpoint).StartsWith("/api/", StringComparison.Ordinal))
            .Where(endpoint => !PathOf(endpoint).StartsWith("/webhooks/", StringComparison.Ordinal))
            // Other people's pages call it by script, with a key and without a cookie.
            .Where(endpoint => !PathOf(endpoint).StartsWith("/embed/api/", StringComparison.Ordinal))
            .Where(endpoint =>
                endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { } methods
                && methods.Any(method => method is "POST" or "PUT" or "PATCH" or "DELETE")
            )
            .ToList();
        posts.ShouldNotBeEmpty();

        posts
            .Where(endpoint =>
                endpoint.Metadata.GetMetadata<IAntiforgeryMetadata>() is not { RequiresValidation: true }
            )
            .Select(Describe)
            // The one form that acts with nothing but what it holds, also in a frame, where no cookie comes along.
            .ShouldBe(["POST /book/{slug}/details"]);
    }

    [Fact]
    public async Task Every_page_says_who_may_see_it()
    {
        await using var parley = await TestServer.StartAsync(DatabaseKind.Sqlite);

        // A page nobody thought about is neither for members nor marked as open.
        Endpoints(parley, "/")
            .Where(endpoint => !PathOf(endpoint).StartsWith("/api/", StringComparison.Ordinal))
            .Where(endpoint => !PathOf(endpoint).StartsWith("/health/", StringComparison.Ordinal))
            .Where(endpoint =>
                endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
                && endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is null
                && endpoint.Metadata.GetMetadata<IAuthorizeData>() is null
            )
            .Select(Describe)
            .ShouldBeEmpty();
    }

    [Theory, DatabaseMatrix]
    public async Task A_statement_that_does_not_name_its_workspace_is_refused(DatabaseKind database)
    {
        await using var parley = await TestServer.StartAsync(database);
        await parley.Db.ReadAsync(session =>
            session.ScalarAsync<long>("SELECT COUNT(*) FROM member WHERE workspace_id = 'x'")
        );

        await Should.ThrowAsync<InvalidOperationException>(() =>
            parley.Db.ReadAsync(session => session.ScalarAsync<long>("SELECT COUNT(*) FROM member"))
        );
    }

    [Fact]
    public void Folders_are_capabilities()
    {
        Directory
            .EnumerateDirectories(Path.Combine(Root, "src"), "*", SearchOption.AllDirectories)
            .Where(folder => BannedFolders.Contains(Path.GetFileName(folder), StringComparer.OrdinalIgnoreCase))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Few_files_are_long()
    {
        Directory
            .EnumerateFiles(Path.Combine(Root, "src"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".razor" or ".css" or ".js")
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Where(file => File.ReadLines(file).Skip(400).Any())
            .Select(file => Path.GetRelativePath(Root, file))
            .Except(LongFiles)
            .ShouldBeEmpty();
    }

    internal static string Root => Path.GetFullPath(Path.Combine(Here(), "../../.."));

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static IEnumerable<RouteEndpoint> Endpoints(TestServer parley, string prefix) =>
        parley
            .Services.GetRequiredService<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => PathOf(endpoint).StartsWith(prefix, StringComparison.Ordinal));

    private static string PathOf(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.TrimStart('/');

    private static string Describe(RouteEndpoint endpoint) =>
        string.Join(',', endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
        + " "
        + PathOf(endpoint);
}
