using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Parley.Conferencing.GoToMeeting;

namespace Parley.Conferencing.Tests.GoToMeeting;

public sealed class RegistrationTests
{
    [Fact]
    public void One_line_makes_the_provider_known_with_the_real_addresses()
    {
        var services = new ServiceCollection();
        services.AddGoToMeeting(Configuration([]));

        var catalogue = services.BuildServiceProvider().GetRequiredService<ProviderCatalogue>();

        var registration = catalogue.All.ShouldHaveSingleItem();
        registration.ShouldBe(catalogue.Find("gotomeeting"));
        registration.Provider.Descriptor.Name.ShouldBe("GoTo Meeting");
        catalogue.Find("zoom").ShouldBeNull();
    }

    [Fact]
    public void Configuration_overrides_each_address_and_the_defaults_hold_elsewhere()
    {
        var twin = new GoToMeetingOptions
        {
            ApiBaseUrl = "http://localhost:5081/goto/G2M/rest",
            TrustedInsecureOrigins = ["http://localhost:5081"],
        };
        var options = twin.With(
            Configuration(
                new()
                {
                    ["TokenUrl"] = "https://identity.goto.com/oauth/token",
                    ["JoinHosts"] = "goto.com, meetings.example http://localhost:9000",
                    ["HttpTimeout"] = "00:00:03",
                }
            )
        );
        options.ApiBaseUrl.ShouldBe(twin.ApiBaseUrl);
        options.TokenUrl.ShouldBe("https://identity.goto.com/oauth/token");
        options.JoinHosts.ShouldBe(["goto.com", "meetings.example"]);
        options.TrustedInsecureOrigins.ShouldBe(["http://localhost:5081", "http://localhost:9000"]);
        options.HttpTimeout.ShouldBe(TimeSpan.FromSeconds(3));
        options.Problems().ShouldBeEmpty();
        new GoToMeetingOptions()
            .With(Configuration(new() { ["JoinHosts:0"] = "a.example", ["JoinHosts:1"] = "b.example" }))
            .JoinHosts.ShouldBe(["a.example", "b.example"]);
    }

    [Fact]
    public void Settings_that_cannot_work_are_all_named_at_once()
    {
        var failure = Should.Throw<InvalidOperationException>(() =>
            new ServiceCollection().AddGoToMeeting(
                Configuration(
                    new()
                    {
                        ["TokenUrl"] = "identity.goto.com",
                        ["JoinUrlTemplate"] = "https://meet.goto.com/",
                        ["CallsPerSecond"] = "many",
                    }
                )
            )
        );
        failure.Message.ShouldContain("Providers:GoToMeeting:TokenUrl");
        failure.Message.ShouldContain("Providers:GoToMeeting:JoinUrlTemplate");
        failure.Message.ShouldContain("Providers:GoToMeeting:CallsPerSecond");
    }

    [Fact]
    public void Secrets_do_not_show_in_the_text_of_their_records()
    {
        new ProviderAccess("CANARY", "1").ToString().ShouldNotContain("CANARY");
        new Conferencing.OAuth.OAuthApp("id", "CANARY").ToString().ShouldNotContain("CANARY");
    }

    private static IConfiguration Configuration(Dictionary<string, string?> values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values).Build();
}
