namespace Parley.Conferencing;

/// <summary>The short code by which Parley finds its own meetings again in a provider's lists.</summary>
public static class Marker
{
    /// <summary>Upper-case letters and digits without vowels and look-alikes: no words, nothing to misread.</summary>
    public const string Alphabet = "23456789BCDFGHJKMNPQRSTVWXZ";
}
