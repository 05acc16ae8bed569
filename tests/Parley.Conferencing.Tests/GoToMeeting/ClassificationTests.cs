using System.Net;
using System.Text;
using NodaTime;
using static Parley.Conferencing.Tests.GoToMeeting.GoToUnderTest;

namespace Parley.Conferencing.Tests.GoToMeeting;

/// <summary>Was it applied? One row per kind of answer, each put to a write and to a read.</summary>
public sealed class ClassificationTests
{
    private const string Html = "<!DOCTYPE html><html><body>Bad gateway</body></html>";

    public static TheoryData<int, string, string, FailureKind, string> Answers { get; } =
        new()
        {
            { 401, "", "application/json", FailureKind.TokenRefused, FailureCodes.TokenRefused },
            { 401, Html, "text/html", FailureKind.TokenRefused, FailureCodes.TokenRefused },
            {
                403,
                """{"int_err_code":"InvalidToken","msg":"Invalid token passed"}""",
                "application/json",
                FailureKind.TokenRefused,
                FailureCodes.TokenRefused
            },
            { 403, "", "application/json", FailureKind.Rejected, FailureCodes.NotAllowed },
            {
                403,
                """{"errorCode":"AUTHZ_INSUFFICIENT_SCOPE","message":"no"}""",
                "application/json",
                FailureKind.MissingScope,
                FailureCodes.MissingScope
            },
            { 403, Html, "text/html", FailureKind.Unknown, FailureCodes.Unreadable },
            {
                400,
                """{"errorCode":"Validation","description":"starttime is in the past"}""",
                "application/json",
                FailureKind.Rejected,
                FailureCodes.Rejected
            },
            { 400, "", "application/json", FailureKind.Rejected, FailureCodes.Rejected },
            { 422, "no", "text/plain", FailureKind.Rejected, FailureCodes.Rejected },
            {
                404,
                """{"int_err_code":"NoSuchMeeting","msg":"Not found"}""",
                "application/json",
                FailureKind.NotFound,
                FailureCodes.MeetingNotFound
            },
            { 404, "", "application/json", FailureKind.NotFound, FailureCodes.MeetingNotFound },
            { 404, Html, "text/html", FailureKind.Unknown, FailureCodes.Unreadable },
            { 404, Html, "application/json", FailureKind.Unknown, FailureCodes.Unreadable },
            { 408, "", "application/json", FailureKind.Unknown, FailureCodes.Undecided },
            { 409, "{}", "application/json", FailureKind.Unknown, FailureCodes.Undecided },
            { 425, "", "application/json", FailureKind.Unknown, FailureCodes.Undecided },
            { 429, "", "application/json", FailureKind.Throttled, FailureCodes.Throttled },
            { 429, Html, "text/html", FailureKind.Throttled, FailureCodes.Throttled },
            { 412, "", "application/json", FailureKind.Rejected, FailureCodes.OrganizerNotLicensed },
            {
                500,
                """{"int_err_code":"X","msg":"Server returned HTTP response code: 412 for URL"}""",
                "application/json",
                FailureKind.Rejected,
                FailureCodes.OrganizerNotLicensed
            },
            { 500, "Precondition Failed", "text/plain", FailureKind.Rejected, FailureCodes.OrganizerNotLicensed },
            { 302, "", "application/json", FailureKind.Unknown, FailureCodes.Undecided },
            { 200, Html, "text/html", FailureKind.Unknown, FailureCodes.Unreadable },
            { 202, "", "application/json", FailureKind.Unknown, FailureCodes.Unreadable },
            {
                410,
                """{"message":"This endpoint is no longer valid, see https://developer.goto.com/guides/"}""",
                "application/json",
                FailureKind.Rejected,
                FailureCodes.HostRetired
            },
        };

    public static TheoryData<int, string, string> ServerErrors { get; } =
        new()
        {
            { 500, """{"msg":"boom","incident":"412412"}""", "application/json" },
            { 500, """{"msg":"incident a-412-b"}""", "application/json" },
            { 502, Html, "text/html" },
            { 503, "", "application/json" },
            { 599, "??", "text/plain" },
        };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Each_answer_has_its_kind_for_write_and_read_and_is_not_asked_again(
        int status,
        string body,
        string type,
        FailureKind kind,
        string code
    )
    {
        var (write, under) = await Put(() => ScriptedHandler.Reply((HttpStatusCode)status, body, type));
        (write.Kind, write.Code).ShouldBe((kind, code));
        write.Applied.ShouldBe(kind == FailureKind.Unknown ? Applied.Unknown : Applied.No);
        write.HttpStatus.ShouldBe(status);
        under.Network.Sent.Count.ShouldBe(1);

        under = new GoToUnderTest();
        under.Network.On($"GET {OneMeeting}", (HttpStatusCode)status, body, type);
        var read = (await under.Provider.GetAsync(under.Access, "525164341", default)).Failure.ShouldNotBeNull();
        (read.Kind, read.Code).ShouldBe((kind, code));
        under.Network.Sent.Count.ShouldBe(1);
    }

    [Theory]
    [MemberData(nameof(ServerErrors))]
    public async Task A_server_error_leaves_a_write_unknown_and_sent_once(int status, string body, string type)
    {
        var (write, under) = await Put(() => ScriptedHandler.Reply((HttpStatusCode)status, body, type));
        (write.Kind, write.Code).ShouldBe((FailureKind.Unknown, FailureCodes.ServerError));
        under.Network.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_read_is_tried_three_times_on_server_errors_and_the_third_may_succeed()
    {
        var under = new GoToUnderTest();
        under
            .Network.On($"GET {OneMeeting}", HttpStatusCode.BadGateway, Html, "text/html")
            .On($"GET {OneMeeting}", new HttpRequestException(HttpRequestError.ResponseEnded))
            .On($"GET {OneMeeting}", HttpStatusCode.OK, Sample("meetings-id_GET.spec.json"));
        (await under.Provider.GetAsync(under.Access, "525164341", default)).Succeeded.ShouldBeTrue();

        for (var i = 0; i < 3; i++)
            under.Network.On($"GET {OneMeeting}", HttpStatusCode.BadGateway);
        (await under.Provider.GetAsync(under.Access, "525164341", default)).Failure!.Code.ShouldBe(
            FailureCodes.ServerError
        );
        under.Network.Sent.Count.ShouldBe(6);
    }

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, FailureKind.NeverSent, FailureCodes.HostNotFound)]
    [InlineData(HttpRequestError.ConnectionError, FailureKind.NeverSent, FailureCodes.ConnectionRefused)]
    [InlineData(HttpRequestError.SecureConnectionError, FailureKind.NeverSent, FailureCodes.TlsFailed)]
    [InlineData(HttpRequestError.ResponseEnded, FailureKind.Unknown, FailureCodes.ConnectionLost)]
    [InlineData(HttpRequestError.InvalidResponse, FailureKind.Unknown, FailureCodes.ConnectionLost)]
    [InlineData(HttpRequestError.Unknown, FailureKind.Unknown, FailureCodes.ConnectionLost)]
    [InlineData(HttpRequestError.ConfigurationLimitExceeded, FailureKind.Unknown, FailureCodes.Unreadable)]
    public async Task What_the_network_did_decides_whether_it_can_have_arrived(
        HttpRequestError error,
        FailureKind kind,
        string code
    )
    {
        var (failure, under) = await Put(() => throw new HttpRequestException(error));
        (failure.Kind, failure.Code).ShouldBe((kind, code));
        under.Network.Sent.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("[{\"joinURL\":\"https://meet.goto.com/1\"}]")]
    [InlineData("[{\"meetingid\":1},{\"meetingid\":2}]")]
    [InlineData("[{\"meetingid\":1")]
    [InlineData("[{\"meetingid\":{\"value\":1}}]")]
    [InlineData("\"417680365\"")]
    [InlineData("[{\"meetingid\":1,\"subject\":\"\\ud800\"}]")]
    public async Task A_created_that_does_not_say_what_was_created_is_unknown(string body)
    {
        var under = new GoToUnderTest();
        under.Network.On($"POST {Meetings}", HttpStatusCode.Created, body);
        var failure = (await under.Provider.CreateAsync(under.Access, Spec, default)).Failure.ShouldNotBeNull();
        (failure.Kind, failure.Code, failure.Applied).ShouldBe(
            (FailureKind.Unknown, FailureCodes.Unreadable, Applied.Unknown)
        );
    }

    [Fact]
    public async Task Deep_nesting_and_megabytes_are_unknown_not_a_crash()
    {
        string[] abuses =
        [
            "[{\"meetingid\":1,\"x\":" + new string('[', 100_000),
            "[{\"meetingid\":1,\"x\":" + new string('[', 40) + new string(']', 40) + "}]",
            "[{\"meetingid\":1,\"x\":\"" + new string('x', 1024 * 1024) + "\"}]",
        ];
        foreach (var body in abuses)
        {
            var under = new GoToUnderTest();
            under.Network.On($"POST {Meetings}", HttpStatusCode.Created, body);
            var failure = (await under.Provider.CreateAsync(under.Access, Spec, default)).Failure.ShouldNotBeNull();
            failure.Code.ShouldBe(FailureCodes.Unreadable);
        }
    }

    [Fact]
    public async Task A_list_may_be_larger_than_a_single_answer()
    {
        var under = new GoToUnderTest();
        var items = string.Join(
            ',',
            Enumerable.Range(1, 5000).Select(id => $$"""{"meetingId":{{id}},"subject":"{{new string('x', 400)}}"}""")
        );
        items.Length.ShouldBeGreaterThan(2 * 1024 * 1024);
        under.Network.On($"GET {Upcoming}", HttpStatusCode.OK, $"[{items}]");
        (await under.Provider.ListUpcomingAsync(under.Access, default)).Value.Count.ShouldBe(5000);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("Fri, 20 Nov 2026 12:01:00 GMT", 60)]
    [InlineData("Fri, 20 Nov 2026 11:00:00 GMT", 0)]
    [InlineData("99999999999999", 2 * 24 * 3600)]
    [InlineData("soon", null)]
    [InlineData(null, null)]
    public async Task Retry_after_is_seconds_or_a_date_or_nothing(string? header, int? seconds)
    {
        var (failure, _) = await Put(() =>
        {
            var reply = ScriptedHandler.Reply(HttpStatusCode.TooManyRequests);
            if (header is not null)
                reply.Headers.TryAddWithoutValidation("Retry-After", header);
            return reply;
        });
        failure.RetryAfter.ShouldBe(seconds is { } value ? Duration.FromSeconds(value) : null);
        failure.DailyQuota.ShouldBeFalse();
    }

    [Fact]
    public async Task A_missing_route_is_an_address_to_correct_not_a_missing_meeting()
    {
        var under = new GoToUnderTest();
        const string noRoute = """{"errorCode":"NOT_FOUND","message":"no route"}""";
        under
            .Network.On($"GET {Upcoming}", HttpStatusCode.NotFound, noRoute)
            .On($"POST {Meetings}", HttpStatusCode.NotFound, noRoute);
        (await under.Provider.ListUpcomingAsync(under.Access, default)).Failure!.Code.ShouldBe(
            FailureCodes.WrongAddress
        );
        (await under.Provider.CreateAsync(under.Access, Spec, default)).Failure!.Code.ShouldBe(
            FailureCodes.WrongAddress
        );
    }

    [Fact]
    public async Task An_update_answered_200_with_an_error_inside_is_not_done()
    {
        (await Put(() => ScriptedHandler.Reply(HttpStatusCode.OK, """{"int_err_code":"X"}"""))).Failure.Kind.ShouldBe(
            FailureKind.Unknown
        );
        var under = new GoToUnderTest();
        under.Network.On($"PUT {OneMeeting}", HttpStatusCode.OK);
        (await under.Provider.UpdateAsync(under.Access, "525164341", Spec, default)).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task A_time_out_is_unknown_for_a_write()
    {
        var under = new GoToUnderTest();
        var arrived = new TaskCompletionSource();
        under.Network.On($"PUT {OneMeeting}", token => Never(arrived, token));
        var update = under.Provider.UpdateAsync(under.Access, "525164341", Spec, default);
        await arrived.Task;
        under.Time.Advance(TimeSpan.FromSeconds(9));
        update.IsCompleted.ShouldBeFalse();
        under.Time.Advance(TimeSpan.FromSeconds(1));
        var failure = (await update).Failure.ShouldNotBeNull();
        (failure.Kind, failure.Code).ShouldBe((FailureKind.Unknown, FailureCodes.Timeout));
    }

    [Fact]
    public async Task A_body_that_never_ends_times_out_too()
    {
        var under = new GoToUnderTest();
        var reading = new TaskCompletionSource();
        under.Network.On(
            $"POST {Meetings}",
            () =>
                new HttpResponseMessage(HttpStatusCode.Created)
                {
                    Content = new StreamContent(new EndlessWait(reading)),
                }
        );
        var create = under.Provider.CreateAsync(under.Access, Spec, default);
        await reading.Task;
        under.Time.Advance(TimeSpan.FromSeconds(10));
        (await create).Failure!.Code.ShouldBe(FailureCodes.Timeout);
    }

    [Fact]
    public async Task A_connection_not_made_in_time_was_never_sent()
    {
        var (failure, _) = await Put(() => throw new TaskCanceledException("connect", new TimeoutException()));
        failure.Kind.ShouldBe(FailureKind.NeverSent);
    }

    [Fact]
    public async Task Cancelling_by_the_caller_is_an_exception_for_write_and_read()
    {
        foreach (var method in new[] { "PUT", "GET" })
        {
            var under = new GoToUnderTest();
            using var caller = new CancellationTokenSource();
            var arrived = new TaskCompletionSource();
            under.Network.On($"{method} {OneMeeting}", token => Never(arrived, token));
            Task call =
                method == "PUT"
                    ? under.Provider.UpdateAsync(under.Access, "525164341", Spec, caller.Token)
                    : under.Provider.GetAsync(under.Access, "525164341", caller.Token);
            await arrived.Task;
            await caller.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(() => call);
            under.Network.Sent.Count.ShouldBe(1);
        }
    }

    [Fact]
    public async Task The_providers_words_are_kept_without_the_token_and_cut()
    {
        var body =
            $$"""{"int_err_code":"Bad","msg":"token {{Token}} and Bearer abc.def and authenticationToken=xyz&a=1\nnext {{new string('x', 4000)}}"}""";
        var (failure, _) = await Put(() => ScriptedHandler.Reply(HttpStatusCode.BadRequest, body));
        failure.ProviderCode.ShouldBe("Bad");
        failure.ProviderMessage.ShouldStartWith(
            "token [removed] and [removed] and authenticationToken=[removed]&a=1 next"
        );
        failure.ProviderMessage!.Length.ShouldBeLessThanOrEqualTo(300);
        failure.ToString().ShouldNotContain("CANARY");
    }

    [Fact]
    public async Task An_unregistered_call_fails_the_test()
    {
        var under = new GoToUnderTest();
        await Should.ThrowAsync<InvalidOperationException>(() =>
            under.Provider.DeleteAsync(under.Access, "1", default)
        );
    }

    private static async Task<(ProviderFailure Failure, GoToUnderTest Under)> Put(Func<HttpResponseMessage> reply)
    {
        var under = new GoToUnderTest();
        under.Network.On($"PUT {OneMeeting}", reply);
        return (
            (await under.Provider.UpdateAsync(under.Access, "525164341", Spec, default)).Failure.ShouldNotBeNull(),
            under
        );
    }

    private static async Task<HttpResponseMessage> Never(
        TaskCompletionSource arrived,
        CancellationToken cancellationToken
    )
    {
        arrived.SetResult();
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException();
    }

    private sealed class EndlessWait(TaskCompletionSource reading) : MemoryStream(Encoding.UTF8.GetBytes("[{"))
    {
        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            if (await base.ReadAsync(buffer, cancellationToken) is var read and > 0)
                return read;
            reading.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
