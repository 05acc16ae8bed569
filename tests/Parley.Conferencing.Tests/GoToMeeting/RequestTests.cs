using System.Net;
using System.Text.Json;
using static Parley.Conferencing.Tests.GoToMeeting.GoToUnderTest;

namespace Parley.Conferencing.Tests.GoToMeeting;

public sealed class RequestTests
{
    private readonly GoToUnderTest _goto = new();

    [Fact]
    public async Task Create_sends_all_seven_fields_in_lower_case_and_the_token_in_the_header_alone()
    {
        _goto.Network.On($"POST {Meetings}", HttpStatusCode.Created, Sample("meetings_POST.spec.json"));

        (await _goto.Provider.CreateAsync(_goto.Access, Spec, default)).Succeeded.ShouldBeTrue();

        var sent = _goto.Network.Sent.ShouldHaveSingleItem();
        sent.Url.ShouldBe("https://api.getgo.com/G2M/rest/meetings");
        sent.ContentType.ShouldBe("application/json");
        sent.Headers.Authorization!.ToString().ShouldBe("Bearer " + Token);
        sent.Body.ShouldNotContain(Token);
        Fields(sent.Body)
            .ShouldBe(
                new Dictionary<string, string>
                {
                    ["subject"] = "Quarter review &lt;draft&gt; [K7Q2M]",
                    ["starttime"] = "2026-12-01T09:00:00Z",
                    ["endtime"] = "2026-12-01T09:30:00Z",
                    ["passwordrequired"] = "False",
                    ["conferencecallinfo"] = "Hybrid",
                    ["timezonekey"] = "",
                    ["meetingtype"] = "scheduled",
                },
                ignoreOrder: true
            );
    }

    [Fact]
    public async Task Update_puts_the_whole_meeting_and_says_nothing_back()
    {
        _goto.Network.On($"PUT {OneMeeting}", HttpStatusCode.NoContent);
        var spec = Spec with { PasscodeRequired = true, CoOrganizerKeys = ["7300195775692112874"] };

        (await _goto.Provider.UpdateAsync(_goto.Access, "525-164-341", spec, default)).Succeeded.ShouldBeTrue();

        var body = JsonDocument.Parse(_goto.Network.Sent.ShouldHaveSingleItem().Body).RootElement;
        body.GetProperty("passwordrequired").GetBoolean().ShouldBeTrue();
        body.GetProperty("coorganizerKeys")[0].GetString().ShouldBe("7300195775692112874");
        body.EnumerateObject().Count().ShouldBe(8);
    }

    [Theory]
    [InlineData(AudioOption.Hybrid, "Hybrid")]
    [InlineData(AudioOption.Pstn, "PSTN")]
    [InlineData(AudioOption.Voip, "VoIP")]
    [InlineData(AudioOption.Private, "Private")]
    [InlineData(AudioOption.Custom, "Ring 555 0100")]
    public async Task Each_audio_option_has_its_word(AudioOption option, string word)
    {
        var body = await Created(Spec with { Audio = option, AudioText = "Ring 555 0100" });
        body["conferencecallinfo"].ShouldBe(word);
    }

    [Theory]
    [InlineData(MeetingType.Scheduled, "scheduled")]
    [InlineData(MeetingType.Instant, "immediate")]
    [InlineData(MeetingType.Recurring, "recurring")]
    public async Task Each_meeting_type_has_its_word(MeetingType type, string word)
    {
        var body = await Created(Spec with { Type = type });
        body["meetingtype"].ShouldBe(word);
    }

    [Fact]
    public async Task A_meeting_that_GoTo_cannot_express_is_refused_without_a_call()
    {
        MeetingSpec[] impossible =
        [
            Spec with
            {
                Audio = AudioOption.Custom,
            },
            Spec with
            {
                Audio = AudioOption.Custom,
                AudioText = new string('x', 256),
            },
            Spec with
            {
                Subject = " \r\n ",
            },
            Spec with
            {
                EndsAt = Spec.StartsAt,
            },
        ];
        foreach (var spec in impossible)
        {
            var failure = (await _goto.Provider.CreateAsync(_goto.Access, spec, default)).Failure.ShouldNotBeNull();
            (failure.Kind, failure.Code).ShouldBe((FailureKind.Rejected, FailureCodes.InvalidMeeting));
            (await _goto.Provider.UpdateAsync(_goto.Access, "525164341", spec, default)).Failure!.Code.ShouldBe(
                FailureCodes.InvalidMeeting
            );
        }
        _goto.Network.Sent.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../../admin/rest/v1/me")]
    [InlineData("525164341?x=1")]
    [InlineData("")]
    [InlineData("٣٣٣٣٣٣٣٣٣")]
    public async Task An_id_that_is_no_number_is_not_found_without_a_call(string id)
    {
        (await _goto.Provider.GetAsync(_goto.Access, id, default)).Failure!.Kind.ShouldBe(FailureKind.NotFound);
        (await _goto.Provider.DeleteAsync(_goto.Access, id, default)).Failure!.Kind.ShouldBe(FailureKind.NotFound);
        (await _goto.Provider.StartAsync(_goto.Access, id, default)).Failure!.Kind.ShouldBe(FailureKind.NotFound);
        (await _goto.Provider.UpdateAsync(_goto.Access, id, Spec, default)).Failure!.Kind.ShouldBe(
            FailureKind.NotFound
        );
        _goto.Network.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task Base_addresses_come_from_the_options_with_or_without_a_slash()
    {
        var moved = new GoToUnderTest(new() { ApiBaseUrl = "http://localhost:5081/goto/G2M/rest/" });
        moved.Network.On("DELETE /goto/G2M/rest/meetings/525164341", HttpStatusCode.NoContent);
        (await moved.Provider.DeleteAsync(moved.Access, "525164341", default)).Succeeded.ShouldBeTrue();
    }

    private async Task<Dictionary<string, string>> Created(MeetingSpec spec)
    {
        _goto.Network.On($"POST {Meetings}", HttpStatusCode.Created, Sample("meetings_POST.spec.json"));
        (await _goto.Provider.CreateAsync(_goto.Access, spec, default)).Succeeded.ShouldBeTrue();
        return Fields(_goto.Network.Sent.ShouldHaveSingleItem().Body);
    }

    private static Dictionary<string, string> Fields(string json) =>
        JsonDocument
            .Parse(json)
            .RootElement.EnumerateObject()
            .ToDictionary(field => field.Name, field => field.Value.ToString());
}
