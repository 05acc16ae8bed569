using System.Net;
using NodaTime;
using static Parley.Conferencing.Tests.GoToMeeting.GoToUnderTest;

namespace Parley.Conferencing.Tests.GoToMeeting;

public sealed class ReplyTests
{
    private readonly GoToUnderTest _goto = new();

    [Fact]
    public async Task The_create_reply_yields_id_join_link_numbers_and_access_code()
    {
        _goto.Network.On($"POST {Meetings}", HttpStatusCode.Created, Sample("meetings_POST.quirk.json"));

        var meeting = (await _goto.Provider.CreateAsync(_goto.Access, Spec, default)).Value;

        meeting.Id.ShouldBe("417680365");
        meeting.JoinUrl.ShouldBe("https://global.gotomeeting.com/join/417680365");
        meeting.AccessCode.ShouldBe("417-680-365");
        meeting.DialIn.ShouldBe([
            new DialInNumber("United States", "+1 (636) 277-0130", TollFree: false),
            new DialInNumber("United States", "1 877 309 2073", TollFree: true),
            new DialInNumber("Ireland", "+353 (0) 15 290 180", TollFree: false),
        ]);
    }

    [Fact]
    public async Task A_bare_object_serves_where_an_array_of_one_is_due()
    {
        _goto.Network.On($"POST {Meetings}", HttpStatusCode.Created, """{"meetingId":"417-680-365"}""");
        (await _goto.Provider.CreateAsync(_goto.Access, Spec, default)).Value.Id.ShouldBe("417680365");
    }

    [Theory]
    [InlineData("meetings-id_GET.quirk.json", false)]
    [InlineData("meetings-id_GET.spec.json", true)]
    public async Task A_meeting_reads_the_same_in_both_wire_modes(string sample, bool running)
    {
        _goto.Network.On($"GET {OneMeeting}", HttpStatusCode.OK, Sample(sample));

        var meeting = (await _goto.Provider.GetAsync(_goto.Access, "525164341", default)).Value;

        meeting.Subject.ShouldBe("Quarter review <draft> [K7Q2M]");
        meeting.SubjectWithoutMarker.ShouldBe("Quarter review <draft>");
        meeting.MarkerCandidate.ShouldBe("K7Q2M");
        meeting.StartsAt.ShouldBe(Spec.StartsAt);
        meeting.EndsAt.ShouldBe(Spec.EndsAt);
        meeting.PasscodeRequired.ShouldBe(false);
        meeting.InProgress.ShouldBe(running);
        meeting.Type.ShouldBe(MeetingType.Scheduled);
        meeting.JoinUrl.ShouldBeNull();
        _goto
            .Provider.Differences(Spec with { CoOrganizerKeys = meeting.CoOrganizerKeys ?? [] }, meeting)
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task Keys_keep_all_their_digits_as_text_or_number()
    {
        _goto.Network.On($"GET {OneMeeting}", HttpStatusCode.OK, Sample("meetings-id_GET.quirk.json"));
        (await _goto.Provider.GetAsync(_goto.Access, "525164341", default)).Value.CoOrganizerKeys.ShouldBe([
            "7300195775692112874",
            "7300195775692112875",
        ]);
    }

    [Fact]
    public async Task Upcoming_lists_everything_the_personal_room_as_recurring()
    {
        _goto.Network.On($"GET {Upcoming}", HttpStatusCode.OK, Sample("upcomingMeetings_GET.quirk.json"));

        var meetings = (await _goto.Provider.ListUpcomingAsync(_goto.Access, default)).Value;

        meetings.Select(meeting => meeting.Id).ShouldBe(["525164341", "317680365"]);
        meetings[0].MarkerCandidate.ShouldBe("K7Q2M");
        meetings[0].PasscodeRequired.ShouldBe(true);
        meetings[0].Organizer.ShouldBe(new OrganizerIdentity("7300195775692112874", "sam@example.test", "Sam Muster"));
        meetings[1].Type.ShouldBe(MeetingType.Recurring);
        meetings[1].InProgress.ShouldBeTrue();
        meetings[1].Organizer!.Key.ShouldBe("7300195775692112874");
    }

    [Fact]
    public async Task An_empty_list_is_an_empty_list()
    {
        _goto.Network.On($"GET {Upcoming}", HttpStatusCode.OK, "[]");
        (await _goto.Provider.ListUpcomingAsync(_goto.Access, default)).Value.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("personal", "2026-12-01T09:00:00Z", MeetingType.Recurring)]
    [InlineData("workshop", "2026-12-01T09:00:00Z", MeetingType.Scheduled)]
    [InlineData("workshop", "", MeetingType.Recurring)]
    [InlineData("IMMEDIATE", "", MeetingType.Instant)]
    public async Task A_type_we_do_not_know_counts_as_busy_when_it_has_times(
        string type,
        string start,
        MeetingType expected
    )
    {
        _goto.Network.On(
            $"GET {Upcoming}",
            HttpStatusCode.OK,
            $$"""[{"meetingId":1,"meetingType":"{{type}}","startTime":"{{start}}","endTime":"2026-12-01T10:00:00Z"}]"""
        );
        (await _goto.Provider.ListUpcomingAsync(_goto.Access, default)).Value[0].Type.ShouldBe(expected);
    }

    [Fact]
    public async Task A_list_with_an_item_that_cannot_be_read_is_unknown_never_shorter()
    {
        string[] odd =
        [
            """[{"meetingId":1},{"subject":"nameless"}]""",
            """[{"meetingId":1},null]""",
            """[{"meetingId":1},{"meetingId":2,"startTime":"next Tuesday"}]""",
            """[{"meetingId":1}""",
            """[{"meetingId":1}] trailing""",
            """{"meetingId":1},""",
            "null",
            "",
        ];
        foreach (var body in odd)
        {
            _goto.Network.On($"GET {Upcoming}", HttpStatusCode.OK, body);
            var failure = (await _goto.Provider.ListUpcomingAsync(_goto.Access, default)).Failure.ShouldNotBeNull(body);
            (failure.Kind, failure.Code).ShouldBe((FailureKind.Unknown, FailureCodes.Unreadable), body);
        }
    }

    [Theory]
    [InlineData("US TOLL-FREE: +1 (877) 309-2073", "US", true)]
    [InlineData("Germany (toll free): 0 800 723 5274", "Germany", true)]
    [InlineData("Germany: 0 800 723 5274 (Toll Free)", "Germany", true)]
    [InlineData("Côte d'Ivoire: +225 27 20 000 000", "Côte d'Ivoire", false)]
    public async Task Dial_in_numbers_know_their_country_and_who_pays(string line, string country, bool tollFree)
    {
        var body = System.Text.Json.JsonSerializer.Serialize(
            new[] { new { meetingid = 1, conferenceCallInfo = $"VoIP\r\n{line}\r\nAccess Code: 111-952-374" } }
        );
        _goto.Network.On($"POST {Meetings}", HttpStatusCode.Created, body);
        var meeting = (await _goto.Provider.CreateAsync(_goto.Access, Spec, default)).Value;
        var number = meeting.DialIn.ShouldHaveSingleItem();
        (number.Country, number.TollFree).ShouldBe((country, tollFree));
        meeting.AccessCode.ShouldBe("111-952-374");
    }

    [Fact]
    public async Task The_host_link_is_fetched_and_hides_itself()
    {
        _goto.Network.On($"GET {OneMeeting}/start", HttpStatusCode.OK, Sample("meetings-id-start_GET.json"));
        var link = (await _goto.Provider.StartAsync(_goto.Access, "525164341", default)).Value;
        link.Url.ShouldContain("authenticationToken=3A20000000007514SECRET");
        link.ToString().ShouldNotContain("SECRET");
    }

    [Theory]
    [InlineData("https://evil.example/host/1?authenticationToken=SECRET")]
    [InlineData("javascript:alert('SECRET')")]
    [InlineData("http://global.gotomeeting.com/host/1?authenticationToken=SECRET")]
    public async Task A_host_link_to_another_host_is_withheld(string url)
    {
        _goto.Network.On($"GET {OneMeeting}/start", HttpStatusCode.OK, $$"""{"hostURL":"{{url}}"}""");
        var failure = (await _goto.Provider.StartAsync(_goto.Access, "525164341", default)).Failure.ShouldNotBeNull();
        failure.Code.ShouldBe(FailureCodes.UntrustedLink);
        failure.ToString().ShouldNotContain("SECRET");
    }

    [Fact]
    public void Differences_name_the_fields_and_only_whole_seconds_count()
    {
        var same = new Meeting
        {
            Id = "1",
            Subject = "Quarter review <draft> [K7Q2M]",
            SubjectWithoutMarker = "Quarter review <draft>",
            StartsAt = Spec.StartsAt,
            EndsAt = Spec.EndsAt,
        };
        var provider = _goto.Provider;
        provider.Differences(Spec, same).ShouldBeEmpty();
        provider
            .Differences(Spec with { StartsAt = Spec.StartsAt + Duration.FromMilliseconds(400) }, same)
            .ShouldBeEmpty();
        provider.Differences(Spec, same with { Subject = "Quarter review &lt;draft&gt; [K7Q2M]" }).ShouldBeEmpty();
        provider.Differences(Spec, same with { Subject = "Quarter review <draft>" }).ShouldBe(["subject"]);
        provider
            .Differences(Spec, same with { StartsAt = Spec.EndsAt, EndsAt = null })
            .ShouldBe(["startsAt", "endsAt"]);
        provider.Differences(Spec with { Type = MeetingType.Recurring }, same with { StartsAt = null }).ShouldBeEmpty();
        provider.Differences(Spec, same with { PasscodeRequired = true }).ShouldBe(["passcodeRequired"]);
        provider.Differences(Spec, same with { CoOrganizerKeys = ["7"] }).ShouldBe(["coOrganizers"]);
        var helped = Spec with { CoOrganizerKeys = ["7", "8"] };
        provider.Differences(helped, same with { CoOrganizerKeys = ["8", "7"] }).ShouldBeEmpty();
        provider.Differences(helped, same).ShouldBeEmpty("lists do not tell them");
    }
}
