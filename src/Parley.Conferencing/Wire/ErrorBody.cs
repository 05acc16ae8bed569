using System.Text.Json;

namespace Parley.Conferencing.Wire;

/// <summary>
/// Code and text of an error body, whichever of the families in use it belongs to; both null for empty bodies, markup and
/// anything else without them.
/// </summary>
internal sealed record ErrorBody(string? Code, string? Text)
{
    private static readonly string[] CodeNames = ["int_err_code", "errorCode", "error", "code"];
    private static readonly string[] TextNames =
    [
        "msg",
        "message",
        "description",
        "error_description",
        "reason",
        "errorMessage",
    ];

    public static ErrorBody Read(WireReply reply)
    {
        if (reply.Object is not { } body)
            return new ErrorBody(null, reply.IsMarkup || reply.BodyUnreadable ? null : reply.Text);
        return new ErrorBody(First(body, CodeNames), First(body, TextNames));
    }

    /// <summary>The shut-down hosts answer a <c>message</c> that points to the migration guide, whatever was asked.</summary>
    public bool SaysHostRetired =>
        Text is not null
        && (
            Text.Contains("no longer valid", StringComparison.OrdinalIgnoreCase)
            || Text.Contains("Migration_Guide", StringComparison.OrdinalIgnoreCase)
        );

    private static string? First(JsonElement body, string[] names) =>
        names.Select(name => JsonText.Find(body, name)).FirstOrDefault(text => text is not null);
}
