using Parley.Conferencing.OAuth;

namespace Parley.Conferencing.Tests.OAuth;

public sealed class PkceTests
{
    [Fact]
    public void Verifiers_have_43_unreserved_characters_and_differ()
    {
        var verifiers = Enumerable.Range(0, 100).Select(_ => Pkce.NewVerifier()).ToHashSet();
        verifiers.Count.ShouldBe(100);
        verifiers.ShouldAllBe(verifier => verifier.Length == 43 && !verifier.Contains('=') && !verifier.Contains('+'));
        verifiers.ShouldAllBe(verifier => Pkce.Challenge(verifier).Length == 43);
    }

    [Fact]
    public void A_verifier_that_RFC_7636_forbids_is_a_bug()
    {
        Pkce.Challenge(new string('a', 43)).Length.ShouldBe(43);
        foreach (var verifier in new[] { "", new string('a', 42), new string('a', 129), new string('a', 42) + "ä" })
            Should.Throw<ArgumentException>(() => Pkce.Challenge(verifier));
    }
}
