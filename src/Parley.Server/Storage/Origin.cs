namespace Parley.Server.Storage;

/// <summary>
/// Who causes the writes of the request at hand, for the audit. Set once per request and carried with every write from there, also
/// onto the writer's own thread; null in the background, where the product acts by itself.
/// </summary>
/// <param name="Kind">One of <c>member</c>, <c>api_key</c>, <c>customer</c>, <c>visitor</c>.</param>
/// <param name="Id">The member's or the key's.</param>
/// <param name="Name">As it was then.</param>
/// <param name="MemberId">Of a key: whom it acts for.</param>
/// <param name="Address">Where the request came from.</param>
/// <param name="Browser">What it says it is: <c>User-Agent</c>, cut to 200 characters.</param>
public sealed record Origin(string Kind, string? Id, string? Name, string? MemberId, string? Address, string? Browser)
{
    private static readonly AsyncLocal<Origin?> Ambient = new();

    public static Origin? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }
}
