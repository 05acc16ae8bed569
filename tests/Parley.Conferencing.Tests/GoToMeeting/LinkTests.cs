using Parley.Conferencing.GoToMeeting;

namespace Parley.Conferencing.Tests.GoToMeeting;

public sealed class LinkTests
{
    private readonly IConferencingProvider _provider = new GoToUnderTest().Provider;

    [Theory]
    [InlineData("https://meet.goto.com/417680365")]
    [InlineData("https://www3.gotomeeting.com/join/417680365")]
    [InlineData("https://GLOBAL.gotomeeting.com/join/417680365?x=1#y")]
    [InlineData("https://goto.com:443/1")]
    public void Links_to_GoTos_own_hosts_are_trusted(string url) => _provider.IsTrustedLink(url).ShouldBeTrue();

    [Theory]
    [InlineData("http://meet.goto.com/417680365")]
    [InlineData("https://meet.goto.com.evil.example/417680365")]
    [InlineData("https://evilgoto.com/417680365")]
    [InlineData("https://meet.goto.com@evil.example/")]
    [InlineData("https://user:pass@meet.goto.com/")]
    [InlineData("https://evil.example\\@meet.goto.com/")]
    [InlineData("https://meet.goto.com:8443/1")]
    [InlineData("https:\\\\meet.goto.com/1")]
    [InlineData("//meet.goto.com/1")]
    [InlineData("javascript:alert(1)//meet.goto.com")]
    [InlineData("data:text/html,https://meet.goto.com/")]
    [InlineData(" https://meet.goto.com/1")]
    [InlineData("https://meet.goto.com/1\r\nX: y")]
    [InlineData("https://meet.gоto.com/1")] // a Cyrillic o
    [InlineData("https://meet.goto.com/1\"><script>")]
    [InlineData("")]
    public void Any_other_link_is_not(string url) => _provider.IsTrustedLink(url).ShouldBeFalse();

    [Fact]
    public void The_sources_for_a_policy_name_the_same_hosts_and_all_beneath_them()
    {
        var sources = new GoToUnderTest(new() { TrustedInsecureOrigins = ["http://localhost:5081/"] })
            .Provider
            .LinkSources;
        sources.ShouldContain("https://goto.com");
        sources.ShouldContain("https://*.gotomeeting.com");
        sources.ShouldContain("http://localhost:5081");
        sources.ShouldAllBe(source => Uri.IsWellFormedUriString(source.Replace("*.", ""), UriKind.Absolute));
    }

    [Fact]
    public void Plain_http_is_trusted_only_at_the_exact_origin_listed()
    {
        var sandboxed = new GoToUnderTest(new() { TrustedInsecureOrigins = ["http://localhost:5081"] }).Provider;
        sandboxed.IsTrustedLink("http://localhost:5081/room/1").ShouldBeTrue();
        sandboxed.IsTrustedLink("http://localhost:5082/room/1").ShouldBeFalse();
        sandboxed.IsTrustedLink("http://localhost/room/1").ShouldBeFalse();
        sandboxed.IsTrustedLink("http://a.localhost:5081/room/1").ShouldBeFalse();
        _provider.IsTrustedLink("http://localhost:5081/room/1").ShouldBeFalse();
    }

    [Theory]
    [InlineData("https://www.gotomeeting.com/join/317680365", "https://www.gotomeeting.com/join/525164341")]
    [InlineData("https://meet.goto.com/317680365", "https://meet.goto.com/525164341")]
    [InlineData(
        "https://global.gotomeeting.com/join/317-680-365/?pwd=1#x",
        "https://global.gotomeeting.com/join/525164341"
    )]
    [InlineData("https://meet.goto.com/sam.muster", "https://meet.goto.com/525164341")]
    [InlineData("https://evil.example/join/317680365", "https://meet.goto.com/525164341")]
    [InlineData("", "https://meet.goto.com/525164341")]
    [InlineData(null, "https://meet.goto.com/525164341")]
    public void A_lost_join_link_is_made_from_the_last_one_else_from_the_template(string? last, string expected)
    {
        _provider.DeriveJoinUrl("525164341", last).ShouldBe(expected);
        _provider.DeriveJoinUrl("525-164-341", last).ShouldBe(expected);
    }

    [Fact]
    public void The_template_comes_from_the_options_and_an_id_that_is_none_makes_no_link()
    {
        var other = new GoToUnderTest(
            new GoToMeetingOptions { JoinUrlTemplate = "https://join.goto.com/x/{id}" }
        ).Provider;
        other.DeriveJoinUrl("525164341", null).ShouldBe("https://join.goto.com/x/525164341");
        other.DeriveJoinUrl("../x", null).ShouldBeNull();
    }
}
