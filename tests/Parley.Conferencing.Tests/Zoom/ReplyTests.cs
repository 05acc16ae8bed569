using System.Net;
using NodaTime;
using static Parley.Conferencing.Tests.Zoom.ZoomUnderTest;

namespace Parley.Conferencing.Tests.Zoom;

public sealed class ReplyTests
{
    private readonly ZoomUnderTest _zoom = new();

    [Fact]
    public async Task A_meeting_is_told_whole()
    {
        var meeting = await Read(Whole.Replace("waiting\"", "started\"", StringComparison.Ordinal));
        meeting.Id.ShouldBe("91234567890");
        (meeting.Subject, meeting.SubjectWithoutMarker, meeting.MarkerCandidate).ShouldBe(
            (Spec.Subject, Spec.Subject, "K7Q2M")
        );
        (meeting.StartsAt, meeting.EndsAt, meeting.TimeZone).ShouldBe((Spec.StartsAt, Spec.EndsAt, "Europe/Berlin"));
        meeting.InProgress.ShouldBeTrue();
        meeting.Organizer.ShouldBe(new OrganizerIdentity("zoeU5er1dAb3Cd5Ef7Gh9J", "zoe@northwind.example", null));
        meeting.JoinUrl.ShouldBe("https://us02web.zoom.us/j/91234567890?pwd=abc");
        (meeting.WaitingRoom, meeting.JoinBeforeHost, meeting.PasscodeRequired).ShouldBe((false, false, false));
        meeting.DialIn.ShouldBe([
            new DialInNumber("Germany", "+49 69 1234567", false),
            new DialInNumber("US", "+1 888 1234567", true),
        ]);
        meeting.AccessCode.ShouldBe(meeting.Id);
        meeting.ToString().ShouldNotContain("CANARYZAK");
    }

    [Theory]
    [InlineData("""{"id":"91234567890"}""")]
    [InlineData("""{"id":91234567890,"settings":null,"agenda":null,"type":null,"start_time":"","duration":""}""")]
    [InlineData("""{"id":91234567890,"type":3,"settings":{"global_dial_in_numbers":null}}""")]
    public async Task Nothing_but_the_id_must_be_there(string reply)
    {
        var meeting = await Read(reply);
        meeting.Id.ShouldBe("91234567890");
        (meeting.StartsAt, meeting.MarkerCandidate, meeting.Passcode).ShouldBe((null, null, null));
    }

    [Theory]
    [InlineData("[K7Q2M]", "K7Q2M")]
    [InlineData("[K7Q2M]\nText", "K7Q2M")]
    [InlineData("[K7Q2M]\r\nText", "K7Q2M")]
    [InlineData("  [K7Q2M] Text in one line", "K7Q2M")]
    [InlineData("[K7Q2M]Text", null)]
    [InlineData("Text [K7Q2M]", null)]
    [InlineData("[hello] K7Q2M", null)]
    [InlineData("[", null)]
    [InlineData("[]", null)]
    [InlineData("", null)]
    public async Task A_marker_is_at_the_agendas_beginning_or_nowhere(string agenda, string? marker)
    {
        var reply = new System.Text.Json.Nodes.JsonObject { ["id"] = 91234567890, ["agenda"] = agenda };
        (await Read(reply.ToJsonString())).MarkerCandidate.ShouldBe(marker);
    }

    [Theory]
    [InlineData("912 3456 7890", "91234567890")]
    [InlineData("912-3456-7890", "91234567890")]
    [InlineData("91234567890", "91234567890")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    [InlineData("9223372036854775808", null)]
    [InlineData("0123456789", null)]
    [InlineData("/abc//Def==", null)]
    [InlineData("91234567890/../../users", null)]
    [InlineData("９１２３４５６７８９０", null)]
    [InlineData("", null)]
    public async Task An_id_has_one_form_and_junk_is_no_meeting(string written, string? id)
    {
        _zoom.Provider.NormalizeMeetingId(written).ShouldBe(id);
        if (id is not null)
            return;
        ProviderFailure?[] refused =
        [
            (await _zoom.Provider.GetAsync(_zoom.Access, written, default)).Failure,
            (await _zoom.Provider.UpdateAsync(_zoom.Access, written, Spec, default)).Failure,
            (await _zoom.Provider.DeleteAsync(_zoom.Access, written, default)).Failure,
            (await _zoom.Provider.StartAsync(_zoom.Access, written, default)).Failure,
            (await _zoom.Provider.Records.ListAttendeesAsync(_zoom.Access, written, default)).Failure,
        ];
        refused.ShouldAllBe(failure => failure!.Kind == FailureKind.NotFound);
        _zoom.Network.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_host_link_is_fetched_and_said_to_end_in_two_hours()
    {
        _zoom.Network.On("GET " + OneMeeting, HttpStatusCode.OK, Whole);
        var link = (await _zoom.Provider.StartAsync(_zoom.Access, "91234567890", default)).Value;
        link.Url.ShouldContain("zak=");
        link.ExpiresAt.ShouldBe(Now + Duration.FromHours(2));
        link.ToString().ShouldNotContain("zak");
    }

    [Theory]
    [InlineData("https://evil.example/s/1?zak=x", FailureCodes.UntrustedLink)]
    [InlineData("http://us02web.zoom.us/s/1?zak=x", FailureCodes.UntrustedLink)]
    [InlineData("", FailureCodes.NotAllowed)]
    public async Task A_host_link_elsewhere_is_withheld(string url, string code)
    {
        _zoom.Network.On("GET " + OneMeeting, HttpStatusCode.OK, $$"""{"id":91234567890,"start_url":"{{url}}"}""");
        var failure = (await _zoom.Provider.StartAsync(_zoom.Access, "91234567890", default)).Failure!;
        failure.Code.ShouldBe(code);
        failure.ToString().ShouldNotContain("zak=");
    }

    [Fact]
    public async Task Upcoming_is_all_pages_of_what_is_ahead_and_what_runs()
    {
        _zoom
            .Network.On(
                "GET " + Meetings,
                HttpStatusCode.OK,
                """{"next_page_token":"","meetings":[{"id":3,"type":2,"start_time":"2026-11-20T10:00:00Z","duration":30},{"id":9,"type":1}]}"""
            )
            .On(
                "GET " + Meetings,
                HttpStatusCode.OK,
                """{"next_page_token":"next one","meetings":[{"id":1,"type":2,"start_time":"2026-11-20T09:00:00Z","duration":30},{"id":3,"type":2,"start_time":"2026-11-20T10:00:00Z","duration":30},{"id":2,"type":2,"start_time":"2026-11-20T11:45:00Z","duration":30}]}"""
            )
            .On(
                "GET " + Meetings,
                HttpStatusCode.OK,
                """{"next_page_token":"","meetings":[{"id":4,"type":3},{"id":5,"type":8,"start_time":"2026-01-01T09:00:00Z","duration":30},{"id":6,"type":2,"start_time":"2036-01-01T09:00:00Z","duration":30,"agenda":"[K7Q2M]"}]}"""
            );
        var upcoming = (await _zoom.Provider.ListUpcomingAsync(_zoom.Access, default)).Value;
        upcoming
            .Select(meeting => (meeting.Id, meeting.InProgress))
            .ShouldBe([("3", true), ("2", false), ("4", false), ("5", false), ("6", false), ("9", true)]);
        upcoming.Single(meeting => meeting.Id == "6").MarkerCandidate.ShouldBe("K7Q2M");
        upcoming.ShouldAllBe(meeting => meeting.PasscodeRequired == null);
        _zoom.Network.Sent[2].Url.ShouldEndWith("&next_page_token=next%20one");
    }

    [Fact]
    public async Task A_list_whose_page_token_lapsed_is_begun_anew_and_tells_each_once()
    {
        const string first = """{"next_page_token":"t","meetings":[{"id":1,"type":3}]}""";
        const string lapsed = """{"code":300,"message":"The next page token is invalid or expired."}""";
        _zoom
            .Network.On("GET " + Meetings, HttpStatusCode.OK, """{"meetings":[]}""")
            .On("GET " + Meetings, HttpStatusCode.OK, first)
            .On("GET " + Meetings, HttpStatusCode.BadRequest, lapsed)
            .On("GET " + Meetings, HttpStatusCode.OK, first)
            .On("GET " + Meetings, HttpStatusCode.OK, """{"meetings":[{"id":2,"type":3}]}""");
        (await _zoom.Provider.ListUpcomingAsync(_zoom.Access, default))
            .Value.Select(meeting => meeting.Id)
            .ShouldBe(["1", "2"]);
    }

    [Theory]
    [InlineData("""{"meetings":[{"topic":"nameless"}]}""")]
    [InlineData("""{"meetings":[null]}""")]
    [InlineData("""{"next_page_token":"t","meetings":[]}""")]
    public async Task A_list_that_would_hide_a_meeting_is_unreadable(string page)
    {
        // The last of them never ends: the same token again and again.
        for (var i = 0; i < 3; i++)
            _zoom.Network.On("GET " + Meetings, HttpStatusCode.OK, page);
        (await _zoom.Provider.ListUpcomingAsync(_zoom.Access, default)).Failure!.Kind.ShouldBe(FailureKind.Unknown);
    }

    [Theory]
    [InlineData("""{"id":"z","account_id":"a","role_id":"0"}""", true)]
    [InlineData("""{"id":"z","account_id":"a","role_id":1}""", true)]
    [InlineData("""{"id":"z","account_id":"a","role_id":"2","role_name":"Admin of nothing"}""", false)]
    [InlineData("""{"id":"z","account_id":"a","role_name":"Owner"}""", true)]
    [InlineData("""{"id":"z","account_id":"a","role_id":"Rxyz","role_name":"Billing Admin"}""", true)]
    [InlineData("""{"id":"z","account_id":"a"}""", false)]
    public async Task Who_administers_is_told_by_the_role(string me, bool administrator)
    {
        _zoom.Network.On("GET " + Me, HttpStatusCode.OK, me);
        var identity = (await _zoom.Provider.IdentifyAsync(_zoom.Access, default)).Value;
        (identity.OrganizerKey, identity.AccountKey, identity.IsAdministrator).ShouldBe(("z", "a", administrator));
    }

    [Fact]
    public void Only_zooms_own_hosts_are_trusted_with_links()
    {
        _zoom.Provider.IsTrustedLink("https://zoom.us/j/1").ShouldBeTrue();
        _zoom.Provider.IsTrustedLink("https://northwind.zoom.us/j/1?pwd=a").ShouldBeTrue();
        _zoom.Provider.IsTrustedLink("https://northwind.zoom.us.evil.example/j/1").ShouldBeFalse();
        _zoom.Provider.IsTrustedLink("http://zoom.us/j/1").ShouldBeFalse();
        _zoom.Provider.LinkSources.ShouldContain("https://*.zoom.us");
        _zoom.Provider.DeriveJoinUrl("91234567890", "https://zoom.us/j/1").ShouldBeNull();
    }

    private async Task<Meeting> Read(string reply)
    {
        _zoom.Network.On("GET " + OneMeeting, HttpStatusCode.OK, reply);
        return (await _zoom.Provider.GetAsync(_zoom.Access, "91234567890", default)).Value;
    }
}
