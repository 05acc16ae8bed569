using System.Net;
using NodaTime;
using static Parley.Conferencing.Tests.GoToMeeting.GoToUnderTest;

namespace Parley.Conferencing.Tests.GoToMeeting;

/// <summary>Who was there, and what lies ahead of other organizers.</summary>
public sealed class AttendeeTests
{
    private const string Attendees = $"GET {OneMeeting}/attendees";
    private const string UpcomingOf = "GET /G2M/rest/organizers/7300195775692112813/upcomingMeetings";

    [Fact]
    public async Task The_attendee_is_never_taken_for_the_organizer_and_sessions_stay_together()
    {
        var under = new GoToUnderTest();
        under.Network.On(
            Attendees,
            HttpStatusCode.OK,
            """
            [{"firstName":"Olivia","lastName":"Organizer","email":"o@example.org","name":"Late Lena","attendeeName":"","attendeeEmail":"NA",
              "joinTime":"2025-03-04T09:05:00.+0000","leaveTime":"2025-03-04T09:30:00.+0000","meetingInstanceKey":300000000001087884,"meetingId":525164341,"numAttendees":2},
             {"firstName":"Olivia","lastName":"Organizer","email":"o@example.org","name":"Olivia Organizer","attendeeName":"Alice","attendeeEmail":"alice@example.org",
              "joinTime":"2025-03-03T09:01:00Z","leaveTime":"","meetingInstanceKey":"17"},
             {"firstName":"Olivia","lastName":"Organizer","email":"o@example.org","attendeeEmail":"",
              "joinTime":"2025-03-04T09:00:00Z","leaveTime":"2025-03-04T09:10:00Z","meetingInstanceKey":300000000001087884}]
            """
        );
        var stays = (await under.Provider.Records.ListAttendeesAsync(under.Access, "525-164-341", default)).Value;

        stays.Select(stay => stay.SessionId).ShouldBe(["17", "300000000001087884", "300000000001087884"]);
        stays
            .Select(stay => (stay.Name, stay.Email))
            .ShouldBe([("Alice", "alice@example.org"), (null, null), ("Late Lena", null)]);
        stays[0].LeftAt.ShouldBeNull();
        stays[2].JoinedAt.ShouldBe(Instant.FromUtc(2025, 3, 4, 9, 5));
    }

    [Theory]
    [InlineData(
        403,
        """{"int_err_code":"InvalidToken","msg":"Invalid token passed"}""",
        FailureKind.TokenRefused,
        null
    )]
    [InlineData(
        403,
        """{"int_err_code":"AccessDenied","msg":"The token lacks the scope identity:"}""",
        FailureKind.MissingScope,
        "identity:"
    )]
    [InlineData(
        403,
        """{"errorCode":"AUTHZ_INSUFFICIENT_SCOPE","message":"no"}""",
        FailureKind.MissingScope,
        "identity:"
    )]
    [InlineData(403, "", FailureKind.Rejected, null)]
    [InlineData(404, "", FailureKind.NotFound, null)]
    public async Task A_refusal_says_whether_it_is_the_token_the_scope_or_the_meeting(
        int status,
        string body,
        FailureKind kind,
        string? scope
    )
    {
        var under = new GoToUnderTest();
        under.Network.On(Attendees, (HttpStatusCode)status, body);
        var failure = (
            await under.Provider.Records.ListAttendeesAsync(under.Access, "525164341", default)
        ).Failure.ShouldNotBeNull();
        (failure.Kind, failure.Scope).ShouldBe((kind, scope));
    }

    [Fact]
    public async Task Another_organizers_meetings_take_an_administrator_and_say_so()
    {
        var under = new GoToUnderTest();
        under
            .Network.On(UpcomingOf, HttpStatusCode.OK, Sample("upcomingMeetings_GET.quirk.json"))
            .On(UpcomingOf, HttpStatusCode.Forbidden, """{"msg":"admin role only"}""")
            .On(UpcomingOf, HttpStatusCode.NotFound);
        var told = await under.Provider.Records.ListUpcomingOfAsync(under.Access, "7300195775692112813", default);
        told.Value.ShouldNotBeEmpty();

        var refused = await FailAsync();
        refused.Code.ShouldBe(FailureCodes.NotAllowed);
        refused.Next.ShouldNotBeNull().ShouldContain("administrator");
        (await FailAsync()).Code.ShouldBe(FailureCodes.OrganizerNotFound);

        async Task<ProviderFailure> FailAsync() =>
            (
                await under.Provider.Records.ListUpcomingOfAsync(under.Access, "7300195775692112813", default)
            ).Failure.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("starttime is in the past", "past", "future")]
    [InlineData("The subject is longer than 100 characters", "subject", "100")]
    [InlineData("coorganizerKeys: 12 is not an organizer", "co-organizer", "same GoTo account")]
    public async Task A_refused_meeting_tells_cause_and_cure(string words, string cause, string cure)
    {
        var under = new GoToUnderTest();
        under.Network.On(
            $"POST {Meetings}",
            HttpStatusCode.BadRequest,
            $$"""{"int_err_code":"InvalidRequest","msg":"{{words}}"}"""
        );
        var failure = (await under.Provider.CreateAsync(under.Access, Spec, default)).Failure.ShouldNotBeNull();
        failure.Code.ShouldBe(FailureCodes.Rejected);
        failure.Message.ShouldContain(cause);
        failure.Next.ShouldNotBeNull().ShouldContain(cure);
        failure.ProviderMessage.ShouldBe(words);
    }
}
