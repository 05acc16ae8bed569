using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Parley.Sandbox.State;
using Group = Parley.Sandbox.State.Group;

namespace Parley.Sandbox.GoTo.Directory;

/// <summary>
/// <c>filter</c> in both forms of the field: <c>email eq "a@b"</c>, and the older <c>(email="(?i)a@b")</c>, several joined by <c>&amp;</c>
/// or <c>and</c>. A blank sent as <c>+</c> is refused, as it is in production. Equality only; what lies between the quotes is no pattern.
/// </summary>
internal sealed partial class DirectoryFilter
{
    private readonly List<(string Field, string Value, bool AnyCase)> terms = [];

    private DirectoryFilter() { }

    /// <summary>The filter of a call (one that lets everybody through when there is none), or what is wrong with it.</summary>
    public static (DirectoryFilter? Filter, string? Problem) Read(HttpContext context)
    {
        DirectoryFilter filter = new();
        string text = context.Request.Query["filter"].ToString();
        if (text.Length == 0)
        {
            return (filter, null);
        }

        bool plus = (context.Request.QueryString.Value ?? "")
            .TrimStart('?')
            .Split('&')
            .Any(field =>
                field.StartsWith("filter=", StringComparison.Ordinal) && field.Contains('+', StringComparison.Ordinal)
            );
        if (plus)
        {
            return (null, "The filter cannot be read: send blanks as %20");
        }

        if (
            Term().Replace(text, " ").Split([' ', '&', '(', ')'], StringSplitOptions.RemoveEmptyEntries) is var rest
            && rest.Any(word => !word.Equals("and", StringComparison.OrdinalIgnoreCase))
        )
        {
            return (null, $"The filter cannot be read near '{rest[0]}'");
        }

        foreach (Match match in Term().Matches(text))
        {
            string field = match.Groups["field"].Value;
            if (!Fields.Contains(field, StringComparer.OrdinalIgnoreCase))
            {
                return (null, $"The filter names '{field}', which cannot be filtered by");
            }

            filter.terms.Add((field, match.Groups["value"].Value, match.Groups["anyCase"].Success));
        }

        return filter.terms.Count == 0 ? (null, "The filter cannot be read") : (filter, null);
    }

    public bool Empty => terms.Count == 0;

    public bool Lets(World state, Person person) =>
        terms.TrueForAll(term =>
            Values(state, person, term.Field)
                .Any(value =>
                    value.Equals(
                        term.Value,
                        // An e-mail has no case, in either form.
                        term.AnyCase || term.Field.ToUpperInvariant() is "EMAIL" or "USERNAME"
                            ? StringComparison.OrdinalIgnoreCase
                            : StringComparison.Ordinal
                    )
                )
        );

    public bool Lets(Group group) =>
        terms.TrueForAll(term =>
            term.Field.ToUpperInvariant() switch
            {
                "KEY" or "ID" or "GROUPKEY" => group.Key == term.Value,
                _ => group.Name.Equals(term.Value, StringComparison.OrdinalIgnoreCase),
            }
        );

    private static readonly string[] Fields =
    [
        "key",
        "id",
        "email",
        "userName",
        "displayName",
        "name",
        "firstName",
        "lastName",
        "locale",
        "status",
        "groupKey",
        "groupName",
        "licenseKey",
        "licenseKeys",
    ];

    private static IReadOnlyList<string> Values(World state, Person person, string field) =>
        field.ToUpperInvariant() switch
        {
            "KEY" or "ID" => [person.Key],
            "EMAIL" or "USERNAME" => [person.Email],
            "DISPLAYNAME" or "NAME" => [person.FullName],
            "FIRSTNAME" => [person.FirstName],
            "LASTNAME" => [person.LastName],
            "LOCALE" => [person.Locale],
            "STATUS" => [AdminReplies.Status(state.Directory, person.Status)],
            "GROUPKEY" => [person.GroupKey ?? ""],
            "GROUPNAME" => [state.Groups.Find(person.GroupKey ?? "")?.Name ?? ""],
            _ => person.LicenseKeys,
        };

    [GeneratedRegex(
        """(?<field>[A-Za-z]+)\s*(?:=|\beq\b)\s*"(?<anyCase>\(\?i\))?(?<value>[^"]*)" """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        1000
    )]
    private static partial Regex Term();
}
