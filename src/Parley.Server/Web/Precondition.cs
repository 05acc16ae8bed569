using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Parley.Server.Web;

/// <summary>
/// What a change demands of the version it meets: <c>If-Match</c> (RFC 9110 §13.1.1). Asked where the thing is locked, so that nobody
/// comes in between.
/// </summary>
public sealed class Precondition
{
    /// <summary>Whatever it is now.</summary>
    public static readonly Precondition None = new(StringValues.Empty);
    private readonly StringValues _ifMatch;

    private Precondition(StringValues ifMatch) => _ifMatch = ifMatch;

    public static Precondition Of(HttpContext context) => new(context.Request.Headers.IfMatch);

    /// <param name="ifMatch">As the header; empty: none.</param>
    public static Precondition Of(string ifMatch) => ifMatch.Length == 0 ? None : new(ifMatch);

    /// <summary>Whether a version was named at all.</summary>
    public bool IsGiven => !StringValues.IsNullOrEmpty(_ifMatch);

    /// <param name="state">What the thing's tag begins with now; see <see cref="EntityTags"/>.</param>
    /// <param name="what">"The meeting".</param>
    /// <returns>Null: the change may be made.</returns>
    public Problem? Refuse(string state, string what) =>
        !IsGiven || Matches(state) ? null : EntityTags.ChangedMeanwhile(what);

    // A list, or *. Weak tags never match here: they promise too little to change something by (§8.8.3.2). What is no tag matches nothing.
    private bool Matches(string state) =>
        EntityTagHeaderValue.TryParseList(_ifMatch, out var tags)
        && tags.Any(tag =>
            tag.Tag == "*" || (!tag.IsWeak && EntityTags.StateIn(tag.Tag.AsSpan()).SequenceEqual(state))
        );
}
