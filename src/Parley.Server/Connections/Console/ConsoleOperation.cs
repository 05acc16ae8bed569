using Parley.Server.Web.Parts;

namespace Parley.Server.Connections.Console;

/// <summary>How a field is filled in, and how its text becomes JSON.</summary>
public enum ConsoleInput
{
    Text,
    LongText,
    Number,

    /// <summary>A box: true when ticked, left out otherwise.</summary>
    Tick,

    /// <summary>Chosen from a list; the empty choice leaves the field out.</summary>
    Choice,

    /// <summary>One entry a line: an array of texts.</summary>
    Lines,

    /// <summary>One person a line, <c>Ada Lovelace &lt;ada@example.org&gt;</c>: an array of objects with name and email.</summary>
    People,

    /// <summary>Yes, no, or left out.</summary>
    YesNo,

    /// <summary>Date and time of day in the zone chosen on the form, else the viewer's: an instant.</summary>
    Moment,
    Zone,
}

public enum ConsolePlace
{
    Path,
    Query,
    Body,
}

/// <summary>One parameter of an operation. Left empty, it is left out of the request.</summary>
/// <param name="Name">As the API calls it; of a body's member within another with a dot.</param>
public sealed record ConsoleField(string Name, string Label, ConsoleInput Input, ConsolePlace Place)
{
    public bool Required { get; init; }
    public string? Hint { get; init; }

    /// <summary>Shown in a fresh form; for moments hours from now.</summary>
    public string? Default { get; init; }
    public int? HoursFromNow { get; init; }
    public int? MaxLength { get; init; }
    public IReadOnlyList<SelectOption> Choices { get; init; } = [];
}

/// <summary>One operation of a connection that can be tried by hand.</summary>
/// <param name="Id">In the page's address.</param>
/// <param name="Path">Under <see cref="Root"/>; <c>{meetingId}</c> and the like are filled in.</param>
public sealed record ConsoleOperation(string Id, string Title, string Method, string Path)
{
    /// <summary>What is called: <c>{id}</c> is the connection's.</summary>
    public string Root { get; init; } = "/api/v1/connections/{id}";

    /// <summary>What it does, where the title does not say.</summary>
    public required string About { get; init; }
    public required string Button { get; init; }
    public IReadOnlyList<ConsoleField> Fields { get; init; } = [];

    /// <summary>What must be agreed to: it changes or takes something away.</summary>
    public string? Agreement { get; init; }

    /// <summary>Sends a body even when no field is filled in.</summary>
    public bool HasBody => Fields.Any(parameter => parameter.Place == ConsolePlace.Body);
}
