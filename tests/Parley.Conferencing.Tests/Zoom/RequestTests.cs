using System.Net;
using System.Text.Json.Nodes;
using NodaTime;
using Parley.Conferencing.Zoom;
using static Parley.Conferencing.Tests.Zoom.ZoomUnderTest;

namespace Parley.Conferencing.Tests.Zoom;

public sealed class RequestTests
{
    private readonly ZoomUnderTest _zoom = new();

    private IConferencingProvider Provider => _zoom.Provider;

    [Fact]
    public async Task A_create_sends_utc_and_the_zone_and_leaves_everything_else_to_the_host()
    {
        var body = await CreatedBody(Spec);
        body.ToJsonString()
            .ShouldBe(
                """{"topic":"Quarter review \u003Cdraft\u003E","type":2,"start_time":"2026-12-01T09:00:00Z","duration":30,"timezone":"Europe/Berlin","agenda":"[K7Q2M]","default_password":false}"""
            );
        var sent = _zoom.Network.Sent.ShouldHaveSingleItem();
        sent.Url.ShouldBe("https://api.zoom.us/v2/users/me/meetings");
        sent.Headers.Authorization!.ToString().ShouldBe("Bearer " + Token);
        sent.ContentType.ShouldBe("application/json");
    }

    [Theory]
    [InlineData("Europe/Berlin", "Europe/Berlin")]
    [InlineData("Europe/Kyiv", "Europe/Kiev")]
    [InlineData("Asia/Ho_Chi_Minh", "Asia/Saigon")]
    [InlineData("UTC", "UTC")]
    [InlineData("Antarctica/Troll", null)]
    [InlineData("Not/A_Zone", null)]
    public async Task A_zone_is_sent_by_zooms_name_of_it_or_not_at_all(string zone, string? sent)
    {
        var body = await CreatedBody(Spec with { TimeZone = zone });
        body["timezone"]?.GetValue<string>().ShouldBe(sent);
        body["start_time"]!.GetValue<string>().ShouldBe("2026-12-01T09:00:00Z");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(600)]
    [InlineData(1992)]
    [InlineData(1993)]
    [InlineData(5000)]
    public async Task The_marker_is_the_agendas_first_line_however_long_the_description(int length)
    {
        var description = string.Concat(Enumerable.Repeat("👩‍👩‍👧‍👦 ", length / 12 + 1))[..length];
        var agenda = (await CreatedBody(Spec with { Description = description }))["agenda"]!.GetValue<string>();
        agenda.Length.ShouldBeLessThanOrEqualTo(2000);
        agenda.Split('\n')[0].ShouldBe("[K7Q2M]");
        agenda.ShouldNotEndWith("\ud83d");
        // Lists cut the agenda to 250 characters.
        var listed = new JsonObject
        {
            ["id"] = 91234567890,
            ["type"] = 2,
            ["agenda"] = agenda[..Math.Min(agenda.Length, 250)],
        };
        _zoom.Network.On("GET " + OneMeeting, HttpStatusCode.OK, listed.ToJsonString());
        (await Provider.GetAsync(_zoom.Access, "91234567890", default)).Value.MarkerCandidate.ShouldBe("K7Q2M");
    }

    [Fact]
    public async Task Options_are_sent_when_asked_for()
    {
        var body = await CreatedBody(
            Spec with
            {
                PasscodeRequired = true,
                WaitingRoom = true,
                JoinBeforeHost = false,
                CoOrganizerKeys = ["a@northwind.example", "zoeU5er1dAb3Cd5Ef7Gh9J"],
                Audio = AudioOption.Voip,
            },
            Whole.Replace("\"pmi\"", "\"password\":\"x1\",\"pmi\"", StringComparison.Ordinal)
        );
        body["default_password"]!.GetValue<bool>().ShouldBeTrue();
        body["settings"]!
            .ToJsonString()
            .ShouldBe(
                """{"waiting_room":true,"join_before_host":false,"alternative_hosts":"a@northwind.example;zoeU5er1dAb3Cd5Ef7Gh9J","audio":"voip"}"""
            );
    }

    [Theory]
    [InlineData(MeetingType.Recurring, 3)]
    [InlineData(MeetingType.Instant, 1)]
    public async Task Meetings_without_a_fixed_time_are_sent_without_times(MeetingType type, int wire)
    {
        var body = await CreatedBody(Spec with { Type = type });
        body["type"]!.GetValue<int>().ShouldBe(wire);
        body["start_time"].ShouldBeNull();
        body["duration"].ShouldBeNull();
        body["timezone"].ShouldBeNull();
    }

    [Fact]
    public async Task Minutes_are_rounded_up_and_a_day_is_the_most()
    {
        (await CreatedBody(Spec with { EndsAt = Spec.StartsAt + Duration.FromSeconds(61) }))["duration"]!
            .GetValue<int>()
            .ShouldBe(2);
        var tooLong = await Provider.CreateAsync(
            _zoom.Access,
            Spec with
            {
                EndsAt = Spec.StartsAt + Duration.FromSeconds(86_401),
            },
            default
        );
        tooLong.Failure!.Code.ShouldBe(FailureCodes.InvalidMeeting);
    }

    [Theory]
    [InlineData("a@b.example;c@d.example")]
    [InlineData("a b@c.example")]
    [InlineData("../me")]
    [InlineData("")]
    public async Task A_co_organizer_that_would_be_read_otherwise_is_not_sent(string key)
    {
        var refused = await Provider.CreateAsync(_zoom.Access, Spec with { CoOrganizerKeys = [key] }, default);
        refused.Failure!.Code.ShouldBe(FailureCodes.InvalidMeeting);
        _zoom.Network.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_update_of_what_agrees_already_sends_nothing()
    {
        _zoom.Network.On("GET " + OneMeeting, HttpStatusCode.OK, Whole);
        var updated = (await Provider.UpdateAsync(_zoom.Access, "912 3456 7890", Spec, default)).Value;
        updated.Sent.ShouldBeFalse();
        _zoom.Network.Sent.ShouldAllBe(request => request.Method == "GET");
    }

    [Fact]
    public async Task An_update_sends_what_differs_and_reads_again()
    {
        var moved = Spec with { EndsAt = Spec.EndsAt + Duration.FromMinutes(10), WaitingRoom = true };
        _zoom
            .Network.On("GET " + OneMeeting, HttpStatusCode.OK, Whole)
            .On("PATCH " + OneMeeting, HttpStatusCode.NoContent)
            .On("GET " + OneMeeting, HttpStatusCode.OK, Whole.Replace("30,", "40,", StringComparison.Ordinal));
        var updated = (await Provider.UpdateAsync(_zoom.Access, "91234567890", moved, default)).Value;
        updated.Sent.ShouldBeTrue();
        _zoom
            .Network.Sent[1]
            .Body.ShouldBe(
                """{"start_time":"2026-12-01T09:00:00Z","duration":40,"timezone":"Europe/Berlin","settings":{"waiting_room":true}}"""
            );
        // The waiting room came back off: the account has it locked.
        updated.Warnings.ShouldHaveSingleItem().ShouldContain("waiting room");
    }

    [Fact]
    public async Task What_the_organizer_wrote_into_the_agenda_stays_where_we_have_no_description()
    {
        var theirs = Whole.Replace("[K7Q2M]", "[K7Q2M]\\nBring the figures", StringComparison.Ordinal);
        _zoom.Network.On("GET " + OneMeeting, HttpStatusCode.OK, theirs);
        (await Provider.UpdateAsync(_zoom.Access, "91234567890", Spec, default)).Value.Sent.ShouldBeFalse();

        var lost = Whole.Replace("[K7Q2M]", "Bring the figures", StringComparison.Ordinal);
        _zoom
            .Network.On("GET " + OneMeeting, HttpStatusCode.OK, lost)
            .On("PATCH " + OneMeeting, HttpStatusCode.NoContent)
            .On("GET " + OneMeeting, HttpStatusCode.OK, theirs);
        (await Provider.UpdateAsync(_zoom.Access, "91234567890", Spec, default)).Value.Sent.ShouldBeTrue();
        JsonNode.Parse(_zoom.Network.Sent[2].Body)!["agenda"]!
            .GetValue<string>()
            .ShouldBe("[K7Q2M]\nBring the figures");
    }

    [Fact]
    public async Task A_passcode_that_is_missing_is_set_and_one_too_many_taken_away()
    {
        var with = Whole.Replace("\"pmi\"", "\"password\":\"aB3-\",\"pmi\"", StringComparison.Ordinal);
        _zoom
            .Network.On("GET " + OneMeeting, HttpStatusCode.OK, Whole)
            .On("PATCH " + OneMeeting, HttpStatusCode.NoContent)
            .On("GET " + OneMeeting, HttpStatusCode.OK, with)
            .On("GET " + OneMeeting, HttpStatusCode.OK, with)
            .On("PATCH " + OneMeeting, HttpStatusCode.NoContent)
            .On("GET " + OneMeeting, HttpStatusCode.OK, with);
        await Provider.UpdateAsync(_zoom.Access, "91234567890", Spec with { PasscodeRequired = true }, default);
        var ours = JsonNode.Parse(_zoom.Network.Sent[1].Body)!["password"]!.GetValue<string>();
        ours.Length.ShouldBeInRange(6, 10);
        ours.ShouldAllBe(c => char.IsAsciiLetterOrDigit(c));
        var kept = (await Provider.UpdateAsync(_zoom.Access, "91234567890", Spec, default)).Value;
        JsonNode.Parse(_zoom.Network.Sent[4].Body)!.ToJsonString().ShouldBe("""{"password":""}""");
        kept.Warnings.ShouldHaveSingleItem().ShouldContain("demands one");
    }

    [Fact]
    public async Task A_reading_that_fails_before_an_update_leaves_no_doubt_about_the_update()
    {
        for (var i = 0; i < 3; i++)
            _zoom.Network.On("GET " + OneMeeting, HttpStatusCode.BadGateway, "<html>", "text/html");
        var failed = (await Provider.UpdateAsync(_zoom.Access, "91234567890", Spec, default)).Failure!;
        (failed.Kind, failed.Applied).ShouldBe((FailureKind.NeverSent, Applied.No));
    }

    [Theory]
    [InlineData("https://api-eu.zoom.us", "https://api-eu.zoom.us/v2/users/me")]
    [InlineData("https://api-eu.zoom.us/", "https://api-eu.zoom.us/v2/users/me")]
    [InlineData("https://api-eu.zoom.us/v2", "https://api-eu.zoom.us/v2/users/me")]
    [InlineData("https://api.zoom.us", "https://api.zoom.us/v2/users/me")]
    [InlineData(null, "https://api.zoom.us/v2/users/me")]
    [InlineData("http://api-eu.zoom.us", "https://api.zoom.us/v2/users/me")]
    [InlineData("https://api-eu.zoom.us:8443", "https://api.zoom.us/v2/users/me")]
    [InlineData("https://zoom.us.evil.example", "https://api.zoom.us/v2/users/me")]
    [InlineData("https://evilzoom.us", "https://api.zoom.us/v2/users/me")]
    [InlineData("https://api.zoom.us@evil.example", "https://api.zoom.us/v2/users/me")]
    [InlineData("https://evil.example\\.zoom.us", "https://api.zoom.us/v2/users/me")]
    [InlineData("https://evil.example/?.zoom.us", "https://api.zoom.us/v2/users/me")]
    [InlineData("https://evil.example#.zoom.us", "https://api.zoom.us/v2/users/me")]
    [InlineData("api-eu.zoom.us", "https://api.zoom.us/v2/users/me")]
    [InlineData("", "https://api.zoom.us/v2/users/me")]
    public async Task The_token_goes_to_zooms_own_hosts_alone(string? told, string url)
    {
        _zoom.Network.On("GET " + Me, HttpStatusCode.OK, """{"id":"z"}""");
        await Provider.IdentifyAsync(_zoom.Access with { ApiBaseUrl = told }, default);
        _zoom.Network.Sent.ShouldHaveSingleItem().Url.ShouldBe(url);
    }

    [Fact]
    public async Task The_configured_bases_own_origin_is_trusted_as_well()
    {
        var zoom = new ZoomUnderTest(new ZoomOptions { ApiBaseUrl = "http://localhost:5081/zoom/v2" });
        foreach (var path in new[] { "/zoom/v2/users/me", "/zoom/v2/users/me", "/zoom/v2/users/me" })
            zoom.Network.On("GET " + path, HttpStatusCode.OK, """{"id":"z"}""");
        foreach (
            var told in new[] { "http://localhost:5081/zoom", "http://localhost:9999/zoom", "http://127.0.0.1:5081" }
        )
            await zoom.Provider.IdentifyAsync(zoom.Access with { ApiBaseUrl = told }, default);
        zoom.Network.Sent.ShouldAllBe(request => request.Url == "http://localhost:5081/zoom/v2/users/me");
    }

    [Fact]
    public async Task A_server_to_server_token_names_the_user_and_never_says_me()
    {
        var account = new ProviderAccess(Token, "zoe+x@northwind.example") { ServerToServerAccount = "acc" };
        _zoom.Network.On("POST /v2/users/zoe%2Bx%40northwind.example/meetings", HttpStatusCode.Created, Whole);
        (await Provider.CreateAsync(account, Spec, default)).Failure.ShouldBeNull();
        var nobody = account with { OrganizerKey = null };
        ProviderFailure?[] refused =
        [
            (await Provider.CreateAsync(nobody, Spec, default)).Failure,
            (await Provider.ListUpcomingAsync(nobody, default)).Failure,
        ];
        refused.ShouldAllBe(failure => failure!.Code == FailureCodes.NotAllowed && failure.Next != null);
        _zoom.Network.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public void The_authorize_request_has_a_challenge_and_no_scope()
    {
        var url = _zoom.OAuth.AuthorizeUrl(
            new("client", "secret"),
            "https://parley.example/oauth/zoom/callback",
            "state",
            new string('v', 43)
        );
        url.ShouldStartWith("https://zoom.us/oauth/authorize?response_type=code&client_id=client&");
        url.ShouldContain("code_challenge_method=S256");
        url.ShouldNotContain("scope");
    }

    private async Task<JsonNode> CreatedBody(MeetingSpec spec, string? reply = null)
    {
        _zoom.Network.On("POST " + Meetings, HttpStatusCode.Created, reply ?? Whole);
        (await Provider.CreateAsync(_zoom.Access, spec, default)).Failure.ShouldBeNull();
        return JsonNode.Parse(_zoom.Network.Sent[0].Body)!;
    }
}
