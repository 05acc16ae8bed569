using System.Net;
using static Parley.Conferencing.Tests.GoToMeeting.GoToUnderTest;

namespace Parley.Conferencing.Tests.GoToMeeting;

/// <summary>The people of an account, page by page.</summary>
public sealed class DirectoryTests
{
    private const string Users = "GET /admin/rest/v1/accounts/42/users";
    private const string Licenses = "GET /admin/rest/v1/accounts/42/licenses";
    private const string Groups = "GET /admin/rest/v1/accounts/42/groups";
    private const string Upcoming = $"GET {GoToUnderTest.Upcoming}";

    [Fact]
    public async Task People_are_read_in_all_their_forms()
    {
        var under = new GoToUnderTest();
        under
            .Network.On(
                Users,
                HttpStatusCode.OK,
                """
                {"results":[
                  {"key":"7300195775692112874","email":"sam@example.test","firstName":"Sam","lastName":"Sample","locale":"en_US","timeZone":"Europe/Berlin",
                   "status":"ACTIVE","licenseKeys":[7300000000000000001],"products":["G2M"],"adminRoles":["SUPER_USER"],"groupKey":9,"groupName":"Sales"},
                  {"key":7300195775692112875,"email":"web@example.test","status":"Invite sent","licenseKeys":["2"]},
                  {"key":"3","email":"off@example.test","status":"inactive","licenseKeys":["3"],"products":["G2M"]},
                  {"key":"4","email":"sus@example.test","status":"suspended","licenseKeys":["2"]},
                  {"key":"5","email":"old@example.test","status":"what","products":["g2m"],"timeZone":"PST"},
                  {"key":"6","email":"desk-1@devices.logmein.com"}],
                 "fromIndex":0,"toIndex":5,"total":6}
                """
            )
            .On(
                Licenses,
                HttpStatusCode.OK,
                """
                {"results":[
                  {"key":7300000000000000001,"seats":10,"userCount":3,"enabled":true,"description":"Business","type":"PAID","products":["G2M"],"userKeys":[7300195775692112874]},
                  {"key":2,"seats":"3","enabled":"true","products":["G2W","G2M"]},
                  {"key":3,"enabled":false,"products":["G2M"]}],"fromIndex":0,"toIndex":2,"total":3}
                """
            );
        var seen = await WalkAsync(under, new UserQuery("42"));

        seen.Select(user => user.Key).ShouldBe(["7300195775692112874", "7300195775692112875", "3", "4", "5", "6"]);
        seen.Select(user => user.Standing)
            .ShouldBe([
                UserStanding.Active,
                UserStanding.Invited,
                UserStanding.Inactive,
                UserStanding.Suspended,
                UserStanding.Unknown,
                UserStanding.Unknown,
            ]);
        seen.Select(user => user.MayOrganize).ShouldBe([true, true, false, false, true, false]);
        seen.Select(user => user.IsDevice).ShouldBe([false, false, false, false, false, true]);
        (seen[0].Name, seen[0].TimeZone, seen[0].GroupKey, seen[0].GroupName).ShouldBe(
            ("Sam Sample", "Europe/Berlin", "9", "Sales")
        );
        (seen[1].Status, seen[4].TimeZone).ShouldBe(("Invite sent", null));
        under.Network.Sent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Pages_are_followed_by_what_they_say_whatever_their_size()
    {
        var under = new GoToUnderTest();
        // Asked for 200, the service gives two at a time; one entry slips to the next page meanwhile.
        under
            .Network.On(Users, HttpStatusCode.OK, Page("\"1\"},{\"key\":\"2\"", 0, 1, 5))
            .On(Users, HttpStatusCode.OK, Page("\"2\"},{\"key\":\"3\"", 2, 3, 5))
            .On(Users, HttpStatusCode.OK, Page("\"4\"", 4, 4, 5));
        (await WalkAsync(under, new UserQuery("42"))).Select(user => user.Key).ShouldBe(["1", "2", "3", "4"]);
        under
            .Network.Sent.Select(sent => new Uri(sent.Url).Query)
            .ShouldBe(["?pageSize=200&offset=0", "?pageSize=200&offset=2", "?pageSize=200&offset=4"]);
    }

    [Fact]
    public async Task Without_a_total_a_short_page_is_the_last()
    {
        var under = new GoToUnderTest();
        var full = string.Join(',', Enumerable.Range(0, 200).Select(i => $$"""{"key":{{i}}}"""));
        under
            .Network.On(Users, HttpStatusCode.OK, $$"""{"results":[{{full}}]}""")
            .On(Users, HttpStatusCode.OK, """{"results":[{"key":999}]}""");
        (await WalkAsync(under, new UserQuery("42"))).Count.ShouldBe(201);
        under.Network.Sent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_page_that_promises_more_and_gives_none_is_no_success()
    {
        var under = new GoToUnderTest();
        under.Network.On(Users, HttpStatusCode.OK, """{"total":7}""");
        (await FailAsync(under)).Code.ShouldBe(FailureCodes.Unreadable);

        under.Network.On(Users, HttpStatusCode.OK, """{"total":0}""");
        (await WalkAsync(under, new UserQuery("42"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task One_address_is_asked_for_with_blanks_as_the_service_reads_them()
    {
        var under = new GoToUnderTest();
        under
            .Network.On(Users, HttpStatusCode.OK, """{"total":0}""")
            .On(
                Users,
                HttpStatusCode.OK,
                """{"results":[{"key":"1","email":"someone@example.test"},{"key":"2","email":"sam@example.test"}],"fromIndex":0,"toIndex":1,"total":2}"""
            );
        var seen = await WalkAsync(under, new UserQuery("42") { Email = "Sam@Example.test" });
        // A service that does not filter does not make us take another for the one.
        seen.ShouldHaveSingleItem().Key.ShouldBe("2");
        under.Network.Sent[0].Url.ShouldEndWith("&filter=email%20eq%20%22Sam%40Example.test%22");
        under.Network.Sent[1].Url.ShouldEndWith("&filter=email%20eq%20%22sam%40example.test%22");

        (await WalkAsync(under, new UserQuery("42") { Email = "a\" or email pr \"" })).ShouldBeEmpty();
        under.Network.Sent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Licences_and_groups_are_read_as_samples_show_them()
    {
        var under = new GoToUnderTest();
        under
            .Network.On(
                Licenses,
                HttpStatusCode.OK,
                """{"results":[{"key":0,"concurrentLicenseKey":0,"seats":4,"userCount":1,"enabled":true,"description":"d","type":"t","userKeys":[0],"products":["G2M"],"entitlements":{"g2m":{}}}],"fromIndex":0,"toIndex":0,"total":1}"""
            )
            .On(
                Groups,
                HttpStatusCode.OK,
                """{"results":[{"groupKey":7,"groupName":"Sales","userKeys":[1,"2"],"totalMemberCount":"2"},{"key":"8","name":"Marketing"}],"total":2,"fromIndex":0,"toIndex":1}"""
            );
        var licence = (
            await under.Provider.Directory.ListLicencesAsync(under.Access, "42", default)
        ).Value.ShouldHaveSingleItem();
        (licence.Key, licence.Seats, licence.AssignedSeats, licence.Enabled).ShouldBe(("0", 4, 1, true));
        licence.UserKeys.ShouldBe(["0"]);

        var groups = (await under.Provider.Directory.ListGroupsAsync(under.Access, "42", default)).Value;
        groups
            .Select(group => (group.Key, group.Name, group.MemberCount))
            .ShouldBe([("7", "Sales", 2), ("8", "Marketing", null)]);
        groups[0].UserKeys.ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task A_401_is_the_scope_when_the_meetings_take_the_token_and_the_token_when_they_do_not()
    {
        const string NotAuthenticated = """{"errorCode":"not.authenticated","message":"no"}""";
        var under = new GoToUnderTest();
        under.Network.On(Users, HttpStatusCode.Unauthorized, NotAuthenticated).On(Upcoming, HttpStatusCode.OK, "[]");
        var scope = await FailAsync(under);
        (scope.Kind, scope.Scope).ShouldBe((FailureKind.MissingScope, "identity:"));

        under
            .Network.On(Users, HttpStatusCode.Unauthorized, NotAuthenticated)
            .On(Upcoming, HttpStatusCode.Forbidden, """{"int_err_code":"InvalidToken","msg":"Invalid token passed"}""");
        (await FailAsync(under)).Kind.ShouldBe(FailureKind.TokenRefused);

        under.Network.On(Users, HttpStatusCode.Forbidden, """{"errorCode":"ACCESS_DENIED","message":"another role"}""");
        var role = await FailAsync(under);
        role.Code.ShouldBe(FailureCodes.NotAllowed);
        role.Next.ShouldNotBeNull().ShouldContain("administrator");
    }

    [Fact]
    public async Task A_key_that_is_no_number_is_not_sent()
    {
        var under = new GoToUnderTest();
        (await under.Provider.Directory.ListGroupsAsync(under.Access, "../me", default)).Failure.ShouldNotBeNull();
        under.Network.Sent.ShouldBeEmpty();
    }

    private static string Page(string keys, int from, int to, int total) =>
        $$"""{"results":[{"key":{{keys}}}],"fromIndex":{{from}},"toIndex":{{to}},"total":{{total}}}""";

    private static async Task<List<DirectoryUser>> WalkAsync(GoToUnderTest under, UserQuery query)
    {
        var seen = new List<DirectoryUser>();
        var walked = await under.Provider.Directory.WalkUsersAsync(
            under.Access,
            query,
            (user, _) =>
            {
                seen.Add(user);
                return ValueTask.CompletedTask;
            },
            default
        );
        walked.Failure.ShouldBeNull();
        return seen;
    }

    private static async Task<ProviderFailure> FailAsync(GoToUnderTest under) =>
        (
            await under.Provider.Directory.WalkUsersAsync(
                under.Access,
                new UserQuery("42"),
                (_, _) => ValueTask.CompletedTask,
                default
            )
        ).Failure.ShouldNotBeNull();
}
