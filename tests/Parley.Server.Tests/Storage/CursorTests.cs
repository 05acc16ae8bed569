using Parley.Server.Storage;

namespace Parley.Server.Tests.Storage;

public sealed class CursorTests
{
    [Fact]
    public void A_cursor_comes_back_as_it_was()
    {
        Cursor.TryDecode(new Cursor(-42, "bkg_1 2").Encode(), out var cursor).ShouldBeTrue();
        cursor.ShouldBe(new Cursor(-42, "bkg_1 2"));
    }

    [Theory]
    [InlineData("nonsense!")]
    [InlineData("bm9udW1iZXI")]
    [InlineData("eA==")]
    public void What_we_did_not_write_is_refused(string text) => Cursor.TryDecode(text, out _).ShouldBeFalse();
}
