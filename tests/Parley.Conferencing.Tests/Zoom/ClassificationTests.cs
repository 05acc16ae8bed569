using System.Net;
using NodaTime;
using static Parley.Conferencing.Tests.Zoom.ZoomUnderTest;

namespace Parley.Conferencing.Tests.Zoom;

public sealed class ClassificationTests
{
    private readonly ZoomUnderTest _zoom = new();

    [Theory]
    // The code decides, under whatever status and words.
    [InlineData(401, 124, "Access token is expired.", FailureKind.TokenRefused, FailureCodes.TokenRefused)]
    [InlineData(400, 124, "Invalid access token.", FailureKind.TokenRefused, FailureCodes.TokenRefused)]
    [InlineData(404, 3001, "Meeting does not exist: 1.", FailureKind.NotFound, FailureCodes.MeetingNotFound)]
    [InlineData(
        400,
        3001,
        "Meeting 1 is not found or has expired.",
        FailureKind.NotFound,
        FailureCodes.MeetingNotFound
    )]
    [InlineData(200, 3001, "reworded", FailureKind.NotFound, FailureCodes.MeetingNotFound)]
    [InlineData(400, 200, "Only available for paid account: x", FailureKind.Rejected, FailureCodes.NotAllowed)]
    [InlineData(400, 200, "No permission.", FailureKind.Rejected, FailureCodes.NotAllowed)]
    [InlineData(400, 3161, "not allowed", FailureKind.Rejected, FailureCodes.OrganizerNotLicensed)]
    [InlineData(
        400,
        1010,
        "User does not belong to this account",
        FailureKind.Rejected,
        FailureCodes.OrganizerNotFound
    )]
    [InlineData(400, 3003, "not the host", FailureKind.Rejected, FailureCodes.NotAllowed)]
    [InlineData(403, 403, "Ann has not permitted access to x", FailureKind.Rejected, FailureCodes.NotAllowed)]
    [InlineData(400, 2300, "This API endpoint is not recognized.", FailureKind.Rejected, FailureCodes.WrongAddress)]
    [InlineData(400, 300, "Validation Failed.", FailureKind.Rejected, FailureCodes.Rejected)]
    [InlineData(400, 987654, "something of next year", FailureKind.Rejected, FailureCodes.Rejected)]
    [InlineData(
        400,
        4711,
        "does not contain scopes:[meeting:read:meeting]",
        FailureKind.MissingScope,
        FailureCodes.MissingScope
    )]
    [InlineData(401, 4700, "does not contain scopes", FailureKind.MissingScope, FailureCodes.MissingScope)]
    [InlineData(401, 4700, "Token is invalid", FailureKind.TokenRefused, FailureCodes.TokenRefused)]
    [InlineData(400, 104, "missing scopes", FailureKind.MissingScope, FailureCodes.MissingScope)]
    [InlineData(400, 4738, "disabled by admin", FailureKind.Unapproved, FailureCodes.ApprovalWithdrawn)]
    [InlineData(429, 429, "per-second", FailureKind.Throttled, FailureCodes.Throttled)]
    [InlineData(400, 4001, "per-second", FailureKind.Throttled, FailureCodes.Throttled)]
    [InlineData(500, 0, "oops", FailureKind.Unknown, FailureCodes.ServerError)]
    [InlineData(503, 3001, "a gateway that quotes", FailureKind.Unknown, FailureCodes.ServerError)]
    [InlineData(409, 0, "busy", FailureKind.Unknown, FailureCodes.Undecided)]
    public async Task A_refusal_is_told_by_its_number(int status, int code, string text, FailureKind kind, string ours)
    {
        // Three times: reads are tried again where it may help.
        for (var i = 0; i < 3; i++)
            _zoom.Network.On(
                "GET " + OneMeeting,
                (HttpStatusCode)status,
                $$"""{"code":{{code}},"message":"{{text}}"}"""
            );
        var failure = (await _zoom.Provider.GetAsync(_zoom.Access, "91234567890", default)).Failure.ShouldNotBeNull();
        (failure.Kind, failure.Code, failure.HttpStatus).ShouldBe((kind, ours, status));
        failure.Message.ShouldContain(
            kind == FailureKind.Unapproved ? "approv"
            : kind == FailureKind.MissingScope ? "permission"
            : "Zoom"
        );
    }

    [Theory]
    [InlineData(200, "<?xml version=\"1.0\"?><error/>", "application/xml")]
    [InlineData(200, "<html>maintenance</html>", "text/html")]
    [InlineData(404, "<html>not found</html>", "text/html")]
    [InlineData(200, "", "application/json")]
    [InlineData(200, "[]", "application/json")]
    [InlineData(200, "{}", "application/json")]
    [InlineData(200, "{\"id\":", "application/json")]
    [InlineData(200, "{\"id\":\"abc\"}", "application/json")]
    [InlineData(200, "{\"code\":0,\"message\":\"ok\"}", "application/json")]
    [InlineData(201, "{\"id\":{}}", "application/json")]
    public async Task What_cannot_be_read_decides_nothing(int status, string body, string type)
    {
        _zoom.Network.On("POST " + Meetings, (HttpStatusCode)status, body, type);
        var failure = (await _zoom.Provider.CreateAsync(_zoom.Access, Spec, default)).Failure.ShouldNotBeNull();
        failure.Applied.ShouldBe(Applied.Unknown);
        _zoom.Network.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_code_of_nought_beside_a_meeting_is_no_error()
    {
        _zoom.Network.On("GET " + OneMeeting, HttpStatusCode.OK, "{\"code\":0,\"message\":\"\"," + Whole.Trim()[1..]);
        (await _zoom.Provider.GetAsync(_zoom.Access, "91234567890", default)).Value.Id.ShouldBe("91234567890");
    }

    [Theory]
    [InlineData(204, "")]
    [InlineData(200, "")]
    [InlineData(200, "{\"code\":0}")]
    [InlineData(200, "{}")]
    public async Task A_delete_is_done_when_nothing_speaks_against_it(int status, string body)
    {
        _zoom.Network.On("DELETE " + OneMeeting, (HttpStatusCode)status, body);
        (await _zoom.Provider.DeleteAsync(_zoom.Access, "91234567890", default)).Failure.ShouldBeNull();
    }

    [Theory]
    [InlineData("{\"code\":3001,\"message\":\"gone\"}", FailureKind.NotFound)]
    [InlineData("<html>", FailureKind.Unknown)]
    public async Task A_200_that_says_something_else_is_no_delete(string body, FailureKind kind)
    {
        _zoom.Network.On("DELETE " + OneMeeting, HttpStatusCode.OK, body);
        (await _zoom.Provider.DeleteAsync(_zoom.Access, "91234567890", default)).Failure!.Kind.ShouldBe(kind);
    }

    [Fact]
    public async Task A_running_meeting_is_ended_and_then_deleted()
    {
        _zoom
            .Network.On("DELETE " + OneMeeting, HttpStatusCode.BadRequest, """{"code":3002,"message":"in progress"}""")
            .On("PUT " + OneMeeting + "/status", HttpStatusCode.NoContent)
            .On("DELETE " + OneMeeting, HttpStatusCode.NoContent);
        (await _zoom.Provider.DeleteAsync(_zoom.Access, "91234567890", default)).Failure.ShouldBeNull();
        _zoom.Network.Sent[1].Body.ShouldBe("""{"action":"end"}""");
    }

    [Fact]
    public async Task The_scope_we_can_have_is_chosen_from_those_named_and_all_are_said()
    {
        _zoom.Network.On(
            "GET " + OneMeeting,
            HttpStatusCode.BadRequest,
            """{"code":4711,"message":"Invalid access token, does not contain scopes:[meeting:read:meeting:admin, meeting:read:meeting]."}"""
        );
        var failure = (await _zoom.Provider.GetAsync(_zoom.Access, "91234567890", default)).Failure!;
        failure.Scope.ShouldBe("meeting:read:meeting");
        failure.Message.ShouldContain("meeting:read:meeting:admin");
        failure.Next.ShouldNotBeNull().ShouldContain("next day");

        _zoom.Network.On(
            "GET " + OneMeeting,
            HttpStatusCode.BadRequest,
            """{"code":4711,"message":"scopes:[meeting:read:admin]"}"""
        );
        (await _zoom.Provider.GetAsync(_zoom.Access, "91234567890", default)).Failure!.Scope.ShouldBe(
            "meeting:read:admin"
        );
        _zoom.Network.On("GET " + OneMeeting, HttpStatusCode.BadRequest, """{"code":4711}""");
        (await _zoom.Provider.GetAsync(_zoom.Access, "91234567890", default)).Failure!.Scope.ShouldBe(
            "meeting:read:meeting"
        );
    }

    [Theory]
    [InlineData("settings.alternative_hosts", "Cannot select this user", "Co-organizers")]
    [InlineData("password", "Must have at least 8 characters.", "passcode rules")]
    [InlineData("start_time", "Invalid field.", "future")]
    [InlineData("topic", "Invalid field.", "subject")]
    public async Task A_field_that_does_not_fit_is_told_with_a_cure(string field, string message, string cure)
    {
        _zoom.Network.On(
            "POST " + Meetings,
            HttpStatusCode.BadRequest,
            $$"""{"code":300,"message":"Validation Failed.","errors":[{"field":"{{field}}","message":"{{message}}"}]}"""
        );
        var failure = (await _zoom.Provider.CreateAsync(_zoom.Access, Spec, default)).Failure!;
        (failure.Kind, failure.ProviderCode).ShouldBe((FailureKind.Rejected, "300"));
        failure.Next.ShouldNotBeNull().ShouldContain(cure);
    }

    [Theory]
    [InlineData("You have reached the maximum per-second rate limit for this API. Try again later.", null, null, 2)]
    [InlineData("You have reached the maximum per-second rate limit for this API.", "7", null, 7)]
    [InlineData("You have reached the maximum per-second rate limit for this API.", "soon", null, 2)]
    [InlineData("Too many concurrent requests. Try again later.", null, null, 2)]
    [InlineData("reworded", "Fri, 20 Nov 2026 12:00:05 GMT", "QPS", 5)]
    // The header wins over the words.
    [InlineData("maximum daily rate limit", null, "QPS", 2)]
    public async Task Too_fast_is_a_matter_of_seconds(string text, string? retryAfter, string? type, int seconds)
    {
        var failure = await Throttled(text, retryAfter, type);
        (failure.Kind, failure.Code, failure.DailyQuota).ShouldBe(
            (FailureKind.Throttled, FailureCodes.Throttled, false)
        );
        failure.RetryAfter.ShouldBe(Duration.FromSeconds(seconds));
    }

    [Theory]
    [InlineData(
        "You have reached the maximum daily rate limit for this API. Refer to the response header.",
        null,
        null,
        12 * 3600
    )]
    [InlineData("You have reached the maximum daily rate limit for this API.", "2026-11-20T18:00:00Z", null, 6 * 3600)]
    [InlineData("You have reached the maximum daily rate limit for this API.", "2026-11-19T18:00:00Z", null, 12 * 3600)]
    [InlineData(
        "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this particular user. You may resume these requests at GMT 00:00:00.",
        null,
        null,
        12 * 3600
    )]
    [InlineData("reworded", "3600", "Daily-limit", 3600)]
    public async Task A_day_that_is_used_up_ends_at_midnight(string text, string? retryAfter, string? type, int seconds)
    {
        var failure = await Throttled(text, retryAfter, type);
        (failure.Kind, failure.Code, failure.DailyQuota).ShouldBe(
            (FailureKind.Throttled, FailureCodes.DailyQuota, true)
        );
        failure.RetryAfter.ShouldBe(Duration.FromSeconds(seconds));
        failure
            .Message.Contains("of a host", StringComparison.Ordinal)
            .ShouldBe(text.Contains("(100)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_secret_is_in_a_failure()
    {
        _zoom.Network.On(
            "GET " + OneMeeting,
            HttpStatusCode.BadRequest,
            $$"""{"code":300,"message":"Bad token {{Token}} zak=abcdef"}"""
        );
        var failure = (await _zoom.Provider.GetAsync(_zoom.Access, "91234567890", default)).Failure!;
        failure.ToString().ShouldNotContain("CANARY");
        failure.ToString().ShouldNotContain("abcdef");
    }

    private async Task<ProviderFailure> Throttled(string text, string? retryAfter, string? type)
    {
        _zoom.Network.On(
            "POST " + Meetings,
            () =>
            {
                var reply = ScriptedHandler.Reply(
                    HttpStatusCode.TooManyRequests,
                    $$"""{"code":429,"message":"{{text}}"}"""
                );
                if (retryAfter is not null)
                    reply.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
                if (type is not null)
                    reply.Headers.TryAddWithoutValidation("X-RateLimit-Type", type);
                return reply;
            }
        );
        return (await _zoom.Provider.CreateAsync(_zoom.Access, Spec, default)).Failure.ShouldNotBeNull();
    }
}
