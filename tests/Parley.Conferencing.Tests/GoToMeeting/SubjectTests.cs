using System.Globalization;
using System.Net;
using System.Text.Json;
using static Parley.Conferencing.Tests.GoToMeeting.GoToUnderTest;

namespace Parley.Conferencing.Tests.GoToMeeting;

public sealed class SubjectTests
{
    private static readonly string[] Pieces =
    [
        "a",
        "Z",
        "7",
        " ",
        "<",
        ">",
        "&",
        ";",
        "&lt;",
        "&gt;",
        "&amp;",
        "amp;",
        "lt;",
        "&amp;lt;",
        "ß",
        "é",
        "e\u0301",
        "漢",
        "😀",
        "👩‍👩‍👧‍👦",
        "🇩🇪",
        "\"",
        "\\",
        "[K7Q2M]",
        "-",
    ];

    [Fact]
    public async Task Every_subject_fits_is_escaped_and_survives_the_way_there_and_back()
    {
        var random = new Random(20261121);
        for (var round = 0; round < 2000; round++)
        {
            var subject = string.Concat(random.GetItems(Pieces, random.Next(1, 60)));
            if (string.IsNullOrWhiteSpace(subject))
                continue;
            var marker = random.Next(4) == 0 ? null : string.Concat(random.GetItems(Marker.Alphabet.AsSpan(), 5));
            var wire = await WireSubject(subject, marker);

            wire.Length.ShouldBeLessThanOrEqualTo(100, subject);
            wire.ShouldNotContain("<");
            wire.ShouldNotContain(">");
            wire.ShouldNotContain("\uFFFD");
            if (marker is not null)
                Marker.TryRead(wire).ShouldBe(marker);

            var meeting = await Echo(wire);
            var spec = Spec with { Subject = subject, Marker = marker };
            var provider = new GoToUnderTest().Provider;
            provider.Differences(spec, meeting).ShouldNotContain("subject", subject);
            // Nor when GoTo hands the text back with the entities undone.
            var undone = await Echo(wire.Replace("&lt;", "<").Replace("&gt;", ">"));
            provider.Differences(spec, undone).ShouldNotContain("subject", subject);
            // What came back starts the typed text, cut only between characters a reader sees.
            var typed = string.Join(' ', subject.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            var back = marker is null ? meeting.Subject : meeting.SubjectWithoutMarker;
            typed.ShouldStartWith(back);
            StringInfo.ParseCombiningCharacters(typed).Append(typed.Length).ShouldContain(back.Length);
        }
    }

    [Fact]
    public async Task A_plain_ampersand_travels_as_typed()
    {
        (await WireSubject("Smith & Sons; R&D", null)).ShouldBe("Smith & Sons; R&D");
        (await WireSubject("a &lt; b", null)).ShouldBe("a &amp;lt; b");
    }

    [Fact]
    public async Task A_changed_subject_is_a_difference()
    {
        var provider = new GoToUnderTest().Provider;
        provider.Differences(Spec, await Echo("Quarter review &lt;final&gt; [K7Q2M]")).ShouldContain("subject");
        provider.Differences(Spec, await Echo("Quarter review &lt;draft&gt; [K7Q2N]")).ShouldContain("subject");
    }

    [Fact]
    public async Task A_hundred_characters_stay_whole_without_marker_and_make_room_for_one()
    {
        var hundred = new string('x', 100);
        (await WireSubject(hundred, null)).ShouldBe(hundred);
        (await WireSubject(hundred, "K7Q2M")).ShouldBe(new string('x', 92) + " [K7Q2M]");
        (await WireSubject(new string('<', 30), "K7Q2M")).ShouldBe(
            string.Concat(Enumerable.Repeat("&lt;", 23)) + " [K7Q2M]"
        );
    }

    [Fact]
    public async Task Odd_text_still_makes_a_subject()
    {
        (await WireSubject("Line one\r\nBcc: two", null)).ShouldBe("Line one Bcc: two");
        (await WireSubject("half \ud83d emoji", null)).ShouldBe("half \uFFFD emoji");
        var heap = "e" + new string('\u0301', 300);
        (await WireSubject(heap, "K7Q2M")).ShouldBe(heap[..92] + " [K7Q2M]");
    }

    [Theory]
    [InlineData("Kick-off [K7Q2M]", "Kick-off", "K7Q2M")]
    [InlineData("Kick-off [K7Q2M] ", "Kick-off", "K7Q2M")]
    [InlineData("[K7Q2M]", "", "K7Q2M")]
    [InlineData("A [K7Q2M] [BCDFG]", "A [K7Q2M]", "BCDFG")]
    [InlineData("Kick-off [K7Q2]", "Kick-off [K7Q2]", null)]
    [InlineData("Kick-off [k7q2m]", "Kick-off [k7q2m]", null)]
    [InlineData("Kick-off[K7Q2M]", "Kick-off[K7Q2M]", null)]
    [InlineData("Kick-off [HELLO]", "Kick-off [HELLO]", null)]
    [InlineData("Kick-off [K7Q2M] later", "Kick-off [K7Q2M] later", null)]
    [InlineData("", "", null)]
    public void A_marker_is_read_only_where_one_is(string subject, string rest, string? marker)
    {
        Marker.Split(subject).ShouldBe((rest, marker));
        Marker.TryRead(subject).ShouldBe(marker);
    }

    private static async Task<string> WireSubject(string subject, string? marker)
    {
        var under = new GoToUnderTest();
        under.Network.On($"POST {Meetings}", HttpStatusCode.Created, """[{"meetingid":1}]""");
        var spec = Spec with { Subject = subject, Marker = marker };
        (await under.Provider.CreateAsync(under.Access, spec, default)).Succeeded.ShouldBeTrue();
        return JsonDocument.Parse(under.Network.Sent[0].Body).RootElement.GetProperty("subject").GetString()!;
    }

    private static async Task<Meeting> Echo(string wireSubject)
    {
        var under = new GoToUnderTest();
        under.Network.On(
            $"GET {OneMeeting}",
            HttpStatusCode.OK,
            JsonSerializer.Serialize(new[] { new { meetingId = 525164341, subject = wireSubject } })
        );
        return (await under.Provider.GetAsync(under.Access, "525164341", default)).Value;
    }
}
