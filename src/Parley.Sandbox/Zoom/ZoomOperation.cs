namespace Parley.Sandbox.Zoom;

/// <summary>The rate-limit class of a call (reference §6).</summary>
internal enum ZoomLabel
{
    Light,
    Medium,
    Heavy,
    ResourceIntensive,
}

/// <summary>One call of the API.</summary>
/// <param name="Name">As fault scripts and the wire log name it.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Template">The path after <c>/zoom/v2/</c>.</param>
/// <param name="Classic">Classic scopes without <c>:admin</c>, any of which is enough.</param>
/// <param name="Granular">The granular scope without <c>:admin</c>; null where the published file lists none.</param>
/// <param name="Label">Its rate-limit class.</param>
internal sealed record ZoomOperation(
    string Name,
    string Method,
    string Template,
    IReadOnlyList<string> Classic,
    string? Granular,
    ZoomLabel Label
)
{
    /// <summary>Only the <c>:admin</c> forms count.</summary>
    public bool AdminOnly { get; init; }

    /// <summary>A list that can lag behind.</summary>
    public bool Lags { get; init; }

    private readonly string[] parts = Template.Split('/');

    public bool Matches(string method, ReadOnlySpan<string> path)
    {
        if (method != Method || path.Length != parts.Length)
        {
            return false;
        }

        for (int index = 0; index < parts.Length; index++)
        {
            if (parts[index] != path[index] && parts[index][0] != '{')
            {
                return false;
            }
        }

        return true;
    }
}
