namespace Parley.Scheduling.Availability;

/// <summary>What is wrong with one field. <see cref="Field"/> is its camelCase path, as <c>hosts[0].schedule.timeZone</c>.</summary>
public sealed record FieldError(string Field, string Message);

/// <summary>Collects what is wrong with an input, in the order of reading; beyond 100 errors the rest is left out.</summary>
public sealed class FieldErrors
{
    private const int Most = 100;
    private readonly List<FieldError> items = [];

    public IReadOnlyList<FieldError> Items => items;

    /// <summary>Errors noticed, those left out included.</summary>
    public int Count { get; private set; }

    public void Add(string field, string message)
    {
        Count++;
        if (items.Count < Most)
        {
            items.Add(new FieldError(field, message));
        }
    }

    /// <summary>The <c>errors</c> member of a problem document: field → messages.</summary>
    public Dictionary<string, string[]> ToDictionary() =>
        items
            .GroupBy(error => error.Field, StringComparer.Ordinal)
            .ToDictionary(
                field => field.Key,
                field => field.Select(error => error.Message).ToArray(),
                StringComparer.Ordinal
            );
}
