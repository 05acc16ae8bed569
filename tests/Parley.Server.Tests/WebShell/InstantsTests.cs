using NodaTime;
using Parley.Server.Web;

namespace Parley.Server.Tests.WebShell;

public sealed class InstantsTests
{
    [Theory]
    [InlineData("2026-12-01T09:00:00Z")]
    [InlineData("2026-12-01T10:00:00+01:00")]
    public void An_instant_with_its_offset_is_read(string text)
    {
        Instants.TryRead(text, out var instant).ShouldBeTrue();
        instant.ShouldBe(Instant.FromUtc(2026, 12, 1, 9, 0));
    }

    [Theory]
    [InlineData("2026-12-01T09:00:00")]
    [InlineData("2026-12-01")]
    [InlineData("")]
    [InlineData("9999-12-31T23:59:59-18:00")]
    public void Anything_else_is_refused_without_a_fault(string text) => Instants.TryRead(text, out _).ShouldBeFalse();
}
