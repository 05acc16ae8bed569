using System.Net;

namespace Parley.Conferencing.Tests.GoToMeeting;

/// <summary>A list of several pages keeps to the provider's rate, and is not begun anew for a 429 on the way.</summary>
public sealed class PaceTests
{
    private const string Users = "GET /admin/rest/v1/accounts/42/users";
    private const string FirstPage = """{"results":[{"key":"1"}],"fromIndex":0,"toIndex":0,"total":2}""";
    private const string LastPage = """{"results":[{"key":"2"}],"fromIndex":1,"toIndex":1,"total":2}""";
    private int _turns;

    [Fact]
    public async Task Each_request_waits_for_its_turn_and_a_429_between_pages_is_waited_out()
    {
        var under = new GoToUnderTest();
        under
            .Network.On(Users, HttpStatusCode.OK, FirstPage)
            .On(Users, () => TooMany("0"))
            .On(Users, () => TooMany("0"))
            .On(Users, HttpStatusCode.OK, LastPage);
        var (keys, failure) = await WalkAsync(under, paced: true);
        failure.ShouldBeNull();
        keys.ShouldBe(["1", "2"]);
        _turns.ShouldBe(4);
        under.Network.Sent.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_429_on_the_first_page_is_told_at_once()
    {
        var under = new GoToUnderTest();
        under.Network.On(Users, () => TooMany("0"));
        var (keys, failure) = await WalkAsync(under, paced: true);
        failure!.Kind.ShouldBe(FailureKind.Throttled);
        keys.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true, "11")]
    [InlineData(false, "0")]
    public async Task Who_must_wait_long_or_has_no_turns_to_wait_for_is_told(bool paced, string seconds)
    {
        var under = new GoToUnderTest();
        under.Network.On(Users, HttpStatusCode.OK, FirstPage).On(Users, () => TooMany(seconds));
        var (keys, failure) = await WalkAsync(under, paced);
        failure!.Kind.ShouldBe(FailureKind.Throttled);
        keys.ShouldBe(["1"]);
        under.Network.Sent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_provider_that_never_stops_saying_429_is_left_after_four_attempts()
    {
        var under = new GoToUnderTest();
        under.Network.On(Users, HttpStatusCode.OK, FirstPage);
        for (var attempt = 0; attempt < 4; attempt++)
            under.Network.On(Users, () => TooMany("0"));
        var (_, failure) = await WalkAsync(under, paced: true);
        failure!.Kind.ShouldBe(FailureKind.Throttled);
        under.Network.Sent.Count.ShouldBe(5);
    }

    private async Task<(List<string> Keys, ProviderFailure? Failure)> WalkAsync(GoToUnderTest under, bool paced)
    {
        var keys = new List<string>();
        var access = paced ? under.Access with { Pace = _ => Task.FromResult(_turns++ > 0) } : under.Access;
        var walked = await under.Provider.Directory.WalkUsersAsync(
            access,
            new UserQuery("42"),
            (user, _) =>
            {
                keys.Add(user.Key);
                return ValueTask.CompletedTask;
            },
            default
        );
        return (keys, walked.Failure);
    }

    private static HttpResponseMessage TooMany(string seconds)
    {
        var reply = ScriptedHandler.Reply(HttpStatusCode.TooManyRequests, "{}");
        reply.Headers.TryAddWithoutValidation("Retry-After", seconds);
        return reply;
    }
}
