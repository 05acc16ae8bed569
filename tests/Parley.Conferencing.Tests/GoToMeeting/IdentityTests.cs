using System.Net;
using static Parley.Conferencing.Tests.GoToMeeting.GoToUnderTest;

namespace Parley.Conferencing.Tests.GoToMeeting;

public sealed class IdentityTests
{
    private const string NotAuthenticated = """{"errorCode":"not.authenticated"}""";
    private readonly GoToUnderTest _goto = new();

    [Fact]
    public async Task Admin_me_tells_keys_with_all_digits_zone_and_role()
    {
        _goto.Network.On($"GET {AdminMe}", HttpStatusCode.OK, Sample("admin-me_GET.json"));

        var identity = (await _goto.Provider.IdentifyAsync(_goto.Access, default)).Value;

        identity.ShouldBe(
            new AccountIdentity
            {
                OrganizerKey = "7300195775692112874",
                AccountKey = "7300195775692112001",
                Email = "sam@example.test",
                Name = "Sam Muster",
                Locale = "de_DE",
                TimeZone = "Europe/Berlin",
                IsAdministrator = true,
            }
        );
        _goto
            .Network.Sent.ShouldHaveSingleItem()
            .Url.ShouldBe("https://api.getgo.com/admin/rest/v1/me?includeAdmins=false&includeInvitation=false");
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.NotFound)]
    public async Task Without_the_admin_scope_the_own_profile_tells(HttpStatusCode refusal)
    {
        _goto
            .Network.On($"GET {AdminMe}", refusal, NotAuthenticated)
            .On($"GET {ScimMe}", HttpStatusCode.OK, Sample("identity-Users-me_GET.json"));

        var identity = (await _goto.Provider.IdentifyAsync(_goto.Access, default)).Value;

        identity.OrganizerKey.ShouldBe("7300195775692112874");
        identity.Email.ShouldBe("sam@example.test");
        identity.IsAdministrator.ShouldBeFalse();
        identity.MissingScope.ShouldBeNull();
    }

    [Fact]
    public async Task Refused_by_both_the_identity_names_the_missing_scope_and_nothing_loops()
    {
        _goto
            .Network.On($"GET {AdminMe}", HttpStatusCode.Unauthorized, NotAuthenticated)
            .On($"GET {ScimMe}", HttpStatusCode.Forbidden);

        var identity = (await _goto.Provider.IdentifyAsync(_goto.Access, default)).Value;

        (identity.OrganizerKey, identity.MissingScope).ShouldBe((null, "identity:"));
        _goto.Network.Sent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_token_refused_by_name_is_not_taken_for_a_missing_scope()
    {
        _goto.Network.On(
            $"GET {AdminMe}",
            HttpStatusCode.Forbidden,
            """{"int_err_code":"InvalidToken","msg":"Invalid token passed"}"""
        );
        (await _goto.Provider.IdentifyAsync(_goto.Access, default)).Failure!.Kind.ShouldBe(FailureKind.TokenRefused);
    }

    [Fact]
    public async Task A_failing_admin_host_is_a_failure_not_a_missing_scope()
    {
        for (var i = 0; i < 3; i++)
            _goto.Network.On($"GET {AdminMe}", HttpStatusCode.ServiceUnavailable);
        (await _goto.Provider.IdentifyAsync(_goto.Access, default)).Failure!.Kind.ShouldBe(FailureKind.Unknown);
    }
}
