using System.Text;

namespace Parley.Scheduling.Tests.Calendar;

/// <summary>One unfolded content line, unescaped where asked.</summary>
internal sealed record ContentLine(string Name, IReadOnlyDictionary<string, string> Parameters, string Value)
{
    /// <summary>The value as TEXT.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder();
            for (var i = 0; i < Value.Length; i++)
            {
                if (Value[i] != '\\')
                {
                    text.Append(Value[i]);
                    continue;
                }

                i++;
                text.Append(Value[i] is 'n' or 'N' ? '\n' : Value[i]);
            }

            return text.ToString();
        }
    }
}

/// <summary>BEGIN … END with what is inside.</summary>
internal sealed record Component(string Name, List<ContentLine> Lines, List<Component> Inside)
{
    public ContentLine One(string name) => Lines.Single(line => line.Name == name);
}

/// <summary>A strict little reader of RFC 5545, written from the grammar and knowing nothing of the writer.</summary>
internal static class CalendarReader
{
    public static Component Read(string text)
    {
        text.ShouldEndWith("\r\n");
        text.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain('\n');
        text.Replace("\r\n", "", StringComparison.Ordinal).ShouldNotContain('\r');
        foreach (var line in text.Split("\r\n"))
        {
            Encoding.UTF8.GetByteCount(line).ShouldBeLessThanOrEqualTo(75);
        }

        var lines = text.Replace("\r\n ", "", StringComparison.Ordinal).Split("\r\n")[..^1].Select(Parse).ToList();
        var next = 0;
        var root = Component(lines, ref next);
        next.ShouldBe(lines.Count);
        return root;
    }

    private static Component Component(List<ContentLine> lines, ref int next)
    {
        lines[next].Name.ShouldBe("BEGIN");
        var component = new Component(lines[next++].Value, [], []);
        while (lines[next].Name != "END")
        {
            if (lines[next].Name == "BEGIN")
            {
                component.Inside.Add(Component(lines, ref next));
            }
            else
            {
                component.Lines.Add(lines[next++]);
            }
        }

        lines[next++].Value.ShouldBe(component.Name);
        return component;
    }

    private static ContentLine Parse(string line)
    {
        var at = 0;
        var name = Until(line, ref at, ";:");
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        while (line[at] == ';')
        {
            at++;
            var parameter = Until(line, ref at, "=");
            at++;
            string value;
            if (line[at] == '"')
            {
                at++;
                value = Until(line, ref at, "\"");
                at++;
            }
            else
            {
                value = Until(line, ref at, ";:,");
            }

            parameters.Add(parameter, Uncaret(value));
        }

        line[at].ShouldBe(':');
        return new ContentLine(name, parameters, line[(at + 1)..]);
    }

    /// <summary>RFC 6868.</summary>
    private static string Uncaret(string value)
    {
        var text = new StringBuilder();
        for (var i = 0; i < value.Length; i++)
        {
            var next = value[i] == '^' && i + 1 < value.Length ? value[i + 1] : default;
            char? meant = next switch
            {
                'n' => '\n',
                '\'' => '"',
                '^' => '^',
                _ => null,
            };
            text.Append(meant ?? value[i]);
            i += meant is null ? 0 : 1;
        }

        return text.ToString();
    }

    private static string Until(string line, ref int at, string stops)
    {
        var start = at;
        while (!stops.Contains(line[at], StringComparison.Ordinal))
        {
            at++;
        }

        return line[start..at];
    }
}
