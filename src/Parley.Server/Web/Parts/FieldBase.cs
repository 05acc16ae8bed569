using System.Text;
using Microsoft.AspNetCore.Components;

namespace Parley.Server.Web.Parts;

/// <summary>What all fields share: label, hint and error, wired to the control with aria-describedby.</summary>
public abstract class FieldBase : ComponentBase
{
    /// <summary>Name of the form value and of the field in a problem's errors.</summary>
    [Parameter, EditorRequired]
    public required string Name { get; set; }

    [Parameter, EditorRequired]
    public required string Label { get; set; }

    [Parameter]
    public string? Hint { get; set; }

    /// <summary>The problem the form came back with, if any; the messages under <see cref="Name"/> are shown here.</summary>
    [Parameter]
    public Problem? Problem { get; set; }

    [Parameter]
    public bool Required { get; set; }

    protected string Id => IdOf(Name);

    protected string? Error =>
        Problem?.Errors is { } errors && errors.TryGetValue(Name, out var messages)
            ? string.Join("; ", messages)
            : null;

    protected string? DescribedBy =>
        (Hint, Error) switch
        {
            (null, null) => null,
            (_, null) => Id + "-hint",
            (null, _) => Id + "-error",
            _ => $"{Id}-hint {Id}-error",
        };

    protected string? Invalid => Error is null ? null : "true";

    public static string IdOf(string field) =>
        "f-" + field.Replace('.', '-').Replace('[', '-').Replace("]", "", StringComparison.Ordinal);

    /// <summary>durationMinutes → Duration minutes.</summary>
    public static string Words(string field)
    {
        var words = new StringBuilder();
        foreach (var character in field)
        {
            words.Append(
                words.Length == 0 ? char.ToUpperInvariant(character).ToString()
                : char.IsUpper(character) ? " " + char.ToLowerInvariant(character)
                : character is '.' ? " "
                : character.ToString()
            );
        }

        return words.ToString();
    }
}
