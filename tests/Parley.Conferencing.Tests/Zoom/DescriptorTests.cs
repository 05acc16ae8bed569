using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Parley.Conferencing.GoToMeeting;
using Parley.Conferencing.Zoom;

namespace Parley.Conferencing.Tests.Zoom;

public sealed class DescriptorTests
{
    private static ProviderDescriptor Zoom => ZoomDescriptor.Value;

    /// <summary>Our operations and the published ones they call.</summary>
    public static TheoryData<string, string, string, string> Operations =>
        new()
        {
            { "organizer", "create", "/users/{userId}/meetings", "post" },
            { "organizer", "get", "/meetings/{meetingId}", "get" },
            { "organizer", "start", "/meetings/{meetingId}", "get" },
            { "organizer", "update", "/meetings/{meetingId}", "patch" },
            { "organizer", "update", "/meetings/{meetingId}", "get" },
            { "organizer", "delete", "/meetings/{meetingId}", "delete" },
            { "organizer", "end", "/meetings/{meetingId}/status", "put" },
            { "organizer", "upcoming", "/users/{userId}/meetings", "get" },
            { "organizer", "history", "/users/{userId}/meetings", "get" },
            { "organizer", "history", "/past_meetings/{meetingId}/instances", "get" },
            { "organizer", "history", "/past_meetings/{meetingId}", "get" },
            { "organizer", "attendees", "/past_meetings/{meetingId}/instances", "get" },
            { "organizer", "attendees", "/past_meetings/{meetingId}/participants", "get" },
            { "organizer", "identify", "/users/{userId}", "get" },
            { "account", "identify", "/users/{userId}", "get" },
            { "account", "upcomingOfOthers", "/users/{userId}/meetings", "get" },
            { "account", "historyOfOthers", "/report/users/{userId}/meetings", "get" },
            { "account", "historyOfOthers", "/past_meetings/{meetingId}", "get" },
            { "account", "attendees", "/past_meetings/{meetingId}/participants", "get" },
            { "account", "organizers", "/users", "get" },
            { "account", "activeHosts", "/report/users", "get" },
        };

    [Theory, MemberData(nameof(Operations))]
    public void The_matrix_names_a_published_scope_of_each_operation(
        string purpose,
        string operation,
        string path,
        string method
    )
    {
        var published = Scopes(path, method);
        var need = Zoom
            .Scopes.Where(scope => scope.Purposes!.Contains(purpose))
            .Where(scope => scope.NeededFor.Contains(operation) && published.Contains(scope.Scope))
            .ShouldHaveSingleItem();
        // The classic scope of old apps, in the form the purpose takes.
        need.CoveredBy.ShouldContain(scope => published.Contains(scope) && scope.Count(c => c == ':') < 3);
        if (purpose == "account")
            need.Scope.ShouldEndWith(":admin");
        else
            need.Scope.ShouldNotContain(":admin");
    }

    [Fact]
    public void An_app_of_either_generation_misses_nothing()
    {
        string[] classic = ["meeting:read", "meeting:write", "user:read"];
        Missing("organizer", classic).ShouldBeEmpty();
        Missing("organizer", ["meeting:read", "user:read"]).ShouldNotBeEmpty();
        Missing("account", ["meeting:read:admin", "user:read:admin", "report:read:admin"]).ShouldBeEmpty();
        Missing("account", classic).ShouldNotBeEmpty();
        foreach (
            var (guide, purpose) in new[]
            {
                (Zoom.Registration!, "organizer"),
                (Zoom.RegistrationByPurpose["account"], "account"),
            }
        )
        {
            // What no call takes is for events.
            guide
                .Scopes.Where(scope => scope.NeededBy.Count == 0)
                .Select(scope => scope.Scope)
                .ShouldBe(purpose == "organizer" ? ["meeting:read:participant"] : []);
            guide
                .Scopes.Where(scope => scope.NeededBy.Count > 0)
                .ShouldAllBe(scope => scope.NeededBy.Contains(purpose));
            Missing(purpose, [.. guide.Scopes.Select(scope => scope.Scope)]).ShouldBeEmpty();
        }
    }

    [Fact]
    public void Zoom_is_what_the_product_was_promised()
    {
        Zoom.Id.ShouldBe("zoom");
        Zoom.RequestedScopes.ShouldBeEmpty();
        Zoom.Refresh.Rotates.ShouldBeTrue();
        Zoom.DailyWrites!.Calls.ShouldBe(100);
        Zoom.ConnectionLifetime.Days.ShouldBe(365);
        Zoom.OneAppServesAllPurposes.ShouldBeFalse();
        Zoom.AppKinds["account"].ShouldBe([ProviderAppKind.OAuth, ProviderAppKind.ServerToServer]);
        Zoom.AppKinds["organizer"].ShouldBe([ProviderAppKind.OAuth]);
        Zoom.Approval!.AdministratorSteps.ShouldNotBeEmpty();
        Zoom.MaximumSubjectLength.ShouldBe(100);
        Zoom.Capabilities.ShouldNotContain("groups");
    }

    [Fact]
    public void One_line_makes_the_provider_known_beside_the_other()
    {
        var services = new ServiceCollection();
        services.AddGoToMeeting(Configuration([]));
        services.AddZoom(Configuration(new() { ["ApiBaseUrl"] = "https://api.zoomgov.com/v2" }));
        var catalogue = services.BuildServiceProvider().GetRequiredService<ProviderCatalogue>();
        catalogue.All.Select(provider => provider.Id).ShouldBe(["gotomeeting", "zoom"], ignoreOrder: true);
        catalogue.Find("zoom")!.Provider.Events.ShouldNotBeNull();
        catalogue.Find("gotomeeting")!.Provider.Events.ShouldBeNull();
    }

    [Fact]
    public void Settings_override_and_what_cannot_work_is_named()
    {
        var options = new ZoomOptions().With(
            Configuration(
                new()
                {
                    ["JoinHosts"] = "zoom.us http://localhost:5081",
                    ["HttpTimeout"] = "00:00:03",
                    ["TokenUrl"] = "https://zoom.example/token",
                }
            )
        );
        options.JoinHosts.ShouldBe(["zoom.us"]);
        options.TrustedInsecureOrigins.ShouldBe(["http://localhost:5081"]);
        options.TokenUrl.ShouldBe("https://zoom.example/token");
        options.Problems().ShouldBeEmpty();
        var failure = Should.Throw<InvalidOperationException>(() =>
            new ServiceCollection().AddZoom(
                Configuration(new() { ["ApiBaseUrl"] = "api.zoom.us", ["HttpTimeout"] = "00:00:00" })
            )
        );
        failure.Message.ShouldContain("Providers:Zoom:ApiBaseUrl");
        failure.Message.ShouldContain("Providers:Zoom:HttpTimeout");
    }

    private static List<string> Missing(string purpose, IReadOnlyList<string> granted) =>
        [
            .. Zoom
                .Scopes.Where(need => need.Purposes!.Contains(purpose))
                .Where(need => !need.CoveredBy.Prepend(need.Scope).Intersect(granted).Any())
                .Select(need => need.Scope),
        ];

    private static List<string> Scopes(string path, string method)
    {
        foreach (var file in new[] { "zoom-meetings.openapi.json", "zoom-users.openapi.json" })
        {
            var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Zoom", "Published", file));
            if (JsonNode.Parse(text)!["paths"]![path]?[method]?["security"]?[0]?["openapi_oauth"] is JsonArray scopes)
                return [.. scopes.Select(scope => scope!.GetValue<string>())];
        }
        throw new InvalidOperationException($"{method} {path} is not published.");
    }

    private static IConfiguration Configuration(Dictionary<string, string?> values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values).Build();
}
