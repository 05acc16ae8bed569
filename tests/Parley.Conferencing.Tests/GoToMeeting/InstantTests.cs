using System.Globalization;
using System.Net;
using NodaTime;
using static Parley.Conferencing.Tests.GoToMeeting.GoToUnderTest;

namespace Parley.Conferencing.Tests.GoToMeeting;

public sealed class InstantTests
{
    [Theory]
    [InlineData("2015-02-17T00:10:33.+0000", "2015-02-17T00:10:33Z")]
    [InlineData("2015-02-17T00:10:33.-0530", "2015-02-17T05:40:33Z")]
    [InlineData("2015-02-17T00:10:33Z", "2015-02-17T00:10:33Z")]
    [InlineData("2015-02-17T00:10:33+0000", "2015-02-17T00:10:33Z")]
    [InlineData("2015-02-17T00:10:33+00:00", "2015-02-17T00:10:33Z")]
    [InlineData("2015-02-17T02:10:33.123+02:00", "2015-02-17T00:10:33.123Z")]
    [InlineData("2015-02-17T00:10:33.5Z", "2015-02-17T00:10:33.5Z")]
    [InlineData("2015-02-17T00:10:33", "2015-02-17T00:10:33Z")]
    [InlineData("2026-1-5T9:0:0Z", "2026-01-05T09:00:00Z")]
    [InlineData("2026-01-05T09:00Z", "2026-01-05T09:00:00Z")]
    [InlineData("2026-01-05T09:00:00+02", "2026-01-05T07:00:00Z")]
    [InlineData(" 2026-01-05 09:00:00Z ", "2026-01-05T09:00:00Z")]
    public async Task Each_form_seen_is_read(string text, string expected) =>
        (await Read(text)).Value.StartsAt.ShouldBe(NodaTime.Text.InstantPattern.ExtendedIso.Parse(expected).Value);

    [Theory]
    [InlineData("2015-02-30T00:10:33Z")]
    [InlineData("2015-13-01T00:10:33Z")]
    [InlineData("2015-02-17T24:00:00Z")]
    [InlineData("2015-02-17T00:60:33Z")]
    [InlineData("2015-02-17")]
    [InlineData("17.02.2015 00:10")]
    [InlineData("2015-02-17T00:10:33+99:00")]
    [InlineData("2015-02-17T00:10:33.x1Z")]
    [InlineData("soon")]
    public async Task Anything_else_makes_the_answer_unreadable(string text) =>
        (await Read(text)).Failure!.Code.ShouldBe(FailureCodes.Unreadable);

    [Fact]
    public async Task Empty_text_means_not_told() => (await Read("")).Value.StartsAt.ShouldBeNull();

    [Fact]
    public async Task Any_instant_in_any_form_and_offset_is_the_same_instant()
    {
        var random = new Random(7);
        for (var round = 0; round < 1000; round++)
        {
            var instant = Instant.FromUnixTimeMilliseconds(random.NextInt64(0, 7_000_000_000_000));
            var offset = TimeSpan.FromMinutes(random.Next(-13 * 60, 13 * 60));
            var local = DateTimeOffset.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds()).ToOffset(offset);
            var zone = local.ToString("zzz", CultureInfo.InvariantCulture);
            if (random.Next(2) == 0)
                zone = zone.Replace(":", "", StringComparison.Ordinal);
            var fraction = random.Next(3) switch
            {
                0 => "",
                1 => ".",
                _ => local.ToString("'.'fff", CultureInfo.InvariantCulture),
            };
            var text = local.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + fraction + zone;
            var expected = fraction.Length > 1 ? instant : Instant.FromUnixTimeSeconds(instant.ToUnixTimeSeconds());
            (await Read(text)).Value.StartsAt.ShouldBe(expected, text);
        }
    }

    private static async Task<ProviderResult<Meeting>> Read(string text)
    {
        var under = new GoToUnderTest();
        under.Network.On(
            $"GET {OneMeeting}",
            HttpStatusCode.OK,
            $$"""[{"meetingId":525164341,"startTime":"{{text}}"}]"""
        );
        return await under.Provider.GetAsync(under.Access, "525164341", default);
    }
}
